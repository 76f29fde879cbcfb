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
    /// Print this machine's public key, by which others check its checkpoints.
    ///
    /// Give it to whoever is to check this machine's log; its secret half never leaves this machine.
    Key,
    /// Write a checkpoint: a signed note of how long the log is and what it ends with.
    ///
    /// Keep checkpoints where nobody who can write the log can change them. `audit verify --anchor` then finds
    /// whether anything up to there was changed or cut off since.
    Anchor(Anchor),
    /// Check that no record was changed, removed or put in; with --anchor also against checkpoints.
    ///
    /// The first record that is wrong is named. Exit codes: 0 all is as it was written, 1 it can't be read,
    /// 2 wrong usage, 3 all is as it was written but a checkpoint was refused (of another log, of an unknown
    /// key, forged), 9 the log is not what was written.
    Verify(Verify),
    /// Show one record in full, by its number.
    Show(Show),
    /// Find records and list them, the newest first.
    Search(Search),
    /// Print the newest records as JSON lines; -f goes on with new ones as they come.
    Tail(Tail),
    /// Copy the log, or the records that match, into a file: JSON lines or CSV.
    ///
    /// JSON lines without a query hold everything `audit import` needs; CSV is for spreadsheets. Exit codes: 0
    /// done, 1 failed, 2 wrong usage, 3 the file is there, 9 all of the log was written down, and it is not
    /// what was written to it.
    Export(Export),
    /// Take an exported log over, to move it to this machine: all of it, or nothing.
    ///
    /// Numbers, hashes and the log's name stay. It goes into an empty log, or behind what is here already of
    /// the same log. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 it does not follow, 5 somebody else writes
    /// to the log here meanwhile.
    Import(Import),
    /// Delete names, words and other personal data from old records.
    ///
    /// The records themselves and their hashes stay, so that the log can still be verified; that it was done
    /// is a record too. What else is over since before then goes as well: webhooks that were told, requests that
    /// were decided, sessions that have ended.
    Purge(Purge),
}
