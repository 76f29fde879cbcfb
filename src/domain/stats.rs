//! How handoffs and sessions have fared over a span of time (SPEC section 13).
//!
//! Counted from the audit log alone, so that everybody who reads the same log comes to the same numbers,
//! whoever did the work. What only a running engine knows (heartbeats, the budget) is not here.

mod tally;

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::text::Plain;

pub use tally::{COUNTED, Line, Tally};

/// So many reasons are told one by one; the others are told together.
pub const REASONS: usize = 20;
/// The name of the row that the other reasons stand in. Somebody's own reason «other» stands there too.
pub const OTHER: &str = "other";
/// The reason of a handoff that nobody gave one for.
pub const NO_REASON: &str = "(none)";

/// How a handoff ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A person has taken the customer.
    Accepted,
    /// The customer waits in the target queue, or was served from there.
    Queued,
    /// The agent declined.
    Refused,
    /// The agent did not answer.
    TimedOut,
    /// It was tried and did not happen.
    Failed,
    /// A rule, a claim or the session's state forbade it.
    Rejected,
    /// A person called it back before anything left.
    Cancelled,
    /// It was transferred back before anybody answered.
    Compensated,
    /// Nobody could tell.
    Unknown,
}

impl Outcome {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Queued,
        Self::Refused,
        Self::TimedOut,
        Self::Failed,
        Self::Rejected,
        Self::Cancelled,
        Self::Compensated,
        Self::Unknown,
    ];

    /// Its name in JSON, in columns and in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Compensated => "compensated",
            Self::Unknown => "unknown",
        }
    }

    /// What an audit record of this event and status tells; `None` if it is no handoff's end.
    pub fn of(event: &str, status: Option<&str>) -> Option<Self> {
        Some(match (event, status) {
            ("handoff_completed", Some("queued")) => Self::Queued,
            ("handoff_completed", _) => Self::Accepted,
            ("handoff_rejected", _) => Self::Rejected,
            ("handoff_cancelled", _) => Self::Cancelled,
            ("handoff_compensated", _) => Self::Compensated,
            ("handoff_failed", Some("refused")) => Self::Refused,
            ("handoff_failed", Some("timed out")) => Self::TimedOut,
            ("handoff_failed", Some("unknown")) => Self::Unknown,
            ("handoff_failed", _) => Self::Failed,
            _ => return None,
        })
    }
}

/// How many handoffs ended in each way. As JSON, an object with the outcomes' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes([u64; Outcome::ALL.len()]);

impl Outcomes {
    /// So many ended like this.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// One more.
    pub fn count(&mut self, outcome: Outcome) {
        self.0[outcome as usize] += 1;
    }

    /// Adds others to these.
    pub fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// Each way with its number.
    pub fn each(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.into_iter().map(|outcome| (outcome, self.of(outcome)))
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Accepted of those whom an agent has answered, or let ring; 0 to 1 (S0). `None` where nobody was
    /// asked: handoffs to queues have no agent to accept them.
    pub fn acceptance(&self) -> Option<f64> {
        let [accepted, refused, timed_out] =
            [Outcome::Accepted, Outcome::Refused, Outcome::TimedOut].map(|o| self.of(o));
        share(accepted, accepted + refused + timed_out)
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Outcome::ALL.len()))?;
        self.each().try_for_each(|(outcome, n)| map.serialize_entry(outcome.name(), &n))?;
        map.end()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What half and nineteen in twenty of some measurements do not exceed, in ms.
///
/// By nearest rank: the smallest measurement that is at least as large as that share of all of them. So it
/// always is one that was really made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many there were.
    pub count: u64,
    /// The 50th percentile; `None` without measurements.
    pub p50: Option<f64>,
    /// The 95th percentile; `None` without measurements.
    pub p95: Option<f64>,
}

impl Quantiles {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_unstable_by(f64::total_cmp);
        let nearest = |percent: usize| {
            let rank = (all.len() * percent).div_ceil(100);
            rank.checked_sub(1).and_then(|index| all.get(index)).copied()
        };
        Self { count: all.len() as u64, p50: nearest(50), p95: nearest(95) }
    }
}

/// A share that is shown and told with four decimals, as S4 does: `0.0000` where there was nothing to
/// take a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate(f64);

impl Rate {
    fn of(part: u64, whole: u64) -> Self {
        Self(share(part, whole).unwrap_or_default())
    }

    /// The share itself, not rounded.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.0)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Sessions that floorwalkers on this store have opened for guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sessions {
    /// Opened in the span; one that certainly was not opened after all is not counted.
    pub opened: u64,
    /// Ended in the span, however.
    pub ended: u64,
    /// Those of them that were disconnected because their heartbeats were lost.
    pub lost: u64,
    /// Ended for each one opened (S4). Every session ends, so over a long span this is near 1; over a
    /// short one, with sessions opened before it, it may be more.
    pub disconnection_rate: Rate,
    /// Lost for each one opened.
    pub abnormal_disconnection_rate: Rate,
}

