//! Cells as bytes: as few as a terminal needs.
//!
//! Its pen and its place are remembered from one frame to the next, so that a digit that changes costs its
//! place and itself. Nobody else writes cells: what leaves the screen forgets both.

use std::fmt::Write as _;

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier, Style},
};

use crate::console::widgets::paint::columns;

/// What a terminal writes with.
#[derive(Debug, Default)]
pub struct Ink {
    /// Nothing where nobody knows.
    pen: Option<Pen>,
    /// Where the next cell would be; nothing where terminals may disagree.
    at: Option<(u16, u16)>,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Pen {
    front: Color,
    back: Color,
    marks: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { front: Color::Reset, back: Color::Reset, marks: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        let Style { add_modifier, .. } = cell.style();
        Self { front: cell.fg, back: cell.bg, marks: add_modifier }
    }

    /// True for what leaves nothing behind a blank.
    fn is_bare(self) -> bool {
        self.leaves_alike(Self::PLAIN)
    }

    /// Whether a blank is the same with either: then no other pen is taken up for it.
    fn leaves_alike(self, other: Self) -> bool {
        let seen = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
        let both = |pen: Self| (pen.back, pen.marks & seen);
        let reversed = self.marks.contains(Modifier::REVERSED);
        both(self) == both(other) && (!reversed || self.front == other.front)
    }
}

/// Every mark with its number in SGR.
const MARKS: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

/// True for a blank with nothing behind it, as it is left where something is erased.
pub fn is_bare(cell: &Cell) -> bool {
    cell.symbol() == " " && Pen::of(cell).is_bare()
}

impl Ink {
    /// Forgets what the terminal writes with, and makes it plain.
    pub fn reset(&mut self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b"\x1b[m");
        (self.pen, self.at) = (Some(Pen::PLAIN), None);
    }

    /// Begins a frame: the cursor may have been anywhere since.
    pub fn begin(&mut self) {
        self.at = None;
    }

    /// Writes a cell. After a doubtful one the cursor is placed, wherever the terminal believes it to be.
    pub fn write(&mut self, (x, y): (u16, u16), cell: &Cell, doubtful: bool, bytes: &mut Vec<u8>) {
        self.text.clear();
        if self.at != Some((x, y)) {
            self.place(x, y);
        }
        let pen = Pen::of(cell);
        let blank = cell.symbol() == " " && self.pen.is_some_and(|held| held.leaves_alike(pen));
        if !blank {
            self.dip(pen);
        }
        self.text.push_str(cell.symbol());
        bytes.extend_from_slice(self.text.as_bytes());
        self.at = (!doubtful).then(|| (x + columns(cell.symbol()).max(1), y));
    }

    /// Empties so many columns from a place on. The cursor stays there.
    pub fn erase(&mut self, (x, y): (u16, u16), columns: u16, bytes: &mut Vec<u8>) {
        self.text.clear();
        if self.at != Some((x, y)) {
            self.place(x, y);
        }
        if !self.pen.is_some_and(Pen::is_bare) {
            self.dip(Pen::PLAIN);
        }
        let written = write!(self.text, "\x1b[{columns}X");
        debug_assert!(written.is_ok());
        bytes.extend_from_slice(self.text.as_bytes());
        self.at = Some((x, y));
    }

    fn place(&mut self, x: u16, y: u16) {
        let written = match self.at {
            Some((at, line)) if line == y && at + 1 == x => write!(self.text, "\x1b[C"),
            Some((at, line)) if line == y && at < x => write!(self.text, "\x1b[{}C", x - at),
            _ => write!(self.text, "\x1b[{};{}H", y + 1, x + 1),
        };
        debug_assert!(written.is_ok(), "a string takes whatever is written");
    }

    /// Takes up another pen.
    fn dip(&mut self, pen: Pen) {
        let Some(held) = self.pen.replace(pen) else { return self.renew(pen) };
        if held == pen {
            return;
        }
        if pen == Pen::PLAIN {
            self.text.push_str("\x1b[m");
        } else if !pen.marks.contains(held.marks) {
            self.renew(pen);
        } else {
            self.text.push_str("\x1b[");
            self.mark(pen.marks - held.marks);
            if held.front != pen.front {
                self.colour(pen.front, 30);
            }
            if held.back != pen.back {
                self.colour(pen.back, 40);
            }
            self.close();
        }
    }

    fn renew(&mut self, pen: Pen) {
        self.text.push_str("\x1b[0;");
        self.mark(pen.marks);
        if pen.front != Color::Reset {
            self.colour(pen.front, 30);
        }
        if pen.back != Color::Reset {
            self.colour(pen.back, 40);
        }
        self.close();
    }

    fn mark(&mut self, marks: Modifier) {
        for (_, number) in MARKS.iter().filter(|(mark, _)| marks.contains(*mark)) {
            let written = write!(self.text, "{number};");
            debug_assert!(written.is_ok());
        }
    }

