//! What a signed-in person does in a session themselves, not through whoever serves the customer: listens in on
//! the agent, stops that, writes to the customer as the agent.
//!
//! ```text
//!  Asked ─┬→ Requesting ─┬→ Done
//!         │              ├→ Doubtful ─┬→ Done
//!         │              │            ├→ Failed
//!         │              │            └→ Unknown
//!         │              └→ Failed
//!         └→ Rejected: nothing has left
//! ```

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    flight::Owner,
    id::{AgentId, DeedId, MessageId, ParticipantId, SessionId},
    session::Standing,
    text::Plain,
};

/// Longer than any deed is followed by whoever sees to it, with an hour for what is in doubt: what has begun before
/// that and not ended never gets an end from them.
pub const LONGEST: Duration = Duration::from_secs(3600 + 600);

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// To listen in on the agent who has the session.
    Monitor,
    /// To listen in no longer.
    Leave,
    /// To write to the customer.
    Say(Saying),
}

impl Deed {
    /// Which of them.
    pub fn kind(&self) -> DeedKind {
        match self {
            Self::Monitor => DeedKind::Monitor,
            Self::Leave => DeedKind::Leave,
            Self::Say(_) => DeedKind::Say,
        }
    }
}

/// Which deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedKind {
    /// To listen in.
    Monitor,
    /// To listen in no longer.
    Leave,
    /// To write.
    Say,
}

impl DeedKind {
    /// The word in the audit log and in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Leave => "leave",
            Self::Say => "send",
        }
    }
}

/// What is written to a customer. No log shows it by the way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Saying(String);

impl Saying {
    /// These words, which somebody has made sure can be sent.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The words.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How many characters.
    pub fn letters(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Saying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Saying({} letters)", self.letters())
    }
}

/// What a person has confirmed: this deed, in this session as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedOrder {
    /// Made when it was confirmed, so that a repeated message is the same order.
    pub id: DeedId,
    /// The session.
    pub session: SessionId,
    /// How it stood when the person decided.
    pub seen: Standing,
    /// What.
    pub deed: Deed,
}

impl DeedOrder {
    /// A new order.
    pub fn new(session: SessionId, seen: Standing, deed: Deed) -> Self {
        Self { id: DeedId::random(), session, seen, deed }
    }
}

/// Where in a session it is done: what was read right before it is asked for, and what a crash must find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who does it.
    pub me: AgentId,
    /// Whom it is about: who is listened to; one's own part for the rest.
    pub participant: ParticipantId,
    /// The agent whom that is.
    pub agent: Option<AgentId>,
    /// One's own communication, for what is written with it.
    pub communication: Option<Plain>,
    /// The newest messages before.
    pub known: Vec<MessageId>,
}

/// A deed that has been announced in the audit log and has not ended there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeedFlight {
    /// The order.
    pub order: DeedOrder,
    /// Where it is done.
    pub seat: Seat,
    /// When it was taken.
    pub taken: Timestamp,
    /// Who sees to it.
    pub owner: Owner,
    /// The org, as the config of whoever began it names it.
    pub context: Plain,
    /// The dialect in which it was begun.
    pub dialect: Plain,
}

impl DeedFlight {
    /// For how long it has been on its way.
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.taken)).unwrap_or_default()
    }
}

/// How far a deed has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeedStage {
    /// It is taken; the session is read.
    Asked,
    /// It is on its way.
    Requesting,
    /// It was sent and nobody has answered: the session is read until it tells. It is not sent again.
    Doubtful,
    /// It is done.
    Done,
    /// The session's state forbade it; nothing has left.
    Rejected {
        /// Why.
        reason: Plain,
    },
    /// It was refused, or is known not to have happened.
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

impl DeedStage {
    /// True when nothing more will follow.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Asked | Self::Requesting | Self::Doubtful => false,
            Self::Done | Self::Rejected { .. } | Self::Failed { .. } | Self::Unknown { .. } => true,
        }
    }

    /// The word on the screen and in the audit log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Requesting => "requesting",
            Self::Doubtful => "doubtful",
            Self::Done => "done",
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

/// News of one deed.
#[derive(Clone, Debug, PartialEq)]
pub struct DeedNews {
    /// The order.
    pub order: DeedOrder,
    /// How far it has come.
    pub stage: DeedStage,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_to_a_customer_is_not_shown_by_the_way() {
        let deed = Deed::Say(Saying::new("my secret".into()));
        let shown = format!("{deed:?}");
        assert!(!shown.contains("secret") && shown.contains("9 letters"), "{shown}");
        // A crash must find it.
        let kept = serde_json::to_string(&deed).unwrap();
        assert_eq!(serde_json::from_str::<Deed>(&kept).unwrap(), deed);
    }
}
