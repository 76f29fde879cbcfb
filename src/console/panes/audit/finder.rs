//! What is looked for in the log: the query as it is typed, what was found of it in the store, and what
//! still has to be asked.
//!
//! Records that are loaded are tested here and at once; the store is asked for those below them, and only
//! after the hand has rested for a moment.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    console::{keys::Chord, widgets::ask::Ask},
    domain::{
        audit::AuditRecord,
        query::{Query, Subject},
        text::Plain,
    },
    engine::{Command, Count, LogAsk, Wanted, Work},
};

/// The store is asked once no key was pressed for so long.
const REST: SignedDuration = SignedDuration::from_millis(250);

/// Records that are asked for at a time.
const PAGE: usize = 100;

/// What is looked for.
#[derive(Debug)]
pub struct Finder {
    ask: Ask,
    /// When the store is to be asked.
    due: Option<Timestamp>,
    /// By what the answers are known.
    id: u64,
    search: Search,
}

/// What has come of asking the store.
#[derive(Debug, Default)]
struct Search {
    /// True while it is being looked.
    runs: bool,
    /// What was not looked at lies below this one.
    rest: Option<i64>,
    found: Vec<Arc<AuditRecord>>,
    /// How many there are below those of the first page.
    more: Option<Count>,
    /// How many there are of what was found before it was counted, and of what was loaded once.
    counted: usize,
    trouble: Option<Plain>,
}

/// How many match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// So many.
    Exactly(u64),
    /// So many at least; it is known no better.
    AtLeast(u64),
    /// So many so far: they are being counted.
    SoFar(u64),
}

impl Finder {
    /// The query as it is typed.
    pub fn asked(&self) -> &Ask {
        &self.ask
    }

    /// The same, to be told things.
    pub fn asked_mut(&mut self) -> &mut Ask {
        &mut self.ask
    }

    /// True while a query is typed.
    pub fn is_typing(&self) -> bool {
        self.ask.is_typing()
    }

    /// Begins to type.
    pub fn open(&mut self) {
        self.ask.open();
    }

    /// True if something is looked for.
    pub fn is_set(&self) -> bool {
        !self.query().is_all()
    }

    /// True if nothing is looked for, and nothing typed.
    pub fn is_blank(&self) -> bool {
        self.ask.text().is_empty() && !self.is_typing()
    }

    /// What is looked for.
    pub fn query(&self) -> &Query {
        self.ask.query()
    }

    /// A press while it is typed; `rows` tell values that there are. True if something else is looked for
    /// now. What can't be read finds nothing: what was found last stands for what was read last.
    pub fn edit(&mut self, chord: Chord, now: Timestamp, rows: &[Arc<AuditRecord>]) -> bool {
        let differs = self.ask.edit(chord, now, &mut |field, values| {
            for row in rows {
                row.text(field.name, &mut |text| {
                    values.insert(text.to_owned());
                    false
                });
            }
        });
        let rest = if self.is_typing() { now + REST } else { now };
        self.due = self.due.and(Some(rest));
        if differs {
            self.begin(now);
        }
        differs
    }

    /// Looks for something else. True if that is not what was looked for.
    pub fn look_for(&mut self, text: String, now: Timestamp) -> bool {
        let differs = self.ask.look_for(text, now);
        if differs {
            self.begin(now);
        }
        differs
    }

    /// Lets go of what was found of something else.
    fn begin(&mut self, now: Timestamp) {
        self.id += 1;
        self.search = Search::default();
        self.due = self.is_set().then_some(now + REST);
    }

    /// When the store is to be asked.
    pub fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// The first question, once it is due: for what lies below the records that are loaded.
    pub fn ask(&mut self, now: Timestamp, oldest: Option<i64>) -> Option<Command> {
        self.due.take_if(|due| *due <= now)?;
        self.search = Search { runs: true, rest: oldest, ..Search::default() };
        Some(self.question(oldest, true))
    }

    /// Nothing has to be asked: all there is, is loaded.
    pub fn rest(&mut self) {
        self.due = None;
    }

