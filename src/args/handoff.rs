//! The arguments of the commands that act on single sessions or look closely at them. What they mean is
//! checked where it is carried out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Listing, Output};

/// Hand sessions over.
#[derive(Args, Clone, Debug)]
pub struct Handoff {
    /// The sessions' ids.
    #[arg(value_name = "ID", required_unless_present = "stdin")]
    pub sessions: Vec<String>,
    /// Where they go.
    #[command(flatten)]
    pub to: To,
    /// What is asked for.
    #[command(flatten)]
    pub demands: Demands,
    /// What travels with them.
    #[command(flatten)]
    pub context: Context,
    /// How they are gone through.
    #[command(flatten)]
    pub pace: Pace,
    /// How to print the results.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// Where sessions go: exactly one of these.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct To {
    /// To this agent, by id or by exact name.
    #[arg(long, value_name = "ID|NAME")]
    pub agent: Option<String>,
    /// To this queue, by id or by exact name.
    #[arg(long, value_name = "ID|NAME")]
    pub queue: Option<String>,
    /// To the best agents, within what each can hold.
    #[arg(long)]
    pub best: bool,
}

/// What is asked for beyond what a session asks for itself.
#[derive(Args, Clone, Debug)]
pub struct Demands {
    /// A skill to look for, by name or id. May be repeated.
    #[arg(long = "skill", value_name = "NAME|ID")]
    pub skills: Vec<String>,
    /// A language, by name, tag or id, in place of the session's.
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// The priority in the queue; one point is worth a minute of waiting.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i64>,
}

/// What travels with a session.
#[derive(Args, Clone, Debug)]
pub struct Context {
    /// Messages of the history, 1 to 500.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub history: Option<String>,
    /// The summary, in place of the org's own.
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// Why, for whoever takes it and for the audit log.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// An attribute of the customer's participant. May be repeated.
    #[arg(long = "attribute", value_name = "KEY=VALUE", value_parser = attribute)]
    pub attributes: Vec<(String, String)>,
    /// Hand over although a guard fails, for this reason, which is audited.
    #[arg(long = "override", value_name = "REASON")]
    pub waiver: Option<String>,
}

/// How several sessions are gone through.
#[derive(Args, Clone, Debug)]
pub struct Pace {
    /// Print the exact requests and what would refuse them; send none.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// Read ids from standard input too, one a line: plain, or a JSON object with "id".
    #[arg(long)]
    pub stdin: bool,
    /// Keep what has been done in this file, and go on from there when it is run again.
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Begin nothing more after so many failures.
    #[arg(long, value_name = "N", value_parser = count)]
    pub stop_after: Option<usize>,
    /// Wait so many seconds for a place where the queue is full, before that is a refusal.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub defer: u64,
    /// How many handoffs may be under way at a time.
    #[arg(long, value_name = "N", default_value = "4", value_parser = count)]
    pub at_once: usize,
}

/// Apply the guards to a session.
#[derive(Args, Clone, Debug)]
pub struct Evaluate {
    /// The session's id.
    #[arg(value_name = "ID")]
    pub session: String,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    pub output: Form,
}

/// How one answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Columns for people.
    Table,
    /// One JSON object.
    Json,
}

/// Agents, by name or measured against a session.
#[derive(Args, Clone, Debug)]
pub struct Agents {
    /// Measure them against this session, the best first.
    #[arg(long = "for", value_name = "SESSION")]
    pub session: Option<String>,
    /// How to print them.
    #[command(flatten)]
    pub listing: Listing,
}

fn attribute(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("«{text}» is not KEY=VALUE, such as tier=gold"))?;
    Ok((key.to_owned(), value.to_owned()))
}

fn count(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| format!("«{text}» is no number from 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_may_hold_anything_after_its_first_equals_sign() {
        assert_eq!(attribute("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(attribute("a="), Ok(("a".into(), String::new())));
        assert!(attribute("a").is_err());
    }

    #[test]
    fn a_count_is_at_least_one() {
        assert_eq!(count("3"), Ok(3));
        assert!(count("0").is_err() && count("-1").is_err() && count("many").is_err());
    }
}
