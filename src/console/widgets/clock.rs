//! Spans of time as people read them at a glance.

use std::fmt::Write;

pub use crate::policy::span::{add as span, span as short};

/// What is left of a span that ends soon, to the second: `42s`, `4:05`; longer ones as [`span`].
pub fn left(seconds: u64, out: &mut String) {
    if !(60..300).contains(&seconds) {
        return span(seconds, out);
    }
    let written = write!(out, "{}:{:02}", seconds / 60, seconds % 60);
    debug_assert!(written.is_ok(), "a string takes whatever is written");
}

/// How long something took: `0.42 ms`, `18 ms`, `3.1 s`.
pub fn took(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_soon_is_told_to_the_second() {
        let ends = |seconds| {
            let mut out = String::new();
            left(seconds, &mut out);
            out
        };
        assert_eq!([42, 245, 299, 300].map(ends), ["42s", "4:05", "4:59", "5m"]);
    }

    #[test]
    fn what_took_long_is_told_in_seconds() {
        assert_eq!([0.417, 18.4, 3_051.0].map(took), ["0.42 ms", "18 ms", "3.1 s"]);
    }
}
