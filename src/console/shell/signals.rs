//! Signals as messages.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `SIGHUP`.
    Hangup,
    /// `SIGINT`.
    Interrupt,
    /// `SIGQUIT`.
    Quit,
    /// `SIGTERM`.
    Terminate,
    /// `SIGTSTP`.
    Stop,
    /// `SIGCONT`.
    Continue,
    /// `SIGWINCH`.
    Resize,
}

/// The signals the console listens to.
#[derive(Debug)]
pub struct Signals {
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    stop: Signal,
    go_on: Signal,
    resize: Signal,
}

impl Signals {
    /// Starts to listen.
    pub fn new() -> io::Result<Self> {
        let of = |number| signal(SignalKind::from_raw(number));
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            stop: of(rustix::process::Signal::TSTP.as_raw())?,
            go_on: of(rustix::process::Signal::CONT.as_raw())?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Sort {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Sort::Terminate,
            _ = self.hangup.recv() => Sort::Hangup,
            _ = self.interrupt.recv() => Sort::Interrupt,
            _ = self.quit.recv() => Sort::Quit,
            _ = self.stop.recv() => Sort::Stop,
            _ = self.go_on.recv() => Sort::Continue,
            _ = self.resize.recv() => Sort::Resize,
        }
    }
}
