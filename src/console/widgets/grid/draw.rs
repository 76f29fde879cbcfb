//! A table on the screen.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Align, Grid, Sheet,
    column::{self, Place},
    order,
};
use crate::console::{
    theme::{Role, Theme},
    widgets::{frame, paint, prose::Line},
};

/// How a table is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether it has the focus.
    pub focused: bool,
    /// Whether its rows are older than they should be.
    pub stale: bool,
    /// Whether nothing but ASCII is drawn.
    pub ascii: bool,
    /// Roles to styles.
    pub theme: Theme,
}

/// For the mark on the selected row.
pub(super) const GUTTER: u16 = 2;

impl<S: Sheet> Grid<S> {
    /// Draws the heading and the visible rows.
    pub fn draw(&self, rows: &[S::Row], area: Rect, cx: &S::Cx, look: Look, buf: &mut Buffer) {
        if area.width <= GUTTER + 1 || area.height == 0 {
            return;
        }
        let places = self.places(area.width, cx);
        self.draw_heading(&places, area, look, buf);
        let mut text = String::new();
        let lines = (area.y + 1)..area.bottom();
        for (y, place) in lines.zip(self.top..) {
            let Some(row) = self.row(place, rows) else { break };
            let line = Rect { y, height: 1, ..area };
            draw_row::<S>(row, &places, line, cx, look, &mut text, buf);
            if place == self.cursor {
                mark_selected(line, look, buf);
            }
        }
        self.draw_bar(area, look.theme, buf);
    }

    /// Where columns stand in `width` columns of the screen.
    pub(super) fn places(&self, width: u16, cx: &S::Cx) -> Vec<Place> {
        // The last column of the screen is the scroll bar's.
        let room = width.saturating_sub(GUTTER + 1);
        column::places(S::COLUMNS, &self.choices, room, |c| S::has(c, cx))
    }

    /// The title of a popup in `area` with the filter, and how many it finds.
    pub fn popup_title(&self, title: Line, area: Rect) -> Line {
        self.filter().line(self.counted(title), frame::inside(area).width).0
    }

    /// Below a popup's title: why its filter can't be read, or what it can be completed to. `inner` is what
    /// is inside its box.
    pub fn draw_below(&self, buf: &mut Buffer, inner: Rect, title: Line, theme: Theme) {
        let (_, spot) = self.filter().line(self.counted(title), inner.width);
        self.filter().draw_below(buf, inner, spot, theme);
    }

    fn counted(&self, title: Line) -> Line {
        let title = if self.held { title.and(Role::Quiet, "  ≡") } else { title };
        match self.filter().query().is_all() {
            true => title,
            false => title.and(Role::Text, format!("  {} found", self.len())),
        }
    }

    fn draw_heading(&self, places: &[Place], area: Rect, look: Look, buf: &mut Buffer) {
        let style = look.theme.style(Role::Heading);
        let mark = if order::falls::<S>(self.sort) { '▾' } else { '▴' };
        for place in places {
            let column = &S::COLUMNS[place.column];
            let sorted = self.sort.column == place.column;
            let title = match sorted {
                true => marked(column.title, mark, place.width, look.ascii),
                false => column.title.to_owned(),
            };
            let style = if sorted { look.theme.style(Role::Strong) } else { style };
            let x = area.x + GUTTER + place.x;
            match column.align {
                Align::Left => _ = paint::text(buf, x, area.y, place.width, &title, style),
                Align::Right => paint::right(buf, x, area.y, place.width, &title, style),
            }
        }
    }

    /// Where the window is, when there is more than it shows.
    fn draw_bar(&self, area: Rect, theme: Theme, buf: &mut Buffer) {
        let (count, window) = (self.order.len(), usize::from(area.height.saturating_sub(1)));
        if count <= window || window == 0 {
            return;
        }
        let thumb = (window * window / count).max(1);
        let from = self.top * (window - thumb) / (count - window).max(1);
        for (y, line) in ((area.y + 1)..area.bottom()).zip(0..) {
            let on = (from..from + thumb).contains(&line);
            let c = if on { '┃' } else { '╎' };
            paint::put(buf, area.right() - 1, y, c, theme.style(Role::Quiet));
        }
    }
}

/// A title with the `mark` of its direction in at most `width` columns: rather than the mark, the end of the title
/// goes.
fn marked(title: &str, mark: char, width: u16, ascii: bool) -> String {
    let (taken, room) = (paint::columns(title), width.saturating_sub(1));
    let mut out = title.to_owned();
    if taken > room {
        // A title's letters take a column each.
        out = title.chars().take(usize::from(room.saturating_sub(1))).collect();
        out.extend((room > 0).then_some('…'));
    } else if ascii && taken < room {
        // It would read as a letter more.
        out.push(' ');
    }
    out.push(mark);
    out
}

fn draw_row<S: Sheet>(
    row: &S::Row,
    places: &[Place],
    line: Rect,
    cx: &S::Cx,
    look: Look,
    text: &mut String,
    buf: &mut Buffer,
) {
    let faint = look.stale || S::faint(row, cx);
    for place in places {
        text.clear();
        let role = S::fitted(row, place.column, place.width, cx, text);
        let mut style = look.theme.style(role);
        if faint {
            style = style.patch(look.theme.style(Role::Quiet));
        }
        let x = line.x + GUTTER + place.x;
        match S::COLUMNS[place.column].align {
            Align::Left => _ = paint::text(buf, x, line.y, place.width, text, style),
            Align::Right => paint::right(buf, x, line.y, place.width, text, style),
        }
    }
}

/// A bar at the left says which row is selected where reverse video can't be seen.
fn mark_selected(line: Rect, look: Look, buf: &mut Buffer) {
    let (mark, role) =
        if look.focused { ('▌', Role::Selected) } else { ('▏', Role::SelectedElsewhere) };
    let body = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    buf.set_style(body, look.theme.style(role));
    paint::put(buf, line.x, line.y, mark, look.theme.style(Role::Accent));
}
