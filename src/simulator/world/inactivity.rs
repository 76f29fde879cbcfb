//! The inactivity timer of a queue: it counts from the last message of customer or agent, bots aside, and
//! ends the session (`inactivity`). A parked session does not count; who comes into a queue, or back
//! from being parked, starts anew. Before the floor is shown nobody is lost to it: the crowd that a seed
//! gives does not depend on this timer. Not the life of a guest's thread and not a gateway's heartbeats.

use super::World;
use super::lanes::{Happening, Lane};
use super::participants::Disconnect;
use super::sessions::{Key, Session, Stage};
use crate::simulator::stamp::Millis;

/// In seconds: how long a timer waits that finds a handoff under way.
const PATIENCE: f64 = 1.0;

impl World {
    /// When the queue's timer ends the session, unless somebody says something.
    pub(crate) fn quiet_deadline(&self, session: &Session) -> Option<Millis> {
        let counts = matches!(session.stage, Stage::Waiting | Stage::Alerting | Stage::Connected);
        let most = self.quiet_most(session).filter(|_| counts)?;
        Some(session.quiet_since + most)
    }

    /// How long a session may be quiet, where its queue's timer is on.
    fn quiet_most(&self, session: &Session) -> Option<Millis> {
        let queue = session.queue.filter(|_| session.end.is_none())?;
        Some(self.paced(f64::from(self.queues[queue].inactivity_seconds?)))
    }

    /// Sets the timer, once.
    pub(super) fn time_quiet(&mut self, key: Key) {
        let Some(session) = self.sessions.get(&key).filter(|session| !session.timed) else {
            return;
        };
        let Some(most) = self.quiet_most(session) else { return };
        let wait = self.quiet_deadline(session).map_or(most, |deadline| deadline - self.now);
        // What was opened from outside has its timers also where the floor stands still.
        let lane = if session.origin.is_floor() { Lane::Life } else { Lane::Moves };
        if let Some(session) = self.sessions.get_mut(&key) {
            session.timed = true;
        }
        let wait = wait.max(self.paced(PATIENCE));
        self.lane(lane).after(wait, Happening::Quiet(key));
    }

    /// The timer went off: it is time, or it is set anew.
    pub(super) fn quiet(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        session.timed = false;
        let moving = session.is_moving();
        let session = &self.sessions[&key];
        let now = self.now;
        let due = self.quiet_deadline(session).is_some_and(|deadline| deadline <= now);
        match self.sessions.get_mut(&key).filter(|_| due && !moving) {
            Some(session) if !self.shown => session.quiet_since = now,
            Some(_) => return self.close(key, Disconnect::Inactivity, Disconnect::Inactivity),
            None => {}
        }
        self.time_quiet(key);
    }
}
