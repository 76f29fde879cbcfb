//! What bots have asked for, what they were told, and what they have told before.

use std::time::Duration;

use jiff::Timestamp;

use super::StoreError;
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::Owner,
        id::{HandoffId, RequestId, SessionId},
        inbox::{Answer, Asked, Heard, Mode, Print, Request, State},
        lease::Tenancy,
        text::Plain,
    },
    policy::intake::Verdict,
};

/// For how long the same call gets the same answer (SPEC section 10).
pub const SAME: Duration = Duration::from_secs(600);
/// For how long a conversation's history is kept, and a request that has ended.
pub const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Lines of history that are kept of a conversation.
pub const LINES: u32 = 500;

/// Requests that may be open at a time: far more than anybody can decide on, and still little to keep.
pub const MOST_OPEN: i64 = 2_000;

/// Something that keeps requests, calls and histories.
pub trait Requests: Send + Sync + 'static {
    /// Takes calls in, in this order. All of it is on disk when this returns.
    fn receive(
        &self,
        org: &Tenancy,
        calls: &[Call],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Received>, StoreError>> + Send;

    /// The answers of these calls, where they have one.
    fn answers(
        &self,
        org: &Tenancy,
        keys: &[Print],
    ) -> impl Future<Output = Result<Vec<Option<Answer>>, StoreError>> + Send;

    /// Answers a call, unless it has been answered; the answer that stands.
    fn answer(
        &self,
        org: &Tenancy,
        key: &Print,
        answer: &Answer,
    ) -> impl Future<Output = Result<Answer, StoreError>> + Send;

    /// Takes a request for a handoff, if it is in one of these states (by their words). False if
    /// somebody else was first.
    fn engage(
        &self,
        engaged: &Engaged,
        from: &[&'static str],
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Moves a request on. `None` if it does not stand as the turn expects.
    fn turn_request(
        &self,
        turn: TurnedRequest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<(Request, Option<AuditRecord>)>, StoreError>> + Send;

    /// What has changed since a look that ended with `after` (0: everything that is kept), at most
    /// `limit`, in the order of the changes, each with its number and who hands it over.
    fn changes(
        &self,
        org: &Tenancy,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Change>, StoreError>> + Send;

    /// What a bot has told of a conversation, the oldest first.
    fn history(
        &self,
        org: &Tenancy,
        session: &SessionId,
    ) -> impl Future<Output = Result<Vec<Heard>, StoreError>> + Send;

    /// How far the log has a handoff.
    fn fate(&self, handoff: &HandoffId) -> impl Future<Output = Result<Fate, StoreError>> + Send;

    /// Forgets what is older than it is kept.
    fn tidy(&self, now: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A call, and what was decided on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The call.
    pub asked: Asked,
    /// What follows from it.
    pub verdict: Verdict,
    /// When a request that it makes is given up.
    pub expires: Timestamp,
}

/// What became of taking a call in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is answered, now or earlier.
    Answered(Answer),
    /// It waits for this request.
    Waits(RequestId),
    /// Its id was used before, for something else.
    Mistaken,
    /// So many requests are open that no more is taken in.
    Crowded,
}

/// Who takes a request, for which handoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engaged {
    /// The request.
    pub request: RequestId,
    /// The handoff.
    pub handoff: HandoffId,
    /// Who carries it out.
    pub owner: Owner,
}

/// A step in a request's life.
#[derive(Clone, Debug)]
pub struct TurnedRequest {
    /// Which request.
    pub request: RequestId,
    /// It must be in one of these states, by their words …
    pub from: &'static [&'static str],
    /// … and, where it is being handed off, by this handoff.
    pub handoff: Option<HandoffId>,
    /// How it stands from now on.
    pub to: State,
    /// Who decides from now on, if that changes.
    pub mode: Option<Mode>,
    /// When it is given up from now on, if that changes.
    pub expires: Option<Timestamp>,
    /// What is written in the audit log.
    pub entry: Option<AuditEntry>,
    /// What is written in the conversation's history.
    pub heard: Option<Heard>,
    /// After how many seconds it is worth asking again, where its queue is full.
    pub again_in: u32,
}

impl TurnedRequest {
    /// From one of these states to another, and nothing besides.
    pub fn new(request: RequestId, from: &'static [&'static str], to: State) -> Self {
        let (handoff, mode, expires, entry, heard) = (None, None, None, None, None);
        Self { request, from, handoff, to, mode, expires, entry, heard, again_in: 0 }
    }
}

/// A request that has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The number of the change.
    pub version: i64,
    /// The request as it is now.
    pub request: Request,
    /// Who hands it over, while somebody does.
    pub owner: Option<Owner>,
}

/// How far the log has a handoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was never announced: nothing has left.
    Unannounced,
    /// It has not ended.
    UnderWay,
    /// It has ended with this event.
    Ended {
        /// The event's name.
        event: Plain,
        /// Why, where it did not work.
        error: Option<Plain>,
        /// True if anything may have left.
        left: bool,
    },
}
