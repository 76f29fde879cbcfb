//! Frames: two buffers, and only what differs between them goes out.
//!
//! Not ratatui's `Terminal`, which asks for the size, hides the cursor and resets colours with every
//! frame even if no cell has changed: here such a frame writes nothing, and any other is one write. One
//! that does not arrive at once is a synchronized update, so that no half of it is ever seen.

#[cfg(test)]
mod likeness;

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
};

use crossterm::{
    queue,
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate},
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Rect, Size},
};

use super::{
    bidi,
    ink::{Ink, is_bare},
};
use crate::console::{app::App, widgets::paint::columns};

/// The screen, on whatever takes its bytes.
pub struct Screen<W = File> {
    shown: Buffer,
    next: Buffer,
    ink: Ink,
    bytes: Vec<u8>,
    out: W,
    /// True if nobody knows what is on the terminal.
    unknown: bool,
}

impl Screen {
    /// The screen of standard output, which is blank.
    pub fn new() -> io::Result<Self> {
        // Not through `Stdout`: its line buffer would cut a frame into pieces.
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self::on(file, size()?))
    }

    /// Takes the terminal's size now.
    pub fn resize(&mut self) -> io::Result<Size> {
        let size = size()?;
        if size != self.size() {
            self.next.resize(area(size));
            self.forget();
        }
        Ok(size)
    }
}

impl<W: Write> Screen<W> {
    /// A blank screen.
    fn on(out: W, size: Size) -> Self {
        let blank = || Buffer::empty(area(size));
        Self {
            shown: blank(),
            next: blank(),
            ink: Ink::default(),
            bytes: Vec::new(),
            out,
            unknown: false,
        }
    }

    /// Its size.
    pub fn size(&self) -> Size {
        self.next.area.as_size()
    }

    /// Forgets what is on the terminal: the next frame draws every cell.
    pub fn forget(&mut self) {
        self.unknown = true;
    }

    /// Draws `app`.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        self.next.reset();
        app.draw(&mut self.next);
        self.send()
    }

    /// Writes what differs from what is shown.
    fn send(&mut self) -> io::Result<()> {
        bidi::hedge(&mut self.next);
        self.bytes.clear();
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        let begun = self.bytes.len();
        self.ink.begin();
        if self.unknown {
            self.shown = Buffer::empty(self.next.area);
            // A terminal may clear with the colour that it writes on.
            self.ink.reset(&mut self.bytes);
            queue!(self.bytes, Clear(ClearType::All))?;
        }
        let cells = updates(&self.shown, &self.next);
        if cells.is_empty() && !self.unknown {
            return Ok(());
        }
        let mut cells = cells.as_slice();
        while !cells.is_empty() {
            let (stretch, rest) = cells.split_at(stretch(cells));
            put(stretch, &mut self.ink, &mut self.bytes);
            cells = rest;
        }
        let whole = self.unknown || self.bytes.len() - begun > AT_ONCE;
        if whole {
            queue!(self.bytes, EndSynchronizedUpdate)?;
        }
        self.unknown = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.out.write_all(&self.bytes[if whole { 0 } else { begun }..])
    }
}

/// So many bytes go into one packet of any line, and arrive at once.
const AT_ONCE: usize = 512;

