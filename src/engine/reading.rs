//! The audit log, read for a person: followed as it grows, searched, proved and exported.
//!
//! ```text
//!   LogAsk ──▶ a task of its own ──▶ LogNews, as it goes and at its end
//! ```
//! None holds up a key or a handoff, and each can be called off. Nothing is written to the log here.

pub mod export;
pub mod find;
pub mod follow;
pub mod link;
pub mod prove;

use std::path::PathBuf;

use crate::domain::{
    audit::{AuditRecord, Hash},
    query::Query,
    text::Plain,
};

pub use super::{
    proof::{Progress as LogProgress, Verified, witness::Witness},
    search::Count,
};

/// What is asked of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogAsk {
    /// Look for records.
    Find(Wanted),
    /// One record with its place in the chain.
    Record(i64),
    /// Check every record against the chain.
    Verify,
    /// Write the records that match to a file in the working directory.
    Export(Query),
    /// Go on with it no longer.
    Stop(Work),
}

/// Work that takes time; of each kind one is done at a time, and a new one ends the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Looking for what a filter finds.
    Filter,
    /// Gathering all records of one incident.
    Incident,
    /// Checking the chain.
    Proof,
    /// Writing a file.
    Export,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What the answers are known by: who has asked again takes no notice of answers to what was asked
    /// before.
    pub id: u64,
    /// What it is for.
    pub work: Work,
    /// What is looked for.
    pub query: Query,
    /// Only records numbered below this one; all, if `None`.
    pub below: Option<i64>,
    /// The newest so many.
    pub most: usize,
    /// True if it is to be told how many more there are.
    pub count: bool,
}

/// What is told of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogNews {
    /// Records that have come, whoever has written them: in their order, each once, none left out since the
    /// first page.
    Grown(Vec<AuditRecord>),
    /// A page that was asked for can't be read; that has been told.
    Unread,
    /// Records that were looked for, newest first.
    Found {
        /// By what they were asked for.
        id: u64,
        /// More of them.
        records: Vec<AuditRecord>,
        /// What was not looked at lies below this record; `None` at the log's end.
        rest: Option<i64>,
        /// True if this is all that is told now.
        done: bool,
    },
    /// How many match below those that were told.
    Counted {
        /// By what they were asked for.
        id: u64,
        /// How many.
        count: Count,
    },
    /// Nothing more can be looked for.
    NotFound {
        /// By what it was asked for.
        id: u64,
        /// Why.
        reason: Plain,
    },
    /// A record and its place in the chain.
    Record(Box<Linked>),
    /// It can't be read.
    NoRecord {
        /// Which.
        seq: i64,
        /// Why.
        reason: Plain,
    },
    /// So far the chain has been checked.
    Verifying(LogProgress),
    /// It has been checked to the end, or to the first record that is wrong.
    Verified(Box<Proved>),
    /// It can't be checked.
    NotVerified(Plain),
    /// So far the records have been looked at that are to be written to a file.
    Exporting(LogProgress),
    /// The file is there, whole.
    Exported {
        /// Where.
        path: PathBuf,
        /// How many records it holds.
        records: u64,
    },
    /// There is no file.
    NotExported(Plain),
}

/// What has come of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// What was found.
    pub verified: Verified,
    /// Why checkpoints were left aside, if some were.
    pub refused: Vec<Plain>,
}

/// A record and its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// The record.
    pub record: AuditRecord,
    /// The hash of the record before; that of the log's name before the first.
    pub previous: Hash,
    /// Its own.
    pub hash: Hash,
}
