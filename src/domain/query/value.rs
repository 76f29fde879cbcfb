//! Numbers, spans of time, and the ranges that comparators make of them.

use std::ops::Bound;

/// Numbers from here to there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Where it begins.
    pub low: Bound<f64>,
    /// Where it ends.
    pub high: Bound<f64>,
}

impl Range {
    /// All numbers.
    pub const ALL: Self = Self { low: Bound::Unbounded, high: Bound::Unbounded };
    /// No number.
    pub const NONE: Self =
        Self { low: Bound::Excluded(f64::INFINITY), high: Bound::Excluded(f64::NEG_INFINITY) };

    /// True if it is in it.
    pub fn holds(&self, number: f64) -> bool {
        let low = match self.low {
            Bound::Included(low) => number >= low,
            Bound::Excluded(low) => number > low,
            Bound::Unbounded => true,
        };
        let high = match self.high {
            Bound::Included(high) => number <= high,
            Bound::Excluded(high) => number < high,
            Bound::Unbounded => true,
        };
        low && high
    }

    /// The least number that may be in it, whether its end is or not.
    pub fn least(&self) -> f64 {
        match self.low {
            Bound::Included(low) | Bound::Excluded(low) => low,
            Bound::Unbounded => f64::NEG_INFINITY,
        }
    }

    /// The greatest number that may be in it, whether its end is or not.
    pub fn greatest(&self) -> f64 {
        match self.high {
            Bound::Included(high) | Bound::Excluded(high) => high,
            Bound::Unbounded => f64::INFINITY,
        }
    }

    /// A range that holds what both hold; its ends count as in it.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self::between(self.least().max(other.least()), self.greatest().min(other.greatest()))
    }

    /// A range that holds what either holds; its ends count as in it.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self::between(self.least().min(other.least()), self.greatest().max(other.greatest()))
    }

    fn between(least: f64, greatest: f64) -> Self {
        let bound =
            |end: f64| if end.is_infinite() { Bound::Unbounded } else { Bound::Included(end) };
        match least > greatest {
            true => Self::NONE,
            false => Self { low: bound(least), high: bound(greatest) },
        }
    }
}

/// A plain number.
pub fn number(text: &str) -> Option<f64> {
    // Rust reads "inf" and "NaN" too.
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    text.parse().ok().filter(|number: &f64| number.is_finite() && text.chars().all(digits))
}

/// A span of time, in ms: numbers with units, one behind the other.
pub fn span(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (count, behind) = rest.split_at(end);
        let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (name, behind) = behind.split_at(end);
        sum += number(count)? * unit(name)?;
        rest = behind;
    }
    (!text.is_empty() && sum.is_finite()).then_some(sum)
}

fn unit(name: &str) -> Option<f64> {
    Some(match name.to_ascii_lowercase().as_str() {
        "ms" => 1.0,
        "s" => 1e3,
        "m" | "min" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        "w" => 6.048e8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_units() {
        let table = [
            ("500ms", Some(500.0)),
            ("1h30m", Some(5.4e6)),
            ("1.5s", Some(1500.0)),
            ("2W", Some(1.2096e9)),
            ("5", None),
            ("", None),
            ("h", None),
            ("5 m", None),
            ("1.2.3s", None),
            ("-5m", None),
            ("5y", None),
        ];
        for (text, expected) in table {
            assert_eq!(span(text), expected, "{text:?}");
        }
        assert_eq!(
            ["12", "-0.5", "1e3", "NaN", "inf", "1e999", "", "0x1"].map(number),
            [Some(12.0), Some(-0.5), Some(1000.0), None, None, None, None, None]
        );
    }

    #[test]
    fn ranges_meet_and_join() {
        let above = |low| Range { low: Bound::Excluded(low), high: Bound::Unbounded };
        let below = |high| Range { low: Bound::Unbounded, high: Bound::Excluded(high) };
        assert!(above(2.0).holds(2.5) && !above(2.0).holds(2.0));
        assert_eq!(above(2.0).meet(below(1.0)), Range::NONE);
        assert!(!Range::NONE.holds(0.0));
        assert_eq!(above(2.0).join(below(1.0)), Range::ALL);
        assert_eq!(Range::NONE.join(above(2.0)).least(), 2.0);
        assert!(above(1.0).meet(below(2.0)).holds(1.5));
    }
}
