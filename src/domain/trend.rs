//! How many waited, and how many were answered in time, over the last hour: a value a minute.
//!
//! Counted from floors as they come, so that it costs no request. A minute in which nothing was read
//! stays a gap, and what was read belongs to the minute in which it was read: a floor that is stale
//! adds nothing, however often it is looked at. It is kept in memory alone, and begins with the
//! console.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{floor::Floor, id::QueueId, queue::Queue};

/// Minutes kept.
pub const MINUTES: usize = 60;

/// Queues kept, some 400 bytes each.
pub const MOST: usize = 500;

/// What one minute was like. The newest that was read in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Sessions that waited.
    pub waiting: Option<u16>,
    /// Answered in time, in per cent; `None` without traffic.
    pub level: Option<u8>,
}

impl Sample {
    /// From a count, and a share of 0 to 1.
    pub fn new(waiting: Option<u32>, level: Option<f64>) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0 to 100"
        )]
        let percent = |share: f64| (share * 100.0).round().clamp(0.0, 100.0) as u8;
        Self {
            waiting: waiting.map(|count| u16::try_from(count).unwrap_or(u16::MAX)),
            level: level.filter(|share| share.is_finite()).map(percent),
        }
    }

    fn of(queue: &Queue) -> Self {
        Self::new(queue.waiting, queue.service_level.and_then(|level| level.ratio()))
    }
}

/// The last hour of one queue, or of all of them.
#[derive(Clone, Debug)]
pub struct Trend {
    /// The newest minute, counted from 1970.
    newest: i64,
    /// Each minute at its number's rest.
    samples: [Sample; MINUTES],
}

impl Default for Trend {
    fn default() -> Self {
        Self { newest: i64::MIN / 2, samples: [Sample::default(); MINUTES] }
    }
}

/// The minute `at` lies in, counted from 1970.
fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// Where a minute is kept.
fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(MINUTES as i64)).unwrap_or(0)
}

impl Trend {
    /// Keeps what was read at `at`. What could not be read then takes nothing away from its minute.
    pub fn note(&mut self, at: Timestamp, sample: Sample) {
        let minute = minute(at);
        if minute > self.newest {
            // What lies between was not seen by anybody.
            let from = self.newest.max(minute - MINUTES as i64) + 1;
            (from..=minute).for_each(|gap| self.samples[place(gap)] = Sample::default());
            self.newest = minute;
        }
        if minute > self.newest - MINUTES as i64 {
            let kept = &mut self.samples[place(minute)];
            kept.waiting = sample.waiting.or(kept.waiting);
            kept.level = sample.level.or(kept.level);
        }
    }

    /// The hour that ends with the minute of `until`, the oldest first.
    pub fn hour(&self, until: Timestamp) -> [Sample; MINUTES] {
        let first = minute(until) - MINUTES as i64 + 1;
        let kept = self.newest - MINUTES as i64 + 1..=self.newest;
        let mut hour = [Sample::default(); MINUTES];
        for (sample, minute) in hour.iter_mut().zip(first..) {
            if kept.contains(&minute) {
                *sample = self.samples[place(minute)];
            }
        }
        hour
    }

    /// How many more wait with every minute, over the last `minutes` before `until`; below 0 if they
    /// become fewer. `None` where less than two minutes of that are known.
    pub fn pace(&self, until: Timestamp, minutes: usize) -> Option<f64> {
        let hour = self.hour(until);
        let from = MINUTES.saturating_sub(minutes + 1);
        let known = || {
            let recent = hour.iter().enumerate().skip(from);
            recent.filter_map(|(at, sample)| Some((at, sample.waiting?)))
        };
        let ((first, before), (last, now)) = (known().next()?, known().next_back()?);
        let span = u32::try_from(last - first).ok().filter(|span| *span >= 2)?;
        Some((f64::from(now) - f64::from(before)) / f64::from(span))
    }
}

/// The last hour of everything.
#[derive(Clone, Debug, Default)]
pub struct Trends {
    queues: HashMap<QueueId, Trend>,
    whole: Trend,
}

impl Trends {
    /// Keeps what `floor`, which was read at `read`, says. `counts` is true if its sums are those of
    /// the whole floor. Of more than [`MOST`] queues the others are not kept.
    pub fn observe(&mut self, floor: &Floor, read: Timestamp, counts: bool) {
        if !floor.loading.queues_known {
            return;
        }
        if self.queues.keys().any(|id| floor.queue(id).is_none()) {
            self.queues.retain(|id, _| floor.queue(id).is_some());
        }
        for queue in &floor.queues {
            if let Some(trend) = self.queues.get_mut(&queue.id) {
                trend.note(read, Sample::of(queue));
            } else if self.queues.len() < MOST {
                self.queues.entry(queue.id.clone()).or_default().note(read, Sample::of(queue));
            }
        }
        let waiting = (counts && floor.loading.sessions_known).then_some(floor.figures.waiting);
        self.whole.note(read, Sample::new(waiting, floor.figures.service_level));
    }

    /// The last hour of a queue, if it is kept.
    pub fn queue(&self, id: &QueueId) -> Option<&Trend> {
        self.queues.get(id)
    }

    /// The last hour of the whole floor.
    pub fn whole(&self) -> &Trend {
        &self.whole
    }

    /// Where the hour ends that is looked at from `at`: a minute that has only begun is not waited for.
    pub fn until(&self, at: Timestamp) -> Timestamp {
        let before = at - jiff::SignedDuration::from_secs(60);
        if self.whole.newest == minute(before) { before } else { at }
    }
}

#[cfg(test)]
mod tests;
