//! Points in time as the API writes them: ISO-8601 in UTC with milliseconds. Not a clock.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// Milliseconds since 1970 in UTC.
pub(super) type Millis = i64;

/// Writes a point in time as `2026-11-20T09:31:02.114Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(pub(super) Millis);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(f, "{time:.3}")
    }
}

/// The wall clock.
pub(super) fn wall_clock() -> Millis {
    Timestamp::now().as_millisecond()
}

/// Reads a point in time.
pub(super) fn read(text: &str) -> Option<Millis> {
    text.trim().parse::<Timestamp>().ok().map(|time| time.as_millisecond())
}

/// Reads `start/end`, the API's interval; `None` when it is not one.
pub(super) fn interval(text: &str) -> Option<(Millis, Millis)> {
    let (start, end) = text.split_once('/')?;
    let (start, end) = (read(start)?, read(end)?);
    (start < end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_milliseconds_and_a_z() {
        assert_eq!(Stamp(1_763_631_062_114).to_string(), "2025-11-20T09:31:02.114Z");
        assert_eq!(Stamp(0).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_interval_must_go_forward() {
        assert_eq!(interval("1970-01-01T00:00:00Z/1970-01-01T00:00:01.500Z"), Some((0, 1500)));
        assert_eq!(interval("1970-01-01T00:00:01Z/1970-01-01T00:00:00Z"), None);
        assert_eq!(interval("today"), None);
    }
}
