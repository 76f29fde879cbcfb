//! What the heartbeats of S4's 500 sessions come to in ten simulated minutes.
//!
//! `cargo bench --bench heartbeat`. The figures are printed first, for a budget that carries all and for
//! one of 300 a minute; *ten_minutes* is what the keeper itself costs, the beats aside.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops where it can't be set up"
)]

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use divan::Bencher;
use floorwalker::{
    domain::{
        flight::Owner,
        supervision::{Hold, OnLoss, Sign, Supervised},
    },
    engine::{
        clock::Clock,
        heartbeat::{Beat, Beater, Missed, News, Order, Settings, run},
    },
    policy::heartbeat::{DEFAULT_FLOOR, interval},
};
use jiff::Timestamp;
use tokio::{sync::mpsc, time::Instant};

const SESSIONS: u32 = 500;
const SPAN: Duration = Duration::from_secs(600);
/// What a request to Genesys Cloud takes on a good day.
const ANSWER: Duration = Duration::from_millis(180);
/// Enough sessions that the process's other memory does not count.
const MANY: u32 = 50_000;

fn main() {
    println!("{SESSIONS} sessions, ten simulated minutes");
    report(2_000);
    report(300);
    let before = resident();
    let kept = simulate(MANY, 1_000_000, Duration::from_secs(1));
    let bytes = kept.resident.saturating_sub(before) / u64::from(MANY);
    println!("{bytes} bytes a session, of {MANY}");
    divan::main();
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn ten_minutes(bencher: Bencher) {
    bencher.bench_local(|| simulate(SESSIONS, 300, SPAN));
}

fn report(allowance: u32) {
    let Kept { mut late, sent, stretch, .. } = simulate(SESSIONS, allowance, SPAN);
    late.sort_unstable();
    let nth = |share: usize| late.get(late.len() * share / 100).copied().unwrap_or_default();
    let average = sent.len() as f64 / SPAN.as_secs_f64();
    println!(
        "{allowance} a minute: {} beats, stretch {stretch:.3}; late p50 {:?} p99 {:?}; busiest second \
         {} beats, average {average:.2}",
        sent.len(),
        nth(50),
        nth(99),
        busiest(&sent),
    );
}

/// The most beats in any second, wherever it begins.
fn busiest(sent: &[Instant]) -> usize {
    let mut end = 0;
    let mut most = 0;
    for (start, at) in sent.iter().enumerate() {
        while sent.get(end).is_some_and(|other| *other < *at + Duration::from_secs(1)) {
            end += 1;
        }
        most = most.max(end - start);
    }
    most
}

/// What came of a simulation.
struct Kept {
    late: Vec<Duration>,
    sent: Vec<Instant>,
    stretch: f64,
    /// The process's memory at the end of it, in bytes.
    resident: u64,
}

fn simulate(sessions: u32, allowance: u32, span: Duration) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(keep(sessions, allowance, span))
}

async fn keep(sessions: u32, allowance: u32, span: Duration) -> Kept {
    let clock = Clock::From(Timestamp::UNIX_EPOCH, Instant::now());
    let settings = Settings { allowance, ..Settings::new(clock) };
    let (orders, inbox) = mpsc::channel(64);
    let (outbox, mut news) = mpsc::channel(1024);
    let org = Arc::new(Org::default());
    tokio::spawn(run(Arc::clone(&org), settings, inbox, outbox));
    let giving = orders.clone();
    tokio::spawn(async move {
        for n in 0..sessions {
            let order = Order::Supervise(Box::new(session(n)));
            giving.send(order).await.expect("a keeper that runs");
        }
    });
    let mut kept = Kept { late: Vec::new(), sent: Vec::new(), stretch: 1.0, resident: 0 };
    let end = Instant::now() + span;
    while let Ok(Some(news)) = tokio::time::timeout_at(end, news.recv()).await {
        match news {
            News::Beat { late, .. } => kept.late.push(late),
            News::Stretched { stretch, .. } => kept.stretch = stretch,
            _ => {}
        }
    }
    kept.resident = resident();
    kept.sent = std::mem::take(&mut org.0.lock().unwrap_or_else(PoisonError::into_inner));
    kept
}

/// Answers everything, and remembers when it was asked.
#[derive(Default)]
struct Org(Mutex<Vec<Instant>>);

impl Beater for Org {
    async fn beat(&self, _: Beat) -> Result<Sign, Missed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        tokio::time::sleep(ANSWER).await;
        Ok(Sign::Alive)
    }
}

fn session(n: u32) -> Supervised {
    let limit = Some(Duration::from_secs(2700));
    Supervised {
        id: format!("00000000-0000-4000-8000-{n:012x}").as_str().into(),
        token: None,
        guest: None,
        opened_here: true,
        hold: Hold::Patch,
        started: Timestamp::UNIX_EPOCH,
        limit,
        interval: interval(limit, DEFAULT_FLOOR),
        on_loss: OnLoss::of(true),
        sequence: 0,
        failures: 0,
        due: None,
        paused: false,
        keeper: Owner { host: "bench".into(), pid: 1, mark: "x".into() },
        end: None,
    }
}

/// The process's resident memory in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.unwrap_or(0_u64) * 1024
}
