//! How the shift has been: what the log tells of handoffs, people, sessions and other systems (SPEC
//! section 13), and what drives handoffs.

use super::sections::{grouped, parts, unknown};
use crate::{
    console::{
        theme::Role,
        view::Ctx,
        widgets::{clock, prose::Line},
    },
    domain::stats::{Outcome, Quantiles, Reason, Stats},
};

/// So many reasons are shown; `floorwalker stats` tells twenty.
const REASONS: usize = 5;

/// The section.
pub fn figures(cx: &Ctx, width: u16) -> Vec<Line> {
    let Some(stats) = &cx.pulse.figures else { return unknown("shift") };
    let mut lines = parts("shift", outcomes(stats), width);
    lines.extend(parts("", times(stats), width));
    lines.extend(parts("", others(stats), width));
    lines.extend(stats.reasons.iter().take(REASONS).enumerate().map(|(at, it)| reason(at, it)));
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
fn reason(at: usize, reason: &Reason) -> Line {
    let name = if at == 0 { "reasons" } else { "" };
    let mut line = Line::field(name, Role::Text, format!("{:>4}  ", grouped(reason.total)))
        .and(Role::Text, reason.reason.as_str());
    for (outcome, count) in reason.outcomes.each().filter(|(_, count)| *count > 0) {
        line = line.and(Role::Quiet, format!("  {count} {}", word(outcome)));
    }
    line
}
