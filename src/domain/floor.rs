//! One consistent picture of queues, agents and sessions.
//!
//! A floor never changes: the engine builds a new one when something differs, and everybody who
//! looks at it holds the same picture. Order is by id, so two equal worlds make two equal floors.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    agent::{Agent, RoutingStatus},
    figures::Figures,
    id::{AgentId, QueueId, SessionId},
    queue::Queue,
    session::{Session, SessionState},
};

/// The picture. Things are found by id; a row number means nothing from one floor to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floor {
    /// All queues, by id.
    pub queues: Vec<Queue>,
    /// All agents who are members of a queue, by id.
    pub agents: Vec<Agent>,
    /// All open messaging sessions, by id.
    pub sessions: Vec<Session>,
    /// The sums.
    pub figures: Figures,
    /// What is still being read.
    pub loading: Loading,
    index: Index,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Index {
    queues: HashMap<QueueId, usize>,
    agents: HashMap<AgentId, usize>,
    sessions: HashMap<SessionId, usize>,
}

/// How much of what only has to be read once has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Loading {
    /// Whether each kind of row has been read at all: before, an empty list means nothing.
    pub queues_known: bool,
    /// As `queues_known`, for agents.
    pub agents_known: bool,
    /// As `queues_known`, for sessions.
    pub sessions_known: bool,
    /// Agents whose name, skills and languages are known.
    pub profiles: usize,
    /// Agents on the floor.
    pub agents: usize,
}

impl Floor {
    /// Puts the rows in order, counts them and makes them findable.
    pub fn new(
        mut queues: Vec<Queue>,
        mut agents: Vec<Agent>,
        mut sessions: Vec<Session>,
        loading: Loading,
    ) -> Self {
        queues.sort_by(|a, b| a.id.cmp(&b.id));
        agents.sort_by(|a, b| a.id.cmp(&b.id));
        sessions.sort_by(|a, b| a.id.cmp(&b.id));
        let index = Index {
            queues: queues.iter().enumerate().map(|(i, q)| (q.id.clone(), i)).collect(),
            agents: agents.iter().enumerate().map(|(i, a)| (a.id.clone(), i)).collect(),
            sessions: sessions.iter().enumerate().map(|(i, s)| (s.id.clone(), i)).collect(),
        };
        let figures = figures(&queues, &agents, &sessions);
        Self { queues, agents, sessions, figures, loading, index }
    }

    /// The queue with this id.
    pub fn queue(&self, id: &QueueId) -> Option<&Queue> {
        self.index.queues.get(id).and_then(|&i| self.queues.get(i))
    }

    /// The agent with this id.
    pub fn agent(&self, id: &AgentId) -> Option<&Agent> {
        self.index.agents.get(id).and_then(|&i| self.agents.get(i))
    }

    /// The session with this id.
    pub fn session(&self, id: &SessionId) -> Option<&Session> {
        self.index.sessions.get(id).and_then(|&i| self.sessions.get(i))
    }
}

fn figures(queues: &[Queue], agents: &[Agent], sessions: &[Session]) -> Figures {
    let in_state = |state| count(sessions.iter().filter(|s| s.state == state));
    let waiting_since = |s: &Session| s.since.filter(|_| s.state == SessionState::Waiting);
    Figures {
        waiting: in_state(SessionState::Waiting),
        longest_since: sessions.iter().filter_map(waiting_since).min(),
        bots: in_state(SessionState::Bot),
        connected: in_state(SessionState::Connected),
        on_queue: count(agents.iter().filter(|a| a.on_queue() == Some(true))),
        idle: count(agents.iter().filter(|a| a.routing == Some(RoutingStatus::Idle))),
        service_level: service_level(queues),
    }
}

/// Numerators and denominators are added: the mean of ratios would let a quiet queue outweigh a
/// busy one.
fn service_level(queues: &[Queue]) -> Option<f64> {
    let (in_time, answered) = queues
        .iter()
        .filter_map(|q| q.service_level)
        .fold((0, 0), |(i, a), s| (i + u64::from(s.in_time), a + u64::from(s.answered)));
    #[expect(clippy::cast_precision_loss, reason = "counts of half an hour are far below 2^52")]
    (answered > 0).then(|| in_time as f64 / answered as f64)
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// How long ago `since` was, in whole seconds; 0 for a moment in the future (clocks differ).
pub fn seconds_since(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.as_second() - since.as_second()).unwrap_or(0)
}
