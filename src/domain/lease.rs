//! The right of one floorwalker to keep a session, as every floorwalker on the store finds it (SPEC
//! section 9).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    flight::Owner,
    supervision::{End, Hold, Supervised},
    text::Plain,
};

/// A supervised session in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// The session, with who keeps it.
    pub it: Supervised,
    /// Where it is open.
    pub org: Tenancy,
    /// Past this moment somebody else may take it.
    pub until: Timestamp,
    /// When its last beat was answered.
    pub beaten: Option<Timestamp>,
    /// Where it is in its life.
    pub phase: Phase,
}

/// Where a supervised session is in its life. One that has ended has no lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its place is taken, and it may be open already: only the answer says under which id.
    Opening,
    /// It is open.
    Open,
    /// It is to be ended, and that may not be done yet.
    Ending(End),
    /// It is open, and nobody is to keep it. It counts among the open ones until its time is up.
    Released,
}

/// One org by one dialect: sessions of another can't be kept with our credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenancy {
    /// The org, as the config names it.
    pub context: Plain,
    /// Which set of routes is spoken.
    pub dialect: Plain,
}

/// One floorwalker that keeps sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    /// Which process.
    pub owner: Owner,
    /// Where.
    pub org: Tenancy,
    /// How often it looks for sessions whose keeper has gone. A lease ends so much before the interval
    /// does: whoever looks then still is in time for the next beat.
    pub look: Duration,
    /// Whether guests' sockets can be held here. Whoever can't would take every beat for lost.
    pub sockets: bool,
}

impl Realm {
    /// Whether a session that is held so can be kept here.
    pub fn can_hold(&self, hold: Hold) -> bool {
        self.sockets || hold != Hold::Echo
    }

    /// How long a lease of a session holds.
    pub fn life(&self, interval: Duration) -> Duration {
        interval.saturating_sub(self.look)
    }

    /// The end of a lease that is renewed now.
    pub fn until(&self, interval: Duration, now: Timestamp) -> Timestamp {
        let life = SignedDuration::try_from(self.life(interval)).unwrap_or_default();
        now.checked_add(life).unwrap_or(now)
    }
}

/// What is written of a session that is kept on.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewal {
    /// The session, with what has been learnt of it.
    pub it: Supervised,
    /// When its last beat was answered.
    pub beaten: Option<Timestamp>,
}

/// What the screen tells of a supervised session.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The session, its keeper, what holds it, failures, the next beat, and whether beats pause.
    pub it: Supervised,
    /// Whether we keep it, rather than another floorwalker on this store.
    pub here: bool,
    /// When its last beat was answered.
    pub beaten: Option<Timestamp>,
    /// The warning given last: so much time was left.
    pub warned: Option<Duration>,
    /// Three beats have failed, and a person is asked what is to be done.
    pub asks: bool,
    /// It is being ended.
    pub ending: bool,
}

impl Kept {
    /// How long the session may still last; `None` where nobody has set a limit.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(self.it.deadline()?.duration_since(now)).unwrap_or_default())
    }

    /// How long ago the last beat was answered.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(now.duration_since(self.beaten?)).unwrap_or_default())
    }

    /// What holds it, in honest words.
    pub fn words(&self) -> &'static str {
        match (self.ending, self.it.paused) {
            (true, _) => "is being ended",
            (false, true) => "paused: the trouble is ours",
            (false, false) => self.it.hold.words(),
        }
    }
}
