//! Counting: one audit record after the other, the oldest first. Not where the records come from.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    NO_REASON, OTHER, Outcome, Outcomes, Quantiles, REASONS, Rate, Reason, Sessions, Stats, Sync,
};
use crate::domain::text::Plain;

/// The events of which anything is counted.
pub const COUNTED: [&str; 14] = [
    "handoff_initiated",
    "handoff_completed",
    "handoff_rejected",
    "handoff_failed",
    "handoff_cancelled",
    "handoff_compensated",
    "human_reached",
    "session_initialized",
    "session_terminated",
    "session_disconnected",
    "crm_synced",
    "crm_sync_failed",
    "wfm_synced",
    "wfm_sync_failed",
];

/// Reasons are told apart by so many characters.
const REASON_LENGTH: usize = 80;

/// What counts of an audit record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line<'a> {
    /// What happened.
    pub event: &'a str,
    /// The outcome's word.
    pub status: Option<&'a str>,
    /// From the order to the outcome, in ms.
    pub latency_ms: Option<u64>,
    /// The request alone, in ms.
    pub request_ms: Option<f64>,
    /// The details' `time_to_human_ms`.
    pub human_ms: Option<u64>,
    /// Why it was done.
    pub reason: Option<&'a str>,
    /// Why a session was to be ended: the details' `why`.
    pub why: Option<&'a str>,
    /// The handoff it belongs to.
    pub handoff: Option<&'a str>,
    /// The conversation.
    pub session: Option<&'a str>,
    /// Whether a floorwalker on this store has opened that conversation for a guest.
    pub opened_here: bool,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub struct Tally {
    handoffs: Outcomes,
    latency: Vec<f64>,
    request: Vec<f64>,
    human: Vec<f64>,
    reasons: HashMap<Plain, Outcomes>,
    /// Reasons of handoffs that have begun, in case their end does not repeat them.
    begun: HashMap<String, Plain>,
    initialized: u64,
    not_opened: u64,
    /// Sessions that have ended, and whether their heartbeats were lost.
    ended: HashMap<String, bool>,
    synced: Vec<f64>,
    told: u64,
    untold: u64,
}

impl Tally {
    /// Counts one more record.
    pub fn take(&mut self, line: &Line<'_>) {
        match line.event {
            "handoff_initiated" => self.begin(line),
            "human_reached" => self.human.extend(line.human_ms.or(line.latency_ms).map(ms)),
            "session_initialized" => self.initialized += 1,
            "session_terminated" | "session_disconnected" => self.end_session(line),
            "crm_synced" | "wfm_synced" => {
                self.told += 1;
                // The request alone: how long a letter has waited is another matter.
                self.synced.extend(line.request_ms);
            }
            "crm_sync_failed" | "wfm_sync_failed" => self.untold += 1,
            _ => self.end_handoff(line),
        }
    }

    fn begin(&mut self, line: &Line<'_>) {
        if let (Some(handoff), Some(reason)) = (line.handoff, line.reason) {
            self.begun.insert(handoff.to_owned(), shortened(reason));
        }
    }

    fn end_handoff(&mut self, line: &Line<'_>) {
        let Some(outcome) = Outcome::of(line.event, line.status) else { return };
        self.handoffs.count(outcome);
        if matches!(outcome, Outcome::Accepted | Outcome::Queued) {
            self.latency.extend(line.latency_ms.map(ms));
        }
        if outcome == Outcome::Accepted {
            self.human.extend(line.human_ms.map(ms));
        }
        self.request.extend(line.request_ms.filter(|took| took.is_finite()));
        let told_before = line.handoff.and_then(|handoff| self.begun.remove(handoff));
        let reason = line.reason.map(shortened).or(told_before).filter(|reason| !reason.is_empty());
        let reason = reason.unwrap_or_else(|| NO_REASON.into());
        self.reasons.entry(reason).or_default().count(outcome);
    }

    /// An end is announced before it is asked for: what it fails with comes after it. A rule asks until
    /// it is answered; a person who has asked in vain has left the session open.
    fn end_session(&mut self, line: &Line<'_>) {
        let lost = line.event == "session_disconnected";
        match (line.status, line.session) {
            (Some("not_opened"), _) => self.not_opened += 1,
            // Whether it was ever open is not known; it counts as open until its time is up.
            (Some("unknown"), _) => {}
            (_, Some(session)) if line.opened_here => {
                if line.status == Some("failed") && !lost {
                    if matches!(line.why, None | Some("released")) {
                        self.ended.remove(session);
                    }
                } else {
                    *self.ended.entry(session.to_owned()).or_default() |= lost;
                }
            }
            _ => {}
        }
    }

    /// All that was counted, as the figures of this span.
    pub fn finish(self, since: Timestamp, until: Timestamp) -> Stats {
        let sessions = self.sessions();
        let sync = Sync { told: self.told, failed: self.untold, average_ms: average(&self.synced) };
        Stats {
            since,
            until,
            handoffs: self.handoffs,
            acceptance: self.handoffs.acceptance(),
            latency_ms: Quantiles::of(self.latency),
            request_ms: Quantiles::of(self.request),
            time_to_human_ms: Quantiles::of(self.human),
            sessions,
            sync,
            reasons: foremost(self.reasons),
        }
    }

