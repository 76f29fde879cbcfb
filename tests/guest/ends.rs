//! How sessions end: by themselves, by a person, or not at all because they never began.

use floorwalker::{
    domain::{
        id::SessionId,
        supervision::{Hold, Sign},
    },
    genesys::{
        Genesys as _, Lane,
        error::Kind,
        platform::Platform,
        transport::{Answer, Failure, Request, Transport},
    },
};
use serde_json::{Value, json};

use crate::{
    host::{Host, QUEUE, REOPENS, beat, complete, order},
    simulated::{frozen, until},
};

async fn now(host: &Host) -> jiff::Timestamp {
    host.floor.world().await["now"].as_str().unwrap().parse().unwrap()
}

/// The requests that the ledger counts of a method.
async fn sent(host: &Host, method: &str) -> u64 {
    let ledger = host.floor.ledger().await;
    let rows = ledger["requests"].as_array().unwrap().iter();
    let of = |row: &&Value| row["route"].as_str().unwrap().starts_with(method);
    rows.filter(of).map(|row| row["count"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn a_session_tells_its_end_and_ends_then() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    let told = platform.look(&id, Lane::Screen).await.unwrap().session.expires.unwrap();
    let left = told.as_second() - now(&host).await.as_second();
    assert!((590..=601).contains(&left), "{left}");
    host.floor.step(600).await;
    until("the end is heard of", async || {
        (beat(&platform, &id, &token).await == Ok(Sign::Over)).then_some(())
    })
    .await;
    assert_eq!(host.row(&id).await, None, "it has");
    complete(&host, &platform, &id).await;
}

#[tokio::test]
async fn without_socket_and_token_a_session_is_read_and_never_failed_for_that() {
    let host = Host::open(frozen(), REOPENS).await;
    let platform = host.platform();
    let (order, _) = order();
    let id = platform.open_guest(&order).await.unwrap();
    assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(Sign::Alive), "held here");
    drop(platform);
    let other = host.platform();
    assert_eq!(other.beat(&id, Hold::Echo, 2, None).await, Ok(Sign::Alive));
    host.end(&id).await;
    assert_eq!(other.beat(&id, Hold::Echo, 3, None).await, Ok(Sign::Over));
}

#[tokio::test]
async fn a_token_without_a_session_begins_none() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (_, token) = order();
    let id: SessionId = "a-session-of-yesterday".into();
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Over));
    let world = host.floor.world().await;
    let begun = |guest: &Value| guest.get("conversation").is_some();
    assert!(!world["guests"].as_array().unwrap().iter().any(begun));
}

#[tokio::test]
async fn to_disconnect_ends_the_conversation_and_not_the_connection_alone() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    platform.disconnect(&id, Hold::Echo, Some(&token)).await.unwrap();
    assert_eq!(host.row(&id).await, None);
    host.connected(&id, 0).await;
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Over));
    assert_eq!(platform.disconnect(&id, Hold::Echo, Some(&token)).await, Ok(()), "it is over");
}

#[tokio::test]
async fn what_is_let_go_of_closes_its_connection_and_stays_open() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    host.connected(&id, 1).await;
    platform.let_go(&id);
    host.connected(&id, 0).await;
    assert!(host.row(&id).await.is_some(), "for its guest nothing has changed");
    assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(Sign::Alive), "it is read");
    assert_eq!(host.guest(&id).await["connections"], 0, "and no other was opened");
    // Whoever gets it back goes on with it.
    assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
    host.connected(&id, 1).await;
    // The same while another connection is being opened.
    host.pull("fault", json!({"faults": ["503=1"], "routes": ["GET /v1"]})).await;
    let before = sent(&host, "GET /v1").await;
    host.cut(&id, false).await;
    until("it is tried", async || (sent(&host, "GET /v1").await > before).then_some(())).await;
    platform.let_go(&id);
    platform.let_go(&"never-held".into());
    host.pull("fault", json!({"faults": []})).await;
    assert_eq!(platform.beat(&id, Hold::Echo, 2, None).await, Ok(Sign::Alive), "it is read");
    host.connected(&id, 0).await;
}

