//! The binary: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use floorwalker::{
    args::{Arguments, Command},
    commands,
};

fn main() -> ExitCode {
    // Only the report of a panic is wanted of it; without it there is still the plain one.
    let _ = color_eyre::install();
    let arguments = Arguments::parse();
    let logged = match &arguments.command {
        Some(Command::Serve(serve)) => commands::log::serve(serve.log_file.as_deref()),
        _ => {
            commands::log::start();
            Ok(())
        }
    };
    match logged.and_then(|()| commands::run(arguments)) {
        Ok(code) => code,
        Err(failure) => {
            commands::complain(&failure);
            ExitCode::from(failure.code)
        }
    }
}
