//! Handoffs over the simulator's API: accepted, refused, not answered, in conflict, never lost.

use crate::simulated::{Floor, frozen, participant, until};
use serde_json::{Value, json};

async fn outcome(floor: &Floor, conversation: &Value) -> String {
    until("the handoff is settled", || async {
        let ledger = floor.ledger().await;
        let handoffs = ledger["handoffs"].as_array().unwrap();
        let own = handoffs.iter().rev().find(|handoff| handoff["conversation"] == *conversation)?;
        own["outcome"].as_str().map(str::to_owned)
    })
    .await
}

async fn session(floor: &Floor, id: &Value) -> Value {
    let world = floor.world().await;
    world["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["id"] == *id)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_bot_session_goes_to_an_agent_even_on_a_frozen_floor() {
    let floor = Floor::open(frozen()).await;
    let bot = &floor.sessions("bot").await[0];
    let agents = floor.agents("status", "IDLE").await;
    floor.answers(&["accepted"]).await;
    let accepted = floor.to_agent(bot, &agents[0]).await;
    assert_eq!((accepted.status.as_u16(), accepted.text.as_str()), (202, ""));
    let again = floor.to_agent(bot, &agents[1]).await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (409, "conversation.error.conflict")
    );
    assert_eq!(outcome(&floor, &bot["id"]).await, "accepted");
    let after = session(&floor, &bot["id"]).await;
    assert_eq!((&after["state"], &after["agent"]), (&json!("connected"), &json!(agents[0])));
    let whole =
        floor.get(&format!("/api/v2/conversations/{}", bot["id"].as_str().unwrap())).await.json();
    assert_eq!(whole["recentTransfers"][0]["state"], "Complete");
    assert_eq!(whole["participants"][1]["messages"][0]["disconnectType"], "transfer");
    assert_eq!(whole["participants"][2]["userId"], agents[0]);
    assert_eq!(
        floor.ledger().await["handoffs"].as_array().unwrap().len(),
        1,
        "the conflict did not count"
    );
}

#[tokio::test]
async fn nobody_at_the_desk_means_back_in_line() {
    let floor = Floor::open(frozen()).await;
    let bot = &floor.sessions("bot").await[0];
    let absent = &floor.agents("presence", "OFFLINE").await[0];
    assert_eq!(floor.to_agent(bot, absent).await.status, 202);
    floor.step(40).await;
    assert_eq!(outcome(&floor, &bot["id"]).await, "timed_out");
    let whole =
        floor.get(&format!("/api/v2/conversations/{}", bot["id"].as_str().unwrap())).await.json();
    assert_eq!(whole["recentTransfers"][0]["state"], "Timeout");
    let parties = whole["participants"].as_array().unwrap();
    let rung = parties.iter().find(|party| party["userId"] == json!(absent)).unwrap();
    assert_eq!(rung["messages"][0]["disconnectType"], "transfer.noanswer");
    assert!(parties.iter().any(|party| party["purpose"] == "acd"), "the general queue took it");
}

