//! The console: one floor on one screen, and a handoff on a keypress.
//!
//! ```text
//!   shell ──▶ app ──▶ { panes, popups } ──▶ view ──▶ widgets ──▶ { keys, theme }
//! ```
//! Each uses only what stands to its right. The *shell* owns the terminal and does all the waiting;
//! the *app* turns messages into state and effects and knows neither. Of the engine only its
//! vocabulary is known here.

pub mod app;
pub mod keys;
pub mod memory;
pub mod orgs;
pub mod panes;
pub mod picture;
pub mod popups;
mod shell;
pub mod theme;
pub mod view;
pub mod widgets;

use std::{
    convert::Infallible,
    env,
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

use self::{
    app::begin::Begin,
    keys::Keymap,
    orgs::{Arrival, Orgs},
    theme::Theme,
    widgets::ascii,
};

pub use self::shell::Seat;
use crate::{
    config::{self, Config, Safety, Withheld},
    domain::text::Plain,
    engine::Handle,
    policy::Handbook,
};

/// How the console is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The org as the config names it: shown until the org has told its own name.
    pub context: Plain,
    /// True if that is a name somebody has given it, and not its host.
    pub named: bool,
    /// True if nothing may be handed off from here.
    pub read_only: bool,
    /// The context whose configuration says so; `None` where the command line does.
    pub read_only_in: Option<Plain>,
    /// False where the org can't list its sessions: of those that nobody has named nothing is known.
    pub lists_sessions: bool,
    /// Which doors are shut here because the configuration has them for another org.
    pub withheld: Withheld,
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// How long a handoff can be called back before anything leaves.
    pub grace: Duration,
    /// True if new arrivals in the inbox ring the terminal's bell.
    pub bell: bool,
    /// What keeps a hand from doing what it did not mean.
    pub safety: Safety,
    /// Roles to styles.
    pub theme: Theme,
    /// True if the terminal is sent nothing but ASCII.
    pub ascii: bool,
    /// True if the mouse is ours from the start.
    pub mouse: bool,
    /// True if as little as possible is to go over the line.
    pub low_bandwidth: bool,
    /// Whether time alone changes the screen.
    pub clock: bool,
    /// Keys to actions.
    pub keymap: Keymap,
    /// The zone that times are shown in; `None` for the system's.
    pub zone: Option<TimeZone>,
    /// What to begin with.
    pub begin: Begin,
    /// The file that remembers what was chosen; `None` for nothing.
    pub memory: Option<PathBuf>,
    /// Which other orgs one can go to from here.
    pub orgs: Orgs,
    /// The org whose console was on the screen before, if one was.
    pub arrival: Option<Arrival>,
    /// What tells the time.
    pub now: fn() -> Timestamp,
}

impl Settings {
    /// The defaults, for the org that the config calls `context`.
    pub fn new(context: Plain) -> Self {
        Self {
            context,
            named: false,
            read_only: false,
            read_only_in: None,
            lists_sessions: true,
            withheld: Withheld::default(),
            handbook: Handbook::default(),
            grace: Config::default().grace,
            bell: false,
            theme: Theme::Terminal,
            ascii: false,
            mouse: false,
            low_bandwidth: false,
            clock: true,
            safety: Safety::default(),
            keymap: Keymap::embedded(),
            zone: None,
            begin: Begin::default(),
            memory: None,
            orgs: Orgs::default(),
            arrival: None,
            now: Timestamp::now,
        }
    }

    /// The same, for the terminal that the environment tells of, as far as `wished` leaves it open.
    pub fn on_this_terminal(self, wished: config::console::Console) -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            theme: Theme::chosen(wished, variable),
            ascii: wished.ascii.unwrap_or_else(|| ascii::is_all_there_is(variable)),
            mouse: wished.mouse,
            low_bandwidth: wished.low_bandwidth,
            clock: wished.clock,
            ..self
        }
    }
}

/// How the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person left.
    Quit,
    /// A signal asked for it.
    Signal(Signal),
    /// The terminal went away.
    Closed,
}

/// A signal that ends the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGHUP`: the terminal is gone.
    Hangup,
    /// `SIGINT`, sent by somebody: the key arrives as a key.
    Interrupt,
    /// `SIGQUIT`, sent by somebody too.
    Quit,
    /// `SIGTERM`.
    Terminate,
}

impl Ending {
    /// The exit code, by the shells' convention: 128 and the signal's number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::Signal(Signal::Hangup) | Self::Closed => 129,
            Self::Signal(Signal::Interrupt) => 130,
            Self::Signal(Signal::Quit) => 131,
            Self::Signal(Signal::Terminate) => 143,
        }
    }

    /// What is said to whoever finds the terminal as it was; nothing to who has left by a key.
    pub fn farewell(self) -> Option<&'static str> {
        Some(match self {
            Self::Quit => return None,
            Self::Signal(Signal::Hangup) => "ended by SIGHUP",
            Self::Signal(Signal::Interrupt) => "ended by SIGINT",
            Self::Signal(Signal::Quit) => "ended by SIGQUIT",
            Self::Signal(Signal::Terminate) => "ended by SIGTERM",
            Self::Closed => "ended: the terminal has gone",
        })
    }
}

/// Why the console could not be.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Standard input or output is no terminal. Exit code 2.
    #[error(
        "the console needs a terminal, and this is none.\n\
         For scripts: floorwalker queues, agents, sessions (with -o json); over SSH: ssh -t"
    )]
    NotATerminal,
    /// The terminal refused something.
    #[error("the terminal can't be used: {0}")]
    Terminal(#[source] io::Error),
    /// What waits for events could not be started.
    #[error("the console can't wait for events: {0}")]
    Runtime(#[source] io::Error),
}

/// Fails unless a person sits in front of standard input and output.
pub fn ensure_terminal() -> Result<(), ConsoleError> {
    let both = io::stdin().is_terminal() && io::stdout().is_terminal();
    both.then_some(()).ok_or(ConsoleError::NotATerminal)
}

/// How a console is left.
#[derive(Debug)]
pub enum Left<T> {
    /// For good.
    Ended(Ending),
    /// For another org, which is ready; and what its console is to know.
    For(T, Arrival),
}

/// Makes an org ready to be gone to, by its name; says why if that can't be done. It runs on a thread of its
/// own and may take its time.
pub type Prepare<T> = Arc<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// Runs the only console there is; as [`Seat::run`], and gives the terminal back.
///
/// # Errors
/// If there is no terminal, or it can't be used.
pub fn run(handle: Handle, settings: &Settings) -> Result<Ending, ConsoleError> {
    let nowhere: Prepare<Infallible> = Arc::new(|_| Err("there is no other org".into()));
    match Seat::take(settings)?.run(handle, settings, &nowhere)? {
        Left::Ended(ending) => Ok(ending),
        Left::For(never, _) => match never {},
    }
}
