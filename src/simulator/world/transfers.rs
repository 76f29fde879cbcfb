//! Handoffs asked for from outside: what may be moved where, the course of a move, and the true record of
//! each. Not the world's own routing.
//!
//! ```text
//! accepted (Pending) ─▶ to an agent: alerting (Active) ─▶ accepted (Complete)
//!                  │                                  ├─▶ refused (Failed) ────▶ back in line
//!                  │                                  └─▶ timed_out (Timeout) ─▶ back in line
//!                  └──▶ to a queue: waiting (Complete)
//! ```
//! Whose client rings may be replaced in turn: that ends the move under way (Canceled, `recalled`) and
//! begins another. Nothing published says whether the real platform allows that.

use std::collections::VecDeque;

use serde_json::Value;

use super::World;
use super::lanes::{AlertEnd, Happening, Lane};
use super::participants::{Purpose, State};
use super::sessions::{Key, Session, Stage};
use crate::simulator::stamp::Millis;

/// Where a session is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Agent(usize),
    Queue(usize),
}

/// Why a handoff is refused at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSuchConversation,
    NoSuchParticipant,
    AlreadyMoving,
    NotConnected,
    NotServing,
    SameParty,
    NotWaiting,
    NoManualAssignment,
}

/// The state of a transfer as the API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Pending,
    Active,
    Complete,
    Canceled,
    Failed,
    Timeout,
}

impl Progress {
    pub(crate) fn name(self) -> &'static str {
        ["Pending", "Active", "Complete", "Canceled", "Failed", "Timeout"][self as usize]
    }
}

/// A transfer as the conversation shows it.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: String,
    pub(crate) progress: Progress,
    pub(crate) issued: Millis,
    pub(crate) target: Target,
}

/// What is under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    target: Target,
    handoff: usize,
    transfer: usize,
}

/// What became of a handoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Queued,
    Accepted,
    Refused,
    TimedOut,
    Abandoned,
    Recalled,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        ["queued", "accepted", "refused", "timed_out", "abandoned", "recalled"][self as usize]
    }
}

/// How the agents answer handoffs, where a test must know beforehand.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The next answers, one for each alert.
    pub(crate) next: VecDeque<AlertEnd>,
    /// Every answer after those; `None` leaves it to the agents.
    pub(crate) always: Option<AlertEnd>,
}

impl Script {
    pub(super) fn answer(&mut self) -> Option<AlertEnd> {
        self.next.pop_front().or(self.always)
    }
}

/// One end of a handoff, by kind and id.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
}

/// The true record of a handoff that was applied.
#[derive(Debug, Clone)]
pub(crate) struct Handoff {
    pub(crate) at: Millis,
    pub(crate) conversation: String,
    pub(crate) participant: String,
    pub(crate) operation: &'static str,
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) settled: Option<Millis>,
    /// What was sent besides, exactly as sent.
    pub(crate) context: Option<Value>,
}

/// The API shows the last so many transfers.
const SHOWN: usize = 20;

impl World {
    /// Asks to replace a participant by an agent or a queue.
    pub(crate) fn replace(
        &mut self,
        key: Key,
        participant: &str,
        target: Target,
        operation: &'static str,
    ) -> Result<(), Refusal> {
        let session = self.sessions.get(&key).ok_or(Refusal::NoSuchConversation)?;
        let party = session
            .participants
            .iter()
            .position(|party| party.id == participant)
            .ok_or(Refusal::NoSuchParticipant)?;
        let recalls = session.rings_at(party);
        if session.is_moving() && !recalls {
            return Err(Refusal::AlreadyMoving);
        }
        session.may_be_replaced(party, target)?;
        if recalls {
            self.note_progress(key, Progress::Canceled, Some(Outcome::Recalled));
        }
        self.start_move(key, target, operation);
        Ok(())
    }

    /// Offers a waiting session to an agent by hand.
    pub(crate) fn assign(&mut self, key: Key, agent: usize) -> Result<(), Refusal> {
        let session = self.sessions.get(&key).ok_or(Refusal::NoSuchConversation)?;
        let queue =
            session.queue.filter(|_| session.stage == Stage::Waiting).ok_or(Refusal::NotWaiting)?;
        if session.is_moving() {
            return Err(Refusal::AlreadyMoving);
        }
        if !self.queues[queue].manual_assignment {
            return Err(Refusal::NoManualAssignment);
        }
        self.start_move(key, Target::Agent(agent), "assign");
        if let Some(session) = self.sessions.get_mut(&key) {
            session.manual = true;
        }
        Ok(())
    }

    fn start_move(&mut self, key: Key, target: Target, operation: &'static str) {
        let now = self.now;
        let id = self.moves.id();
        let delay = self.wait(Lane::Moves, 0.2, 0.8);
        let to = self.place(target);
        let Some(session) = self.sessions.get(&key) else { return };
        let (conversation, participant) = (session.id.clone(), session.holder().id.clone());
        let from = self.seat_of(session);
        self.handoffs.push(Handoff {
            at: now,
            conversation,
            participant,
            operation,
            from,
            to,
            outcome: None,
            settled: None,
            context: None,
        });
        let handoff = self.handoffs.len() - 1;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        session.transfers.push(Transfer { id, progress: Progress::Pending, issued: now, target });
        if session.transfers.len() > SHOWN {
            session.transfers.remove(0);
        }
        let transfer = session.transfers.len() - 1;
        session.moving = Some(Move { target, handoff, transfer });
        session.changed = now;
        self.moves.after(delay, Happening::Move(key, handoff));
    }

