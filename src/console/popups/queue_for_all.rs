//! Choosing one queue for all marked sessions. The plan comes next, and says which it does not take.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{about_all, pick_queue::TargetSheet};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Aim, Ctx, Opening, Outcome, Refusal, View, batch, gate},
        widgets::{
            frame,
            grid::{Grid, Table},
            prose,
            prose::Line,
        },
    },
    domain::{handoff::Target, id::SessionId},
};

/// The picker.
#[derive(Debug)]
pub struct QueueForAll {
    sessions: Vec<SessionId>,
    grid: Grid<TargetSheet>,
    /// True once the cursor has left its queue by itself, until the person has taken note.
    slipped: bool,
}

impl QueueForAll {
    /// For how many sessions.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// A picker for these sessions.
    pub fn new(sessions: Vec<SessionId>, cx: &Ctx) -> Self {
        let mut picker = Self { sessions, grid: Grid::new(0).steady(), slipped: false };
        picker.observe(cx);
        picker.grid.hold_from(cx.now);
        picker
    }

    /// The first session's reason, if the queue takes none of them.
    fn refuses_choice(&self, cx: &Ctx) -> Option<Refusal> {
        let Some(id) = self.grid.selected() else {
            return Some("There is no queue to choose".into());
        };
        let target = Target::Queue(id.clone());
        let mut first = None;
        for session in self.sessions.iter().filter_map(|id| cx.floor.session(id)) {
            let refusal = gate::refuses_target(&cx.floor, session, &target, cx)?;
            first.get_or_insert(refusal);
        }
        first.or_else(|| Some("The sessions have ended".into()))
    }
}

impl View for QueueForAll {
    fn actions(&self) -> &'static [Action] {
        super::pick_queue::CHOOSING
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Open { "choose" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Open => self.refuses_choice(cx),
            Action::Confirm => {
                Some("Choose a queue with enter first; y confirms on the plan".into())
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
                let aim = Aim::To(Target::Queue(id.clone()));
                Outcome::Open(Opening::Plan(self.sessions.clone(), aim))
            }
            _ => Outcome::Close,
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.slipped |= self.grid.observe(&cx.floor.queues, cx).is_some();
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width.saturating_sub(4), area.height.saturating_sub(5));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let count = batch::sessions(self.sessions.len());
        let title = Line::of(Role::Accent, format!("Hand {count} off to a queue"))
            .and(Role::Quiet, format!("  {} queues", self.grid.total()));
        let inner = frame::panel(buf, area, &self.grid.popup_title(title.clone(), area), cx.theme);
        prose::line(buf, inner.x, inner.y, inner.width, &about_all(&self.sessions, cx), cx.theme);
        let table = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
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