    /// The question for what follows, near the end of what was found.
    pub fn ask_on(&mut self) -> Option<Command> {
        let search = &mut self.search;
        if search.runs || self.due.is_some() || search.rest.is_none() || search.trouble.is_some() {
            return None;
        }
        search.runs = true;
        let below = search.rest;
        Some(self.question(below, false))
    }

    fn question(&self, below: Option<i64>, count: bool) -> Command {
        let (id, query) = (self.id, self.query().clone());
        let wanted = Wanted { id, work: Work::Filter, query, below, most: PAGE, count };
        Command::Log(LogAsk::Find(wanted))
    }

    /// Takes what was found. False if that is not what is looked for any more.
    pub fn take(
        &mut self,
        id: u64,
        records: Vec<AuditRecord>,
        (rest, done): (Option<i64>, bool),
    ) -> bool {
        if id != self.id || !self.is_set() {
            return false;
        }
        let search = &mut self.search;
        if search.more.is_none() {
            search.counted += records.len();
        }
        search.found.extend(records.into_iter().map(Arc::new));
        (search.rest, search.runs) = (rest, !done);
        true
    }

    /// Takes in what was loaded and is no longer, newest first: it belongs to what was found, before all else.
    pub fn keep(&mut self, gone: impl Iterator<Item = Arc<AuditRecord>>) {
        let before = self.search.found.len();
        self.search.found.splice(0..0, gone);
        self.search.counted += self.search.found.len() - before;
    }

    /// Lets go of the oldest of what was found, if that is far more than `most`: the store is asked for it
    /// again where somebody comes near it. How many were let go.
    pub fn shed(&mut self, most: usize) -> usize {
        let search = &mut self.search;
        let under_way = search.runs || self.due.is_some() || search.trouble.is_some();
        // What is still to be counted begins below what was found.
        let uncounted = search.more.is_none() && search.rest.is_some();
        if under_way || uncounted || search.found.len() <= most * 2 {
            return 0;
        }
        let shed = search.found.split_off(most);
        search.rest = search.found.last().map(|record| record.seq);
        search.more.get_or_insert(Count::Exactly(0));
        shed.len()
    }

    /// Takes how many more there are.
    pub fn count(&mut self, id: u64, count: Count) {
        if id == self.id {
            self.search.more = Some(count);
        }
    }

    /// Is told that nothing more can be found.
    pub fn fail(&mut self, id: u64, reason: Plain) {
        if id == self.id {
            (self.search.runs, self.search.trouble) = (false, Some(reason));
        }
    }

    /// Is told that its question could not be asked.
    pub fn was_not_asked(&mut self, now: Timestamp) {
        self.search = Search::default();
        self.due = Some(now + REST);
    }

    /// What the store has found below this record.
    pub fn found(&self, oldest: Option<i64>) -> impl Iterator<Item = &Arc<AuditRecord>> {
        let found = self.search.found.iter();
        found.filter(move |record| oldest.is_none_or(|oldest| record.seq < oldest))
    }

    /// True if there is more than was found.
    pub fn goes_on(&self) -> bool {
        self.search.rest.is_some() || self.due.is_some()
    }

    /// How many match, if so many of them were loaded anyway.
    pub fn tally(&self, loaded: usize) -> Tally {
        let so_far = whole(loaded + self.search.found.len());
        let below = whole(loaded + self.search.counted);
        match self.search.more {
            Some(Count::Exactly(more)) => Tally::Exactly(below + more),
            Some(Count::AtLeast(more)) => Tally::AtLeast((below + more).max(so_far)),
            None if !self.goes_on() => Tally::Exactly(so_far),
            None if self.search.trouble.is_some() => Tally::AtLeast(so_far),
            None => Tally::SoFar(so_far),
        }
    }

    /// Why the rest can't be searched.
    pub fn trouble(&self) -> Option<&Plain> {
        self.search.trouble.as_ref()
    }

    /// Below which record it is being looked.
    pub fn searching(&self) -> Option<i64> {
        self.search.rest.filter(|_| self.search.runs)
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self { ask: Ask::among(AuditRecord::FIELDS), due: None, id: 0, search: Search::default() }
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