/// Writes down where requests go.
#[derive(Clone, Default)]
struct Urls(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl Transport for Urls {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        if request.url.ends_with("/oauth/token") {
            let body = r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#.into();
            return Ok(Answer { status: 200, body, ..Answer::default() });
        }
        self.0.lock().unwrap().push(request.url);
        Ok(Answer { status: 404, body: "{}".into(), ..Answer::default() })
    }
}

#[tokio::test]
async fn an_id_that_somebody_has_typed_names_a_session_and_no_other_route() {
    let urls = Urls::default();
    let platform = Platform::new(urls.clone(), Host::open(frozen(), QUEUE).await.settings());
    let id: SessionId = "../../routing/queues?x=/".into();
    assert_eq!(platform.look(&id, Lane::Screen).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(
        platform.disconnect(&id, Hold::Read, None).await.unwrap_err().kind,
        Kind::NotFound,
        "what is not there was not ended"
    );
    let seen = urls.0.lock().unwrap().clone();
    assert_eq!(seen.len(), 3);
    let path = "%2E%2E%2F%2E%2E%2Frouting%2Fqueues%3Fx%3D%2F";
    assert!(seen.iter().all(|url| url.ends_with(path)), "{seen:?}");
}

#[tokio::test]
async fn a_session_of_others_is_read_and_ends_only_when_it_is_told_to() {
    let host = Host::open(frozen(), QUEUE).await;
    let platform = host.platform();
    assert_eq!((platform.hold(true), platform.hold(false)), (Hold::Echo, Hold::Read));
    let row = host.floor.sessions("connected").await.remove(0);
    let id: SessionId = row["id"].as_str().unwrap().into();
    for n in 0..3 {
        assert_eq!(platform.beat(&id, Hold::Read, n, None).await, Ok(Sign::Alive));
    }
    assert_eq!(
        (sent(&host, "PATCH").await, sent(&host, "PUT").await),
        (0, 0),
        "nothing is written"
    );
    platform.disconnect(&id, Hold::Read, None).await.unwrap();
    assert_eq!(sent(&host, "PATCH").await, 1);
    assert_eq!(platform.beat(&id, Hold::Read, 3, None).await, Ok(Sign::Over));
}

#[tokio::test]
async fn what_can_not_begin_says_why() {
    let mut host = Host::open(frozen(), QUEUE).await;
    let (mut wish, _) = order();
    let plain = host.plain();
    assert_eq!(plain.hold(true), Hold::Read, "without a door nothing is held");
    let error = plain.open_guest(&wish).await.unwrap_err();
    assert!(error.kind == Kind::Invalid && error.message.contains("messaging.deployment"));
    let platform = host.platform();
    host.pull("fault", json!({"faults": ["503=1"], "routes": ["GET /v1"]})).await;
    let error = platform.open_guest(&wish).await.unwrap_err();
    assert_eq!((error.operation, error.status), ("open a session", Some(503)));
    assert_eq!(sent(&host, "GET /v1").await, 3, "it was tried again, and not for ever");
    host.pull("fault", json!({"faults": []})).await;
    wish.token = "jwt_not_a_uuid".to_owned().into();
    let error = platform.open_guest(&wish).await.unwrap_err();
    assert!(error.message.contains("UUID") && !error.message.contains("jwt_"), "{error}");
    host.deployment = "unknown".into();
    let error = host.platform().open_guest(&order().0).await.unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::NotFound, Some(404)), "{error}");
    assert_eq!(sent(&host, "GET /v1").await, 4, "what is refused is refused again");
}

#[tokio::test]
async fn a_socket_with_tls_is_spoken_to_by_tls_and_nothing_else() {
    let host = Host::open(frozen(), QUEUE).await;
    let mut door = host.door();
    door.socket = door.socket.replace("ws://", "wss://");
    let platform = host.plain().with_door(door);
    let error = platform.open_guest(&order().0).await.unwrap_err();
    assert_eq!(sent(&host, "GET /v1").await, 0, "nothing in the clear");
    assert!(error.message.contains("corrupt"), "the answer was no TLS: {error}");
}
