//! The subcommands, one file each, and what they share: the way to the org, and how things end.

pub mod agents;
pub mod audit;
pub mod connection;
pub mod console;
pub mod demo;
pub mod evaluate;
mod failure;
pub mod handoff;
mod intake;
mod keymap;
pub mod listing;
pub mod log;
pub mod outbox;
mod paths;
pub mod queues;
pub mod serve;
pub mod session;
pub mod sessions;
pub mod simulate;
pub mod stats;
mod stop;
mod store;
mod who;

use std::{io::Write, process::ExitCode};

use crate::{
    args::{Arguments, Command},
    config::Config,
    domain::text::Plain,
};

pub use connection::Connection;
pub use failure::Failure;

/// Carries out the command line.
///
/// # Errors
/// With the exit code that SPEC section 7's scripts rely on.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let org = &arguments.org;
    let at = arguments.config.or_else(paths::config);
    let mut config = Config::load(at.as_deref())?;
    arguments.looks.change(&mut config.console);
    if !org.read_only && arguments.command.as_ref().is_none_or(Command::acts) {
        audit::key::settle();
    }
    let is_demo = matches!(arguments.command, Some(Command::Demo(_)));
    match arguments.command {
        None => console::run(org, &config, (keymap::load(at.as_deref())?, &arguments.filters)),
        Some(_) if !arguments.filters.filter.is_empty() && !is_demo => {
            Err(Failure::usage("--filter is for the console and the demo"))
        }
        Some(Command::Demo(mut demo)) => {
            demo.filters.filter.splice(0..0, arguments.filters.filter);
            demo::run(&demo, org, &config, keymap::load(at.as_deref())?)
        }
        Some(Command::Simulate(simulate)) => simulate::run(&simulate, org.dialect),
        Some(Command::Queues(listing)) => queues::run(org, listing.output),
        Some(Command::Agents(agents)) => agents::run(org, &config, &agents),
        Some(Command::Sessions(listing)) => sessions::run(org, listing.output),
        Some(Command::Handoff(handoff)) => handoff::run(org, &config, *handoff),
        Some(Command::Session(session)) => session::run(org, &config, session.act),
        Some(Command::Outbox(outbox)) => outbox::run(org, &config, outbox.act),
        Some(Command::Serve(serve)) => serve::run(&serve, org, &config),
        Some(Command::Audit(audit)) => audit::run(org, &config, audit.act),
        Some(Command::Stats(stats)) => stats::run(&config, &stats),
        Some(Command::Evaluate(evaluate)) => evaluate::run(org, &config, &evaluate),
    }
}

/// Says on standard error why a command failed.
pub fn complain(failure: &Failure) {
    // What was refused may have come from a stranger's list. With standard error gone too, the exit
    // code has to do.
    let lines: Vec<_> = failure.message.lines().map(|l| Plain::new(l).to_string()).collect();
    let _ = writeln!(std::io::stderr(), "floorwalker: {}", lines.join("\n"));
}
