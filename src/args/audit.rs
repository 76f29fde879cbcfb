//! The command line of the audit log.

mod anchor;
mod keeping;
mod reading;
mod verify;

use clap::{Args, Subcommand};

pub use anchor::Anchor;
pub use keeping::{Before, Import, Purge};
pub use reading::{Export, Kind, Search, Shape, Show, Source, Tail, Wanted};
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
    /// Print one record, with all that is in it.
    Show(Show),
    /// List the records that match, newest first.
    Search(Search),
    /// Print the newest records as JSON lines, and with -f those that come.
    Tail(Tail),
    /// Write the log down: as lines that another log can take over, or for a spreadsheet.
    ///
    /// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the file is there, 9 all of the log was written down, and
    /// it is not what was written to it.
    Export(Export),
    /// Take over what was exported elsewhere, with its chain and its numbers: into an empty log, or behind
    /// what is here of the same one. All of it, or nothing.
    ///
    /// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 it does not follow, 5 somebody else writes to the log
    /// here meanwhile.
    Import(Import),
    /// Remove what is personal in old records, and what is over beside them. The hashes stay, so that the log
    /// can still be verified, and the purge is a record itself.
    Purge(Purge),
}
