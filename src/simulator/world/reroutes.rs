//! Changes to what routing looks for in a session that waits, and the true record of each. Nobody is moved
//! by them: transfers do that.

use super::World;
use super::sessions::{Key, Session, Stage};
use super::transfers::Refusal;
use crate::simulator::stamp::Millis;

/// The true record of a change that was applied, with ids as the API knows them.
#[derive(Debug, Clone)]
pub(crate) struct Reroute {
    pub(crate) at: Millis,
    pub(crate) conversation: String,
    pub(crate) queue: Option<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) priority: i64,
}

/// What is to change; what is absent stays.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) priority: Option<i64>,
    pub(crate) skills: Option<Vec<usize>>,
    pub(crate) language: Option<usize>,
}

impl World {
    /// Changes what routing looks for, where the session waits.
    pub(crate) fn reroute(&mut self, key: Key, change: Change) -> Result<&Session, Refusal> {
        let now = self.now;
        let session = self.sessions.get_mut(&key).ok_or(Refusal::NoSuchConversation)?;
        if session.stage != Stage::Waiting {
            return Err(Refusal::NotWaiting);
        }
        session.priority = change.priority.unwrap_or(session.priority);
        if let Some(skills) = change.skills {
            session.skills = skills;
        }
        session.language = change.language.unwrap_or(session.language);
        session.changed = now;
        self.reroutes.push(Reroute {
            at: now,
            conversation: session.id.clone(),
            queue: session.queue.map(|queue| self.queues[queue].id.clone()),
            skills: session.skills.iter().map(|skill| self.skills[*skill].id.clone()).collect(),
            priority: session.priority,
        });
        Ok(session)
    }
}
