//! What a signed-in person does in sessions themselves, as a crash must find it.

use std::future::Future;

use jiff::Timestamp;

use super::StoreError;
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    deed::DeedFlight,
    id::DeedId,
};

/// Keeps the deeds that are on their way.
pub trait Deeds: Send + Sync + 'static {
    /// Announces a deed: the record and the deed, both or neither.
    fn begin_deed(
        &self,
        entry: AuditEntry,
        flight: &DeedFlight,
        now: Timestamp,
    ) -> impl Future<Output = Result<AuditRecord, StoreError>> + Send;

    /// Ends a deed: its last record, once; nothing else of it is kept. `None` if somebody else has ended it.
    fn finish_deed(
        &self,
        entry: AuditEntry,
        deed: &DeedId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<AuditRecord>, StoreError>> + Send;

    /// Deeds that have begun and not ended, oldest first.
    fn deeds(&self) -> impl Future<Output = Result<Vec<DeedFlight>, StoreError>> + Send;
}
