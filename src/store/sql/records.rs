//! Audit records, to and from rows.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditRecord},
        text::Plain,
    },
    store::db::{Pool, Row, Tx, sql},
};

/// The columns of a record, in the order in which they are bound and read.
const COLUMNS: &str = "timestamp, event, \"user\", host, tty, ssh_origin, context, dialect, handoff, \
    conversation, participant, agent, queue, transfer, status, latency_ms, request_ms, error_code, \
    error, reason, override, correlation, details";

/// Numbers and writes a record.
pub async fn insert(
    to: &mut Tx,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<AuditRecord, sqlx::Error> {
    let record = entry.dated(now);
    let places: Vec<_> = (1..=COLUMNS.split(',').count()).map(|n| format!("${n}")).collect();
    let places = places.join(", ");
    let text = format!("INSERT INTO audit ({COLUMNS}) VALUES ({places}) RETURNING seq");
    let row = sql(AssertSqlSafe(text))
        .bind(format!("{:.3}", record.timestamp))
        .bind(record.event.as_str())
        .bind(record.actor.user.as_str())
        .bind(record.actor.host.as_str())
        .bind(record.actor.tty.as_deref())
        .bind(record.actor.ssh_origin.as_deref())
        .bind(record.context.as_str())
        .bind(record.dialect.as_str())
        .bind(record.handoff.as_ref().map(ToString::to_string))
        .bind(record.session.as_ref().map(ToString::to_string))
        .bind(record.participant.as_ref().map(ToString::to_string))
        .bind(record.agent.as_ref().map(ToString::to_string))
        .bind(record.queue.as_ref().map(ToString::to_string))
        .bind(record.transfer.as_deref())
        .bind(record.status.as_deref())
        .bind(record.latency_ms.and_then(|ms| i64::try_from(ms).ok()))
        .bind(record.request_ms)
        .bind(record.error_code.as_deref())
        .bind(record.error.as_deref())
        .bind(record.reason.as_deref())
        .bind(record.waiver.as_deref())
        .bind(record.correlation.as_deref())
        .bind(record.details.to_string())
        .row(to)
        .await?;
    Ok(AuditRecord { seq: row.read(0)?, ..record })
}

/// Records numbered below `before`, newest first.
pub async fn page(
    pool: &Pool,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRecord>, sqlx::Error> {
    let text =
        format!("SELECT seq, {COLUMNS} FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2");
    let rows =
        sql(AssertSqlSafe(text)).bind(before.unwrap_or(i64::MAX)).bind(limit).rows(pool).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditRecord, sqlx::Error> {
    let text = |name: &str| row.read::<Option<String>>(name);
    let plain = |name: &str| Ok::<_, sqlx::Error>(text(name)?.map(Plain::from));
    let timestamp: String = row.read("timestamp")?;
    let details: String = row.read("details")?;
    Ok(AuditRecord {
        seq: row.read("seq")?,
        timestamp: timestamp.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        event: plain("event")?.unwrap_or_default(),
        actor: Actor {
            user: plain("user")?.unwrap_or_default(),
            host: plain("host")?.unwrap_or_default(),
            tty: plain("tty")?,
            ssh_origin: plain("ssh_origin")?,
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
        latency_ms: row.read::<Option<i64>>("latency_ms")?.and_then(|ms| u64::try_from(ms).ok()),
        request_ms: row.read("request_ms")?,
        error_code: plain("error_code")?,
        error: plain("error")?,
        reason: plain("reason")?,
        waiver: plain("override")?,
        correlation: plain("correlation")?,
        details: serde_json::from_str(&details).map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        purged: false,
    })
}
