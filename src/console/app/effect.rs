//! What the app has the shell do: everything that needs a terminal, a channel or a file.

use crate::{domain::text::Plain, engine::Command};

/// Something the shell is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this to the engine, or say that it can't be.
    Send(Command),
    /// Draw every cell again.
    Redraw,
    /// Give the terminal back for a while.
    Suspend,
    /// Put this on the clipboard of whoever sits in front of the terminal.
    Copy(String),
    /// Take the mouse, or give it back.
    Mouse(bool),
    /// Remember what [`App::memory`] tells.
    Remember,
    /// Ring.
    Bell,
    /// Have the terminal tell this to the desktop.
    Notify(String),
    /// Make this org ready to be gone to, and say when it is.
    Prepare(Plain),
    /// Leave for this org, which is ready.
    Switch(Plain),
    /// Leave.
    Quit,
}
