//! Where a chain begins: its name, and the records from before there was one.

use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use super::records;
use crate::{
    domain::{
        audit::{Actor, AuditRecord, LogName, Sealed},
        text::Plain,
    },
    store::db::{Begun, Pool, Row, Tx, sql},
};

/// Draws a name for a log that has none.
pub async fn name_log(pool: &Pool) -> Result<(), sqlx::Error> {
    if sql("SELECT 1 FROM log").maybe(pool).await?.is_some() {
        return Ok(());
    }
    let name = LogName::drawn(Uuid::new_v4().as_u128());
    sql("INSERT INTO log (id, name) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
        .bind(name.as_str())
        .write(pool)
        .await
        .map(drop)
}

/// Seals the records of an older version into the chain, in their order and with their numbers closed up:
/// with what may be kept of people, and no more.
pub async fn take_over(pool: &Pool) -> Result<(), sqlx::Error> {
    const THERE: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'unchained'";
    if sql(THERE).maybe(pool).await?.is_none() {
        return Ok(());
    }
    let mut tx = pool.write().await?;
    // Another process may have been quicker.
    if sql(THERE).maybe(&mut tx).await?.is_none() {
        return Ok(());
    }
    let mut seen = 0;
    while let Some(last) = seal_some(&mut tx, seen).await? {
        seen = last;
    }
    if let Begun::Sqlite(tx) = &mut tx.at {
        tx.execute("DROP TABLE unchained").await?;
    }
    tx.commit().await
}

/// Seals the next records numbered above `seen`. The last number that was, if any.
async fn seal_some(tx: &mut Tx, seen: i64) -> Result<Option<i64>, sqlx::Error> {
    let text = "SELECT * FROM unchained WHERE seq > $1 ORDER BY seq LIMIT 1000";
    let rows = sql(AssertSqlSafe(text)).bind(seen).rows(&mut *tx).await?;
    let mut end = records::end(&mut *tx).await?;
    let mut last = None;
    for row in &rows {
        last = Some(row.read("seq")?);
        let record = tx.privacy.fit_record(read(row)?);
        let record = AuditRecord { seq: end.seq + 1, ..record };
        let salt = Uuid::new_v4().simple().to_string();
        let sealed = Sealed::new(&record, &salt, end.hash);
        let rows = end.then(std::slice::from_ref(&sealed));
        end = end.after(&sealed);
        records::write(tx, rows).await?;
    }
    Ok(last)
}

fn read(row: &Row) -> Result<AuditRecord, sqlx::Error> {
    let text = |name: &str| row.read::<Option<String>>(name);
    let plain = |name: &str| Ok::<_, sqlx::Error>(text(name)?.map(Plain::from));
    let timestamp: String = row.read("timestamp")?;
    let details: String = row.read("details")?;
    let latency: Option<i64> = row.read("latency_ms")?;
    Ok(AuditRecord {
        seq: row.read("seq")?,
        timestamp: timestamp.parse().map_err(records::decoding)?,
        event: plain("event")?.unwrap_or_default(),
        actor: Actor {
            user: plain("user")?.unwrap_or_default(),
            host: plain("host")?.unwrap_or_default(),
            tty: plain("tty")?,
            ssh_origin: plain("ssh_origin")?,
            account: None,
        },
        context: plain("context")?.unwrap_or_default(),
        dialect: plain("dialect")?.unwrap_or_default(),
        handoff: text("handoff")?.map(|id| id.as_str().into()),
        session: text("conversation")?.map(|id| id.as_str().into()),
        participant: text("participant")?.map(|id| id.as_str().into()),
        agent: text("agent")?.map(|id| id.as_str().into()),
        queue: text("queue")?.map(|id| id.as_str().into()),
        transfer: plain("transfer")?,
        status: plain("status")?,
        latency_ms: latency.and_then(|ms| u64::try_from(ms).ok()),
        request_ms: row.read("request_ms")?,
        error_code: plain("error_code")?,
        error: plain("error")?,
        reason: plain("reason")?,
        waiver: plain("override")?,
        correlation: plain("correlation")?,
        details: serde_json::from_str(&details).map_err(records::decoding)?,
        purged: false,
    })
}
