//! The audit log: what was done, by whom and why, newest first.
//!
//! The only pane whose rows are not on the floor: it keeps the records it was sent, takes in what comes, and
//! asks for older ones when the cursor comes near the end. While something is looked for, those that are
//! kept are tested here, and the store tells of those below them.

mod errands;
mod finder;
mod news;
mod place;
mod rows;
mod sheet;
mod table;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::{buffer::Buffer, layout::Rect};

pub use self::news::Turn;
use self::{
    errands::Errands,
    finder::{Finder, Tally},
    sheet::{RecordSheet, TIME},
};
use super::PaneId;
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Outcome, Refusal, View,
            incident::{self, Incident},
            words,
        },
        widgets::{
            ask::Spot,
            frame,
            grid::{Grid, Look, Table},
            prose::Line,
        },
    },
    domain::{audit::AuditRecord, id::SessionId},
    engine::Command,
};

/// The pane.
#[derive(Debug)]
pub struct Audit {
    grid: Grid<RecordSheet>,
    /// The newest records without a gap, newest first.
    log: Vec<Arc<AuditRecord>>,
    /// Those that are looked for, newest first.
    rows: Vec<Arc<AuditRecord>>,
    /// The newest number there is: numbers have no gaps, so there are so many records.
    newest: i64,
    asked: bool,
    /// When a page is asked for again that could not be read.
    again: Option<Timestamp>,
    /// True if there is nothing older than what is kept, or nothing older is kept.
    complete: bool,
    /// True if there is something older.
    older: bool,
    known: bool,
    /// True while the cursor stays on the newest, whatever comes.
    follows: bool,
    /// What has come since it no longer does.
    missed: u64,
    finder: Finder,
    errands: Errands,
}

/// Rows below the cursor under which older ones are asked for.
const NEAR_THE_END: usize = 40;

/// Records kept, some kilobytes each; who looks further back than that searches.
const KEPT: usize = 5_000;

/// A page that could not be read is asked for again after so long.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

