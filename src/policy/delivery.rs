//! When a letter is tried again, and when a target is let alone.
//!
//! A letter that fails waits by itself, longer each time; its conversation waits with it. Once several
//! letters in a row have failed it is the target that is down: then one of them at a time is tried, whoever
//! delivers, and the rest waits for that one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    outbox::{Fate, Standing},
    text::Plain,
};

/// The longest pause after a first failure; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause of all, also where a target asks for a longer one.
pub const LONGEST: Duration = Duration::from_secs(300);
/// So many letters in a row that fail, and the target is down.
pub const DOWN: u32 = 3;

/// A try that has failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The letter's number.
    pub number: i64,
    /// Its tries so far, this one included.
    pub attempts: u32,
    /// Since when it is to be told.
    pub since: Timestamp,
    /// How long the target asks to wait.
    pub retry_after: Option<Duration>,
    /// Why it failed.
    pub why: Plain,
    /// When.
    pub at: Timestamp,
    /// Anything from 0 to 1.
    pub jitter: f64,
}

/// How long to wait after the `failures`-th failure: what was asked for, otherwise anything up to 1 s that
/// doubles with each (full jitter), up to five minutes.
pub fn pause(failures: u32, retry_after: Option<Duration>, jitter: f64) -> Duration {
    if let Some(asked) = retry_after {
        return asked.min(LONGEST);
    }
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(jitter.clamp(0.0, 1.0))
}

impl Failure {
    /// What becomes of the letter.
    pub fn fate(&self, max_age: Duration) -> Fate {
        if self.at >= after(self.since, max_age) {
            return Fate::GivenUp;
        }
        Fate::Again(after(self.at, pause(self.attempts, self.retry_after, self.jitter)))
    }

    /// How the target stands now. One letter that fails again and again is that letter's trouble: other
    /// conversations are not held up by it.
    pub fn weigh(&self, before: &Standing) -> Standing {
        let same = before.last == Some(self.number);
        let failures = if same { before.failures } else { before.failures.saturating_add(1) };
        let failures = failures.max(1);
        let down = failures.checked_sub(DOWN);
        let wait = match (down, self.retry_after) {
            (Some(further), asked) => Some(pause(further.saturating_add(1), asked, self.jitter)),
            (None, Some(asked)) => Some(asked.min(LONGEST)),
            (None, None) => None,
        };
        Standing {
            failures,
            again: wait.map(|wait| after(self.at, wait)),
            last: Some(self.number),
            trouble: Some(self.why.clone()),
        }
    }

    /// Whether it is the first of its kind: of this letter, and of its target since that was told last.
    pub fn begins(&self, before: &Standing) -> bool {
        before.failures == 0 && self.attempts == 1
    }
}

fn after(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn now() -> Timestamp {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    fn failure(number: i64, attempts: u32) -> Failure {
        let (retry_after, why) = (None, "503".into());
        Failure { number, attempts, since: now(), retry_after, why, at: now(), jitter: 1.0 }
    }

    #[test]
    fn pauses_double_from_a_second_to_five_minutes_with_full_jitter() {
        let seconds = |n| pause(n, None, 1.0).as_secs();
        assert_eq!([1, 2, 3, 9, 10, 99].map(seconds), [1, 2, 4, 256, 300, 300]);
        assert_eq!(pause(3, None, 0.5), Duration::from_secs(2));
        assert_eq!(pause(3, None, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_targets_word_counts_up_to_five_minutes() {
        let asked = |s| pause(1, Some(Duration::from_secs(s)), 0.1).as_secs();
        assert_eq!([7, 300, 3600].map(asked), [7, 300, 300]);
        let busy = Failure { retry_after: Some(Duration::from_secs(7)), ..failure(1, 1) };
        assert_eq!(busy.weigh(&Standing::default()).again, Some(now() + 7.seconds()));
        assert_eq!(busy.fate(DAY), Fate::Again(now() + 7.seconds()));
    }

    #[test]
    fn a_letter_is_given_up_at_its_age_and_not_before() {
        let at = |seconds: i64| Failure { at: now() + seconds.seconds(), ..failure(1, 20) };
        assert_eq!(at(86_400).fate(DAY), Fate::GivenUp);
        assert_eq!(at(86_399).fate(DAY), Fate::Again(now() + (86_399 + 300).seconds()));
    }

    #[test]
    fn a_target_is_down_once_several_letters_have_failed_in_a_row() {
        let fail = |standing: &Standing, number| failure(number, 1).weigh(standing);
        let (one, two) = (fail(&Standing::default(), 1), fail(&fail(&Standing::default(), 1), 2));
        assert_eq!((one.again, two.again, two.failures), (None, None, 2));
        let three = fail(&two, 3);
        assert_eq!((three.failures, three.again), (DOWN, Some(now() + 1.second())));
        assert_eq!(fail(&fail(&three, 4), 5).again, Some(now() + 4.seconds()));
    }

    #[test]
    fn one_letter_that_fails_for_ever_takes_no_target_down() {
        let mut standing = Standing::default();
        for attempts in 1..100 {
            standing = failure(1, attempts).weigh(&standing);
        }
        assert_eq!((standing.failures, standing.again), (1, None));
    }

    #[test]
    fn the_beginning_of_trouble_is_told_once() {
        let fresh = Standing::default();
        let begun = failure(1, 1).weigh(&fresh);
        assert!(failure(1, 1).begins(&fresh));
        assert!(!failure(2, 1).begins(&begun), "another letter of the same outage");
        assert!(!failure(1, 2).begins(&fresh), "the same letter, after others have worked");
    }
}
