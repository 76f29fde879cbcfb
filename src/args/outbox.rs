//! The command line of what is told to other systems.

use clap::{Args, Subcommand};

use super::Listing;

/// What to do with what is told to other systems.
#[derive(Args, Clone, Debug)]
pub struct Outbox {
    /// What to do.
    #[command(subcommand)]
    pub act: OutboxAct,
}

/// What can be done with what is told to other systems.
#[derive(Clone, Debug, Subcommand)]
pub enum OutboxAct {
    /// List what has not been told: what waits, and what was given up.
    List {
        /// Only what was given up.
        #[arg(long, conflicts_with = "waiting")]
        dead: bool,
        /// Only what waits.
        #[arg(long)]
        waiting: bool,
        /// How to print it.
        #[command(flatten)]
        listing: Listing,
    },
    /// Have what was given up told after all, under the ids it has. A console or `floorwalker serve` on the
    /// same store tells it.
    Replay {
        /// The ids, as `outbox list` has them.
        #[arg(value_name = "ID", required_unless_present = "all_dead")]
        ids: Vec<String>,
        /// All that was given up.
        #[arg(long, conflicts_with = "ids")]
        all_dead: bool,
        /// How to print what will be told.
        #[command(flatten)]
        listing: Listing,
    },
}
