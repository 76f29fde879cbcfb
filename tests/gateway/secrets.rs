//! A gateway that says a guest's token back in every error: it reaches neither the screen, nor the audit
//! log, nor the log.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use floorwalker::{
    domain::{
        audit::Actor,
        flight::Owner,
        guest::{GuestOrder, GuestToken},
        id::SessionId,
        supervision::Hold,
    },
    engine::{
        self,
        clock::Clock,
        supervision::{Post, Until},
    },
    genesys::{
        Genesys as _, auth,
        client::Settings,
        error::Kind,
        gateway::Gateway,
        retry::Policy,
        transport::{Answer, Failure, Headers, Request, Transport},
    },
    policy::guest_session::plain_order,
    store::{Database, Store as _},
};
use uuid::Uuid;

/// Answers everything but the request for an access token with the same words.
#[derive(Clone, Debug)]
struct Parrot {
    status: u16,
    words: Arc<Mutex<String>>,
}

impl Transport for Parrot {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        if request.url.ends_with("/oauth/token") {
            let token = r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#;
            return Ok(Answer { status: 200, body: token.into(), ..Answer::default() });
        }
        let correlation = Some(self.words.lock().unwrap().chars().take(200).collect());
        let retry_after = Some(Duration::from_secs(1));
        let headers = Headers { correlation, retry_after, ..Headers::default() };
        let body = self.words.lock().unwrap().clone().into();
        Ok(Answer { status: self.status, headers, body })
    }
}

/// A gateway that says these words, in which `JWT` and `UUID` are the token's two spellings, and `ESCAPED`
/// the first one as JSON may write it.
fn gateway(status: u16, words: &str) -> (Gateway<Parrot>, GuestOrder, Secret) {
    let secret = Secret(Uuid::new_v4());
    let escaped: String =
        secret.jwt().chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let words = words.replace("JWT", &secret.jwt()).replace("UUID", &secret.0.to_string());
    let words = words.replace("ESCAPED", &escaped);
    let parrot = Parrot { status, words: Mutex::new(words).into() };
    let base_url = "http://127.0.0.1:1".to_owned();
    let client = auth::Client {
        token_url: format!("{base_url}/oauth/token"),
        id: "id".into(),
        secret: "secret".into(),
    };
    let (retry, timeout) = (Policy::default(), Duration::from_secs(15));
    let (allowed, token_timeout) = (10_000, timeout);
    let settings = Settings { base_url, client, allowed, retry, timeout, token_timeout };
    let order = plain_order(GuestToken::from(secret.jwt()), "a-queue".into());
    (Gateway::new(parrot, settings), order, secret)
}

struct Secret(Uuid);

impl Secret {
    fn jwt(&self) -> String {
        format!("jwt_{}", self.0.simple())
    }

    /// No spelling is in it, whole or cut short.
    fn absent(&self, text: &str) {
        let text = text.to_lowercase();
        let (simple, hyphenated) = (self.0.simple().to_string(), self.0.to_string());
        for part in [&simple[..10], &simple[20..], &hyphenated[..12], &hyphenated[24..]] {
            assert!(!text.contains(part), "{text}");
        }
    }
}

/// Where a message is cut short, the token must not be cut with it.
fn sayings() -> Vec<String> {
    let message = r#"{"message":"no guest JWT, nor UUID","code":"bad.JWT","contextId":"UUID"}"#;
    let long = format!(r#"{{"message":"{} JWT UUID"}}"#, "x".repeat(480));
    let escaped = format!(r#"{{"message":"{} ESCAPED"}}"#, "z".repeat(480));
    let (plain, quoted) = ("guest JWT is unknown".into(), format!("{} UUID", "y".repeat(45)));
    vec![message.into(), long, escaped, plain, quoted]
}

#[tokio::test(start_paused = true)]
async fn no_error_of_a_gateways_holds_the_token_that_it_was_told() {
    for words in sayings() {
        for status in [400, 403, 409, 500] {
            let (gateway, order, secret) = gateway(status, &words);
            let id = SessionId::from(Uuid::new_v4());
            let token = Some(&order.token);
            let errors = [
                gateway.open_guest(&order).await.unwrap_err(),
                gateway.beat(&id, Hold::Patch, 1, token).await.unwrap_err(),
                gateway.beat(&id, Hold::Read, 1, token).await.unwrap_err(),
                gateway.disconnect(&id, Hold::Patch, token).await.unwrap_err(),
            ];
            for error in errors {
                secret.absent(&format!("{error:?} {} {}", error, error.explained()));
                assert!(error.message.contains('•') || words.len() > 400, "{error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_next_try_is_shown_without_the_token() {
    let (gateway, order, secret) = gateway(429, &sayings()[0]);
    let mut traffic = gateway.traffic();
    let opened = tokio::spawn(async move { gateway.open_guest(&order).await });
    let shown = traffic.wait_for(|traffic| traffic.waiting.is_some()).await.unwrap().clone();
    secret.absent(&format!("{shown:?}"));
    let error = opened.await.unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::RateLimited);
    secret.absent(&format!("{error:?}"));
}

#[tokio::test]
async fn an_opening_that_was_refused_is_audited_without_the_token() {
    let (gateway, order, secret) = gateway(400, &sayings()[0]);
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Database::open(&folder.path().join("store.db")).await.unwrap());
    let actor = Actor { user: "tester".into(), host: "host".into(), ..Actor::default() };
    let settings = engine::Settings {
        actor,
        owner: Owner { host: "host".into(), pid: 1, mark: "mark".into() },
        context: "test".into(),
        grace: Duration::ZERO,
        defer: Duration::ZERO,
        late: Duration::from_secs(27),
        handbook: floorwalker::policy::Handbook::default(),
        intake: engine::reception::Terms::default(),
        outbox: Default::default(),
        witness: Default::default(),
        clock: Clock::System,
    };
    let (inward, _news) = tokio::sync::mpsc::channel(64);
    let post = Post::new(Arc::new(gateway), store.clone(), &settings, inward);
    let why = post.open(&order, Until::Kept).await.unwrap_err();
    secret.absent(&format!("{why} {why:?}"));
    let log = store.page(None, 100).await.unwrap();
    assert_eq!(log.len(), 2, "announced, and how it ended");
    secret.absent(&format!("{log:?}"));
}

#[tokio::test]
async fn what_has_ended_is_ended_and_what_is_not_found_is_not() {
    for (status, expected) in [(410, None), (404, Some(Kind::NotFound))] {
        let (gateway, order, _) = gateway(status, "{}");
        let id = SessionId::from(Uuid::new_v4());
        let ended = gateway.disconnect(&id, Hold::Patch, Some(&order.token)).await;
        assert_eq!(ended.err().map(|error| error.kind), expected);
    }
}
