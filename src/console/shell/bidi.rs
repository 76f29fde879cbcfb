//! Names that are written from right to left keep to their own columns.
//!
//! Some terminals put a line's letters into reading order themselves. A number in the column after a Hebrew
//! name would then be read as a part of it, and change places with it. A mark without width, which says
//! that what follows runs from left to right again, holds it where it is; terminals that don't reorder
//! leave it out.

use ratatui::buffer::{Buffer, Cell};

/// Left to right from here on.
const MARK: char = '\u{200e}';

/// Puts the mark behind every text that runs from right to left. Words with one blank between them are
/// one text.
pub fn hedge(buf: &mut Buffer) {
    let width = usize::from(buf.area.width).max(1);
    for line in buf.content.chunks_mut(width) {
        let mut last = None;
        for at in 0..line.len() {
            if runs_left(&line[at]) {
                last = Some(at);
            } else if let Some(end) = last.filter(|end| at > end + 1) {
                mark(&mut line[end]);
                last = None;
            }
        }
        if let Some(end) = last {
            mark(&mut line[end]);
        }
    }
}

fn mark(cell: &mut Cell) {
    let symbol = format!("{}{MARK}", cell.symbol());
    cell.set_symbol(&symbol);
}

/// True for letters of Hebrew, Arabic, Syriac, Thaana, N'Ko and the others that Unicode keeps with them.
fn runs_left(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    // The first of them begins with this byte.
    if symbol.as_bytes().first().is_none_or(|byte| *byte < 0xd6) {
        return false;
    }
    symbol.chars().next().is_some_and(|c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
            || matches!(c, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;
    use crate::console::widgets::paint;

    fn hedged(text: &str) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        paint::text(&mut buf, 0, 0, 20, text, Style::new());
        hedge(&mut buf);
        let line: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        line.trim_end().to_owned()
    }

    #[test]
    fn what_follows_such_a_name_stays_where_it_is() {
        assert_eq!(hedged("דנה לוי  0:12"), "דנה לוי\u{200e}  0:12");
        assert_eq!(hedged("a محمد 7"), "a محمد\u{200e} 7");
        assert_eq!(hedged("0:12  דנה"), "0:12  דנה\u{200e}");
        assert_eq!(hedged("Zoë 佐藤 12"), "Zoë 佐 藤  12");
    }
}
