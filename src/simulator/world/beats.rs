//! Heartbeats: what a gateway's client sends to say that a guest is still there, what happens when it stops,
//! and the true record of every beat. Not how a beat looks on the wire.
//!
//! A session opened through the gateway is beaten every `min(30 s, limit / 10)`. When no beat comes for three
//! such intervals, and at least 15 s, it ends (`inactivity`); when its limit passes, it ends as well
//! (`session.expired`). Both get shorter with the floor's speed. Sessions that were opened elsewhere may be
//! beaten too, and a guest with a socket of their own sends echoes: that is written down, and nothing else
//! comes of it.

use std::collections::{HashMap, VecDeque};

use super::World;
use super::lanes::Happening;
use super::origin::{Lease, Opening, Origin};
use super::participants::Disconnect;
use super::sessions::Key;
use crate::simulator::stamp::Millis;

const INTERVAL_MOST: f64 = 30.0;
const BEATS_OF_LIMIT: f64 = 10.0;
const INTERVALS_MISSED: f64 = 3.0;
const SILENCE_LEAST: f64 = 15.0;
/// So many beats of a session are kept, the newest, and the beats of so many sessions.
const BEATS_KEPT: usize = 512;
const SESSIONS_KEPT: usize = 1024;

/// A beat as it came.
#[derive(Debug, Clone)]
pub(crate) struct Beat {
    pub(crate) at: Millis,
    /// An echo on a guest's socket has none.
    pub(crate) sequence: Option<i64>,
    /// Whether its sequence is above all before it.
    pub(crate) increases: bool,
    pub(crate) sender: Sender,
}

/// Which program sent it, and which of its instances, as far as it says so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender {
    pub(crate) program: Option<String>,
    pub(crate) owner: Option<String>,
}

/// The beats of one session.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// When it was opened, how long it may be silent and when it must end, where the gateway opened it.
    pub(crate) granted: Option<Grant>,
    pub(crate) received: u64,
    pub(crate) beats: VecDeque<Beat>,
    pub(crate) ended: Option<(Millis, &'static str)>,
    highest: Option<i64>,
}

/// The times of a session that a gateway opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) opened: Millis,
    pub(crate) silence: Millis,
    pub(crate) until: Millis,
}

/// The beats of all sessions, oldest session first.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    order: VecDeque<String>,
    rows: HashMap<String, Watch>,
}

impl Watches {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Watch)> {
        self.order.iter().filter_map(|id| self.rows.get_key_value(id))
    }

    fn of(&mut self, conversation: &str) -> &mut Watch {
        if !self.rows.contains_key(conversation) {
            self.order.push_back(conversation.to_owned());
            self.make_room();
        }
        self.rows.entry(conversation.to_owned()).or_default()
    }

    /// What ended goes first.
    fn make_room(&mut self) {
        if self.order.len() <= SESSIONS_KEPT {
            return;
        }
        let over = |id: &String| self.rows.get(id).is_some_and(|watch| watch.ended.is_some());
        let place = self.order.iter().position(over).unwrap_or(0);
        if let Some(id) = self.order.remove(place) {
            self.rows.remove(&id);
        }
    }

    /// The first reason is the true one.
    pub(super) fn end(&mut self, conversation: &str, now: Millis, how: &'static str) {
        if let Some(watch) = self.rows.get_mut(conversation) {
            watch.ended.get_or_insert((now, how));
        }
    }
}

impl Watch {
    fn note(&mut self, mut beat: Beat) {
        beat.increases = beat.sequence.is_none() || beat.sequence > self.highest;
        self.highest = self.highest.max(beat.sequence);
        self.received += 1;
        self.beats.push_back(beat);
        if self.beats.len() > BEATS_KEPT {
            self.beats.pop_front();
        }
    }
}

impl World {
    /// Opens a session for a gateway's client, who has to beat from now on.
    pub(crate) fn lease(&mut self, mut opening: Opening) -> Key {
        let (now, id) = (self.now, opening.id.clone());
        let Origin::Gateway(lease) = &mut opening.origin else { return self.open(opening) };
        let limit = f64::from(lease.limit);
        let interval = INTERVAL_MOST.min(limit / BEATS_OF_LIMIT);
        lease.silence = self.paced(SILENCE_LEAST.max(interval * INTERVALS_MISSED));
        let (silence, life) = (lease.silence, self.paced(limit));
        let key = self.open(opening);
        self.watches.of(&id).granted = Some(Grant { opened: now, silence, until: now + life });
        self.moves.after(silence, Happening::Silence(key, 0));
        self.moves.after(life, Happening::Limit(key));
        key
    }

    /// Sessions that a gateway's client holds open.
    pub(crate) fn leased(&self) -> usize {
        self.open_sessions().filter(|session| session.origin.lease().is_some()).count()
    }

    /// A beat came.
    pub(crate) fn beat(&mut self, key: Key, beat: Beat) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        self.watches.of(&session.id).note(beat);
        if let Origin::Gateway(Lease { heard, silence, .. }) = &mut session.origin {
            *heard += 1;
            self.moves.after(*silence, Happening::Silence(key, *heard));
        }
    }

    /// An echo came from the guest of a session.
    pub(super) fn note_echo(&mut self, key: Key, sender: Sender) {
        let Some(session) = self.sessions.get(&key) else { return };
        let beat = Beat { at: self.now, sequence: None, increases: true, sender };
        self.watches.of(&session.id).note(beat);
    }

    /// Ends the session if no beat came since.
    pub(super) fn fall_silent(&mut self, key: Key, heard: u64) {
        let lease = self.sessions.get(&key).and_then(|session| session.origin.lease());
        if lease.is_some_and(|lease| lease.heard == heard) {
            self.close(key, Disconnect::Inactivity, Disconnect::Inactivity);
        }
    }

    /// The client says that the guest has left.
    pub(crate) fn release_guest(&mut self, key: Key) {
        let now = self.now;
        if let Some(session) = self.sessions.get(&key) {
            self.watches.end(&session.id, now, "disconnected");
        }
        self.close(key, Disconnect::Client, Disconnect::Peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(sequence: i64) -> Beat {
        Beat { at: 0, sequence: Some(sequence), increases: false, sender: Sender::default() }
    }

    #[test]
    fn the_record_is_bounded_and_knows_what_does_not_increase() {
        let mut watches = Watches::default();
        for sequence in [5, 6, 6, 2, 7] {
            watches.of("one").note(beat(sequence));
        }
        let seen: Vec<bool> = watches.rows["one"].beats.iter().map(|beat| beat.increases).collect();
        assert_eq!(seen, [true, true, false, false, true]);
        for sequence in 0..2_000 {
            watches.of("one").note(beat(sequence));
        }
        assert_eq!((watches.rows["one"].beats.len(), watches.rows["one"].received), (512, 2_005));
        watches.of("ended");
        watches.end("ended", 1, "inactivity");
        watches.end("ended", 2, "client");
        assert_eq!(watches.rows["ended"].ended, Some((1, "inactivity")));
        for n in 0..1_023 {
            watches.of(&n.to_string());
        }
        assert_eq!((watches.order.len(), watches.rows.len()), (1_024, 1_024));
        assert!(watches.rows.contains_key("one") && !watches.rows.contains_key("ended"));
    }
}
