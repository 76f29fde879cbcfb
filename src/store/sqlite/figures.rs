//! Figures from the audit table. A reader of a log that is written ahead holds up no writer; the rows come
//! one by one, so that a long span takes no memory but for what is counted.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row, SqlitePool, sqlite::SqliteRow};

use super::{Sqlite, error};
use crate::{
    domain::stats::{COUNTED, Line, Stats, Tally},
    store::{Extent, Figures, StoreError},
};

/// Details are parsed, and supervisions looked up, only where they count.
const COLUMNS: &str = "event, status, latency_ms, request_ms, reason, handoff, conversation,
    CASE WHEN event IN ('handoff_completed', 'human_reached')
         THEN CAST(json_extract(details, '$.time_to_human_ms') AS INTEGER) END AS human_ms,
    CASE WHEN event = 'session_terminated'
         THEN CAST(json_extract(details, '$.why') AS TEXT) END AS why,
    CASE WHEN event IN ('session_terminated', 'session_disconnected')
         THEN EXISTS (SELECT 1 FROM supervisions
                      WHERE session = conversation AND opened_here = 1)
         ELSE 0 END AS opened_here";

impl Figures for Sqlite {
    async fn stats(&self, since: Timestamp, until: Timestamp) -> Result<Stats, StoreError> {
        tally(&self.pool, since, until).await.map_err(error("count the figures"))
    }

    async fn health(&self) -> Result<Extent, StoreError> {
        let newest = sqlx::query("SELECT coalesce(max(seq), 0) FROM audit")
            .fetch_one(&self.pool)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(error("measure the store"))?;
        let file = self.pool.connect_options().get_filename().to_owned();
        // A file system that hangs must not hold up anything else.
        let sizes = tokio::task::spawn_blocking(move || (taken(&file), free(&file))).await;
        let (bytes, free) = sizes.unwrap_or_default();
        Ok(Extent { newest, bytes, free })
    }

    async fn probe_write(&self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO probes (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = ?1",
        )
        .bind(now.as_millisecond())
        .execute(&self.pool)
        .await
        .map_err(error("write the store"))?;
        Ok(())
    }
}

async fn tally(
    pool: &SqlitePool,
    since: Timestamp,
    until: Timestamp,
) -> Result<Stats, sqlx::Error> {
    let events = COUNTED.map(|event| format!("'{event}'")).join(", ");
    let sql = format!(
        "SELECT {COLUMNS} FROM audit 
         WHERE timestamp >= ? AND timestamp <= ? AND event IN ({events}) ORDER BY timestamp, seq"
    );
    let query = sqlx::query(AssertSqlSafe(sql));
    let mut rows = query.bind(format!("{since:.3}")).bind(format!("{until:.3}")).fetch(pool);
    let mut tally = Tally::default();
    while let Some(row) = rows.try_next().await? {
        take(&mut tally, &row)?;
    }
    Ok(tally.finish(since, until))
}

fn take(tally: &mut Tally, row: &SqliteRow) -> Result<(), sqlx::Error> {
    let ms = |column: usize| {
        let number = row.try_get::<Option<i64>, _>(column)?;
        Ok::<_, sqlx::Error>(number.and_then(|ms| u64::try_from(ms).ok()))
    };
    tally.take(&Line {
        event: row.try_get(0)?,
        status: row.try_get(1)?,
        latency_ms: ms(2)?,
        request_ms: row.try_get(3)?,
        reason: row.try_get(4)?,
        handoff: row.try_get(5)?,
        session: row.try_get(6)?,
        human_ms: ms(7)?,
        why: row.try_get(8)?,
        opened_here: row.try_get(9)?,
    });
    Ok(())
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
