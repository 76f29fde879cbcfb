//! `floorwalker audit search`: records that match, newest first.

use std::{process::ExitCode, time::Duration};

use serde::Serialize;
use serde_json::json;

use super::source;
use crate::{
    args::{Output, Search, Shape},
    commands::{
        Failure,
        listing::{Reader, Row, put, runtime, show, warn},
    },
    config::Config,
    domain::{audit::AuditRecord, query::Query},
    engine::search::{self, Count, Found, Quest},
    store::{self, Database, Journal},
};

/// Whoever waits at a terminal has waited long enough.
const PATIENCE: Duration = Duration::from_secs(30);

/// Prints what is found.
///
/// # Errors
/// If the query or the log can't be read.
pub fn run(config: &Config, search: &Search) -> Result<ExitCode, Failure> {
    let query = source::query(&search.wanted)?;
    runtime()?.block_on(async {
        let store = source::open(&search.source, config).await?;
        let index = source::index(&store).await;
        answer(&store, &index, &query, search).await
    })
}

async fn answer(
    journal: &Database,
    index: &impl store::Search,
    query: &Query,
    search: &Search,
) -> Result<ExitCode, Failure> {
    let quest = Quest { query, below: search.below, patience: PATIENCE };
    if search.count {
        let count = search::count(journal, index, quest, u64::MAX).await?;
        tell(count, search.output)?;
        return Ok(ExitCode::SUCCESS);
    }
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let found = search::page(journal, index, quest, limit).await?;
    if search.output == Shape::Table {
        let rows: Vec<Hit> = found.records.iter().cloned().map(Hit).collect();
        show(Output::Table, &rows)?;
    } else {
        lines(journal, &found, search.output).await?;
    }
    if let Some(rest) = found.rest {
        let why = if found.records.len() < limit { "this took too long" } else { "there are more" };
        warn(&format!("{why}: --below {rest} goes on"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints how many there are.
fn tell(count: Count, output: Shape) -> Result<(), Failure> {
    let (many, exact) = match count {
        Count::Exactly(many) => (many, true),
        Count::AtLeast(many) => (many, false),
    };
    put(|out| match output {
        Shape::Table if exact => writeln!(out, "{many}"),
        Shape::Table => writeln!(out, "≥ {many}"),
        Shape::Json | Shape::Jsonl => writeln!(out, "{}", json!({"count": many, "exact": exact})),
    })
}

/// Prints lines as an export has them.
async fn lines(journal: &Database, found: &Found, output: Shape) -> Result<(), Failure> {
    let log = journal.head().await?.log;
    let numbers: Vec<i64> = found.records.iter().map(|record| record.seq).collect();
    let picked = source::pick(journal, &log, &numbers).await?;
    let lines = picked.iter().map(|(sealed, before)| sealed.line(&log, *before));
    put(|out| match output {
        Shape::Json => writeln!(out, "[{}]", lines.collect::<Vec<_>>().join(",\n")),
        Shape::Table | Shape::Jsonl => {
            lines.into_iter().try_for_each(|line| writeln!(out, "{line}"))
        }
    })
}

/// A record in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Hit(AuditRecord);

impl Row for Hit {
    const COLUMNS: &'static [&'static str] =
        &["seq", "time", "event", "status", "user", "session", "to", "latency_ms", "words"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let it = &self.0;
        let agent = it.agent.as_ref().map(ToString::to_string);
        let words = it.error.as_ref().or(it.waiver.as_ref()).or(it.reason.as_ref());
        vec![
            Some(it.seq.to_string()),
            Some(format!("{:.3}", it.timestamp)),
            Some(it.event.to_string()),
            it.status.as_ref().map(ToString::to_string),
            Some(it.actor.user.to_string()).filter(|user| !user.is_empty()),
            it.session.as_ref().map(ToString::to_string),
            agent.or_else(|| it.queue.as_ref().map(ToString::to_string)),
            it.latency_ms.map(|ms| ms.to_string()),
            words.map(ToString::to_string),
        ]
    }
}
