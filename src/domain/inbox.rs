//! What bots have asked for: a request for a person, from its arrival to its end (SPEC section 10).
//!
//! ```text
//!            ┌────────────── a guard stops it ─────────────┐
//!  Queued ───┴→ Handing ─┬→ Done           Proposed ←──────┘
//!    ↑            ↑      ├→ Failed ─ again → Queued  │
//!    │            │      └→ Deferred ←───────────────┤
//!    └─ its time ─┼────────────┘                     │
//!                 └──────────── a person ────────────┴→ Declined
//!  Expired can follow Queued, Proposed and Deferred.
//! ```
//! A conversation has one open request at a time: who asks again while it is open asks for the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    id::{HandoffId, QueueId, RequestId, SessionId, SkillId},
    payload::Guest,
    text::Plain,
};

/// Which webhook was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `POST /webhooks/bot-handoff`: the bot asks for a person outright (S1).
    BotHandoff,
    /// `POST /webhook/messaging`: the bot tells what it made of a message (S2).
    Messaging,
}

impl Route {
    /// Its name in the store and the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::BotHandoff => "bot_handoff",
            Self::Messaging => "messaging",
        }
    }
}

/// What becomes of a request for a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is handed off by rule, unless a guard stops it.
    Auto,
    /// A person decides.
    #[default]
    Propose,
    /// It is not done.
    Off,
}

impl Mode {
    /// The words of all of them.
    pub const WORDS: [&str; 3] = [Self::Auto.word(), Self::Propose.word(), Self::Off.word()];

    /// The word in the configuration and on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Propose => "propose",
            Self::Off => "off",
        }
    }
}

/// What a bot has sent, as far as it matters for a handoff.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plea {
    /// Why a person is needed: S1's `handoffReason`, or S2's decision in words.
    pub reason: Plain,
    /// What the bot believes the customer wants (S2).
    pub intent: Option<Plain>,
    /// How sure it is, 0 to 1 (S2).
    pub confidence: Option<f64>,
    /// What it had to be at least (S2).
    pub threshold: Option<f64>,
    /// What was wrong with the confidence, if anything.
    pub warning: Option<Plain>,
    /// What the customer wrote last (S2).
    pub text: Option<Plain>,
    /// The guest, as received (S1).
    pub guest: Option<Guest>,
    /// S1's `customContext`: it travels along.
    pub attributes: BTreeMap<String, String>,
    /// The skill that whoever takes it has to have (S2, from the configuration).
    pub skill: Option<SkillId>,
}

impl Plea {
    /// What is known once the bot has said this after `earlier`: who the guest is, what goes along and why a
    /// person was asked for outright (S1) is not unsaid by what it makes of the next message (S2).
    pub fn after(self, earlier: Self) -> Self {
        let explicit = self.guest.is_none() && earlier.guest.is_some();
        Self {
            reason: if explicit { earlier.reason } else { self.reason },
            guest: self.guest.or(earlier.guest),
            attributes: match self.attributes.is_empty() {
                true => earlier.attributes,
                false => self.attributes,
            },
            intent: self.intent.or(earlier.intent),
            confidence: self.confidence.or(earlier.confidence),
            threshold: self.threshold.or(earlier.threshold),
            warning: self.warning,
            text: self.text.or(earlier.text),
            skill: self.skill.or(earlier.skill),
        }
    }

    /// What drives it, for those who count: S1's reason, or that the bot was not sure of an intent. The numbers
    /// of S2's decision would make every case one of its own.
    pub fn driver(&self) -> Plain {
        match (&self.intent, self.threshold) {
            _ if self.guest.is_some() => self.reason.clone(),
            (Some(intent), _) => Plain::new(&format!("low confidence: {intent}")),
            (None, Some(_)) => "low confidence: unknown".into(),
            (None, None) => self.reason.clone(),
        }
    }

    /// What the bot has tried.
    pub fn attempted(&self) -> Option<&str> {
        self.attributes.get("attempted_resolution").map(String::as_str)
    }

    /// How the customer feels, 0 to 1; `None` if the bot has not said, or not in a number.
    pub fn sentiment(&self) -> Option<f64> {
        let number: f64 = self.attributes.get("sentiment_score")?.trim().parse().ok()?;
        (0.0..=1.0).contains(&number).then_some(number)
    }

    /// The language that the customer prefers.
    pub fn language(&self) -> Option<&str> {
        self.attributes.get("preferred_language").map(String::as_str)
    }
}

/// A request as it waits in the inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Made when it arrived.
    pub id: RequestId,
    /// Whom it is for.
    pub session: SessionId,
    /// By which webhook it came last.
    pub route: Route,
    /// When the first one arrived.
    pub received: Timestamp,
    /// When the newest arrived.
    pub heard: Timestamp,
    /// How often the bot has asked while it was open; at least 1.
    pub asked: u32,
    /// Where it is to go; `None` where the configuration names no queue.
    pub queue: Option<QueueId>,
    /// What becomes of requests for that queue.
    pub mode: Mode,
    /// What the bot has sent last.
    pub plea: Plea,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When it is given up, unless somebody has taken it by then.
    pub expires: Timestamp,
    /// How often it was tried.
    pub tries: u32,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is handed off as soon as it is its turn.
    Queued,
    /// A person decides.
    Proposed {
        /// Why not a rule, where a rule was to.
        because: Option<Plain>,
    },
    /// It is being handed off.
    Handing {
        /// By this handoff.
        handoff: HandoffId,
    },
    /// It waits: for a place in its queue, or for a person who wants to be asked again.
    Deferred {
        /// Until when.
        until: Timestamp,
        /// What for.
        because: Plain,
    },
    /// The customer is where the bot wanted them.
    Done {
        /// By this handoff.
        handoff: HandoffId,
    },
    /// It was tried, and did not work.
    Failed {
        /// Why.
        reason: Plain,
    },
    /// A person, or a rule, has decided against it.
    Declined {
        /// Why.
        reason: Plain,
    },
    /// Nobody has taken it in time, or it is settled without anybody here.
    Expired {
        /// How, where it is settled.
        because: Option<Plain>,
    },
}

