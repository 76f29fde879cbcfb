//! How everything besides the floor is: link, budget, heartbeats, intake, inbox, what other systems are
//! told, and the store. What nobody knows is `-`, never 0.

mod figures;
mod sections;

use ratatui::{buffer::Buffer, layout::Rect};

use super::PaneId;
use crate::console::{
    keys::Action,
    theme::Role,
    view::{
        Ctx, Opening, Outcome, Refusal, View,
        figures::{Figure, HEALTH, SUMS, Teller, Told, Topic},
        sums::sums,
    },
    widgets::{frame, prose, prose::Line},
};

/// The pane.
#[derive(Debug, Default)]
pub struct Health {
    /// The first line on the screen.
    from: usize,
    area: Rect,
}

/// The room for text in a pane of `area`, under its title.
fn room(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    }
}

/// Rows from which the sections stand apart. Not whenever they would just fit: a line more or less of
/// trouble must not move everything.
const TALL: u16 = 28;

/// All of it.
fn lines(room: Rect, cx: &Ctx) -> Vec<Line> {
    let sections: Vec<Vec<Line>> = (sections::ALL.iter())
        .map(|section| prose::wrap(section(cx, room.width), room.width))
        .collect();
    if room.height >= TALL { sections.join(&Line::new()) } else { sections.concat() }
}

/// What the sections tell, with the values that they begin with, and the sums over the floor.
fn tell(_topic: &Topic, cx: &Ctx) -> Vec<Told> {
    let told = |(name, figure): &'static (&'static str, Figure)| {
        let (role, value) = sections::value(name, cx);
        Told { name, value, role, figure }
    };
    let sums = sums(cx);
    let summed = |(name, figure): &'static (&'static str, Figure)| {
        let sum = sums.iter().find(|sum| sum.name == *name);
        let (role, value) =
            sum.map_or((Role::Quiet, String::new()), |sum| (sum.role, sum.value.clone()));
        Told { name, value, role, figure }
    };
    HEALTH.iter().map(told).chain(SUMS.iter().map(summed)).collect()
}

impl View for Health {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Explain, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let room = room(self.area);
        let all = action.is_movement() && lines(room, cx).len() <= usize::from(room.height);
        all.then(|| "All of it is on the screen".into())
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if action == Action::Explain {
            return Outcome::Open(Opening::Figures(Topic::Health, None, Teller(tell)));
        }
        let room = room(self.area);
        let page = usize::from(room.height).max(1);
        let last = lines(room, cx).len().saturating_sub(page);
        self.from = prose::scrolled(self.from.min(last), action, page, last);
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.area = area;
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let room = room(area);
        let lines = lines(room, cx);
        let page = usize::from(room.height);
        // Less to say than when it was scrolled must not leave the pane empty.
        let from = self.from.min(lines.len().saturating_sub(page));
        let mut title = super::name(PaneId::Health, focused, cx);
        let below = lines.len().saturating_sub(from + page);
        if from > 0 || below > 0 {
            let (up, down) = (cx.keymap.hint(Action::Up), cx.keymap.hint(Action::Down));
            title = title.and(Role::Quiet, format!("  {down} {up} scroll, {below} below"));
        }
        frame::rule(buf, area, &title, focused, cx.theme);
        prose::lines(buf, room, &lines, from, cx.theme);
    }
}
