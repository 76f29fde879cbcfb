//! The thread that reads the keyboard and the mouse.

use std::{io, thread, time::Duration};

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags};
use tokio::sync::mpsc::Sender;

use crate::console::keys::{Chord, pointer::Pointer};

/// What comes from outside the engine.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Press(Chord),
    /// The mouse.
    Pointer(Pointer),
    /// A paste.
    Paste(String),
    /// The terminal is gone.
    Closed,
    /// A background thread has panicked, with this.
    Trouble(String),
}

/// So long after a key the next one is waited for in the same go. Not zero: what was read together with
/// the first would then not even be looked at.
const TOGETHER: Duration = Duration::from_millis(100);

/// Starts the thread. It ends with the terminal, or when nobody listens any more.
pub fn spawn(sender: Sender<Input>) -> io::Result<()> {
    thread::Builder::new().name("input".into()).spawn(move || {
        // Whatever ends the reading, a console without keys must not stay.
        let _ = read(&sender);
        let _ = sender.blocking_send(Input::Closed);
    })?;
    Ok(())
}

fn read(sender: &Sender<Input>) -> io::Result<()> {
    loop {
        wait()?;
        // What came in one go is read in one go; the first of it is certain to be there.
        loop {
            if let Some(input) = translate(event::read()?)
                && sender.blocking_send(input).is_err()
            {
                return Ok(());
            }
            if !event::poll(TOGETHER)? {
                break;
            }
        }
    }
}

/// Waits for input. Fails when the terminal is gone: crossterm would read it over and over.
fn wait() -> io::Result<()> {
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    while let Err(error) = rustix::event::poll(&mut fds, None) {
        if error != rustix::io::Errno::INTR {
            return Err(error.into());
        }
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if fds[0].revents().intersects(gone) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn translate(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => Chord::read(key).map(Input::Press),
        Event::Mouse(mouse) => Pointer::read(mouse).map(Input::Pointer),
        Event::Paste(text) => Some(Input::Paste(text)),
        // Sizes come as signals, which don't have to wait for a key.
        Event::Resize(..) | Event::FocusGained | Event::FocusLost => None,
    }
}
