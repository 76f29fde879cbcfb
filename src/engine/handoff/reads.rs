//! When a session is read while the outcome of its handoff is waited for.

use std::time::Duration;

use tokio::time::Instant;

use super::{CLAIM, HOPELESS};

/// When to read next while waiting for an outcome: often at first, when agents answer, then less.
pub(in crate::engine) struct Reads {
    pub(in crate::engine) until: Instant,
    count: u32,
    claimed: Instant,
}

impl Reads {
    pub(in crate::engine) fn new(patience: Duration) -> Self {
        let now = Instant::now();
        Self { until: now + patience, count: 0, claimed: now }
    }

    /// Waits for the next turn.
    pub(in crate::engine) async fn wait(&mut self) {
        let wait = match self.count {
            _ if self.is_over() => 5000,
            0 => 300,
            1..=3 => 700,
            4..=10 => 1000,
            11..=25 => 2000,
            _ => 5000,
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        self.count += 1;
    }

    /// The time in which an outcome is expected is over.
    pub(in crate::engine) fn is_over(&self) -> bool {
        Instant::now() > self.until
    }

    /// The conversation could not be read long past the time.
    pub(in crate::engine) fn is_hopeless(&self) -> bool {
        Instant::now() > self.until + HOPELESS
    }

    /// Whether the claim is to be renewed; asking counts as doing it.
    pub(super) fn claim_is_due(&mut self) -> bool {
        let due = self.claimed.elapsed() > CLAIM / 4;
        if due {
            self.claimed = Instant::now();
        }
        due
    }
}
