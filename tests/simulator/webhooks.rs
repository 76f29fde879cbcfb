//! The bots as those whom they call see them: what comes, how it is signed, how often.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use floorwalker::simulator::{Options, Simulator, Webhooks};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Semaphore;

use crate::simulated::{Floor, frozen, until};

const KEY: &[u8] = b"between the two of us";

/// A call as it came.
#[derive(Clone)]
struct Heard {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether it is signed with [`KEY`], by Standard Webhooks.
    fn is_signed(&self) -> bool {
        let mut code = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
        for part in [self.header("webhook-id"), ".", self.header("webhook-timestamp"), "."] {
            code.update(part.as_bytes());
        }
        code.update(self.body.as_bytes());
        let right = BASE64_STANDARD.encode(code.finalize().into_bytes());
        self.header("webhook-signature") == format!("v1,{right}")
    }
}

/// Somebody who is called.
struct Target {
    heard: Mutex<Vec<Heard>>,
    /// Statuses of the next answers; after those, 200.
    next: Mutex<VecDeque<u16>>,
    /// How many may be answered.
    answers: Semaphore,
    now: AtomicUsize,
    most: AtomicUsize,
}

async fn hear(
    State(target): State<Arc<Target>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], &'static str) {
    let now = target.now.fetch_add(1, Ordering::SeqCst) + 1;
    target.most.fetch_max(now, Ordering::SeqCst);
    let body = String::from_utf8(body.to_vec()).unwrap();
    target.heard.lock().unwrap().push(Heard { path: uri.path().to_owned(), headers, body });
    target.answers.acquire().await.unwrap().forget();
    target.now.fetch_sub(1, Ordering::SeqCst);
    let status = target.next.lock().unwrap().pop_front().unwrap_or(200);
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("retry-after", "0")], r#"{"status":"success"}"#)
}

/// A frozen floor whose bots call somebody.
struct Scene {
    floor: Floor,
    target: Arc<Target>,
}

