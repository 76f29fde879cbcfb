//! Agents: what they can do, where they belong, what they are doing. Not which session they get: routing.

use super::World;
use super::lanes::{Happening, Lane};
use super::sessions::Key;
use crate::simulator::stamp::Millis;

/// What an agent's presence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    OnQueue,
    Available,
    Away,
    Break,
    Meal,
    Meeting,
    Training,
    Busy,
    Offline,
}

impl Presence {
    pub(crate) const ALL: [Self; 9] = [
        Self::OnQueue,
        Self::Available,
        Self::Away,
        Self::Break,
        Self::Meal,
        Self::Meeting,
        Self::Training,
        Self::Busy,
        Self::Offline,
    ];

    /// As analytics spells it.
    pub(crate) fn analytics(self) -> &'static str {
        ["ON_QUEUE", "AVAILABLE", "AWAY", "BREAK", "MEAL", "MEETING", "TRAINING", "BUSY", "OFFLINE"]
            [self as usize]
    }

    /// As the user resource spells it.
    pub(crate) fn user(self) -> &'static str {
        ["On Queue", "Available", "Away", "Break", "Meal", "Meeting", "Training", "Busy", "Offline"]
            [self as usize]
    }

    /// Three in five are on queue, as on a real floor in the afternoon.
    pub(super) fn draw(rng: &mut fastrand::Rng) -> Self {
        match rng.u32(0..100) {
            0..60 => Self::OnQueue,
            60..70 => Self::Available,
            70..75 => Self::Away,
            75..79 => Self::Break,
            79..83 => Self::Meal,
            83..87 => Self::Meeting,
            87..89 => Self::Training,
            89..92 => Self::Busy,
            _ => Self::Offline,
        }
    }
}

/// What routing thinks of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoutingStatus {
    OffQueue,
    Idle,
    Interacting,
    NotResponding,
}

impl RoutingStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OffQueue => "OFF_QUEUE",
            Self::Idle => "IDLE",
            Self::Interacting => "INTERACTING",
            Self::NotResponding => "NOT_RESPONDING",
        }
    }
}

/// A person who takes sessions.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) department: String,
    pub(crate) title: String,
    /// Skill and proficiency 0 to 5.
    pub(crate) skills: Vec<(usize, f64)>,
    pub(crate) languages: Vec<(usize, f64)>,
    /// How many message sessions at a time.
    pub(crate) capacity: usize,
    /// The capacity is the organisation's default and not the agent's own.
    pub(crate) inherits_capacity: bool,
    /// Queues, and whether the agent has joined each.
    pub(crate) queues: Vec<(usize, bool)>,
    pub(crate) presence: Presence,
    pub(crate) presence_since: Millis,
    pub(crate) status: RoutingStatus,
    pub(crate) status_since: Millis,
    /// Alerting and connected sessions.
    pub(crate) active: Vec<Key>,
    /// Sessions being wrapped up.
    pub(crate) wrapping: Vec<Key>,
    pub(super) missed: bool,
}

impl Agent {
    /// Whether routing may offer this agent one more session.
    pub(crate) fn is_free(&self) -> bool {
        let routable = matches!(self.status, RoutingStatus::Idle | RoutingStatus::Interacting);
        routable && self.active.len() + self.wrapping.len() < self.capacity
    }

    pub(super) fn speaks(&self, language: usize) -> bool {
        self.languages.iter().any(|(known, _)| *known == language)
    }

    pub(super) fn masters(&self, skills: &[usize]) -> bool {
        skills
            .iter()
            .all(|skill| self.skills.iter().any(|(known, level)| known == skill && *level > 0.0))
    }

    fn due_status(&self) -> RoutingStatus {
        match self {
            _ if self.presence != Presence::OnQueue => RoutingStatus::OffQueue,
            _ if self.missed => RoutingStatus::NotResponding,
            _ if self.active.is_empty() => RoutingStatus::Idle,
            _ => RoutingStatus::Interacting,
        }
    }
}

impl World {
    /// Brings an agent's routing status in line with what the agent is doing.
    pub(super) fn settle(&mut self, agent: usize) {
        let now = self.now;
        if let Some(agent) = self.agents.get_mut(agent) {
            let status = agent.due_status();
            if agent.status != status {
                (agent.status, agent.status_since) = (status, now);
            }
        }
    }

    pub(super) fn change_presence(&mut self, index: usize) {
        let next = Presence::draw(&mut self.life.rng);
        let now = self.now;
        if let Some(agent) = self.agents.get_mut(index)
            && agent.presence != next
        {
            (agent.presence, agent.presence_since, agent.missed) = (next, now, false);
        }
        self.settle(index);
        let until = self.wait(Lane::Life, 300.0, 3600.0);
        self.life.after(until, Happening::Presence(index));
    }

    /// An agent who let an alert pass is not offered anything until they say they are back.
    pub(super) fn miss(&mut self, index: usize, lane: Lane) {
        if let Some(agent) = self.agents.get_mut(index) {
            agent.missed = agent.presence == Presence::OnQueue;
        }
        self.settle(index);
        let until = self.wait(lane, 30.0, 150.0);
        self.lane(lane).after(until, Happening::Recover(index));
    }

    pub(super) fn recover(&mut self, index: usize) {
        if let Some(agent) = self.agents.get_mut(index) {
            agent.missed = false;
        }
        self.settle(index);
    }

    /// Takes a session off an agent's desk.
    pub(super) fn release(&mut self, index: usize, key: Key) {
        if let Some(agent) = self.agents.get_mut(index) {
            agent.active.retain(|active| *active != key);
        }
        self.settle(index);
    }

    pub(super) fn wrapped_up(&mut self, index: usize, key: Key) {
        let now = self.now;
        if let Some(agent) = self.agents.get_mut(index) {
            agent.wrapping.retain(|wrapping| *wrapping != key);
        }
        if let Some(session) = self.sessions.get_mut(&key) {
            session.finish_wrapup(index, now);
        }
    }
}
