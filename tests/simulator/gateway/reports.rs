//! Summaries, and the reasons for handoffs.

use serde_json::{Value, json};

use super::{gateway, id, message, status};
use crate::simulated::{Floor, Reply};

async fn summary(floor: &Floor, session: &Value, body: Value) -> Reply {
    floor.post(&format!("/api/v2/conversations/{}/summary", id(session)), body).await
}

#[tokio::test]
async fn a_summary_is_a_text_and_for_some_an_empty_one() {
    let floor = Floor::open(gateway()).await;
    let mut seen = [false, false];
    for session in floor.sessions("connected").await {
        let body = json!({"type": "transfer", "conversationId": session["id"]});
        let first = summary(&floor, &session, body.clone()).await.json();
        assert_eq!(first, summary(&floor, &session, body).await.json(), "the same each time");
        seen[usize::from(first["summary"].as_str().unwrap().is_empty())] = true;
    }
    assert_eq!(seen, [true, true]);
}

#[tokio::test]
async fn a_summary_of_another_conversation_is_refused() {
    let floor = Floor::open(gateway()).await;
    let sessions = floor.sessions("bot").await;
    for body in [
        json!({"type": "transfer", "conversationId": sessions[1]["id"]}),
        json!({"type": "transfer"}),
        json!({"conversationId": sessions[0]["id"]}),
    ] {
        assert_eq!(status(&summary(&floor, &sessions[0], body).await), 400);
    }
    let upper = id(&sessions[0]).to_uppercase();
    let body = json!({"type": "transfer", "conversationId": upper});
    assert_eq!(status(&summary(&floor, &sessions[0], body).await), 200, "ids have no case");
}

fn event(name: &str) -> Value {
    json!({
        "id": name, "eventType": "botHandoff", "timestamp": "2026-11-20T09:31:02.114Z",
        "eventPayload": {"conversationId": "c", "handoffReason": "billing dispute", "queueId": "q", "guestId": "g"},
    })
}

#[tokio::test]
async fn a_reported_event_is_kept_once_and_as_sent() {
    let floor = Floor::open(gateway()).await;
    for events in [json!([event("one")]), json!([event("one"), event("two")])] {
        let reply = floor.post("/api/v2/analytics/events", events).await;
        assert_eq!((status(&reply), reply.text.as_str()), (200, ""));
    }
    assert_eq!(floor.ledger().await["events"], json!([event("one"), event("two")]));
}

#[tokio::test]
async fn a_wrong_event_is_refused_with_all_that_came_with_it() {
    let floor = Floor::open(gateway()).await;
    let without = |field: &str| {
        let mut event = event("wrong");
        event.as_object_mut().unwrap().remove(field);
        event
    };
    let mut wrong: Vec<Value> =
        ["id", "eventType", "timestamp", "eventPayload"].map(without).into();
    let mut other = event("other");
    other["eventType"] = json!("coffee");
    let mut nameless = event("nameless");
    nameless["eventPayload"]["guestId"] = Value::Null;
    let mut timeless = event("timeless");
    timeless["timestamp"] = json!("yesterday");
    wrong.extend([other, nameless, timeless, json!("text")]);
    for event_ in wrong {
        let reply = floor.post("/api/v2/analytics/events", json!([event("good"), event_])).await;
        assert_eq!(status(&reply), 400, "{event_}");
        assert!(message(&reply).contains("event at 1"), "{}", reply.text);
    }
    assert_eq!(status(&floor.post("/api/v2/analytics/events", event("bare")).await), 400);
    assert_eq!(floor.ledger().await["events"], json!([]));
}
