//! The subcommands, one file each, and what they share: the way to the org, and how things end.

pub mod agents;
pub mod connection;
pub mod console;
pub mod demo;
mod failure;
pub mod listing;
pub mod log;
mod paths;
pub mod queues;
pub mod sessions;
pub mod simulate;
mod who;

use std::{io::Write, process::ExitCode};

use crate::args::{Arguments, Command};

pub use connection::Connection;
pub use failure::Failure;

/// Carries out the command line.
///
/// # Errors
/// With the exit code that SPEC section 7's scripts rely on.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let org = &arguments.org;
    match arguments.command {
        None => console::run(org),
        Some(Command::Demo(demo)) => demo::run(&demo, org),
        Some(Command::Simulate(simulate)) => simulate::run(&simulate, org.dialect),
        Some(Command::Queues(listing)) => queues::run(org, listing.output),
        Some(Command::Agents(listing)) => agents::run(org, listing.output),
        Some(Command::Sessions(listing)) => sessions::run(org, listing.output),
    }
}

/// Says on standard error why a command failed.
pub fn complain(failure: &Failure) {
    // With standard error gone too, the exit code has to do.
    let _ = writeln!(std::io::stderr(), "floorwalker: {failure}");
}
