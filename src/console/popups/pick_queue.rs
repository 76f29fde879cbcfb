//! Choosing the queue for a handoff.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{about, table};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View, fields::Passes, gate, queue_sheet::QueueSheet,
        },
        widgets::{
            frame,
            grid::{Column, Grid, Rank, Sheet, Table},
            prose,
            prose::Line,
        },
    },
    domain::{
        handoff::Target,
        id::{QueueId, SessionId},
        query::Field,
        queue::{Queue, QueueState},
    },
};

/// The picker.
#[derive(Debug)]
pub struct PickQueue {
    session: SessionId,
    grid: Grid<TargetSheet>,
    /// True once the cursor has left its queue by itself, until the person has taken note.
    slipped: bool,
}

/// The queue pane's columns that matter to a choice.
#[derive(Debug)]
pub struct TargetSheet;

/// Columns of the pane's sheet, in the picker's order.
const SHOWN: [usize; 7] = [0, 1, 2, 3, 7, 8, 10];

impl Sheet for TargetSheet {
    type Row = Queue;
    type Key = QueueId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        QueueSheet::COLUMNS[SHOWN[0]],
        QueueSheet::COLUMNS[SHOWN[1]],
        QueueSheet::COLUMNS[SHOWN[2]],
        QueueSheet::COLUMNS[SHOWN[3]],
        QueueSheet::COLUMNS[SHOWN[4]],
        QueueSheet::COLUMNS[SHOWN[5]],
        QueueSheet::COLUMNS[SHOWN[6]],
    ];

    const FIELDS: &'static [Field] = QueueSheet::FIELDS;

    fn key(row: &Queue) -> QueueId {
        row.id.clone()
    }

    fn rank(row: &Queue, column: usize, cx: &Ctx) -> Option<Rank> {
        QueueSheet::rank(row, SHOWN[column], cx)
    }

    fn cell(row: &Queue, column: usize, cx: &Ctx, out: &mut String) -> Role {
        QueueSheet::cell(row, SHOWN[column], cx, out)
    }

    fn text(row: &Queue, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        QueueSheet::text(row, field, cx, passes)
    }

    fn number(row: &Queue, field: &str, cx: &Ctx) -> Option<f64> {
        QueueSheet::number(row, field, cx)
    }

    fn faint(row: &Queue, _cx: &Ctx) -> bool {
        row.state != QueueState::Open
    }
}

impl PickQueue {
    /// The session it is for.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// A picker for `session`, with the cursor on `wanted` if given.
    pub fn new(session: SessionId, wanted: Option<&QueueId>, cx: &Ctx) -> Self {
        let mut picker = Self { session, grid: Grid::new(0).steady(), slipped: false };
        picker.observe(cx);
        picker.grid.hold_from(cx.now);
        if let Some(wanted) = wanted {
            picker.grid.select(wanted, &cx.floor.queues);
        }
        picker
    }

    fn refuses_choice(&self, cx: &Ctx) -> Option<Refusal> {
        let Some(id) = self.grid.selected() else {
            return Some("There is no queue to choose".into());
        };
        let Some(session) = cx.floor.session(&self.session) else {
            return Some("The session has ended".into());
        };
        let target = Target::Queue(id.clone());
        // The card can ask for another place in the same line.
        if gate::stays(session, &target) {
            return gate::refuses_session(&self.session, cx);
        }
        gate::refuses_target(&cx.floor, session, &target, cx)
    }
}

/// What can be done while a queue is chosen.
pub const CHOOSING: &[Action] = &[
    Action::Open,
    Action::Back,
    Action::Filter,
    Action::Sort,
    Action::Reverse,
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::Home,
    Action::End,
];

impl View for PickQueue {
    fn actions(&self) -> &'static [Action] {
        CHOOSING
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Open { "choose" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Open => self.refuses_choice(cx),
            Action::Confirm => {
                Some("Choose a queue with enter first; y confirms on the card".into())
            }
            action if action.is_movement() && self.grid.is_empty() => {
                Some("There are no queues to choose from".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &cx.floor.queues, cx) {
            self.slipped &= !action.is_movement();
            return Outcome::Done;
        }
        match (action, self.grid.selected()) {
            (Action::Open, Some(_)) if std::mem::take(&mut self.slipped) => {
                super::has_slipped(action, cx)
            }
            (Action::Open, Some(id)) => {
                Outcome::Open(Opening::Card(self.session.clone(), Target::Queue(id.clone())))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.slipped |= self.grid.observe(&cx.floor.queues, cx).is_some();
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        self.grid.point(pointer, table(area, 2), &cx.floor.queues, cx);
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width.saturating_sub(4), area.height.saturating_sub(5));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Accent, "Hand off to a queue")
            .and(Role::Quiet, format!("  {} queues", self.grid.total()));
        let inner = frame::panel(buf, area, &self.grid.popup_title(title.clone(), area), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &about(&self.session, cx), cx.theme);
        let table = table(area, 2);
        self.grid.draw(&cx.floor.queues, table, cx, cx.look(true), buf);
        self.grid.draw_below(buf, inner, title, cx.theme);
    }

    fn table(&self) -> Option<&dyn Table> {
        Some(&self.grid)
    }

    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        Some(&mut self.grid)
    }

    fn is_typing(&self) -> bool {
        self.grid.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &cx.floor.queues, cx);
    }
}
