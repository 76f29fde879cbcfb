//! A handoff and its states.
//!
//! ```text
//!  Claimed → Recorded → Grace ─┬→ Requesting → Requested → Alerting ─┬→ Accepted
//!                              │                   │                 ├→ Refused
//!                              └→ Cancelled        └→ Queued         ├→ TimedOut
//!                                                                    └→ Unknown
//!  Rejected and Failed can follow any of the first five.
//! ```

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    id::{AgentId, HandoffId, QueueId, SessionId},
    session::Standing,
    text::Plain,
};

/// Where a session is to go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase", tag = "type", content = "id")]
pub enum Target {
    /// To a person.
    Agent(AgentId),
    /// To a queue.
    Queue(QueueId),
}

/// What a person has confirmed: this session, as it was seen, to that target.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoffOrder {
    /// Made when the card was confirmed, so that a repeated message is the same order.
    pub id: HandoffId,
    /// The session.
    pub session: SessionId,
    /// How it stood when the person decided.
    pub seen: Standing,
    /// Where to.
    pub target: Target,
    /// Why, in the person's words; empty when not asked for.
    pub reason: Plain,
}

/// How far a handoff has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The claim is ours; nothing is written or sent.
    Claimed,
    /// The intent is on disk.
    Recorded,
    /// Nothing leaves until then; it can be cancelled.
    Grace {
        /// When it leaves.
        until: Timestamp,
    },
    /// The request is on its way.
    Requesting,
    /// Genesys Cloud has accepted the request, which is not yet a transfer.
    Requested,
    /// The agent's client rings.
    Alerting {
        /// When it stops ringing, where the queue says so.
        until: Option<Timestamp>,
    },
    /// The session has left for the target queue and waits or is served there.
    Queued,
    /// A person has it.
    Accepted {
        /// Who.
        agent: AgentId,
    },
    /// The agent declined.
    Refused,
    /// The agent did not answer.
    TimedOut,
    /// Cancelled in the grace time; nothing has left.
    Cancelled,
    /// A rule or the session's state forbade it; nothing has left.
    Rejected {
        /// Which.
        reason: Plain,
    },
    /// The request failed.
    Failed {
        /// Why, with a hint.
        reason: Plain,
    },
    /// It may have happened, and reading could not tell.
    Unknown {
        /// What is known.
        reason: Plain,
    },
}

impl Stage {
    /// True when nothing more will follow.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Claimed
            | Self::Recorded
            | Self::Grace { .. }
            | Self::Requesting
            | Self::Requested
            | Self::Alerting { .. } => false,
            Self::Queued
            | Self::Accepted { .. }
            | Self::Refused
            | Self::TimedOut
            | Self::Cancelled
            | Self::Rejected { .. }
            | Self::Failed { .. }
            | Self::Unknown { .. } => true,
        }
    }

    /// True while it can still be called back without a trace at Genesys Cloud.
    pub fn can_cancel(&self) -> bool {
        matches!(self, Self::Claimed | Self::Recorded | Self::Grace { .. })
    }

    /// The word on the screen and in the store.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Recorded => "recorded",
            Self::Grace { .. } => "grace",
            Self::Requesting => "requesting",
            Self::Requested => "requested",
            Self::Alerting { .. } => "alerting",
            Self::Queued => "queued",
            Self::Accepted { .. } => "accepted",
            Self::Refused => "refused",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
            Self::Rejected { .. } => "rejected",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Why it ended as it did, where there is more to say than the word.
    pub fn reason(&self) -> Option<&Plain> {
        match self {
            Self::Rejected { reason } | Self::Failed { reason } | Self::Unknown { reason } => {
                Some(reason)
            }
            _ => None,
        }
    }
}

/// News of one handoff.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The order.
    pub order: HandoffOrder,
    /// How far it has come.
    pub stage: Stage,
    /// When the order was taken.
    pub taken: Timestamp,
    /// When this stage was reached.
    pub at: Timestamp,
    /// The request alone, as `latency_ms` in the audit; `None` before it was answered.
    pub request_took: Option<Duration>,
}
