//! The audit log: what was done from here, newest first.
//!
//! The only pane whose rows are not on the floor: it keeps the records it was sent and asks for
//! older ones when the cursor comes near the end.

use std::fmt::Write;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Ctx, Opening, Outcome, Refusal, Subject, View, cells::unknown, words},
        widgets::{
            grid::{Column, Grid, Rank, Sheet},
            prose::Line,
        },
    },
    domain::{agent::Agent, audit::AuditRecord, text::Plain},
    engine::Command,
};

/// The pane.
#[derive(Debug)]
pub struct Audit {
    grid: Grid<RecordSheet>,
    records: Vec<AuditRecord>,
    asked: bool,
    complete: bool,
    known: bool,
}

/// How records fill the table.
#[derive(Debug)]
pub struct RecordSheet;

/// Rows below the cursor under which older ones are asked for.
const NEAR_THE_END: usize = 40;

/// Records kept; who scrolls further back than that wants the export.
const KEPT: usize = 20_000;

impl Sheet for RecordSheet {
    type Row = AuditRecord;
    type Key = i64;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("time", 8, 0),
        Column::text("event", 19, 19, 0),
        Column::text("session", 10, 20, 1),
        Column::text("→ target", 10, 22, 1),
        Column::text("status", 9, 10, 2),
        Column::number("latency", 8, 3),
        Column::text("user", 6, 14, 4),
        Column::text("why", 12, 60, 5).unsorted(),
    ];

    fn key(row: &AuditRecord) -> i64 {
        row.seq
    }

    fn rank(row: &AuditRecord, column: usize, cx: &Ctx) -> Option<Rank> {
        match column {
            0 => Some(Rank::Number(row.seq)),
            1 => Some(Rank::text(&row.event)),
            2 => row.session.as_ref().map(|id| Rank::text(&cx.guest_name(id))),
            3 => target(row, cx).map(|target| Rank::text(&target)),
            4 => row.status.as_ref().map(|status| Rank::text(status)),
            5 => row.latency_ms.and_then(|ms| i64::try_from(ms).ok()).map(Rank::Number),
            _ => Some(Rank::text(&row.actor.user)),
        }
    }

    fn cell(row: &AuditRecord, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => time(row, cx, out),
            1 => event(row, out),
            2 => text(row.session.as_ref().map(|id| cx.guest_name(id)).as_ref(), out),
            3 => text(target(row, cx).as_ref(), out),
            4 => text(row.status.as_ref(), out),
            5 => latency(row, out),
            6 => text(Some(&row.actor.user), out),
            _ => text(row.error.as_ref().or(row.reason.as_ref()), out),
        }
    }
}

/// The time, or for another day the date: the closer look has both.
fn time(row: &AuditRecord, cx: &Ctx, out: &mut String) -> Role {
    let (at, now) = (cx.zone.to_datetime(row.timestamp), cx.zone.to_datetime(cx.now));
    let format = if at.date() == now.date() { "%H:%M:%S" } else { "%d %b" };
    let written = write!(out, "{}", at.strftime(format));
    debug_assert!(written.is_ok());
    Role::Text
}

/// `✓ handoff_completed`: the event as the log names it, so that it can be searched for.
fn event(row: &AuditRecord, out: &mut String) -> Role {
    let (shape, role) = words::event(&row.event);
    out.push_str(shape);
    out.push(' ');
    out.push_str(&row.event);
    role
}

fn target(row: &AuditRecord, cx: &Ctx) -> Option<Plain> {
    let agent = row
        .agent
        .as_ref()
        .map(|id| cx.floor.agent(id).map_or_else(|| id.short().into(), Agent::label));
    agent.or_else(|| row.queue.as_ref().map(|id| cx.queue_name(id)))
}

fn text(text: Option<&Plain>, out: &mut String) -> Role {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return unknown(out) };
    out.push_str(text);
    Role::Text
}

fn latency(row: &AuditRecord, out: &mut String) -> Role {
    let Some(ms) = row.latency_ms else { return unknown(out) };
    let written = if ms < 10_000 { write!(out, "{ms} ms") } else { write!(out, "{} s", ms / 1000) };
    debug_assert!(written.is_ok());
    Role::Text
}

impl Audit {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self {
            grid: Grid::new(0),
            records: Vec::new(),
            asked: false,
            complete: false,
            known: false,
        }
    }

    /// The record of this number.
    pub fn record(&self, seq: i64) -> Option<&AuditRecord> {
        self.records.iter().find(|record| record.seq == seq)
    }

    /// Takes a new record in. A cursor on the newest stays on the newest.
    pub fn prepend(&mut self, record: AuditRecord, cx: &Ctx) {
        if self.record(record.seq).is_some() {
            return;
        }
        let follows = self.grid.at_top();
        let place = self.records.partition_point(|known| known.seq > record.seq);
        self.records.insert(place, record);
        self.records.truncate(KEPT);
        self.grid.observe(&self.records, cx);
        if follows {
            self.grid.handle(Action::Home, &self.records, cx);
        }
    }

    /// Takes a page of older records in.
    pub fn append(&mut self, page: Vec<AuditRecord>, complete: bool, cx: &Ctx) {
        (self.asked, self.known) = (false, true);
        self.complete = complete || page.is_empty();
        self.records.extend(page);
        self.records.sort_by_key(|record| std::cmp::Reverse(record.seq));
        self.records.dedup_by_key(|record| record.seq);
        self.complete |= self.records.len() >= KEPT;
        self.grid.observe(&self.records, cx);
    }

    /// What to ask for, if the cursor is near the end of what is known.
    pub fn wants(&mut self) -> Option<Command> {
        if self.asked || self.complete || self.grid.below() > NEAR_THE_END {
            return None;
        }
        self.asked = true;
        Some(Command::Audit { before: self.records.last().map(|record| record.seq) })
    }

    /// Is told that its question could not be asked.
    pub fn was_not_asked(&mut self) {
        self.asked = false;
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
            A::Sort,
            A::Reverse,
            A::Back,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn refuses(&self, action: Action, _cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Open if self.grid.selected().is_none() => {
                Some("There is no record to open".into())
            }
            Action::Back if self.grid.filter().is_empty() => Some("Nothing to go back from".into()),
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no records to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &self.records, cx) {
            return Outcome::Done;
        }
        match (action, self.grid.selected()) {
            (Action::Open, Some(&seq)) => Outcome::Open(Opening::Detail(Subject::Record(seq))),
            _ => Refusal::from("That means nothing in the audit log").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        // The rows did not change, but the names in them come from the floor.
        self.grid.observe(&self.records, cx);
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let mut extra = Line::new();
        if let Some(trouble) = &cx.pulse.audit_trouble {
            extra = extra.and(Role::Alarm, format!("  ✗ can't be written: {trouble}"));
        } else if self.asked && self.known {
            extra = extra.and(Role::Quiet, "  reading older…");
        }
        let dressing = Dressing {
            id: PaneId::Audit,
            known: self.known,
            empty: "Nothing has been handed off from here yet.",
            noun: "record",
            extra,
        };
        super::draw(&self.grid, &self.records, dressing, (area, focused), cx, buf);
    }

    fn is_typing(&self) -> bool {
        self.grid.typing().is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &self.records, cx);
    }
}
