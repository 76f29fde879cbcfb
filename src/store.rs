//! What outlives the process: the audit log, the claims, who keeps which session, what is to be told.
//!
//! A trait, so that the engine can be tested without a disk and a second database engine can follow.

mod db;
mod deeds;
pub mod deliveries;
mod figures;
mod journal;
mod requests;
mod retention;
mod search;
pub mod sql;
mod stirs;
mod supervisions;
pub mod unusable;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::{Departure, Flight, Owner},
    id::{AgentId, HandoffId, SessionId},
    outbox::Letter,
    text::Plain,
};

pub use deeds::Deeds;
pub use deliveries::Deliveries;
pub use figures::{Extent, Figures};
pub use journal::Journal;
pub use requests::{
    Call, Change, Engaged, Fate, KEPT, LINES, MOST_OPEN, Received, Requests, SAME, TurnedRequest,
};
pub use retention::{Forgotten, Retention};
pub use search::{Among, Indexed, Plan, Reach, Search, Unindexed};
pub use sql::{Adoption, Database, Index, PostgresIndex, SqliteIndex};
pub use stirs::Stirs;
pub use supervisions::{Adopted, Asking, Begun, Closed, Outbox, Place, Supervisions, Turned};
pub use unusable::Unusable;

/// Something that keeps the log, the claims and the handoffs on their way.
pub trait Store:
    Supervisions + Outbox + Deliveries + Requests + Figures + Journal + Deeds + Send + Sync + 'static
{
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

    /// Takes the right to move a session, or keeps it, for at most `life` from now. Whose it is
    /// otherwise.
    fn claim(
        &self,
        claim: &Claim,
        now: Timestamp,
        life: Duration,
    ) -> impl Future<Output = Result<Claimed, StoreError>> + Send;

    /// Gives a claim back, if it is still ours.
    fn release(&self, claim: &Claim) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Announces a handoff: the record and the flight, both or neither.
    fn begin(
        &self,
        entry: AuditEntry,
        flight: &Flight,
        now: Timestamp,
    ) -> impl Future<Output = Result<AuditRecord, StoreError>> + Send;

    /// Writes down what is about to leave. False if somebody else has taken the handoff over or ended
    /// it meanwhile: then nothing may leave.
    fn depart(
        &self,
        claim: &Claim,
        departure: &Departure,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a handoff: its last record, once, with what is to be told of it. `None` if somebody else has
    /// written one.
    fn finish(
        &self,
        entry: AuditEntry,
        letters: &[Letter],
        handoff: &HandoffId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<AuditRecord>, StoreError>> + Send;

    /// Handoffs that have begun and not ended, oldest first.
    fn flights(&self) -> impl Future<Output = Result<Vec<Flight>, StoreError>> + Send;

    /// Takes a flight over from `from`. False if it is no longer theirs, or has ended.
    fn take_over(
        &self,
        flight: &Flight,
        to: &Owner,
        now: Timestamp,
        life: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// How many sessions each agent was handed since then.
    fn handed(
        &self,
        since: Timestamp,
    ) -> impl Future<Output = Result<HashMap<AgentId, u32>, StoreError>> + Send;

    /// Tells of what is written here from now on, by whichever process, where that can be told.
    fn stirs(&self) -> Stirs {
        Stirs::untold()
    }

    /// What finds records of the log sooner; [`Index::None`] where nothing does.
    fn search_index(&self) -> impl Future<Output = Index> + Send {
        std::future::ready(Index::None(Unindexed))
    }
}

/// The right to move a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which session.
    pub session: SessionId,
    /// For which handoff.
    pub handoff: HandoffId,
    /// By whom.
    pub owner: Owner,
}

/// What became of asking for a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours.
    Ours,
    /// Somebody else has it; `None` where the store does not know who.
    Theirs(Option<Owner>),
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
