//! Guests whom a client looks after: opened, kept by heartbeats, ended.

use floorwalker::simulator::{Options, Permissions};
use reqwest::Method;
use serde_json::{Value, json};

use super::{gateway, id, message, messaging, status};
use crate::simulated::{Floor, Reply};

const OPEN: &str = "/api/v2/conversations/messaging";
const GUEST: &str = "jwt_00112233445566778899aabbccddeeff";

/// What a client sends to open a session, with the limit in seconds.
fn opening(queue: &Value, limit: u32) -> Value {
    json!({
        "id": uuid::Uuid::new_v4(), "from": {"id": GUEST, "name": "Maria", "type": "user"},
        "to": [{"id": queue, "type": "queue"}], "type": "messaging", "channelAddress": "web",
        "context": {
            "locale": "de-DE", "capabilities": ["typing-indicator", "read-receipts", "file-transfer"],
            "userAgent": "NodeSessionManager/1.0",
        },
        "metadata": {
            "sessionDurationLimit": limit, "guestIdToken": GUEST, "initiatedAt": "2026-11-20T09:31:02.114Z",
        },
    })
}

fn beat(sequence: i64) -> Value {
    json!({"context": {"lastActivityTimestamp": "2026-11-20T09:31:02.114Z", "heartbeatSequence": sequence}})
}

