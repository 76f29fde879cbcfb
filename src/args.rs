//! The command line.

mod audit;
mod config;
mod handoff;
mod login;
mod looks;
mod manual;
mod org;
mod outbox;
mod session;
mod stats;

use std::{net::SocketAddr, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::simulator::Fault;

pub use audit::{
    Anchor, Audit, AuditAct, Before, Export, Form as ProofForm, Import, Kind as ExportKind, Purge,
    Search, Shape, Show, Source, Tail, Verify, Wanted,
};
pub use config::{ConfigAct, Configuration, Init, SignIn};
pub use login::Login;
pub use looks::Looks;
pub use manual::{Completions, Man};
pub use org::{Org, spoken};
pub use outbox::{Outbox, OutboxAct};
pub use session::{Open, Serve, Session, SessionAct, Way};
pub use stats::{Since, Stats};

pub use handoff::{Agents, Context, Demands, Evaluate, Form, Handoff, Pace, To};

/// Which floorwalker this is, and what it was made from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("FLOORWALKER_COMMIT"), ")");

/// A terminal console for the supervisors of a Genesys Cloud contact centre.
///
/// Without a subcommand it opens the console on an org: `floorwalker config init` makes one known by a name.
/// `floorwalker demo` needs no org at all.
#[derive(Debug, Parser)]
#[command(version = VERSION, max_term_width = 100)]
pub struct Arguments {
    /// What to do; nothing opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Which org.
    #[command(flatten)]
    pub org: Org,
    /// What the console looks for at first.
    #[command(flatten)]
    pub filters: Filters,
    /// The configuration; without it `floorwalker/config.toml` at the platform's place for
    /// configuration, if there is one.
    #[arg(long, env = "FLOORWALKER_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<std::path::PathBuf>,
    /// How the console looks.
    #[command(flatten)]
    pub looks: Looks,
}

/// What the console looks for at first.
#[derive(Args, Clone, Debug, Default)]
pub struct Filters {
    /// Show only these at first: a query for the sessions, or PANE=QUERY, such as
    /// 'state:waiting wait>5m' or 'queues=waiting>0'. May be repeated.
    #[arg(long, value_name = "[PANE=]QUERY")]
    pub filter: Vec<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on a built-in contact centre.
    Demo(Demo),
    /// Run the built-in contact centre as a server of its own.
    Simulate(Simulate),
    /// Look whether everything is in place: configuration, network, clock, token, rights, store, webhooks,
    /// terminal; each line ok, warn or fail, with what to do.
    Doctor(Listing),
    /// List the queues.
    Queues(Listing),
    /// List the agents, or measure them against a session.
    Agents(Agents),
    /// List the open messaging sessions.
    Sessions(Listing),
    /// Hand sessions over to an agent, a queue or the best agents.
    ///
    /// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by gate or guard, 4 authentication or
    /// permission, 5 conflict or duplicate, 6 rate limited, 7 some of a batch failed, 8 outcome
    /// unknown.
    Handoff(Box<Handoff>),
    /// Open a guest's session, end one, or list those that are supervised.
    Session(Session),
    /// Keep sessions with no terminal, as a service: until SIGTERM, which hands them over.
    Serve(Serve),
    /// Tell how handoffs and guests' sessions have fared, from this machine's store alone: acceptance,
    /// latencies, disconnections, what drives handoffs.
    Stats(Stats),
    /// List what other systems have not been told, or have it told after all.
    Outbox(Outbox),
    /// The audit log of what was done here: read it, search it, copy it, and check that nobody changed it.
    Audit(Audit),
    /// Apply the guards to a session: exit code 0 if it passes, 3 if not.
    Evaluate(Evaluate),
    /// Sign in to the org as a person, with a browser (a context with sign_in = "person").
    Login(Login),
    /// End your sign-in: at the org, and here.
    Logout,
    /// Say who signs in to the org, and until when.
    Whoami(Listing),
    /// The configuration: make one, show what holds and why, check it.
    Config(Configuration),
    /// Print what completes the command line in a shell, or put it where that shell looks for it.
    Completions(Completions),
    /// Print the manual page, or put all of them where `man` looks for them.
    Man(Man),
}

impl Command {
    /// Whether it may write to this machine's own audit log.
    pub fn acts(&self) -> bool {
        let logs = matches!(self, Self::Login(_) | Self::Logout);
        logs || matches!(
            self,
            Self::Handoff(_) | Self::Session(_) | Self::Serve(_) | Self::Outbox(_)
        )
    }
}

/// A list for people or for programs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Listing {
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// The demo.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// The contact centre.
    #[command(flatten)]
    pub world: World,
    /// What the console looks for at first.
    #[command(flatten)]
    pub filters: Filters,
    /// Write one JSON line with the address and the credentials of the built-in contact centre here,
    /// so that other programs can use it too.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<std::path::PathBuf>,
    /// Where the bots' webhooks are taken in, on this machine; 127.0.0.1:8700 if left out, or a free
    /// port if that is taken.
    #[arg(long, value_name = "ADDRESS")]
    pub intake: Option<SocketAddr>,
    /// Show the way: a strip tells the next step of a tour, and follows what you do.
    #[arg(long)]
    pub tour: bool,
    /// Take a picture of the console (SVG) into this file instead of opening it.
    #[arg(long, value_name = "FILE")]
    pub picture: Option<std::path::PathBuf>,
    /// The terminal on the picture.
    #[arg(long, value_enum, default_value = "dark", requires = "picture")]
    pub shade: Shade,
    /// Its size in columns and rows.
    #[arg(long, value_name = "COLUMNSxROWS", value_parser = columns_and_rows, default_value = "120x36")]
    #[arg(requires = "picture")]
    pub picture_size: (u16, u16),
    /// Keys that are pressed before it is taken, as in `3 enter`.
    #[arg(long, value_name = "KEYS", default_value = "", requires = "picture")]
    pub picture_keys: String,
}

