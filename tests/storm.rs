//! Five hundred handoffs, twenty at a time, while everything goes wrong: refusals for too many requests,
//! failing servers, answers that never come although the server has acted, connections that break, and
//! tokens that are good for twenty seconds.
//!
//! The short form runs with every other test; the long one by
//! `cargo test --release --test storm -- --ignored --nocapture`.
//!
//! What must hold in the end: nobody was handed over twice, every order has exactly one end in the audit
//! log, that end is what really happened, and no request went out above the limit.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a helper of a test may fail like one, and its figures are to be read"
)]

#[cfg(test)]
#[path = "support/checked.rs"]
#[expect(dead_code, reason = "what only measuring uses")]
mod checked;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;
#[cfg(test)]
#[path = "support/site.rs"]
#[expect(dead_code, reason = "what only other tests on a site use")]
mod site;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEvent, AuditRecord},
        floor::Floor,
        handoff::{BatchProgress, HandoffOrder, Target},
        id::{BatchId, HandoffId},
        session::{Session, SessionState},
    },
    engine::{
        batch::{Pace, carry},
        clock::Clock,
        handoff::{Desk, Handoff, Reins, Terrain},
        snapshot::{Want, snapshot},
    },
    policy::{
        Handbook,
        distribution::{Pending, distribute},
        rank::Circumstances,
    },
    simulator::Options,
    store::Store,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use simulated::frozen;
use site::Site;

