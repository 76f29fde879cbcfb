//! The plan on the screen: the sums, the rows, and in full what is wrong with the row under the
//! cursor.

use std::collections::HashSet;

use ratatui::{buffer::Buffer, layout::Rect};

use super::Plan;
use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, batch},
        widgets::{frame, paint, prose, prose::Line},
    },
    domain::handoff::Target,
};

/// Lines above the table with room for all of them, and without.
const ABOVE: (u16, u16) = (5, 2);

/// Lines below it, for the reason in full.
const BELOW: u16 = 3;

/// Insides from which there is room for everything.
const ROOMY: u16 = 13;

/// Where the table is in a popup that takes `area`.
pub fn table(area: Rect) -> Rect {
    let height = area.height.saturating_sub(2);
    let (above, below) = if height >= ROOMY { (ABOVE.0, BELOW) } else { (ABOVE.1, 0) };
    Rect {
        x: area.x + 2,
        y: area.y + 1 + above,
        width: area.width.saturating_sub(4),
        height: height.saturating_sub(above + below),
    }
}

impl Plan {
    /// Draws all of it.
    pub fn draw_all(&self, buf: &mut Buffer, area: Rect, cx: &Ctx) {
        let title = format!("Hand {} off?", batch::sessions(self.rows.len()));
        let mut title = Line::of(Role::Accent, title);
        let (roomy, hidden) = (frame::inside(area).height >= ROOMY, self.count_hidden());
        // There is no line for it where there is no room.
        if hidden > 0 && !roomy {
            title = title.and(Role::Warn, format!("  △ {hidden} hidden"));
        }
        let inner = frame::panel(buf, area, &title, cx.theme);
        let mut above = match (roomy, self.is_asking()) {
            (true, _) => vec![self.sums(cx), self.waits.line(cx), self.verdict(cx)],
            (false, true) => vec![self.verdict(cx)],
            (false, false) => vec![self.sums(cx)],
        };
        above.extend(unseen(hidden).filter(|_| roomy));
        above.push(self.takings());
        prose::lines(buf, inner, &above, 0, cx.theme);
        let table = table(area);
        self.grid.draw(&self.rows, table, cx, cx.look(true), buf);
        if self.rows.is_empty() && table.height > 1 {
            let (x, y) = (table.x + 2, table.y + 1);
            paint::text(buf, x, y, table.width, super::EMPTY, cx.theme.style(Role::Quiet));
        }
        if roomy {
            self.draw_reason(buf, table, cx);
        }
    }

    /// How many of its rows the filter of the sessions hides: they are handed off as the others are.
    fn count_hidden(&self) -> usize {
        self.rows.iter().filter(|row| self.hidden.contains(&row.session)).count()
    }

    fn is_asking(&self) -> bool {
        self.count.is_some()
    }

    /// The note of the row under the cursor in full: its column is often too narrow for it.
    fn draw_reason(&self, buf: &mut Buffer, table: Rect, cx: &Ctx) {
        let Some((role, note)) = self.current().and_then(|row| row.note(cx)) else { return };
        let place = Rect { y: table.bottom() + 1, height: BELOW - 1, ..table };
        let line = Line::of(role, note);
        let lines = prose::fold(&line, place.width, usize::from(place.height));
        prose::lines(buf, place, &lines, 0, cx.theme);
    }

    /// How many go where, and how many stay.
    fn sums(&self, cx: &Ctx) -> Line {
        let ready = self.count_ready();
        let stay = self.rows.len() - ready;
        let line = match ready {
            0 => Line::of(Role::Alarm, "✗ None of these can be handed off"),
            ready => Line::of(Role::Strong, batch::sessions(ready))
                .and(Role::Text, " → ")
                .and(Role::Strong, self.targets(cx)),
        };
        let stopped = self.rows.iter().filter(|row| row.is_stopped()).count();
        let unread = self.rows.iter().filter(|row| !row.unread(cx).is_empty()).count();
        let told = [
            (stopped, Role::Warn, "✗ ", " stopped by a guard"),
            // Where none goes that has been said.
            (if ready > 0 { stay - stopped } else { 0 }, Role::Warn, "✗ ", " can't be placed"),
            (unread, Role::Quiet, "? ", " may be stopped"),
        ];
        let told = told.into_iter().filter(|(count, ..)| *count > 0);
        told.fold(line, |line, (count, role, shape, what)| {
            line.and(Role::Text, "; ").and(role, format!("{shape}{count}{what}"))
        })
    }

    /// `Ada`, `4 agents`, `3 agents and 1 queue`.
    fn targets(&self, cx: &Ctx) -> String {
        let ready = self.rows.iter().filter(|row| row.is_ready());
        let targets: HashSet<&Target> = ready.filter_map(|row| row.target.as_ref()).collect();
        if let (Some(only), 1) = (targets.iter().next(), targets.len()) {
            return cx.target_name(only).to_string();
        }
        let agents = targets.iter().filter(|target| matches!(target, Target::Agent(_))).count();
        let count = |n, word| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
        match (agents, targets.len() - agents) {
            (agents, 0) => count(agents, "agent"),
            (0, queues) => count(queues, "queue"),
            (agents, queues) => {
                format!("{} and {}", count(agents, "agent"), count(queues, "queue"))
            }
        }
    }

    /// Taking customers from agents is not the same as helping those who wait.
    fn takings(&self) -> Line {
        match self.rows.iter().filter(|row| row.taken_from().is_some()).count() {
            0 => Line::new(),
            1 => Line::of(Role::Alarm, "▲ Takes one customer away from the agent who has them."),
            n => {
                let text = format!("▲ Takes {n} customers away from the agents who have them.");
                Line::of(Role::Alarm, text)
            }
        }
    }

    /// What the keys would do.
    fn verdict(&self, cx: &Ctx) -> Line {
        let ready = self.count_ready();
        if let Some(input) = &self.count {
            return Line::of(Role::Strong, format!("Type {ready} and press enter to hand off: "))
                .and(Role::Accent, input.value())
                .and(Role::Caret, " ");
        }
        let stops = match self.stop_after {
            Some(most) => format!("stops after {}", batch::failures(most)),
            None => "goes on whatever fails".to_owned(),
        };
        let stops = Line::of(Role::Accent, cx.keymap.hint(Action::StopAfter))
            .and(Role::Quiet, format!(" {stops}"));
        if ready == 0 {
            return Line::of(Role::Accent, cx.keymap.hint(Action::Back)).and(Role::Text, " back");
        }
        let line = Line::of(Role::Accent, cx.keymap.hint(Action::Confirm))
            .and(Role::Strong, format!(" hand {ready} off"))
            .and(Role::Text, "   ")
            .and(Role::Accent, cx.keymap.hint(Action::Back))
            .and(Role::Text, " back")
            .and(Role::Text, "   ");
        stops.pieces().fold(line, |line, (text, role)| line.and(*role, text.as_str()))
    }
}

/// What is marked holds although a filter hides it: whoever looks at the sessions alone does not know of it.
fn unseen(hidden: usize) -> Option<Line> {
    let text = match hidden {
        0 => return None,
        1 => "△ 1 of them is hidden by the filter".to_owned(),
        n => format!("△ {n} of them are hidden by the filter"),
    };
    Some(Line::of(Role::Warn, text))
}
