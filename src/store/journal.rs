//! The log as a whole: read in order, checked, moved elsewhere, and rid of what has to be forgotten.

use std::{future::Future, time::Duration};

use super::StoreError;
use crate::domain::audit::{AuditEntry, AuditRecord, Filed, Head, Sealed};

/// What proves, searches, moves and follows the log needs of it. Reading never waits for who writes.
pub trait Journal: Send + Sync + 'static {
    /// Which log this is, how many records it has, and the last one's hash.
    fn head(&self) -> impl Future<Output = Result<Head, StoreError>> + Send;

    /// Records numbered `from` and above, in their order, at most `limit`.
    fn sealed(
        &self,
        from: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Sealed>, StoreError>> + Send;

    /// The records of these numbers that there are, in the order of `numbers`.
    fn pick(&self, numbers: &[i64])
    -> impl Future<Output = Result<Vec<Sealed>, StoreError>> + Send;

    /// The least and the greatest number among records written from `from` on and before `until`, both in
    /// ms since 1970. Clocks differ: not all between them need be of that time.
    fn written(
        &self,
        from: i64,
        until: i64,
    ) -> impl Future<Output = Result<Option<(i64, i64)>, StoreError>> + Send;

    /// The same, with what the store finds them by.
    fn filed(
        &self,
        from: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Filed>, StoreError>> + Send {
        let filed = |sealed| Filed { sealed, top: None };
        async move { Ok(self.sealed(from, limit).await?.into_iter().map(filed).collect()) }
    }

    /// Waits until there is a record numbered above `after`, or `patience` is over. True if there is one.
    fn grown(
        &self,
        after: i64,
        patience: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes over the records of another log, which begin where this one ends; into an empty log with the
    /// name `head.log`. Refused, with nothing written, if they do not follow, if some have lost their
    /// personal part though no purge among them says so, or if somebody else writes here meanwhile.
    fn adopt(
        &self,
        head: &Head,
        records: &[Sealed],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the personal parts of all records up to `through` (but those of purges), with `entry`,
    /// which tells it, written first. How many had one, and the record of it.
    fn purge(
        &self,
        through: i64,
        entry: AuditEntry,
        now: jiff::Timestamp,
    ) -> impl Future<Output = Result<(u64, AuditRecord), StoreError>> + Send;
}
