//! Routing: from a queue to an agent who can help, by skills and language and longest idle. Not handoffs
//! asked for from outside, although both alert the same way.

use super::World;
use super::agents::{Presence, RoutingStatus};
use super::lanes::{AlertEnd, Course, Happening, Lane};
use super::participants::{Disconnect, Purpose, SegmentKind};
use super::sessions::{Key, Stage};
use crate::simulator::stamp::Millis;

impl World {
    /// Puts a session in line: whoever held it leaves, an acd participant waits.
    pub(super) fn enter_queue(&mut self, key: Key, queue: usize, lane: Lane) {
        self.vacate(key, Disconnect::Transfer);
        let mut acd = self.party(lane, Purpose::Acd, SegmentKind::Interact);
        acd.queue = Some(queue);
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        session.seat(acd);
        if session.queue != Some(queue) {
            session.quiet_since = now;
        }
        (session.queue, session.agent, session.manual) = (Some(queue), None, false);
        session.enter(Stage::Waiting, now);
        let course = session.course;
        self.queues[queue].figures.offered(now);
        let long = self.life.chance(0.3);
        let wait = if long {
            self.wait(Lane::Life, 120.0, 900.0)
        } else {
            self.wait(Lane::Life, 8.0, 90.0)
        };
        self.life.after(wait, Happening::Attempt(key, course));
        self.time_quiet(key);
    }

    /// Whoever holds the session leaves it.
    pub(super) fn vacate(&mut self, key: Key, disconnect: Disconnect) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (holder, agent) = (session.holder, session.agent.take());
        let talked = matches!(session.stage, Stage::Connected | Stage::Parked);
        session.participants[holder].leave(disconnect, now);
        session.dismiss_listeners(now);
        if let Some(agent) = agent {
            self.release(agent, key);
            if talked {
                self.handled(key, holder);
            }
        }
    }

    /// Looks for an agent; tries again later when there is none, until the customer loses patience.
    pub(super) fn attempt(&mut self, key: Key, course: Course) {
        let Some(session) = self.sessions.get(&key).filter(|session| session.course == course)
        else {
            return;
        };
        let waited = self.now - session.since;
        let impatient = waited > session.patience && session.origin.is_floor();
        let moving = session.is_moving();
        if impatient && !moving {
            return self.close(key, Disconnect::Client, Disconnect::Peer);
        }
        let chosen = self.choose(key, waited > self.paced(90.0)).filter(|_| !moving);
        match chosen {
            Some(agent) => self.alert(key, agent, Lane::Life),
            None => {
                let again = self.wait(Lane::Life, 4.0, 12.0);
                self.life.after(again, Happening::Attempt(key, course));
            }
        }
    }

    /// The agent who has been idle longest among those who can; after a while skills are waived.
    fn choose(&self, key: Key, waive: bool) -> Option<usize> {
        let session = self.sessions.get(&key)?;
        let queue = session.queue?;
        let fits = |agent: &&usize| {
            let candidate = &self.agents[**agent];
            let joined =
                candidate.queues.iter().any(|(member, joined)| *member == queue && *joined);
            joined
                && candidate.is_free()
                && (waive
                    || (candidate.masters(&session.skills) && candidate.speaks(session.language)))
        };
        let longest_idle =
            |agent: &&usize| (self.agents[**agent].active.len(), self.agents[**agent].status_since);
        self.queues[queue].members.iter().filter(fits).min_by_key(longest_idle).copied()
    }

    /// Rings an agent. The waiting participant leaves; an agent participant alerts.
    pub(super) fn alert(&mut self, key: Key, agent: usize, lane: Lane) {
        self.vacate(key, Disconnect::Transfer);
        let mut party = self.party(lane, Purpose::Agent, SegmentKind::Alert);
        party.agent = Some(agent);
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        party.queue = session.queue;
        session.seat(party);
        session.agent = Some(agent);
        session.enter(Stage::Alerting, now);
        let (course, queue) = (session.course, session.queue);
        self.agents[agent].active.push(key);
        self.settle(agent);
        let timeout = self.paced(f64::from(self.alerting_seconds(queue)));
        let (end, after) = self.foresee(agent, lane, timeout);
        self.lane(lane).after(after, Happening::AlertEnds(key, course, end));
    }

    /// How long an alert rings, in seconds.
    pub(crate) fn alerting_seconds(&self, queue: Option<usize>) -> u32 {
        queue.and_then(|queue| self.queues.get(queue)).map_or(20, |queue| queue.alerting_seconds)
    }

    /// How this agent is going to react, and when.
    fn foresee(&mut self, agent: usize, lane: Lane, timeout: Millis) -> (AlertEnd, Millis) {
        let scripted = if lane == Lane::Moves { self.script.answer() } else { None };
        let end = scripted.unwrap_or_else(|| self.mood(agent, lane));
        // An agent who was told to expect a handoff is quicker than one whom routing surprises.
        let longest = if lane == Lane::Moves { 4.0 } else { 14.0 };
        let after = self.wait(lane, 1.0, longest).min(timeout);
        (end, if end == AlertEnd::NotAnswered { timeout } else { after })
    }

    /// What an agent makes of an alert, by presence and temper.
    fn mood(&mut self, agent: usize, lane: Lane) -> AlertEnd {
        let (presence, status) = (self.agents[agent].presence, self.agents[agent].status);
        let absent = match status {
            _ if presence == Presence::Offline => 1.0,
            RoutingStatus::OffQueue | RoutingStatus::NotResponding => 0.5,
            RoutingStatus::Idle | RoutingStatus::Interacting => 0.06,
        };
        let (away, refuses) = (self.lane(lane).chance(absent), self.lane(lane).chance(0.07));
        match (away, refuses) {
            (true, _) => AlertEnd::NotAnswered,
            (false, true) => AlertEnd::Refused,
            (false, false) => AlertEnd::Accepted,
        }
    }

    pub(super) fn alert_ends(&mut self, key: Key, course: Course, end: AlertEnd) {
        let Some(session) = self.sessions.get(&key).filter(|session| session.course == course)
        else {
            return;
        };
        let Some(agent) = session.agent else { return };
        let lane = if session.is_moving() { Lane::Moves } else { Lane::Life };
        match end {
            AlertEnd::Accepted => self.answer(key),
            AlertEnd::Refused => self.turn_back(key, Disconnect::Client, lane),
            AlertEnd::NotAnswered => {
                self.turn_back(key, Disconnect::NoAnswer, lane);
                self.miss(agent, lane);
            }
        }
        self.settle_move(key, end);
    }

    /// The alerted agent did not take it: back in line where it came from, or with everybody else.
    fn turn_back(&mut self, key: Key, how: Disconnect, lane: Lane) {
        let queue = self.sessions.get(&key).and_then(|session| session.queue);
        let now = self.now;
        if let Some(queue) = queue {
            self.queues[queue].figures.unanswered(now);
        }
        self.vacate(key, how);
        self.enter_queue(key, queue.unwrap_or(super::queues::GENERAL), lane);
    }
}
