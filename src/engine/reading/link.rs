//! One record with the hashes that hold it in the chain.

use super::{Linked, LogNews};
use crate::{
    domain::{audit::Sealed, text::Plain},
    store::{Journal, StoreError},
};

/// The record of this number, or why there is none.
pub async fn link(journal: &impl Journal, seq: i64) -> LogNews {
    match read(journal, seq).await {
        Ok(Some(linked)) => LogNews::Record(Box::new(linked)),
        Ok(None) => LogNews::NoRecord { seq, reason: "the log has no such record".into() },
        Err(error) => LogNews::NoRecord { seq, reason: Plain::new(&error.to_string()) },
    }
}

async fn read(journal: &impl Journal, seq: i64) -> Result<Option<Linked>, StoreError> {
    let sealed = journal.pick(&[seq - 1, seq]).await?;
    let of = |seq: i64| sealed.iter().find(|sealed: &&Sealed| sealed.seq == seq);
    let Some(this) = of(seq) else { return Ok(None) };
    let previous = match of(seq - 1) {
        Some(before) => before.hash,
        None => journal.head().await?.log.genesis(),
    };
    Ok(Some(Linked { record: this.shown(), previous, hash: this.hash }))
}
