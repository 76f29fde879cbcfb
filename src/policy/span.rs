//! How long something has lasted, in the words of a table or a card.

use std::fmt::Write;

/// `42s`, `4m`, `1h02`, `3d04h`: from a minute on no seconds, which would change all the time and tell
/// nobody more.
pub fn add(seconds: u64, out: &mut String) {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let written = if days > 0 {
        write!(out, "{days}d{hours:02}h")
    } else if hours > 0 {
        write!(out, "{hours}h{minutes:02}")
    } else if minutes > 0 {
        write!(out, "{minutes}m")
    } else {
        write!(out, "{seconds}s")
    };
    debug_assert!(written.is_ok(), "a string takes whatever is written");
}

/// As [`add`], in a new string.
pub fn span(seconds: u64) -> String {
    let mut out = String::new();
    add(seconds, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_has_its_two_greatest_units_at_most() {
        let all = [0, 42, 60, 245, 3_599, 3_753, 273_600].map(span);
        assert_eq!(all, ["0s", "42s", "1m", "4m", "59m", "1h02", "3d04h"]);
    }
}
