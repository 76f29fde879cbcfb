//! Every feed against the witness: a floor that does not move must be read exactly as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use floorwalker::{
    domain::{
        agent::{Presence, RoutingStatus},
        floor::Floor,
        session::SessionState,
        text::Plain,
    },
    engine::snapshot::{Want, snapshot},
    genesys::{Ask, Feed, Genesys, Lane, Patch},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    simulated::frozen,
    site::{Site, live},
};

fn rows<'a>(world: &'a Value, kind: &str) -> &'a Vec<Value> {
    world[kind].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn optional<T: std::fmt::Display>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, |value| value.to_string().into())
}

async fn read_all() -> (Site, Floor, Value) {
    let site = Site::open(frozen()).await;
    let want = Want { levels: true, profiles: true, histories: true };
    let floor = snapshot(&site.platform(), want).await.unwrap().floor;
    let world = site.floor.world().await;
    (site, floor, world)
}

fn assert_sessions(floor: &Floor, world: &Value) {
    for truth in rows(world, "sessions") {
        let row = floor.session(&text(&truth["id"]).into());
        let row = row.unwrap_or_else(|| panic!("it is not on the floor: {truth}"));
        assert_eq!(row.state.word(), text(&truth["state"]), "{truth}");
        assert_eq!(optional(row.agent.as_ref()), truth["agent"], "{truth}");
        assert_eq!(optional(row.queue.as_ref()), truth["queue"], "{truth}");
        assert_eq!(row.since, time(&truth["since"]), "{truth}");
        assert_eq!(row.guest, Some(Plain::new(text(&truth["guest"]))), "{truth}");
    }
    assert_eq!(floor.sessions.len(), rows(world, "sessions").len(), "nobody is there twice");
}

#[tokio::test]
async fn sessions_are_where_the_witness_says() {
    let (site, floor, world) = read_all().await;
    assert_sessions(&floor, &world);
    let states: BTreeSet<SessionState> = floor.sessions.iter().map(|s| s.state).collect();
    for state in [SessionState::Waiting, SessionState::Bot, SessionState::Connected] {
        assert!(states.contains(&state), "this floor has sessions in {state:?}");
    }
    for row in &floor.sessions {
        assert!(row.channel.is_some() && row.started.is_some() && row.depth.is_some(), "{row:?}");
        let named = |name: &Plain| !name.is_empty();
        assert!(row.skills.iter().all(|s| named(&s.name)), "{row:?}");
    }
    site.close();
}

#[tokio::test]
async fn parked_sessions_are_found_though_no_live_query_tells_of_them() {
    let (site, floor, world) = read_all().await;
    let parked = |s: &&Value| s["state"] == "parked";
    let truth: BTreeSet<&str> =
        rows(&world, "sessions").iter().filter(parked).map(|s| text(&s["id"])).collect();
    let seen = floor.sessions.iter().filter(|s| s.state == SessionState::Parked);
    let seen: Vec<String> = seen.map(|s| s.id.to_string()).collect();
    assert!(!truth.is_empty(), "this floor has some");
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), truth);
    site.close();
}

#[tokio::test]
async fn sessions_tell_when_they_end_for_want_of_words() {
    let (site, floor, _) = read_all().await;
    let (mut with, mut without) = (0, 0);
    for row in floor.sessions.iter().step_by(3) {
        let path = format!("/api/v2/conversations/{}", row.id);
        let end = time(&site.floor.get(&path).await.json()["inactivityTimeout"]);
        assert_eq!(row.expires, end, "{row:?}");
        *if end.is_some() { &mut with } else { &mut without } += 1;
    }
    assert!(with > 3 && without > 3, "both kinds: {with}, {without}");
    site.close();
}

#[tokio::test]
async fn bots_tell_what_they_believe_and_how_surely() {
    let (site, floor, world) = read_all().await;
    let mut told = 0;
    for truth in rows(&world, "sessions").iter().filter(|s| s["state"] == "bot") {
        let row = floor.session(&text(&truth["id"]).into()).unwrap();
        let Some(confidence) = row.confidence else { continue };
        let expected = truth["confidence"].as_f64().unwrap();
        assert!((confidence - expected).abs() < 1e-9, "{confidence} is not {truth}");
        assert!(row.intent.as_ref().is_some_and(|intent| !intent.is_empty()));
        told += 1;
    }
    assert!(told > 3, "only {told} sessions have an intent");
    site.close();
}

#[tokio::test]
async fn agents_are_as_the_witness_says() {
    let (site, floor, world) = read_all().await;
    assert_eq!(floor.agents.len(), rows(&world, "agents").len());
    for truth in rows(&world, "agents") {
        let row = floor.agent(&text(&truth["id"]).into()).unwrap();
        assert_eq!(row.presence, Some(Presence::parse(text(&truth["presence"]))), "{truth}");
        assert_eq!(row.routing, Some(RoutingStatus::parse(text(&truth["status"]))), "{truth}");
        assert_eq!(row.since, time(&truth["since"]), "{truth}");
        assert_eq!(row.name, Some(Plain::new(text(&truth["name"]))), "{truth}");
        assert_eq!(row.sessions.map(u64::from), truth["active"].as_u64(), "{truth}");
    }
    site.close();
}

