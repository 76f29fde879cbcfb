//! The whole screen: layout first, then every region by itself.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

use super::{
    App, header,
    layout::{LEAST, Layout},
};
use crate::console::{
    panes::PaneId,
    popups::Popup,
    theme::Role,
    widgets::{ascii, grid::Table, paint, prose, prose::Line},
};

/// The width of the sessions from which badges are written out.
const ROOMY: u16 = 150;

impl App {
    pub(super) fn resize(&mut self, size: Size) {
        self.size = size;
        self.dirty = true;
        self.arrange();
        self.follow_agents();
    }

    /// Gives everything its place.
    pub(super) fn arrange(&mut self) {
        self.layout =
            Layout::new(self.size, self.focus, self.places, (self.tour_rows(), self.status_rows()));
        let sessions = self.layout.panes.iter().find(|(id, _)| *id == PaneId::Sessions);
        self.cx.roomy = sessions.is_some_and(|(_, area)| area.width >= ROOMY);
        for (id, area) in &self.layout.panes {
            self.panes.view_mut(*id).arrange(*area);
        }
        let space = self.panes.view(self.focus).table().map(Table::space);
        for popup in &mut self.popups {
            if let (Popup::Columns(columns), Some(space)) = (&mut *popup, &space) {
                columns.fit(space.clone());
            }
            let place = self.layout.popup(|room| popup.place(room));
            popup.view_mut().arrange(place);
        }
    }

    /// Draws everything. `&self`: drawing can't change anything.
    pub fn draw(&self, buf: &mut Buffer) {
        self.draw_all(buf);
        if self.cx.ascii {
            ascii::spell(buf);
        }
    }

    fn draw_all(&self, buf: &mut Buffer) {
        if self.layout.too_small {
            return self.draw_too_small(buf);
        }
        if self.draw_wallboard(buf) {
            return;
        }
        header::draw(buf, self.layout.header, &self.cx, self.engine_gone);
        self.draw_tabs(buf, self.layout.tabs);
        if let Some(divider) = self.layout.divider {
            paint::fill(buf, divider, '│', self.cx.theme.style(Role::Quiet));
        }
        for (id, area) in &self.layout.panes {
            let focused = *id == self.focus && self.popups.is_empty();
            self.panes.view(*id).draw(buf, *area, &self.cx, focused);
        }
        self.draw_tour(buf, self.layout.tour);
        self.draw_status(buf, self.layout.status);
        self.draw_footer(buf, self.layout.footer);
        // Only the top one: boxes around boxes are hard to read, and Esc brings the next one back.
        if let Some(popup) = self.popups.last() {
            popup.view().draw(buf, self.layout.popup(|room| popup.place(room)), &self.cx, true);
        }
    }

    fn draw_tabs(&self, buf: &mut Buffer, area: Rect) {
        let theme = self.cx.theme;
        let crumbs = self.crumbs(area.width.saturating_sub(4));
        let room = area.width.saturating_sub(crumbs.columns() + 4);
        let tabs: u16 = PaneId::ALL.iter().map(|id| self.tab(*id).columns() + 1).sum();
        let x = area.x + 1;
        if !self.popups.is_empty() {
            let at = if tabs < room { x + tabs + 2 } else { x + 1 };
            prose::line(buf, at, area.y, area.right().saturating_sub(at), &crumbs, theme);
            if tabs >= room {
                return;
            }
        }
        for (x, tab, _) in self.tabs(area) {
            prose::line(buf, x, area.y, area.right().saturating_sub(x), &tab, theme);
        }
    }

    /// Every tab with its left edge.
    pub(super) fn tabs(&self, area: Rect) -> Vec<(u16, Line, PaneId)> {
        let mut x = area.x + 1;
        let placed = |id: PaneId| {
            let (from, tab) = (x, self.tab(id));
            x += tab.columns() + 1;
            (from, tab, id)
        };
        PaneId::ALL.map(placed).into()
    }

    fn tab(&self, id: PaneId) -> Line {
        let shows = self.layout.panes.iter().any(|(shown, _)| *shown == id);
        let role = match (id == self.focus, shows) {
            (true, _) => Role::Selected,
            (false, true) => Role::Strong,
            (false, false) => Role::Quiet,
        };
        // A key is a letter or two; how the palette finds it would be a line.
        let key = self.cx.keymap.chords(id.action()).first();
        let key = key.map(|key| format!("{key} ")).unwrap_or_default();
        Line::of(role, format!(" {key}{} ", id.title()))
    }

    /// Says so readably on whatever is left.
    fn draw_too_small(&self, buf: &mut Buffer) {
        let Size { width, height } = self.size;
        let lines = [
            "Too small".to_owned(),
            format!("{width}×{height}, needs"),
            format!("{}×{}", LEAST.width, LEAST.height),
        ];
        let top = height.saturating_sub(3) / 2;
        for (line, y) in lines.iter().zip(top..height) {
            let x = width.saturating_sub(paint::columns(line)) / 2;
            paint::text(buf, x, y, width, line, self.cx.theme.style(Role::Strong));
        }
    }
}
