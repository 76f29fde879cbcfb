//! Lines of text with roles, wrapped: what details, cards and the help are written in.
//!
//! Not for tables: those are [`super::grid`]'s, which builds nothing.

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_segmentation::UnicodeSegmentation;

use super::paint;
use crate::console::{
    keys::Action,
    theme::{Role, Theme},
};

/// One line: pieces of text, each with its role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(String, Role)>);

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of one piece.
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::new().and(role, text)
    }

    /// The line with a piece more.
    #[must_use]
    pub fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.0.push((text.into(), role));
        self
    }

    /// The line with the pieces of another.
    #[must_use]
    pub fn with(mut self, more: &Self) -> Self {
        self.0.extend(more.0.iter().cloned());
        self
    }

    /// A name in a column of its own, and what it is.
    pub fn field(name: &str, role: Role, text: impl Into<String>) -> Self {
        Self::of(Role::Quiet, format!("{name:<FIELD$}")).and(role, text)
    }

    /// Its pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &(String, Role)> {
        self.0.iter()
    }

    /// Its text without roles.
    fn text(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// True if nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many columns of the screen it takes.
    pub fn columns(&self) -> u16 {
        self.0.iter().fold(0, |sum, (text, _)| sum.saturating_add(paint::columns(text)))
    }
}

/// Columns of a field's name; wrapped text hangs under what it is.
pub const FIELD: usize = 12;

/// Draws one line into `width` columns.
pub fn line(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &Line, theme: Theme) -> u16 {
    let mut used = 0;
    for (text, role) in &line.0 {
        used += paint::text(buf, x + used, y, width - used, text, theme.style(*role));
    }
    used
}

/// Draws what fits of `lines` from the `from`th on.
pub fn lines(buf: &mut Buffer, area: Rect, lines: &[Line], from: usize, theme: Theme) {
    for (y, text) in (area.top()..area.bottom()).zip(lines.iter().skip(from)) {
        line(buf, area.x, y, area.width, text, theme);
    }
}

/// `line` on at most `rows` rows, with a mark where it is cut.
pub fn shortened(line: &Line, width: u16, rows: usize) -> Vec<Line> {
    let mut lines = wrap(vec![line.clone()], width);
    if lines.len() > rows {
        lines.truncate(rows);
        let last = lines.pop().map(|last| last.and(Role::Quiet, "…"));
        lines.extend(last);
    }
    lines
}

/// Where a text scrolls to.
pub fn scrolled(from: usize, action: Action, page: usize, last: usize) -> usize {
    let to = match action {
        Action::Up => from.saturating_sub(1),
        Action::Down => from + 1,
        Action::PageUp => from.saturating_sub(page),
        Action::PageDown => from + page,
        Action::Home => 0,
        Action::End => last,
        _ => from,
    };
    to.min(last)
}

/// Breaks the lines that are wider than `width`, between words where there are any.
pub fn wrap(lines: Vec<Line>, width: u16) -> Vec<Line> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        if line.columns() <= width || width < 8 {
            out.push(line);
        } else {
            break_line(&line, width, &mut out);
        }
    }
    out
}

/// `text` in rows of at most `width` columns, broken between words, and in one that is too long for a
/// row between letters. Nothing is copied: strangers write as much as they like.
pub fn rows(text: &str, width: u16) -> Vec<&str> {
    let width = usize::from(width.max(1));
    let (mut rows, mut from, mut used) = (Vec::new(), 0, 0);
    for (at, word) in words(text) {
        let columns = usize::from(paint::columns(word));
        if used + columns <= width {
            used += columns;
        } else if word.trim().is_empty() {
            // The row ends here anyway.
            rows.push(&text[from..at]);
            (from, used) = (at + word.len(), 0);
        } else if columns <= width {
            rows.push(&text[from..at]);
            (from, used) = (at, columns);
        } else {
            for (letter, columns) in
                word.grapheme_indices(true).map(|(i, g)| (at + i, usize::from(paint::columns(g))))
            {
                if used + columns > width && used > 0 {
                    rows.push(&text[from..letter]);
                    (from, used) = (letter, 0);
                }
                used += columns;
            }
        }
    }
    rows.push(&text[from..]);
    rows
}

