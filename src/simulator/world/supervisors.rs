//! Supervisors: who signs in as a person, and what they do in sessions themselves. They are on no queue, so
//! routing offers them nothing. Not how they sign in.
//!
//! Who listens in takes part and is heard by nobody; it ends with the part of the agent who is listened to.

use super::World;
use super::agents::{Agent, Presence, RoutingStatus};
use super::lanes::Lane;
use super::participants::{Disconnect, Purpose, SegmentKind, State};
use super::sessions::{Key, Session, Stage, Words};
use crate::simulator::persons::Who;
use crate::simulator::stamp::Millis;

/// Who there is: the one who signs in, and a colleague.
const PEOPLE: [(&str, &str, &str); 2] = [
    ("5c1f0e6a-7d2b-4b7e-9a51-0f4f5e2d8c11", "Robin Vale", "robin.vale@example.com"),
    ("a3d94b70-1c5e-4f08-8b62-6e9d27c4f153", "Sam Ode", "sam.ode@example.com"),
];

/// Why somebody does not do what they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    NoSuchParticipant,
    NoSuchCommunication,
    /// Only an agent who serves a customer is listened in on.
    NotServing,
    /// Somebody listens already.
    Taken,
    /// Only who is available listens in.
    NotAvailable,
    /// Only the connected agent writes, and with their own communication.
    NotTheirs,
    /// It is over for this participant.
    Gone,
}

/// Something that a supervisor did.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) at: Millis,
    pub(crate) conversation: String,
    pub(crate) operation: &'static str,
    pub(crate) user: String,
    /// The supervisor's own.
    pub(crate) participant: String,
    /// What was written, by its id.
    pub(crate) message: Option<String>,
}

impl World {
    /// Once the floor's past is over: who comes later changes nothing of what a seed gives.
    pub(super) fn appoint_supervisors(&mut self) {
        for (id, name, email) in PEOPLE {
            self.agent_ids.insert(id.to_owned(), self.agents.len());
            self.agents.push(Agent {
                id: id.to_owned(),
                name: name.to_owned(),
                email: email.to_owned(),
                department: "Supervision".to_owned(),
                title: "Supervisor".to_owned(),
                skills: Vec::new(),
                languages: Vec::new(),
                capacity: 3,
                inherits_capacity: true,
                queues: Vec::new(),
                presence: Presence::Available,
                presence_since: self.now,
                status: RoutingStatus::OffQueue,
                status_since: self.now,
                active: Vec::new(),
                wrapping: Vec::new(),
                missed: false,
            });
        }
    }

    /// Who signs in.
    pub(crate) fn person(&self) -> Option<usize> {
        self.agent(PEOPLE[0].0)
    }

    /// Whose token somebody asks with.
    pub(crate) fn signed_in(&self, who: Option<Who>) -> Option<usize> {
        match who? {
            Who::Person => self.person(),
            Who::Colleague => self.colleague(),
        }
    }

    /// A colleague of whoever signs in.
    pub(crate) fn colleague(&self) -> Option<usize> {
        self.agent(PEOPLE[1].0)
    }

    /// Whether a supervisor serves the customer.
    pub(super) fn is_with_supervisor(&self, key: Key) -> bool {
        let session = self.sessions.get(&key);
        session.and_then(|session| session.agent).is_some_and(|agent| agent >= self.shape.agents)
    }

    /// Begins to listen in on a participant.
    pub(crate) fn monitor(
        &mut self,
        key: Key,
        participant: &str,
        who: usize,
    ) -> Result<(), Barred> {
        let session = self.sessions.get(&key).ok_or(Barred::NoSuchParticipant)?;
        let target = session.participants.iter().position(|party| party.id == participant);
        let target = target.ok_or(Barred::NoSuchParticipant)?;
        let party = &session.participants[target];
        if party.purpose != Purpose::Agent || party.state != State::Connected {
            return Err(Barred::NotServing);
        }
        if session.participants.iter().any(|party| party.monitors.is_some() && party.end.is_none())
        {
            return Err(Barred::Taken);
        }
        if self.agents[who].presence != Presence::Available {
            return Err(Barred::NotAvailable);
        }
        let queue = party.queue;
        let mut listener = self.party(Lane::Moves, Purpose::Supervisor, SegmentKind::Monitoring);
        (listener.agent, listener.queue) = (Some(who), queue);
        listener.monitors = Some(participant.to_owned());
        let id = listener.id.clone();
        let now = self.now;
        if let Some(session) = self.sessions.get_mut(&key) {
            session.participants.push(listener);
            session.changed = now;
        }
        self.note_deed(key, "monitor", who, id, None);
        Ok(())
    }

