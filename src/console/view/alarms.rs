//! The alarms as every view sees them: which there are, where each of them stands, and what is to be done
//! about it.
//!
//! What they find on a floor is the app's to look for; how one lives from then on is
//! [`domain::alarm`](crate::domain::alarm)'s.

mod known;
mod turn;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use jiff::{SignedDuration, Timestamp};

use super::{Ctx, Refusal};
use crate::{
    config::alarms::{Alarm, Each, Of},
    console::{keys::Action, memory::Mark, theme::Role},
    domain::{
        alarm::{Decided, Reading, Standing, Watch},
        id::{AgentId, QueueId, RequestId, SessionId},
        query::Query,
        queue::Queue,
        text::Plain,
    },
};

use known::Known;
pub use known::trace;

/// An alarm whose filter has been read.
#[derive(Clone, Debug)]
pub struct Armed {
    /// As it is written.
    pub alarm: Alarm,
    /// Its filter.
    pub query: Query,
    /// True if time alone may change what it finds.
    pub ages: bool,
}

/// Which alarm, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The nth alarm of the configuration.
    pub nth: usize,
    /// The queue, for one that is raised for each; `None` also for what is in no queue.
    pub queue: Option<QueueId>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.queue {
            Some(queue) => write!(f, "{} in {queue}", self.nth),
            None => write!(f, "{}", self.nth),
        }
    }
}

/// A row that an alarm can lead to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "a kind of row, by its id")]
pub enum At {
    Session(SessionId),
    Queue(QueueId),
    Agent(AgentId),
    Request(RequestId),
}

/// What was found of an alarm in one place.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many rows match.
    pub count: u32,
    /// The worst of them.
    pub worst: At,
    /// Which they are: the [`trace`] of each.
    pub rows: Vec<u64>,
}

/// What was found of an alarm.
#[derive(Debug, Default)]
pub struct Tally {
    /// In each queue, or, where it is one for all, under `None`.
    pub found: HashMap<Option<QueueId>, Found>,
    /// Queues of which too little is known to say anything.
    pub unknown: HashSet<QueueId>,
}

/// How an alarm is doing in one place.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Where it is in its life.
    pub watch: Watch,
    /// What was found last; `None` where nothing matches, or nothing is known.
    pub found: Option<Found>,
    /// What somebody knew of when they acknowledged it last.
    known: Known,
}

/// For so long it counts, over a restart, that somebody knows: a shift.
const HEEDED: SignedDuration = SignedDuration::from_hours(8);

/// All alarms.
#[derive(Debug, Default)]
pub struct Alarms {
    all: Vec<Armed>,
    seen: BTreeMap<Key, Seen>,
    /// The one that was gone to last.
    current: Option<Key>,
    /// The worst of those that rang last: it was said that the next press goes there.
    rang: Option<Key>,
}

impl Alarms {
    /// These, of which nothing has been seen yet.
    pub fn new(all: Vec<Armed>) -> Self {
        Self { all, ..Self::default() }
    }

    /// True if there are none to be looked after.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, as they are written.
    pub fn all(&self) -> &[Armed] {
        &self.all
    }

    /// Every place where there is something to be told of one, in their order.
    pub fn seen(&self) -> impl Iterator<Item = (&Key, &Seen)> {
        self.seen.iter()
    }

    /// How it is doing there.
    pub fn at(&self, key: &Key) -> Option<&Seen> {
        self.seen.get(key)
    }

    /// The alarm itself.
    pub fn of(&self, key: &Key) -> Option<&Alarm> {
        self.all.get(key.nth).map(|armed| &armed.alarm)
    }

    /// The one that was gone to last.
    pub fn current(&self) -> Option<&Key> {
        self.current.as_ref()
    }

    /// Goes to this one.
    pub fn go(&mut self, key: Key) {
        self.current = Some(key);
        self.rang = None;
    }

    /// Those that are raised and that nobody has acknowledged.
    pub fn raised(&self) -> impl Iterator<Item = &Key> {
        self.standing(|standing| matches!(standing, Standing::Raised(_)))
    }

