//! What is asked of a log, all pages of it, and what should be found.

use std::time::Duration;

use floorwalker::{
    domain::{audit::AuditRecord, query::Query},
    engine::search::{self, Count, Quest},
    store::{Journal, Search},
};

use crate::log::NOW;

/// Longer than any search of these tests takes.
pub const LONG: Duration = Duration::from_secs(60);

/// A query as it was read when the last record was written.
pub fn query(text: &str) -> Query {
    Query::parse::<AuditRecord>(text, NOW.parse().unwrap())
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The numbers of all records that a search finds, page by page.
pub async fn found(log: &impl Journal, index: &impl Search, text: &str, page: usize) -> Vec<i64> {
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
pub fn matching(records: &[AuditRecord], text: &str) -> Vec<i64> {
    let query = query(text);
    let matching = records.iter().rev().filter(|record| query.matches(*record));
    matching.map(|record| record.seq).collect()
}
