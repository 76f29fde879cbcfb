//! The wallboard over everything else: what the app adds to it.

use jiff::SignedDuration;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{App, header};
use crate::console::{
    popups::{Popup, Wallboard, wallboard::HEAD},
    view::View,
    widgets::prose,
};

impl App {
    /// Opens it.
    pub(super) fn open_wallboard(&mut self) {
        self.popups.push(Popup::Wallboard(Wallboard::default()));
        self.brief_wallboard();
        self.arrange();
    }

    /// Tells it what the log knows of the last hour.
    pub(super) fn brief_wallboard(&mut self) {
        let Some(Popup::Wallboard(board)) = self.popups.last_mut() else { return };
        let from = self.cx.now - SignedDuration::from_hours(1);
        board.tell(self.panes.audit.handed_since(from));
    }

    /// Draws it on the whole screen, if it is on top.
    pub(super) fn draw_wallboard(&self, buf: &mut Buffer) -> bool {
        let Some(Popup::Wallboard(board)) = self.popups.last() else { return false };
        let area = Rect { x: 0, y: 0, width: self.size.width, height: self.size.height };
        let right = header::state_and_clock(&self.cx);
        let at = area.right().saturating_sub(right.columns());
        let left = header::link(&self.cx, self.engine_gone);
        prose::line(buf, 1, 0, at.saturating_sub(2), &left, self.cx.theme);
        prose::line(buf, at, 0, right.columns(), &right, self.cx.theme);
        self.draw_status(buf, Rect { y: HEAD - 1, height: 1, ..area });
        board.draw(buf, area, &self.cx, true);
        true
    }
}