    fn sessions(&self) -> Sessions {
        let opened = self.initialized.saturating_sub(self.not_opened);
        let ended = self.ended.len() as u64;
        let lost = self.ended.values().filter(|lost| **lost).count() as u64;
        Sessions {
            opened,
            ended,
            lost,
            disconnection_rate: Rate::of(ended, opened),
            abnormal_disconnection_rate: Rate::of(lost, opened),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no handoff lasts 2^52 ms")]
fn ms(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
fn average(all: &[f64]) -> Option<f64> {
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

fn shortened(reason: &str) -> Plain {
    Plain::cut(reason.trim(), REASON_LENGTH)
}

/// The most frequent reasons, and the others in one row.
fn foremost(mut all: HashMap<Plain, Outcomes>) -> Vec<Reason> {
    let mut rest = all.remove(&Plain::new(OTHER)).unwrap_or_default();
    let row = |(reason, outcomes): (Plain, Outcomes)| {
        let total = outcomes.total();
        Reason { reason, total, outcomes }
    };
    let mut rows: Vec<Reason> = all.into_iter().map(row).collect();
    rows.sort_unstable_by(|a, b| b.total.cmp(&a.total).then_with(|| a.reason.cmp(&b.reason)));
    let over = rows.split_off(rows.len().min(REASONS));
    over.iter().for_each(|row| rest.add(&row.outcomes));
    if rest.total() > 0 {
        rows.push(row((OTHER.into(), rest)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[Line<'_>]) -> Stats {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.take(line));
        tally.finish(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
    }

    fn session<'a>(event: &'a str, status: &'a str, id: &'a str) -> Line<'a> {
        let (status, session) = (Some(status), Some(id));
        Line { event, status, session, opened_here: true, ..Line::default() }
    }

    #[test]
    fn nothing_is_nothing() {
        let none = counted(&[]);
        assert_eq!(none, Stats::default());
        assert_eq!(none.sessions.disconnection_rate.to_string(), "0.0000");
    }

    #[test]
    fn a_session_ends_once_however_often_that_was_asked_for() {
        let open = Line { event: "session_initialized", ..Line::default() };
        let stats = counted(&[
            open,
            open,
            open,
            open,
            // Lost; the request fails, and is made until it is answered.
            session("session_disconnected", "requested", "a"),
            session("session_disconnected", "failed", "a"),
            // Ended by a person, in vain and then not.
            session("session_terminated", "requested", "b"),
            Line { why: Some("released"), ..session("session_terminated", "failed", "b") },
            session("session_terminated", "requested", "b"),
            // Ended by a person, in vain.
            session("session_terminated", "requested", "c"),
            Line { why: Some("released"), ..session("session_terminated", "failed", "c") },
            // Never opened.
            Line { session: None, ..session("session_terminated", "not_opened", "") },
            // Somebody else's.
            Line { opened_here: false, ..session("session_terminated", "requested", "x") },
        ]);
        let Sessions { opened, ended, lost, .. } = stats.sessions;
        assert_eq!((opened, ended, lost), (3, 2, 1));
        assert_eq!(stats.sessions.disconnection_rate.to_string(), "0.6667");
        assert_eq!(stats.sessions.abnormal_disconnection_rate.to_string(), "0.3333");
    }

    #[test]
    fn a_reason_is_found_where_it_was_told() {
        let begun = Line {
            event: "handoff_initiated",
            handoff: Some("h"),
            reason: Some("  wants a person "),
            ..Line::default()
        };
        let end = Line { event: "handoff_completed", handoff: Some("h"), ..Line::default() };
        let odd = Line { handoff: Some("i"), reason: Some(""), ..end };
        let reasons = counted(&[begun, end, odd]).reasons;
        let names: Vec<&str> = reasons.iter().map(|row| row.reason.as_str()).collect();
        assert_eq!(names, [NO_REASON, "wants a person"]);
    }

    #[test]
    fn the_rest_of_the_reasons_stand_together_at_the_end() {
        let names: Vec<String> = (0..25).map(|n| format!("reason {n:02}")).collect();
        let end = |reason| Line { event: "handoff_failed", reason, ..Line::default() };
        let mut lines: Vec<Line<'_>> = names.iter().map(|name| end(Some(name.as_str()))).collect();
        lines.push(end(Some("reason 24")));
        lines.push(end(Some(OTHER)));
        let reasons = counted(&lines).reasons;
        assert_eq!(reasons.len(), REASONS + 1);
        assert_eq!((&*reasons[0].reason, reasons[0].total), ("reason 24", 2));
        assert_eq!((&*reasons[20].reason, reasons[20].total), (OTHER, 6));
        assert_eq!(reasons.iter().map(|row| row.total).sum::<u64>(), 27);
    }
}
