//! The command line of `stats`.

use std::str::FromStr;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::Listing;

/// Figures of a span that ends now.
#[derive(Args, Clone, Debug)]
pub struct Stats {
    /// Where the span begins: so long ago, such as 45m, 8h or 7d, or a moment, such as
    /// 2026-11-21T08:00:00Z.
    #[arg(long, value_name = "SPAN|MOMENT", default_value = "8h")]
    pub since: Since,
    /// How to print them.
    #[command(flatten)]
    pub listing: Listing,
}

/// Where a span begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(SignedDuration),
    /// At this moment.
    At(Timestamp),
}

impl Since {
    /// The moment. What is longer ago than there are dates is the first of them.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => now.checked_sub(span).unwrap_or(Timestamp::MIN),
            Self::At(moment) => moment,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(moment) = text.parse() {
            return Ok(Self::At(moment));
        }
        let span =
            text.split_at_checked(text.len().saturating_sub(1)).and_then(|(number, unit)| {
                let seconds = match unit {
                    "s" => 1,
                    "m" => 60,
                    "h" => 3600,
                    "d" => 86_400,
                    _ => return None,
                };
                let number: u32 = number.trim().parse().ok()?;
                Some(SignedDuration::from_secs(i64::from(number) * seconds))
            });
        span.map(Self::Ago).ok_or_else(|| {
            format!(
                "«{text}» is neither a span, such as 8h, nor a moment, such as 2026-11-21T08:00:00Z"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_begins_so_long_ago_or_at_a_moment() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let begins = |text: &str| text.parse::<Since>().map(|since| since.before(now).to_string());
        for (text, moment) in [
            ("8h", "2026-11-21T02:00:00Z"),
            (" 90 s ", "2026-11-21T09:58:30Z"),
            ("45m", "2026-11-21T09:15:00Z"),
            ("7d", "2026-11-14T10:00:00Z"),
            ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
            ("2026-11-21T08:00:00+01:00", "2026-11-21T07:00:00Z"),
        ] {
            assert_eq!(begins(text).as_deref(), Ok(moment), "{text}");
        }
        assert_eq!("4294967295d".parse::<Since>().unwrap().before(now), Timestamp::MIN);
        for odd in ["", "h", "-8h", "8", "8w", "yesterday", "8.5h", "8ü"] {
            assert!(begins(odd).is_err(), "{odd}");
        }
    }
}
