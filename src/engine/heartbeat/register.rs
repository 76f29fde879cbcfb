//! Who is supervised, and when each is due: two ordered sets, one by the dial for beats, one by time that
//! only goes forward for what a duration limit brings. A wall clock that is set must end nobody's session.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{task::AbortHandle, time::Instant};

use super::dial::Dial;
use crate::{
    domain::{
        id::SessionId,
        supervision::{Hold, OnLoss, Supervised},
    },
    policy::heartbeat as rules,
};

/// 2³² divided by the golden ratio: multiples of it, wrapped, leave no large gap and no heap on a circle,
/// however many there are and wherever counting began.
const GOLDEN: u32 = 0x9E37_79B9;

/// Nothing is beaten more often: a tenth of the shortest session.
const SHORTEST: Duration = Duration::from_millis(100);

/// After a beat that was overdue the next comes within this last part of the interval.
const OVERDUE: f64 = 0.75;

/// One session.
#[derive(Debug)]
pub struct Entry {
    pub hold: Hold,
    pub on_loss: OnLoss,
    /// The number of the last beat.
    pub sequence: i64,
    /// When the beats of this row of failures were sent, at most three.
    pub failed: Vec<Instant>,
    /// Whether a beat of it has come to an end since trouble of ours was over.
    pub told: bool,
    /// Whether its policy has acted on this row.
    pub lost: bool,
    /// Whether any failure of this row was an answer.
    pub answered: bool,
    /// The beat on its way.
    pub flight: Option<Flight>,
    interval: Duration,
    /// Its next slot by the dial, and when before it the beat comes.
    slot: Duration,
    due: Duration,
    deadline: Option<Instant>,
    /// When something is to be told of its limit.
    mark: Option<Instant>,
    /// Its keeper has gone, and its beat is overdue.
    overdue: bool,
}

/// A beat on its way.
#[derive(Debug)]
pub struct Flight {
    pub handle: AbortHandle,
    pub begun: Instant,
    pub late: Duration,
}

/// Sessions of one interval.
#[derive(Debug, Default)]
struct Class {
    members: usize,
    /// Those of them whose beats are requests.
    asking: usize,
    /// How many there have been.
    turn: u32,
}

/// All of them.
#[derive(Debug)]
pub struct Register {
    pub entries: HashMap<SessionId, Entry>,
    pub dial: Dial,
    beats: BTreeSet<(Duration, SessionId)>,
    marks: BTreeSet<(Instant, SessionId)>,
    classes: BTreeMap<Duration, Class>,
    /// Where on the circle counting begins: two floorwalkers do not beat in step.
    offset: u32,
}

impl Register {
    pub fn new(now: Instant) -> Self {
        Self {
            entries: HashMap::new(),
            dial: Dial::new(now),
            beats: BTreeSet::new(),
            marks: BTreeSet::new(),
            classes: BTreeMap::new(),
            offset: fastrand::u32(..),
        }
    }

    /// Requests a minute that all want, and one more of this interval.
    pub fn demand(&self, more: Option<Duration>) -> f64 {
        let all = self.classes.iter().map(|(&interval, class)| (interval, class.asking));
        rules::demand(all.chain(more.map(|interval| (interval, 1))))
    }

    /// The shortest interval, unstretched.
    pub fn shortest(&self) -> Duration {
        self.classes.keys().next().copied().unwrap_or(Duration::MAX)
    }

    /// The longest interval, unstretched.
    pub fn longest(&self) -> Duration {
        self.classes.keys().next_back().copied().unwrap_or_default()
    }

