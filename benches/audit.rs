//! How fast the audit log is proved: `cargo bench --bench audit`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops, and tells")]

#[path = "../tests/support/ledger.rs"]
#[expect(dead_code, reason = "nobody attacks this log")]
mod ledger;

use std::{sync::Arc, time::Instant};

use floorwalker::engine::proof::{Claimed, verify};
use tokio::sync::watch;

use self::ledger::Ledger;

/// As many as fit into the memory of a small machine.
const RECORDS: i64 = 500_000;
/// The best of so many counts: what else runs on the machine only slows it.
const ROUNDS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all();
    let runtime = { runtime }.build().unwrap();
    let ledger = Arc::new(Ledger::of(RECORDS));
    let claimed = Claimed { from: 1, checkpoints: Vec::new() };
    let rates = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        let verified = runtime.block_on(verify(&ledger, &claimed, &watch::Sender::default()));
        assert_eq!(verified.unwrap().finding, None);
        RECORDS as f64 / start.elapsed().as_secs_f64()
    });
    let best = rates.fold(0.0, f64::max);
    println!("verify, in memory: {best:.0} records/s, {RECORDS} records");
}
