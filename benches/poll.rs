//! What a poll of a large floor costs: 500 queues, 5,000 agents in three queues each, 10,000 sessions.
//!
//! `cargo bench --bench poll`. *decode* takes the four live answers from bytes to domain values, budget
//! and all, without a network; *assemble* puts the floor together from them.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where it can't be set up"
)]

use std::sync::Arc;

use divan::Bencher;
use floorwalker::{
    engine::assembly::Assembly,
    genesys::{
        Ask, Directory, Feed, Genesys, Lane, Patch, QueueFacts, auth,
        client::Settings,
        platform::Platform,
        retry::Policy,
        transport::{Answer, Failure, Request, Transport},
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};

const QUEUES: usize = 500;
const AGENTS: usize = 5_000;
const SESSIONS: usize = 10_000;
const BATCH: usize = 100;
const LIVE: [Feed; 4] = [Feed::Sessions, Feed::Bots, Feed::Agents, Feed::Queues];

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn decode(bencher: Bencher) {
    let bench = Bench::new();
    println!("one full poll is {:.1} MB", bench.bytes() as f64 / 1e6);
    bencher.bench_local(|| bench.poll());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn assemble(bencher: Bencher) {
    let bench = Bench::new();
    let mut assembly = bench.assembly();
    bencher.bench_local(|| assembly.floor());
}

/// A platform that answers from memory.
struct Bench {
    runtime: tokio::runtime::Runtime,
    platform: Platform<Canned>,
    ask: Ask,
}

struct Canned {
    sessions: Vec<Vec<u8>>,
    bots: Vec<u8>,
    agents: Vec<Vec<u8>>,
    queues: Vec<Vec<u8>>,
}

impl Bench {
    fn new() -> Self {
        let queues: Vec<String> = (0..QUEUES).map(|n| id(1, n)).collect();
        let ask = Ask {
            now: Timestamp::now(),
            queues: queues.iter().map(|q| q.as_str().into()).collect::<Vec<_>>().into(),
            flows: Vec::new(),
            agents: Vec::new(),
            newcomers: Vec::new(),
            watched: Vec::new(),
            page: 1,
            seen: floorwalker::genesys::Seen::default(),
        };
        let client = auth::Client {
            token_url: "memory/oauth/token".into(),
            id: String::new(),
            secret: "".into(),
        };
        let settings = Settings {
            base_url: String::new(),
            client,
            allowed: 1_000_000,
            retry: Policy::default(),
            timeout: std::time::Duration::from_secs(15),
            token_timeout: std::time::Duration::from_secs(15),
        };
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
            platform: Platform::new(Canned::new(&queues), settings),
            ask,
        }
    }

    fn bytes(&self) -> usize {
        let canned = Canned::new(&(0..QUEUES).map(|n| id(1, n)).collect::<Vec<_>>());
        let all = canned.sessions.iter().chain(&canned.agents).chain(&canned.queues);
        all.map(Vec::len).sum::<usize>() + canned.bots.len()
    }

    fn poll(&self) -> Vec<Patch> {
        let read = |feed| {
            let read = self.platform.read(feed, &self.ask, Lane::Operator);
            self.runtime.block_on(read).expect("a canned answer")
        };
        LIVE.map(read).into()
    }

    fn assembly(&self) -> Assembly {
        let facts = |id: &floorwalker::domain::id::QueueId| QueueFacts {
            id: id.clone(),
            name: "Queue".into(),
            manual_assignment: true,
            alerting_timeout: None,
            service_target: Some(0.8),
        };
        let queues = Arc::clone(&self.ask.queues);
        let directory =
            Directory { queues: queues.iter().map(facts).collect(), ..Directory::default() };
        let mut assembly = Assembly::default();
        assembly.apply(Patch::Directory(directory));
        for patch in self.poll() {
            assembly.apply(patch);
        }
        assembly
    }
}

impl Canned {
    fn new(queues: &[String]) -> Self {
        let batches: Vec<&[String]> = queues.chunks(BATCH).collect();
        Self {
            sessions: batches
                .iter()
                .map(|b| sessions(b, SESSIONS * 7 / 10 / batches.len()))
                .collect(),
            bots: bots(SESSIONS * 3 / 10),
            agents: batches.iter().map(|b| agents(b, AGENTS * 3 / batches.len())).collect(),
            queues: batches.iter().map(|b| observations(b)).collect(),
        }
    }
}

impl Transport for Canned {
    async fn exchange(&self, request: Request) -> Result<Answer, Failure> {
        let batch = || match &request.body {
            floorwalker::genesys::transport::Body::Json(json) => batch_of(json),
            _ => 0,
        };
        let body = match request.url.as_str() {
            u if u.ends_with("/oauth/token") => {
                br#"{"access_token":"t","token_type":"bearer","expires_in":86400}"#.to_vec()
            }
            u if u.contains("/conversations/activity/") => self.sessions[batch()].clone(),
            u if u.contains("/flows/activity/") => self.bots.clone(),
            u if u.contains("/routing/activity/") => self.agents[batch()].clone(),
            _ => self.queues[batch()].clone(),
        };
        Ok(Answer { status: 200, body: body.into(), ..Answer::default() })
    }
}

/// Which batch a query is for, by the first queue it names.
fn batch_of(query: &[u8]) -> usize {
    let text = String::from_utf8_lossy(query);
    let ids = (0..QUEUES / BATCH).map(|n| (n, id(1, n * BATCH)));
    ids.into_iter().find(|(_, id)| text.contains(id)).map_or(0, |(n, _)| n)
}

fn id(kind: usize, n: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{n:012x}")
}

/// The number a queue was made from.
fn number(queue: &str) -> usize {
    queue.rsplit('-').next().and_then(|n| usize::from_str_radix(n, 16).ok()).unwrap_or(0)
}

fn time(n: usize) -> String {
    format!("2026-11-21T09:{:02}:{:02}.{:03}Z", n / 60 % 60, n % 60, n % 1000)
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn sessions(queues: &[String], count: usize) -> Vec<u8> {
    let per_queue = count / queues.len();
    let group = |queue: &String| {
        let entity = |n: usize| {
            let n = number(queue) * per_queue + n;
            json!({
                "activityDate": time(n), "metric": (["oWaiting", "oAlerting", "oInteracting"][n % 3]),
                "conversationId": id(2, n),
                "sessionId": id(3, n), "queueId": queue, "userId": id(4, n % AGENTS), "mediaType": "message",
                "direction": "inbound", "addressFrom": id(5, n), "addressTo": id(6, 1),
                "participantName": format!("Guest Number {n}"), "requestedRoutingSkillIds": [id(7, n % 20), id(7, n % 7)],
                "requestedLanguageId": id(8, n % 12), "routingPriority": 0, "requestedRoutings": ["Standard"],
            })
        };
        let entities: Vec<Value> = (0..per_queue).map(entity).collect();
        json!({
            "group": {"queueId": queue},
            "data": [{"metric": "oWaiting", "count": per_queue}],
            "truncated": false, "entities": entities,
        })
    };
    bytes(&json!({"results": queues.iter().map(group).collect::<Vec<_>>()}))
}

fn bots(count: usize) -> Vec<u8> {
    let entity = |n: usize| {
        json!({
            "activityDate": time(n), "metric": "oFlow", "conversationId": id(9, n), "sessionId": id(10, n),
            "flowId": id(11, n % 4), "flowType": "DIGITALBOT", "mediaType": "message",
            "participantName": format!("Bot Guest {n}"), "direction": "inbound", "addressFrom": id(5, n),
        })
    };
    let entities: Vec<Value> = (0..count).map(entity).collect();
    bytes(&json!({"results": [{"group": {"flowId": id(11, 0)}, "entities": entities}]}))
}

fn agents(queues: &[String], count: usize) -> Vec<u8> {
    let per_queue = count / queues.len();
    let group = |queue: &String| {
        let entity = |n: usize| {
            json!({
                "activityDate": time(n), "userId": id(4, (number(queue) * per_queue + n) % AGENTS), "queueId": queue,
                "routingStatus": (["IDLE", "INTERACTING", "OFF_QUEUE"][n % 3]), "routingStatusDate": time(n),
                "systemPresence": (["ON_QUEUE", "ON_QUEUE", "AWAY"][n % 3]), "organizationPresenceId": id(12, n % 5),
                "presenceDate": time(n), "queueMembershipStatus": "active",
            })
        };
        let entities: Vec<Value> = (0..per_queue).map(entity).collect();
        json!({"group": {"queueId": queue}, "data": [{"metric": "oOnQueueUsers", "count": per_queue}], "entities": entities})
    };
    bytes(&json!({"results": queues.iter().map(group).collect::<Vec<_>>()}))
}

fn observations(queues: &[String]) -> Vec<u8> {
    let of_sessions = |queue: &String| {
        json!({"group": {"queueId": queue, "mediaType": "message"}, "data": [
            {"metric": "oWaiting", "stats": {"count": 3}}, {"metric": "oInteracting", "stats": {"count": 9}},
            {"metric": "oLongestWaiting", "stats": {"calculatedMetricValue": 61234}},
        ]})
    };
    let of_people = |queue: &String| {
        json!({"group": {"queueId": queue}, "data": [
            {"metric": "oUserRoutingStatuses", "qualifier": "IDLE", "stats": {"count": 4}},
            {"metric": "oUserRoutingStatuses", "qualifier": "OFF_QUEUE", "stats": {"count": 11}},
        ]})
    };
    let results: Vec<Value> = queues.iter().flat_map(|q| [of_sessions(q), of_people(q)]).collect();
    bytes(&json!({"results": results}))
}
