//! What is forgotten beside the log: the log keeps its records, the rest only as long as somebody wants.

use std::future::Future;

use jiff::Timestamp;

use super::StoreError;

/// What forgets what is over.
pub trait Retention: Send + Sync + 'static {
    /// Removes what ended before then: letters that were told or given up, requests that were decided,
    /// what bots told, sessions that ended, and what was kept of handoffs to settle them. What is still
    /// under way stays, however old; but of what a person did, nothing is under way any more that had begun
    /// so long before `now` that nobody follows it.
    fn forget(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Forgotten, StoreError>> + Send;
}

/// How much was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Letters to other systems, with what became of them.
    pub letters: u64,
    /// Bots' requests, and the calls they came by.
    pub requests: u64,
    /// What bots told of conversations.
    pub turns: u64,
    /// Supervised sessions.
    pub sessions: u64,
    /// Handoffs, as they were ordered. The log has what became of them.
    pub handoffs: u64,
    /// What persons did, as they asked for it, where it never got an end.
    pub deeds: u64,
    /// True if nothing of it is left anywhere. Otherwise others read the store just now, and it is
    /// overwritten once they have.
    pub overwritten: bool,
}