/// The terminal on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shade {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// The size of a screen: `120x36`.
fn columns_and_rows(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides
        .filter(|(width, height)| (20..=400).contains(width) && (5..=200).contains(height))
        .ok_or_else(|| "it is written as 120x36, from 20x5 to 400x200".to_owned())
}

/// A simulator as a server.
#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Whom its bots call with their webhooks, such as http://127.0.0.1:8700; signed with what
    /// FLOORWALKER_WEBHOOK_SECRET holds.
    #[arg(long, value_name = "URL")]
    pub webhooks: Option<String>,
    /// The contact centre.
    #[command(flatten)]
    pub world: World,
}

/// A simulated contact centre.
#[derive(Args, Clone, Debug)]
pub struct World {
    /// The same seed gives the same contact centre [default: 1; of a tour 8]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Queues.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub queues: usize,
    /// Agents.
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub agents: usize,
    /// Open sessions, about.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub sessions: usize,
    /// How fast things happen; 2 halves every wait.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub speed: f64,
    /// Seconds that a token is good for.
    #[arg(long, value_name = "S", default_value_t = 86_400)]
    pub token_ttl: u64,
    /// Requests a minute that a token may make.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub rate_limit: u32,
    /// How long answers take, such as 20ms..80ms.
    #[arg(long, value_name = "MIN..MAX", value_parser = latency, default_value = "0ms..0ms")]
    pub latency: (Duration, Duration),
    /// What goes wrong how often, such as 503=0.1. Kinds: 429, 500, 503, timeout, reset, slow,
    /// truncated, 401, html, huge. May be repeated.
    #[arg(long = "fault", value_name = "KIND=RATE")]
    pub faults: Vec<Fault>,
    /// A permission that the OAuth client lacks. May be repeated.
    #[arg(long = "deny", value_name = "PERMISSION")]
    pub denied: Vec<String>,
    /// Let nothing happen by itself.
    #[arg(long)]
    pub frozen: bool,
}

/// Reads `20ms..80ms`; `20..80` is milliseconds too.
fn latency(text: &str) -> Result<(Duration, Duration), String> {
    let shape = || format!("«{text}» is not MIN..MAX, such as 20ms..80ms");
    let one = |part: &str| -> Option<Duration> {
        let part = part.trim();
        let (number, unit) = match part.strip_suffix("ms") {
            Some(number) => (number, 1.0),
            None => part.strip_suffix('s').map_or((part, 1.0), |number| (number, 1000.0)),
        };
        let ms = number.trim().parse::<f64>().ok()? * unit;
        Duration::try_from_secs_f64(ms / 1000.0).ok()
    };
    let (least, most) = text.split_once("..").ok_or_else(shape)?;
    let range = (one(least).ok_or_else(shape)?, one(most).ok_or_else(shape)?);
    if range.0 > range.1 {
        return Err(format!("«{text}» ends before it begins"));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_latency_is_a_range() {
        let ms = Duration::from_millis;
        assert_eq!(latency("20ms..80ms"), Ok((ms(20), ms(80))));
        assert_eq!(latency("0..1.5s"), Ok((ms(0), ms(1500))));
        assert!(latency("80ms..20ms").is_err());
        assert!(latency("fast").is_err());
    }
}
