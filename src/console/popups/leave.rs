//! Asking once before leaving while handoffs run, or sessions are kept here.

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
        let mut lines = handoffs(cx);
        lines.extend(kept(cx));
        lines.extend([
            Line::new(),
            Line::of(Role::Accent, cx.keymap.hint(Action::Confirm))
                .and(Role::Strong, " leave")
                .and(Role::Text, "   ")
                .and(Role::Accent, cx.keymap.hint(Action::Back))
                .and(Role::Text, " stay"),
        ]);
        prose::lines(buf, inner, &lines, 0, cx.theme);
    }
}

/// What becomes of the handoffs that run.
fn handoffs(cx: &Ctx) -> Vec<Line> {
    let running = match cx.handoffs.count_running() {
        0 => return Vec::new(),
        1 => "One handoff has not ended yet.".to_owned(),
        n => format!("{n} handoffs have not ended yet."),
    };
    vec![
        Line::of(Role::Warn, format!("▲ {running}")),
        Line::of(Role::Text, "Handoffs not yet sent are called back. What has left goes on at"),
        Line::of(Role::Text, "Genesys Cloud and is followed for up to five seconds more."),
    ]
}

/// Who keeps the sessions that are kept here.
fn kept(cx: &Ctx) -> Vec<Line> {
    let Some(ward) = cx.pulse.ward.as_ref().filter(|_| cx.kept_here() > 0) else {
        return Vec::new();
    };
    let kept = match cx.kept_here() {
        1 => "One session is kept by this console alone".to_owned(),
        n => format!("{n} sessions are kept by this console alone"),
    };
    match ward.heirs.first() {
        Some(heir) => vec![Line::of(
            Role::Text,
            format!("{} (pid {}) goes on with what is kept here.", heir.host, heir.pid),
        )],
        None => vec![
            Line::of(Role::Warn, format!("▲ {kept}.")),
            Line::of(Role::Text, "What its heartbeats keep alive then ends by itself, unless"),
            Line::of(Role::Text, "floorwalker serve on this store goes on with it."),
        ],
    }
}
