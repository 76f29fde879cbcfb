//! The life of an alarm in one place: a queue, or the whole floor.
//!
//! ```text
//!   quiet ──▶ pending ──▶ raised ──▶ acknowledged
//!     ▲          │           │            │
//!     └──────────┘           │ ▲          │
//!                            │ └──renew───┤      snoozed: none of it shows or rings until then
//!                            └──▶ ended ◀─┘
//! ```
//! What it looks at is not its business: it is told whether that holds, and the time. What nobody knows
//! changes nothing.

use jiff::{SignedDuration, Timestamp};

/// One that flickers does not ring again sooner.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// For so long it is told of one that it has ended.
const TOLD: SignedDuration = SignedDuration::from_mins(10);

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Enough to raise it.
    Holds,
    /// Not enough.
    Fails,
    /// Nobody knows.
    Unknown,
}

/// Where it is in its life, whether it is snoozed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Quiet,
    Pending {
        since: Timestamp,
    },
    Raised {
        since: Timestamp,
        /// True once it has rung for that.
        rung: bool,
    },
    Acknowledged {
        since: Timestamp,
    },
    Ended {
        at: Timestamp,
    },
}

/// An alarm in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    phase: Phase,
    snoozed: Option<Timestamp>,
    /// When it rang last.
    rang: Option<Timestamp>,
}

/// What is to be seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is wrong.
    Quiet,
    /// It holds since then, not long enough yet.
    Pending(Timestamp),
    /// It holds since then, and nobody has acknowledged it.
    Raised(Timestamp),
    /// It holds since then, and somebody knows.
    Acknowledged(Timestamp),
    /// It is not to be seen before then.
    Snoozed(Timestamp),
    /// It holds no more, since then.
    Ended(Timestamp),
}

/// What a person has decided about it, to be kept from one time to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Since when that holds which was acknowledged.
    pub acknowledged: Option<Timestamp>,
    /// Until when it is snoozed.
    pub snoozed: Option<Timestamp>,
}

impl Watch {
    /// One about which this was decided before anything was looked at.
    pub fn decided(Decided { acknowledged, snoozed }: Decided) -> Self {
        let phase = acknowledged.map_or(Phase::Quiet, |since| Phase::Acknowledged { since });
        Self { phase, snoozed, rang: None }
    }

    /// What a person has decided about it.
    pub fn decision(&self) -> Decided {
        let acknowledged = match self.phase {
            Phase::Acknowledged { since } => Some(since),
            _ => None,
        };
        Decided { acknowledged, snoozed: self.snoozed }
    }

    /// Takes in what was found at `now`; it has to hold for `hold` before it is raised. True if it rings:
    /// once for each time that it is raised or its snooze is over, and not twice within a minute.
    pub fn step(&mut self, reading: Reading, hold: SignedDuration, now: Timestamp) -> bool {
        if reading == Reading::Unknown {
            return false;
        }
        let woke = self.snoozed.take_if(|until| *until <= now).is_some();
        self.phase = self.next(reading == Reading::Holds, hold, now);
        if let Phase::Raised { rung, .. } = &mut self.phase {
            *rung &= !woke;
        }
        self.ring(now)
    }

    fn next(&self, holds: bool, hold: SignedDuration, now: Timestamp) -> Phase {
        let since = match self.phase {
            Phase::Pending { since } => since,
            _ => now,
        };
        match (self.phase, holds) {
            (Phase::Quiet | Phase::Ended { .. } | Phase::Pending { .. }, true) => {
                match now.duration_since(since) >= hold {
                    true => Phase::Raised { since, rung: false },
                    false => Phase::Pending { since },
                }
            }
            (Phase::Pending { .. }, false) => Phase::Quiet,
            (Phase::Raised { .. } | Phase::Acknowledged { .. }, false) => Phase::Ended { at: now },
            (phase, _) => phase,
        }
    }

    fn ring(&mut self, now: Timestamp) -> bool {
        if self.snoozed.is_some() || !self.is_rested(now) {
            return false;
        }
        match &mut self.phase {
            Phase::Raised { rung, .. } if !*rung => {
                *rung = true;
                self.rang = Some(now);
                true
            }
            _ => false,
        }
    }