const AT_ONCE: usize = 20;
/// High enough to be done in minutes, and low enough to be in the way.
const LIMIT: u32 = 3000;
const FAULTS: [&str; 4] = ["429=0.10", "503=0.05", "timeout=0.03", "reset=0.02"];
/// Far longer than it may take.
const PATIENCE: Duration = Duration::from_secs(400);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_handoffs_through_a_storm() {
    storm(100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes about five minutes"]
async fn five_hundred_handoffs_through_a_storm() {
    storm(500).await;
}

async fn storm(count: usize) {
    let options = Options {
        agents: 300,
        sessions: 1200,
        speed: 10.0,
        rate_limit: LIMIT,
        token_ttl: Duration::from_secs(20),
        ..frozen()
    };
    let mut site = Site::open(options).await;
    (site.allowed, site.timeout) = (LIMIT, Duration::from_secs(2));
    let want = Want { profiles: true, ..Want::default() };
    let floor = Arc::new(snapshot(&site.platform(), want).await.unwrap().floor);
    let orders = orders(&floor, count);
    assert_eq!(orders.len(), count, "a floor with enough to do");
    site.floor.answers(&[]).await;
    site.faults(&FAULTS, &[]).await;
    let began = Instant::now();
    let going = carry_out(&site, floor, orders.clone());
    let done = tokio::time::timeout(PATIENCE, going).await.expect("an end").done;
    let took = began.elapsed();
    site.faults(&[], &[]).await;
    let ends = ends(&log(&site).await);
    let ledger = site.floor.ledger().await;
    assert_ends_are_what_happened(&orders, &ends, &ledger);
    assert_no_more_than_the_limit(&ledger);
    let words = ends.values().fold(BTreeMap::<_, usize>::new(), |mut sum, record| {
        *sum.entry(record.status.clone().unwrap_or_default().to_string()).or_default() += 1;
        sum
    });
    println!(
        "{count} handoffs, {AT_ONCE} at a time, in {took:.1?}: {done} as asked for; {words:?}"
    );
    println!("faults {}, tokens {}", ledger["faults"], ledger["tokens"]);
    site.close();
}

/// Half of them to the best agents within their capacity, the rest to queues other than their own.
fn orders(floor: &Floor, count: usize) -> Vec<HandoffOrder> {
    let movable = |s: &&Session| matches!(s.state, SessionState::Waiting | SessionState::Bot);
    let sessions: Vec<&Session> = floor.sessions.iter().filter(movable).collect();
    let handbook = Handbook::default();
    let circumstances = Circumstances {
        now: Timestamp::now(),
        last_agent: None,
        last_agent_read: None,
        handed: &HashMap::new(),
        data_from: None,
    };
    let pending: Vec<Pending<'_>> = sessions.iter().map(|s| Pending::from(*s)).collect();
    let placed =
        distribute(&pending, &floor.agents, &circumstances, &handbook.weights, handbook.rules);
    let mut to_agents = 0;
    let mut orders = Vec::new();
    for (session, placed) in sessions.into_iter().zip(placed) {
        let target = match placed.agent {
            Some(agent) if to_agents < count / 2 => {
                to_agents += 1;
                Some(Target::Agent(agent))
            }
            _ => floor
                .queues
                .iter()
                .find(|q| {
                    Some(&q.id) != session.queue.as_ref()
                        && floorwalker::policy::guard::queue_guard(q).is_ok()
                })
                .map(|q| Target::Queue(q.id.clone())),
        };
        let Some(target) = target else { continue };
        orders.push(HandoffOrder::new(session.id.clone(), session.standing(), target));
    }
    orders.truncate(count);
    orders
}

/// The batch as a subcommand carries it out: no feeds beside it, no grace time.
async fn carry_out(site: &Site, floor: Arc<Floor>, orders: Vec<HandoffOrder>) -> BatchProgress {
    let (inward, mut news) = mpsc::channel(1000);
    tokio::spawn(async move { while news.recv().await.is_some() {} });
    let (_keep, floor) = watch::channel(floor);
    let desk = Arc::new(Desk {
        genesys: Arc::new(site.platform()),
        store: Arc::new(site.store.clone()),
        clock: Clock::System,
        actor: Actor::default(),
        owner: site.owner(),
        context: "storm".into(),
        grace: Duration::ZERO,
        late: Duration::from_secs(27),
        handbook: Handbook::default(),
        floor,
        patience: Duration::ZERO,
        leaving: CancellationToken::new(),
        inward,
    });
    let batch = BatchId::random();
    let handoffs =
        orders.into_iter().map(|order| {
            let order = HandoffOrder { batch: Some(batch.clone()), ..order };
            let desk = Arc::clone(&desk);
            async move {
                Handoff::new(desk, order, Terrain::default(), Reins::default()).run().await.stage
            }
        });
    let pace = Pace { at_once: AT_ONCE, stop_after: None };
    carry(batch.clone(), handoffs.collect(), pace, CancellationToken::new(), |_| async {}).await
}

async fn log(site: &Site) -> Vec<AuditRecord> {
    site.store.page(None, 100_000).await.unwrap()
}

/// The last record of each handoff: one each.
fn ends(log: &[AuditRecord]) -> HashMap<HandoffId, AuditRecord> {
    let mut ends = HashMap::new();
    for record in log {
        if AuditEvent::from_name(&record.event).is_some_and(AuditEvent::is_final) {
            let handoff = record.handoff.clone().expect("of a handoff");
            assert_eq!(ends.insert(handoff, record.clone()), None, "a second end: {record:?}");
        }
    }
    ends
}

fn assert_ends_are_what_happened(
    orders: &[HandoffOrder],
    ends: &HashMap<HandoffId, AuditRecord>,
    ledger: &Value,
) {
    let mut applied: HashMap<&str, &Value> = HashMap::new();
    for handoff in ledger["handoffs"].as_array().unwrap() {
        let conversation = handoff["conversation"].as_str().unwrap();
        assert_eq!(applied.insert(conversation, handoff), None, "handed over twice: {handoff}");
    }
    assert_eq!(ends.len(), orders.len());
    for order in orders {
        let end = &ends[&order.id];
        let status = end.status.as_deref().unwrap_or_default();
        let truth = applied.get(order.session.to_string().as_str());
        let outcome = truth.map(|handoff| handoff["outcome"].as_str().unwrap_or("open"));
        let agrees = match status {
            "accepted" | "queued" | "refused" => outcome == Some(status),
            "timed out" => outcome == Some("timed_out"),
            "rejected" => outcome.is_none(),
            "failed" => matches!(outcome, None | Some("abandoned")),
            // Nothing that reading could settle is left open.
            _ => false,
        };
        assert!(agrees, "the log says {status}, the witness {outcome:?}: {end:?}");
    }
}

/// Every refusal for too many requests was one of the storm's own.
fn assert_no_more_than_the_limit(ledger: &Value) {
    let rows = ledger["requests"].as_array().unwrap().iter();
    let limited: u64 =
        rows.filter(|r| r["status"] == 429).map(|r| r["count"].as_u64().unwrap()).sum();
    assert_eq!(Some(limited), ledger["faults"]["429"].as_u64());
}
