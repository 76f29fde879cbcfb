//! How fast the audit log is proved, and written down by the real binary: `cargo bench --bench audit`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops, and tells")]

#[path = "../tests/support/filled.rs"]
mod filled;

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use floorwalker::{
    engine::proof::{Claimed, verify},
    store::Database,
};
use tokio::sync::watch;

use filled::fill;

const RECORDS: i64 = 1_000_000;
/// The best of so many counts: what else runs on the machine only slows it.
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Database::open(&folder.path().join("store.db")).await.unwrap();
        fill(&store, RECORDS).await;
        let (store, mut best) = (Arc::new(store), 0_f64);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let claimed = Claimed { from: 1, checkpoints: Vec::new() };
            let verified = verify(&store, &claimed, &watch::Sender::default()).await.unwrap();
            assert_eq!((verified.finding, verified.sound), (None, RECORDS));
            best = best.max(RECORDS as f64 / start.elapsed().as_secs_f64());
        }
        println!("verify, SQLite: {best:.0} records/s, {RECORDS} records");
        drop(store);
        for format in ["jsonl", "csv"] {
            let of = |_| export(&folder.path().join("store.db"), format);
            let (rates, peaks): (Vec<f64>, Vec<u64>) = (0..ROUNDS).map(of).unzip();
            let best = rates.into_iter().fold(0.0, f64::max);
            let peak = peaks.into_iter().max().unwrap_or_default() / 1024;
            println!("export, {format}: {best:.0} records/s, at most {peak} MiB");
        }
    });
}

/// Writes the log down to nowhere. How many records a second, and the most memory in KiB.
fn export(store: &Path, format: &str) -> (f64, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
    command.args(["audit", "export", "--format", format, "--store"]).arg(store);
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let about = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let most = about.unwrap_or_default();
        let most = most.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|kib| kib.split_whitespace().next()?.parse().ok());
        peak = peak.max(most.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    (RECORDS as f64 / start.elapsed().as_secs_f64(), peak)
}
