//! The command line of what reads the audit log.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Form;

/// Which log.
#[derive(Args, Clone, Debug)]
pub struct Source {
    /// Read the log of this store, or of this copy of one, instead of this machine's. Nothing is changed in
    /// it.
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
}

/// Which records.
#[derive(Args, Clone, Debug)]
pub struct Wanted {
    /// What is looked for: words, field:value, comparisons and times, with `and`, `or` and `not`, such as
    /// `status:failed since:2h latency>500`.
    #[arg(value_name = "QUERY")]
    pub words: Vec<String>,
}

impl Wanted {
    /// As it was written.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// One record.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// Its number.
    #[arg(value_parser = clap::value_parser!(i64).range(1..))]
    pub seq: i64,
    /// How to print it; as JSON it is the line of an export.
    #[arg(short, long, value_enum, default_value_t = Form::Text)]
    pub output: Form,
    /// Of which log.
    #[command(flatten)]
    pub source: Source,
}

/// Records that match, newest first.
#[derive(Args, Clone, Debug)]
pub struct Search {
    /// Which.
    #[command(flatten)]
    pub wanted: Wanted,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Only those before this record: how a search goes on.
    #[arg(long, value_name = "SEQ")]
    pub below: Option<i64>,
    /// Say only how many there are.
    #[arg(long, conflicts_with = "limit")]
    pub count: bool,
    /// How to print them.
    #[arg(short, long, value_enum, default_value_t = Shape::Table)]
    pub output: Shape,
    /// In which log.
    #[command(flatten)]
    pub source: Source,
}

/// How found records are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Columns for people.
    Table,
    /// One JSON array of lines as an export has them.
    Json,
    /// Lines as an export has them.
    Jsonl,
}

/// The newest records, as JSON lines.
#[derive(Args, Clone, Debug)]
pub struct Tail {
    /// Which.
    #[command(flatten)]
    pub wanted: Wanted,
    /// Begin with the last N.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub lines: u32,
    /// Go on with what is written from now on, by anybody.
    #[arg(short, long)]
    pub follow: bool,
    /// Of which log.
    #[command(flatten)]
    pub source: Source,
}

/// The log, written down.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// Only these records. What is exported without a query can be taken over by `audit import`.
    #[command(flatten)]
    pub wanted: Wanted,
    /// As what.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Kind::Jsonl)]
    pub format: Kind,
    /// Into this file, which is there only once it is whole; without it, to standard output.
    #[arg(short = 'O', long = "output-file", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "file")]
    pub force: bool,
    /// Of which log.
    #[command(flatten)]
    pub source: Source,
}

/// As what a log is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// One JSON object a line: everything, and enough to verify it.
    Jsonl,
    /// Comma-separated values with a header, for spreadsheets.
    Csv,
}
