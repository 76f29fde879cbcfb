//! The terminal, taken and given back.

use std::io::{self, Write};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue,
    style::{Print, ResetColor},
    terminal::{
        DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use rustix::process::{Signal, getpid, getsid, kill_current_process_group, kill_process};

/// Buttons and the wheel, told in SGR's form, which knows no limit of columns. Not motion: each move of a
/// hand would be some bytes over the line.
const TAKE_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const GIVE_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";

/// Raw mode, the alternate screen, no wrapping of lines, bracketed paste, no cursor and, if it is wanted, the mouse, until it is
/// dropped.
#[derive(Debug)]
pub struct Terminal {
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        // From here on dropping gives back, even if only half of it was taken.
        let terminal = Self { mouse };
        take(mouse)?;
        Ok(terminal)
    }

    /// Takes the mouse, or gives it back.
    pub fn keep_mouse(&mut self, mouse: bool) -> io::Result<()> {
        self.mouse = mouse;
        let mut out = io::stdout().lock();
        queue!(out, Print(if mouse { TAKE_MOUSE } else { GIVE_MOUSE }))?;
        out.flush()
    }

    /// Takes the mouse or gives it back, unless it is so already.
    pub fn change_mouse(&mut self, mouse: bool) -> io::Result<()> {
        if mouse == self.mouse { Ok(()) } else { self.keep_mouse(mouse) }
    }

    /// Gives the terminal back, stops, and takes it again when somebody lets us go on.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        kill_process(getpid(), Signal::STOP)?;
        take(self.mouse)
    }

    /// Takes the terminal again after somebody else had it.
    pub fn reclaim(&mut self) -> io::Result<()> {
        // crossterm believes that it still has raw mode and would not ask for it again.
        disable_raw_mode()?;
        take(self.mouse)
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

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let mut out = io::stdout().lock();
    // Each line is written by itself. Where a terminal draws something wider than we believe, it must not run
    // over the edge into a line that nobody draws again.
    queue!(out, EnterAlternateScreen, DisableLineWrap, Hide, EnableBracketedPaste)?;
    if mouse {
        queue!(out, Print(TAKE_MOUSE))?;
    }
    out.flush()
}

/// Gives the terminal back as it was. Errors have nobody to go to: the terminal is what failed.
pub fn give_back() {
    let mut out = io::stdout().lock();
    let written = queue!(
        out,
        EndSynchronizedUpdate,
        // Whether it was taken or not: a panic asks nobody.
        Print(GIVE_MOUSE),
        DisableBracketedPaste,
        ResetColor,
        EnableLineWrap,
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
