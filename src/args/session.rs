//! The command line of what concerns single sessions: guests', and those a person takes part in.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::{Listing, Output};

/// What to do with single sessions.
#[derive(Args, Clone, Debug)]
pub struct Session {
    /// What to do.
    #[command(subcommand)]
    pub act: SessionAct,
}

/// What can be done with single sessions.
#[derive(Clone, Debug, Subcommand)]
pub enum SessionAct {
    /// Open a session for a guest. A console or `floorwalker serve` on the same store keeps it; without
    /// one, --keep does.
    Open(Open),
    /// End a session for good.
    End {
        /// Its id.
        id: String,
        /// End it although no floorwalker on this store has opened it: a customer is in it.
        #[arg(long)]
        yes: bool,
        /// How to print what came of it.
        #[command(flatten)]
        listing: Listing,
    },
    /// List the sessions that are supervised on this store, and who keeps each.
    List(Listing),
    /// Listen in on a session's agent, as the person who has signed in; neither the agent nor the customer is
    /// told.
    Monitor(Monitor),
    /// Write to the customer of a session whose connected agent you are, as the person who has signed in.
    Send(Send),
}

/// A session to listen in on.
#[derive(Args, Clone, Debug)]
pub struct Monitor {
    /// The session's id.
    pub id: String,
    /// Listen in no longer.
    #[arg(long)]
    pub stop: bool,
    /// How it is gone about.
    #[command(flatten)]
    pub way: Way,
}

/// Something to write.
#[derive(Args, Clone, Debug)]
pub struct Send {
    /// The session's id.
    pub id: String,
    /// What to write, at most 2000 characters; - reads it from standard input, where no list of processes
    /// shows it.
    #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
    pub text: String,
    /// How it is gone about.
    #[command(flatten)]
    pub way: Way,
}

/// How something is done that a person does themselves.
#[derive(Args, Clone, Debug)]
pub struct Way {
    /// Print the exact request and what would refuse it; send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// How to print what came of it.
    #[command(flatten)]
    pub listing: Listing,
}

/// A session to open.
#[derive(Args, Clone, Debug)]
pub struct Open {
    /// The queue it waits in: its id or its name.
    #[arg(long, value_name = "QUEUE")]
    pub queue: String,
    /// The guest's name; «Guest» if left out.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The guest's language, as a tag; en-US if left out.
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<String>,
    /// How long it may last, 1 to 2700 seconds; 1800 if left out.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub duration: Option<i64>,
    /// What the guest's client can do, typing-indicator and read-receipts at least; these two if left
    /// out. May be repeated.
    #[arg(long = "capability", value_name = "C")]
    pub capabilities: Vec<String>,
    /// Stay, and keep it until it ends.
    #[arg(long)]
    pub keep: bool,
    /// The same as -o json.
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// How to print it.
    #[command(flatten)]
    pub listing: Listing,
}

impl Open {
    /// How to print it.
    pub fn output(&self) -> Output {
        if self.json { Output::Json } else { self.listing.output }
    }
}

/// The service.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// Write the log here; without it, on standard error.
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// Where bots' webhooks are taken in, instead of the configuration's `intake.listen`.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}
