//! What happens at an agent's desk: the answer, and the figures that a finished talk leaves behind. Not
//! the choice of the agent.

use super::World;
use super::lanes::{Happening, Lane};
use super::participants::{Participant, Purpose, SegmentKind, State};
use super::sessions::{Key, Stage};

impl World {
    /// The alerted agent takes the session.
    pub(super) fn answer(&mut self, key: Key) {
        let now = self.now;
        let talk = self.life.rng.u32(5..16);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let holder = session.holder;
        session.participants[holder].turn_to(SegmentKind::Interact, State::Connected, now);
        let rang = session.since;
        session.enter(Stage::Connected, now);
        session.left = talk;
        let (course, queue) = (session.course, session.queue);
        // Only a wait that ended with this alert counts: one from bot to agent waited for nobody.
        let handed_over =
            |party: &&Participant| party.purpose == Purpose::Acd && party.end == Some(rang);
        let waiting = session.participants.iter().rev().find(handed_over);
        let waited = waiting.map_or(0, |party| rang - party.start);
        if let Some(queue) = queue {
            let target = self.queues[queue].target_ms;
            self.queues[queue].figures.answered(now, waited, target, now - rang);
        }
        let next = self.wait(Lane::Life, 4.0, 15.0);
        self.life.after(next, Happening::Turn(key, course));
    }

    /// An agent's part ended: its length belongs to the queue it came from.
    pub(super) fn handled(&mut self, key: Key, participant: usize) {
        let now = self.now;
        let Some(party) =
            self.sessions.get(&key).and_then(|session| session.participants.get(participant))
        else {
            return;
        };
        let (Some(queue), Some(connected)) = (party.queue, party.connected) else { return };
        self.queues[queue].figures.handled(now, party.end.unwrap_or(now) - connected);
    }
}
