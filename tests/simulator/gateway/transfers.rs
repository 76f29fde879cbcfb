//! The four ways to hand over: what they answer, what they refuse, and what the witness saw.

use floorwalker::simulator::Options;
use serde_json::{Value, json};

use super::{both, gateway, id, message, messaging, status};
use crate::simulated::{Floor, Reply};

const BUSY: &str = "Conversation already in transfer state. Preventing duplicate handoff.";
const FORBIDDEN: &str = "Transfer forbidden: queue unavailable or routing configuration mismatch.";
const WRONG_SHAPE: &str =
    "Transfer payload format verification failed. Check queue_id and transfer_type.";

async fn transfer(floor: &Floor, session: &Value, body: Value) -> Reply {
    let path = format!("/api/v2/messaging/conversations/{}/transfer", id(session));
    floor.post(&path, body).await
}

async fn action(floor: &Floor, session: &Value, body: Value) -> Reply {
    floor.post(&format!("/api/v2/conversations/{}/actions/transfer", id(session)), body).await
}

async fn by_participant(floor: &Floor, session: &Value, party: &Value, body: Value) -> Reply {
    let party = party.as_str().unwrap();
    let path = format!("/api/v2/conversations/{}/participants/{party}/transfer", id(session));
    floor.post(&path, body).await
}

fn handoff(to: &Value, kind: &str) -> Value {
    json!({
        "transferTo": {"id": to, "type": kind}, "historySize": 150, "includeHistory": true,
        "summary": "Customer escalated billing inquiry.", "reason": "skill_based_handoff",
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().unwrap().remove(field);
    body
}

fn metadata(queue: &Value, skills: Value) -> Value {
    json!({"routingMetadata": {"queue": {"id": queue}, "skills": skills}})
}

async fn webchat(floor: &Floor, session: &Value, queue: &Value) -> Value {
    let told = floor.seen(session).await;
    json!({
        "type": "webchat", "queueId": queue,
        "customAttributes": {"sentiment_score": "0.32", "bot_handoff_reason": "complex_billing_dispute"},
        "guestInfo": {"id": told["from"]["id"], "name": "Jane Doe", "email": "jane.doe@example.com"},
    })
}

#[tokio::test]
async fn a_handoff_to_an_agent_carries_history_and_summary() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let agent = json!(floor.agents("status", "IDLE").await[0]);
    floor.answers(&["accepted"]).await;
    let reply = transfer(&floor, session, handoff(&agent, "user")).await;
    assert_eq!(status(&reply), 200, "{}", reply.text);
    let told = reply.json();
    assert_eq!((&told["id"], &told["state"]), (&session["id"], &json!("transferred")));
    assert_eq!(told["transferTo"], json!({"id": agent, "type": "user"}));
    assert_eq!(told["historySize"], 150);
    assert!(told["timestamp"].is_string());
    let moving = floor.seen(session).await;
    assert!(["transferring", "alerting"].contains(&moving["state"].as_str().unwrap()));
    let handoffs = floor.settled(session).await;
    assert_eq!((handoffs.len(), &handoffs[0]["outcome"]), (1, &json!("accepted")));
    assert_eq!(handoffs[0]["operation"], "gateway/transfer");
    let context = json!({
        "historySize": 150, "summary": "Customer escalated billing inquiry.", "reason": "skill_based_handoff",
    });
    assert_eq!(handoffs[0]["context"], context);
    let after = floor.seen(session).await;
    assert_eq!(after["state"], "connected");
    assert_eq!(after["participants"].as_array().unwrap().last().unwrap()["userId"], agent);
}

#[tokio::test]
async fn a_handoff_to_a_queue_waits_there() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("connected").await[0];
    let queue = floor.queue("available", &session["queue"]).await;
    let reply = transfer(&floor, session, handoff(&queue["id"], "queue")).await;
    assert_eq!(status(&reply), 200, "{}", reply.text);
    assert_eq!(floor.settled(session).await[0]["outcome"], "queued");
    let after = floor.seen(session).await;
    assert_eq!(after["state"], "queued");
    assert_eq!(after["routingMetadata"]["queue"]["id"], queue["id"]);
}

