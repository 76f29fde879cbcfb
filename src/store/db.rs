//! One way to speak to two database engines: the same text of SQL, the same values, the same rows.
//!
//! Only as much as the store needs: placeholders are `$1`, `$2`, …, which both engines number; booleans are
//! the integers 0 and 1; moments are milliseconds. What the store asks is in [`super::sql`].
//!
//! Writers go one after another in both engines. SQLite has no other way; PostgreSQL is held to it by one
//! lock that every writing transaction takes first. So what reads before it writes needs to be thought
//! through once, and is tested in both.

mod row;
pub mod server;
mod value;

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::{
    Executor, PgPool, Postgres, SqlSafeStr, SqlStr, Sqlite, SqlitePool, postgres::PgArguments,
    query::Query, sqlite::SqliteArguments,
};

pub use self::{row::Row, value::Bind};
use self::{
    server::{answered, connected},
    value::Value,
};
use crate::policy::privacy::Privacy;

/// The lock of whoever writes, among all that PostgreSQL's advisory locks are used for in one database.
const WRITERS: i64 = 0x666c_6f6f_7277_616c;

/// Whoever waits for longer than this to write, or forgets in the middle that it was writing, is told so:
/// the same patience as with SQLite's file.
const PATIENCE: &str = "5s";

/// Where those listen who follow the audit log.
pub const GROWN: &str = "floorwalker_audit";

/// A few connections to one database, and what may be kept of people in what is written through them.
#[derive(Clone)]
pub struct Pool {
    /// Where to.
    pub to: Connections,
    /// What the audit log keeps.
    pub privacy: Privacy,
}

/// A few connections.
#[derive(Clone)]
pub enum Connections {
    /// To a file.
    Sqlite(SqlitePool),
    /// To a server.
    Postgres(PgPool),
}

/// The options that a pool was made with may hold a password.
impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.to {
            Connections::Sqlite(_) => "SQLite",
            Connections::Postgres(_) => "PostgreSQL",
        })
    }
}

impl Pool {
    /// Begins to write. Nobody else does until this ends.
    ///
    /// # Errors
    /// If the database can't be reached, or others write for too long.
    pub async fn write(&self) -> Result<Tx, sqlx::Error> {
        let at = match &self.to {
            Connections::Sqlite(pool) => Begun::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Connections::Postgres(pool) => {
                // What was read before the others had written would be stale: others' settings don't count.
                let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
                let alone = format!(
                    "SET LOCAL lock_timeout = '{PATIENCE}';
                     SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE}';
                     SELECT pg_advisory_xact_lock({WRITERS})"
                );
                Begun::Postgres(answered(server::begun(pool, begin, alone)).await?)
            }
        };
        Ok(Tx { at, privacy: self.privacy })
    }

    /// Overwrites what was removed, where the database keeps it in places that nobody reads any more.
    /// False if others read just now what was there before: then it goes when they have.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn scrub(&self) -> Result<bool, sqlx::Error> {
        match &self.to {
            Connections::Sqlite(pool) => {
                let row = pool.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await?;
                Ok(Row::from(row).read::<i64>(0)? == 0)
            }
            Connections::Postgres(pool) => {
                const TABLES: &str = "VACUUM audit, outbox, deliveries, requests, calls, turns, \
                                      supervisions, handoffs";
                pool.execute(TABLES).await.map(|_| true)
            }
        }
    }
}

/// A transaction that may write. Dropped without [`Tx::commit`], it has never been.
pub struct Tx {
    /// Where it was begun.
    pub at: Begun,
    /// What the audit log keeps.
    pub privacy: Privacy,
}

/// A transaction.
pub enum Begun {
    /// In a file.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On a server.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    /// True in a file.
    pub fn is_in_file(&self) -> bool {
        matches!(self.at, Begun::Sqlite(_))
    }

    /// Tells all who listen that the audit log has grown up to `newest`, once this is on disk. Of a file
    /// nobody can be told; they look.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn announce(&mut self, newest: i64) -> Result<(), sqlx::Error> {
        if let Begun::Postgres(_) = self.at {
            let query = sql("SELECT pg_notify($1, $2)").bind(GROWN).bind(newest.to_string());
            query.row(&mut *self).await?;
        }
        Ok(())
    }

    /// Makes it so, all or nothing. When this returns, it is on disk.
    ///
    /// # Errors
    /// If the database fails. On a server that went away meanwhile, it may have happened nevertheless.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.at {
            Begun::Sqlite(tx) => tx.commit().await,
            Begun::Postgres(tx) => answered(tx.commit()).await,
        }
    }
}

