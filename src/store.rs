//! What outlives the process: the audit log and the claims.
//!
//! A trait, so that the engine can be tested without a disk and a second database engine can follow.

pub mod sqlite;
pub mod unusable;

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    id::{HandoffId, SessionId},
    text::Plain,
};

pub use sqlite::Sqlite;
pub use unusable::Unusable;

/// Something that keeps the log and the claims.
pub trait Store: Send + Sync + 'static {
    /// Numbers, dates and writes a record. When this returns, it is on disk.
    fn append(
        &self,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<AuditRecord, StoreError>> + Send;

    /// Records numbered below `before` (all, if `None`), newest first, at most `limit`.
    fn page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;

    /// Takes the right to move a session, or keeps it, for at most `life` from now. False if somebody
    /// else has it.
    fn claim(
        &self,
        session: &SessionId,
        handoff: &HandoffId,
        now: Timestamp,
        life: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives a claim back, if it is still this handoff's.
    fn release(
        &self,
        session: &SessionId,
        handoff: &HandoffId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The store can't do what it is there for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct StoreError {
    /// What was tried.
    pub operation: &'static str,
    /// Why it failed.
    pub cause: Plain,
}
