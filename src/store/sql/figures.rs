//! Figures from the audit table. A reader of a log that is written ahead holds up no writer; the rows come
//! one by one, so that a long span takes no memory but for what is counted.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Database, error};
use crate::{
    domain::stats::{COUNTED, Line, Stats, Tally},
    store::{
        Extent, Figures, StoreError,
        db::{Pool, Row, sql},
    },
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
    let text = format!(
        "SELECT {COLUMNS} FROM audit 
         WHERE timestamp >= $1 AND timestamp <= $2 AND event IN ({events}) ORDER BY timestamp, seq"
    );
    let query = sql(AssertSqlSafe(text));
    let mut rows = query.bind(format!("{since:.3}")).bind(format!("{until:.3}")).stream(pool);
    let mut tally = Tally::default();
    while let Some(row) = rows.try_next().await? {
        take(&mut tally, &row)?;
    }
    Ok(tally.finish(since, until))
}

fn take(tally: &mut Tally, row: &Row) -> Result<(), sqlx::Error> {
    let ms = |column: usize| {
        let number = row.read::<Option<i64>>(column)?;
        Ok::<_, sqlx::Error>(number.and_then(|ms| u64::try_from(ms).ok()))
    };
    tally.take(&Line {
        event: row.text(0)?.unwrap_or_default(),
        status: row.text(1)?,
        latency_ms: ms(2)?,
        request_ms: row.read(3)?,
        reason: row.text(4)?,
        handoff: row.text(5)?,
        session: row.text(6)?,
        human_ms: ms(7)?,
        why: row.text(8)?,
        opened_here: row.read(9)?,
    });
    Ok(())
}

/// Bytes that the store takes, and those that are free to it. How full a server's disk is only the server
/// knows.
async fn sizes(pool: &Pool) -> Result<(Option<u64>, Option<u64>), sqlx::Error> {
    match pool {
        Pool::Sqlite(file) => {
            let file = file.connect_options().get_filename().to_owned();
            // A file system that hangs must not hold up anything else.
            let sizes = tokio::task::spawn_blocking(move || (taken(&file), free(&file))).await;
            Ok(sizes.unwrap_or_default())
        }
        Pool::Postgres(_) => {
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
