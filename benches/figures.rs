//! What the figures of a shift cost on a store with a million records: `cargo bench --bench figures`.
#![expect(clippy::unwrap_used, reason = "a bench that can't be set up should stop there")]

use std::{path::Path, sync::LazyLock};

use divan::Bencher;
use floorwalker::store::{Database, Figures};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// The newest record.
const NOW: &str = "2026-11-21T10:00:00.000Z";

/// A million records, one every ten seconds: 2,880 in eight hours, of 116 days. Every second one is an
/// end, of fifty reasons.
const RECORDS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
    INSERT INTO audit (timestamp, event, user, host, context, dialect, handoff, conversation, agent,
                       status, latency_ms, request_ms, reason, details)
    SELECT strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-21 10:00:00', '-' || ((999999 - i) * 10) || ' seconds'),
           CASE i % 10 WHEN 1 THEN 'handoff_completed' WHEN 3 THEN 'handoff_completed'
                       WHEN 5 THEN 'handoff_failed' WHEN 7 THEN 'handoff_rejected'
                       WHEN 9 THEN 'human_reached' ELSE 'handoff_initiated' END,
           'bench', 'host', 'api.example', 'platform', 'handoff ' || (i / 2), 'conversation ' || i,
           'agent ' || (i % 120),
           CASE i % 10 WHEN 1 THEN 'accepted' WHEN 3 THEN 'queued' WHEN 5 THEN 'refused' END,
           1000 + i * 7919 % 30000, 20.0 + i % 400, 'reason ' || (i % 50),
           json_object('history', 50, 'time_to_human_ms', 4000 + i % 9000, 'steps_ms',
                       json_object('claim', 0.41, 'transfer', 61.2))
    FROM n";

/// One store for all benches: filling it takes longer than any of them.
static STORE: LazyLock<(Runtime, Database, tempfile::TempDir)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(async {
        let store = Database::open(&path).await.unwrap();
        fill(&path).await;
        store
    });
    (runtime, store, folder)
});

async fn fill(path: &Path) {
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(RECORDS).await.unwrap();
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
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