/// The words of `text`, each with where it begins. A time is one: by Unicode's rules it would be parted at its
/// colon. So is an option of a command line with its dashes.
fn words(text: &str) -> Vec<(usize, &str)> {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut words: Vec<(usize, &str)> = Vec::new();
    for (at, word) in text.split_word_bound_indices() {
        let (before, from) = (text[..at].chars().next_back(), text[at..].chars().next());
        let goes_on = match from {
            Some(':') => is_digit(before) && is_digit(text[at..].chars().nth(1)),
            Some('-') => before == Some('-'),
            Some(letter) if letter.is_ascii_alphabetic() => text[..at].ends_with("--"),
            from => {
                let hour = text[..at].strip_suffix(':').and_then(|text| text.chars().next_back());
                is_digit(from) && is_digit(hour)
            }
        };
        match words.last_mut().filter(|_| goes_on) {
            Some((begun, last)) => *last = &text[*begun..at + word.len()],
            None => words.push((at, word)),
        }
    }
    words
}

/// `line` on at most `rows` lines. Of a reason that is longer, its hint (what follows the last dash)
/// is kept and the rest is cut.
pub fn fold(line: &Line, width: u16, rows: usize) -> Vec<Line> {
    let mut lines = wrap(vec![line.clone()], width);
    if lines.len() <= rows {
        return lines;
    }
    let (role, text) = (line.0.first().map_or(Role::Text, |piece| piece.1), line.text());
    match text.rsplit_once(" — ") {
        Some((reason, hint)) if rows > 1 => {
            let hint = format!("— {hint}");
            let taken = wrap(vec![Line::of(role, hint.as_str())], width).len().min(rows - 1);
            let mut lines = fold(&Line::of(role, reason), width, rows - taken);
            lines.extend(fold(&Line::of(role, hint), width, taken));
            lines
        }
        _ => {
            // What is left over goes onto the last line, where drawing cuts it with a mark.
            let rest = lines.split_off(rows.saturating_sub(1));
            lines.push(Line(rest.into_iter().flat_map(|line| line.0).collect()));
            lines
        }
    }
}

fn break_line(line: &Line, width: u16, out: &mut Vec<Line>) {
    let indent = match line.0.first() {
        Some((name, Role::Quiet)) if name.len() == FIELD && width > 30 => FIELD,
        _ => 0,
    };
    let (mut current, mut going) = (Line::new(), None);
    let hanging = u16::try_from(indent).unwrap_or(0);
    let mut used: u16 = 0;
    for unit in units(line, width.saturating_sub(hanging)) {
        if used.saturating_add(unit.columns) > width && used > 0 {
            out.push(std::mem::take(&mut current));
            current.0.push((" ".repeat(indent), Role::Quiet));
            (used, going) = (hanging, None);
            if unit.is_blank() {
                continue;
            }
        }
        for (piece, word, role) in unit.parts {
            match current.0.last_mut().filter(|_| going == Some(piece)) {
                Some((text, _)) => text.push_str(word),
                None => current.0.push((word.to_owned(), role)),
            }
            going = Some(piece);
        }
        used = used.saturating_add(unit.columns);
    }
    out.push(current);
}

/// What stays on one row: a word with the punctuation behind it, which may be of the next piece.
struct Unit<'a> {
    /// Each with the number of its piece.
    parts: Vec<(usize, &'a str, Role)>,
    columns: u16,
}

impl Unit<'_> {
    fn is_blank(&self) -> bool {
        self.parts.iter().all(|(_, word, _)| word.trim().is_empty())
    }

    /// True if `word` is not to be parted from it, and both fit on a row of `room` columns.
    fn keeps(&self, word: &str, room: u16) -> bool {
        let closes = word.starts_with([';', ',', '.', ')', '…', '!', '?', ':']);
        closes && !self.is_blank() && self.columns.saturating_add(paint::columns(word)) <= room
    }
}