/// A floor that stands still, and a session opened on it in the first queue.
async fn opened(limit: u32) -> (Floor, Value) {
    let floor = Floor::open(gateway()).await;
    let queue = floor.world().await["queues"][0]["id"].clone();
    let reply = floor.post(OPEN, opening(&queue, limit)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    (floor, reply.json())
}

/// What the ledger holds of a session's beats.
async fn watch(floor: &Floor, session: &Value) -> Value {
    let ledger = floor.ledger().await;
    let rows = ledger["beats"].as_array().unwrap();
    rows.iter().find(|row| row["conversation"] == session["id"]).unwrap().clone()
}

async fn keep(floor: &Floor, session: &Value, sequence: i64) -> Reply {
    floor.patch(&messaging(session), beat(sequence)).await
}

#[tokio::test]
async fn a_session_opened_by_a_client_stands_in_line_as_it_was_described() {
    let (floor, session) = opened(1800).await;
    assert_eq!(session["from"]["id"], GUEST);
    assert_eq!((&session["state"], &session["type"]), (&json!("queued"), &json!("messaging")));
    assert_eq!(session["context"]["locale"], "de-DE");
    assert_eq!(session["metadata"]["sessionDurationLimit"], 1800);
    assert_eq!(
        (&session["guestInfo"]["id"], &session["guestInfo"]["name"]),
        (&json!(GUEST), &json!("Maria"))
    );
    assert_eq!(floor.seen(&session).await, session);
    let waiting = floor.sessions("waiting").await;
    let row = waiting.iter().find(|row| row["id"] == session["id"]).unwrap();
    assert_eq!(row["queue"], session["routingMetadata"]["queue"]["id"]);
    let watch = watch(&floor, &session).await;
    assert_eq!(watch["silence"], 90_000, "three times thirty seconds");
    assert_eq!(watch["until"].as_i64().unwrap() - watch["opened"].as_i64().unwrap(), 1_800_000);
}

#[tokio::test]
async fn an_agent_takes_it_and_it_does_not_end_by_itself() {
    let (floor, session) = opened(2700).await;
    let mut states = std::collections::BTreeSet::new();
    for sequence in 0..60 {
        floor.step(30).await;
        assert_eq!(keep(&floor, &session, sequence).await.status, 200);
        states.insert(floor.seen(&session).await["state"].as_str().unwrap().to_owned());
    }
    assert!(states.contains("connected") && !states.contains("disconnected"), "{states:?}");
}

#[tokio::test]
async fn a_bot_may_take_it_first() {
    let floor =
        Floor::open(Options { dialect: floorwalker::simulator::Dialect::Both, ..gateway() }).await;
    let body = json!({"metrics": [{"metric": "oFlow", "details": true}], "groupBy": ["flowId"]});
    let flows = floor.post("/api/v2/analytics/flows/activity/query", body).await.json();
    let flow = &flows["results"][0]["group"]["flowId"];
    let mut body = opening(flow, 600);
    body["to"][0]["type"] = json!("bot");
    let session = floor.post(OPEN, body).await.json();
    assert_eq!(session["state"], "bot", "{session}");
}

#[tokio::test]
async fn what_is_wrong_with_an_opening_is_said() {
    let floor = Floor::open(gateway()).await;
    let queue = floor.world().await["queues"][0]["id"].clone();
    let with = |pointer: &str, value: Value| {
        let mut body = opening(&queue, 600);
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, part) in [
        (with("/id", json!("conversation-1")), "UUID"),
        (with("/from/id", json!("")), "Guest ID token"),
        (with("/from/id", json!(7)), "Guest ID token"),
        (with("/metadata/sessionDurationLimit", json!(0)), "between 1 and 2700 seconds"),
        (with("/metadata/sessionDurationLimit", json!(2701)), "between 1 and 2700 seconds"),
        (with("/metadata/sessionDurationLimit", Value::Null), "between 1 and 2700 seconds"),
        (with("/metadata/guestIdToken", json!("jwt_other")), "guestIdToken"),
        (with("/context/capabilities", json!(["read-receipts"])), "capabilities: typing-indicator"),
        (with("/context/capabilities", json!([])), "typing-indicator, read-receipts"),
        (with("/type", json!("chat")), "'type'"),
        (with("/channelAddress", json!("fax")), "'channelAddress'"),
        (with("/to", json!([])), "to is required"),
        (with("/to/0/id", json!("nowhere")), "nowhere"),
        (with("/to/0/type", json!("user")), "'to.type'"),
        (json!([]), "JSON object"),
    ] {
        let reply = floor.post(OPEN, body).await;
        assert_eq!(status(&reply), 400, "{part}: {}", reply.text);
        assert!(message(&reply).contains(part), "{part}: {}", reply.text);
    }
    let body = opening(&queue, 600);
    assert_eq!(floor.post(OPEN, body.clone()).await.status, 200);
    assert_eq!(floor.post(OPEN, body).await.code(), "conversation.exists");
}

#[tokio::test]
async fn five_hundred_at_a_time_are_enough() {
    let floor = Floor::open(gateway()).await;
    let queue = floor.world().await["queues"][0]["id"].clone();
    let mut last = Value::Null;
    for _ in 0..500 {
        let reply = floor.post(OPEN, opening(&queue, 600)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        last = reply.json();
    }
    let refused = floor.post(OPEN, opening(&queue, 600)).await;
    assert_eq!((status(&refused), refused.header("retry-after")), (429, Some("1")));
    assert!(message(&refused).contains("Concurrent sessions (500) reached maximum (500)"));
    let body = json!({"status": "disconnected"});
    assert_eq!(floor.patch(&messaging(&last), body).await.status, 200);
    assert_eq!(floor.post(OPEN, opening(&queue, 600)).await.status, 200);
}

#[tokio::test]
async fn without_the_right_nobody_opens_or_beats() {
    for (denied, both) in [("conversation:write", true), ("webchat:write", false)] {
        let permissions = Permissions::all_but([denied]);
        let floor = Floor::open(Options { permissions, ..gateway() }).await;
        let queue = floor.world().await["queues"][0]["id"].clone();
        let refused = floor.post(OPEN, opening(&queue, 600)).await;
        assert_eq!(status(&refused), 403);
        assert!(message(&refused).contains(denied), "{}", refused.text);
        let session = &floor.sessions("bot").await[0];
        assert_eq!(status(&keep(&floor, session, 1).await) == 403, both);
    }
}

#[tokio::test]
async fn beats_keep_a_session_and_silence_ends_it() {
    let (floor, session) = opened(60).await;
    assert_eq!(watch(&floor, &session).await["silence"], 18_000);
    for sequence in 0..2 {
        floor.step(14).await;
        assert_eq!(keep(&floor, &session, sequence).await.status, 200);
    }
    floor.step(14).await;
    assert_eq!(floor.seen(&session).await["state"], "queued");
    floor.step(6).await;
    let told = floor.seen(&session).await;
    assert_eq!(told["state"], "disconnected");
    assert_eq!(told["participants"][0]["disconnectType"], "inactivity");
    assert_eq!(watch(&floor, &session).await["ended"]["how"], "inactivity");
    for body in [beat(9), json!({"status": "disconnected"})] {
        let late = floor.patch(&messaging(&session), body).await;
        assert_eq!((status(&late), late.code()), (410, "conversation.ended".to_owned()));
    }
    assert_eq!(watch(&floor, &session).await["received"], 2);
}

#[tokio::test]
async fn the_limit_ends_a_session_however_it_beats() {
    let (floor, session) = opened(60).await;
    for sequence in 0..5 {
        floor.step(11).await;
        assert_eq!(keep(&floor, &session, sequence).await.status, 200);
    }
    floor.step(6).await;
    assert_eq!(status(&keep(&floor, &session, 9).await), 410);
    assert_eq!(watch(&floor, &session).await["ended"]["how"], "session.expired");
}

#[tokio::test]
async fn every_beat_is_written_down_with_who_sent_it() {
    let (floor, session) = opened(600).await;
    for (sequence, owner) in [(7, "one"), (7, "two"), (9, "two")] {
        let url = format!("{}{}", floor.running.base_url(), messaging(&session));
        let request = floor.http.patch(url).bearer_auth(&floor.token);
        let request = request.header("content-type", "application/json");
        let request = request.header("x-heartbeat-owner", owner).header("user-agent", "beater/1.0");
        let sent = request.body(beat(sequence).to_string()).send().await;
        assert_eq!(sent.unwrap().status(), 200);
    }
    let body = json!({"status": "disconnected"});
    assert_eq!(floor.patch(&messaging(&session), body).await.json()["state"], "disconnected");
    let watch = watch(&floor, &session).await;
    assert_eq!(watch["received"], 3);
    assert_eq!(watch["ended"]["how"], "disconnected");
    let beats = watch["beats"].as_array().unwrap().iter();
    let seen: Vec<_> = beats
        .map(|beat| {
            assert!(beat["at"].as_i64() >= watch["opened"].as_i64());
            assert_eq!(beat["program"], "beater/1.0");
            let text = |field: &str| beat[field].as_str().unwrap().to_owned();
            (beat["sequence"].as_i64().unwrap(), beat["increases"] == true, text("owner"))
        })
        .collect();
    let expected = [(7, true, "one"), (7, false, "two"), (9, true, "two")];
    assert_eq!(seen, expected.map(|(sequence, up, owner)| (sequence, up, owner.to_owned())));
}

#[tokio::test]
async fn a_session_of_the_floor_may_be_beaten_and_is_not_held_to_it() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("connected").await[0];
    assert_eq!(keep(&floor, session, 1).await.status, 200);
    let watch = watch(&floor, session).await;
    assert_eq!(watch["received"], 1);
    assert!(watch.get("silence").is_none() && watch.get("opened").is_none());
}

#[tokio::test]
async fn what_is_no_beat_and_no_end_is_refused() {
    let (floor, session) = opened(600).await;
    let nobody = json!({"id": "9a8b7c6d-1111-4222-8333-444455556666"});
    assert_eq!(status(&keep(&floor, &nobody, 1).await), 404);
    for body in [
        json!({}),
        json!({"status": "connected"}),
        json!({"context": {"heartbeatSequence": 1}}),
        json!({"context": {"heartbeatSequence": 1, "lastActivityTimestamp": "now"}}),
        json!({"context": {"heartbeatSequence": "1", "lastActivityTimestamp": "2026-11-20T09:31:02Z"}}),
    ] {
        assert_eq!(status(&floor.patch(&messaging(&session), body.clone()).await), 400, "{body}");
    }
    let path = messaging(&session);
    let broken = floor.send(Method::PATCH, &path, "application/json", "{".to_owned());
    assert_eq!(status(&broken.await.unwrap()), 400);
    assert_eq!(watch(&floor, &session).await["received"], 0);
    assert_eq!(id(&floor.seen(&session).await), id(&session));
}
