//! Who had a session before. A single read tells it by the participants, the slow source by its
//! segments; in between, whoever has it in one live answer and not in the next had it before.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    id::AgentId,
    session::{Session, SessionState},
};

/// What is read again and again counts as read at most so often: otherwise no two floors were equal.
const READ_HOLDS: Duration = Duration::from_secs(60);

/// Who had one session before, as far as that has been told.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The agent who had it last and has it no longer.
    pub last: Option<AgentId>,
    /// When that was read.
    pub read: Timestamp,
    /// Who has it, or had it when last anybody had.
    holder: Option<AgentId>,
    /// True if a live answer told; the slow source lags behind those.
    live: bool,
}

impl Earlier {
    /// Of a session of which nothing was told yet.
    pub fn unknown(now: Timestamp) -> Self {
        Self { last: None, read: now, holder: None, live: false }
    }

    /// Takes in what a live answer or a single read shows.
    pub fn see(&mut self, session: &Session, now: Timestamp) {
        let has = holder(session);
        let left = self.holder.clone().filter(|holder| has != Some(holder));
        if let Some(last) = session.last_agent.clone().or(left) {
            let old = now.duration_since(self.read)
                > SignedDuration::try_from(READ_HOLDS).unwrap_or_default();
            if old || self.last.as_ref() != Some(&last) {
                self.read = now;
            }
            (self.last, self.live) = (Some(last), true);
        }
        self.holder = has.cloned().or(self.holder.take());
    }

    /// Takes in what the slow source tells.
    pub fn learn(&mut self, session: &Session, now: Timestamp) {
        if !self.live {
            self.last = session.last_agent.clone().or(self.last.take());
            self.read = now;
        }
    }
}

/// Who has a session and not only its offer.
pub fn holder(session: &Session) -> Option<&AgentId> {
    let has = matches!(session.state, SessionState::Connected | SessionState::Parked);
    session.agent.as_ref().filter(|_| has)
}