/// The units of `line`, for rows of `room` columns.
fn units(line: &Line, room: u16) -> Vec<Unit<'_>> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    for (piece, (text, role)) in line.0.iter().enumerate() {
        for (_, word) in words(text) {
            let (part, columns) = ((piece, word, *role), paint::columns(word));
            match units.last_mut().filter(|last| last.keeps(word, room)) {
                Some(last) => {
                    last.parts.push(part);
                    last.columns = last.columns.saturating_add(columns);
                }
                None => units.push(Unit { parts: vec![part], columns }),
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words() {
        let text = Line::of(Role::Text, "the quick brown fox jumps");
        let wrapped = wrap(vec![text], 10);
        let read: Vec<String> =
            wrapped.iter().map(|l| l.0.iter().map(|(t, _)| t.as_str()).collect()).collect();
        assert_eq!(read, ["the quick ", "brown fox ", "jumps"]);
    }

    #[test]
    fn no_row_begins_with_punctuation() {
        let line = Line::of(Role::Text, "for all every 5 min")
            .and(Role::Quiet, "; read 23s ago, at most (or so).");
        let solid = |text: &str| text.replace(' ', "");
        for width in 8..50 {
            let wrapped = wrap(vec![line.clone()], width);
            let read: Vec<String> = wrapped.iter().map(Line::text).collect();
            assert!(!read.iter().any(|row| row.starts_with([';', ',', ')', '.'])), "{read:?}");
            assert!(wrapped.iter().all(|row| row.columns() <= width), "{read:?}");
            assert_eq!(solid(&read.concat()), solid(&line.text()));
        }
        // What moves to the next row with it keeps its role.
        let wrapped = wrap(vec![line], 19);
        assert_eq!(wrapped[1].text(), "min; read 23s ago, ");
        assert!(wrapped[1].pieces().any(|(text, role)| text == "min" && *role == Role::Text));
        // A row of nothing else is broken all the same.
        let dots = wrap(vec![Line::of(Role::Text, ".".repeat(20))], 8);
        assert!(dots.iter().all(|row| row.columns() <= 8), "{dots:?}");
    }

    #[test]
    fn a_time_is_not_broken() {
        let text = "below 5:00 and 13:04:59, at: 7";
        for width in 6..20 {
            let wrapped = wrap(vec![Line::of(Role::Text, text)], width.max(8));
            let read: Vec<String> = wrapped.iter().map(Line::text).collect();
            for rows in [read.iter().map(String::as_str).collect(), rows(text, width.max(9))] {
                for time in ["5:00", "13:04:59"] {
                    assert!(rows.iter().any(|row| row.contains(time)), "{width} {time}: {rows:?}");
                }
            }
        }
        assert_eq!(words("a: b").len(), 4);
    }

    #[test]
    fn rows_hold_all_letters_and_none_is_too_wide() {
        for text in
            ["the quick brown fox", "新規契約の注文番号は12345です", "a\u{301}bc", "لا شكرا", ""]
        {
            for width in 2..12 {
                let rows = rows(text, width);
                let letters = |text: &str| text.replace(' ', "");
                assert_eq!(letters(&rows.concat()), letters(text));
                assert!(
                    rows.iter().all(|row| usize::from(paint::columns(row)) <= usize::from(width)),
                    "{rows:?}"
                );
            }
        }
        assert_eq!(rows("the quick brown", 5), ["the ", "quick", "brown"]);
        assert_eq!(rows(&"x".repeat(7), 3), ["xxx", "xxx", "x"]);
        assert_eq!(rows("ab cdefgh", 4), ["ab c", "defg", "h"]);
    }

    #[test]
    fn an_option_is_not_parted_from_its_dashes() {
        let said = "again: floorwalker login --context beta";
        for width in 8..40 {
            let all = wrap(vec![Line::of(Role::Text, said)], width);
            assert!(all.iter().any(|line| line.text().contains("--context")), "{width}");
            assert!(
                rows(said, width.max(9)).iter().any(|row| row.contains("--context")),
                "{width}"
            );
        }
    }

    #[test]
    fn what_is_folded_keeps_its_hint() {
        let text = Line::of(Role::Text, "one two three four five six seven — do this");
        let folded = fold(&text, 12, 3);
        let read: Vec<String> = folded.iter().map(Line::text).collect();
        assert_eq!(read, ["one two ", "three four five six seven", "— do this"]);
        assert_eq!(fold(&text, 12, 1).len(), 1);
    }
}
