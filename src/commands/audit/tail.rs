//! `floorwalker audit tail`: the newest records, and those that come.

use std::{
    io::{self, Write},
    os::fd::AsFd,
    process::ExitCode,
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::task::spawn_blocking;

use super::source;
use crate::{
    args::Tail,
    commands::{
        Failure,
        listing::{runtime, warn},
        stop::Stop,
    },
    config::Config,
    domain::{audit::Head, query::Query},
    engine::{
        export::{Format, Scribe},
        search::{self, Quest},
    },
    store::{Database, Journal, StoreError},
};

/// Records of a page.
const PAGE: u32 = 1024;
/// How often it is looked whether anybody reads yet.
const LOOK: Duration = Duration::from_secs(1);
/// A rare word may be far back.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints the last records, and with `-f` those that come, until it is stopped or nobody reads any more.
///
/// # Errors
/// If the query or the log can't be read.
pub fn run(config: &Config, tail: &Tail) -> Result<ExitCode, Failure> {
    let query = source::query(&tail.wanted)?;
    let runtime = runtime()?;
    let printed = runtime.block_on(async {
        let mut stop = Stop::listen()?;
        let store = source::open(&tail.source, config).await?;
        tokio::select! {
            printed = print(&store, &query, tail) => printed,
            () = stop.asked() => Ok(()),
        }
    });
    // Whoever is stuck with a pipe that nobody reads is not waited for.
    runtime.shutdown_background();
    match printed {
        // Whoever reads has had enough, as `head` has.
        Ok(()) | Err(Ended::Unread) => Ok(ExitCode::SUCCESS),
        Err(Ended::Failed(failure)) => Err(failure),
    }
}

enum Ended {
    Unread,
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Ended {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

async fn print(store: &Database, query: &Query, tail: &Tail) -> Result<(), Ended> {
    let head = store.head().await?;
    let lines = i64::from(tail.lines);
    let mut seen = match query.is_all() {
        true => (head.size - lines).max(0),
        false => {
            last(store, query, &head, tail.lines).await?;
            head.size
        }
    };
    let before = source::pick(store, &head.log, &[seen]).await?;
    let before = before.first().map_or_else(|| head.log.genesis(), |(sealed, _)| sealed.hash);
    let mut scribe = Scribe::after(Format::Jsonl, &head.log, before);
    let mut told = false;
    loop {
        let page = match store.sealed(seen + 1, PAGE).await {
            Ok(page) => page,
            Err(error) if tail.follow => {
                away(&mut told, &error).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        told = false;
        if let Some(last) = page.last() {
            seen = last.seq;
            let mut out = Vec::new();
            scribe.write(
                &page,
                |sealed| query.is_all() || query.matches(&sealed.shown()),
                &mut out,
            );
            put(out).await?;
        } else if !tail.follow {
            return Ok(());
        } else {
            // A store that is away is asked for records next, and waited for there.
            while !store.grown(seen, LOOK).await.unwrap_or(true) {
                if !is_read() {
                    return Err(Ended::Unread);
                }
            }
        }
    }
}

/// Waits for a store that went away. Said once.
async fn away(told: &mut bool, error: &StoreError) {
    if !std::mem::replace(told, true) {
        warn(&format!("{error}: going on as soon as it is back"));
    }
    tokio::time::sleep(LOOK).await;
}

/// Prints the last records that match.
async fn last(store: &Database, query: &Query, head: &Head, lines: u32) -> Result<(), Ended> {
    let below = Some(head.size + 1);
    let quest = Quest { query, below, patience: PATIENCE };
    let limit = usize::try_from(lines).unwrap_or(usize::MAX);
    let index = source::index(store).await;
    let found = search::page(store, &index, quest, limit).await?;
    if found.records.len() < limit && found.rest.is_some() {
        warn("Not all of the log was looked through: it took too long");
    }
    let numbers: Vec<i64> = found.records.iter().rev().map(|record| record.seq).collect();
    let mut out = Vec::new();
    for (sealed, before) in source::pick(store, &head.log, &numbers).await? {
        out.extend_from_slice(sealed.line(&head.log, before).as_bytes());
        out.push(b'\n');
    }
    put(out).await
}

/// Prints lines. A pipe that is full must not keep a signal from being heard.
async fn put(lines: Vec<u8>) -> Result<(), Ended> {
    let print = move || {
        let mut out = io::stdout().lock();
        out.write_all(&lines).and_then(|()| out.flush())
    };
    match spawn_blocking(print).await.unwrap_or_else(|e| Err(io::Error::other(e))) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Err(Ended::Unread),
        Err(e) => Err(Ended::Failed(Failure::other(format!("The records can't be printed: {e}")))),
        Ok(()) => Ok(()),
    }
}

/// False once whoever read what is printed has gone: a pipe says so also while nothing is written.
fn is_read() -> bool {
    let out = io::stdout();
    let mut looked = [PollFd::from_borrowed_fd(out.as_fd(), PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    match poll(&mut looked, Some(&now)) {
        Ok(1..) => !looked.iter().any(|it| it.revents().intersects(gone)),
        _ => true,
    }
}
