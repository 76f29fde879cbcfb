//! What a queue did, minute by minute: the source of the aggregates. Not the present: the live queries
//! count that.

use std::collections::VecDeque;

use crate::simulator::stamp::Millis;

const MINUTE: Millis = 60_000;
/// Six hours are kept.
const KEPT: usize = 360;

/// A number of durations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub(crate) count: u64,
    pub(crate) sum: Millis,
    pub(crate) min: Millis,
    pub(crate) max: Millis,
}

impl Span {
    fn add(&mut self, value: Millis) {
        *self = self.plus(Self { count: 1, sum: value, min: value, max: value });
    }

    fn plus(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let (count, sum) = (self.count + other.count, self.sum + other.sum);
        Self { count, sum, min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// What was counted in a stretch of time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) offered: u64,
    pub(crate) transferred: u64,
    pub(crate) unanswered: u64,
    pub(crate) within_target: u64,
    pub(crate) wait: Span,
    pub(crate) alert: Span,
    pub(crate) handle: Span,
    pub(crate) abandon: Span,
}

impl Count {
    fn plus(self, other: &Self) -> Self {
        Self {
            offered: self.offered + other.offered,
            transferred: self.transferred + other.transferred,
            unanswered: self.unanswered + other.unanswered,
            within_target: self.within_target + other.within_target,
            wait: self.wait.plus(other.wait),
            alert: self.alert.plus(other.alert),
            handle: self.handle.plus(other.handle),
            abandon: self.abandon.plus(other.abandon),
        }
    }
}

/// A queue's minutes, oldest first; minutes without traffic are absent.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    minutes: VecDeque<(Millis, Count)>,
}

impl Figures {
    fn at(&mut self, now: Millis) -> &mut Count {
        let minute = now.div_euclid(MINUTE);
        if self.minutes.back().is_none_or(|(last, _)| *last != minute) {
            self.minutes.push_back((minute, Count::default()));
            if self.minutes.len() > KEPT {
                self.minutes.pop_front();
            }
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last].1
    }

    pub(super) fn offered(&mut self, now: Millis) {
        self.at(now).offered += 1;
    }

    pub(super) fn answered(&mut self, now: Millis, waited: Millis, target: Millis, rang: Millis) {
        let count = self.at(now);
        count.wait.add(waited);
        count.alert.add(rang);
        count.within_target += u64::from(waited <= target);
    }

    pub(super) fn handled(&mut self, now: Millis, talked: Millis) {
        self.at(now).handle.add(talked);
    }

    pub(super) fn abandoned(&mut self, now: Millis, waited: Millis) {
        self.at(now).abandon.add(waited);
    }

    pub(super) fn unanswered(&mut self, now: Millis) {
        self.at(now).unanswered += 1;
    }

    pub(super) fn transferred(&mut self, now: Millis) {
        self.at(now).transferred += 1;
    }

    /// The sum over a stretch of time, start included, end excluded, by whole minutes.
    pub(crate) fn between(&self, start: Millis, end: Millis) -> Count {
        let (start, end) = (start.div_euclid(MINUTE), (end + MINUTE - 1).div_euclid(MINUTE));
        let within = self.minutes.iter().filter(|(minute, _)| (start..end).contains(minute));
        within.fold(Count::default(), |sum, (_, count)| sum.plus(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_add_up_and_the_edges_hold() {
        let mut figures = Figures::default();
        figures.answered(30_000, 10_000, 20_000, 1_000);
        figures.answered(90_000, 50_000, 20_000, 3_000);
        let both = figures.between(0, 120_000);
        assert_eq!(
            (both.wait.count, both.wait.sum, both.wait.min, both.wait.max),
            (2, 60_000, 10_000, 50_000)
        );
        assert_eq!(both.within_target, 1);
        assert_eq!(figures.between(60_000, 120_000).wait.sum, 50_000);
        assert_eq!(figures.between(120_000, 180_000).wait.count, 0);
    }
}