/// Agents of a queue who have joined it, by routing status, as its members' listing tells.
async fn joined(site: &Site, queue: &str) -> BTreeMap<String, u32> {
    let path = format!("/api/v2/routing/queues/{queue}/members?pageSize=100&joined=true");
    let page = site.floor.get(&format!("{path}&expand=routingStatus")).await.json();
    assert!(page.get("nextUri").is_none(), "one page is enough here");
    let mut counts = BTreeMap::new();
    for member in page["entities"].as_array().unwrap() {
        *counts.entry(text(&member["routingStatus"]["status"]).to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn queues_count_what_is_there() {
    let (site, floor, world) = read_all().await;
    assert_eq!(floor.queues.len(), rows(&world, "queues").len());
    for truth in rows(&world, "queues") {
        let row = floor.queue(&text(&truth["id"]).into()).unwrap();
        assert_eq!(row.name, Plain::new(text(&truth["name"])));
        assert_eq!(row.waiting.map(u64::from), truth["waiting"].as_u64(), "{truth}");
        assert_eq!(row.alerting.map(u64::from), truth["alerting"].as_u64(), "{truth}");
        assert_eq!(row.interacting.map(u64::from), truth["connected"].as_u64(), "{truth}");
        let staff = row.staff.unwrap();
        let counts = joined(&site, text(&truth["id"])).await;
        let of = |status: &str| counts.get(status).copied().unwrap_or(0);
        let seen = (staff.idle, staff.interacting, staff.not_responding);
        let expected = (of("IDLE"), of("INTERACTING"), of("NOT_RESPONDING"));
        assert_eq!(seen, expected, "who has not joined a queue does not serve it: {truth}");
    }
    site.close();
}

#[tokio::test]
async fn capacity_is_each_agents_own() {
    let site = Site::open(frozen()).await;
    let platform = site.platform();
    let world = site.floor.world().await;
    let mut capacities = BTreeSet::new();
    for truth in rows(&world, "agents").iter().take(25) {
        let ask = Ask {
            now: Timestamp::now(),
            queues: Arc::default(),
            flows: Vec::new(),
            agents: vec![text(&truth["id"]).into()],
            newcomers: Vec::new(),
            watched: Vec::new(),
            page: 1,
            seen: floorwalker::genesys::Seen::default(),
        };
        let patch = platform.read(Feed::Capacity, &ask, Lane::Operator).await.unwrap();
        let Patch::Capacity { agent, capacity, .. } = patch else { panic!("{patch:?}") };
        assert_eq!(agent.to_string(), text(&truth["id"]));
        assert_eq!(capacity.map(u64::from), truth["capacity"].as_u64());
        capacities.insert(capacity);
    }
    assert!(capacities.len() > 1, "this floor has agents of different capacity");
    site.close();
}

#[tokio::test]
async fn the_engine_shows_the_same_floor() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    let world = site.floor.world().await;
    let count = rows(&world, "sessions").len();
    // The parked ones come with the first round over all open sessions.
    let floor = crate::site::floor(&mut handle, |f| {
        f.sessions.len() == count && f.sessions.iter().all(|s| s.channel.is_some())
    })
    .await;
    assert_sessions(&floor, &world);
    assert_eq!(handle.pulse.borrow().org.as_deref(), Some("Meridian Parcel & Travel"));
    site.close();
}

#[tokio::test]
async fn who_had_a_session_before_is_told_by_a_single_read_and_by_the_slow_source() {
    let site = Site::open(floorwalker::simulator::Options { speed: 10.0, ..frozen() }).await;
    site.agents_answer("accepted").await;
    let session = site.floor.sessions("connected").await.remove(0);
    let id: floorwalker::domain::id::SessionId = text(&session["id"]).into();
    let queue = site.floor.world().await["queues"][0]["id"].clone();
    let path = format!("{}/replace/queue", crate::simulated::participant(&session));
    assert_eq!(site.floor.post(&path, serde_json::json!({"queueId": queue})).await.status, 202);
    let platform = site.platform();
    let had =
        |agent: Option<&floorwalker::domain::id::AgentId>| optional(agent) == session["agent"];
    crate::simulated::until("the session itself tells", async || {
        let seen = platform.look(&id, Lane::Screen).await.unwrap().session;
        had(seen.last_agent.as_ref()).then_some(())
    })
    .await;
    // The slow source is seconds behind.
    site.floor.step(10).await;
    let row = crate::simulated::until("the details tell", async || {
        let want = Want { histories: true, ..Want::default() };
        let floor = snapshot(&platform, want).await.unwrap().floor;
        floor.session(&id).filter(|row| had(row.last_agent.as_ref())).cloned()
    })
    .await;
    assert!(row.last_agent_read.is_some());
    let agents = snapshot(&platform, Want { profiles: true, ..Want::default() }).await.unwrap();
    let read = |a: &floorwalker::domain::agent::Agent| {
        a.profile_read.is_some() && a.capacity_read.is_some()
    };
    assert!(agents.floor.agents.iter().all(read));
    site.close();
}
