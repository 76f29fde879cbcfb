//! A number over time, with its axes: a column of blocks for each moment, a blank for what is not known.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{paint, prose, prose::Line};
use crate::console::theme::{Role, Theme};

/// In eighths of a cell.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of the axis at the left: a figure of up to five letters, and the line.
const AXIS: u16 = 6;

/// What is drawn.
#[derive(Debug)]
pub struct Chart<'a> {
    /// What it is of.
    pub title: Line,
    /// The values, the oldest first.
    pub values: &'a [Option<u32>],
    /// The value at the upper edge.
    pub top: u32,
    /// After a value at the axis.
    pub unit: &'a str,
    /// What stands under its left and its right end.
    pub ends: (&'a str, &'a str),
    /// What it is.
    pub role: Role,
}

/// The least of 5, 10, 20, 50, 100, … that is no less than `value`: an axis whose figures stay what they
/// are while the value moves.
pub fn round_top(value: u32) -> u32 {
    let mut power = 1u32;
    loop {
        for step in [1, 2, 5] {
            let top = power.saturating_mul(step);
            if top >= value.max(5) {
                return top;
            }
        }
        power = power.saturating_mul(10);
    }
}

impl Chart<'_> {
    /// Draws title, chart and axes into `area`; nothing where it is too small for them.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        if area.width < AXIS + 8 || area.height < 4 {
            return;
        }
        prose::line(buf, area.x, area.y, area.width, &self.title, theme);
        let body = Rect {
            x: area.x + AXIS,
            y: area.y + 1,
            width: area.width - AXIS,
            height: area.height - 3,
        };
        self.draw_axes(buf, body, theme);
        let style = theme.style(self.role);
        for column in 0..body.width {
            let Some(value) = self.at(column, body.width) else { continue };
            let eighths = u64::from(value.min(self.top)) * u64::from(body.height) * 8;
            let eighths = eighths.div_ceil(u64::from(self.top.max(1)));
            bar(buf, (body.x + column, body), u16::try_from(eighths).unwrap_or(u16::MAX), style);
        }
    }

    /// The greatest of the values that fall into a column; with fewer values than columns, one value
    /// takes several.
    fn at(&self, column: u16, width: u16) -> Option<u32> {
        let (column, width, count) = (usize::from(column), usize::from(width), self.values.len());
        let from = column * count / width.max(1);
        let to = ((column + 1) * count / width.max(1)).max(from + 1);
        self.values.get(from..to.min(count))?.iter().flatten().max().copied()
    }

    fn draw_axes(&self, buf: &mut Buffer, body: Rect, theme: Theme) {
        let quiet = theme.style(Role::Quiet);
        let middle = body.y + body.height / 2;
        for y in body.top()..body.bottom() {
            paint::put(buf, body.x - 1, y, '│', quiet);
        }
        let mut figures = vec![(body.y, self.top), (body.bottom(), 0)];
        if body.height >= 5 && self.top.is_multiple_of(2) {
            figures.push((middle, self.top / 2));
        }
        for (y, value) in figures {
            let text = format!("{value}{}", self.unit);
            paint::right(buf, body.x - AXIS, y, AXIS - 1, &text, quiet);
            paint::put(buf, body.x - 1, y, if y == body.bottom() { '└' } else { '┤' }, quiet);
        }
        paint::fill(buf, Rect { y: body.bottom(), height: 1, ..body }, '─', quiet);
        let below = body.bottom() + 1;
        paint::text(buf, body.x, below, body.width, self.ends.0, quiet);
        let room = body.width.saturating_sub(paint::columns(self.ends.0) + 1);
        paint::right(buf, body.right() - room, below, room, self.ends.1, quiet);
    }
}

/// A bar of so many eighths of a cell that stands on the lower edge of `body`. What is known to be
/// nothing is a mark all the same.
fn bar(buf: &mut Buffer, (x, body): (u16, Rect), eighths: u16, style: ratatui::style::Style) {
    let eighths = eighths.max(1);
    let (full, rest) = (eighths / 8, usize::from(eighths % 8));
    for step in 0..full.min(body.height) {
        paint::put(buf, x, body.bottom() - 1 - step, '█', style);
    }
    if rest > 0 && full < body.height {
        paint::put(buf, x, body.bottom() - 1 - full, EIGHTHS[rest], style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(values: &[Option<u32>], top: u32, size: (u16, u16)) -> Vec<String> {
        let area = Rect::new(0, 0, size.0, size.1);
        let mut buf = Buffer::empty(area);
        let title = Line::of(Role::Strong, "waiting");
        let ends = ("-60 min", "now");
        let chart = Chart { title, values, top, unit: "", ends, role: Role::Text };
        chart.draw(&mut buf, area, Theme::Mono);
        let rows = buf.content.chunks(usize::from(area.width));
        let line =
            |row: &[ratatui::buffer::Cell]| row.iter().map(|c| c.symbol()).collect::<String>();
        rows.map(|row| line(row).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_column_each_with_axes_and_a_gap_for_what_is_not_known() {
        let values: Vec<Option<u32>> = (0..12).map(|n| (n != 3).then_some(n.min(10))).collect();
        assert_eq!(
            drawn(&values, 10, (18, 8)),
            [
                "waiting",
                "   10┤         ▄██",
                "     │       ▄████",
                "    5┤     ▄██████",
                "     │    ████████",
                "     │▁▄█ ████████",
                "    0└────────────",
                "      -60 min  now",
            ]
            .map(str::to_owned)
        );
    }

    #[test]
    fn it_uses_all_of_the_width() {
        let values: Vec<Option<u32>> = (0..6).map(|n| Some(n * 2)).collect();
        let wide = drawn(&values, 10, (30, 4));
        assert_eq!(wide[1], "   10┤▁▁▁▁▂▂▂▂▄▄▄▄▅▅▅▅▇▇▇▇████");
        assert!(drawn(&values, 10, (13, 4)).iter().all(String::is_empty));
    }

    #[test]
    fn the_axis_ends_with_a_round_figure() {
        assert_eq!([0, 5, 6, 11, 47, 101, 999].map(round_top), [5, 5, 10, 20, 50, 200, 1_000]);
        assert_eq!(round_top(u32::MAX), u32::MAX);
    }
}