#[tokio::test]
async fn a_history_beyond_the_limit_is_refused_in_the_gateways_words() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let body = handoff(&json!(floor.agents("status", "IDLE").await[0]), "user");
    for size in [json!(501), json!(0), json!(-1), json!(1.5)] {
        let reply =
            transfer(&floor, session, with(body.clone(), "historySize", size.clone())).await;
        assert_eq!(status(&reply), 400);
        let expected =
            format!("History size {size} exceeds gateway limits. Must be between 1 and 500.");
        assert_eq!(message(&reply), expected);
    }
    let text = transfer(&floor, session, with(body.clone(), "historySize", json!("150"))).await;
    assert_eq!(status(&text), 400);
    assert!(floor.settled(session).await.is_empty(), "nothing was moved");
    for size in [1, 500] {
        let body = with(body.clone(), "historySize", json!(size));
        let session = &floor.sessions("bot").await[0];
        let reply = transfer(&floor, session, body).await;
        assert_eq!(status(&reply), 200, "{}", reply.text);
        floor.settled(session).await;
    }
}

#[tokio::test]
async fn a_target_of_the_wrong_type_or_a_missing_field_is_refused() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let agent = json!(floor.agents("status", "IDLE").await[0]);
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    let good = handoff(&agent, "user");
    let mut wrong = vec![handoff(&agent, "queue"), handoff(&queue, "user"), handoff(&agent, "dog")];
    let fields = ["transferTo", "historySize", "includeHistory", "summary", "reason"];
    wrong.extend(fields.map(|field| without(good.clone(), field)));
    wrong.push(json!([]));
    for body in wrong {
        assert_eq!(status(&transfer(&floor, session, body.clone()).await), 400, "{body}");
    }
    let nowhere = json!({"id": "9a8b7c6d-1111-4222-8333-444455556666"});
    let reply = transfer(&floor, &nowhere, good).await;
    assert_eq!((status(&reply), reply.code().as_str()), (404, "conversation.not.found"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_taken() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let agent = json!(floor.agents("status", "IDLE").await[0]);
    let body = with(handoff(&agent, "user"), "summary", json!("x".repeat(512_000)));
    assert_eq!(status(&transfer(&floor, session, body).await), 413);
}

#[tokio::test]
async fn while_it_moves_every_other_way_is_a_conflict() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let agent = json!(floor.agents("status", "IDLE").await[0]);
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    let webchat = webchat(&floor, session, &queue).await;
    floor.answers(&["timed_out"]).await;
    assert_eq!(status(&transfer(&floor, session, handoff(&agent, "user")).await), 200);
    let party =
        floor.seen(session).await["participants"].as_array().unwrap().last().unwrap()["id"].clone();
    let body = json!({"transfer_type": "queue", "queue_id": queue});
    let refused = [
        transfer(&floor, session, handoff(&agent, "user")).await,
        action(&floor, session, webchat).await,
        floor.put(&messaging(session), metadata(&queue, json!([]))).await,
        by_participant(&floor, session, &party, body).await,
    ];
    for reply in refused {
        assert_eq!((status(&reply), message(&reply).as_str()), (409, BUSY));
    }
    assert_eq!(floor.ledger().await["handoffs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_that_has_ended_or_is_there_already_is_not_handed_over() {
    let floor = Floor::open(both()).await;
    let session = &floor.sessions("connected").await[0];
    let there = transfer(&floor, session, handoff(&session["agent"], "user")).await;
    assert_eq!((status(&there), there.code().as_str()), (400, "transfer.same.party"));
    let path = format!("/api/v2/conversations/{}/disconnect", id(session));
    assert_eq!(floor.post(&path, json!({})).await.status, 202);
    let agent = json!(floor.agents("status", "IDLE").await[0]);
    let ended = transfer(&floor, session, handoff(&agent, "user")).await;
    assert_eq!((status(&ended), ended.code().as_str()), (400, "participant.not.active"));
    assert_eq!(floor.ledger().await["handoffs"], json!([]));
}

#[tokio::test]
async fn what_the_bot_knows_arrives_exactly() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let queue = floor.queue("available", &Value::Null).await;
    let mut body = webchat(&floor, session, &queue["id"]).await;
    body["customAttributes"]["note"] = json!(" Grüße \u{202E}\u{1F600}\n\"x\" ");
    body["customAttributes"]["long"] = json!("é".repeat(256));
    body["guestInfo"]["externalId"] = json!("crm-77");
    body["guestInfo"]["phone"] = Value::Null;
    let reply = action(&floor, session, body.clone()).await;
    assert_eq!(status(&reply), 200, "{}", reply.text);
    let told = reply.json();
    assert_eq!((&told["conversationId"], &told["status"]), (&session["id"], &json!("initiated")));
    assert!(!told["transferId"].as_str().unwrap().is_empty());
    let handoffs = floor.settled(session).await;
    assert_eq!(handoffs[0]["operation"], "gateway/actions/transfer");
    assert_eq!(
        (&handoffs[0]["from"]["kind"], &handoffs[0]["to"]["id"]),
        (&json!("bot"), &queue["id"])
    );
    let after = floor.seen(session).await;
    for seen in [&handoffs[0]["context"], &after] {
        assert_eq!(seen["customAttributes"], body["customAttributes"]);
        assert_eq!(seen["guestInfo"], body["guestInfo"]);
    }
    assert_eq!(after["from"]["id"], body["guestInfo"]["id"], "the guest stays the same");
}

#[tokio::test]
async fn a_queue_that_takes_nothing_forbids_the_transfer() {
    let crowd = Options { queues: 2, agents: 6, sessions: 120, ..gateway() };
    let floor = Floor::open(crowd).await;
    let session = &floor.sessions("bot").await[0];
    let full = floor.queue("unavailable", &Value::Null).await;
    let body = webchat(&floor, session, &full["id"]).await;
    let unknown = webchat(&floor, session, &json!("nowhere")).await;
    for body in [body, unknown] {
        let reply = action(&floor, session, body).await;
        assert_eq!((status(&reply), message(&reply).as_str()), (403, FORBIDDEN));
    }
    assert!(floor.settled(session).await.is_empty());
    assert_eq!(floor.seen(session).await["customAttributes"], json!({}));
}

#[tokio::test]
async fn a_transfer_without_its_guest_or_with_attributes_out_of_bounds_is_refused() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    let good = webchat(&floor, session, &queue).await;
    let attributes = |value: Value| with(good.clone(), "customAttributes", value);
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("key{n}"), json!("v"))).collect();
    let wrong = [
        without(good.clone(), "guestInfo"),
        with(good.clone(), "guestInfo", json!({"name": "Jane Doe"})),
        without(good.clone(), "queueId"),
        with(good.clone(), "type", json!("carrier pigeon")),
        attributes(json!({"n": 1})),
        attributes(json!({"n": "x".repeat(257)})),
        attributes(Value::Object(many)),
        attributes(json!("text")),
    ];
    for body in wrong {
        assert_eq!(status(&action(&floor, session, body.clone()).await), 400, "{body}");
    }
    let mut stranger = good.clone();
    stranger["guestInfo"]["id"] = json!("guest-8842-xyz");
    let reply = action(&floor, session, stranger).await;
    assert_eq!((status(&reply), reply.code().as_str()), (403, "guest.identity.mismatch"));
    assert_eq!(status(&action(&floor, session, good).await), 200);
}