    /// Takes a session in; its first slot lies within one interval from now.
    pub fn add(&mut self, it: &Supervised, now: Instant, wall: Timestamp) {
        let interval = it.interval.max(SHORTEST);
        let class = self.classes.entry(interval).or_default();
        class.members += 1;
        class.asking += usize::from(it.hold.asks());
        class.turn = class.turn.wrapping_add(1);
        let place = class.turn.wrapping_mul(GOLDEN).wrapping_add(self.offset);
        let phase = interval.mul_f64(f64::from(place) / f64::from(u32::MAX));
        let entry = Entry {
            hold: it.hold,
            on_loss: it.on_loss,
            sequence: it.sequence,
            failed: Vec::new(),
            told: false,
            lost: false,
            answered: false,
            flight: None,
            interval,
            slot: phase,
            due: Duration::ZERO,
            deadline: it.deadline().map(|end| now + until(end, wall)),
            mark: None,
            overdue: it.due.is_some_and(|due| due <= wall),
        };
        self.entries.insert(it.id.clone(), entry);
        // Its place is as good as random already; and the stretch that it brings itself is still to come.
        self.put(&it.id, now, 0.0);
        if let Some(due) = it.due {
            let ahead = Duration::try_from(due.duration_since(wall)).unwrap_or_default();
            self.go_on(&it.id, ahead, now);
        }
        self.set_mark(&it.id, now);
    }

    /// Who kept it before has left a beat due in so much time: it comes then, neither sooner, which would
    /// be one more than is due, nor later. Its slots here begin after it.
    fn go_on(&mut self, session: &SessionId, ahead: Duration, now: Instant) {
        let Some(entry) = self.entries.get_mut(session) else { return };
        // Another machine's clock may tell of a time that is far ahead.
        let ahead = ahead.min(entry.interval);
        let due = self.dial.shows(now) + self.dial.scaled(ahead);
        self.beats.remove(&(entry.due, session.clone()));
        entry.due = due;
        // Its own place on the circle goes on: a second beat soon after this one would be one too many.
        entry.slot = due + entry.interval;
        self.beats.insert((due, session.clone()));
    }

    /// Lets go of a session.
    pub fn remove(&mut self, session: &SessionId) -> Option<Entry> {
        let entry = self.entries.remove(session)?;
        self.beats.remove(&(entry.due, session.clone()));
        if let Some(mark) = entry.mark {
            self.marks.remove(&(mark, session.clone()));
        }
        if let Some(class) = self.classes.get_mut(&entry.interval) {
            class.members -= 1;
            class.asking -= usize::from(entry.hold.asks());
            if class.members == 0 {
                self.classes.remove(&entry.interval);
            }
        }
        Some(entry)
    }

    /// Plans the next beat of a session that has none: in the first of its slots that lies ahead. What
    /// was missed is not made up for.
    pub fn plan(&mut self, session: &SessionId, now: Instant) {
        self.put(session, now, fastrand::f64());
    }

    /// Plans a beat so much of the jitter before its slot.
    fn put(&mut self, session: &SessionId, now: Instant, early: f64) {
        let Some(entry) = self.entries.get_mut(session) else { return };
        let jitter = self.dial.scaled(rules::jitter(entry.interval));
        let shows = self.dial.shows(now);
        while entry.slot <= shows {
            let behind = (shows - entry.slot).as_nanos() / entry.interval.as_nanos() + 1;
            entry.slot += entry.interval * u32::try_from(behind).unwrap_or(u32::MAX);
        }
        entry.due = entry.slot.saturating_sub(jitter.mul_f64(early));
        self.beats.insert((entry.due, session.clone()));
    }

    /// When the next beat is due; `None` if there is none, or while the dial stands still.
    pub fn next_beat(&self) -> Option<Instant> {
        self.dial.when(self.beats.first()?.0)
    }

    /// When this session's is.
    pub fn due(&self, session: &SessionId) -> Option<Instant> {
        self.dial.when(self.entries.get(session)?.due)
    }

    /// The session that is due, taken out of the plan until [`Self::plan`] puts it back. One that was
    /// overdue begins a round of its own, spread again: where the budget is used up, what is sent as fast
    /// as it allows is spread already.
    pub fn take_due(&mut self, now: Instant) -> Option<(SessionId, Instant)> {
        let due = self.next_beat().filter(|&due| due <= now)?;
        let (_, session) = self.beats.pop_first()?;
        if let Some(entry) = self.entries.get_mut(&session) {
            // One that was left to us leaves its slot to the next.
            if std::mem::take(&mut entry.overdue) {
                let share = if self.dial.is_stretched() { 1.0 } else { OVERDUE };
                let ahead = share + (1.0 - share) * fastrand::f64();
                entry.slot = self.dial.shows(now) + entry.interval.mul_f64(ahead);
            } else if entry.due + rules::jitter(entry.interval) >= entry.slot {
                entry.slot += entry.interval;
            }
        }
        Some((session, due))
    }

