//! What searching a million records costs, and what indexing them does: `cargo bench --bench search`, or
//! with another number of records behind `--`. The log is in memory: this is the index and the test of
//! what it names, without the store's own reading.
#![expect(clippy::unwrap_used, reason = "a bench that can't be set up should stop there")]
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

#[path = "../tests/support/log.rs"]
#[expect(dead_code, reason = "what only tests do to a log")]
mod log;

use std::time::{Duration, Instant};

use fastrand::Rng;
use floorwalker::{
    domain::{audit::AuditRecord, query::Query},
    engine::search::{self, Quest},
    store::SqliteIndex,
};
use log::Log;

const RUNS: usize = 60;

#[tokio::main]
async fn main() {
    let size = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(1_000_000);
    let log = Log::invented(size, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let index = SqliteIndex::open(&path).await.unwrap();
    let begun = Instant::now();
    search::catch_up(&log, &index).await.unwrap();
    let took = begun.elapsed().as_secs_f64();
    let megabytes = std::fs::metadata(&path).unwrap().len() / 1_000_000;
    println!("{size} records filed in {took:.1} s, {:.0}/s, {megabytes} MB", size as f64 / took);
    println!("{:<32} {:>8} {:>8} {:>8}", "first page of 100", "p50 ms", "p95 ms", "hits");
    let mut rng = Rng::with_seed(2);
    for (name, ask) in asked() {
        let queries: Vec<String> = (0..RUNS).map(|_| ask(&log, &mut rng)).collect();
        measure(name, &log, &index, &queries).await;
    }
}

type Ask = fn(&Log, &mut Rng) -> String;

/// What is asked, each time about another record.
fn asked() -> Vec<(&'static str, Ask)> {
    vec![
        ("unfiltered", |_, _| String::new()),
        ("common word", |_, rng| pick(rng, &["refund", "accepted", "spanish", "billing"])),
        ("rare word", |_, _| "zeppelin".into()),
        ("two words", |_, rng| format!("{} jonas", pick(rng, &["refund", "lost", "refused"]))),
        ("two words, one rare", |_, _| "zeppelin accepted".into()),
        ("phrase", |_, _| "\"service level at risk\"".into()),
        ("field:value", |log, rng| format!("queue:{}", record(log, rng).queue.unwrap())),
        ("field=value", |log, rng| format!("user={}", record(log, rng).actor.user)),
        ("time range", |log, rng| day(log, rng)),
        ("field and time", |log, rng| format!("agent:{} {}", agent(log, rng), day(log, rng))),
        ("whole id", |log, rng| record(log, rng).session.unwrap().to_string()),
        ("8 characters of an id", |log, rng| piece(log, rng, 8)),
        ("5 characters of an id", |log, rng| piece(log, rng, 5)),
        ("4 characters of an id", |log, rng| piece(log, rng, 4)),
        ("3 characters of an id", |log, rng| piece(log, rng, 3)),
        ("miss: a word", |_, rng| format!("xylophon{}", rng.u32(..))),
        ("miss: words that never meet", |_, _| "zeppelin spanish error:queue".into()),
        ("miss: of a field", |_, rng| {
            format!("queue:{}", pick(rng, &["refund", "mara", "abcabc"]))
        }),
        ("miss: two letters of a field", |_, _| "tty:zz".into()),
        ("miss: latency", |_, _| "latency>500000".into()),
        ("few by latency", |_, _| "latency>30980".into()),
        ("not", |_, rng| format!("!event:{} refund", pick(rng, &["initiated", "completed"]))),
    ]
}

async fn measure(name: &str, log: &Log, index: &SqliteIndex, queries: &[String]) {
    let mut times = Vec::new();
    let mut hits = 0;
    for text in queries {
        let begun = Instant::now();
        let query = Query::parse::<AuditRecord>(text, log::NOW.parse().unwrap()).unwrap();
        let quest = Quest { query: &query, below: None, patience: Duration::from_secs(60) };
        hits += search::page(log, index, quest, 100).await.unwrap().records.len();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (p50, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("{name:<32} {p50:>8.2} {p95:>8.2} {:>8}", hits / queries.len());
}

fn record(log: &Log, rng: &mut Rng) -> AuditRecord {
    let records = log.records();
    records[rng.usize(..records.len())].read().unwrap()
}

fn agent(log: &Log, rng: &mut Rng) -> String {
    loop {
        if let Some(agent) = record(log, rng).agent {
            return agent.to_string();
        }
    }
}

fn pick(rng: &mut Rng, texts: &[&str]) -> String {
    texts[rng.usize(..texts.len())].to_owned()
}

/// Some day of the log.
fn day(log: &Log, rng: &mut Rng) -> String {
    let date = record(log, rng).timestamp.strftime("%Y-%m-%d").to_string();
    format!("since:{date} until:{date}")
}

fn piece(log: &Log, rng: &mut Rng, length: usize) -> String {
    let id = record(log, rng).session.unwrap().to_string().replace('-', "");
    // Within one group of the id: the last has twelve.
    let from = 20 + rng.usize(..=12 - length);
    format!("\"{}\"", &id[from..from + length])
}
