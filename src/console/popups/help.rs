//! Every action with its keys, made of the keymap and what the actions say of themselves.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    keys::Action,
    theme::Role,
    view::{Ctx, Outcome, View},
    widgets::{frame, prose, prose::Line},
};

/// The rows that show every action at once.
pub fn height() -> u16 {
    u16::try_from(Action::ALL.len()).map_or(u16::MAX, |actions| actions.saturating_add(2))
}

/// The help.
#[derive(Debug)]
pub struct Help {
    /// What the view below takes: its actions stand out.
    here: &'static [Action],
    from: usize,
    page: usize,
}

impl Help {
    /// The help, opened over a view that takes these actions.
    pub fn new(here: &'static [Action]) -> Self {
        Self { here, from: 0, page: 1 }
    }

    fn lines(&self, cx: &Ctx) -> Vec<Line> {
        Action::ALL.iter().map(|&action| self.line(action, cx)).collect()
    }

    fn line(&self, action: Action, cx: &Ctx) -> Line {
        let chords: Vec<String> =
            cx.keymap.chords(action).iter().map(ToString::to_string).collect();
        let role = if self.here.contains(&action) { Role::Strong } else { Role::Text };
        Line::of(Role::Accent, format!("{:<17}", chords.join(" ")))
            .and(role, format!("{:<11}", action.verb()))
            .and(Role::Quiet, action.help())
    }
}

impl View for Help {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[A::Back, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End]
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        let last = Action::ALL.len().saturating_sub(self.page);
        match action {
            Action::Back => return Outcome::Close,
            action => self.from = prose::scrolled(self.from, action, self.page, last),
        }
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.page = usize::from(area.height.saturating_sub(2)).max(1);
        self.from = self.from.min(Action::ALL.len().saturating_sub(self.page));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let more = Action::ALL.len() > self.page;
        let key = |action| cx.keymap.hint(action);
        let scrolls = match more {
            true => format!("  {} {} scroll,", key(Action::Down), key(Action::Up)),
            false => " ".to_owned(),
        };
        let title = Line::of(Role::Accent, "Keys")
            .and(Role::Quiet, format!("{scrolls} {} closes", key(Action::Back)));
        let inner = frame::panel(buf, area, &title, cx.theme);
        prose::lines(buf, inner, &self.lines(cx), self.from, cx.theme);
        let below = Action::ALL.len().saturating_sub(self.from + usize::from(inner.height));
        frame::more(buf, area, below, cx.theme);
    }
}
