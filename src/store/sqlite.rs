//! The store in one SQLite file.
//!
//! Write-ahead logging with `synchronous = FULL`: a commit returns when it is on disk, which is what
//! lets an audit record announce an act before the act (SPEC section 12).

mod deliveries;
mod figures;
mod flights;
mod index;
mod leases;
mod outbox;
mod records;
mod requests;
mod standings;
mod supervisions;

use std::{collections::HashMap, path::Path, time::Duration};

use jiff::Timestamp;
use sqlx::{
    SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use index::SqliteIndex;

use super::{Claim, Claimed, Store, StoreError};
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::{Departure, Flight, Owner},
    id::{AgentId, HandoffId},
    outbox::Letter,
    text::Plain,
};

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
    let step = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        step(1, "start", include_str!("../../assets/schema/sqlite/0001_start.sql")),
        step(2, "handoffs", include_str!("../../assets/schema/sqlite/0002_handoffs.sql")),
        step(3, "supervisions", include_str!("../../assets/schema/sqlite/0003_supervisions.sql")),
        step(4, "released", include_str!("../../assets/schema/sqlite/0004_released.sql")),
        step(5, "requests", include_str!("../../assets/schema/sqlite/0005_requests.sql")),
        step(6, "deliveries", include_str!("../../assets/schema/sqlite/0006_deliveries.sql")),
        step(7, "figures", include_str!("../../assets/schema/sqlite/0007_figures.sql")),
    ])
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
        let mut connection = self.pool.acquire().await.map_err(&failed)?;
        records::insert(&mut connection, entry, now).await.map_err(failed)
    }

    async fn page(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        records::page(&self.pool, before, limit).await.map_err(error("read the audit log"))
    }

    async fn claim(
        &self,
        claim: &Claim,
        now: Timestamp,
        life: Duration,
    ) -> Result<Claimed, StoreError> {
        flights::claim(&self.pool, claim, now, life).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        flights::release(&self.pool, claim).await
    }

    async fn begin(
        &self,
        entry: AuditEntry,
        flight: &Flight,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        flights::begin(&self.pool, entry, flight, now).await
    }

    async fn depart(&self, claim: &Claim, departure: &Departure) -> Result<bool, StoreError> {
        flights::depart(&self.pool, claim, departure).await
    }

    async fn finish(
        &self,
        entry: AuditEntry,
        letters: &[Letter],
        handoff: &HandoffId,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        flights::finish(&self.pool, entry, letters, handoff, now).await
    }

    async fn flights(&self) -> Result<Vec<Flight>, StoreError> {
        flights::flights(&self.pool).await
    }

    async fn take_over(
        &self,
        flight: &Flight,
        to: &Owner,
        now: Timestamp,
        life: Duration,
    ) -> Result<bool, StoreError> {
        flights::take_over(&self.pool, flight, to, now, life).await
    }

    async fn handed(&self, since: Timestamp) -> Result<HashMap<AgentId, u32>, StoreError> {
        flights::handed(&self.pool, since).await
    }
}
