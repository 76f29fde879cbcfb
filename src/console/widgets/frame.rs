//! What stands around things: a pane's title rule, a popup's box.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{paint, prose, prose::Line};
use crate::console::theme::{Role, Theme};

/// Draws a rule with `title` on it over the top line of `area` and gives back what is below.
///
/// Focus is a shape first: `━` and `▸` against `─`.
pub fn rule(buf: &mut Buffer, area: Rect, title: &Line, focused: bool, theme: Theme) -> Rect {
    let (stroke, role) = if focused { ('━', Role::Accent) } else { ('─', Role::Quiet) };
    let style = theme.style(role);
    paint::fill(buf, Rect { height: 1.min(area.height), ..area }, stroke, style);
    if area.width > 4 {
        let mark = if focused { "▸ " } else { " " };
        let mut x = area.x + 1;
        x += paint::text(buf, x, area.y, 2, mark, style);
        let width = (title.columns() + 1).min(area.right() - x);
        // The stroke's style must not shine through the title's.
        paint::clear(buf, Rect { x, width, height: 1, ..area });
        prose::line(buf, x, area.y, width.saturating_sub(1), title, theme);
    }
    Rect { y: area.y + 1.min(area.height), height: area.height.saturating_sub(1), ..area }
}

/// Empties `area`, draws a box with `title` around it and gives back what is inside.
pub fn panel(buf: &mut Buffer, area: Rect, title: &Line, theme: Theme) -> Rect {
    paint::clear(buf, area);
    if area.width < 4 || area.height < 3 {
        return area;
    }
    let style = theme.style(Role::Accent);
    let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
    for y in [top, bottom] {
        paint::fill(buf, Rect { y, height: 1, ..area }, '─', style);
    }
    for x in [left, right] {
        paint::fill(buf, Rect { x, width: 1, ..area }, '│', style);
    }
    for (x, y, corner) in
        [(left, top, '╭'), (right, top, '╮'), (left, bottom, '╰'), (right, bottom, '╯')]
    {
        paint::put(buf, x, y, corner, style);
    }
    let width = (title.columns() + 2).min(area.width - 2);
    paint::clear(buf, Rect { x: left + 1, y: top, width, height: 1 });
    prose::line(buf, left + 2, top, width.saturating_sub(2), title, theme);
    inside(area)
}

/// What is inside the box that [`panel`] draws around `area`.
pub fn inside(area: Rect) -> Rect {
    if area.width < 4 || area.height < 3 {
        return area;
    }
    Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
}

/// Says on a panel's lower edge that so many lines follow.
pub fn more(buf: &mut Buffer, area: Rect, below: usize, theme: Theme) {
    if below > 0 {
        note(buf, area, &Line::of(Role::Quiet, format!(" ▾ {below} more ")), theme);
    }
}

/// Writes on a panel's lower edge.
pub fn note(buf: &mut Buffer, area: Rect, text: &Line, theme: Theme) {
    if area.height > 2 && area.width > 4 {
        prose::line(buf, area.x + 2, area.bottom() - 1, area.width - 4, text, theme);
    }
}

/// A rectangle of at most this size in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}
