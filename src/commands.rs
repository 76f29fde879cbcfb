//! The subcommands, one file each, and what they share: the way to the org, and how things end.

pub mod agents;
pub mod audit;
pub mod config;
pub mod connection;
pub mod console;
pub mod context;
pub mod demo;
mod doctor;
pub mod evaluate;
mod failure;
pub mod handoff;
mod intake;
mod keymap;
pub mod listing;
pub mod log;
pub mod manual;
mod network;
pub mod outbox;
mod paths;
mod prompt;
pub mod queues;
mod runtime;
pub mod serve;
pub mod session;
pub mod sessions;
mod sign_in;
pub mod simulate;
pub mod stats;
mod stop;
mod store;
mod who;

use std::{io::Write, path::Path, process::ExitCode};

use crate::{
    args::{Arguments, Command, Looks, Org},
    config::{Config, Context},
    domain::text::Plain,
};

pub use connection::Connection;
pub use failure::Failure;

/// Carries out the command line.
///
/// # Errors
/// With the exit code that SPEC section 7's scripts rely on.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { command, org, filters, config: given, looks } = arguments;
    let at = given.clone().or_else(paths::config);
    let acts = command.as_ref().is_none_or(Command::acts);
    let on = Ground { org: &org, at: at.as_deref(), looks, acts };
    match command {
        None => console::run(context::Atlas::of(&org, at.as_deref(), looks)?, &filters),
        Some(Command::Demo(mut demo)) => {
            // It is nobody's org: what the environment says of one is not meant. Paths are read all the same.
            let home = |name: &str| std::env::var(name).ok().filter(|_| name == "HOME");
            let mut config = Config::load(at.as_deref(), &home)?;
            looks.change(&mut config.console);
            demo.filters.filter.splice(0..0, filters.filter);
            demo::run(&demo, &org, &config, keymap::load(at.as_deref())?)
        }
        Some(_) if !filters.filter.is_empty() => {
            Err(Failure::usage("--filter is for the console and the demo"))
        }
        Some(Command::Completions(wish)) => manual::completions(&wish),
        Some(Command::Man(wish)) => manual::man(wish.install),
        Some(Command::Simulate(simulate)) => simulate::run(&simulate, org.dialect()),
        Some(Command::Config(wish)) => {
            config::run(&wish.act, &org, &config::Place::of(given)?, looks)
        }
        Some(Command::Doctor(listing)) => doctor::run(&org, on.at, looks, listing.output),
        Some(Command::Queues(listing)) => on.run(|it, _| queues::run(it, listing.output)),
        Some(Command::Agents(agents)) => on.run(|it, config| agents::run(it, config, &agents)),
        Some(Command::Sessions(listing)) => on.run(|it, _| sessions::run(it, listing.output)),
        Some(Command::Handoff(wish)) => on.run(|it, config| handoff::run(it, config, *wish)),
        Some(Command::Session(wish)) => on.run(|it, config| session::run(it, config, wish.act)),
        Some(Command::Outbox(wish)) => on.run(|it, config| outbox::run(it, config, wish.act)),
        Some(Command::Serve(serve)) => on.run(|it, config| serve::run(&serve, it, config)),
        Some(Command::Audit(wish)) => on.run(|it, config| audit::run(it, config, wish.act)),
        Some(Command::Stats(stats)) => on.run(|_, config| stats::run(config, &stats)),
        Some(Command::Login(wish)) => on.run(|it, config| sign_in::login(it, config, &wish)),
        Some(Command::Logout) => on.run(sign_in::logout),
        Some(Command::Whoami(listing)) => on.run(|it, _| sign_in::whoami(it, listing.output)),
        Some(Command::Evaluate(wish)) => on.run(|it, config| evaluate::run(it, config, &wish)),
    }
}

/// What a command that concerns an org, or its store, stands on.
struct Ground<'a> {
    org: &'a Org,
    /// The configuration's file.
    at: Option<&'a Path>,
    looks: Looks,
    /// Whether it may write to this machine's own audit log.
    acts: bool,
}

impl Ground<'_> {
    fn run(
        self,
        command: impl FnOnce(&Context, &Config) -> Result<ExitCode, Failure>,
    ) -> Result<ExitCode, Failure> {
        let mut config = Config::load(self.at, &context::variable)?;
        self.looks.change(&mut config.console);
        let org = context::resolve(self.org, &config)?;
        if self.acts && !org.read_only() {
            audit::key::settle();
        }
        let config = config.in_context(&org);
        command(&org, &config)
    }
}

/// Says on standard error why a command failed.
pub fn complain(failure: &Failure) {
    // What was refused may have come from a stranger's list. With standard error gone too, the exit
    // code has to do.
    let lines: Vec<_> = failure.message.lines().map(|l| Plain::new(l).to_string()).collect();
    let _ = writeln!(std::io::stderr(), "floorwalker: {}", lines.join("\n"));
}
