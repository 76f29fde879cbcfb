//! What is read to keep a floor: the feeds, what they are asked, and what they answer.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use foldhash::quality::FixedState;

use jiff::Timestamp;

use crate::domain::{
    agent::{AgentLanguage, AgentSkill, Presence, RoutingStatus},
    id::{AgentId, FlowId, LanguageId, QueueId, SessionId, SkillId},
    queue::{QueueState, ServiceLevel, Slots, Staff},
    session::Session,
    text::Plain,
};

/// One kind of read that keeps the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feed {
    /// The org, its queues, the names of skills and languages.
    Directory,
    /// Sessions in queues and with agents.
    Sessions,
    /// Sessions that bots hold.
    Bots,
    /// Counts and longest waits of the queues.
    Queues,
    /// What every agent does.
    Agents,
    /// Service levels of the current half hour.
    Levels,
    /// Names, skills and languages of agents.
    Profiles,
    /// How many sessions an agent may hold.
    Capacity,
    /// Guests, channels and transfers of sessions that have just come.
    Newcomers,
    /// All open sessions, from the slow but complete source.
    Reconcile,
    /// What bots believe, and how surely.
    Intents,
}

/// How often a feed is read, and what that is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one read to the next.
    pub every: Duration,
    /// Live feeds are what the screen shows; the others wait until the live ones have had theirs.
    pub live: bool,
}

/// What is known, and what is wanted next.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The wall clock.
    pub now: Timestamp,
    /// All queues.
    pub queues: Arc<[QueueId]>,
    /// Bot flows that have held a session lately, in the order they are to be asked.
    pub flows: Vec<FlowId>,
    /// Agents whose profile or capacity is wanted, most urgent first.
    pub agents: Vec<AgentId>,
    /// Sessions of whom little is known.
    pub newcomers: Vec<SessionId>,
    /// Sessions that somebody has named: all there are for a dialect that can't list them.
    pub watched: Vec<SessionId>,
    /// The page of a listing that is read page by page, from 1.
    pub page: u32,
    /// What this feed was answered last, if whoever asks has kept what that said.
    pub seen: Seen,
}

/// What a feed was answered last, so that answers which are the same again need not be taken apart: by
/// night, or on a quiet floor, nearly all are. With it what was asked, which is the same for as long as the
/// queues are.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    answered: Arc<AtomicU64>,
    asked: Arc<OnceLock<Vec<Vec<u8>>>>,
}

/// Answers told from others by 64 bits of them: one change in 10^19 would be missed until the next.
#[derive(Clone, Copy, Debug)]
pub struct Print(u64);

impl Print {
    /// Of these bodies, in their order.
    pub fn of<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut hasher = FixedState::default().build_hasher();
        for body in bodies {
            hasher.write_usize(body.len());
            hasher.write(body);
        }
        // 0 stands for nothing.
        Self(hasher.finish() | 1)
    }
}

impl Seen {
    /// True if that is what was answered last.
    pub fn is(&self, print: Print) -> bool {
        self.answered.load(Ordering::Relaxed) == print.0
    }

    /// Forgets it: what comes now is not all there is.
    pub fn forget(&self) {
        self.answered.store(0, Ordering::Relaxed);
    }

    /// Keeps what has been read to its end.
    pub fn keep(&self, print: Print) {
        self.answered.store(print.0, Ordering::Relaxed);
    }

    /// The bodies of the questions, put together when they are asked for the first time.
    pub fn questions(&self, put: impl FnOnce() -> Vec<Vec<u8>>) -> &[Vec<u8>] {
        self.asked.get_or_init(put)
    }
}

