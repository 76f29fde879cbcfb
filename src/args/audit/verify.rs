//! The command line of `audit verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Source;

/// A proof.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    /// Hold the log against the checkpoints in this file, as `audit anchor` and `serve` write them, or as
    /// syslog has kept them. Without one, a tail that was cut off is not seen, nor a log that was computed
    /// anew. May be repeated.
    #[arg(long = "anchor", value_name = "FILE")]
    pub anchors: Vec<PathBuf>,
    /// Accept checkpoints of this key too, besides this machine's own: what `audit key` prints there, or a
    /// file that holds it. May be repeated.
    #[arg(long = "key", value_name = "FILE|KEY")]
    pub keys: Vec<String>,
    /// Begin with this record. Those before it are taken on the store's word, unless a checkpoint vouches
    /// for them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    pub from: i64,
    /// Which log.
    #[command(flatten)]
    pub source: Source,
    /// How to print what was found.
    #[arg(short, long, value_enum, default_value_t = Form::Text)]
    pub output: Form,
}

/// How a single finding is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Lines for people.
    Text,
    /// One JSON object.
    Json,
}
