//! How fast requests may leave: what is overdue at a takeover must not use the minute up in its first
//! second, and then keep what is due from being sent.

use std::time::Duration;

use tokio::time::Instant;

/// So much of a minute's allowance may leave together, or so many, whichever is more: what slots bring
/// together by chance is not held up.
const TOGETHER: Duration = Duration::from_secs(3);
const AT_LEAST: u32 = 8;

/// A pace of so many a minute, some of them together.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// When everything that has left would have left at an even pace.
    paid: Instant,
    /// So far ahead of that they may be.
    ahead: Duration,
}

impl Pace {
    /// A pace at which nothing has left.
    pub fn new(now: Instant) -> Self {
        Self { paid: now, ahead: TOGETHER }
    }

    /// When the next may leave.
    pub fn opens(&self) -> Instant {
        self.paid.checked_sub(self.ahead).unwrap_or(self.paid)
    }

    /// One leaves, of so many a minute.
    pub fn pass(&mut self, a_minute: u32, now: Instant) {
        let one = Duration::from_secs(60) / a_minute.max(1);
        self.paid = self.paid.max(now) + one;
        self.ahead = TOGETHER.max(one * AT_LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_leave_together_and_the_rest_one_by_one() {
        let leave = |a_minute: u32| -> Vec<u128> {
            let start = Instant::now();
            let mut pace = Pace::new(start);
            let leave = |_| {
                let at = pace.opens().max(start);
                pace.pass(a_minute, at);
                (at - start).as_millis()
            };
            (0..100).map(leave).collect()
        };
        let at_once = |a_minute| leave(a_minute).into_iter().filter(|&ms| ms == 0).count();
        assert_eq!((at_once(6), at_once(60), at_once(600)), (9, 9, 31));
        assert_eq!(leave(60)[99], 91_000);
    }
}
