//! Times as a query names them.

use std::ops::Bound;

use jiff::{Timestamp, Unit, civil, tz::TimeZone};

use super::{Range, value};

/// A time as it was named, in ms since 1970: a day names all of itself; so does a moment, to the last
/// place it was written to, but what is before or after it counts from where it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    start: f64,
    end: f64,
    is_day: bool,
}

impl Moment {
    /// Reads a time.
    pub fn read(text: &str, now: Timestamp) -> Option<Self> {
        let today = now.to_zoned(TimeZone::UTC).date();
        match text.to_ascii_lowercase().as_str() {
            "now" => return Some(Self::at(now, 1.0)),
            "today" => return Self::day(today),
            "yesterday" => return Self::day(today.yesterday().ok()?),
            _ => {}
        }
        if let Some(span) = value::span(text) {
            let start = millis(now) - span;
            return Some(Self { start, end: start + 1.0, is_day: false });
        }
        if let Some(day) = (text.len() == 10).then(|| text.parse::<civil::Date>().ok()).flatten() {
            return Self::day(day);
        }
        let moment = text.parse::<Timestamp>().ok().or_else(|| {
            let time = text.contains(['T', 't']).then(|| text.parse::<civil::DateTime>().ok())?;
            Some(time?.to_zoned(TimeZone::UTC).ok()?.timestamp())
        })?;
        Some(Self::at(moment.round(Unit::Millisecond).ok()?, places(text)))
    }

    fn at(moment: Timestamp, length: f64) -> Self {
        let start = millis(moment);
        Self { start, end: start + length, is_day: false }
    }

    fn day(day: civil::Date) -> Option<Self> {
        let start = millis(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
        Some(Self { start, end: start + 8.64e7, is_day: true })
    }

    /// All that it names.
    pub fn itself(self) -> Range {
        Range { low: Bound::Included(self.start), high: Bound::Excluded(self.end) }
    }

    /// From it on.
    pub fn since(self) -> Range {
        Range { low: Bound::Included(self.start), high: Bound::Unbounded }
    }

    /// Up to it, itself too.
    pub fn until(self) -> Range {
        let high =
            if self.is_day { Bound::Excluded(self.end) } else { Bound::Included(self.start) };
        Range { low: Bound::Unbounded, high }
    }

    /// Before it.
    pub fn before(self) -> Range {
        Range { low: Bound::Unbounded, high: Bound::Excluded(self.start) }
    }

    /// After it.
    pub fn after(self) -> Range {
        let low = if self.is_day { Bound::Included(self.end) } else { Bound::Excluded(self.start) };
        Range { low, high: Bound::Unbounded }
    }
}

#[expect(clippy::cast_precision_loss, reason = "ms of any year are far below 2^53")]
fn millis(moment: Timestamp) -> f64 {
    moment.as_millisecond() as f64
}

/// How long the last written place of a moment lasts, in ms.
fn places(text: &str) -> f64 {
    let time = text.split(['T', 't', ' ']).nth(1).unwrap_or_default();
    let time = time.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    match (time.contains(['.', ',']), time.matches(':').count()) {
        (true, _) => 1.0,
        (false, 2..) => 1e3,
        (false, 1) => 6e4,
        (false, 0) => 3.6e6,
    }
}
