//! `[handoff]`: how long the parts of one may take.

use serde::Deserialize;

use super::Config;

/// The longest grace time (SPEC section 7).
const LONGEST_GRACE: u64 = 10;
/// Nobody remembers an order of an hour ago.
const LONGEST_DEFER: u64 = 3600;
/// Shorter than the client itself waits for an answer would be no look at all.
const LEAST_LATE: u64 = 15;
/// A claim lasts five minutes, and a customer waits meanwhile.
const LONGEST_LATE: u64 = 300;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Handoff {
    pub(super) grace_seconds: u64,
    pub(super) defer_seconds: u64,
    pub(super) late_seconds: u64,
}

impl Default for Handoff {
    fn default() -> Self {
        let Config { grace, defer, late, .. } = Config::default();
        Self {
            grace_seconds: grace.as_secs(),
            defer_seconds: defer.as_secs(),
            late_seconds: late.as_secs(),
        }
    }
}

impl Handoff {
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, seconds, range) in [
            ("grace", self.grace_seconds, 0..=LONGEST_GRACE),
            ("defer", self.defer_seconds, 0..=LONGEST_DEFER),
            ("late", self.late_seconds, LEAST_LATE..=LONGEST_LATE),
        ] {
            if !range.contains(&seconds) {
                let (least, most) = range.into_inner();
                return Err(format!(
                    "handoff.{key}_seconds is {seconds}: it must be {least} to {most}"
                ));
            }
        }
        Ok(())
    }
}