    /// Somebody's part in a session ends; if it was the customer's or the agent's, the session does.
    pub(crate) fn leave(&mut self, key: Key, participant: &str, who: usize) -> Result<(), Barred> {
        let now = self.now;
        let session = self.sessions.get_mut(&key).ok_or(Barred::NoSuchParticipant)?;
        let party = session.participants.iter_mut().find(|party| party.id == participant);
        let party = party.ok_or(Barred::NoSuchParticipant)?;
        if party.end.is_some() {
            return Err(Barred::Gone);
        }
        match party.purpose {
            Purpose::Supervisor => {
                party.leave(Disconnect::Client, now);
                session.changed = now;
            }
            Purpose::Customer => self.close(key, Disconnect::Client, Disconnect::Peer),
            Purpose::Bot | Purpose::Acd | Purpose::Agent => {
                self.close(key, Disconnect::Peer, Disconnect::Client);
            }
        }
        self.note_deed(key, "leave", who, participant.to_owned(), None);
        Ok(())
    }

    /// Writes to the customer as the agent who serves them; the message's id.
    pub(crate) fn say(
        &mut self,
        key: Key,
        communication: &str,
        who: usize,
        text: String,
    ) -> Result<String, Barred> {
        let session = self.sessions.get(&key).ok_or(Barred::NoSuchCommunication)?;
        let party = session.participants.iter().find(|party| party.communication == communication);
        let party = party.ok_or(Barred::NoSuchCommunication)?;
        if party.end.is_some() {
            return Err(Barred::Gone);
        }
        let serves = party.purpose == Purpose::Agent && party.state == State::Connected;
        if party.agent != Some(who) || !serves {
            return Err(Barred::NotTheirs);
        }
        let (speaker, participant) = (session.holder, party.id.clone());
        let id = self.moves.id();
        self.utter(key, speaker, id.clone(), Words::Exact(text), None);
        self.note_deed(key, "send", who, participant, Some(id.clone()));
        Ok(id)
    }

    /// A supervisor takes a session from whoever has it, and serves the customer.
    pub(crate) fn take(&mut self, key: Key, who: usize) {
        self.vacate(key, Disconnect::Transfer);
        let mut party = self.party(Lane::Moves, Purpose::Agent, SegmentKind::Interact);
        party.agent = Some(who);
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        party.queue = session.queue;
        session.seat(party);
        session.agent = Some(who);
        session.enter(Stage::Connected, now);
        session.quiet_since = now;
        self.agents[who].active.push(key);
        self.settle(who);
    }

    fn note_deed(
        &mut self,
        key: Key,
        operation: &'static str,
        who: usize,
        participant: String,
        message: Option<String>,
    ) {
        let Some(session) = self.sessions.get(&key) else { return };
        let (conversation, user) = (session.id.clone(), self.agents[who].id.clone());
        let at = self.now;
        self.deeds.push(Done { at, conversation, operation, user, participant, message });
    }
}

impl Session {
    /// Who listened in on somebody who has gone goes as well.
    pub(super) fn dismiss_listeners(&mut self, now: Millis) {
        let gone: Vec<String> = self
            .participants
            .iter()
            .filter(|party| party.end.is_some())
            .map(|party| party.id.clone())
            .collect();
        let orphaned = |party: &&mut super::participants::Participant| {
            party.monitors.as_ref().is_some_and(|of| gone.contains(of))
        };
        self.participants
            .iter_mut()
            .filter(orphaned)
            .for_each(|it| it.leave(Disconnect::Peer, now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scope, Shape};
    use super::*;
    use crate::simulator::cast::Cast;

    #[test]
    fn who_listens_in_goes_with_the_agent_and_nobody_is_heard() {
        let shape = Shape { queues: 12, agents: 60, sessions: 60, speed: 1.0 };
        let mut world = World::new(5, shape, Cast::load().unwrap(), 1_800_000_000_000);
        let talks = |session: &&Session| session.stage == Stage::Connected;
        let key = world.open_sessions().find(talks).unwrap().key;
        let party = world.sessions[&key].holder().id.clone();
        let (robin, sam) = (world.person().unwrap(), world.colleague().unwrap());
        assert_eq!(world.monitor(key, &party, robin), Ok(()));
        assert_eq!(world.monitor(key, &party, sam), Err(Barred::Taken));
        assert_eq!(world.sessions[&key].holder().id, party, "the agent serves the customer still");
        world.take(key, sam);
        let heard = |world: &World| {
            let parties = &world.sessions[&key].participants;
            parties.iter().filter(|it| it.monitors.is_some() && it.end.is_none()).count()
        };
        assert_eq!(heard(&world), 0);
        let said = world.sessions[&key].utterances.len();
        let communication = world.sessions[&key].holder().communication.clone();
        assert_eq!(world.say(key, &communication, robin, "x".into()), Err(Barred::NotTheirs));
        assert!(world.say(key, &communication, sam, "x".into()).is_ok());
        world.advance(60_000, Scope::Everything);
        let spoken = world.sessions[&key].utterances.iter().skip(said);
        let by_sam = spoken.filter(|it| it.speaker == world.sessions[&key].holder).count();
        assert_eq!(by_sam, 1, "nobody speaks for a supervisor");
    }
}