    /// Those that hold and that somebody knows of.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Key> {
        self.standing(|standing| matches!(standing, Standing::Acknowledged(_)))
    }

    fn standing(&self, asked: fn(Standing) -> bool) -> impl Iterator<Item = &Key> {
        let passes = move |seen: &Seen| asked(seen.watch.standing());
        self.seen.iter().filter(move |(_, seen)| passes(seen)).map(|(key, _)| key)
    }

    /// Takes in what was found of the nth alarm; `None` where nothing could be looked at. Those that ring.
    pub fn take(&mut self, nth: usize, tally: Option<&Tally>, now: Timestamp) -> Vec<Key> {
        let (Some(Tally { found, unknown }), Some(armed)) = (tally, self.all.get(nth)) else {
            return Vec::new();
        };
        let Alarm { hold, at_least, .. } = armed.alarm;
        for queue in found.keys() {
            self.seen.entry(Key { nth, queue: queue.clone() }).or_default();
        }
        let mut rings = Vec::new();
        for (key, seen) in self.seen.iter_mut().filter(|(key, _)| key.nth == nth) {
            let is_unknown = key.queue.as_ref().is_some_and(|queue| unknown.contains(queue));
            seen.found = found.get(&key.queue).cloned();
            let enough = seen.found.as_ref().is_some_and(|found| found.count >= at_least);
            let reading = match (is_unknown, enough) {
                (true, _) => Reading::Unknown,
                (false, true) => Reading::Holds,
                (false, false) => Reading::Fails,
            };
            if !is_unknown && seen.found.as_ref().is_some_and(|it| seen.known.is_outgrown(it)) {
                seen.watch.renew();
            }
            if seen.watch.step(reading, hold, now) {
                rings.push(key.clone());
            }
        }
        self.seen.retain(|key, seen| key.nth != nth || !seen.watch.is_idle(now));
        rings
    }

    /// Acknowledges it.
    pub fn acknowledge(&mut self, key: &Key) {
        if let Some(seen) = self.seen.get_mut(key) {
            seen.watch.acknowledge();
            seen.known = Known::new(seen.found.as_ref());
        }
    }

    /// Snoozes it.
    pub fn snooze(&mut self, key: &Key, until: Timestamp) {
        if let Some(seen) = self.seen.get_mut(key) {
            seen.watch.snooze(until);
        }
    }

    /// What was decided about each.
    pub fn decided(&self) -> Vec<Mark> {
        let mark = |(key, seen): (&Key, &Seen)| {
            let Decided { acknowledged, snoozed } = seen.watch.decision();
            let name = self.of(key)?.name.to_string();
            let rows = acknowledged.map(|_| seen.known.count());
            let told = Mark { name, queue: key.queue.clone(), acknowledged, rows, snoozed };
            (acknowledged.is_some() || snoozed.is_some()).then_some(told)
        };
        self.seen.iter().filter_map(mark).collect()
    }

    /// Takes in what was decided the last time, about alarms that are still there. What somebody knew in an
    /// earlier shift, nobody may know now.
    pub fn recall(&mut self, marks: &[Mark], now: Timestamp) {
        let lately =
            |mark: &&Mark| mark.acknowledged.is_none_or(|since| now.duration_since(since) < HEEDED);
        for mark in marks.iter().filter(lately) {
            let named = |armed: &Armed| *armed.alarm.name == *mark.name;
            if let Some(nth) = self.all.iter().position(named) {
                let key = Key { nth, queue: mark.queue.clone() };
                let Mark { acknowledged, rows, snoozed, .. } = *mark;
                // Of a file that does not say how many they were, none is too many.
                let known = Known::counted(rows.unwrap_or(u32::MAX));
                let watch = Watch::decided(Decided { acknowledged, snoozed });
                self.seen.insert(key, Seen { watch, found: None, known });
            }
        }
    }
}

/// Why `action` can't be done about the alarm at `key`, if so.
pub fn refuses(action: Action, key: Option<&Key>, cx: &Ctx) -> Option<Refusal> {
    let hint = |action| cx.keymap.hint(action);
    if cx.alarms.is_empty() {
        return Some(none_set());
    }
    if let Some(refusal) = refuses_locked(action, cx) {
        return Some(refusal);
    }
    let Some(seen) = key.and_then(|key| cx.alarms.at(key)) else {
        return Some(match cx.alarms.raised().next() {
            None => none_raised(cx),
            Some(_) => {
                let (next, list) = (hint(Action::NextAlarm), hint(Action::Alarms));
                format!("Of which alarm? {next} goes to the next one, {list} lists them").into()
            }
        });
    };
    let why = match action {
        Action::Acknowledge => seen.watch.refuses_acknowledging(),
        _ => seen.watch.refuses_snoozing(),
    };
    // Which one it is nobody can see where it is refused.
    let title = key.map(|key| title(key, cx)).unwrap_or_default();
    why.map(|why| format!("{title}: {why}").into())
}

