//! Looking for records, newest first, and telling them as they are found.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{LogNews, Wanted};
use crate::{
    domain::text::Plain,
    engine::search::{self, Count, Quest},
    store::{Journal, Search, StoreError},
};

/// What was found by then is told.
const TOLD: Duration = Duration::from_millis(200);
/// So long they are counted, …
const COUNTING: Duration = Duration::from_secs(3);
/// … and so far.
const COUNTED: u64 = 100_000;

/// Looks for what is wanted until that is found, or the log ends. Dropped, it stops.
pub async fn find(
    journal: &impl Journal,
    index: &impl Search,
    wanted: Wanted,
    news: &mpsc::Sender<LogNews>,
) {
    let id = wanted.id;
    if let Err(error) = tell(journal, index, wanted, news).await {
        let reason = Plain::new(&error.to_string());
        let _ = news.send(LogNews::NotFound { id, reason }).await;
    }
}

async fn tell(
    journal: &impl Journal,
    index: &impl Search,
    wanted: Wanted,
    news: &mpsc::Sender<LogNews>,
) -> Result<(), StoreError> {
    let Wanted { id, query, mut below, mut most, count, .. } = wanted;
    let rest = loop {
        let quest = Quest { query: &query, below, patience: TOLD };
        let found = search::page(journal, index, quest, most).await?;
        most = most.saturating_sub(found.records.len());
        let (records, rest) = (found.records, found.rest);
        let done = rest.is_none() || most == 0;
        if news.send(LogNews::Found { id, records, rest, done }).await.is_err() {
            return Ok(());
        }
        if done {
            break rest;
        }
        below = rest;
    };
    if count {
        let count = match rest {
            None => Count::Exactly(0),
            below => {
                let quest = Quest { query: &query, below, patience: COUNTING };
                search::count(journal, index, quest, COUNTED).await?
            }
        };
        let _ = news.send(LogNews::Counted { id, count }).await;
    }
    Ok(())
}