impl Scene {
    /// One that lets so many be answered.
    async fn open(answers: usize) -> Self {
        let target = Arc::new(Target {
            heard: Mutex::default(),
            next: Mutex::default(),
            answers: Semaphore::new(answers),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().fallback(hear).with_state(Arc::clone(&target));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let secret = format!("whsec_{}", BASE64_STANDARD.encode(KEY));
        let webhooks = Some(Webhooks { url, secret: Some(secret.into()) });
        Self { floor: Floor::open(Options { webhooks, ..frozen() }).await, target }
    }

    /// Lets the bot of a conversation call; the call's id.
    async fn ask(&self, conversation: &Value, route: &str) -> Value {
        let body = json!({"conversation": conversation, "route": route});
        let reply = self.floor.post("/_simulator/ask", body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["id"].clone()
    }

    /// The ledger's calls, once there are so many.
    async fn calls(&self, many: usize) -> Vec<Value> {
        let calls = || async {
            let calls = self.floor.ledger().await["calls"].as_array().unwrap().clone();
            (calls.len() >= many).then_some(calls)
        };
        until("they are noted", calls).await
    }

    fn heard(&self) -> Vec<Heard> {
        self.target.heard.lock().unwrap().clone()
    }
}

fn conversations(floor: &[Value]) -> BTreeSet<String> {
    floor.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn some_bots_tell_of_messages_and_ask_for_a_human_and_wait_before_a_queue_has_the_customer() {
    let scene = Scene::open(1_000).await;
    assert!(scene.heard().is_empty(), "a frozen floor calls nobody");
    scene.floor.step(300).await;
    let of = |path: &str| scene.heard().into_iter().filter(|h| h.path == path).collect::<Vec<_>>();
    let (pleas, messages) = until("both are called", || async {
        let both = (of("/webhooks/bot-handoff"), of("/webhook/messaging"));
        (both.0.len() >= 3 && both.1.len() >= 3).then_some(both)
    })
    .await;
    for call in pleas.iter().chain(&messages) {
        assert!(call.is_signed() && call.header("content-type") == "application/json");
        let at = call.header("webhook-timestamp").parse::<i64>().unwrap();
        assert!(jiff::Timestamp::now().as_second().abs_diff(at) < 60);
    }
    let told: Vec<Value> = messages.iter().map(Heard::json).collect();
    for message in &told {
        let sure = message["intent"]["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&sure) && message["event"] == "message", "{message}");
        assert!(message["intent"]["intent"].is_string() && message["text"] != "", "{message}");
    }
    for plea in pleas.iter().map(Heard::json) {
        let guest = &plea["guestInfo"];
        assert!(guest["email"].as_str().unwrap().ends_with("@example.com"), "{plea}");
        assert!(guest["id"].is_string() && guest["name"].is_string(), "{plea}");
        assert!(guest["externalId"].is_string() && plea["handoffReason"].is_string(), "{plea}");
        let context = &plea["customContext"];
        let mood: f64 = context["sentiment_score"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=1.0).contains(&mood) && context["attempted_resolution"].is_string());
        assert!(context["preferred_language"].as_str().unwrap().contains('-'), "{plea}");
    }
    let asked: BTreeSet<String> = pleas
        .iter()
        .map(|plea| plea.json()["conversationId"].as_str().unwrap().to_owned())
        .collect();
    let waiting = |bots: BTreeSet<String>| asked.intersection(&bots).count();
    let before = waiting(conversations(&scene.floor.sessions("bot").await));
    assert!(before > 0, "whoever has asked stays for a while");
    scene.floor.step(160).await;
    assert_eq!(waiting(conversations(&scene.floor.sessions("bot").await)), 0, "of {before}");
}

#[tokio::test]
async fn who_is_to_come_again_asks_the_same_at_most_five_times_and_others_are_only_noted() {
    let scene = Scene::open(1_000).await;
    let bots = scene.floor.sessions("bot").await;
    scene.target.next.lock().unwrap().extend([503, 503, 202]);
    let first = scene.ask(&bots[0]["id"], "bot_handoff").await;
    let calls = scene.calls(3).await;
    let statuses: Vec<u64> = calls.iter().map(|call| call["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [503, 503, 202]);
    for call in &calls {
        assert_eq!((&call["id"], &call["conversation"]), (&first, &bots[0]["id"]));
        assert_eq!(
            (&call["route"], &call["reply"]["status"]),
            (&"bot_handoff".into(), &"success".into())
        );
        assert!(call["at"].is_string());
    }
    let heard = scene.heard();
    assert!(heard.iter().all(|call| call.header("webhook-id") == first && call.is_signed()));
    assert!(heard.iter().all(|call| call.body == heard[0].body));
    // Once and five times more; then never again.
    scene.target.next.lock().unwrap().extend([503; 6]);
    let second = scene.ask(&bots[1]["id"], "messaging").await;
    assert_eq!(scene.calls(9).await.iter().filter(|call| call["id"] == second).count(), 6);
    scene.target.next.lock().unwrap().push_back(500);
    let third = scene.ask(&bots[2]["id"], "messaging").await;
    let fourth = scene.ask(&bots[2]["id"], "messaging").await;
    let calls = scene.calls(11).await;
    let of = |id: &Value| calls.iter().filter(|call| call["id"] == *id).count();
    assert_eq!((of(&second), of(&third), of(&fourth), calls.len()), (6, 1, 1, 11));
}

#[tokio::test]
async fn at_most_eight_are_asked_at_a_time() {
    let scene = Scene::open(0).await;
    let bots = scene.floor.sessions("bot").await;
    for bot in bots.iter().cycle().take(20) {
        scene.ask(&bot["id"], "messaging").await;
    }
    until("eight are there", || async { (scene.heard().len() == 8).then_some(()) }).await;
    scene.target.answers.add_permits(20);
    scene.calls(20).await;
    assert_eq!(scene.target.most.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn what_is_asked_for_now_says_what_the_test_wants() {
    let scene = Scene::open(10).await;
    let bot = scene.floor.get("/_simulator/pick/bot").await.text;
    assert!(conversations(&scene.floor.sessions("bot").await).contains(&bot), "{bot}");
    assert_ne!(scene.floor.get("/_simulator/pick/bot").await.text, bot, "each time another");
    assert_eq!(scene.floor.get("/_simulator/pick/closed").await.status, 404);
    for body in [
        json!({"conversation": bot, "route": "messaging", "confidence": 0.31}),
        json!({"conversation": bot, "route": "bot_handoff", "reason": "wants_the_captain"}),
    ] {
        assert_eq!(scene.floor.post("/_simulator/ask", body).await.status, 200);
    }
    scene.calls(2).await;
    let heard: Vec<Value> = scene.heard().iter().map(Heard::json).collect();
    let has =
        |pointer: &str, value: Value| heard.iter().any(|h| h.pointer(pointer) == Some(&value));
    assert!(
        has("/intent/confidence", json!(0.31)) && has("/handoffReason", json!("wants_the_captain"))
    );
    for body in [
        json!({"conversation": bot, "route": "elsewhere"}),
        json!({"conversation": "nobody", "route": "messaging"}),
    ] {
        let refused = scene.floor.post("/_simulator/ask", body).await.status.as_u16();
        assert!([400, 404].contains(&refused), "{refused}");
    }
}

#[tokio::test]
async fn without_webhooks_nobody_is_called_and_the_floor_begins_the_same() {
    let scene = Scene::open(0).await;
    let floor = Floor::open(frozen()).await;
    let ids = |world: Value| conversations(world["sessions"].as_array().unwrap());
    assert_eq!(ids(floor.world().await), ids(scene.floor.world().await));
    floor.step(300).await;
    let bots = floor.sessions("bot").await;
    let body = json!({"conversation": bots[0]["id"], "route": "messaging"});
    assert_eq!(floor.post("/_simulator/ask", body).await.status, 409);
    assert_eq!(floor.ledger().await["calls"], json!([]));
}

#[tokio::test]
async fn whoever_does_not_answer_is_noted_and_nothing_unencrypted_leaves_the_machine() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let to = |url: &str| Options {
        webhooks: Some(Webhooks { url: url.into(), secret: Some("a-secret".into()) }),
        ..frozen()
    };
    let floor = Floor::open(to(&url)).await;
    let bot = floor.sessions("bot").await[0].clone();
    let body = json!({"conversation": bot["id"], "route": "messaging"}).to_string();
    floor.send(Method::POST, "/_simulator/ask", "application/json", body).await.unwrap();
    let call = until("it is noted", || async {
        floor.ledger().await["calls"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!((&call["status"], &call["reply"]), (&json!(0), &Value::Null));
    for wrong in ["http://hooks.example/", "no address", "ftp://127.0.0.1"] {
        let error = Simulator::start(to(wrong)).await.unwrap_err().to_string();
        assert!(error.contains("webhooks") && !error.contains("a-secret"), "{error}");
    }
    assert!(!format!("{:?}", to(&url)).contains("a-secret"));
}
