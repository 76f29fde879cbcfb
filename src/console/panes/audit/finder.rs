//! What is looked for in the log: the query as it is typed, what was found of it in the store, and what
//! still has to be asked.
//!
//! Records that are loaded are tested here and at once; the store is asked for those below them, and only
//! after the hand has rested for a moment.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tui_input::Input;

use crate::{
    console::{
        keys::{Chord, Edit},
        theme::Role,
        widgets::{prompt, prose::Line},
    },
    domain::{
        audit::AuditRecord,
        query::{Misread, Query},
        text::Plain,
    },
    engine::{Command, Count, LogAsk, Wanted, Work},
};

/// The store is asked once no key was pressed for so long.
const REST: SignedDuration = SignedDuration::from_millis(250);

/// Records that are asked for at a time.
const PAGE: usize = 100;

/// What is looked for.
#[derive(Debug, Default)]
pub struct Finder {
    input: Option<Input>,
    text: String,
    query: Query,
    misread: Option<Misread>,
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
    /// True while a query is typed.
    pub fn is_typing(&self) -> bool {
        self.input.is_some()
    }

    /// Begins to type.
    pub fn open(&mut self) {
        self.input = Some(self.text.as_str().into());
    }

    /// True if something is looked for.
    pub fn is_set(&self) -> bool {
        !self.query.is_all()
    }

    /// True if nothing is looked for, and nothing typed.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && self.input.is_none()
    }

    /// What is looked for.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A press while it is typed. True if something else is looked for now.
    pub fn edit(&mut self, chord: Chord, now: Timestamp) -> bool {
        let Some(input) = &mut self.input else { return false };
        match chord.edit() {
            Some(Edit::Change(request)) => {
                input.handle(request);
                let text = input.value().to_owned();
                self.due = self.due.and(Some(now + REST));
                self.look_for(text, now)
            }
            Some(Edit::Keep) => {
                self.input = None;
                self.due = self.due.and(Some(now));
                // What can't be read finds nothing: what was found last stands for what was read last.
                false
            }
            Some(Edit::Drop) => {
                self.input = None;
                self.look_for(String::new(), now)
            }
            None => false,
        }
    }

    /// Looks for something else. True if that is not what was looked for.
    pub fn look_for(&mut self, text: String, now: Timestamp) -> bool {
        if text == self.text {
            return false;
        }
        let read = Query::parse::<AuditRecord>(&text, now);
        self.text = text;
        match read {
            Ok(query) => {
                self.misread = None;
                let differs = query != self.query;
                if differs {
                    self.query = query;
                    self.id += 1;
                    self.search = Search::default();
                    self.due = self.is_set().then_some(now + REST);
                }
                differs
            }
            Err(misread) => {
                self.misread = Some(misread);
                false
            }
        }
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
        let (id, query) = (self.id, self.query.clone());
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

    /// `line` with the query, and the caret while it is typed.
    pub fn line(&self, line: Line) -> Line {
        let role = if self.misread.is_some() { Role::Alarm } else { Role::Accent };
        match &self.input {
            Some(input) => prompt::typed(line.and(role, " /"), input, role),
            None if self.text.is_empty() => line,
            None => line.and(role, format!(" /{}", Plain::new(&self.text))),
        }
    }

    /// Why the query can't be read.
    pub fn misread(&self) -> Option<&Misread> {
        self.misread.as_ref()
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
