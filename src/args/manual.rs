//! `floorwalker completions` and `floorwalker man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Completion of the command line.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// Which shell.
    #[arg(value_enum)]
    pub shell: Shell,
    /// Put it where that shell looks for it, for this user alone (bash, zsh, fish).
    #[arg(long)]
    pub install: bool,
}

/// The manual.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// Put the pages of this program and of each command into this folder; without one, where `man`
    /// looks for those of this user.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    pub install: Option<Option<PathBuf>>,
}