/// Skills that the floor knows.
async fn skills(floor: &Floor) -> Vec<Value> {
    let mut known = Vec::new();
    for agent in floor.agents("status", "IDLE").await {
        let path = format!("/api/v2/routing/users/{agent}/availability");
        let told = floor.get(&path).await.json();
        let rows = told["skillAvailability"].as_array().unwrap().iter();
        known.extend(rows.map(|row| row["skill"]["id"].clone()));
    }
    known.sort_by_key(Value::to_string);
    known.dedup();
    known
}

#[tokio::test]
async fn routing_metadata_moves_a_session_to_a_queue_with_skills() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    let skill = &skills(&floor).await[0];
    let body = metadata(&queue, json!([{"id": skill, "priority": 4}]));
    let reply = floor.put(&messaging(session), body.clone()).await;
    assert_eq!(status(&reply), 200, "{}", reply.text);
    assert_eq!(reply.json()["routingMetadata"], body["routingMetadata"]);
    assert_eq!(reply.json()["state"], "transferring");
    let handoffs = floor.settled(session).await;
    assert_eq!(handoffs[0]["operation"], "gateway/routing-metadata");
    let after = floor.seen(session).await;
    assert_eq!(after["state"], "queued");
    assert_eq!(after["routingMetadata"], body["routingMetadata"]);
}

