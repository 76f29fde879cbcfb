//! What the figures of a shift cost on a store with a million records: `cargo bench --bench figures`.
#![expect(clippy::unwrap_used, reason = "a bench that can't be set up should stop there")]

use std::sync::LazyLock;

use divan::Bencher;
use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent},
    store::{Database, Figures, Store},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// The newest record.
const NOW: &str = "2026-11-21T10:00:00.000Z";

/// One record every ten seconds: 2,880 in eight hours, of 116 days. Every second one is an end, of fifty
/// reasons.
const RECORDS: i64 = 1_000_000;

fn entry(i: i64) -> AuditEntry {
    let (event, status) = match i % 10 {
        1 => (AuditEvent::HandoffCompleted, Some("accepted")),
        3 => (AuditEvent::HandoffCompleted, Some("queued")),
        5 => (AuditEvent::HandoffFailed, Some("refused")),
        7 => (AuditEvent::HandoffRejected, None),
        9 => (AuditEvent::HumanReached, None),
        _ => (AuditEvent::HandoffInitiated, None),
    };
    let actor = Actor { user: "bench".into(), host: "host".into(), ..Actor::default() };
    AuditEntry {
        handoff: Some(format!("handoff {}", i / 2).as_str().into()),
        session: Some(format!("conversation {i}").as_str().into()),
        agent: Some(format!("agent {}", i % 120).as_str().into()),
        status,
        latency_ms: u64::try_from(1000 + i * 7919 % 30000).ok(),
        request_ms: Some(20.0 + (i % 400) as f64),
        reason: Some(format!("reason {}", i % 50).into()),
        details: json!({ "history": 50, "time_to_human_ms": 4000 + i % 9000,
                         "steps_ms": { "claim": 0.41, "transfer": 61.2 } }),
        ..AuditEntry::of(event, actor, "api.example".into(), "platform")
    }
}

/// One store for all benches: filling it takes longer than any of them.
static STORE: LazyLock<(Runtime, Database, tempfile::TempDir)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(async {
        let store = Database::open(&path).await.unwrap();
        fill(&store).await;
        store
    });
    (runtime, store, folder)
});

async fn fill(store: &Database) {
    let newest: Timestamp = NOW.parse().unwrap();
    for first in (0..RECORDS).step_by(2_000) {
        let group = (first..first + 2_000).map(|i| {
            let at = newest - SignedDuration::from_secs((RECORDS - 1 - i) * 10);
            store.append(entry(i), at)
        });
        for record in futures_util::future::join_all(group).await {
            record.unwrap();
        }
    }
}

#[divan::bench(args = [8, 24, 24 * 7])]
fn stats_of_hours_in_a_million_records(bencher: Bencher, hours: i64) {
    let (runtime, store, _) = &*STORE;
    let until: Timestamp = NOW.parse().unwrap();
    let since = until - SignedDuration::from_hours(hours);
    bencher.bench_local(|| runtime.block_on(store.stats(since, until)).unwrap());
}

#[divan::bench]
fn health(bencher: Bencher) {
    let (runtime, store, _) = &*STORE;
    bencher.bench_local(|| runtime.block_on(store.health()).unwrap());
}

#[divan::bench]
fn probe_write(bencher: Bencher) {
    let (runtime, store, _) = &*STORE;
    bencher.bench_local(|| runtime.block_on(store.probe_write(Timestamp::now())).unwrap());
}