    /// Ends a list of numbers.
    fn close(&mut self) {
        self.text.pop();
        self.text.push('m');
    }

    /// A colour among the numbers of SGR: in front from 30 and 90 on, behind from 40 and 100.
    fn colour(&mut self, colour: Color, base: u16) {
        let written = match colour {
            Color::Reset => write!(self.text, "{};", base + 9),
            Color::Indexed(index) => write!(self.text, "{};5;{index};", base + 8),
            Color::Rgb(r, g, b) => write!(self.text, "{};2;{r};{g};{b};", base + 8),
            named => write!(self.text, "{};", base + sixteenth(named)),
        };
        debug_assert!(written.is_ok());
    }
}

/// Which of the terminal's own sixteen; the bright ones are sixty further on.
fn sixteenth(colour: Color) -> u16 {
    match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        // The others are told by numbers of their own.
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str, style: Style) -> Cell {
        let mut cell = Cell::default();
        cell.set_symbol(text).set_style(style);
        cell
    }

    /// What is written for these cells, each with its place.
    fn written(ink: &mut Ink, cells: &[((u16, u16), Cell)]) -> String {
        let mut bytes = Vec::new();
        ink.begin();
        cells.iter().for_each(|(at, cell)| ink.write(*at, cell, false, &mut bytes));
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn a_digit_costs_its_place_and_itself() {
        let mut ink = Ink::default();
        ink.reset(&mut Vec::new());
        let digit = |text| cell(text, Style::new());
        assert_eq!(written(&mut ink, &[((46, 0), digit("7"))]), "^[1;47H7");
        // In one row, side by side; and in the next frame it is placed anew.
        let two = [((46, 0), digit("1")), ((47, 0), digit("0"))];
        assert_eq!(written(&mut ink, &two), "^[1;47H10");
    }

    #[test]
    fn a_pen_is_changed_where_it_has_to_be_and_kept_for_the_next_frame() {
        let mut ink = Ink::default();
        let red = cell("a", Style::new().red());
        let loud = cell("b", Style::new().red().bold().reversed());
        let dark = cell("c", Style::new().fg(Color::Indexed(203)).on_dark_gray());
        let plain = cell("d", Style::new());
        let cells = [((0, 0), red.clone()), ((1, 0), loud), ((2, 0), dark), ((3, 0), plain)];
        // What nobody knows is set as a whole.
        let expected = "^[1;1H^[0;31ma^[1;7mb^[0;38;5;203;100mc^[md";
        assert_eq!(written(&mut ink, &cells), expected);
        let back = cell("e", Style::new().red().on_white());
        assert_eq!(written(&mut ink, &[((0, 0), red)]), "^[1;1H^[31ma");
        assert_eq!(written(&mut ink, &[((0, 0), back.clone())]), "^[1;1H^[107me");
        let front = cell("f", Style::new().on_white());
        assert_eq!(written(&mut ink, &[((0, 0), front)]), "^[1;1H^[39mf");
    }

    #[test]
    fn for_a_blank_no_pen_is_taken_up_that_could_not_be_seen() {
        let mut ink = Ink::default();
        ink.reset(&mut Vec::new());
        let dim = cell("-", Style::new().dim());
        let cells = |blank: Style| {
            [((0, 0), dim.clone()), ((1, 0), cell(" ", blank)), ((2, 0), dim.clone())]
        };
        assert_eq!(written(&mut ink, &cells(Style::new())), "^[1;1H^[2m- -");
        assert_eq!(written(&mut ink, &cells(Style::new().red().bold())), "^[1;1H- -");
        // Behind it something shows.
        let reversed = written(&mut ink, &cells(Style::new().reversed()));
        assert_eq!(reversed, "^[1;1H-^[0;7m ^[0;2m-");
        let coloured = written(&mut ink, &cells(Style::new().on_red()));
        assert_eq!(coloured, "^[1;1H-^[0;41m ^[2;49m-");
        // The front of what is reversed is its back.
        let rows = [
            ((0, 0), cell("a", Style::new().reversed())),
            ((1, 0), cell(" ", Style::new().reversed().red())),
        ];
        assert_eq!(written(&mut ink, &rows), "^[1;1H^[0;7ma^[31m ");
    }

    #[test]
    fn after_a_wide_cell_comes_the_one_behind_it_and_after_a_doubtful_one_a_place() {
        let mut ink = Ink::default();
        ink.reset(&mut Vec::new());
        let wide = [((0, 0), cell("博", Style::new())), ((2, 0), cell("x", Style::new()))];
        assert_eq!(written(&mut ink, &wide), "^[1;1H博x");
        let mut bytes = Vec::new();
        ink.begin();
        ink.write((0, 0), &cell("का", Style::new()), true, &mut bytes);
        ink.write((2, 0), &cell("x", Style::new()), false, &mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), "\x1b[1;1Hका\x1b[1;3Hx");
    }
}