#[tokio::test]
async fn a_refusal_puts_it_back_where_it_came_from() {
    let floor = Floor::open(frozen()).await;
    let waiting = &floor.sessions("waiting").await[0];
    let agent = &floor.agents("status", "IDLE").await[0];
    floor.answers(&["refused"]).await;
    assert_eq!(floor.to_agent(waiting, agent).await.status, 202);
    assert_eq!(outcome(&floor, &waiting["id"]).await, "refused");
    let after = session(&floor, &waiting["id"]).await;
    assert_eq!((&after["state"], &after["queue"]), (&json!("waiting"), &waiting["queue"]));
    let whole = floor
        .get(&format!("/api/v2/conversations/{}", waiting["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(whole["recentTransfers"][0]["state"], "Failed");
    let parties = whole["participants"].as_array().unwrap();
    let rung = parties.iter().find(|party| party["userId"] == json!(agent)).unwrap();
    assert_eq!(rung["messages"][0]["disconnectType"], "client");
}

#[tokio::test]
async fn a_handoff_is_never_lost_whatever_the_agents_do() {
    let floor = Floor::open(frozen()).await;
    let agents = floor.world().await["agents"].as_array().unwrap().clone();
    let mut moved = floor.sessions("bot").await;
    moved.extend(floor.sessions("connected").await);
    for (session, agent) in moved.iter().zip(agents.iter().cycle().skip(1)) {
        let reply = floor.to_agent(session, agent["id"].as_str().unwrap()).await;
        assert!([202, 400].contains(&reply.status.as_u16()), "{}", reply.text);
    }
    let handoffs = until("all are settled", || async {
        floor.step(5).await;
        let ledger = floor.ledger().await;
        let handoffs = ledger["handoffs"].as_array().unwrap().clone();
        handoffs.iter().all(|handoff| handoff["outcome"].is_string()).then_some(handoffs)
    })
    .await;
    let count =
        |outcome: &str| handoffs.iter().filter(|handoff| handoff["outcome"] == outcome).count();
    assert!(count("accepted") > handoffs.len() / 3);
    assert!(count("refused") + count("timed_out") > 0);
    for handoff in &handoffs {
        let path = format!("/api/v2/conversations/{}", handoff["conversation"].as_str().unwrap());
        let whole = floor.get(&path).await.json();
        let parties = whole["participants"].as_array().unwrap();
        let served = parties.iter().skip(1).any(|party| party["endTime"].is_null());
        assert!(served || whole["endTime"].is_string(), "somebody serves it, or it ended: {whole}");
    }
}

#[tokio::test]
async fn a_waiting_session_moves_to_another_queue_and_the_queries_say_so() {
    let floor = Floor::open(frozen()).await;
    let waiting = &floor.sessions("waiting").await[0];
    let world = floor.world().await;
    let target = world["queues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|queue| queue["id"] != waiting["queue"])
        .unwrap()["id"]
        .clone();
    let path = format!("{}/replace/queue", participant(waiting));
    assert_eq!(
        floor.post(&path, json!({"queueId": waiting["queue"]})).await.code(),
        "conversations.error.transfer.same.party"
    );
    assert_eq!(
        floor.post(&path, json!({"queueId": "none"})).await.code(),
        "conversations.error.queue.not.found"
    );
    assert_eq!(
        floor.post(&path, json!({})).await.code(),
        "conversations.error.transfer.destination.required"
    );
    assert_eq!(floor.post(&path, json!({"queueId": target})).await.status, 202);
    assert_eq!(outcome(&floor, &waiting["id"]).await, "queued");
    let body = json!({
        "metrics": [{"metric": "oWaiting", "details": true}], "groupBy": ["queueId"],
        "filter": {"type": "and", "predicates": [{"dimension": "conversationId", "value": waiting["id"]}]},
    });
    let found = floor.post("/api/v2/analytics/conversations/activity/query", body).await.json();
    assert_eq!(found["results"][0]["group"]["queueId"], target);
    // The participant of before is gone.
    assert_eq!(
        floor.post(&path, json!({"queueId": target})).await.code(),
        "conversations.error.transfer.not.connected"
    );
}

#[tokio::test]
async fn a_waiting_session_is_assigned_only_where_the_queue_allows_it() {
    let floor = Floor::open(frozen()).await;
    let agent = floor.agents("status", "IDLE").await[0].clone();
    let mut seen = [false, false];
    for session in floor.sessions("waiting").await {
        let queue = floor
            .get(&format!("/api/v2/routing/queues/{}", session["queue"].as_str().unwrap()))
            .await
            .json();
        let allowed = queue["enableManualAssignment"] == true;
        let path = format!("/api/v2/conversations/{}/assign", session["id"].as_str().unwrap());
        let reply = floor.post(&path, json!({"id": agent})).await;
        assert_eq!(reply.status.as_u16(), if allowed { 202 } else { 403 });
        seen[usize::from(allowed)] = true;
    }
    assert_eq!(seen, [true, true], "the floor has queues of both kinds");
    let bot = &floor.sessions("bot").await[0];
    let path = format!("/api/v2/conversations/{}/assign", bot["id"].as_str().unwrap());
    assert_eq!(floor.post(&path, json!({"id": agent})).await.status, 400);
}

#[tokio::test]
async fn attributes_add_up_and_priority_changes_only_in_line() {
    let floor = Floor::open(frozen()).await;
    let bot = &floor.sessions("bot").await[0];
    let path = format!("{}/attributes", participant(bot));
    for attributes in [json!({"a": "1", "b": "2"}), json!({"b": "3"})] {
        assert_eq!(floor.patch(&path, json!({"attributes": attributes})).await.status, 202);
    }
    let whole =
        floor.get(&format!("/api/v2/conversations/{}", bot["id"].as_str().unwrap())).await.json();
    assert_eq!(whole["participants"][1]["attributes"], json!({"a": "1", "b": "3"}));
    let reroute = |session: &Value| {
        format!("/api/v2/routing/conversations/{}", session["id"].as_str().unwrap())
    };
    assert_eq!(floor.patch(&reroute(bot), json!({"priority": 5})).await.status, 400);
    let waiting = &floor.sessions("waiting").await[0];
    assert_eq!(floor.patch(&reroute(waiting), json!({"priority": 5})).await.json()["priority"], 5);
    assert_eq!(session(&floor, &bot["id"]).await["attributes"], json!({"a": "1", "b": "3"}));
    let ledger = floor.ledger().await;
    assert_eq!(ledger["handoffs"], json!([]), "nobody was moved");
    let row = &ledger["reroutes"][0];
    assert_eq!((&row["conversation"], &row["queue"]), (&waiting["id"], &waiting["queue"]));
    assert_eq!((&row["operation"], &row["priority"]), (&json!("reroute"), &json!(5)));
    assert_eq!(ledger["reroutes"].as_array().unwrap().len(), 1, "only what was applied");
}

#[tokio::test]
async fn a_disconnect_ends_it_for_everybody_and_the_history_follows() {
    let floor = Floor::open(frozen()).await;
    let connected = &floor.sessions("connected").await[0];
    let id = connected["id"].as_str().unwrap();
    let path = format!("/api/v2/conversations/messages/{id}");
    assert_eq!(floor.patch(&path, json!({"state": "alerting"})).await.status, 400);
    let ended = floor.patch(&path, json!({"state": "disconnected"})).await.json();
    assert!(ended["endTime"].is_string());
    assert!(
        ended["participants"].as_array().unwrap().iter().all(|party| party["endTime"].is_string())
    );
    let start = &ended["startTime"].as_str().unwrap()[..10];
    let body = json!({
        "interval": format!("{start}T00:00:00Z/{start}T23:59:59Z"),
        "conversationFilters": [{"type": "and", "predicates": [
            {"dimension": "conversationId", "value": id}, {"dimension": "conversationEnd", "operator": "notExists"}]}],
    });
    let open = async || {
        floor.post("/api/v2/analytics/conversations/details/query", body.clone()).await.json()["totalHits"].clone()
    };
    assert_eq!(open().await, 1, "the index lags");
    floor.step(10).await;
    assert_eq!(open().await, 0);
}
