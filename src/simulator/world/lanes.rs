//! What is due when: an agenda of events with the random numbers that belong to it. Not what the events do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;

use super::guests::GuestKey;
use super::sessions::Key;
use crate::simulator::stamp::Millis;

/// The two lanes of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// What the floor does by itself.
    Life,
    /// Handoffs asked for from outside, and sessions opened from there.
    Moves,
}

/// How an alert ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertEnd {
    Accepted,
    Refused,
    NotAnswered,
}

impl FromStr for AlertEnd {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "accepted" => Ok(Self::Accepted),
            "refused" => Ok(Self::Refused),
            "timed_out" => Ok(Self::NotAnswered),
            _ => Err(()),
        }
    }
}

/// Counts the courses a session has taken: an event of an earlier course is void.
pub(crate) type Course = u32;

/// Something that is going to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    Arrival,
    Turn(Key, Course),
    Attempt(Key, Course),
    /// The bot has waited for somebody, and lets the customer into this queue.
    NobodyCame(Key, Course, usize),
    AlertEnds(Key, Course, AlertEnd),
    Resume(Key, Course),
    /// With the number of the handoff.
    Move(Key, usize),
    Presence(usize),
    Recover(usize),
    WrappedUp(usize, Key),
    /// The queue's inactivity timer.
    Quiet(Key),
    /// No beat came after so many.
    Silence(Key, u64),
    /// A session's time is up.
    Limit(Key),
    /// Whoever serves a guest answers what they said.
    Reply(Key),
    /// The life of the guest's so-many-th session is over.
    GuestExpires(GuestKey, u32),
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    at: Millis,
    order: u64,
    happening: Happening,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One lane: its clock, its agenda, its random numbers.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) rng: fastrand::Rng,
    clock: Millis,
    order: u64,
    agenda: BinaryHeap<Reverse<Entry>>,
}

impl Stream {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), clock: 0, order: 0, agenda: BinaryHeap::new() }
    }

    pub(crate) fn after(&mut self, delay: Millis, happening: Happening) {
        self.order += 1;
        self.agenda.push(Reverse(Entry { at: self.clock + delay, order: self.order, happening }));
    }

    pub(crate) fn due_in(&self) -> Option<Millis> {
        self.agenda.peek().map(|Reverse(entry)| (entry.at - self.clock).max(0))
    }

    pub(crate) fn pop(&mut self) -> Option<Happening> {
        self.agenda.pop().map(|Reverse(entry)| entry.happening)
    }

    pub(crate) fn pass(&mut self, ms: Millis) {
        self.clock += ms;
    }

    /// A fresh UUID, drawn from this lane's random numbers.
    pub(crate) fn id(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid().to_string()
    }

    /// True in so many cases of one.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }
}
