//! `floorwalker stats`: how handoffs and sessions have fared, from the store alone. No org is asked.

use std::{fmt::Display, process::ExitCode};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Failure,
    listing::{self, Reader, Row, put, runtime, show},
    store,
};
use crate::{
    args::{self, Output},
    config::Config,
    domain::{
        stats::{Outcome, Quantiles, Reason, Stats},
        text::Plain,
    },
    store::Figures,
};

/// So much of a reason fits beside its numbers.
const REASON: usize = 40;

/// Prints the figures of a span that ends now.
///
/// # Errors
/// If the store can't be read, or of the place they are printed to.
pub fn run(config: &Config, arguments: &args::Stats) -> Result<ExitCode, Failure> {
    let now = Timestamp::now();
    let since = arguments.since.before(now);
    if since > now {
        return Err(Failure::usage(format!("--since {since:.0} is still to come")));
    }
    let stats = runtime()?.block_on(async {
        let store = store::open(config).await?;
        Ok::<_, Failure>(store.stats(since, now).await?)
    })?;
    match arguments.listing.output {
        Output::Table => table(&stats)?,
        Output::Json => json(&stats, true)?,
        Output::Jsonl => json(&stats, false)?,
        Output::Csv => show(Output::Csv, &cells(&stats))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything in one object.
fn json(stats: &Stats, pretty: bool) -> Result<(), Failure> {
    put(|out| match pretty {
        true => listing::json(out, stats),
        false => listing::json_line(out, stats),
    })
}

fn table(stats: &Stats) -> Result<(), Failure> {
    put(|out| writeln!(out, "{:.0} to {:.0}\n", stats.since, stats.until))?;
    show(Output::Table, &facts(stats))?;
    if stats.reasons.is_empty() {
        return Ok(());
    }
    put(|out| writeln!(out))?;
    let rows: Vec<Driver<'_>> = stats.reasons.iter().map(Driver).collect();
    show(Output::Table, &rows)
}

/// A figure as a person reads it.
#[derive(Serialize)]
struct Fact {
    figure: String,
    value: Option<String>,
}

impl Row for Fact {
    const COLUMNS: &'static [&'static str] = &["figure", "value"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        vec![Some(self.figure.clone()), self.value.clone()]
    }
}

fn facts(stats: &Stats) -> Vec<Fact> {
    let fact = |figure: &str, value: Option<String>| Fact { figure: figure.into(), value };
    let number = |figure: &str, value: &dyn Display| fact(figure, Some(value.to_string()));
    let mut facts = vec![number("handoffs ended", &stats.handoffs.total())];
    let outcomes = stats.handoffs.each().filter(|(_, count)| *count > 0);
    facts.extend(outcomes.map(|(outcome, n)| number(&format!("  {}", words(outcome)), &n)));
    let (sessions, sync) = (&stats.sessions, &stats.sync);
    let percent = stats.acceptance.map(|share| format!("{:.1}%", share * 100.0));
    facts.extend([
        fact("acceptance", percent),
        fact("latency p50 / p95", both(&stats.latency_ms)),
        fact("request p50 / p95", both(&stats.request_ms)),
        fact("time to a human p50 / p95", both(&stats.time_to_human_ms)),
        number("guests' sessions opened", &sessions.opened),
        number("  ended", &sessions.ended),
        number("  lost their heartbeat", &sessions.lost),
        number("disconnection rate", &sessions.disconnection_rate),
        number("  abnormal", &sessions.abnormal_disconnection_rate),
        number("other systems told", &sync.told),
        number("  in vain", &sync.failed),
        fact("  on average in", sync.average_ms.map(span)),
    ]);
    facts
}

fn words(outcome: Outcome) -> String {
    outcome.name().replace('_', " ")
}

fn both(quantiles: &Quantiles) -> Option<String> {
    Some(format!("{} / {}", span(quantiles.p50?), span(quantiles.p95?)))
}

/// Milliseconds for a person.
fn span(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.0}ms") } else { format!("{:.1}s", ms / 1000.0) }
}

/// A reason and what became of its handoffs.
#[derive(Serialize)]
#[serde(transparent)]
struct Driver<'a>(&'a Reason);

impl Row for Driver<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "reason",
        "total",
        "accepted",
        "queued",
        "refused",
        "timed_out",
        "failed",
        "rejected",
        "cancelled",
        "compensated",
        "unknown",
    ];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let Reason { reason, total, outcomes } = self.0;
        let numbers = outcomes.each().map(|(_, n)| Some(n.to_string()));
        let name = Plain::cut(reason, REASON).to_string();
        [Some(name), Some(total.to_string())].into_iter().chain(numbers).collect()
    }
}

/// A figure as a program reads it: all in one list.
#[derive(Serialize)]
struct Cell {
    figure: String,
    reason: Option<Plain>,
    value: Option<String>,
}

impl Row for Cell {
    const COLUMNS: &'static [&'static str] = &["figure", "reason", "value"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let reason = self.reason.as_ref().map(Plain::to_string);
        vec![Some(self.figure.clone()), reason, self.value.clone()]
    }
}

fn cells(stats: &Stats) -> Vec<Cell> {
    let cell =
        |figure: &str, value: Option<String>| Cell { figure: figure.into(), reason: None, value };
    let number = |figure: &str, value: &dyn Display| cell(figure, Some(value.to_string()));
    let ended = |outcome: Outcome| format!("handoffs_{}", outcome.name());
    let mut cells = vec![number("since", &stats.since), number("until", &stats.until)];
    cells.extend(stats.handoffs.each().map(|(outcome, n)| number(&ended(outcome), &n)));
    cells.push(cell("acceptance", stats.acceptance.map(|share| share.to_string())));
    for (name, of) in [
        ("latency_ms", &stats.latency_ms),
        ("request_ms", &stats.request_ms),
        ("time_to_human_ms", &stats.time_to_human_ms),
    ] {
        cells.push(cell(&format!("{name}_p50"), of.p50.map(|ms| ms.to_string())));
        cells.push(cell(&format!("{name}_p95"), of.p95.map(|ms| ms.to_string())));
    }
    let (sessions, sync) = (&stats.sessions, &stats.sync);
    cells.extend([
        number("sessions_opened", &sessions.opened),
        number("sessions_ended", &sessions.ended),
        number("sessions_lost", &sessions.lost),
        number("disconnection_rate", &sessions.disconnection_rate),
        number("abnormal_disconnection_rate", &sessions.abnormal_disconnection_rate),
        number("sync_told", &sync.told),
        number("sync_failed", &sync.failed),
        cell("sync_average_ms", sync.average_ms.map(|ms| ms.to_string())),
    ]);
    for Reason { reason, outcomes, .. } in &stats.reasons {
        cells.extend(outcomes.each().map(|(outcome, n)| Cell {
            reason: Some(reason.clone()),
            ..number(&ended(outcome), &n)
        }));
    }
    cells
}
