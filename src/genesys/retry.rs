//! When a failed call is tried again, and after how long: one policy for all.

use std::time::Duration;

use super::error::{Error, Kind};

/// Tries of one call (SPEC section 3).
pub const TRIES: u32 = 3;
/// … and of one in a batch, where nobody waits for the single one.
pub const TRIES_IN_A_BATCH: u32 = 5;

/// Whether a call changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// A read: sending it twice does no harm.
    Read,
    /// A write: if it may have happened, it is never sent again.
    Write,
}

/// The policy; the defaults are SPEC section 3's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Tries in all.
    pub tries: u32,
    /// The longest wait between two.
    pub longest: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { tries: TRIES, longest: Duration::from_secs(60) }
    }
}

impl Policy {
    /// How long to wait before the next try; `None` if there is none. `tried` counts the tries so
    /// far, `jitter` is anything from 0 to 1.
    pub fn wait(self, error: &Error, safety: Safety, tried: u32, jitter: f64) -> Option<Duration> {
        if tried >= self.tries || !repeatable(error, safety) {
            return None;
        }
        let backoff = Duration::from_secs(1 << tried.min(16)).mul_f64(jitter.clamp(0.0, 1.0));
        let wait = error.retry_after.unwrap_or(backoff);
        // The server's own word is not shortened: coming back early only costs another refusal.
        (wait <= self.longest || error.retry_after.is_none()).then(|| wait.min(self.longest))
    }
}

fn repeatable(error: &Error, safety: Safety) -> bool {
    match error.kind {
        Kind::RateLimited | Kind::Unreachable => true,
        // SPEC names none of these; a read that was cut off costs nothing to repeat.
        Kind::Network => safety == Safety::Read,
        Kind::Server => safety == Safety::Read && matches!(error.status, Some(502..=504)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind, status: Option<u16>) -> Error {
        Error { status, ..Error::new("test", kind, "") }
    }

    #[test]
    fn what_may_have_happened_is_never_sent_again() {
        let policy = Policy::default();
        for status in [500, 502, 503, 504] {
            let failed = error(Kind::Server, Some(status));
            assert_eq!(policy.wait(&failed, Safety::Write, 1, 0.5), None, "{status}");
        }
        assert_eq!(policy.wait(&error(Kind::Timeout, None), Safety::Write, 1, 0.5), None);
        assert_eq!(policy.wait(&error(Kind::Network, None), Safety::Write, 1, 0.5), None);
        assert!(policy.wait(&error(Kind::Unreachable, None), Safety::Write, 1, 0.5).is_some());
        assert!(policy.wait(&error(Kind::RateLimited, None), Safety::Write, 1, 0.5).is_some());
    }

    #[test]
    fn reads_are_tried_again_after_a_bad_gateway_but_not_after_a_500() {
        let policy = Policy::default();
        assert!(policy.wait(&error(Kind::Server, Some(503)), Safety::Read, 1, 0.5).is_some());
        assert!(policy.wait(&error(Kind::Network, None), Safety::Read, 1, 0.5).is_some());
        assert_eq!(policy.wait(&error(Kind::Server, Some(500)), Safety::Read, 1, 0.5), None);
    }

    #[test]
    fn three_tries_are_all() {
        let refused = error(Kind::Unreachable, None);
        assert!(Policy::default().wait(&refused, Safety::Read, 2, 0.5).is_some());
        assert_eq!(Policy::default().wait(&refused, Safety::Read, 3, 0.5), None);
    }

    #[test]
    fn waits_double_with_full_jitter_up_to_a_minute() {
        let refused = error(Kind::Unreachable, None);
        let policy = Policy { tries: 100, ..Policy::default() };
        assert_eq!(policy.wait(&refused, Safety::Read, 1, 1.0), Some(Duration::from_secs(2)));
        assert_eq!(policy.wait(&refused, Safety::Read, 2, 0.5), Some(Duration::from_secs(2)));
        assert_eq!(policy.wait(&refused, Safety::Read, 1, 0.0), Some(Duration::ZERO));
        assert_eq!(policy.wait(&refused, Safety::Read, 50, 1.0), Some(Duration::from_secs(60)));
    }

    #[test]
    fn the_servers_word_counts() {
        let limited = |s| Error {
            retry_after: Some(Duration::from_secs(s)),
            ..error(Kind::RateLimited, Some(429))
        };
        let wait = |s| Policy::default().wait(&limited(s), Safety::Write, 1, 0.1);
        assert_eq!(wait(7), Some(Duration::from_secs(7)));
        assert_eq!(wait(600), None);
    }
}