fn refuses_locked(action: Action, cx: &Ctx) -> Option<Refusal> {
    let nothing = match action {
        Action::Acknowledge => "acknowledges nothing",
        _ => "snoozes nothing",
    };
    // Which of them a supervisor has seen is no one else's business: read-only consoles have them too.
    cx.refuses_acts(nothing).filter(|_| cx.locked && !cx.read_only)
}

/// That there are none to be looked after.
pub fn none_set() -> Refusal {
    "There are no alarms: [[alarms]] in config.toml sets them".into()
}

/// That there is no alarm to go to, and what there is instead.
pub fn none_raised(cx: &Ctx) -> Refusal {
    let muted = |seen: &Seen| {
        matches!(seen.watch.standing(), Standing::Acknowledged(_) | Standing::Snoozed(_))
    };
    let list = cx.keymap.hint(Action::Alarms);
    match cx.alarms.seen().filter(|(_, seen)| muted(seen)).count() {
        0 => "No alarm is raised".into(),
        1 => format!("No alarm is raised but one acknowledged or snoozed: {list} shows it").into(),
        n => {
            format!("No alarm is raised but {n} acknowledged or snoozed: {list} lists them").into()
        }
    }
}

/// Where it is, in words; nothing for one that is for the whole floor.
pub fn place(key: &Key, cx: &Ctx) -> Option<Plain> {
    match (&key.queue, cx.alarms.of(key)?.each) {
        (Some(queue), _) => Some(cx.queue_name(queue)),
        (None, Each::Queue) => Some("no queue".into()),
        (None, Each::Floor) => None,
    }
}

/// Its name, and where it is.
pub fn title(key: &Key, cx: &Ctx) -> String {
    let name = cx.alarms.of(key).map(|alarm| alarm.name.clone()).unwrap_or_default();
    match place(key, cx) {
        Some(place) => format!("{name} in {place}"),
        None => name.to_string(),
    }
}

/// True if the queue is one that is named so, or has that id.
pub fn is_named(queue: &Queue, names: &[String]) -> bool {
    let same = |text: &str| queue.name.to_lowercase() == text.to_lowercase();
    names.iter().map(|text| text.trim()).any(|text| same(text) || queue.id == QueueId::from(text))
}

/// So many rows of what it looks at.
pub fn rows(alarm: &Alarm, count: u32) -> String {
    let (one, many) = match alarm.of {
        Of::Sessions => ("session", "sessions"),
        Of::Queues => ("queue", "queues"),
        Of::Agents => ("agent", "agents"),
        Of::Inbox => ("request", "requests"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The shape, the word and the role of where it stands.
pub fn look(standing: Standing) -> (&'static str, &'static str, Role) {
    match standing {
        Standing::Raised(_) => ("▲", "raised", Role::Alarm),
        Standing::Pending(_) => ("△", "pending", Role::Warn),
        Standing::Acknowledged(_) => ("✓", "acknowledged", Role::Text),
        Standing::Snoozed(_) => ("‖", "snoozed", Role::Text),
        Standing::Ended(_) => ("○", "ended", Role::Quiet),
        Standing::Quiet => ("·", "quiet", Role::Quiet),
    }
}

/// Since when it stands so; of what is snoozed, until when.
pub fn moment(standing: Standing) -> Option<Timestamp> {
    match standing {
        Standing::Quiet => None,
        Standing::Pending(at)
        | Standing::Raised(at)
        | Standing::Acknowledged(at)
        | Standing::Snoozed(at)
        | Standing::Ended(at) => Some(at),
    }
}

/// What the header says of them, and its role: nothing while nothing is raised.
pub fn headline(cx: &Ctx) -> Option<String> {
    let (shape, ..) = look(Standing::Raised(cx.now));
    match cx.alarms.raised().count() {
        0 => None,
        1 => Some(format!("{shape} 1 alarm")),
        n => Some(format!("{shape} {n} alarms")),
    }
}

/// What the header says of those that hold and that somebody knows of.
pub fn known_of(cx: &Ctx) -> Option<String> {
    let (shape, ..) = look(Standing::Acknowledged(cx.now));
    match cx.alarms.acknowledged().count() {
        0 => None,
        n => Some(format!("{shape} {n} ack")),
    }
}

/// So many minutes from now.
pub fn later(now: Timestamp, minutes: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(now)
}