/// How many cells stand side by side, all of them of a width that nobody doubts; one of another width alone.
fn stretch(cells: &[Update<'_>]) -> usize {
    let follows = |two: &[Update<'_>]| {
        let [(x, y, cell), (next, line, follower)] = two else { return false };
        let sure = !is_doubtful(cell) && !is_doubtful(follower);
        sure && line == y && *next == x + columns(cell.symbol()).max(1)
    };
    1 + cells.windows(2).take_while(|two| follows(two)).count()
}

/// What the cursor costs to be moved over a gap, and what it costs to erase.
const MOVE: usize = 4;
const ERASE: usize = 5;

/// Writes a stretch of cells: one by one, or where that is shorter what is not blank after all of it was erased.
fn put(stretch: &[Update<'_>], ink: &mut Ink, bytes: &mut Vec<u8>) {
    let runs: Vec<&[Update<'_>]> =
        stretch.chunk_by(|(_, _, one), (_, _, other)| is_bare(one) == is_bare(other)).collect();
    let is_gap =
        |run: &[Update<'_>]| run.len() > MOVE && run.iter().all(|(_, _, cell)| is_bare(cell));
    let saved: usize = runs.iter().filter(|run| is_gap(run)).map(|run| run.len() - MOVE).sum();
    let erases = saved > ERASE;
    if let (true, [(x, y, _), ..], [.., (last, _, cell)]) = (erases, stretch, stretch) {
        ink.erase((*x, *y), last + columns(cell.symbol()).max(1) - x, bytes);
    }
    for (x, y, cell) in runs.into_iter().filter(|run| !erases || !is_gap(run)).flatten() {
        ink.write((*x, *y), cell, is_doubtful(cell), bytes);
    }
}

/// A cell and its place.
type Update<'a> = (u16, u16, &'a Cell);

/// The cells that have to be written: those that differ, and in lines where something changes about whose
/// width a terminal may disagree with us, everything from there to the end of the line. Otherwise what it
/// drew too wide would stay behind.
fn updates<'a>(shown: &'a Buffer, next: &'a Buffer) -> Vec<Update<'a>> {
    let mut updates: Vec<Update<'a>> = Vec::new();
    let mut changed = shown.diff_iter(next).peekable();
    while let Some(&(_, y, _)) = changed.peek() {
        let line = std::iter::from_fn(|| changed.next_if(|(_, line, _)| *line == y));
        match doubtful_change(shown, next, y) {
            None => with_halves(line, (shown, next), u16::MAX, &mut updates),
            Some(from) => {
                with_halves(
                    line.take_while(|(x, _, _)| *x < from),
                    (shown, next),
                    from,
                    &mut updates,
                );
                rest_of_line(next, from, y, &mut updates);
                while changed.next_if(|(_, line, _)| *line == y).is_some() {}
            }
        }
    }
    updates
}

/// The changes of a line before the column `end`, and with a wide character that went the column that it had
/// covered: what a terminal leaves there, and in which colours, is not said anywhere.
fn with_halves<'a>(
    line: impl Iterator<Item = Update<'a>>,
    (shown, next): (&Buffer, &'a Buffer),
    end: u16,
    updates: &mut Vec<Update<'a>>,
) {
    let mut line = line.peekable();
    while let Some((x, y, cell)) = line.next() {
        updates.push((x, y, cell));
        let after = x + columns(cell.symbol()).max(1);
        // A wide one may come over the first half of another.
        let ends = |x| shown.cell((x, y)).map_or(x, |old| x + columns(old.symbol()));
        let covered = (x..after).map(ends).max().unwrap_or(after);
        for freed in after..covered.min(end) {
            let comes = line.peek().is_some_and(|(x, _, _)| *x == freed);
            let blank = next.cell((freed, y)).filter(|_| !comes);
            updates.extend(blank.map(|blank| (freed, y, blank)));
        }
    }
}

/// The first column of a line in which something of doubtful width comes, goes or changes.
fn doubtful_change(shown: &Buffer, next: &Buffer, y: u16) -> Option<u16> {
    let from = (next.area.left()..next.area.right()).find(|&x| {
        let (old, new) = (shown.cell((x, y)), next.cell((x, y)));
        old != new && [old, new].into_iter().flatten().any(is_doubtful)
    })?;
    // Half of a wide character is none: a blank there would take all of it away.
    let before = from.checked_sub(1).filter(|x| *x >= next.area.left());
    let halves = |x: &u16| next.cell((*x, y)).is_some_and(|cell| columns(cell.symbol()) > 1);
    Some(before.filter(halves).unwrap_or(from))
}

/// All cells of a line from a column on. What a wide character covers is left out, unless its width
/// is doubtful: then the blanks below it come first, for a terminal that draws it narrow.
fn rest_of_line<'a>(buffer: &'a Buffer, from: u16, y: u16, updates: &mut Vec<Update<'a>>) {
    let mut x = from;
    while let Some(cell) = buffer.cell((x, y)).filter(|_| x < buffer.area.right()) {
        let next = x + columns(cell.symbol()).max(1);
        let covered = (x + 1..next).filter(|_| is_doubtful(cell));
        updates.extend(covered.filter_map(|x| Some((x, y, buffer.cell((x, y))?))));
        updates.push((x, y, cell));
        x = next;
    }
}

/// True for what terminals count differently: letters with marks of their own (a vowel sign of an
/// Indian script takes a column here and none there), and emoji, also those of the older blocks (`⭐`, `☎`):
/// some terminals draw them as text in one column, others as a picture in two.
fn is_doubtful(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    // Nearly every symbol is one short character.
    match symbol.len() {
        ..3 => false,
        3 => {
            let mut letters = symbol.chars();
            letters.next().is_some_and(is_picture) || letters.next().is_some()
        }
        _ => true,
    }
}

/// True for what may be drawn as a picture, our own signs among them left out: nobody has pictures of those.
fn is_picture(letter: char) -> bool {
    let old = matches!(letter, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}');
    (old || matches!(letter, '\u{2b00}'..='\u{2bff}')) && !"♪♥✓✗❯".contains(letter)
}

fn area(size: Size) -> Rect {
    Rect::from((ratatui::layout::Position::ORIGIN, size))
}

/// The terminal's size; never nothing, because a buffer of no cells has no rows to count.
fn size() -> io::Result<Size> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(Size { width: width.max(1), height: height.max(1) })
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;
    use crate::console::{Settings, app::Message, widgets::paint};

    /// Every write, one by one.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn setting() -> (App, Screen<Writes>) {
        let size = Size { width: 80, height: 24 };
        let settings = Settings { zone: Some(TimeZone::UTC), ..Settings::new("contoso".into()) };
        let app = App::new(&settings, size, Timestamp::UNIX_EPOCH);
        (app, Screen::on(Writes::default(), size))
    }

    #[test]
    fn a_frame_is_one_synchronized_write_and_an_equal_one_is_none() {
        let (mut app, mut screen) = setting();
        screen.draw(&app).unwrap();
        screen.draw(&app).unwrap();
        let [frame] = screen.out.0.as_slice() else { panic!("one write") };
        assert!(frame.starts_with(b"\x1b[?2026h") && frame.ends_with(b"\x1b[?2026l"));
        app.update(Message::Tick, Timestamp::from_second(1).unwrap());
        screen.draw(&app).unwrap();
        // A clock's digit.
        assert_eq!(String::from_utf8_lossy(&screen.out.0[1]), "\x1b[1;79H1");
    }

    #[test]
    fn a_slow_line_is_written_to_twice_a_minute_while_nothing_happens() {
        let size = Size { width: 80, height: 24 };
        let zone = Some(TimeZone::UTC);
        let settings = Settings { zone, low_bandwidth: true, ..Settings::new("contoso".into()) };
        let mut app = App::new(&settings, size, Timestamp::UNIX_EPOCH);
        let mut screen = Screen::on(Writes::default(), size);
        let (mut frames, mut writes) = (0, Vec::new());
        for quarter in 0..=240 {
            let now = Timestamp::from_millisecond(quarter * 250).unwrap();
            app.update(Message::Tick, now);
            if app.take_dirty() {
                screen.draw(&app).unwrap();
                frames += 1;
            }
            writes.push(screen.out.0.len());
        }
        assert!(frames <= 31, "{frames} frames in a minute");
        // The first frame, and the minute.
        assert_eq!((writes[0], writes[239], writes[240]), (1, 1, 2));
    }

    #[test]
    fn without_a_clock_nothing_is_written_while_nothing_happens() {
        let size = Size { width: 80, height: 24 };
        let written = |clock: bool| {
            let zone = Some(TimeZone::UTC);
            let settings = Settings { zone, clock, ..Settings::new("contoso".into()) };
            let mut app = App::new(&settings, size, Timestamp::UNIX_EPOCH);
            let mut screen = Screen::on(Writes::default(), size);
            screen.draw(&app).unwrap();
            app.take_dirty();
            for second in 1..=60 {
                app.update(Message::Tick, Timestamp::from_second(second).unwrap());
                if app.take_dirty() {
                    screen.draw(&app).unwrap();
                }
            }
            screen.out.0[1..].iter().map(Vec::len).sum::<usize>()
        };
        // A digit a second, and the one before it every ten.
        let clock = written(true);
        assert!(clock > 60 * 8 && clock < 60 * 10, "{clock} bytes");
        assert_eq!(written(false), 0);
    }

    #[test]
    fn what_was_forgotten_is_drawn_again() {
        let (app, mut screen) = setting();
        screen.draw(&app).unwrap();
        screen.forget();
        screen.draw(&app).unwrap();
        assert!(screen.out.0[1].len() > screen.out.0[0].len(), "the same and a clear");
    }

    #[test]
    fn a_row_of_mostly_blanks_is_erased_and_what_is_on_it_written() {
        let size = Size { width: 40, height: 1 };
        let row = |style: ratatui::style::Style| {
            let mut buffer = Buffer::empty(area(size));
            paint::text(&mut buffer, 0, 0, 40, &format!("{:<18}{:<21}", "佐 bot", "4m"), style);
            buffer
        };
        let plain = ratatui::style::Style::new();
        let mut screen = Screen::on(Writes::default(), size);
        for next in [row(plain), row(plain.reversed()), row(plain)] {
            screen.next = next;
            screen.send().unwrap();
        }
        let written = |nth: usize| String::from_utf8_lossy(&screen.out.0[nth]).replace('\x1b', "^");
        assert_eq!(written(0), "^[1;1H^[0m佐^[Cbot^[13C4m");
        assert_eq!(written(1), format!("^[1;1H^[7m{:<18}{:<21}", "佐 bot", "4m"));
        assert_eq!(written(2), "^[1;1H^[m^[40X佐 bot^[13C4m");
    }

    #[test]
    fn after_a_doubtful_width_the_cursor_is_placed_anew() {
        let line = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
            buffer.set_string(0, 1, text, ratatui::style::Style::new());
            buffer
        };
        let drawn = |from: &Buffer, to: &Buffer| -> Vec<u16> {
            updates(from, to).iter().map(|(x, _, _)| *x).collect()
        };
        let plain = line("ab cd");
        let marked = line("a\u{915}\u{93e} cd");
        assert_eq!(drawn(&plain, &line("ab cx")), [4]);
        assert!(drawn(&marked, &marked).is_empty());
        // A wide character that begins before it is written as a whole.
        assert_eq!(drawn(&marked, &line("佐 cd")), [0, 2, 3, 4, 5, 6, 7]);
        // What stands behind the mark is placed for itself.
        assert_eq!(drawn(&marked, &line("a\u{915}\u{93e} cx")), [5]);
        // From the mark to the line's end, also when the mark goes away; its second column first.
        assert_eq!(drawn(&plain, &marked), [2, 1, 3, 4, 5, 6, 7]);
        assert_eq!(drawn(&marked, &plain), [1, 2, 3, 4, 5, 6, 7]);
        // Emoji of three bytes, wide and narrow; but not our own signs and no ideographs.
        assert_eq!(drawn(&plain, &line("⭐ cd")), [1, 0, 2, 3, 4, 5, 6, 7]);
        assert_eq!(drawn(&plain, &line("☎b cd")), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(drawn(&line("✓b cd"), &line("✗b cd")), [0]);
        assert_eq!(drawn(&line("佐 cd"), &line("王 cd")), [0]);
    }
}
