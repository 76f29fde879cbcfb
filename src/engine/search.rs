//! Looking through the audit log: newest first, page by page.
//!
//! ```text
//! the log   1 ······················· upto ······ size
//!           └─ by the index, or read ─┘└── read ──┘   ← the walk begins here
//! ```
//!
//! What the index does not know yet is read; before that the index names candidates, if it can narrow what
//! is looked for. Every record is tested itself, so that the index is never more than a way to be faster:
//! one that is lost, late, or of another log changes nothing but the time it takes.

mod indexer;
mod walk;

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    domain::{audit::AuditRecord, query::Query},
    store::{Journal, Search, StoreError},
};
use walk::Walk;

pub use indexer::{catch_up, keep};

/// What is looked for, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Quest<'a> {
    /// What is looked for.
    pub query: &'a Query,
    /// Only records numbered below this one; all, if `None`.
    pub below: Option<i64>,
    /// After so long, what was found by then is told.
    pub patience: Duration,
}

/// Some of what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The records, newest first.
    pub records: Vec<AuditRecord>,
    /// The rest lies below this record; `None` if there is no more. Where patience ended before the page
    /// was full, the search goes on from here.
    pub rest: Option<i64>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// So many or more: the limit or the time was over.
    AtLeast(u64),
}

/// The newest records that match, at most `limit`. Dropped, it stops.
///
/// # Errors
/// If the log can't be read.
pub async fn page(
    journal: &impl Journal,
    index: &impl Search,
    quest: Quest<'_>,
    limit: usize,
) -> Result<Found, StoreError> {
    let end = Instant::now() + quest.patience;
    let mut walk = Walk::begin(journal, index, &quest, limit).await?;
    let mut records = Vec::new();
    while let Some(hits) = walk.step().await? {
        records.extend(hits);
        if records.len() > limit {
            records.truncate(limit);
            let rest = records.last().map(|record: &AuditRecord| record.seq);
            return Ok(Found { records, rest });
        }
        if Instant::now() >= end {
            return Ok(Found { records, rest: walk.rest() });
        }
    }
    Ok(Found { records, rest: None })
}

/// How many records match, counted up to `most`. Dropped, it stops.
///
/// # Errors
/// If the log can't be read.
pub async fn count(
    journal: &impl Journal,
    index: &impl Search,
    quest: Quest<'_>,
    most: u64,
) -> Result<Count, StoreError> {
    if quest.query.is_all() {
        let size = journal.head().await?.size;
        let all = quest.below.map_or(size, |below| size.min(below - 1));
        return Ok(Count::Exactly(u64::try_from(all).unwrap_or(0)));
    }
    let end = Instant::now() + quest.patience;
    let mut walk = Walk::begin(journal, index, &quest, walk::LARGEST).await?;
    let mut count = 0;
    while let Some(hits) = walk.step().await? {
        count += u64::try_from(hits.len()).unwrap_or(0);
        if count > most {
            return Ok(Count::AtLeast(most));
        }
        if Instant::now() >= end && walk.rest().is_some() {
            return Ok(Count::AtLeast(count));
        }
    }
    Ok(Count::Exactly(count))
}
