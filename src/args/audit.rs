//! The command line of the audit log.

mod anchor;
mod verify;

use clap::{Args, Subcommand};

pub use anchor::Anchor;
pub use verify::{Form, Verify};

/// What to do with the audit log.
#[derive(Args, Clone, Debug)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub act: AuditAct,
}

/// What can be done with the audit log.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditAct {
    /// Print the public half of the key that this machine signs checkpoints with: whoever has it can tell
    /// them from forged ones.
    Key,
    /// Sign the head of the log, and print that as a checkpoint: `verify` finds by it what was cut off or
    /// computed anew behind it.
    Anchor(Anchor),
    /// Check every record, and the log as a whole against checkpoints.
    ///
    /// Exit codes: 0 all is as it was written, 1 it can't be read, 2 wrong usage, 3 a checkpoint is refused,
    /// 9 the log is not what was written.
    Verify(Verify),
}