    fn place(&self, target: Target) -> Place {
        match target {
            Target::Agent(agent) => Place { kind: "agent", id: self.agents[agent].id.clone() },
            Target::Queue(queue) => Place { kind: "queue", id: self.queues[queue].id.clone() },
        }
    }

    fn seat_of(&self, session: &Session) -> Place {
        match (session.stage, session.agent, session.queue) {
            (Stage::Bot, ..) => Place { kind: "bot", id: self.flows[session.flow].id.clone() },
            (_, Some(agent), _) => self.place(Target::Agent(agent)),
            (_, None, Some(queue)) => self.place(Target::Queue(queue)),
            (_, None, None) => Place { kind: "none", id: String::new() },
        }
    }

    /// The move asked for begins: the old participant leaves, the new one rings or waits.
    pub(super) fn begin_move(&mut self, key: Key, handoff: usize) {
        let now = self.now;
        let Some(session) = self.sessions.get(&key) else { return };
        let Some(course) = session.moving.filter(|course| course.handoff == handoff) else {
            return;
        };
        if let Some(queue) = session.queue {
            self.queues[queue].figures.transferred(now);
        }
        match course.target {
            Target::Agent(agent) => {
                self.note_progress(key, Progress::Active, None);
                self.alert(key, agent, Lane::Moves);
            }
            Target::Queue(queue) => {
                self.enter_queue(key, queue, Lane::Moves);
                self.note_progress(key, Progress::Complete, Some(Outcome::Queued));
            }
        }
    }

    pub(super) fn settle_move(&mut self, key: Key, end: AlertEnd) {
        match end {
            AlertEnd::Accepted => {
                self.note_progress(key, Progress::Complete, Some(Outcome::Accepted))
            }
            AlertEnd::Refused => self.note_progress(key, Progress::Failed, Some(Outcome::Refused)),
            AlertEnd::NotAnswered => {
                self.note_progress(key, Progress::Timeout, Some(Outcome::TimedOut))
            }
        }
    }

    /// The session ended before the move did.
    pub(super) fn settle_move_on_close(&mut self, key: Key) {
        self.note_progress(key, Progress::Canceled, Some(Outcome::Abandoned));
    }

    fn note_progress(&mut self, key: Key, progress: Progress, outcome: Option<Outcome>) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(current) = session.moving else { return };
        if let Some(transfer) = session.transfers.get_mut(current.transfer) {
            transfer.progress = progress;
        }
        session.changed = now;
        let Some(outcome) = outcome else { return };
        session.moving = None;
        if let Some(handoff) = self.handoffs.get_mut(current.handoff) {
            (handoff.outcome, handoff.settled) = (Some(outcome), Some(now));
        }
    }
}

impl Session {
    /// Whether a handoff asked for from outside rings at this participant's.
    fn rings_at(&self, party: usize) -> bool {
        let active = |course: &Move| {
            self.transfers.get(course.transfer).is_some_and(|t| t.progress == Progress::Active)
        };
        party == self.holder
            && self.stage == Stage::Alerting
            && self.moving.as_ref().is_some_and(active)
    }

    /// Where it is being moved to.
    pub(crate) fn bound_for(&self) -> Option<Target> {
        self.moving.map(|course| course.target)
    }

    fn may_be_replaced(&self, party: usize, target: Target) -> Result<(), Refusal> {
        let participant = &self.participants[party];
        if matches!(participant.purpose, Purpose::Customer | Purpose::Supervisor) {
            return Err(Refusal::NotServing);
        }
        let there = matches!(participant.state, State::Connected | State::Parked);
        if !there && !self.rings_at(party) {
            return Err(Refusal::NotConnected);
        }
        match target {
            Target::Agent(agent) if self.agent == Some(agent) => Err(Refusal::SameParty),
            Target::Queue(queue) if self.stage == Stage::Waiting && self.queue == Some(queue) => {
                Err(Refusal::SameParty)
            }
            Target::Agent(_) | Target::Queue(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scope, Shape};
    use super::*;
    use crate::simulator::cast::Cast;

    #[test]
    fn under_a_storm_of_handoffs_every_session_keeps_exactly_one_who_serves_it() {
        let shape = Shape { queues: 12, agents: 60, sessions: 60, speed: 1.0 };
        let mut world = World::new(5, shape, Cast::load().unwrap(), 1_800_000_000_000);
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..600 {
            let open: Vec<Key> = world.open_sessions().map(|session| session.key).collect();
            let key = open[rng.usize(0..open.len())];
            let party = world.sessions[&key].holder().id.clone();
            let target = match rng.bool() {
                true => Target::Agent(rng.usize(0..60)),
                false => Target::Queue(rng.usize(0..12)),
            };
            let before = world.handoffs.len();
            let applied = world.replace(key, &party, target, "replace").is_ok();
            assert_eq!(world.handoffs.len() - before, usize::from(applied));
            world.advance(rng.i64(0..3_000), Scope::Everything);
            for session in world.open_sessions() {
                let serving =
                    session.participants.iter().skip(1).filter(|party| party.end.is_none());
                assert_eq!(serving.count(), 1, "{session:?}");
            }
        }
        world.advance(120_000, Scope::Everything);
        let pending = world.handoffs.iter().filter(|handoff| handoff.outcome.is_none()).count();
        assert_eq!(pending, 0, "every handoff is settled in the end");
    }
}
