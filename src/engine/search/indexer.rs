//! Follows the log and files what is new, behind it: who writes never waits for this.
//!
//! Every process with a store open for long does it; each goes on from where another has come to.

use std::time::Duration;

use crate::{
    domain::audit::{AuditEvent, Head},
    store::{Indexed, Journal, Search, StoreError},
};

use super::walk::belongs;

/// So many records are filed at once, while many wait.
const BATCH: u32 = 2048;
/// A tail up to this length is read by each search faster than anybody would notice.
const TAIL: i64 = 512;
/// Once nothing has been written for so long, a shorter tail is filed too.
const IDLE: Duration = Duration::from_secs(5);
/// After a failure. Searching goes on without the index.
const REST: Duration = Duration::from_secs(30);

/// Keeps the index up with the log, until it is dropped.
pub async fn keep(journal: &impl Journal, index: &impl Search) {
    loop {
        if let Err(e) = follow(journal, index).await {
            tracing::warn!("the search index is not kept up: {e}");
            tokio::time::sleep(REST).await;
        }
    }
}

/// One round: waits until enough is new, or nothing more comes, and files it.
async fn follow(journal: &impl Journal, index: &impl Search) -> Result<(), StoreError> {
    let head = journal.head().await?;
    let waiting = ours(journal, index, &head).await?.map(|indexed| head.size - indexed.upto);
    match waiting {
        Some(0) => _ = journal.grown(head.size, REST).await?,
        // More is coming: it is filed together.
        Some(..=TAIL) if journal.grown(head.size, IDLE).await? => {}
        _ => {
            catch_up(journal, index).await?;
            index.tidy().await?;
        }
    }
    Ok(())
}

/// Files whatever is not yet filed.
///
/// # Errors
/// If the log can't be read, or the index not written.
pub async fn catch_up(journal: &impl Journal, index: &impl Search) -> Result<(), StoreError> {
    let mut rounds = 0;
    while advance(journal, index).await? {
        rounds += 1;
        // Many small transactions leave an index that is slow to search.
        if rounds % 16 == 0 {
            index.tidy().await?;
        }
    }
    Ok(())
}

/// Files the next batch. False if nothing is left.
async fn advance(journal: &impl Journal, index: &impl Search) -> Result<bool, StoreError> {
    let head = journal.head().await?;
    let Some(indexed) = ours(journal, index, &head).await? else {
        index.renew(&head).await?;
        return Ok(true);
    };
    if indexed.upto >= head.size {
        return Ok(false);
    }
    let records = journal.sealed(indexed.upto + 1, BATCH).await?;
    // What was purged after it was filed must not be found out from the index either.
    let purge = AuditEvent::AuditPurged.name();
    if records.iter().any(|record| record.event == purge && record.seq > indexed.begun) {
        index.renew(&journal.head().await?).await?;
        return Ok(true);
    }
    // False: somebody else was faster. Going on from where they are is right in both cases.
    index.file(&indexed, &records).await?;
    Ok(!records.is_empty())
}

/// How far the index goes, if it is of this log.
async fn ours(
    journal: &impl Journal,
    index: &impl Search,
    head: &Head,
) -> Result<Option<Indexed>, StoreError> {
    match index.indexed().await? {
        Some(indexed) if belongs(journal, &indexed, head).await? => Ok(Some(indexed)),
        _ => Ok(None),
    }
}
