//! Waiting for another org to be ready: its configuration is read, its secret fetched and tried. The one that is here
//! goes on, and nothing is pressed by the way into either.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, Outcome, Refusal, View},
        widgets::{frame, prose, prose::Line},
    },
    domain::text::Plain,
};

/// The wait.
#[derive(Debug)]
pub struct Switching {
    org: Plain,
}

impl Switching {
    /// The wait for this org.
    pub fn new(org: Plain) -> Self {
        Self { org }
    }

    /// Which.
    pub fn org(&self) -> &Plain {
        &self.org
    }
}

impl View for Switching {
    fn actions(&self) -> &'static [Action] {
        &[Action::Back]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Back => "stay",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let stay = cx.keymap.hint(Action::Back);
        (action == Action::Open).then(|| format!("It is on its way; {stay} stays here").into())
    }

    fn handle(&mut self, _action: Action, _cx: &Ctx) -> Outcome {
        Outcome::Close
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let (org, here) = (&self.org, &cx.context);
        let title = Line::of(Role::Accent, format!("Go to {org}"));
        let inner = frame::panel(buf, area, &title, cx.theme);
        let lines = vec![
            Line::of(
                Role::Accent,
                format!("◌ Reading the configuration of {org}, and signing in…"),
            ),
            Line::of(Role::Text, format!("Until that is done nothing changes in {here}.")),
            Line::new(),
            Line::of(Role::Accent, cx.keymap.hint(Action::Back)).and(Role::Strong, " stay"),
        ];
        prose::lines(buf, inner, &prose::wrap(lines, inner.width), 0, cx.theme);
    }
}
