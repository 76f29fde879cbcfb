//! Figures from the audit table. A reader of a log that is written ahead holds up no writer; the rows come
//! one by one, so that a long span takes no memory but for what is counted.

use std::{
    borrow::Cow,
    collections::HashSet,
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use sqlx::AssertSqlSafe;

use super::{Database, error, records};
use crate::{
    domain::stats::{COUNTED, Line, Stats, Tally},
    store::{
        Extent, Figures, StoreError,
        db::{Connections, Pool, Row, sql},
    },
};

impl Figures for Database {
    async fn stats(&self, since: Timestamp, until: Timestamp) -> Result<Stats, StoreError> {
        tally(&self.pool, since, until).await.map_err(error("count the figures"))
    }

    async fn health(&self) -> Result<Extent, StoreError> {
        let newest = sql("SELECT coalesce(max(seq), 0) FROM audit")
            .row(&self.pool)
            .await
            .and_then(|row| row.read(0))
            .map_err(error("measure the store"))?;
        let (bytes, free) = sizes(&self.pool).await.map_err(error("measure the store"))?;
        Ok(Extent { newest, bytes, free })
    }

    async fn probe_write(&self, now: Timestamp) -> Result<(), StoreError> {
        sql("INSERT INTO probes (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = $1")
            .bind(now.as_millisecond())
            .write(&self.pool)
            .await
            .map_err(error("write the store"))?;
        Ok(())
    }
}

async fn tally(pool: &Pool, since: Timestamp, until: Timestamp) -> Result<Stats, sqlx::Error> {
    let events = COUNTED.map(|event| format!("'{event}'")).join(", ");
    let (from, to) = (since.as_millisecond(), until.as_millisecond());
    let opened = opened_here(pool).await?;
    let mut tally = Tally::default();
    if let Some((first, last)) = records::written(pool, from, to.saturating_add(1)).await? {
        let text = format!(
            "SELECT event, record, personal FROM audit
             WHERE seq >= $1 AND seq <= $2 AND at >= $3 AND at <= $4 AND event IN ({events})
             ORDER BY seq"
        );
        let query = sql(AssertSqlSafe(text)).bind(first).bind(last).bind(from).bind(to);
        let mut rows = query.stream(pool);
        while let Some(row) = rows.try_next().await? {
            take(&mut tally, &row, &opened)?;
        }
    }
    Ok(tally.finish(since, until))
}

/// The sessions that a floorwalker on this store has opened for a guest.
async fn opened_here(pool: &Pool) -> Result<HashSet<String>, sqlx::Error> {
    let query = sql("SELECT session FROM supervisions WHERE opened_here = 1");
    query.rows(pool).await?.iter().map(|row| row.read(0)).collect()
}

/// What counts of a record's public part.
#[derive(Deserialize)]
struct Public<'a> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    latency_ms: Option<u64>,
    request_ms: Option<f64>,
    #[serde(borrow)]
    handoff: Option<Cow<'a, str>>,
    #[serde(borrow)]
    conversation: Option<Cow<'a, str>>,
}

/// What counts of its personal part, if that was not purged.
#[derive(Default, Deserialize)]
struct Personal<'a> {
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    details: Details<'a>,
}

#[derive(Default, Deserialize)]
struct Details<'a> {
    #[serde(default, deserialize_with = "number")]
    time_to_human_ms: Option<u64>,
    #[serde(default, borrow)]
    why: Option<Cow<'a, str>>,
}

/// A whole number; whatever else stands there counts as nothing.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_u64())
}

fn take(tally: &mut Tally, row: &Row, opened: &HashSet<String>) -> Result<(), sqlx::Error> {
    let public: Public<'_> = parts(row.text(1)?)?.ok_or(sqlx::Error::RowNotFound)?;
    let personal: Personal<'_> = parts(row.text(2)?)?.unwrap_or_default();
    let event = row.text(0)?.unwrap_or_default();
    let reached = matches!(event, "handoff_completed" | "human_reached");
    let ended = event == "session_terminated";
    tally.take(&Line {
        event,
        status: public.status.as_deref(),
        latency_ms: public.latency_ms,
        request_ms: public.request_ms,
        reason: personal.reason.as_deref(),
        handoff: public.handoff.as_deref(),
        session: public.conversation.as_deref(),
        human_ms: personal.details.time_to_human_ms.filter(|_| reached),
        why: personal.details.why.as_deref().filter(|_| ended),
        opened_here: public.conversation.as_deref().is_some_and(|id| opened.contains(id)),
    });
    Ok(())
}

fn parts<'a, T: Deserialize<'a>>(text: Option<&'a str>) -> Result<Option<T>, sqlx::Error> {
    text.map(serde_json::from_str).transpose().map_err(records::decoding)
}

/// Bytes that the store takes, and those that are free to it. How full a server's disk is only the server
/// knows.
async fn sizes(pool: &Pool) -> Result<(Option<u64>, Option<u64>), sqlx::Error> {
    match &pool.to {
        Connections::Sqlite(file) => {
            let file = file.connect_options().get_filename().to_owned();
            // A file system that hangs must not hold up anything else.
            let sizes = tokio::task::spawn_blocking(move || (taken(&file), free(&file))).await;
            Ok(sizes.unwrap_or_default())
        }
        Connections::Postgres(_) => {
            let row = sql("SELECT pg_database_size(current_database())").row(pool).await?;
            Ok((u64::try_from(row.read::<i64>(0)?).ok(), None))
        }
    }
}

/// Bytes of the file and of what is written ahead of it.
fn taken(file: &Path) -> Option<u64> {
    let size = |path: &Path| std::fs::metadata(path).map(|about| about.len()).ok();
    let mut ahead = file.as_os_str().to_owned();
    ahead.push("-wal");
    Some(size(file)? + size(&PathBuf::from(ahead)).unwrap_or_default())
}

/// Bytes free on the file's file system, for whoever is not root.
#[cfg(unix)]
fn free(file: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(file).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
