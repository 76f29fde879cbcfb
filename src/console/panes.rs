//! The six panes, and what their tables have in common.

pub mod agents;
pub mod audit;
pub mod health;
pub mod inbox;
pub mod queues;
pub mod sessions;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    keys::Action,
    theme::Role,
    view::Ctx,
    widgets::{
        ask::{Ask, LEAST, Spot},
        clock, frame,
        grid::{Grid, Look, Sheet},
        prose,
        prose::Line,
    },
};
use crate::engine::Link;

/// Which pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// The queues.
    Queues,
    /// The agents.
    Agents,
    /// The sessions.
    Sessions,
    /// The audit log.
    Audit,
    /// What bots have asked for.
    Inbox,
    /// How everything else is.
    Health,
}

impl PaneId {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 6] =
        [Self::Queues, Self::Agents, Self::Sessions, Self::Audit, Self::Inbox, Self::Health];

    /// The word on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Queues => "Queues",
            Self::Agents => "Agents",
            Self::Sessions => "Sessions",
            Self::Audit => "Audit",
            Self::Inbox => "Inbox",
            Self::Health => "Health",
        }
    }

    /// Its name on the command line, in the configuration and in what is remembered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queues => "queues",
            Self::Agents => "agents",
            Self::Sessions => "sessions",
            Self::Audit => "audit",
            Self::Inbox => "inbox",
            Self::Health => "health",
        }
    }

    /// The pane of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.name() == name)
    }

    /// The action that goes to it.
    pub fn action(self) -> Action {
        match self {
            Self::Queues => Action::PaneQueues,
            Self::Agents => Action::PaneAgents,
            Self::Sessions => Action::PaneSessions,
            Self::Audit => Action::PaneAudit,
            Self::Inbox => Action::PaneInbox,
            Self::Health => Action::PaneHealth,
        }
    }

    /// True if its rows are the floor's, and as old as that.
    fn shows_floor(self) -> bool {
        matches!(self, Self::Queues | Self::Agents | Self::Sessions)
    }

    /// The pane `step` tabs further.
    pub fn step(self, step: usize) -> Self {
        let at = Self::ALL.iter().position(|&id| id == self).unwrap_or(0);
        Self::ALL[(at + step) % Self::ALL.len()]
    }
}

/// What the rule draws before a title.
const FRAME: u16 = 3;

/// What a pane adds to its table.
struct Dressing<'a> {
    id: PaneId,
    /// Whether its rows have been read at all.
    known: bool,
    /// What an empty table means.
    empty: &'a str,
    /// One row, and several, for "no session holds …".
    noun: &'static str,
    /// More for the title.
    extra: Line,
}

/// Draws a pane: the rule with its title, then the table or why there is none.
fn draw<S: Sheet<Cx = Ctx>>(
    grid: &Grid<S>,
    rows: &[S::Row],
    dressing: Dressing<'_>,
    (area, focused): (Rect, bool),
    cx: &Ctx,
    buf: &mut Buffer,
) {
    let (title, spot) = title(grid, &dressing, (area.width, focused), cx);
    let inner = frame::rule(buf, area, &title, focused, cx.theme);
    let look = cx.look(focused);
    let stale = look.stale && dressing.id.shows_floor();
    grid.draw(rows, inner, cx, Look { stale, ..look }, buf);
    if grid.is_empty() {
        draw_vacancy(buf, inner, vacancy(grid, &dressing, cx), cx);
    }
    grid.filter().draw_below(buf, inner, spot, cx.theme);
}

/// Where the table of a pane is: under its title.
fn table(area: Rect) -> Rect {
    Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area }
}

/// What is said where an id is to be copied and there is no row.
const NO_ROW: &str = "There is no row under the cursor to copy the id of";

/// Says below the heading why a table is empty.
fn draw_vacancy(buf: &mut Buffer, inner: Rect, (role, text): (Role, String), cx: &Ctx) {
    if inner.height < 2 {
        return;
    }
    let y = inner.y + 1 + (inner.height > 4) as u16;
    let place = Rect {
        x: inner.x + 2,
        y,
        width: inner.width.saturating_sub(3),
        height: inner.bottom().saturating_sub(y).min(3),
    };
    let lines = prose::fold(&Line::of(role, text), place.width, usize::from(place.height));
    prose::lines(buf, place, &lines, 0, cx.theme);
}

/// The pane's key and word.
fn name(id: PaneId, focused: bool, cx: &Ctx) -> Line {
    let role = if focused { Role::Accent } else { Role::Strong };
    let key = cx.keymap.chords(id.action()).first();
    let key = key.map(|key| format!("{key} ")).unwrap_or_default();
    Line::of(Role::Quiet, key).and(role, id.title())
}

/// The title in a pane of so many columns, and where in it the query stands.
fn title<S: Sheet>(
    grid: &Grid<S>,
    dressing: &Dressing<'_>,
    (width, focused): (u16, bool),
    cx: &Ctx,
) -> (Line, Spot) {
    let mut line = name(dressing.id, focused, cx);
    if dressing.known {
        let count = match grid.filter().is_empty() {
            true => format!(" {}", grid.total()),
            false => format!(" {} of {}", grid.len(), grid.total()),
        };
        line = line.and(Role::Text, count);
    }
    if grid.is_held() {
        line = line.and(Role::Quiet, " ≡");
    }
    let mut tail = Line::new();
    if cx.is_stale() && dressing.known && dressing.id.shows_floor() {
        let age = cx.data_age().map_or_else(|| "-".to_owned(), clock::short);
        tail = tail.and(Role::Warn, format!(" ◐ {age} old"));
    }
    asked(grid.filter(), line, &tail.with(&dressing.extra), width)
}

/// A title with what is looked for, and after that what the pane tells besides: that has its place unless a
/// query is typed, which needs all there is.
fn asked(ask: &Ask, line: Line, tail: &Line, width: u16) -> (Line, Spot) {
    let room = width.saturating_sub(FRAME + 1);
    let least = (line.columns() + LEAST).min(room);
    let taken = if ask.is_typing() { 0 } else { tail.columns() };
    let (line, spot) = ask.line(line, room.saturating_sub(taken).max(least));
    (line.with(tail), Spot { at: spot.at + FRAME, ..spot })
}

/// Why there is nothing to see.
fn vacancy<S: Sheet>(grid: &Grid<S>, dressing: &Dressing<'_>, cx: &Ctx) -> (Role, String) {
    if grid.total() > 0 {
        let (filter, noun) = (grid.filter().text().trim(), dressing.noun);
        let back = cx.keymap.hint(Action::Back);
        if grid.filter().misread().is_some() {
            return (Role::Quiet, format!("What could be read last finds no {noun}."));
        }
        if let Some(name) = grid.filter().begun() {
            return (
                Role::Quiet,
                format!("No {noun} holds “{filter}” so far; tab makes it {name}"),
            );
        }
        return (Role::Quiet, format!("No {noun} holds “{filter}”. {back} clears the filter."));
    }
    if dressing.known {
        return (Role::Quiet, dressing.empty.to_owned());
    }
    unread(cx)
}

/// Why nothing has been read yet.
fn unread(cx: &Ctx) -> (Role, String) {
    match &cx.pulse.link {
        Link::Connecting => (Role::Quiet, "Connecting…".into()),
        Link::Live => (Role::Quiet, "Reading…".into()),
        Link::Stale { reason } | Link::Retrying { reason, .. } => {
            (Role::Warn, format!("▲ Nothing could be read yet: {reason}"))
        }
    }
}
