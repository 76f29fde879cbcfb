//! The command line of `audit anchor`.

use std::path::PathBuf;

use clap::Args;

/// A checkpoint.
#[derive(Args, Clone, Debug)]
pub struct Anchor {
    /// Append it to this file instead of printing it: keep that file on another machine.
    #[arg(short = 'O', long = "output-file", value_name = "FILE")]
    pub file: Option<PathBuf>,
}