impl Audit {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self {
            grid: Grid::new(TIME),
            log: Vec::new(),
            rows: Vec::new(),
            newest: 0,
            asked: false,
            again: None,
            complete: false,
            older: false,
            known: false,
            follows: true,
            missed: 0,
            finder: Finder::default(),
            errands: Errands::default(),
        }
    }

    /// The record of this number.
    pub fn record(&self, seq: i64) -> Option<&AuditRecord> {
        self.rows.iter().chain(&self.log).find(|record| record.seq == seq).map(Arc::as_ref)
    }

    /// Looks for all records of a conversation.
    pub fn look_for(&mut self, session: &SessionId, cx: &Ctx) {
        let text = incident::text("session", &session.to_string());
        if self.finder.look_for(text, cx.now) {
            self.select_rows(cx);
            self.go_home(cx);
        }
    }

    /// Looks for all records again whose rows there are: those kept that match, and what was found below.
    fn select_rows(&mut self, cx: &Ctx) {
        let oldest = self.log.last().map(|record| record.seq);
        let kept = self.log.iter().filter(|record| self.finder.query().matches(record.as_ref()));
        let rows: Vec<_> = kept.chain(self.finder.found(oldest)).cloned().collect();
        self.rows = rows;
        self.observe_rows(cx);
    }

    fn observe_rows(&mut self, cx: &Ctx) {
        self.grid.observe(&self.rows, cx);
        if self.follows {
            self.go_home(cx);
        }
    }

    fn go_home(&mut self, cx: &Ctx) {
        self.grid.handle(Action::Home, &self.rows, cx);
        (self.follows, self.missed) = (true, 0);
    }

    /// What is to be asked now: older records near the end of those that are kept, or what is looked for.
    pub fn wants(&mut self, now: Timestamp) -> Option<Command> {
        let near = self.grid.below() <= NEAR_THE_END;
        if self.finder.due().is_some() && self.known {
            if !self.older {
                self.finder.rest();
                return None;
            }
            return self.finder.ask(now, self.log.last().map(|record| record.seq));
        }
        if self.finder.is_set() && self.known {
            return if near { self.finder.ask_on() } else { None };
        }
        if self.asked || self.complete || !near || self.again.is_some_and(|again| again > now) {
            return None;
        }
        (self.asked, self.again) = (true, None);
        Some(Command::Audit { before: self.log.last().map(|record| record.seq) })
    }

    /// When [`Audit::wants`] has to be asked, whatever happens.
    pub fn due(&self) -> Option<Timestamp> {
        self.finder.due().or(self.again)
    }

    /// Is told that its question could not be asked, or not answered.
    pub fn was_not_asked(&mut self, now: Timestamp) {
        (self.asked, self.again) = (false, Some(now + AGAIN));
    }

    /// True once the log has been checked to its end.
    pub fn is_checked(&self) -> bool {
        self.errands.is_checked()
    }

    fn selected(&self) -> Option<&AuditRecord> {
        self.grid.selected().and_then(|seq| self.record(*seq))
    }

    fn title(&self, (width, focused): (u16, bool), cx: &Ctx) -> (Line, Spot) {
        let mut head = super::name(PaneId::Audit, focused, cx);
        if self.known {
            head = head.and(Role::Text, self.count());
        }
        let mut line = Line::new();
        if let Some(trouble) = &cx.pulse.audit_trouble {
            line = line.and(Role::Alarm, format!("  ✗ can't be written: {trouble}"));
        }
        if self.known && !self.follows {
            let new = match self.missed {
                0 => "  follow off".to_owned(),
                n => format!("  follow off · {} new", words::grouped(n)),
            };
            line = line.and(Role::Warn, new);
        }
        line = self.errands.line(line);
        if let Some(trouble) = self.finder.trouble() {
            line = line.and(Role::Alarm, format!("  ✗ not searched: {trouble}"));
        } else if let Some(below) = self.finder.searching() {
            let below = words::grouped(below.unsigned_abs());
            line = line.and(Role::Quiet, format!("  searching below {below}…"));
        } else if self.asked && self.known {
            line = line.and(Role::Quiet, "  reading older…");
        } else if self.known && self.follows {
            line = line.and(Role::Quiet, "  following");
        }
        super::asked(self.finder.asked(), head, &line, width)
    }

    fn count(&self) -> String {
        let all = words::grouped(self.newest.unsigned_abs());
        if !self.finder.is_set() {
            return format!(" {all}");
        }
        let oldest = self.log.last().map_or(0, |record| record.seq);
        let loaded = self.rows.iter().filter(|record| record.seq >= oldest).count();
        match self.finder.tally(loaded) {
            Tally::Exactly(n) => format!(" {} of {all}", words::grouped(n)),
            Tally::AtLeast(n) => format!(" ≥ {} of {all}", words::grouped(n)),
            Tally::SoFar(n) => format!(" {}… of {all}", words::grouped(n)),
        }
    }

    /// Why there is nothing to see.
    fn vacancy(&self, cx: &Ctx) -> (Role, String) {
        let back = cx.keymap.hint(Action::Back);
        match (&cx.pulse.audit_trouble, self.known) {
            (_, true) if self.finder.asked().misread().is_some() => {
                // What was understood before still stands; that it finds nothing is no answer to this.
                (Role::Quiet, "Nothing is looked for while this can't be read.".into())
            }
            (_, true) if self.finder.is_set() && self.finder.goes_on() => {
                (Role::Quiet, "Searching…".into())
            }
            (_, true) if self.finder.is_set() => {
                (Role::Quiet, format!("No record is like that. {back} clears the filter."))
            }
            (_, true) => (Role::Quiet, "Nothing has been handed off from here yet.".into()),
            (Some(trouble), false) => {
                (Role::Warn, format!("▲ The audit log can't be read: {trouble}"))
            }
            (None, false) => super::unread(cx),
        }
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Audit {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::Filter,
            A::Jump,
            A::CopyIncident,
            A::Verify,
            A::Export,
            A::Back,
            A::Sort,
            A::Reverse,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
            A::Confirm,
        ]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Jump => "session",
            Action::Verify if self.errands.verifies() => "stop check",
            Action::Export if self.errands.exports() => "stop export",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, _cx: &Ctx) -> Option<Refusal> {
        match (action, self.selected()) {
            (Action::Confirm, None) => Some(super::NO_ROW.into()),
            (Action::Open, None) => Some("There is no record to open".into()),
            (Action::Jump | Action::CopyIncident, None) => {
                Some("There is no record under the cursor".into())
            }
            (Action::Jump, Some(record)) if record.session.is_none() => {
                Some("This record is about no session".into())
            }
            (Action::CopyIncident, Some(record)) if Incident::of(record).is_none() => {
                Some("This record belongs to no handoff and no session".into())
            }
            (Action::Export | Action::Verify, _) if !self.known => {
                Some("The audit log has not been read yet".into())
            }
            (Action::Export, _) if self.newest == 0 => Some("There is nothing to export".into()),
            (Action::Back, _) if self.finder.is_blank() => Some("Nothing to go back from".into()),
            (action, _) if action.is_movement() && self.grid.is_empty() => {
                Some("There are no records to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match action {
            Action::Filter => self.finder.open(),
            Action::Back => {
                if self.finder.look_for(String::new(), cx.now) {
                    self.select_rows(cx);
                }
            }
            Action::Verify => {
                let (command, text) = self.errands.verify(self.newest);
                return Outcome::Ask(command, text);
            }
            Action::Export => {
                let (command, text) = self.errands.export(self.finder.query());
                return Outcome::Ask(command, text);
            }
            _ => return self.handle_row(action, cx),
        }
        Outcome::Done
    }

    fn observe(&mut self, cx: &Ctx) {
        // The rows did not change, but the names in them come from the floor.
        self.grid.observe(&self.rows, cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        let done = self.grid.point(pointer, super::table(area), &self.rows, cx);
        done.into_iter().for_each(|action| self.heed(action));
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width, area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let (title, spot) = self.title((area.width, focused), cx);
        let inner = frame::rule(buf, area, &title, focused, cx.theme);
        self.grid.draw(&self.rows, inner, cx, Look { stale: false, ..cx.look(focused) }, buf);
        if self.grid.is_empty() {
            super::draw_vacancy(buf, inner, self.vacancy(cx), cx);
        }
        self.finder.asked().draw_below(buf, inner, spot, cx.theme);
    }

    fn table(&self) -> Option<&dyn Table> {
        Some(self)
    }

    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        Some(self)
    }

    fn is_typing(&self) -> bool {
        self.finder.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        if self.finder.edit(chord, cx.now, &self.rows) {
            self.select_rows(cx);
        }
    }

    fn most_pasted(&self) -> usize {
        // An id or two, and words.
        256
    }
}
