//! An index of the log in tables beside it, on a PostgreSQL server: pieces of terms by trigrams (where the
//! server has them), postings by an inverted index over the tokens of each record.
//!
//! Who files takes turns with others who do, and never keeps anybody waiting who writes to the log. What is
//! filed need not be on disk at once: what a server forgets that stops, it forgets from the end, and it is
//! filed again.

mod filing;
mod finding;

use std::ops::RangeInclusive;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::Mutex;

use super::{About, fingerprint, vocabulary::Vocabulary};
use crate::{
    domain::{
        audit::{Head, Sealed},
        query::Narrow,
    },
    store::{Indexed, Plan, Search, StoreError, db::Row, sql::error},
};

/// The lock of whoever files: not the one of those who write to the log.
const FILING: i64 = 0x666c_6f6f_7269_6478;

/// Which version keeps it.
const VERSION: &str = "SELECT version FROM search_about";

/// How long others are waited for, and how long the server lets us be silent in the middle.
const PATIENCE: &str = "SET LOCAL lock_timeout = '5s';
    SET LOCAL idle_in_transaction_session_timeout = '30s'";

/// An index in tables of a server.
pub struct PostgresIndex {
    pool: PgPool,
    /// Whether the server finds pieces of terms by trigrams.
    has_grams: bool,
    /// What the one who files has seen last. Reading never waits for it.
    vocabulary: Mutex<Vocabulary>,
}

/// The options that the pool was made with may hold a password.
impl std::fmt::Debug for PostgresIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresIndex").field("has_grams", &self.has_grams).finish_non_exhaustive()
    }
}

impl PostgresIndex {
    /// Opens the index of the store that is reached by these connections, to file in it. One of another
    /// version is begun anew.
    ///
    /// # Errors
    /// If the server can't be reached, or its tables not be written.
    pub async fn open(pool: PgPool) -> Result<Self, StoreError> {
        let has_grams = match finding::has_grams(&pool).await {
            Ok(false) => match filing::make_grams(&pool).await {
                Ok(()) => true,
                Err(error) => {
                    tracing::info!(%error, "no trigrams: pieces of words are looked for one by one");
                    false
                }
            },
            known => known.map_err(error("open the search index"))?,
        };
        let index = Self { pool, has_grams, vocabulary: Mutex::default() };
        index.prepare().await.map_err(error("open the search index"))?;
        Ok(index)
    }

    /// Opens it to search in it, and changes nothing. `None` if nobody has filed anything yet, or another
    /// version keeps it.
    ///
    /// # Errors
    /// If the server can't be reached, or its tables not be read.
    pub async fn look(pool: PgPool) -> Result<Option<Self>, StoreError> {
        let looked = async {
            let known: Option<String> = sqlx::query_scalar(VERSION).fetch_optional(&pool).await?;
            if known.is_none_or(|version| version != fingerprint()) {
                return Ok(None);
            }
            let has_grams = finding::has_grams(&pool).await?;
            Ok(Some(Self { pool, has_grams, vocabulary: Mutex::default() }))
        };
        looked.await.map_err(error("open the search index"))
    }

    /// Makes the row that says what this is, unless it is there.
    async fn prepare(&self) -> Result<(), sqlx::Error> {
        let known: Option<String> = sqlx::query_scalar(VERSION).fetch_optional(&self.pool).await?;
        if known.is_some_and(|version| version == fingerprint()) {
            return Ok(());
        }
        let mut write = self.write().await?;
        // Somebody else may have been faster.
        let known: Option<String> = sqlx::query_scalar(VERSION).fetch_optional(&mut *write).await?;
        if known.is_none_or(|version| version != fingerprint()) {
            filing::empty(&mut write).await?;
        }
        write.commit().await
    }

    /// A transaction of the one who writes the index.
    async fn write(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut write = self.pool.begin().await?;
        let alone = format!("{PATIENCE}; SELECT pg_advisory_xact_lock({FILING})");
        sqlx::raw_sql(AssertSqlSafe(alone)).execute(&mut *write).await?;
        Ok(write)
    }
}

/// What the index says of itself, if it is ours.
async fn about(from: &mut PgConnection) -> Result<About, sqlx::Error> {
    let sql = format!("SELECT {} FROM search_about", About::COLUMNS);
    About::of(&Row::from(sqlx::query(AssertSqlSafe(sql)).fetch_one(from).await?))
}

impl Search for PostgresIndex {
    async fn indexed(&self) -> Result<Option<Indexed>, StoreError> {
        let failed = error("read the search index");
        let mut connection = self.pool.acquire().await.map_err(&failed)?;
        Ok(about(&mut connection).await.map_err(failed)?.indexed)
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
