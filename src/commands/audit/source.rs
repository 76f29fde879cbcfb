//! Which log is read, and what is looked for in it.

use jiff::Timestamp;

use crate::{
    args::{Source, Wanted},
    commands::{Failure, store},
    config::Config,
    domain::{
        audit::{AuditRecord, Hash, LogName, Sealed},
        query::Query,
        text::{Plain, columns},
    },
    store::{Database, Index, Journal, StoreError, Unindexed},
};

/// The store that is read: this machine's, or the file that is named.
///
/// # Errors
/// If it can't be read.
pub async fn open(source: &Source, config: &Config) -> Result<Database, Failure> {
    Ok(match &source.store {
        Some(file) => Database::peek(file).await?,
        None => store::open(config).await?,
    })
}

/// What finds its records sooner, where there is something: only what runs for long makes it.
pub async fn index(store: &Database) -> Index {
    store.made_index().await.unwrap_or_else(|error| {
        tracing::warn!("searching without the index: {error}");
        Index::None(Unindexed)
    })
}

/// What is looked for.
///
/// # Errors
/// If it can't be read, with a mark under the place.
pub fn query(wanted: &Wanted) -> Result<Query, Failure> {
    let text = wanted.text();
    Query::parse::<AuditRecord>(&text, Timestamp::now()).map_err(|misread| {
        let before: String = text.chars().take(misread.at).collect();
        let mark = " ".repeat(columns(&Plain::new(&before)));
        Failure::usage(format!("{}\n  {text}\n  {mark}^", misread.message))
    })
}

/// Records that are numbered so, each with the hash of the one before it.
///
/// # Errors
/// If the log can't be read.
pub async fn pick(
    journal: &impl Journal,
    log: &LogName,
    numbers: &[i64],
) -> Result<Vec<(Sealed, Hash)>, StoreError> {
    let mut picked = Vec::with_capacity(numbers.len());
    // Each is looked up by its number, with its neighbour.
    for some in numbers.chunks(256) {
        let wanted: Vec<i64> = some.iter().flat_map(|number| [*number, number - 1]).collect();
        let found = journal.pick(&wanted).await?;
        let found: std::collections::HashMap<i64, Sealed> =
            found.into_iter().map(|sealed| (sealed.seq, sealed)).collect();
        for number in some {
            let Some(sealed) = found.get(number) else { continue };
            let before = found.get(&(number - 1)).map_or_else(|| log.genesis(), |it| it.hash);
            picked.push((sealed.clone(), before));
        }
    }
    Ok(picked)
}
