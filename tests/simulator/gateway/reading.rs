//! Queues, members, agents, sessions and events, as the gateway tells of them.

use std::collections::BTreeSet;

use floorwalker::simulator::Options;
use serde_json::{Value, json};

use super::{both, gateway, id, message, messaging, status};
use crate::simulated::{Floor, until};

#[tokio::test]
async fn a_queue_has_a_state_and_a_load() {
    let floor = Floor::open(gateway()).await;
    let listed = floor.get("/api/v2/routing/queues?pageSize=100").await.json();
    assert_eq!(listed["total"], 12);
    let queue = floor.queue("available", &Value::Null).await;
    let number = |field: &str| queue[field].as_u64().unwrap();
    assert!(number("capacity") > number("current_load") && number("members_count") > 0);
    assert_eq!(queue["status"], "active");
    let fields: Vec<&String> = queue.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["capacity", "current_load", "id", "members_count", "name", "state", "status"]
    );
}

#[tokio::test]
async fn a_queue_is_unavailable_when_full_paused_or_without_staff() {
    let crowd = Options { queues: 2, agents: 6, sessions: 120, ..gateway() };
    let floor = Floor::open(crowd).await;
    let full = floor.queue("unavailable", &Value::Null).await;
    assert!(full["current_load"].as_u64() >= full["capacity"].as_u64());
    assert_eq!(full["status"], "active");
    let floor = Floor::open(gateway()).await;
    let queue = floor.queue("available", &Value::Null).await;
    floor.pause(&queue, true).await;
    let paused = floor.get(&format!("/api/v2/routing/queues/{}", id(&queue))).await.json();
    assert_eq!((&paused["state"], &paused["status"]), (&json!("unavailable"), &json!("inactive")));
    let floor = Floor::open(Options { agents: 0, sessions: 0, ..gateway() }).await;
    let empty = floor.queue("unavailable", &Value::Null).await;
    assert_eq!((&empty["capacity"], &empty["status"]), (&json!(0), &json!("active")));
}

#[tokio::test]
async fn what_is_unknown_is_not_found() {
    let floor = Floor::open(gateway()).await;
    let nobody = "9a8b7c6d-1111-4222-8333-444455556666";
    for path in [
        "routing/queues/{}",
        "routing/queues/{}/members",
        "routing/users/{}/availability",
        "users/{}",
        "conversations/messaging/{}",
        "conversations/{}",
        "conversations/{}/events",
    ] {
        let path = format!("/api/v2/{}", path.replace("{}", nobody));
        let reply = floor.get(&path).await;
        assert_eq!(status(&reply), 404, "{path}");
        assert!(!message(&reply).is_empty());
    }
    let reply = floor.get(&format!("/api/v2/conversations/messaging/{nobody}")).await;
    assert_eq!(reply.code(), "conversation.not.found");
}