impl State {
    /// True while something may still become of it.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Queued | Self::Proposed { .. } | Self::Handing { .. } | Self::Deferred { .. } => {
                true
            }
            Self::Done { .. }
            | Self::Failed { .. }
            | Self::Declined { .. }
            | Self::Expired { .. } => false,
        }
    }

    /// True while a person may take it, put it off or decline it.
    pub fn is_free(&self) -> bool {
        matches!(self, Self::Proposed { .. } | Self::Deferred { .. })
    }

    /// The words of all of them, in the order in which they matter.
    pub const WORDS: [&str; 8] =
        ["proposed", "deferred", "queued", "handing", "done", "failed", "declined", "expired"];

    /// The word on the screen, in the store and in the figures.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Proposed { .. } => "proposed",
            Self::Handing { .. } => "handing",
            Self::Deferred { .. } => "deferred",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Declined { .. } => "declined",
            Self::Expired { .. } => "expired",
        }
    }

    /// What there is to say besides.
    pub fn reason(&self) -> Option<&Plain> {
        match self {
            Self::Proposed { because } | Self::Expired { because } => because.as_ref(),
            Self::Deferred { because, .. } => Some(because),
            Self::Failed { reason } | Self::Declined { reason } => Some(reason),
            Self::Queued | Self::Handing { .. } | Self::Done { .. } => None,
        }
    }

    /// The handoff that it is, or was, done by.
    pub fn handoff(&self) -> Option<&HandoffId> {
        match self {
            Self::Handing { handoff } | Self::Done { handoff } => Some(handoff),
            _ => None,
        }
    }
}

/// Everything in the inbox: what is open, and what has ended lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inbox {
    /// The requests, the newest first.
    pub requests: Vec<std::sync::Arc<Request>>,
}

impl Inbox {
    /// The request of this id.
    pub fn get(&self, id: &RequestId) -> Option<&Request> {
        self.requests.iter().find(|request| request.id == *id).map(AsRef::as_ref)
    }

    /// Those that wait for a person.
    pub fn proposed(&self) -> impl Iterator<Item = &Request> {
        let all = self.requests.iter().map(AsRef::as_ref);
        all.filter(|request: &&Request| matches!(request.state, State::Proposed { .. }))
    }
}

/// One line of a conversation's history, as a bot has told it (S2), or what became of that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// What it was: the bot's own word, or `HANDOFF_TRIGGERED`.
    pub event: Option<Plain>,
    /// S2's `intent`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Value>,
    /// What the customer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Plain>,
    /// Where a handoff went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// When it was told.
    pub timestamp: Timestamp,
}

/// A webhook's call, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What makes two calls the same one: the caller's own id for it, or else all that was sent.
    pub key: Print,
    /// All that was sent.
    pub digest: Print,
    /// Which webhook.
    pub route: Route,
    /// The conversation.
    pub session: SessionId,
    /// What was said.
    pub said: Said,
}

/// SHA-256 of something.
pub type Print = [u8; 32];

/// What a webhook's call says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A person is needed (S1).
    Handoff {
        /// `handoffReason`.
        reason: Plain,
        /// `guestInfo`, as it came.
        guest: Guest,
        /// `customContext`.
        attributes: BTreeMap<String, String>,
    },
    /// What the bot made of a message (S2).
    Turn {
        /// `event`.
        event: Option<Plain>,
        /// `intent`, as it came.
        intent: Option<Value>,
        /// `text`.
        text: Option<Plain>,
    },
}

/// What a webhook's caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON.
    pub body: String,
    /// After how many seconds it is worth asking again.
    pub retry_after: Option<u32>,
}

/// What `HANDOFF_TRIGGERED` is called in a history (S2).
pub const HANDOFF_TRIGGERED: &str = "HANDOFF_TRIGGERED";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mood_is_a_share_or_unknown() {
        let mood = |text: &str| {
            let attributes = BTreeMap::from([("sentiment_score".into(), text.into())]);
            Plea { attributes, ..Plea::default() }.sentiment()
        };
        assert_eq!([mood("0.32"), mood(" 1 ")], [Some(0.32), Some(1.0)]);
        assert_eq!([mood("bad"), mood("NaN"), mood("1.1"), mood("")], [None; 4]);
        assert_eq!(Plea::default().sentiment(), None);
    }

    #[test]
    fn what_a_person_may_take_is_open() {
        let until = Timestamp::UNIX_EPOCH;
        let deferred = State::Deferred { until, because: "full".into() };
        for state in [State::Proposed { because: None }, deferred] {
            assert!(state.is_free() && state.is_open());
        }
        let handing = State::Handing { handoff: "h".into() };
        assert!(handing.is_open() && !handing.is_free());
        assert!(!State::Expired { because: None }.is_open());
    }
}
