//! The binary: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use dlmalloc::GlobalDlmalloc;
use floorwalker::{
    args::{Arguments, Command},
    commands,
};

/// The system's allocator keeps for good what a poll of a large floor took for a moment, and once for each
/// thread; this one has one heap and gives back what is free.
#[global_allocator]
static HEAP: GlobalDlmalloc = GlobalDlmalloc;

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
