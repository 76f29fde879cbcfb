//! The command line of what moves the audit log, and of what removes from it.

use std::{path::PathBuf, str::FromStr};

use clap::Args;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A log from elsewhere.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// The lines of an `audit export` without a query; - reads standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A purge.
#[derive(Args, Clone, Debug)]
pub struct Purge {
    /// Everything before this day (UTC) or moment, such as 2026-11-21 or 2026-11-21T08:00:00Z.
    #[arg(long, value_name = "DATE")]
    pub before: Before,
    /// Do it without a question.
    #[arg(long)]
    pub yes: bool,
}

/// Before when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before(pub Timestamp);

impl FromStr for Before {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = || {
            let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
            Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
        };
        day().or_else(|| text.parse().ok()).map(Self).ok_or_else(|| {
            format!("«{text}» is neither a day, such as 2026-11-21, nor a moment, such as 2026-11-21T08:00:00Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        let read = |text: &str| text.parse::<Before>().map(|before| before.0.to_string());
        assert_eq!(read("2026-11-21"), Ok("2026-11-21T00:00:00Z".into()));
        assert_eq!(read("2026-11-21T08:00:00+02:00"), Ok("2026-11-21T06:00:00Z".into()));
        for text in ["", "yesterday", "2026-13-01", "20261121", "2026-11-21T08:00:00"] {
            assert!(read(text).unwrap_err().contains("2026-11-21"), "{text}");
        }
    }
}
