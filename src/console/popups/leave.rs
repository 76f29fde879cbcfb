//! Asking once before leaving while handoffs run.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    keys::Action,
    theme::Role,
    view::{Ctx, Outcome, Refusal, View},
    widgets::{frame, prose, prose::Line},
};

/// The question.
#[derive(Debug)]
pub struct Leave;

impl View for Leave {
    fn actions(&self) -> &'static [Action] {
        &[Action::Confirm, Action::Back]
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::Confirm => "leave",
            Action::Back => "stay",
            action => action.verb(),
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        (action == Action::Open).then(|| {
            let (yes, no) = (cx.keymap.hint(Action::Confirm), cx.keymap.hint(Action::Back));
            format!("Press {yes} to leave, {no} to stay").into()
        })
    }

    fn handle(&mut self, action: Action, _cx: &Ctx) -> Outcome {
        match action {
            Action::Confirm => Outcome::Leave,
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, _cx: &Ctx) {}

    fn arrange(&mut self, _area: Rect) {}

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let inner = frame::panel(buf, area, &Line::of(Role::Accent, "Leave?"), cx.theme);
        let running = match cx.handoffs.count_running() {
            0 => "Every handoff has ended.".to_owned(),
            1 => "One handoff has not ended yet.".to_owned(),
            n => format!("{n} handoffs have not ended yet."),
        };
        let lines = [
            Line::of(Role::Warn, format!("▲ {running}")),
            Line::of(Role::Text, "Handoffs not yet sent are called back. What has left goes on at"),
            Line::of(Role::Text, "Genesys Cloud and is followed for up to five seconds more."),
            Line::new(),
            Line::of(Role::Accent, cx.keymap.hint(Action::Confirm))
                .and(Role::Strong, " leave")
                .and(Role::Text, "   ")
                .and(Role::Accent, cx.keymap.hint(Action::Back))
                .and(Role::Text, " stay"),
        ];
        prose::lines(buf, inner, &lines, 0, cx.theme);
    }
}
