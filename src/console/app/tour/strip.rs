//! The tour on the screen: a strip above the status line, with rows of its own, so that nothing is covered.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

use super::{Asked, LEAST, On, Own, Sight};
use crate::{
    console::{
        app::App,
        keys::Action,
        popups::Popup,
        theme::Role,
        view::{Refusal, View, gate, handoffs},
        widgets::{ask::Ask, frame, paint, prose, prose::Line},
    },
    domain::handoff::{Progress, Stage},
    engine::Level,
};

/// From this width on every hint fits on one line.
const WIDE: u16 = 160;

impl App {
    /// Lets the tour look at what a message has done; `by_hand` if that was a press.
    pub(in super::super) fn show_tour(&mut self, by_hand: bool) {
        let Some(sight) = self.sight() else { return };
        self.dirty |= self.tour.as_mut().is_some_and(|tour| tour.see(sight, by_hand));
    }

    /// Lines the strip takes: a rule, and the hint. None where the rows need them more.
    pub(in super::super) fn tour_rows(&self) -> u16 {
        let Size { width, height } = self.size;
        match &self.tour {
            Some(_) if width >= WIDE => 2,
            Some(_) if width >= LEAST.width && height >= LEAST.height => 3,
            _ => 0,
        }
    }

    /// Which size the tour wants that does not show on this one.
    pub(in super::super) fn tour_needs(&self) -> Line {
        let Size { width, height } = self.size;
        match &self.tour {
            Some(_) if self.tour_rows() == 0 => {
                let text = format!(
                    "△ The tour shows from {}×{} on; this screen is {width}×{height}",
                    LEAST.width, LEAST.height
                );
                Line::of(Role::Warn, text)
            }
            _ => Line::new(),
        }
    }

    /// Why there is nothing to skip.
    pub(in super::super) fn refuses_tour(&self) -> Option<Refusal> {
        let none = "No tour is under way: floorwalker demo --tour begins one";
        self.tour.is_none().then(|| none.into())
    }

    /// Goes on to the next step, or after the last puts the strip away.
    pub(in super::super) fn skip_step(&mut self) {
        if let Some(refusal) = self.refuses_tour() {
            return self.say(Level::Warn, refusal.0);
        }
        if self.tour.as_mut().is_some_and(|tour| !tour.skip()) {
            self.tour = None;
            self.arrange();
            self.say(Level::Info, "The tour is over; floorwalker demo --tour begins it again");
        }
    }

    pub(in super::super) fn draw_tour(&self, buf: &mut Buffer, area: Rect) {
        let Some(tour) = self.tour.as_ref().filter(|_| !area.is_empty()) else { return };
        let theme = self.cx.theme;
        let (title, verb) = match tour.place() {
            Some((at, of, title)) => {
                let line = Line::of(Role::Strong, format!("Tour {at}/{of}"));
                (line.and(Role::Text, format!("  {title}")), "skips this")
            }
            None => (Line::of(Role::Strong, "Tour"), "ends it"),
        };
        let inner = frame::rule(buf, area, &title, false, theme);
        let key = Line::of(Role::Quiet, " ")
            .and(Role::Accent, self.cx.keymap.hint(Action::TourNext))
            .and(Role::Quiet, format!(" {verb} "));
        let x = area.right().saturating_sub(key.columns() + 1);
        // The rule's style must not shine through.
        paint::clear(buf, Rect { x, width: key.columns(), height: 1, ..area });
        prose::line(buf, x, area.y, key.columns(), &key, theme);
        let width = inner.width.saturating_sub(2);
        let rows = usize::from(inner.height);
        let lines = prose::shortened(&tour.hint(&self.cx.keymap), width, rows);
        prose::lines(buf, Rect { x: inner.x + 1, width, ..inner }, &lines, 0, theme);
    }

    fn sight(&self) -> Option<Sight> {
        let tour = self.tour.as_ref()?;
        let own = tour.own().iter().filter_map(|(session, id)| {
            self.cx.handoffs.of(session).filter(|progress| progress.order.id == *id)
        });
        let ask = self.panes.sessions.table().map(|table| table.ask());
        let holds = |ask: &Ask| !ask.is_typing() && !ask.is_empty() && ask.misread().is_none();
        Some(Sight {
            pane: Some(self.focus),
            on: self.has_keys(),
            cursor: self.panes.sessions.selected().cloned(),
            fit: self
                .panes
                .sessions
                .selected()
                .is_none_or(|id| gate::refuses_session(id, &self.cx).is_none()),
            filtered: ask.is_some_and(holds),
            sendable: matches!(self.popups.last(), Some(Popup::Card(it)) if it.order(&self.cx).is_ok()),
            asked: self.asked_now(),
            verified: self.panes.audit.is_checked(),
            own: own.fold(Own::default(), become_of),
        })
    }

    fn asked_now(&self) -> Asked {
        let mut waiting = self.cx.pulse.inbox.iter().flat_map(|inbox| inbox.proposed()).peekable();
        let chosen = self.panes.inbox.selected();
        if waiting.peek().is_none() {
            return Asked::Nothing;
        }
        match waiting.any(|request| Some(&request.id) == chosen) {
            true => Asked::Here,
            false => Asked::Elsewhere,
        }
    }

    fn has_keys(&self) -> On {
        match self.popups.last() {
            Some(Popup::Card(_)) => On::Card,
            Some(Popup::Request(_)) => On::Request,
            Some(Popup::Meaning(_) | Popup::Explain(_)) => On::Figures,
            Some(Popup::Palette(_) | Popup::Help(_)) => On::Finder,
            Some(_) => On::Other,
            None if self.panes.view(self.focus).is_typing() => On::Typing,
            None => On::Pane,
        }
    }
}

/// What has become of several handoffs, with one more.
fn become_of(own: Own, progress: &Progress) -> Own {
    let stage = &progress.stage;
    Own {
        // Until the engine has answered, it may yet refuse to take it.
        taken: own.taken || *stage != Stage::Claimed,
        running: own.running || !stage.is_final(),
        returnable: own.returnable || handoffs::can_return(progress),
        arrived: own.arrived || matches!(stage, Stage::Accepted { .. } | Stage::Queued),
        returned: own.returned || stage.is_taken_back(),
    }
}
