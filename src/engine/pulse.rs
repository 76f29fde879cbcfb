//! What is shown beside the floor: the connection, the budget, the store, what is kept and what is told.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::Ward;
use crate::domain::{
    audit::{Account, Finding},
    id::AgentId,
    inbox::Inbox,
    rights::Rights,
    stats::{Outcomes, Stats},
    text::Plain,
};

/// How the connection is.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Link {
    /// Nothing has been read yet.
    #[default]
    Connecting,
    /// Everything on screen is being kept fresh.
    Live,
    /// Something on screen is older than it should be.
    Stale {
        /// What fails, with a hint.
        reason: Plain,
    },
    /// Nothing can be read; the next try is at `at`.
    Retrying {
        /// When.
        at: Timestamp,
        /// What fails, with a hint.
        reason: Plain,
    },
}

/// The request budget (SPEC section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    /// Requests allowed in a minute.
    pub allowed: u32,
    /// Requests still free in this minute, by our own count corrected by the server's.
    pub left: u32,
    /// Requests sent in the last sixty seconds.
    pub spent: u32,
    /// The same by lane: the operator's acts, heartbeats, what is on screen, everything else.
    pub lanes: [u32; 5],
}

/// What is to be told to other systems, and how that goes (SPEC section 11).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// One for each target of the configuration.
    pub targets: Vec<Mailbox>,
}

/// How telling one system goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailbox {
    /// The target's name: `crm_handoff`, `crm_session`, `wfm`.
    pub name: &'static str,
    /// Its host; `None` where the configuration names no address, and nothing is told.
    pub host: Option<Plain>,
    /// What waits to be told.
    pub waiting: u64,
    /// Since when the oldest of it has waited.
    pub oldest: Option<Timestamp>,
    /// What was given up: it can be replayed.
    pub dead: u64,
    /// What was told since the start of this process.
    pub told: u64,
    /// How long telling took on average, in ms, since the start of this process.
    pub latency_ms: Option<f64>,
    /// Why the last try failed, where it did.
    pub trouble: Option<Plain>,
    /// When it is tried again, where something waits for that.
    pub again: Option<Timestamp>,
}

/// How signing the log's head goes, where `serve` does that (SPEC section 12).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anchored {
    /// Every place has a checkpoint of so many records; `None` before the first.
    pub size: Option<i64>,
    /// When a head was signed last.
    pub at: Option<Timestamp>,
    /// Why a place has not got the newest, or none is signed.
    pub trouble: Option<Plain>,
    /// The first record that was found not to be what was written: nothing is signed any more.
    pub bad: Option<Finding>,
}

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreHealth {
    /// The audit log's newest record.
    pub records: i64,
    /// Bytes that the store takes.
    pub bytes: Option<u64>,
    /// Bytes that are free beside it.
    pub free: Option<u64>,
    /// Why it can't be written, while it can't.
    pub trouble: Option<Plain>,
}

/// When each kind of thing was asked for that Genesys Cloud answered last; `None` before, and for what the
/// dialect has no route for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// The list of queues, and the names of skills and languages.
    pub directory: Option<Timestamp>,
    /// Counts and longest waits of the queues.
    pub queues: Option<Timestamp>,
    /// Sessions in queues, with agents and with bots.
    pub sessions: Option<Timestamp>,
    /// What agents do.
    pub agents: Option<Timestamp>,
    /// Service levels.
    pub levels: Option<Timestamp>,
    /// Names, skills and languages of agents.
    pub profiles: Option<Timestamp>,
    /// Places of agents.
    pub capacity: Option<Timestamp>,
    /// What only the slow source knows of sessions.
    pub details: Option<Timestamp>,
    /// What bots believe.
    pub intents: Option<Timestamp>,
}

impl Reads {
    /// When anything was answered last.
    pub fn newest(&self) -> Option<Timestamp> {
        let Self { directory, queues, sessions, agents, levels, .. } = *self;
        let Self { profiles, capacity, details, intents, .. } = *self;
        let all =
            [directory, queues, sessions, agents, levels, profiles, capacity, details, intents];
        all.into_iter().flatten().max()
    }
}

/// What the header shows besides the floor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pulse {
    /// How the connection is.
    pub link: Link,
    /// When the oldest of what is on screen was read; the age of the data counts from here.
    pub data_from: Option<Timestamp>,
    /// When each kind of thing was read last.
    pub read: Reads,
    /// Since when an answer is awaited that should have come by now; `None` while they come as they use to.
    pub awaited: Option<Timestamp>,
    /// The request budget.
    pub gauge: Gauge,
    /// The org's name.
    pub org: Option<Plain>,
    /// A call that waits before it is tried again, if one does.
    pub waiting: Option<Pause>,
    /// Whether the audit log can be written; while it can't, no handoff is sent.
    pub audit_trouble: Option<Plain>,
    /// How many sessions each agent was handed in the last [`super::SHIFT`], by everybody on this store.
    pub handed: Arc<HashMap<AgentId, u32>>,
    /// Supervised sessions; `None` before the store was looked at.
    pub ward: Option<Arc<Ward>>,
    /// What bots have asked for; `None` before the store was looked at.
    pub inbox: Option<Arc<Inbox>>,
    /// Where webhooks are taken in; `None` where they are not.
    pub intake: Option<Plain>,
    /// What other systems are told; `None` before the store was looked at.
    pub post: Option<Arc<Post>>,
    /// How the store is; `None` before it was looked at.
    pub store: Option<StoreHealth>,
    /// When the access token is replaced; `None` before there is one.
    pub token_until: Option<Timestamp>,
    /// How handoffs and sessions fared in the last [`super::SHIFT`], by everybody on this store; `None` before the
    /// store was looked at. Its span is that of the last change.
    pub figures: Option<Arc<Stats>>,
    /// How handoffs of this process have ended since its start.
    pub ended: Outcomes,
    /// How signing the log's head goes; `None` where nobody signs it.
    pub anchored: Option<Anchored>,
    /// What the OAuth client may do; `None` where that is not known.
    pub rights: Option<Arc<Rights>>,
    /// As whom things are done; `None` before there is an engine.
    pub me: Option<Me>,
    /// Why a sign-in that was renewed is known to this process alone, where it is.
    pub unkept: Option<Plain>,
}

/// As whom things are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Me {
    /// An OAuth client of its own, which no user stands behind.
    Client,
    /// A person who has signed in.
    Person(Account),
    /// Whoever a messaging gateway takes it for: it has no route for what a person does themselves.
    Gateway,
}

impl Pulse {
    /// True if there is news in `new`: not ages and counts of requests alone, which change all the time and
    /// are looked at every second by whoever shows them.
    pub fn differs(&self, new: &Self) -> bool {
        self.calm() != new.calm()
    }

    fn calm(&self) -> Self {
        let Gauge { allowed, left, .. } = self.gauge;
        let tenth = left.saturating_mul(10).checked_div(allowed).unwrap_or(0);
        Self {
            data_from: self.data_from.map(|_| Timestamp::UNIX_EPOCH),
            read: Reads::default(),
            gauge: Gauge { allowed, left: tenth, ..Gauge::default() },
            ..self.clone()
        }
    }
}

/// A call that waits before it is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// What will be tried again: a verb and its object.
    pub what: &'static str,
    /// When.
    pub until: Timestamp,
    /// Why it failed, with a hint.
    pub why: Plain,
}