    /// The session to try while beats pause, taken out of the plan: one that was well before the trouble,
    /// for choice, and each in its turn.
    pub fn take_probe(&mut self, tried: &mut HashSet<SessionId>) -> Option<SessionId> {
        let well =
            |session| self.entries.get(session).is_some_and(|e| e.told && e.failed.is_empty());
        if self.beats.iter().all(|(_, session)| tried.contains(session)) {
            tried.clear();
        }
        let untried = || self.beats.iter().filter(|(_, session)| !tried.contains(session));
        let found = untried().find(|(_, session)| well(session)).or_else(|| untried().next())?;
        let found = found.clone();
        self.beats.remove(&found);
        tried.insert(found.1.clone());
        Some(found.1)
    }

    /// Moves what is overdue to slots ahead, where it is spread.
    pub fn skip_overdue(&mut self, now: Instant) {
        while let Some((session, _)) = self.take_due(now) {
            self.plan(&session, now);
        }
    }

    /// When the next warning or end is due.
    pub fn next_mark(&self) -> Option<Instant> {
        self.marks.first().map(|(at, _)| *at)
    }

    /// The session whose warning or end is due, and the time it has left; its next one is planned.
    pub fn take_mark(&mut self, now: Instant) -> Option<(SessionId, Duration)> {
        self.next_mark().filter(|&at| at <= now)?;
        let (_, session) = self.marks.pop_first()?;
        let left = self.set_mark(&session, now);
        Some((session, left))
    }

    /// Plans what its limit brings next; the time left.
    fn set_mark(&mut self, session: &SessionId, now: Instant) -> Duration {
        let Some(entry) = self.entries.get_mut(session) else { return Duration::ZERO };
        let Some(deadline) = entry.deadline else { return Duration::MAX };
        let left = deadline.saturating_duration_since(now);
        let at = now + left.saturating_sub(rules::next_mark(left));
        entry.mark = Some(at);
        self.marks.insert((at, session.clone()));
        left
    }
}

/// The time from one moment to a later one.
fn until(end: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(wall)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::flight::Owner;

    fn supervised(id: &str, started: Timestamp) -> Supervised {
        Supervised {
            id: id.into(),
            token: None,
            guest: None,
            opened_here: true,
            hold: Hold::Patch,
            started,
            limit: Some(Duration::from_secs(600)),
            interval: Duration::from_secs(30),
            on_loss: OnLoss::Ask,
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper: Owner { host: "here".into(), pid: 1, mark: "x".into() },
            end: None,
        }
    }

    #[test]
    fn a_session_that_is_let_go_of_leaves_nothing_behind() {
        let (now, wall) = (Instant::now(), Timestamp::UNIX_EPOCH);
        let mut register = Register::new(now);
        for id in ["a", "b"] {
            register.add(&supervised(id, wall), now, wall);
        }
        let kept = |register: &Register| {
            let Register { entries, beats, marks, classes, .. } = register;
            [entries.len(), beats.len(), marks.len(), classes.len()]
        };
        assert_eq!(kept(&register), [2, 2, 2, 1]);
        assert!(register.remove(&"a".into()).is_some());
        assert_eq!((kept(&register), register.demand(None)), ([1, 1, 1, 1], 2.0));
        assert!(register.remove(&"b".into()).is_some());
        assert_eq!((kept(&register), register.demand(None)), ([0; 4], 0.0));
    }

    #[test]
    fn a_session_takes_less_than_a_kibibyte() {
        // A hash map is at least 7/16 full, a tree's node at least 5/11.
        let tables = size_of::<(SessionId, Entry)>() * 16 / 7;
        let trees =
            (size_of::<(Duration, SessionId)>() + size_of::<(Instant, SessionId)>()) * 11 / 5;
        // Three failures, kept only while a session fails.
        let failures = 4 * size_of::<Instant>();
        assert!(tables + trees + failures < 1024, "{tables} {trees} {failures}");
    }
}
