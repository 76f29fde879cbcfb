//! What it costs to write the audit log, each record on disk before anybody goes on:
//! `cargo bench --bench append [-- FOLDER]`. The folder decides which disk is measured.
//!
//! One at a time it can't be faster than the disk syncs, so a bare file beside it is synced in turns with
//! the log. Many at once share a sync.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops, and tells")]

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent},
    store::{Database, Journal, Store},
};
use futures_util::future::join_all;
use jiff::Timestamp;

/// Rounds of single appends, and how many of each kind are in one.
const ROUNDS: usize = 20;
const TURN: usize = 100;
/// Records that are written many at once, and how many wait at a time.
const MANY: usize = 400_000;
const WAITING: usize = 4_096;

fn main() {
    let folder = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let folder = match folder {
        Some(folder) => tempfile::tempdir_in(folder).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        single(folder.path()).await;
        many(folder.path()).await;
    });
}

fn entry(n: usize) -> AuditEntry {
    let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
    let event = AuditEvent::HandoffCompleted;
    AuditEntry {
        session: Some(format!("7f8e9d0c-1111-4222-8333-{n:012x}").as_str().into()),
        queue: Some("0b1c2d3e-1111-4222-8333-444455556666".into()),
        transfer: Some("replace_queue".into()),
        status: Some("queued"),
        latency_ms: Some(4_210),
        request_ms: Some(61.25),
        reason: Some("wants a person".into()),
        details: serde_json::json!({ "history": 50, "steps_ms": { "claim": 0.41, "transfer": 61.2 } }),
        ..AuditEntry::of(event, actor, "api.mypurecloud.de".into(), "platform")
    }
}

/// In turns, so that both have the same disk at the same time.
async fn single(folder: &Path) {
    let store = Database::open(&folder.join("single.db")).await.unwrap();
    let mut bare = File::create(folder.join("bare")).unwrap();
    let line = [b'x'; 900];
    let (mut synced, mut appended) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..TURN {
            bare.write_all(&line).unwrap();
            bare.sync_data().unwrap();
        }
        synced += start.elapsed();
        let start = Instant::now();
        for n in 0..TURN {
            store.append(entry(n), Timestamp::now()).await.unwrap();
        }
        appended += start.elapsed();
    }
    let rate = |took: Duration| (ROUNDS * TURN) as f64 / took.as_secs_f64();
    let share = rate(appended) / rate(synced) * 100.0;
    println!("a bare file is synced       {:>8.0} times/s", rate(synced));
    println!("one record after another    {:>8.0} records/s ({share:.0} %)", rate(appended));
}

async fn many(folder: &Path) {
    let store = Database::open(&folder.join("many.db")).await.unwrap();
    let start = Instant::now();
    let writers = (0..2).map(|half| {
        let store = store.clone();
        tokio::spawn(async move {
            for first in (0..MANY / 2).step_by(WAITING / 2) {
                let group = (first..(first + WAITING / 2).min(MANY / 2))
                    .map(|n| store.append(entry(half * MANY + n), Timestamp::now()));
                for record in join_all(group).await {
                    record.unwrap();
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let took = start.elapsed();
    assert_eq!(store.head().await.unwrap().size, i64::try_from(MANY).unwrap());
    let (rate, bytes) =
        (MANY as f64 / took.as_secs_f64(), std::fs::metadata(folder.join("many.db")));
    let each = bytes.unwrap().len() / u64::try_from(MANY).unwrap();
    println!("{WAITING} at a time, in groups {rate:>8.0} records/s, {each} bytes each");
}
