//! What the store tells of itself and of a span of its log. Nothing here changes a record.

use jiff::Timestamp;

use super::StoreError;
use crate::domain::stats::Stats;

/// How much there is of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The number of the newest audit record; 0 while there is none.
    pub newest: i64,
    /// Bytes that its files take; `None` where it has none, or they don't tell.
    pub bytes: Option<u64>,
    /// Bytes that are free beside them for its owner; `None` where nobody knows.
    pub free: Option<u64>,
}

/// Something that figures can be asked of. Asking holds up nobody who writes.
pub trait Figures: Send + Sync + 'static {
    /// How handoffs and sessions fared between these moments, both included.
    fn stats(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Stats, StoreError>> + Send;

    /// How much there is of it.
    fn health(&self) -> impl Future<Output = Result<Extent, StoreError>> + Send;

    /// Writes something of no meaning, on disk when this returns: fails if nothing else could be written
    /// either.
    fn probe_write(&self, now: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;
}
