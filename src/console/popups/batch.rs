//! How the last batch is doing: each of its orders, and how each has ended. It stays for looking at
//! until the next batch.

use std::fmt::Write;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            Ctx, Outcome, Refusal, View,
            batch::{BatchRun, Item},
            handoffs,
        },
        widgets::{
            frame,
            grid::{Column, Grid, Rank, Sheet, UNSORTED},
            prose,
            prose::Line,
        },
    },
    domain::{handoff::Stage, id::HandoffId},
};

/// The popup.
#[derive(Debug)]
pub struct BatchView {
    grid: Grid<ItemSheet>,
}

/// How orders fill the table.
#[derive(Debug)]
pub struct ItemSheet;

impl Sheet for ItemSheet {
    type Row = Item;
    type Key = HandoffId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("guest", 14, 26, 0).unsorted(),
        Column::text("→ to", 14, 26, 0).unsorted(),
        Column::text("stage", 15, 15, 0).unsorted(),
        Column::text("because", 16, 60, 0).unsorted(),
    ];

    fn key(row: &Item) -> HandoffId {
        row.order.clone()
    }

    fn rank(_row: &Item, _column: usize, _cx: &Ctx) -> Option<Rank> {
        // They stand in the order in which they are begun.
        None
    }

    fn cell(row: &Item, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => {
                out.push_str(&row.guest);
                Role::Text
            }
            1 => {
                out.push_str(&cx.target_name(&row.target));
                Role::Text
            }
            2 => stage(row, cx, out),
            _ => match row.stage.as_ref().and_then(Stage::reason) {
                Some(reason) => {
                    out.push_str(reason);
                    Role::Warn
                }
                None => Role::Text,
            },
        }
    }
}

fn stage(row: &Item, cx: &Ctx, out: &mut String) -> Role {
    let Some(stage) = &row.stage else {
        let waits =
            cx.batch.as_ref().is_some_and(|batch| batch.is_running() && !batch.is_stopping());
        out.push_str(if waits { "· in line" } else { "⊘ not begun" });
        return Role::Quiet;
    };
    let (shape, role) = handoffs::shape(stage);
    let left = |until: Timestamp| until.duration_since(cx.now).as_secs().max(0);
    let written = match stage {
        // The last second counts as one: "0s" would say that it has left.
        Stage::Grace { until } => write!(out, "{shape} leaves in {}s", left(*until) + 1),
        Stage::Alerting { until: Some(until) } => write!(out, "{shape} rings {}s", left(*until)),
        Stage::Deferred { expires, .. } => {
            write!(out, "{shape} full, waits {}s at most", left(*expires))
        }
        Stage::Cancelled => write!(out, "{shape} called back"),
        stage => write!(out, "{shape} {}", stage.word()),
    };
    debug_assert!(written.is_ok());
    role
}

impl BatchView {
    /// A look at the last batch.
    pub fn new(cx: &Ctx) -> Self {
        let mut popup = Self { grid: Grid::new(UNSORTED) };
        popup.observe(cx);
        popup
    }

    fn items(cx: &Ctx) -> &[Item] {
        cx.batch.as_ref().map_or(&[], BatchRun::items)
    }

    /// The reason of the row under the cursor in full, and what can be done.
    fn below(&self, cx: &Ctx) -> Option<Line> {
        let id = self.grid.selected()?;
        let item = Self::items(cx).iter().find(|item| item.order == *id)?;
        let reason = item.stage.as_ref().and_then(Stage::reason)?;
        Some(Line::of(Role::Warn, format!("✗ {}: {reason}", item.guest)))
    }
}

/// How far a batch has come: `3/12 done, 1 failed, 2 under way`.
pub fn summary(batch: &BatchRun) -> Line {
    let counts = batch.counts();
    let role = if batch.is_running() { Role::Strong } else { Role::Good };
    let mut line = Line::of(role, format!("{}/{} done", counts.done, counts.of));
    if counts.failed > 0 {
        line = line.and(Role::Warn, format!(", ✗ {} failed", counts.failed));
    }
    if counts.taken_back > 0 {
        line = line.and(Role::Text, format!(", ↩ {} taken back", counts.taken_back));
    }
    if counts.under_way > 0 {
        line = line.and(Role::Accent, format!(", ⠿ {} under way", counts.under_way));
    }
    match batch.why_stopped() {
        Some(why) => line.and(Role::Warn, format!(", ⊘ {why}")),
        None if counts.left > 0 => line.and(Role::Quiet, format!(", {} in line", counts.left)),
        None => line,
    }
}

/// Lines above the table, and below it.
const ABOVE: u16 = 2;
const BELOW: u16 = 3;

/// Where the table is inside of the box.
fn table(inner: Rect) -> Rect {
    let below = if inner.height > 10 { BELOW } else { 0 };
    let height = inner.height.saturating_sub(ABOVE + below);
    Rect { y: inner.y + ABOVE, height, ..inner }
}

impl View for BatchView {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Back, A::Cancel, A::StopBatch, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Back { "hide" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let batch = cx.batch.as_ref()?;
        match action {
            Action::StopBatch if !batch.is_running() => Some("The batch has ended".into()),
            Action::StopBatch if batch.is_stopping() => {
                Some("Nothing more is begun already; what has begun goes on".into())
            }
            Action::StopBatch if batch.not_begun().is_empty() => {
                Some("Everything has begun already: there is nothing to stop".into())
            }
            Action::Cancel if batch.in_grace().is_empty() => {
                Some("None of them is in its grace time: there is nothing to call back".into())
            }
            Action::Sort | Action::Reverse => {
                Some("They stay in the order in which they are begun".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if action == Action::StopBatch {
            return Outcome::StopBatch;
        }
        match self.grid.handle(action, Self::items(cx), cx) {
            true => Outcome::Done,
            false => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.grid.observe(Self::items(cx), cx);
    }

    fn arrange(&mut self, area: Rect) {
        let inner = Rect { height: area.height.saturating_sub(2), ..area };
        let table = table(inner);
        self.grid.resize(table.width, table.height.saturating_sub(1));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let Some(batch) = &cx.batch else { return };
        let title = if batch.is_running() { "Batch" } else { "Batch: ended" };
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, title), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &summary(batch), cx.theme);
        let table = table(inner);
        self.grid.draw(batch.items(), table, cx, cx.look(true), buf);
        let below = Rect {
            y: table.bottom() + 1,
            height: inner.bottom().saturating_sub(table.bottom() + 1),
            ..inner
        };
        if let Some(reason) = self.below(cx) {
            let lines = prose::fold(&reason, below.width, usize::from(below.height));
            prose::lines(buf, below, &lines, 0, cx.theme);
        }
    }
}