/// How telling other systems went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Sync {
    /// What was told.
    pub told: u64,
    /// Tries that failed.
    pub failed: u64,
    /// How long telling took on average, in ms; `None` where nothing was told.
    pub average_ms: Option<f64>,
}

/// The handoffs of one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The reason, cut to 80 characters; [`NO_REASON`] where there was none, [`OTHER`] for the rest.
    pub reason: Plain,
    /// How many there were.
    pub total: u64,
    /// How they ended.
    pub outcomes: Outcomes,
}

/// Everything that the audit log tells of a span. The keys in JSON are the names of the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// From this moment, included.
    pub since: Timestamp,
    /// To this moment, included.
    pub until: Timestamp,
    /// Handoffs that ended in the span.
    pub handoffs: Outcomes,
    /// Accepted / (accepted + refused + timed out), 0 to 1; `None` when nobody was asked.
    pub acceptance: Option<f64>,
    /// From the order to the outcome, grace and ringing included, of handoffs that arrived.
    pub latency_ms: Quantiles,
    /// The transfer's request alone, of every handoff that ended with one answered.
    pub request_ms: Quantiles,
    /// From the order to a person, also through a queue.
    pub time_to_human_ms: Quantiles,
    /// Guests' sessions.
    pub sessions: Sessions,
    /// What other systems were told.
    pub sync: Sync,
    /// What drives handoffs: the most frequent first, at most [`REASONS`], the rest as [`OTHER`].
    pub reasons: Vec<Reason>,
}

impl Stats {
    /// True if nothing but the span is different: a span that ends now is another one every moment.
    pub fn tells_the_same(&self, other: &Self) -> bool {
        *self == Self { since: self.since, until: self.until, ..other.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_measurements_by_nearest_rank() {
        let of = |all: &[f64]| {
            let Quantiles { p50, p95, .. } = Quantiles::of(all.to_vec());
            (p50, p95)
        };
        assert_eq!(of(&[]), (None, None));
        assert_eq!(of(&[7.0]), (Some(7.0), Some(7.0)));
        assert_eq!(of(&[30.0, 10.0, 20.0, 40.0]), (Some(20.0), Some(40.0)));
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(of(&hundred), (Some(50.0), Some(95.0)));
        let twenty_one: Vec<f64> = (1..=21).map(f64::from).collect();
        assert_eq!(of(&twenty_one), (Some(11.0), Some(20.0)));
    }

    #[test]
    fn acceptance_is_of_those_who_were_asked() {
        let mut outcomes = Outcomes::default();
        outcomes.count(Outcome::Queued);
        outcomes.count(Outcome::Failed);
        assert_eq!(outcomes.acceptance(), None);
        for outcome in [Outcome::Accepted, Outcome::Refused, Outcome::TimedOut, Outcome::Accepted] {
            outcomes.count(outcome);
        }
        assert_eq!(outcomes.acceptance(), Some(0.5));
    }

    #[test]
    fn rates_have_four_decimals() {
        assert_eq!(Rate::of(0, 0).to_string(), "0.0000");
        assert_eq!(Rate::of(2, 3).to_string(), "0.6667");
        assert_eq!(serde_json::to_string(&Rate::of(1, 4)).unwrap(), "\"0.2500\"");
    }

    #[test]
    fn every_final_event_is_an_outcome() {
        use crate::domain::{audit::AuditEvent, handoff::Stage};
        let reason = || Plain::new("why");
        for (event, stage, outcome) in [
            (AuditEvent::HandoffCompleted, Stage::Accepted { agent: "a".into() }, "accepted"),
            (AuditEvent::HandoffCompleted, Stage::Queued, "queued"),
            (AuditEvent::HandoffFailed, Stage::Refused, "refused"),
            (AuditEvent::HandoffFailed, Stage::TimedOut, "timed_out"),
            (AuditEvent::HandoffFailed, Stage::Failed { reason: reason() }, "failed"),
            (AuditEvent::HandoffFailed, Stage::Unknown { reason: reason() }, "unknown"),
            (AuditEvent::HandoffRejected, Stage::Rejected { reason: reason() }, "rejected"),
            (AuditEvent::HandoffCancelled, Stage::Cancelled, "cancelled"),
            (AuditEvent::HandoffCompensated, Stage::TakenBack, "compensated"),
        ] {
            let found = Outcome::of(event.name(), Some(stage.word()));
            assert!(event.is_final());
            assert_eq!(found.map(Outcome::name), Some(outcome), "{event:?}");
        }
        assert_eq!(Outcome::of("handoff_initiated", None), None);
    }

    #[test]
    fn figures_that_differ_in_their_span_alone_tell_the_same() {
        let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(60);
        let (mut one, other) = (Stats::default(), Stats { until: now, ..Stats::default() });
        assert!(one.tells_the_same(&other) && one != other);
        one.handoffs.count(Outcome::Failed);
        assert!(!one.tells_the_same(&other));
    }
}
