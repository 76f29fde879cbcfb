//! The binary: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use floorwalker::{args::Arguments, commands};

fn main() -> ExitCode {
    // Only the report of a panic is wanted of it; without it there is still the plain one.
    let _ = color_eyre::install();
    let arguments = Arguments::parse();
    commands::log::start();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            commands::complain(&failure);
            ExitCode::from(failure.code)
        }
    }
}
