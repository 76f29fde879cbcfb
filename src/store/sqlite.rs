//! The store in one SQLite file.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit returns when it is on disk, which is what
//! lets an audit record announce an act before the act (SPEC section 12).

use std::{path::Path, time::Duration};

use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, Row, SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::{Store, StoreError};
use crate::domain::{
    audit::{Actor, AuditEntry, AuditRecord},
    id::{HandoffId, SessionId},
    text::Plain,
};

/// The columns of a record, in the order in which they are bound and read.
const COLUMNS: &str = "timestamp, event, user, host, tty, ssh_origin, context, dialect, handoff, \
    conversation, participant, agent, queue, transfer, status, latency_ms, request_ms, error_code, \
    error, reason, correlation, details";

/// The store in one SQLite file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pool: SqlitePool,
}

impl Sqlite {
    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// If the file can't be made or opened, or is of a newer version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        const OPERATION: &str = "open the store";
        let failed = |cause: String| StoreError {
            operation: OPERATION,
            cause: Plain::new(&format!(
                "{cause} — set XDG_DATA_HOME to a folder that can be written ({})",
                path.display()
            )),
        };
        make_private(path).map_err(|e| failed(e.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        // A few connections, so that reading a page of the log never waits for a sync.
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(|e| failed(e.to_string()))?;
        migrator().run(&pool).await.map_err(|e| failed(e.to_string()))?;
        Ok(Self { pool })
    }
}

fn migrator() -> Migrator {
    let start = include_str!("../../assets/schema/sqlite/0001_start.sql").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(
        1,
        "start".into(),
        MigrationType::Simple,
        start,
        false,
    )])
}

/// Makes folder and file with the right permissions before SQLite would make them with others.
#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // One that was there before may have been open to others.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn error(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |e| StoreError { operation, cause: Plain::new(&e.to_string()) }
}

impl Store for Sqlite {
    async fn append(&self, entry: AuditEntry, now: Timestamp) -> Result<AuditRecord, StoreError> {
        let failed = error("write the audit log");
        let record = entry.dated(now);
        let places = vec!["?"; COLUMNS.split(',').count()].join(", ");
        let sql = format!("INSERT INTO audit ({COLUMNS}) VALUES ({places}) RETURNING seq");
        let row = sqlx::query(AssertSqlSafe(sql))
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
            .bind(record.correlation.as_deref())
            .bind(record.details.to_string())
            .fetch_one(&self.pool)
            .await
            .map_err(&failed)?;
        Ok(AuditRecord { seq: row.try_get(0).map_err(failed)?, ..record })
    }

    async fn page(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let failed = error("read the audit log");
        let sql =
            format!("SELECT seq, {COLUMNS} FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(&self.pool)
            .await
            .map_err(&failed)?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }

    async fn claim(
        &self,
        session: &SessionId,
        handoff: &HandoffId,
        now: Timestamp,
        life: Duration,
    ) -> Result<bool, StoreError> {
        let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        let done = sqlx::query(
            "INSERT INTO claims (conversation, handoff, until) VALUES (?1, ?2, ?4)
             ON CONFLICT (conversation) DO UPDATE SET handoff = ?2, until = ?4
             WHERE until <= ?3 OR handoff = ?2",
        )
        .bind(session.to_string())
        .bind(handoff.to_string())
        .bind(now.as_millisecond())
        .bind(now.as_millisecond().saturating_add(life))
        .execute(&self.pool)
        .await
        .map_err(error("claim the session"))?;
        Ok(done.rows_affected() == 1)
    }

    async fn release(&self, session: &SessionId, handoff: &HandoffId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM claims WHERE conversation = ? AND handoff = ?")
            .bind(session.to_string())
            .bind(handoff.to_string())
            .execute(&self.pool)
            .await
            .map_err(error("give the claim back"))?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<AuditRecord, sqlx::Error> {
    let text = |name: &str| row.try_get::<Option<String>, _>(name);
    let plain = |name: &str| Ok::<_, sqlx::Error>(text(name)?.map(Plain::from));
    let timestamp: String = row.try_get("timestamp")?;
    let details: String = row.try_get("details")?;
    Ok(AuditRecord {
        seq: row.try_get("seq")?,
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
        latency_ms: row
            .try_get::<Option<i64>, _>("latency_ms")?
            .and_then(|ms| u64::try_from(ms).ok()),
        request_ms: row.try_get("request_ms")?,
        error_code: plain("error_code")?,
        error: plain("error")?,
        reason: plain("reason")?,
        correlation: plain("correlation")?,
        details: serde_json::from_str(&details).map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
    })
}
