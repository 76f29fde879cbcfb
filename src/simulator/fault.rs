//! What can be made to go wrong, and how it is written on a command line: `503=0.1`, `timeout=0.05`.
//! Not the doing of it: the server strikes, this only says with what.

use std::fmt;
use std::str::FromStr;

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// 429 with a short Retry-After.
    RateLimited,
    /// 500 with the platform's error body.
    ServerError,
    /// 503 with the platform's error body.
    Unavailable,
    /// No answer at all for two minutes.
    Timeout,
    /// The connection is reset instead of an answer.
    Reset,
    /// The answer trickles for about eight seconds.
    Slow,
    /// The body ends in the middle of the JSON.
    Truncated,
    /// 401 `credentials.expired` although the token is good.
    Unauthorized,
    /// An HTML page with status 200, as a proxy in between would send.
    Html,
    /// A body of five megabytes.
    Huge,
}

impl FaultKind {
    const ALL: [(Self, &'static str); 10] = [
        (Self::RateLimited, "429"),
        (Self::ServerError, "500"),
        (Self::Unavailable, "503"),
        (Self::Timeout, "timeout"),
        (Self::Reset, "reset"),
        (Self::Slow, "slow"),
        (Self::Truncated, "truncated"),
        (Self::Unauthorized, "401"),
        (Self::Html, "html"),
        (Self::Huge, "huge"),
    ];

    /// Whether a write struck by this may have happened although the answer does not say so.
    pub(super) fn is_ambiguous(self) -> bool {
        matches!(self, Self::Timeout | Self::Reset | Self::ServerError)
    }

    /// Whether the request is done as usual and only its answer suffers.
    pub(super) fn spoils_only_the_answer(self) -> bool {
        matches!(self, Self::Slow | Self::Truncated | Self::Html | Self::Huge)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(kind, _)| kind == self).map_or("?", |(_, name)| name);
        f.write_str(name)
    }
}

/// A kind of trouble and the share of requests it strikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// For which share of the requests, 0.0 to 1.0.
    pub rate: f64,
}

/// Why a text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No `=` in it.
    #[error("'{0}' is not KIND=RATE, for example 503=0.1")]
    Shape(String),
    /// A kind that does not exist.
    #[error("unknown fault '{0}': use one of {kinds}", kinds = kinds())]
    Kind(String),
    /// A rate that is no number from 0 to 1.
    #[error("the rate of '{0}' must be a number from 0 to 1, not '{1}'")]
    Rate(String, String),
}

fn kinds() -> String {
    FaultKind::ALL.map(|(_, name)| name).join(", ")
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rate) =
            text.split_once('=').ok_or_else(|| FaultError::Shape(text.to_owned()))?;
        let (kind, rate) = (kind.trim(), rate.trim());
        let known = FaultKind::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(kind));
        let (known, _) = known.ok_or_else(|| FaultError::Kind(kind.to_owned()))?;
        match rate.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Self { kind: *known, rate: share }),
            _ => Err(FaultError::Rate(kind.to_owned(), rate.to_owned())),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_what_it_writes() {
        for (kind, _) in FaultKind::ALL {
            let fault = Fault { kind, rate: 0.25 };
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }

    #[test]
    fn a_wrong_fault_says_what_would_be_right() {
        let wrong = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert!(wrong("503").contains("KIND=RATE"));
        assert!(wrong("504=1").contains("truncated"));
        assert!(wrong("503=1.5").contains("from 0 to 1"));
        assert!(wrong("503=NaN").contains("from 0 to 1"));
    }
}
