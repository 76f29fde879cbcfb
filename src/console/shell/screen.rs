//! Frames: two buffers, and only what differs between them goes out.
//!
//! Not ratatui's `Terminal`, which asks for the size, hides the cursor and resets colours with every
//! frame even if no cell has changed: here such a frame writes nothing, and any other is one write
//! inside a synchronized update, so that no half of it is ever seen.

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
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::{Rect, Size},
};

use crate::console::app::App;

/// The screen, on whatever takes its bytes.
pub struct Screen<W = File> {
    shown: Buffer,
    next: Buffer,
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
        Self { shown: blank(), next: blank(), bytes: Vec::new(), out, unknown: false }
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
        self.bytes.clear();
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        if self.unknown {
            self.shown = Buffer::empty(self.next.area);
            queue!(self.bytes, Clear(ClearType::All))?;
        }
        let mut cells = self.shown.diff_iter(&self.next).peekable();
        if cells.peek().is_none() && !self.unknown {
            return Ok(());
        }
        CrosstermBackend::new(&mut self.bytes).draw(cells)?;
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.unknown = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.out.write_all(&self.bytes)
    }
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
    use crate::console::{Settings, app::Message};

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
        assert!(screen.out.0[1].len() < 60, "a clock's digit: {} bytes", screen.out.0[1].len());
    }

    #[test]
    fn what_was_forgotten_is_drawn_again() {
        let (app, mut screen) = setting();
        screen.draw(&app).unwrap();
        screen.forget();
        screen.draw(&app).unwrap();
        assert!(screen.out.0[1].len() > screen.out.0[0].len(), "the same and a clear");
    }
}
