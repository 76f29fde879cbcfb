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
}
