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
        x += prose::line(buf, x, area.y, area.right() - x - 1, title, theme);
        paint::put(buf, x.min(area.right() - 1), area.y, ' ', style);
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
    paint::put(buf, left + 1, top, ' ', style);
    let used = prose::line(buf, left + 2, top, area.width - 4, title, theme);
    paint::put(buf, left + 2 + used, top, ' ', style);
    Rect { x: left + 2, y: top + 1, width: area.width - 4, height: area.height - 2 }
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
