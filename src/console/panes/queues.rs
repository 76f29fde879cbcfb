//! The queues: who waits, for how long, and who is there to take it.

use std::fmt::Write;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Ctx, Opening, Outcome, Refusal, Subject, View, gate, limits, words},
        widgets::{
            clock,
            grid::{Column, Grid, Rank, Sheet},
            prose::Line,
        },
    },
    domain::{id::QueueId, queue::Queue},
};

/// The pane.
#[derive(Debug)]
pub struct Queues {
    grid: Grid<QueueSheet>,
}

/// How queues fill a table; the queue picker shows the same.
#[derive(Debug)]
pub struct QueueSheet;

/// The column the pane is sorted by at first.
pub const WAITING: usize = 2;

impl Sheet for QueueSheet {
    type Row = Queue;
    type Key = QueueId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("queue", 14, 30, 0),
        Column::text("state", 11, 11, 0),
        Column::number("waiting", 8, 0),
        Column::number("longest", 10, 1),
        Column::number("alerting", 9, 7),
        Column::number("talking", 8, 4),
        Column::number("on queue", 9, 3),
        Column::number("idle", 5, 2),
        Column::number("free", 6, 5),
        Column::number("load", 5, 6),
        Column::number("SL/goal", 8, 2).rising(),
    ];

    fn key(row: &Queue) -> QueueId {
        row.id.clone()
    }

    fn rank(row: &Queue, column: usize, _cx: &Ctx) -> Option<Rank> {
        let count = |n: Option<u32>| n.map(i64::from);
        let number = match column {
            0 => return Some(Rank::text(&row.name)),
            1 => return Some(Rank::text(row.state.word())),
            2 => count(row.waiting),
            // The longest wait has the earliest start.
            3 => row.longest_since.map(|since| -since.as_second()),
            4 => count(row.alerting),
            5 => count(row.interacting),
            6 => count(row.staff.map(|staff| staff.on_queue())),
            7 => count(row.staff.map(|staff| staff.idle)),
            8 => count(row.slots.map(|slots| slots.free)),
            9 => count(row.load()),
            _ => ratio(row).map(|ratio| (ratio * 10_000.0) as i64),
        };
        number.map(Rank::Number)
    }

    fn cell(row: &Queue, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => {
                out.push_str(&row.name);
                Role::Text
            }
            1 => state(row, out),
            2 => waiting(row, cx, out),
            3 => longest(row, cx, out),
            4 => number(row.alerting, out),
            5 => number(row.interacting, out),
            6 => number(row.staff.map(|staff| staff.on_queue()), out),
            7 => number(row.staff.map(|staff| staff.idle), out),
            8 => free(row, out),
            9 => load(row, out),
            _ => service_level(row, out),
        }
    }
}

fn state(row: &Queue, out: &mut String) -> Role {
    let (shape, role) = words::queue(row.state);
    let written = write!(out, "{shape} {}", row.state.word());
    debug_assert!(written.is_ok());
    role
}

/// A count; unknown is `-`, never 0.
pub fn number(count: Option<u32>, out: &mut String) -> Role {
    match count {
        Some(count) => {
            let written = write!(out, "{count}");
            debug_assert!(written.is_ok());
            if count == 0 { Role::Quiet } else { Role::Text }
        }
        None => unknown(out),
    }
}

/// What is not known.
pub fn unknown(out: &mut String) -> Role {
    out.push('-');
    Role::Quiet
}

fn waiting(row: &Queue, cx: &Ctx, out: &mut String) -> Role {
    let role = number(row.waiting, out);
    match (row.waiting, cx.age(row.longest_since)) {
        (Some(1..), Some(age)) => limits::wait(age).1,
        _ => role,
    }
}

fn longest(row: &Queue, cx: &Ctx, out: &mut String) -> Role {
    let Some(age) = cx.age(row.longest_since) else { return unknown(out) };
    let (shape, role) = limits::wait(age);
    out.push_str(shape);
    clock::span(age, out);
    role
}

fn free(row: &Queue, out: &mut String) -> Role {
    let Some(slots) = row.slots else { return unknown(out) };
    let written = write!(out, "{}/{}", slots.free, slots.capacity);
    debug_assert!(written.is_ok());
    if slots.free == 0 { Role::Warn } else { Role::Text }
}

fn load(row: &Queue, out: &mut String) -> Role {
    let Some(load) = row.load() else { return unknown(out) };
    let written = write!(out, "{load}%");
    debug_assert!(written.is_ok());
    Role::Text
}

fn ratio(row: &Queue) -> Option<f64> {
    row.service_level.and_then(|level| level.ratio())
}

fn service_level(row: &Queue, out: &mut String) -> Role {
    let Some(ratio) = ratio(row) else { return unknown(out) };
    let target = row.service_level.and_then(|level| level.target);
    let (shape, role) = target.map_or(("", Role::Text), |goal| limits::at_least(ratio, goal));
    let written = match target {
        Some(goal) => write!(out, "{shape}{:.0}/{:.0}%", ratio * 100.0, goal * 100.0),
        None => write!(out, "{:.0}%", ratio * 100.0),
    };
    debug_assert!(written.is_ok());
    role
}

impl Queues {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self { grid: Grid::new(WAITING) }
    }

    /// The queue under the cursor.
    pub fn selected(&self) -> Option<&QueueId> {
        self.grid.selected()
    }
}

impl Default for Queues {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Queues {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::HandoffQueue,
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

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::HandoffQueue => match &cx.session {
                Some(id) => gate::refuses_session(id, cx),
                None => Some("There is no session under the cursor".into()),
            },
            Action::Open if self.selected().is_none() => Some("There is no queue to open".into()),
            Action::Back if self.grid.filter().is_empty() => Some("Nothing to go back from".into()),
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no queues to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &cx.floor.queues, cx) {
            return Outcome::Done;
        }
        match (action, self.selected(), &cx.session) {
            (Action::Open, Some(id), _) => {
                Outcome::Open(Opening::Detail(Subject::Queue(id.clone())))
            }
            (Action::HandoffQueue, queue, Some(session)) => {
                Outcome::Open(Opening::PickQueue(session.clone(), queue.cloned()))
            }
            _ => Refusal::from("That means nothing among queues").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.grid.observe(&cx.floor.queues, cx);
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let dressing = Dressing {
            id: PaneId::Queues,
            known: cx.floor.loading.queues_known,
            empty: "This org has no queues that you may see.",
            noun: "queue",
            extra: Line::new(),
        };
        super::draw(&self.grid, &cx.floor.queues, dressing, (area, focused), cx, buf);
    }

    fn is_typing(&self) -> bool {
        self.grid.typing().is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &cx.floor.queues, cx);
    }
}
