//! Searching the audit log: with an index, without one, with half of one, it finds the same.

#[cfg(test)]
#[path = "search/index.rs"]
mod index;
#[path = "support/log.rs"]
mod log;
#[cfg(test)]
#[path = "search/same.rs"]
mod same;
#[cfg(test)]
#[path = "support/postgres.rs"]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
mod stores;

use std::time::Duration;

use floorwalker::{
    domain::{audit::AuditRecord, query::Query},
    engine::search::{self, Count, Quest},
    store::{Journal, Search},
};

/// Longer than any search of these tests takes.
const LONG: Duration = Duration::from_secs(60);

/// A query as it was read when the last record was written.
fn query(text: &str) -> Query {
    Query::parse::<AuditRecord>(text, log::NOW.parse().unwrap())
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The numbers of all records that a search finds, page by page.
async fn found(log: &impl Journal, index: &impl Search, text: &str, page: usize) -> Vec<i64> {
    let query = query(text);
    let mut quest = Quest { query: &query, below: None, patience: LONG };
    let mut numbers = Vec::new();
    loop {
        let found = search::page(log, index, quest, page).await.unwrap();
        assert!(found.records.len() <= page, "{text}");
        numbers.extend(found.records.iter().map(|record| record.seq));
        match found.rest {
            Some(rest) => quest.below = Some(rest),
            None => break,
        }
    }
    quest.below = None;
    let count = search::count(log, index, quest, 1_000_000).await.unwrap();
    assert_eq!(count, Count::Exactly(numbers.len() as u64), "{text}");
    numbers
}

/// The numbers of all records that match, by looking at each.
fn matching(records: &[AuditRecord], text: &str) -> Vec<i64> {
    let query = query(text);
    let matching = records.iter().rev().filter(|record| query.matches(*record));
    matching.map(|record| record.seq).collect()
}
