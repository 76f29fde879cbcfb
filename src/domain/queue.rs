//! A routing queue and what can be said of its load.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{id::QueueId, text::Plain};

/// One queue as the floor shows it (SPEC section 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: Plain,
    /// Whether a session can be handed to it now.
    pub state: QueueState,
    /// Sessions that wait for an agent.
    pub waiting: Option<u32>,
    /// Since when the one that waits longest has waited; `None` when none does or nobody knows.
    pub longest_since: Option<Timestamp>,
    /// Sessions that are being offered to an agent.
    pub alerting: Option<u32>,
    /// Sessions with an agent.
    pub interacting: Option<u32>,
    /// The queue's members by what they do now.
    pub staff: Option<Staff>,
    /// Places for sessions among its on-queue agents.
    pub slots: Option<Slots>,
    /// Service level of the current half hour against its target.
    pub service_level: Option<ServiceLevel>,
    /// Whether a waiting session may be assigned to an agent past the routing.
    pub manual_assignment: bool,
    /// How long an agent is alerted before the session goes back.
    #[serde(rename = "alerting_seconds", serialize_with = "seconds")]
    pub alerting_timeout: Option<Duration>,
}

fn seconds<S: serde::Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    value.map(|d| d.as_secs()).serialize(to)
}

impl Queue {
    /// Taken places against all places among on-queue agents, in per cent.
    pub fn load(&self) -> Option<u32> {
        let slots = self.slots?;
        let taken = slots.capacity.saturating_sub(slots.free);
        let percent = u64::from(taken) * 100 / u64::from(slots.capacity.max(1));
        (slots.capacity > 0).then(|| u32::try_from(percent).unwrap_or(u32::MAX))
    }
}

/// Whether a queue takes sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueState {
    /// Takes sessions, and somebody is there to serve them.
    Open,
    /// Nobody on the queue has a free place.
    Full,
    /// Nobody is on the queue.
    Unstaffed,
    /// Its owner has closed it for now.
    Paused,
    /// It was there and is no longer listed.
    Missing,
    /// Not read yet.
    Unknown,
}

impl QueueState {
    /// The words of all of them.
    pub const WORDS: [&str; 6] = [
        Self::Open.word(),
        Self::Full.word(),
        Self::Unstaffed.word(),
        Self::Paused.word(),
        Self::Missing.word(),
        Self::Unknown.word(),
    ];

    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Full => "full",
            Self::Unstaffed => "unstaffed",
            Self::Paused => "paused",
            Self::Missing => "missing",
            Self::Unknown => "-",
        }
    }
}

/// The members of a queue, counted by routing status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Staff {
    /// On the queue, with nothing to do.
    pub idle: u32,
    /// On the queue, with a customer.
    pub interacting: u32,
    /// On the queue, but did not answer the last alert.
    pub not_responding: u32,
    /// On the queue, busy outside the routing.
    pub communicating: u32,
    /// Members who are not on the queue.
    pub off_queue: u32,
}

impl Staff {
    /// Members on the queue, whatever they do.
    pub fn on_queue(self) -> u32 {
        self.idle + self.interacting + self.not_responding + self.communicating
    }
}

/// Places for sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Slots {
    /// Places nobody sits in.
    pub free: u32,
    /// All places.
    pub capacity: u32,
}

/// How many sessions were answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ServiceLevel {
    /// Answered in time, of `answered`. Kept beside the ratio because ratios can't be averaged.
    pub in_time: u32,
    /// All that were answered.
    pub answered: u32,
    /// The goal, 0 to 1; unknown where the queue has none.
    pub target: Option<f64>,
}

impl ServiceLevel {
    /// The share answered in time, 0 to 1; `None` without traffic.
    pub fn ratio(self) -> Option<f64> {
        (self.answered > 0).then(|| f64::from(self.in_time) / f64::from(self.answered))
    }
}
