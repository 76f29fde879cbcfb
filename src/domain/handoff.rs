//! A handoff and its states.
//!
//! ```text
//!  Claimed → Recorded → Grace ─┬→ Requesting → Requested → Alerting ─┬→ Accepted
//!                              │                   │        │        ├→ Refused
//!                              └→ Cancelled        └→ Queued│        ├→ TimedOut
//!                                                           │        └→ Unknown
//!                                                           └→ TakingBack → TakenBack
//!  Rejected and Failed can follow any of the first five. An order whose taking back comes too late ends
//!  as if nobody had asked for it.
//! ```

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    id::{AgentId, BatchId, HandoffId, QueueId, RequestId, SessionId},
    payload::Payload,
    session::{Language, Requirement, Standing},
    text::Plain,
};

/// Where a session is to go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "type", content = "id")]
pub enum Target {
    /// To a person.
    Agent(AgentId),
    /// To a queue.
    Queue(QueueId),
}

/// What a person has confirmed: this session, as it was seen, to that target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoffOrder {
    /// Made when the card was confirmed, so that a repeated message is the same order.
    pub id: HandoffId,
    /// The session.
    pub session: SessionId,
    /// How it stood when the person decided.
    pub seen: Standing,
    /// Where to.
    pub target: Target,
    /// What is asked for beyond what the session itself asks for.
    pub demands: Demands,
    /// What travels with it.
    pub payload: Payload,
    /// Why, in the person's words; empty when not asked for.
    pub reason: Plain,
    /// Why a guard that fails is overridden, in the person's words. Audited.
    pub waiver: Option<Plain>,
    /// Which guards are overridden: those that the person saw failing. `None` for those that fail when
    /// the order is taken. One that fails later stops it all the same.
    #[serde(default)]
    pub waived: Option<Vec<GuardKind>>,
    /// The batch it belongs to.
    pub batch: Option<BatchId>,
    /// The bot's request that it answers.
    #[serde(default)]
    pub request: Option<RequestId>,
}

/// The rules that a handoff must pass (SPEC section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardKind {
    /// Not too many transfers.
    Depth,
    /// The bot knows what the customer wants.
    Confidence,
    /// The customer is not too unhappy.
    Sentiment,
}

impl HandoffOrder {
    /// An order with nothing but a target.
    pub fn new(session: SessionId, seen: Standing, target: Target) -> Self {
        Self {
            id: HandoffId::random(),
            session,
            seen,
            target,
            demands: Demands::default(),
            payload: Payload::default(),
            reason: Plain::default(),
            waiver: None,
            waived: None,
            batch: None,
            request: None,
        }
    }
}

/// What the person asks for beyond what the session asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Demands {
    /// Skills: the agent must have them; a queue is told to look for them.
    pub skills: Vec<Requirement>,
    /// The language, in place of the session's.
    pub language: Option<Language>,
    /// The priority in the queue; one point is worth a minute of waiting.
    pub priority: Option<i64>,
}

impl Demands {
    /// True if a queue is to be told how to route the session.
    pub fn routes(&self) -> bool {
        !self.skills.is_empty() || self.language.is_some() || self.priority.is_some()
    }
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
    /// The queue is full: nothing leaves until there is a place, or nobody waits for one any longer.
    Deferred {
        /// When it is looked at again.
        until: Timestamp,
        /// When it is given up.
        expires: Timestamp,
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
    /// It still rings, and is being transferred back to where it came from.
    TakingBack,
    /// It is back where it came from; the target never answered.
    TakenBack,
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
            | Self::Deferred { .. }
            | Self::Requesting
            | Self::Requested
            | Self::TakingBack
            | Self::Alerting { .. } => false,
            Self::Queued
            | Self::Accepted { .. }
            | Self::TakenBack
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
        matches!(self, Self::Claimed | Self::Recorded | Self::Grace { .. } | Self::Deferred { .. })
    }

    /// True while it can be transferred back, with a trace: it rings and nobody has answered.
    pub fn can_take_back(&self) -> bool {
        matches!(self, Self::Alerting { .. })
    }

    /// The words of all of them.
    pub const WORDS: [&str; 17] = [
        "claimed",
        "recorded",
        "grace",
        "deferred",
        "requesting",
        "requested",
        "alerting",
        "queued",
        "accepted",
        "taking back",
        "taken back",
        "refused",
        "timed out",
        "cancelled",
        "rejected",
        "failed",
        "unknown",
    ];

    /// The word on the screen and in the store.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Recorded => "recorded",
            Self::Grace { .. } => "grace",
            Self::Deferred { .. } => "deferred",
            Self::Requesting => "requesting",
            Self::Requested => "requested",
            Self::Alerting { .. } => "alerting",
            Self::Queued => "queued",
            Self::Accepted { .. } => "accepted",
            Self::TakingBack => "taking back",
            Self::TakenBack => "taken back",
            Self::Refused => "refused",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
            Self::Rejected { .. } => "rejected",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// True if it has ended because somebody wanted it back.
    pub fn is_taken_back(&self) -> bool {
        matches!(self, Self::Cancelled | Self::TakenBack)
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
    /// How long each step has taken, in the order of the steps.
    pub steps: Vec<(Step, Duration)>,
}

/// A part of a handoff whose time is measured (SPEC section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Taking the claim.
    Claim,
    /// Writing the intent to disk.
    Record,
    /// Reading the session and asking gate and guards, before the grace time and after it.
    Check,
    /// Fetching the summary.
    Summary,
    /// The time in which it can be called back.
    Grace,
    /// Sending what goes before the transfer.
    Context,
    /// The transfer's request.
    Transfer,
    /// From the answer to a person or a queue.
    Outcome,
    /// Telling the new queue how to route it.
    Routing,
    /// Sending the reason.
    Reason,
}

impl Step {
    /// The word on the screen and in the audit.
    pub fn word(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Record => "record",
            Self::Check => "check",
            Self::Summary => "summary",
            Self::Grace => "grace",
            Self::Context => "context",
            Self::Transfer => "transfer",
            Self::Outcome => "outcome",
            Self::Routing => "routing",
            Self::Reason => "reason",
        }
    }
}

/// Several orders that were confirmed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Made when the plan was confirmed.
    pub id: BatchId,
    /// One for each session, in the order in which they are to be begun.
    pub orders: Vec<HandoffOrder>,
    /// How many may be under way at a time.
    pub at_once: usize,
    /// After so many failures nothing more is begun; `None` goes on whatever happens.
    pub stop_after: Option<usize>,
}

/// How far a batch has come.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchProgress {
    /// Which.
    pub id: BatchId,
    /// Its orders.
    pub of: usize,
    /// Those that have ended well.
    pub done: usize,
    /// Those that have ended otherwise.
    pub failed: usize,
    /// Those that somebody has called back or taken back, which is no failure.
    pub taken_back: usize,
    /// Those that will not be begun, because too many have failed or somebody has stopped it.
    pub skipped: usize,
    /// True once nothing more will follow.
    pub finished: bool,
}
