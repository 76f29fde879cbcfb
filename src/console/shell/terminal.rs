//! The terminal, taken and given back.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::ResetColor,
    terminal::{
        EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use rustix::process::{Signal, getpid, getsid, kill_current_process_group, kill_process};

/// Raw mode, the alternate screen, bracketed paste and no cursor, until it is dropped.
#[derive(Debug)]
pub struct Terminal(());

impl Terminal {
    /// Takes the terminal.
    pub fn enter() -> io::Result<Self> {
        // From here on dropping gives back, even if only half of it was taken.
        let terminal = Self(());
        take()?;
        Ok(terminal)
    }

    /// Gives the terminal back, stops, and takes it again when somebody lets us go on.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        kill_process(getpid(), Signal::STOP)?;
        take()
    }

    /// Takes the terminal again after somebody else had it.
    pub fn reclaim(&mut self) -> io::Result<()> {
        // crossterm believes that it still has raw mode and would not ask for it again.
        disable_raw_mode()?;
        take()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The hook has given it back before it printed; twice would put the cursor over its text.
        if !std::thread::panicking() {
            give_back();
        }
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    let mut out = io::stdout().lock();
    queue!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    out.flush()
}

/// Gives the terminal back as it was. Errors have nobody to go to: the terminal is what failed.
pub fn give_back() {
    let mut out = io::stdout().lock();
    let written = queue!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    );
    let _ = written.and_then(|()| out.flush());
    let _ = disable_raw_mode();
}

/// Rings the bell; what that does is the terminal's to say.
pub fn ring() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"\x07")?;
    out.flush()
}

/// True unless we are the first process of our terminal session: then nobody could let us go on.
pub fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpid())
}

/// Stops the whole job, as the terminal itself would: a wrapper that went on would keep the shell
/// from noticing.
pub fn ask_to_stop() -> io::Result<()> {
    Ok(kill_current_process_group(Signal::TSTP)?)
}
