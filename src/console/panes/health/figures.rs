//! How the shift has been: what the log tells of handoffs, people, sessions and other systems (SPEC
//! section 13), and what drives handoffs.

use super::sections::{parts, unknown};
use crate::{
    console::{
        theme::Role,
        view::{Ctx, words::grouped},
        widgets::{clock, prose::Line},
    },
    domain::{
        stats::{Outcome, Quantiles, Reason, Stats},
        text::Plain,
    },
};

/// So many reasons are shown; `floorwalker stats` tells twenty.
const REASONS: usize = 5;

/// Letters of a reason that are shown in any case.
const LEAST: usize = 12;

/// The section.
pub fn figures(cx: &Ctx, width: u16) -> Vec<Line> {
    let Some(stats) = &cx.pulse.figures else { return unknown("shift") };
    let mut lines = parts("shift", outcomes(stats), width);
    lines.extend(parts("", times(stats), width));
    lines.extend(parts("", others(stats), width));
    lines.extend(
        stats.reasons.iter().take(REASONS).enumerate().map(|(at, it)| reason(at, it, width)),
    );
    lines
}

fn outcomes(stats: &Stats) -> Vec<Line> {
    let total = stats.handoffs.total();
    let mut all = vec![
        Line::of(Role::Text, grouped(total)).and(Role::Quiet, " handoffs in 8 h"),
        Line::of(Role::Quiet, "acceptance ").and(Role::Text, percent(stats.acceptance)),
    ];
    let each = stats.handoffs.each().filter(|(_, count)| *count > 0);
    all.extend(each.map(|(outcome, count)| {
        Line::of(Role::Text, grouped(count)).and(Role::Quiet, format!(" {}", word(outcome)))
    }));
    all
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0))
}

fn word(outcome: Outcome) -> String {
    outcome.name().replace('_', " ")
}

fn times(stats: &Stats) -> Vec<Line> {
    let half = |name: &str, of: &Quantiles| {
        let took = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), clock::took);
        Line::of(Role::Quiet, format!("{name} "))
            .and(Role::Text, took(of.p50))
            .and(Role::Quiet, ", p95 ")
            .and(Role::Text, took(of.p95))
    };
    vec![
        half("latency p50", &stats.latency_ms),
        half("request p50", &stats.request_ms),
        half("to a human p50", &stats.time_to_human_ms),
    ]
}

fn others(stats: &Stats) -> Vec<Line> {
    let (sessions, sync) = (&stats.sessions, &stats.sync);
    let average = sync.average_ms.map_or_else(|| "-".to_owned(), clock::took);
    vec![
        Line::of(Role::Quiet, "sessions opened ")
            .and(Role::Text, grouped(sessions.opened))
            .and(Role::Quiet, ", ended for each ")
            .and(Role::Text, sessions.disconnection_rate.to_string())
            .and(Role::Quiet, ", lost ")
            .and(Role::Text, sessions.abnormal_disconnection_rate.to_string()),
        Line::of(Role::Quiet, "telling others took ").and(Role::Text, average),
    ]
}

/// What drives handoffs: how many there were for a reason, and how they ended.
fn reason(at: usize, reason: &Reason, width: u16) -> Line {
    let name = if at == 0 { "reasons" } else { "" };
    let outcomes = reason.outcomes.each().filter(|(_, count)| *count > 0);
    let outcomes: Vec<_> =
        outcomes.map(|(outcome, count)| format!("  {count} {}", word(outcome))).collect();
    let (line, outcomes) = (Line::field(name, Role::Text, ""), outcomes.concat());
    let count = format!("{:>4}  ", grouped(reason.total));
    let used = usize::from(line.columns()) + count.len() + outcomes.len();
    let room = usize::from(width).saturating_sub(used).max(LEAST);
    line.and(Role::Text, count)
        .and(Role::Text, Plain::cut(&reason.reason, room.saturating_sub(1)).as_str())
        .and(Role::Quiet, outcomes)
}
