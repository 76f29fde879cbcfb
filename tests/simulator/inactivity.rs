//! The inactivity timer of a queue: what of it can be seen, what sets it back, and what it does.

use floorwalker::simulator::{Dialect, Options};
use serde_json::{Value, json};

use crate::simulated::{Floor, frozen};

/// The queues of a floor whose timer is on, or off.
async fn queues(floor: &Floor, on: bool) -> Vec<Value> {
    let mut found = Vec::new();
    for queue in floor.world().await["queues"].as_array().unwrap() {
        let path = format!("/api/v2/routing/queues/{}", queue["id"].as_str().unwrap());
        let message = floor.get(&path).await.json()["mediaSettings"]["message"].clone();
        if message["enableInactivityTimeout"] == on {
            found.push(queue["id"].clone());
        }
    }
    assert!(!found.is_empty(), "some have it {on}");
    found
}

fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

async fn conversation(floor: &Floor, session: &Value) -> Value {
    floor.get(&format!("/api/v2/conversations/{}", session["id"].as_str().unwrap())).await.json()
}

/// The deadline as each of the three views tells it, when they agree.
async fn deadline(floor: &Floor, session: &Value) -> Value {
    let id = session["id"].as_str().unwrap();
    let whole = conversation(floor, session).await["inactivityTimeout"].clone();
    let flat = floor.get(&format!("/api/v2/conversations/messages/{id}")).await.json();
    let day = &session["start"].as_str().unwrap()[..10];
    let body = json!({
        "interval": format!("{day}T00:00:00Z/{day}T23:59:59Z"),
        "conversationFilters": [{"type": "and", "predicates": [{"dimension": "conversationId", "value": id}]}],
    });
    let found = floor.post("/api/v2/analytics/conversations/details/query", body).await.json();
    assert_eq!(flat["inactivityTimeout"], whole);
    assert_eq!(found["conversations"][0]["inactivityTimeout"], whole);
    whole
}

#[tokio::test]
async fn the_deadline_is_shown_where_the_timer_is_on_and_what_is_said_sets_it_back() {
    let floor = Floor::open(Options { sessions: 150, ..frozen() }).await;
    let (on, off) = (queues(&floor, true).await, queues(&floor, false).await);
    let of = |sessions: Vec<Value>, queues: &[Value]| {
        sessions.into_iter().find(|session| queues.contains(&session["queue"])).unwrap()
    };
    let timed = of(floor.sessions("connected").await, &on);
    let before = deadline(&floor, &timed).await;
    let now = time(&floor.world().await["now"]);
    let left = (time(&before) - now).get_seconds();
    assert!((0..=900).contains(&left), "{left}");
    let body = json!({"conversation": timed["id"], "exchanges": 1});
    assert_eq!(floor.post("/_simulator/talk", body).await.status, 200);
    assert!(time(&deadline(&floor, &timed).await) > time(&before));
    let other = of(floor.sessions("connected").await, &off);
    assert_eq!(deadline(&floor, &other).await, Value::Null);
    // Who is parked in such a queue is not counted, even after days.
    let parked = of(floor.sessions("parked").await, &on);
    assert_eq!(deadline(&floor, &parked).await, Value::Null);
    let bot = &floor.sessions("bot").await[0];
    assert_eq!(deadline(&floor, bot).await, Value::Null);
}

#[tokio::test]
async fn when_it_passes_the_session_ends_and_heartbeats_do_not_save_it() {
    let floor = Floor::open(Options { agents: 0, dialect: Dialect::Both, ..frozen() }).await;
    let queue = queues(&floor, true).await[0].clone();
    let body = json!({
        "id": uuid::Uuid::new_v4(), "from": {"id": "guest", "name": "G", "type": "user"},
        "to": [{"id": queue, "type": "queue"}], "type": "messaging", "channelAddress": "web",
        "context": {"capabilities": ["typing-indicator", "read-receipts"]},
        "metadata": {"sessionDurationLimit": 2700},
    });
    let session = floor.post("/api/v2/conversations/messaging", body).await.json();
    let path = format!("/api/v2/conversations/messaging/{}", session["id"].as_str().unwrap());
    let opened = conversation(&floor, &session).await;
    let left = time(&opened["inactivityTimeout"]) - time(&opened["startTime"]);
    assert_eq!(left.get_seconds(), 900);
    for sequence in 0..11 {
        floor.step(80).await;
        let beat = json!({"context": {"lastActivityTimestamp": opened["startTime"], "heartbeatSequence": sequence}});
        assert_eq!(floor.patch(&path, beat).await.status, 200, "{sequence}");
    }
    floor.step(30).await;
    let ended = conversation(&floor, &session).await;
    assert!(ended["endTime"].is_string() && ended["inactivityTimeout"].is_null());
    for party in
        ended["participants"].as_array().unwrap().iter().filter(|p| p["purpose"] != "botflow")
    {
        assert_eq!(party["messages"][0]["disconnectType"], "inactivity", "{party}");
    }
}

#[tokio::test]
async fn the_floors_own_sessions_end_by_it_too_where_nobody_serves_them() {
    let floor = Floor::open(Options { agents: 0, sessions: 200, ..frozen() }).await;
    let on = queues(&floor, true).await;
    let waiting = floor.sessions("waiting").await;
    let timed: Vec<_> = waiting.iter().filter(|session| on.contains(&session["queue"])).collect();
    floor.step(900).await;
    let mut ends = std::collections::BTreeSet::new();
    for session in &timed {
        let whole = conversation(&floor, session).await;
        // Only so many that have ended are remembered.
        if whole["status"] == 404 {
            continue;
        }
        let how = whole["participants"][0]["messages"][0]["disconnectType"].as_str();
        ends.insert(how.expect("nobody waits longer than the timer").to_owned());
    }
    assert!(ends.contains("inactivity"), "{ends:?}");
    assert!(ends.is_subset(&["inactivity", "client"].map(str::to_owned).into()), "{ends:?}");
}