/// What one read says of the floor.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// The org and its directory. Replaces all.
    Directory(Directory),
    /// All sessions in queues and with agents. Replaces all.
    Sessions(Vec<Session>),
    /// All sessions that bots hold. Replaces all.
    Bots(Vec<Session>),
    /// The counts of every queue. Replaces all.
    Queues(HashMap<QueueId, QueueCounts>),
    /// What some queues say of themselves. Adds.
    QueueStates(HashMap<QueueId, QueueCounts>),
    /// The state of every member of a queue. Replaces all.
    Agents(Vec<AgentState>),
    /// As `Agents`, with the names of those who have one: all that is known until the profile is read.
    Members {
        /// The states.
        agents: Vec<AgentState>,
        /// The names.
        names: HashMap<AgentId, Plain>,
    },
    /// Service levels; queues without traffic are absent. Replaces all.
    Levels(HashMap<QueueId, ServiceLevel>),
    /// Profiles of some agents. Adds.
    Profiles(Vec<Profile>),
    /// The capacity of one agent. Adds.
    Capacity {
        /// Whose.
        agent: AgentId,
        /// How many messaging sessions at once.
        capacity: Option<u32>,
        /// True if that is the org's default rather than the agent's own.
        inherited: bool,
    },
    /// What a slow source knows of some sessions. Adds.
    Histories {
        /// One for each session.
        of: Vec<Session>,
        /// Which sessions were asked for.
        scope: Scope,
    },
    /// What bots believe of some sessions. Adds.
    Intents(HashMap<SessionId, Intent>),
    /// What the last answers to this feed said ([`Ask::seen`]).
    Same,
}

/// Which sessions were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Some, by id.
    Some,
    /// A page of all open ones, and another may follow.
    Page,
    /// The last page of all open ones.
    LastPage,
}

/// The org and what its ids mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    /// The org's name.
    pub org: Option<Plain>,
    /// Its queues.
    pub queues: Vec<QueueFacts>,
    /// Names of skills by id.
    pub skills: HashMap<SkillId, Plain>,
    /// Names of languages by id.
    pub languages: HashMap<LanguageId, Plain>,
    /// What could not be read, and why.
    pub gaps: Vec<Plain>,
}

/// What rarely changes of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueFacts {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: Plain,
    /// Whether a waiting session may be assigned past the routing.
    pub manual_assignment: bool,
    /// How long an agent is alerted.
    pub alerting_timeout: Option<Duration>,
    /// The service level it aims at, 0 to 1.
    pub service_target: Option<f64>,
}

/// What changes all the time of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueCounts {
    /// Sessions that wait.
    pub waiting: Option<u32>,
    /// Sessions on offer.
    pub alerting: Option<u32>,
    /// Sessions with an agent.
    pub interacting: Option<u32>,
    /// Since when the one that waits longest has waited.
    pub longest_since: Option<Timestamp>,
    /// Its members by status, where the read tells.
    pub staff: Option<Staff>,
    /// What the org itself says of its state; `None` where it is to be derived.
    pub told: Option<QueueState>,
    /// Its places, where the org counts them.
    pub slots: Option<Slots>,
}

impl QueueCounts {
    /// Nothing to count: what an answer means that leaves a queue out.
    pub const NONE: Self =
        Self { waiting: Some(0), alerting: Some(0), interacting: Some(0), ..Self::UNKNOWN };

    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        waiting: None,
        alerting: None,
        interacting: None,
        longest_since: None,
        staff: None,
        told: None,
        slots: None,
    };
}

/// What one agent does.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentState {
    /// Who.
    pub id: AgentId,
    /// Says of himself or herself.
    pub presence: Option<Presence>,
    /// Routing says.
    pub routing: Option<RoutingStatus>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The queues the agent has joined.
    pub queues: Vec<QueueId>,
}

/// What rarely changes of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Who.
    pub id: AgentId,
    /// The name.
    pub name: Plain,
    /// Skills for routing; `None` where the org does not tell.
    pub skills: Option<Vec<AgentSkill>>,
    /// Languages for routing; `None` where the org does not tell.
    pub languages: Option<Vec<AgentLanguage>>,
}

/// What a bot believes of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// What the customer wants.
    pub name: Option<Plain>,
    /// How surely, 0 to 1.
    pub confidence: Option<f64>,
    /// When the bot said so.
    pub at: Timestamp,
}
