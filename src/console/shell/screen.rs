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

/// The screen.
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    bytes: Vec<u8>,
    file: File,
    /// True if nobody knows what is on the terminal.
    unknown: bool,
}

impl Screen {
    /// The screen of standard output, which is blank.
    pub fn new() -> io::Result<Self> {
        // Not through `Stdout`: its line buffer would cut a frame into pieces.
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let area = area(size()?);
        Ok(Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            bytes: Vec::with_capacity(64 * 1024),
            file,
            unknown: false,
        })
    }

    /// Its size.
    pub fn size(&self) -> Size {
        self.next.area.as_size()
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
        self.file.write_all(&self.bytes)
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
