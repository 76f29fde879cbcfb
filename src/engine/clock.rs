//! The wall clock of the engine.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells the time: the system's, or one that stands still while a test has paused tokio's.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The system's clock, corrections and all.
    #[default]
    System,
    /// Counts from a fixed moment with tokio's clock.
    From(Timestamp, Instant),
}

impl Clock {
    /// The time now.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::From(start, since) => self.add(start, since.elapsed()),
        }
    }

    /// The time in `wait`.
    pub fn after(self, wait: std::time::Duration) -> Timestamp {
        self.add(self.now(), wait)
    }

    fn add(self, from: Timestamp, wait: std::time::Duration) -> Timestamp {
        SignedDuration::try_from(wait).ok().and_then(|d| from.checked_add(d).ok()).unwrap_or(from)
    }
}
