//! An index of the log in an SQLite file of its own, beside the store: pieces of terms and postings are
//! tables of FTS5, which tell numbers only (detail=none).
//!
//! The file can be lost without loss. It must not be wrong, though, for what it does not know is not found:
//! so it is written ahead and synced at checkpoints, which costs nobody anything but the indexer.

mod filing;
mod finding;

use std::{ops::RangeInclusive, path::Path, path::PathBuf, time::Duration};

use sqlx::{
    AssertSqlSafe, Row, Sqlite as Engine, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Mutex;

use super::{fingerprint, vocabulary::Vocabulary};
use crate::{
    domain::{
        audit::{Head, Sealed},
        query::Narrow,
    },
    store::{
        Indexed, Plan, Search, StoreError,
        sql::{error, open::make_private},
    },
};

const SCHEMA: &str = include_str!("../../../../assets/schema/sqlite/search.sql");
const TABLES: [&str; 5] = ["about", "terms", "grams", "postings", "numbers"];

/// How long others are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An index in one SQLite file.
#[derive(Debug)]
pub struct SqliteIndex {
    pool: SqlitePool,
    /// What the one who files has seen last. Reading never waits for it.
    vocabulary: Mutex<Vocabulary>,
}

impl SqliteIndex {
    /// Where the index of a store is.
    pub fn beside(store: &Path) -> PathBuf {
        let stem = store.file_stem().unwrap_or_default().to_string_lossy();
        store.with_file_name(format!("{stem}-search.db"))
    }

    /// Opens the file to file in it, or makes it, readable by its owner alone. One that is no index of this
    /// version is begun anew.
    ///
    /// # Errors
    /// If the file can't be made, opened or written: then [`Unindexed`](crate::store::Unindexed) does.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        match Self::try_open(path).await {
            Err(sqlx::Error::Database(e)) if is_no_database(e.as_ref()) => {
                discard(path);
                Self::try_open(path).await
            }
            opened => opened,
        }
        .map_err(error("open the search index"))
    }

    /// Opens the file to search in it, and changes nothing. `None` if another version keeps it.
    ///
    /// # Errors
    /// If the file can't be read, or is no index.
    pub async fn look(path: &Path) -> Result<Option<Self>, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let options = options.busy_timeout(PATIENCE).pragma("query_only", "ON");
        let looked = async {
            let pool = SqlitePoolOptions::new().max_connections(3).connect_with(options).await?;
            let known = version(&mut *pool.acquire().await?).await?;
            let index = Self { pool, vocabulary: Mutex::default() };
            Ok((known == Some(fingerprint())).then_some(index))
        };
        looked.await.map_err(error("open the search index"))
    }

    async fn try_open(path: &Path) -> Result<Self, sqlx::Error> {
        make_private(path).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", "-32000")
            .pragma("mmap_size", "1073741824")
            .pragma("wal_autocheckpoint", "8000");
        let pool = SqlitePoolOptions::new().max_connections(3).connect_with(options).await?;
        let index = Self { pool, vocabulary: Mutex::default() };
        index.prepare().await?;
        Ok(index)
    }

    /// Begins it anew for the log that ends with `head`, and leaves nothing in the file of what it held.
    ///
    /// # Errors
    /// If the file can't be written, or others are at it for too long.
    pub async fn erase(&self, head: &Head) -> Result<(), StoreError> {
        self.renew(head).await?;
        let emptied = async {
            sqlx::raw_sql("VACUUM").execute(&self.pool).await?;
            sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await
        };
        emptied.await.map(drop).map_err(error("empty the search index"))
    }

    /// Makes the tables, unless they are there.
    async fn prepare(&self) -> Result<(), sqlx::Error> {
        let mut write = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if version(&mut write).await? != Some(fingerprint()) {
            make_tables(&mut write, 0).await?;
        }
        write.commit().await
    }

    /// A transaction of who writes.
    async fn write(&self) -> Result<Transaction<'static, Engine>, sqlx::Error> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }
}

/// Which version keeps what is in the file, if any does.
async fn version(file: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let known = "SELECT count(*) FROM sqlite_schema WHERE name = 'about'";
    let known: i64 = sqlx::query(known).fetch_one(&mut *file).await?.try_get(0)?;
    if known == 0 {
        return Ok(None);
    }
    let row = sqlx::query("SELECT version FROM about").fetch_one(file).await?;
    Ok(row.try_get(0).ok())
}

fn is_no_database(error: &dyn sqlx::error::DatabaseError) -> bool {
    // SQLITE_CORRUPT and SQLITE_NOTADB.
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(11 | 26))
}

fn discard(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // What can't be removed is told when it can't be opened.
        _ = std::fs::remove_file(name);
    }
}

async fn make_tables(write: &mut SqliteConnection, generation: i64) -> Result<(), sqlx::Error> {
    for table in TABLES {
        let sql = format!("DROP TABLE IF EXISTS {table}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *write).await?;
    }
    sqlx::raw_sql(SCHEMA).execute(&mut *write).await?;
    sqlx::query("INSERT INTO about (id, version, generation) VALUES (1, ?, ?)")
        .bind(fingerprint())
        .bind(generation)
        .execute(&mut *write)
        .await?;
    Ok(())
}

impl Search for SqliteIndex {
    async fn indexed(&self) -> Result<Option<Indexed>, StoreError> {
        let failed = error("read the search index");
        let mut connection = self.pool.acquire().await.map_err(&failed)?;
        let about = finding::about(&mut connection).await.map_err(failed)?;
        Ok(about.indexed)
    }

    async fn renew(&self, head: &Head) -> Result<(), StoreError> {
        self.begin_anew(head).await.map_err(error("begin the search index anew"))
    }

    async fn file(&self, after: &Indexed, records: &[Sealed]) -> Result<bool, StoreError> {
        self.add(after, records).await.map_err(error("write the search index"))
    }

    async fn tidy(&self) -> Result<(), StoreError> {
        self.merge().await.map_err(error("tidy the search index"))
    }

    async fn plan(&self, narrow: &Narrow) -> Result<Plan, StoreError> {
        finding::plan(&self.pool, narrow).await.map_err(error("search the index"))
    }

    async fn candidates(
        &self,
        plan: &Plan,
        numbers: RangeInclusive<i64>,
        limit: u32,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        let found = finding::candidates(&self.pool, plan, numbers, limit).await;
        found.map_err(error("search the index"))
    }
}