/// Where something is read: what everybody sees, or what one's own transaction has made of it.
pub enum Source<'a> {
    /// What everybody sees.
    Pool(&'a Connections),
    /// What one's own transaction sees.
    Tx(&'a mut Begun),
}

impl<'a> From<&'a Pool> for Source<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self::Pool(&pool.to)
    }
}

impl<'a> From<&'a mut Tx> for Source<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(&mut tx.at)
    }
}

/// A statement that both engines understand.
pub fn sql(text: impl SqlSafeStr) -> Sql {
    Sql { text: text.into_sql_str(), values: Vec::new(), once: false }
}

/// A statement and the values of its placeholders.
#[derive(Clone)]
#[must_use]
pub struct Sql {
    text: SqlStr,
    values: Vec<Value>,
    once: bool,
}

impl Sql {
    /// The value of the next placeholder.
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.value());
        self
    }

    /// Says that this text does not come again: it is not kept prepared.
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// Runs it. How many rows it touched.
    ///
    /// # Errors
    /// If the database refuses or fails.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, sqlx::Error> {
        match &mut tx.at {
            Begun::Sqlite(tx) => Ok(self.sqlite().execute(&mut **tx).await?.rows_affected()),
            Begun::Postgres(tx) => {
                let done = answered(self.postgres().execute(&mut **tx)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Runs it in a file, where a statement is a transaction of its own. How many rows it touched.
    ///
    /// # Errors
    /// If the database refuses or fails.
    pub async fn alone(self, file: &SqlitePool) -> Result<u64, sqlx::Error> {
        Ok(self.sqlite().execute(file).await?.rows_affected())
    }

    /// Runs it in a transaction of its own. How many rows it touched.
    ///
    /// # Errors
    /// If the database can't be reached, refuses or fails.
    pub async fn write(self, pool: &Pool) -> Result<u64, sqlx::Error> {
        let mut tx = pool.write().await?;
        let touched = self.execute(&mut tx).await?;
        tx.commit().await?;
        Ok(touched)
    }

    /// All rows.
    ///
    /// # Errors
    /// If the database can't be reached, refuses or fails.
    pub async fn rows(self, from: impl Into<Source<'_>>) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match from.into() {
            Source::Pool(Connections::Sqlite(pool)) => all(self.sqlite().fetch_all(pool).await?),
            Source::Pool(Connections::Postgres(pool)) => {
                let mut connection = connected(pool).await?;
                all(answered(self.postgres().fetch_all(&mut *connection)).await?)
            }
            Source::Tx(Begun::Sqlite(tx)) => all(self.sqlite().fetch_all(&mut **tx).await?),
            Source::Tx(Begun::Postgres(tx)) => {
                all(answered(self.postgres().fetch_all(&mut **tx)).await?)
            }
        })
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// If the database can't be reached, refuses or fails.
    pub async fn maybe(self, from: impl Into<Source<'_>>) -> Result<Option<Row>, sqlx::Error> {
        Ok(match from.into() {
            Source::Pool(Connections::Sqlite(pool)) => {
                self.sqlite().fetch_optional(pool).await?.map(Row::from)
            }
            Source::Pool(Connections::Postgres(pool)) => {
                let mut connection = connected(pool).await?;
                answered(self.postgres().fetch_optional(&mut *connection)).await?.map(Row::from)
            }
            Source::Tx(Begun::Sqlite(tx)) => {
                self.sqlite().fetch_optional(&mut **tx).await?.map(Row::from)
            }
            Source::Tx(Begun::Postgres(tx)) => {
                answered(self.postgres().fetch_optional(&mut **tx)).await?.map(Row::from)
            }
        })
    }

    /// The one row that there is.
    ///
    /// # Errors
    /// If there is none, or the database can't be reached, refuses or fails.
    pub async fn row(self, from: impl Into<Source<'_>>) -> Result<Row, sqlx::Error> {
        self.maybe(from).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// All rows, one by one: many take no memory.
    pub fn stream(self, pool: &Pool) -> BoxStream<'_, Result<Row, sqlx::Error>> {
        match &pool.to {
            Connections::Sqlite(pool) => self.sqlite().fetch(pool).map_ok(Row::from).boxed(),
            Connections::Postgres(pool) => self.postgres().fetch(pool).map_ok(Row::from).boxed(),
        }
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let bind = |query: Query<'static, Sqlite, SqliteArguments>, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
        self.values.into_iter().fold(sqlx::query(self.text).persistent(!self.once), bind)
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        let bind = |query: Query<'static, Postgres, PgArguments>, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
        self.values.into_iter().fold(sqlx::query(self.text).persistent(!self.once), bind)
    }
}

fn all<R: Into<Row>>(rows: Vec<R>) -> Vec<Row> {
    rows.into_iter().map(Into::into).collect()
}