#[tokio::test]
async fn members_come_a_hundred_a_page_with_their_status() {
    let floor = Floor::open(Options { queues: 1, agents: 230, ..gateway() }).await;
    let queue = floor.get("/api/v2/routing/queues").await.json()["entities"][0].clone();
    let path = format!("/api/v2/routing/queues/{}/members", id(&queue));
    let (mut seen, mut statuses) = (BTreeSet::new(), BTreeSet::new());
    for (number, expected) in [(1, 100), (2, 100), (3, 30), (4, 0)] {
        let page = floor.get(&format!("{path}?pageSize=100&pageNumber={number}")).await.json();
        assert_eq!((&page["total"], &page["pageCount"]), (&json!(230), &json!(3)));
        let rows = page["entities"].as_array().unwrap();
        assert_eq!(rows.len(), expected);
        seen.extend(rows.iter().map(|row| id(row).to_owned()));
        statuses.extend(rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 230);
    for status in ["available", "busy", "away", "offline"] {
        assert!(statuses.contains(status), "{statuses:?}");
    }
    assert_eq!(floor.get(&format!("{path}?pageSize=101")).await.status, 400);
}

#[tokio::test]
async fn an_agent_is_available_on_queue_with_a_free_place() {
    let floor = Floor::open(gateway()).await;
    let world = floor.world().await;
    let mut seen = BTreeSet::new();
    for agent in world["agents"].as_array().unwrap() {
        let path = format!("/api/v2/routing/users/{}/availability", id(agent));
        let told = floor.get(&path).await.json();
        let state = told["state"].as_str().unwrap().to_owned();
        let free = agent["active"].as_u64() < agent["capacity"].as_u64();
        match agent["status"].as_str().unwrap() {
            "IDLE" | "INTERACTING" if free => assert!(["Available", "Busy"].contains(&&*state)),
            "INTERACTING" => assert_eq!(state, "Busy"),
            _ => assert_ne!(state, "Available", "{agent}"),
        }
        let skills = told["skillAvailability"].as_array().unwrap();
        for skill in skills {
            assert!(skill["skill"]["id"].is_string() && skill["skill"]["name"].is_string());
            let expected =
                if agent["presence"] == "ON_QUEUE" { "Available" } else { "Unavailable" };
            assert_eq!(skill["state"], expected);
        }
        seen.insert(state);
    }
    for state in ["Available", "Busy", "Away", "Offline"] {
        assert!(seen.contains(state), "{seen:?}");
    }
}

#[tokio::test]
async fn an_agent_with_every_place_taken_is_busy() {
    let crowd = Options { queues: 2, agents: 6, sessions: 120, ..gateway() };
    let floor = Floor::open(crowd).await;
    let world = floor.world().await;
    let agents = world["agents"].as_array().unwrap().iter();
    let full: Vec<&Value> = agents
        .filter(|agent| agent["status"] == "INTERACTING" && agent["active"] == agent["capacity"])
        .collect();
    assert!(!full.is_empty(), "a crowd fills every desk");
    for agent in full {
        let path = format!("/api/v2/routing/users/{}/availability", id(agent));
        assert_eq!(floor.get(&path).await.json()["state"], "Busy");
    }
}

#[tokio::test]
async fn an_agents_languages_are_tags() {
    let floor = Floor::open(gateway()).await;
    let agent = &floor.agents("status", "IDLE").await[0];
    let user = floor.get(&format!("/api/v2/users/{agent}")).await.json();
    assert_eq!(user["id"], json!(agent));
    let languages = user["languages"].as_array().unwrap();
    assert!(languages.contains(&json!("en-US")), "{user}");
    assert_eq!(user.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn a_session_tells_who_serves_it_and_what_the_bot_made_of_it() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    let told = floor.seen(session).await;
    assert_eq!((&told["id"], &told["state"]), (&session["id"], &json!("bot")));
    assert_eq!((&told["type"], &told["channelAddress"]), (&json!("messaging"), &json!("web")));
    assert_eq!(told["stateTime"], session["since"]);
    let guest = told["from"]["id"].as_str().unwrap();
    assert!(guest.starts_with("guest-"));
    assert_eq!(told["from"]["type"], "user");
    assert_eq!((&told["guestInfo"]["id"], &told["customAttributes"]), (&json!(guest), &json!({})));
    assert!(told["guestInfo"]["email"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(told["intent"]["confidence"], session["confidence"]);
    let sentiment: f64 = told["sentiment"].as_str().unwrap().parse().unwrap();
    let truth = f64::midpoint(session["sentiment"].as_f64().unwrap(), 1.0);
    assert!((sentiment - truth).abs() < 0.006);
    assert!(told["context"]["locale"].as_str().unwrap().contains('-'));
    let parties = told["participants"].as_array().unwrap().iter();
    let purposes: Vec<_> = parties.map(|party| party["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["customer", "bot"]);
    let path = format!("/api/v2/conversations/{}", id(session));
    assert_eq!(floor.get(&path).await.json(), told, "both paths tell the same");
}

#[tokio::test]
async fn every_stage_has_a_state() {
    let floor = Floor::open(gateway()).await;
    for (stage, state) in [("waiting", "queued"), ("connected", "connected"), ("parked", "parked")]
    {
        let session = &floor.sessions(stage).await[0];
        let told = floor.seen(session).await;
        assert_eq!(told["state"], state);
        assert_eq!(told["routingMetadata"]["queue"]["id"], session["queue"]);
        let serving = told["participants"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(serving["id"], session["participant"]);
        assert_eq!(serving["userId"], session["agent"]);
    }
}

#[tokio::test]
async fn an_ended_session_is_disconnected_for_everybody() {
    let floor = Floor::open(both()).await;
    let session = &floor.sessions("connected").await[0];
    let path = format!("/api/v2/conversations/{}/disconnect", id(session));
    assert_eq!(floor.post(&path, json!({})).await.status, 202);
    let told = floor.seen(session).await;
    assert_eq!(told["state"], "disconnected");
    for party in told["participants"].as_array().unwrap() {
        assert_eq!(party["state"], "disconnected");
        assert!(party["endTime"].is_string() && party["disconnectType"].is_string());
    }
}

#[tokio::test]
async fn more_events_than_a_page_holds_come_by_cursor() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("connected").await[0];
    let body = json!({"conversation": session["id"], "exchanges": 300});
    assert_eq!(floor.post("/_simulator/talk", body).await.status, 200);
    let path = format!("/api/v2/conversations/{}/events", id(session));
    let (mut events, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = floor.get(&format!("{path}?pageSize=250&cursor={cursor}")).await.json();
        pages += 1;
        let rows = page["events"].as_array().unwrap();
        assert!(rows.len() <= 250);
        events.extend(rows.iter().cloned());
        match &page["nextPageCursor"] {
            Value::String(next) => cursor = next.clone(),
            Value::Null => break,
            other => panic!("{other}"),
        }
    }
    assert!(pages >= 3 && events.len() > 600, "{pages} {}", events.len());
    let ids: BTreeSet<&str> = events.iter().map(id).collect();
    assert_eq!(ids.len(), events.len(), "no event twice");
    let times: Vec<_> = events.iter().map(|event| event["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    let by = |who: &str| events.iter().filter(|event| event["from"]["id"] == who).count();
    let guest = floor.seen(session).await["from"]["id"].as_str().unwrap().to_owned();
    assert!(by(&guest) >= 300 && by(session["agent"].as_str().unwrap()) >= 300);
    assert!(by("bot") > 0 && by("system") > 1);
}

#[tokio::test]
async fn a_page_too_large_or_a_cursor_made_up_is_refused() {
    let floor = Floor::open(gateway()).await;
    let sessions = floor.sessions("connected").await;
    let path = |session: &Value| format!("/api/v2/conversations/{}/events", id(session));
    for query in ["pageSize=251", "pageSize=0", "cursor=made-up", "cursor=MTA"] {
        let reply = floor.get(&format!("{}?{query}", path(&sessions[0]))).await;
        assert_eq!(status(&reply), 400, "{query}");
    }
    let first = floor.get(&format!("{}?pageSize=1", path(&sessions[0]))).await.json();
    let cursor = first["nextPageCursor"].as_str().unwrap();
    let foreign = floor.get(&format!("{}?cursor={cursor}", path(&sessions[1]))).await;
    assert_eq!(status(&foreign), 400, "a cursor of another session");
}

async fn transfers(floor: &Floor, session: &Value) -> Vec<Value> {
    let path = format!("/api/v2/conversations/{}/events", id(session));
    let events = floor.get(&path).await.json()["events"].as_array().unwrap().clone();
    events.into_iter().filter(|event| event["type"] == "transfer").collect()
}

#[tokio::test]
async fn every_transfer_is_one_event() {
    let floor = Floor::open(gateway()).await;
    let session = &floor.sessions("bot").await[0];
    assert_eq!(transfers(&floor, session).await, Vec::<Value>::new());
    let mut before = Value::Null;
    for count in 1..=3 {
        let queue = floor.queue("available", &before).await;
        let body = json!({"routingMetadata": {"queue": {"id": queue["id"]}, "skills": []}});
        assert_eq!(floor.put(&messaging(session), body).await.status, 200);
        let seen = until("the transfer is told", || async {
            Some(transfers(&floor, session).await).filter(|seen| seen.len() == count)
        })
        .await;
        assert_eq!(seen[count - 1]["to"], json!({"id": queue["id"], "type": "queue"}));
        before = queue["id"].clone();
    }
}

#[tokio::test]
async fn taking_a_session_out_of_line_by_hand_is_a_transfer_and_routing_is_none() {
    let floor = Floor::open(gateway()).await;
    let routed = &floor.sessions("connected").await[0];
    let told = floor.seen(routed).await;
    let parties = told["participants"].as_array().unwrap().iter();
    let passed_on = parties.filter(|party| {
        party["disconnectType"] == "transfer"
            && party["purpose"] != "acd"
            && party["connectedTime"].is_string()
    });
    assert_eq!(transfers(&floor, routed).await.len(), passed_on.count());
    let waiting = &floor.sessions("waiting").await[0];
    let before = transfers(&floor, waiting).await.len();
    let agent = &floor.agents("status", "IDLE").await[0];
    floor.answers(&["accepted"]).await;
    let body = json!({
        "transferTo": {"id": agent, "type": "user"}, "historySize": 1, "includeHistory": false,
        "summary": "", "reason": "by hand",
    });
    let path = format!("/api/v2/messaging/conversations/{}/transfer", id(waiting));
    assert_eq!(floor.post(&path, body).await.status, 200);
    floor.settled(waiting).await;
    let after = transfers(&floor, waiting).await;
    assert_eq!(after.len(), before + 1);
    assert_eq!(after[before]["to"], json!({"id": agent, "type": "user"}));
}
