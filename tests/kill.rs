//! A batch whose process is killed again and again, at whatever it is doing, and started again each time.
//!
//! What must hold: nobody is handed over twice, no line of the audit log that was there is ever lost or
//! changed, every announcement gets exactly one end, and the batch comes to its end from its ledger. The
//! short form runs with every other test; the long one by
//! `cargo test --release --test kill -- --ignored --nocapture`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a helper of a test may fail like one, and its figures are to be read"
)]

#[cfg(test)]
#[path = "support/leash.rs"]
#[expect(dead_code, reason = "what is run here has its input from a file")]
mod leash;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/simulated.rs"]
#[expect(dead_code, reason = "what only the simulator's own tests use")]
mod simulated;

use std::{
    collections::HashMap,
    fs::File,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use floorwalker::{
    domain::audit::{AuditEvent, AuditRecord},
    simulator::Options,
    store::{Database, Store},
};
use serde_json::Value;

use simulated::{Floor, frozen};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_killed_ten_times_hands_everybody_over_once() {
    kill(10, 60, Duration::from_millis(1500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a few minutes"]
async fn a_batch_that_is_killed_fifty_times_hands_everybody_over_once() {
    kill(50, 300, Duration::from_millis(2500)).await;
}

async fn kill(times: usize, sessions: usize, longest: Duration) {
    let latency = Duration::from_millis(5)..=Duration::from_millis(60);
    let floor = Floor::open(Options {
        // Most of them are not with a bot.
        sessions: 10 * sessions,
        speed: 10.0,
        rate_limit: 1_000_000,
        latency,
        ..frozen()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let queue = prepare(&floor, folder.path(), sessions).await;
    let began = Instant::now();
    let (mut log, mut killed) = (Vec::new(), 0);
    while killed < times {
        let mut child = command(&floor, folder.path(), &queue).spawn().unwrap();
        // A random moment, not a condition: any moment must do.
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
        let done = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        let _ = child.wait();
        log = assert_nothing_lost(&log, folder.path()).await;
        if done {
            break;
        }
        killed += 1;
    }
    let last = command(&floor, folder.path(), &queue).spawn().unwrap();
    let output = tokio::task::block_in_place(|| leash::ended(last).unwrap());
    let told = [&output.stderr[..], &output.stdout].concat();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&told));
    let log = assert_nothing_lost(&log, folder.path()).await;
    assert_one_end_each(&log);
    assert_once_each(&floor.ledger().await, sessions);
    println!("killed {killed} times in {:.1?}; {} audit records", began.elapsed(), log.len());
}

/// Writes the list of sessions, and chooses a queue that people work on.
async fn prepare(floor: &Floor, folder: &Path, sessions: usize) -> String {
    let bots = floor.sessions("bot").await;
    let ids: Vec<&str> = bots.iter().take(sessions).filter_map(|s| s["id"].as_str()).collect();
    assert_eq!(ids.len(), sessions, "a floor with enough to do");
    std::fs::write(folder.join("sessions.txt"), ids.join("\n")).unwrap();
    let world = floor.world().await;
    // Who talks there is on queue.
    let busy = |queue: &&Value| queue["connected"].as_u64();
    let queue = world["queues"].as_array().unwrap().iter().max_by_key(busy).unwrap();
    queue["id"].as_str().unwrap().to_owned()
}

fn command(floor: &Floor, folder: &Path, queue: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
    let running = &floor.running;
    command.args([
        "handoff",
        "--queue",
        queue,
        "--stdin",
        "--yes",
        // It is about what is killed: no guard is to keep anybody out of it.
        "--override",
        "a rehearsal",
        "--requests-per-minute",
        "100000",
    ]);
    // What was killed on its way is looked for no longer than that.
    let config = folder.join("config.toml");
    std::fs::write(&config, "[handoff]\nlate_seconds = 15\n").unwrap();
    command.arg("--config").arg(config);
    command.arg("--ledger").arg(folder.join("ledger.jsonl"));
    command.env_clear().env("HOME", folder).env("XDG_DATA_HOME", folder.join("data"));
    command.env("GENESYS_BASE_URL", running.base_url());
    command.env("GENESYS_CLIENT_ID", running.client_id());
    command.env("GENESYS_CLIENT_SECRET", running.client_secret());
    command.stdin(Stdio::from(File::open(folder.join("sessions.txt")).unwrap()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Everything that was in the log is there, as it was, and the numbers have no gap.
async fn assert_nothing_lost(before: &[AuditRecord], folder: &Path) -> Vec<AuditRecord> {
    let path = folder.join("data/floorwalker/floorwalker.db");
    if !path.exists() {
        return Vec::new();
    }
    let store = Database::open(&path).await.unwrap();
    let mut log = store.page(None, 1_000_000).await.unwrap();
    log.reverse();
    assert!(log.starts_with(before), "a line was lost or changed");
    let numbers: Vec<i64> = log.iter().map(|record| record.seq).collect();
    assert_eq!(numbers, (1..=i64::try_from(log.len()).unwrap()).collect::<Vec<_>>());
    log
}

fn assert_one_end_each(log: &[AuditRecord]) {
    let mut ends: HashMap<_, usize> = HashMap::new();
    for record in log {
        let event = AuditEvent::from_name(&record.event).expect("one of ours");
        let count = ends.entry(record.handoff.clone()).or_default();
        *count += usize::from(event.is_final());
    }
    let wrong: Vec<_> = ends.iter().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn assert_once_each(ledger: &Value, sessions: usize) {
    let mut applied: HashMap<&str, usize> = HashMap::new();
    for handoff in ledger["handoffs"].as_array().unwrap() {
        *applied.entry(handoff["conversation"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(applied.len(), sessions, "everybody");
    assert!(applied.values().all(|times| *times == 1), "once: {applied:?}");
}