#[tokio::test]
async fn who_waits_there_already_is_looked_at_anew_in_place() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("waiting").await[0];
    let before = floor.seen(session).await;
    let skills = skills(&floor).await;
    let asked = json!([{"id": skills[0], "priority": 2}, {"id": skills[1], "priority": 7}]);
    let body = metadata(&session["queue"], asked);
    let reply = floor.put(&messaging(session), body.clone()).await;
    assert_eq!(status(&reply), 200, "{}", reply.text);
    let told = reply.json();
    assert_eq!(told["routingMetadata"], body["routingMetadata"]);
    for field in ["state", "stateTime", "participants"] {
        assert_eq!(told[field], before[field], "it keeps its place");
    }
    let ledger = floor.ledger().await;
    assert_eq!(ledger["handoffs"], json!([]), "nobody was moved");
    let reroutes = ledger["reroutes"].as_array().unwrap();
    assert_eq!(reroutes.len(), 1);
    assert_eq!(reroutes[0]["operation"], "reroute");
    assert_eq!(reroutes[0]["conversation"], session["id"]);
    assert_eq!(reroutes[0]["queue"], session["queue"]);
    assert_eq!(reroutes[0]["skills"], json!(skills[..2]));
    assert_eq!(reroutes[0]["priority"], 7);
    floor.put(&messaging(session), metadata(&session["queue"], json!([]))).await;
    assert_eq!(floor.ledger().await["reroutes"][1]["priority"], 0);
}

#[tokio::test]
async fn routing_metadata_without_a_known_queue_and_known_skills_is_refused() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    for body in [json!({}), json!({"routingMetadata": {}}), metadata(&json!(""), json!([]))] {
        let reply = floor.put(&messaging(session), body).await;
        assert_eq!(status(&reply), 400);
        assert_eq!(message(&reply), "Missing required queue ID for routing metadata update");
    }
    for body in [
        metadata(&json!("nowhere"), json!([])),
        metadata(&queue, json!([{"id": "juggling", "priority": 1}])),
        metadata(&queue, json!("juggling")),
        metadata(&queue, json!([{"id": skills(&floor).await[0], "priority": "high"}])),
    ] {
        assert_eq!(status(&floor.put(&messaging(session), body.clone()).await), 400, "{body}");
    }
    assert!(floor.settled(session).await.is_empty());
}

#[tokio::test]
async fn a_transfer_by_participant_takes_either_spelling() {
    let floor = Floor::open(gateway()).await;
    let queue = floor.queue("available", &Value::Null).await["id"].clone();
    let bodies = [
        json!({"transfer_type": "queue", "queue_id": queue}),
        json!({"transferType": "queue", "queueId": queue}),
    ];
    for (session, body) in floor.sessions("bot").await.iter().zip(bodies) {
        let reply = by_participant(&floor, session, &session["participant"], body).await;
        assert_eq!(status(&reply), 200, "{}", reply.text);
        let expected = json!({
            "id": session["id"], "participantId": session["participant"], "queueId": queue, "status": "initiated",
        });
        assert_eq!(reply.json(), expected);
        let handoffs = floor.settled(session).await;
        assert_eq!(handoffs[0]["operation"], "gateway/participant-transfer");
        assert_eq!(handoffs[0]["participant"], session["participant"]);
        assert!(handoffs[0].get("context").is_none());
    }
}

#[tokio::test]
async fn a_transfer_by_participant_of_the_wrong_shape_is_refused() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let queue = floor.queue("available", &Value::Null).await;
    let good = json!({"transfer_type": "queue", "queue_id": queue["id"]});
    let shapes = [
        json!({"transfer_type": "agent", "queue_id": queue["id"]}),
        json!({"transfer_type": "queue", "queue_id": "nowhere"}),
        json!({"transfer_type": "queue"}),
        json!({"queue_id": queue["id"]}),
        json!("queue"),
    ];
    for body in shapes {
        let reply = by_participant(&floor, session, &session["participant"], body).await;
        assert_eq!((status(&reply), message(&reply).as_str()), (400, WRONG_SHAPE));
    }
    floor.pause(&queue, true).await;
    let paused = by_participant(&floor, session, &session["participant"], good.clone()).await;
    assert_eq!((status(&paused), message(&paused).as_str()), (400, WRONG_SHAPE));
    floor.pause(&queue, false).await;
    let nobody = json!("9a8b7c6d-1111-4222-8333-444455556666");
    assert_eq!(status(&by_participant(&floor, session, &nobody, good.clone()).await), 404);
    let guest = floor.seen(session).await["participants"][0]["id"].clone();
    assert_eq!(status(&by_participant(&floor, session, &guest, good).await), 400);
}
