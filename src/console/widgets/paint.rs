//! Text into cells, by display width.
//!
//! Everything goes straight into the buffer: a row of a table is a few hundred bytes of text, and a
//! tree of spans for each would cost more than the frame has time for. What doesn't fit is cut with
//! a `…`, between graphemes, so that the column after it stays where it belongs. Whatever a text holds, and
//! whoever forgot to make it a [`Plain`](crate::domain::text::Plain): no control ever gets into a cell.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::domain::{
    self,
    text::{Plain, signs},
};

/// Writes `text` at `(x, y)` into at most `width` columns and says how many it took.
pub fn text(buf: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        ascii(buf, x, y, width, text, style)
    } else {
        match Plain::suits(text) {
            true => wide(buf, x, y, width, text, style),
            false => wide(buf, x, y, width, &Plain::new(text), style),
        }
    }
}

/// Writes `text` so that it ends at the right edge of `width` columns.
pub fn right(buf: &mut Buffer, x: u16, y: u16, width: u16, string: &str, style: Style) {
    let taken = columns(string).min(width);
    text(buf, x + (width - taken), y, taken, string, style);
}

/// How many columns `text` takes.
pub fn columns(text: &str) -> u16 {
    u16::try_from(domain::text::columns(text)).unwrap_or(u16::MAX)
}

fn ascii(buf: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
    let length = columns(text);
    let kept = if length > width { width.saturating_sub(1) } else { length };
    for (at, byte) in (x..x.saturating_add(kept)).zip(text.bytes()) {
        put(buf, at, y, char::from(byte), style);
    }
    if length > width && width > 0 {
        put(buf, x + kept, y, '…', style);
    }
    length.min(width)
}

fn wide(buf: &mut Buffer, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
    let cut = columns(text) > width;
    let room = if cut { width.saturating_sub(1) } else { width };
    let mut used = 0;
    for (sign, columns) in signs(text) {
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        if columns == 0 {
            continue;
        }
        if used + columns > room {
            break;
        }
        if let Some(cell) = buf.cell_mut((x + used, y)) {
            cell.set_symbol(sign).set_style(style);
        }
        // The columns a wide grapheme covers must hold nothing of what was there before.
        for covered in 1..columns {
            put(buf, x + used + covered, y, ' ', style);
        }
        used += columns;
    }
    if cut && width > 0 {
        put(buf, x + used, y, '…', style);
        used += 1;
    }
    used
}

/// One character of one column.
pub fn put(buf: &mut Buffer, x: u16, y: u16, c: char, style: Style) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_char(c).set_style(style);
    }
}

/// `c` all over `area`.
pub fn fill(buf: &mut Buffer, area: Rect, c: char, style: Style) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            put(buf, x, y, c, style);
        }
    }
}

/// Empties `area`, styles included. A wide character that reaches into it from the left goes with it:
/// a terminal would draw its other half over what is put there. One that reaches out of it at the right
/// has its first half in `area`, and a blank after that.
pub fn clear(buf: &mut Buffer, area: Rect) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        let before = area.left().checked_sub(1).and_then(|x| buf.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| columns(cell.symbol()) > 1) {
            cell.set_char(' ');
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: u16, string: &str) -> (u16, String) {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        let used = text(&mut buf, 0, 0, width, string, Style::new());
        let cells = buf.content.iter().map(|cell| cell.symbol().to_owned());
        (used, cells.collect::<String>().trim_end().to_owned())
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_mark() {
        assert_eq!(shown(8, "Ada"), (3, "Ada".into()));
        assert_eq!(shown(3, "Adam"), (3, "Ad…".into()));
        assert_eq!(shown(0, "Ada"), (0, String::new()));
        assert_eq!(shown(3, "Zoë Z"), (3, "Zo…".into()));
    }

    #[test]
    fn letters_that_a_font_joins_take_the_cells_they_are_put_into() {
        let name = "خدمة العملاء";
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        assert_eq!(text(&mut buf, 0, 0, 20, name, Style::new()), columns(name));
        let cells: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(cells.trim_end(), name);
        assert_eq!(columns(name), 12);
    }

    #[test]
    fn a_wide_character_is_never_halved() {
        // Each takes two columns and hides the cell after it.
        assert_eq!(shown(4, "佐藤"), (4, "佐 藤".into()));
        assert_eq!(shown(4, "佐藤さ"), (3, "佐 …".into()));
        assert_eq!(shown(3, "佐藤"), (3, "佐 …".into()));
    }

    #[test]
    fn a_wide_character_goes_where_half_of_its_place_is_cleared() {
        for (x, width, left) in
            [(0, 2, "  藤 さ"), (1, 2, "    さ"), (3, 1, "佐   さ"), (4, 4, "佐 藤")]
        {
            let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
            text(&mut buf, 0, 0, 8, "佐藤さ", Style::new());
            clear(&mut buf, Rect::new(x, 0, width, 1));
            let cells: String = buf.content.iter().map(|cell| cell.symbol()).collect();
            assert_eq!(cells.trim_end(), left, "{x} {width}");
        }
    }

    #[test]
    fn no_control_gets_into_a_cell() {
        assert_eq!(shown(8, "\u{1b}[2J"), (4, "\u{fffd}[2J".into()));
        assert_eq!(shown(8, "a\u{9b}b\u{202e}"), (3, "a\u{fffd}b".into()));
        assert_eq!(shown(8, "a\nb\u{7f}"), (4, "a b\u{fffd}".into()));
    }

    #[test]
    fn marks_stay_with_their_letter() {
        assert_eq!(shown(3, "e\u{301}te\u{301}"), (3, "e\u{301}te\u{301}".into()));
    }
}
