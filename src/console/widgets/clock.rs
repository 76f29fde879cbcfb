//! Spans of time as people read them at a glance.

use std::fmt::Write;

/// `0:42`, `4:05`, `1:02:33`, `3d04h`.
pub fn span(seconds: u64, out: &mut String) {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let written = if days > 0 {
        write!(out, "{days}d{hours:02}h")
    } else if hours > 0 {
        write!(out, "{hours}:{minutes:02}:{rest:02}")
    } else {
        write!(out, "{minutes}:{rest:02}")
    };
    debug_assert!(written.is_ok(), "a string takes whatever is written");
}

/// As [`span`], in a new string, with `s` for what is under a minute: `42s`, `4:05`.
pub fn short(seconds: u64) -> String {
    if seconds < 60 {
        return format!("{seconds}s");
    }
    let mut out = String::new();
    span(seconds, &mut out);
    out
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
    fn spans_read_as_a_clock_does() {
        let read = |seconds| {
            let mut out = String::new();
            span(seconds, &mut out);
            out
        };
        let all = [0, 42, 245, 3_753, 273_600].map(read);
        assert_eq!(all, ["0:00", "0:42", "4:05", "1:02:33", "3d04h"]);
        assert_eq!((short(42), short(245)), ("42s".into(), "4:05".into()));
        assert_eq!([0.417, 18.4, 3_051.0].map(took), ["0.42 ms", "18 ms", "3.1 s"]);
    }
}
