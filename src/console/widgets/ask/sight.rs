//! As much of a query as a line has room for, around the letter that matters.

use std::ops::Range;

use crate::{
    console::{
        theme::Role,
        widgets::{paint, prose::Line},
    },
    domain::text::Plain,
};

/// Where a query stands on its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Columns before its first letter in sight.
    pub at: u16,
    /// Columns that there are for it.
    pub room: u16,
}

/// What is cut off is marked on either side.
const CUT: &str = "…";

/// Columns for a query of which nothing else is left.
pub const LEAST: u16 = 12;

/// A query, and what of it is in sight.
#[derive(Debug)]
pub struct Sight {
    letters: Vec<char>,
    caret: Option<usize>,
    shown: Range<usize>,
}

impl Sight {
    /// As much of `text` as fits in `room` columns, with its letter `around` in any case; `caret` where one is.
    pub fn new(text: &str, around: usize, caret: Option<usize>, room: u16) -> Self {
        let mut letters: Vec<char> = text.chars().collect();
        // The caret needs a place after the last letter too.
        if caret.is_some_and(|at| at >= letters.len()) {
            letters.push(' ');
        }
        let around = around.min(letters.len().saturating_sub(1));
        let mut sight = Self { letters, caret, shown: 0..0 };
        sight.shown = sight.window(around, room);
        sight
    }

    fn window(&self, around: usize, room: u16) -> Range<usize> {
        let all = 0..self.letters.len();
        if self.columns(all.clone()) <= room {
            return all;
        }
        let both = room.saturating_sub(2);
        // What follows is worth a quarter of it.
        let mut to = (around + 1).min(all.end);
        while to < all.end && self.columns(around..to + 1) <= both / 4 {
            to += 1;
        }
        let mut from = around;
        while from > 0 && self.columns(from - 1..to) <= both {
            from -= 1;
        }
        // At an end only the other side is cut.
        while to < all.end && self.columns(from..to + 1) <= both {
            to += 1;
        }
        from..to
    }

    fn columns(&self, range: Range<usize>) -> u16 {
        let letters = self.letters.get(range).unwrap_or_default();
        letters.iter().map(|c| paint::columns(c.encode_utf8(&mut [0; 4]))).sum()
    }

    /// Columns before its letter `at`; of one that is out of sight those before the mark on its side.
    pub fn place(&self, at: usize) -> u16 {
        let Range { start, end } = self.shown;
        let mark = u16::from(start > 0);
        match at {
            at if at < start => 0,
            at if at > end => mark + self.columns(start..end),
            at => mark + self.columns(start..at),
        }
    }

    /// `line` with it in `role`.
    pub fn on(&self, line: Line, role: Role) -> Line {
        let Range { start, end } = self.shown;
        let piece = |range: Range<usize>| -> String {
            let text: String = self.letters.get(range).unwrap_or_default().iter().collect();
            Plain::new(&text).to_string()
        };
        let line = if start > 0 { line.and(Role::Quiet, CUT) } else { line };
        let line = match self.caret {
            Some(caret) => line
                .and(role, piece(start..caret))
                .and(Role::Caret, piece(caret..caret + 1))
                .and(role, piece(caret + 1..end)),
            None => line.and(role, piece(start..end)),
        };
        if end < self.letters.len() { line.and(Role::Quiet, CUT) } else { line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, around: usize, room: u16) -> String {
        let line = Sight::new(text, around, Some(around), room).on(Line::new(), Role::Text);
        assert!(line.columns() <= room, "{line:?}");
        line.pieces().map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn what_is_around_the_caret_is_in_sight_and_cuts_are_marked() {
        assert_eq!(shown("abcdef", 6, 7), "abcdef ");
        assert_eq!(shown("abcdefghijkl", 12, 7), "…ijkl ");
        assert_eq!(shown("abcdefghijkl", 6, 7), "…cdefg…");
        assert_eq!(shown("abcdefghijkl", 0, 7), "abcde…");
        assert_eq!(shown("佐藤さんの鈴木", 7, 7), "…鈴木 ");
        for room in 0..9 {
            shown("abcdefghijkl", 5, room.max(3));
        }
    }

    #[test]
    fn a_letter_is_where_it_is_drawn() {
        let sight = Sight::new("abcdefghijkl", 12, Some(12), 7);
        assert_eq!([0, 7, 8, 9, 12].map(|at| sight.place(at)), [0, 0, 1, 2, 5]);
        let start = Sight::new("abcdefghijkl", 0, None, 7);
        assert_eq!([0, 3, 5, 9].map(|at| start.place(at)), [0, 3, 5, 5]);
    }
}