    fn is_rested(&self, now: Timestamp) -> bool {
        self.rang.is_none_or(|at| now.duration_since(at) >= REST)
    }

    /// What is to be seen of it.
    pub fn standing(&self) -> Standing {
        match (self.snoozed, self.phase) {
            (Some(until), _) => Standing::Snoozed(until),
            (None, Phase::Quiet) => Standing::Quiet,
            (None, Phase::Pending { since }) => Standing::Pending(since),
            (None, Phase::Raised { since, .. }) => Standing::Raised(since),
            (None, Phase::Acknowledged { since }) => Standing::Acknowledged(since),
            (None, Phase::Ended { at }) => Standing::Ended(at),
        }
    }

    /// True if there is nothing to be told of it, and nothing to be kept.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        let over = match self.phase {
            Phase::Quiet => true,
            Phase::Ended { at } => now.duration_since(at) >= TOLD,
            _ => false,
        };
        over && self.snoozed.is_none() && self.is_rested(now)
    }

    /// Why it can't be acknowledged, if so.
    pub fn refuses_acknowledging(&self) -> Option<&'static str> {
        match self.standing() {
            Standing::Raised(_) => None,
            Standing::Acknowledged(_) => Some("It is acknowledged already"),
            Standing::Snoozed(_) => Some("It is snoozed: nothing of it shows until then"),
            Standing::Pending(_) => Some("It is not raised yet"),
            Standing::Ended(_) => Some("It has ended"),
            Standing::Quiet => Some("It is not raised"),
        }
    }

    /// Somebody knows: until it ends it is muted. Nothing, where it can't be.
    pub fn acknowledge(&mut self) {
        if let (Phase::Raised { since, .. }, None) = (self.phase, self.snoozed) {
            self.phase = Phase::Acknowledged { since };
        }
    }

    /// More is wrong than was acknowledged: nobody knows of that yet. Nothing, where nothing was.
    pub fn renew(&mut self) {
        if let Phase::Acknowledged { since } = self.phase {
            self.phase = Phase::Raised { since, rung: false };
        }
    }

    /// Why it can't be snoozed, if so.
    pub fn refuses_snoozing(&self) -> Option<&'static str> {
        match self.standing() {
            Standing::Quiet => Some("It is not raised"),
            Standing::Ended(_) => Some("It has ended"),
            _ => None,
        }
    }

    /// Nothing of it shows or rings before `until`; then it is raised anew, if it still holds. Nothing, where
    /// it can't be.
    pub fn snooze(&mut self, until: Timestamp) {
        if self.refuses_snoozing().is_some() {
            return;
        }
        self.snoozed = Some(until);
        if let Phase::Acknowledged { since } = self.phase {
            self.phase = Phase::Raised { since, rung: true };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reading::{Fails, Holds, Unknown};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    const AT_ONCE: SignedDuration = SignedDuration::ZERO;
    const HALF: SignedDuration = SignedDuration::from_secs(30);

    #[test]
    fn it_is_raised_once_it_has_held_long_enough() {
        let mut watch = Watch::default();
        assert!(!watch.step(Holds, HALF, at(0)));
        assert_eq!(watch.standing(), Standing::Pending(at(0)));
        assert!(!watch.step(Fails, HALF, at(20)));
        assert_eq!(watch.standing(), Standing::Quiet);
        assert!(!watch.step(Holds, HALF, at(21)) && !watch.step(Holds, HALF, at(50)));
        assert!(watch.step(Holds, HALF, at(51)), "it rings");
        assert_eq!(watch.standing(), Standing::Raised(at(21)));
        assert!(!watch.step(Holds, HALF, at(600)), "once");
    }

    #[test]
    fn what_is_acknowledged_is_muted_until_it_ends_and_comes_again() {
        let mut watch = Watch::default();
        watch.step(Holds, AT_ONCE, at(0));
        watch.acknowledge();
        assert!(!watch.step(Holds, AT_ONCE, at(100)));
        assert_eq!(watch.standing(), Standing::Acknowledged(at(0)));
        assert!(watch.refuses_acknowledging().is_some());
        assert!(!watch.step(Fails, AT_ONCE, at(101)));
        assert_eq!(watch.standing(), Standing::Ended(at(101)));
        assert!(watch.step(Holds, AT_ONCE, at(102)));
        assert_eq!(watch.standing(), Standing::Raised(at(102)));
    }

    #[test]
    fn one_that_flickers_rings_once_a_minute_at_most() {
        let mut watch = Watch::default();
        let rings = (0..130).filter(|second| {
            let reading = if second % 2 == 0 { Holds } else { Fails };
            watch.step(reading, AT_ONCE, at(*second))
        });
        assert_eq!(rings.collect::<Vec<_>>(), [0, 60, 120]);
        // What comes again for good is heard of once the minute is over.
        let mut watch = Watch::default();
        let rings = [Holds, Fails, Holds].into_iter().zip([0, 5, 10]);
        let rings: Vec<bool> = rings.map(|(r, s)| watch.step(r, AT_ONCE, at(s))).collect();
        assert_eq!(rings, [true, false, false]);
        assert_eq!(watch.standing(), Standing::Raised(at(10)));
        assert!(watch.step(Holds, AT_ONCE, at(60)));
    }

    #[test]
    fn what_is_snoozed_comes_back_when_that_is_over() {
        let mut watch = Watch::default();
        watch.step(Holds, AT_ONCE, at(0));
        watch.acknowledge();
        watch.snooze(at(300));
        assert!(!watch.step(Holds, AT_ONCE, at(299)));
        assert_eq!(watch.standing(), Standing::Snoozed(at(300)));
        assert!(watch.step(Holds, AT_ONCE, at(300)), "it rings anew");
        assert_eq!(watch.standing(), Standing::Raised(at(0)));
        watch.snooze(at(600));
        assert!(!watch.step(Fails, AT_ONCE, at(400)) && !watch.step(Holds, AT_ONCE, at(500)));
        assert_eq!(watch.standing(), Standing::Snoozed(at(600)));
        assert!(!watch.step(Fails, AT_ONCE, at(600)));
        assert_eq!(watch.standing(), Standing::Ended(at(600)));
        watch.snooze(at(900));
        assert_eq!(watch.standing(), Standing::Ended(at(600)));
    }

    #[test]
    fn the_unknown_neither_raises_nor_ends_nor_wakes() {
        let mut watch = Watch::default();
        assert!(!watch.step(Unknown, AT_ONCE, at(0)));
        assert_eq!(watch.standing(), Standing::Quiet);
        watch.step(Holds, AT_ONCE, at(1));
        watch.step(Unknown, AT_ONCE, at(500));
        assert_eq!(watch.standing(), Standing::Raised(at(1)));
        watch.snooze(at(600));
        watch.step(Unknown, AT_ONCE, at(700));
        assert_eq!(watch.standing(), Standing::Snoozed(at(600)));
    }

    #[test]
    fn what_was_decided_comes_back_and_what_is_over_is_let_go() {
        let mut watch = Watch::default();
        watch.step(Holds, AT_ONCE, at(0));
        watch.acknowledge();
        let mut again = Watch::decided(watch.decision());
        assert!(!again.step(Holds, AT_ONCE, at(500)));
        assert_eq!(again.standing(), Standing::Acknowledged(at(0)));
        again.step(Fails, AT_ONCE, at(501));
        assert!(!again.is_idle(at(600)) && again.is_idle(at(501 + 600)));
        assert!(Watch::default().is_idle(at(0)));
        let snoozed = Decided { snoozed: Some(at(900)), ..Decided::default() };
        let mut snoozed = Watch::decided(snoozed);
        assert!(!snoozed.is_idle(at(0)) && !snoozed.step(Holds, AT_ONCE, at(899)));
        assert!(snoozed.step(Holds, AT_ONCE, at(900)));
    }
}
