//! The index of the log: in a file of its own beside a store in a file, in tables of its own beside one on a
//! server. Which it is nobody else needs to know.
//!
//! ```text
//! terms     the vocabulary: field and counter → term
//! grams     three letters → terms that hold them               (so any piece of a term is found)
//! postings  term → records that have it, newest first
//! numbers   field, number → record
//! ```
//!
//! A word is looked up twice: which terms hold it, then which records have those terms. A term may stand in
//! the vocabulary more than once: it is looked for among those seen last only, and both are found.
//!
//! What both file, and what they look for, is the same, here: [`filing`], [`finding`], [`vocabulary`].

mod file;
mod filing;
mod finding;
mod server;
mod vocabulary;

use std::{ops::RangeInclusive, path::PathBuf};

use sqlx::{Row as _, SqlitePool};

pub use file::SqliteIndex;
pub use server::PostgresIndex;

use super::{Database, error};
use crate::{
    domain::{
        audit::{AuditRecord, Head, Sealed},
        query::{Kind, Narrow, Subject},
    },
    store::{
        Indexed, Journal, Plan, Search, StoreError, Unindexed,
        db::{Connections, Row},
    },
};

/// Raised when the same records would be filed otherwise.
const VERSION: u32 = 1;

/// The index of a store.
#[derive(Debug)]
pub enum Index {
    /// Of one in a file.
    File(SqliteIndex),
    /// Of one on a server.
    Server(PostgresIndex),
    /// There is none.
    None(Unindexed),
}

impl Database {
    /// The store's index to file in, made where there is none. One that can't be opened is none: then searching is slow,
    /// and nothing else is wrong.
    pub async fn index(&self) -> Index {
        let opened = match self.place().await {
            Ok(Place::Nowhere) => return Index::None(Unindexed),
            Ok(place) => place.open().await,
            Err(error) => Err(error),
        };
        opened.unwrap_or_else(|error| {
            tracing::warn!("searching without an index: {error}");
            Index::None(Unindexed)
        })
    }

    /// The store's index to search in, where somebody has made one that this version can read. Only who
    /// files makes one, or makes it anew.
    ///
    /// # Errors
    /// If there is one that can't be opened.
    pub async fn made_index(&self) -> Result<Index, StoreError> {
        let made = match self.place().await? {
            Place::Beside(path) if !path.exists() => None,
            Place::Beside(path) => SqliteIndex::look(&path).await?.map(Index::File),
            Place::Server(pool) => PostgresIndex::look(pool).await?.map(Index::Server),
            Place::Nowhere => None,
        };
        Ok(made.unwrap_or(Index::None(Unindexed)))
    }

    /// Leaves nothing on the disk of what the store's index holds, whichever version keeps it.
    ///
    /// # Errors
    /// If it can't be written, or others are at it for too long.
    pub async fn erase_index(&self) -> Result<(), StoreError> {
        let index = match self.place().await? {
            // Where there is none, nothing is in it.
            Place::Beside(path) if !path.exists() => return Ok(()),
            place => place.open().await?,
        };
        index.erase(&self.head().await?).await
    }

    /// Where the store's index is.
    async fn place(&self) -> Result<Place, StoreError> {
        Ok(match &self.pool.to {
            Connections::Sqlite(pool) if is_only_read(pool).await? => Place::Nowhere,
            Connections::Sqlite(pool) => {
                Place::Beside(SqliteIndex::beside(pool.connect_options().get_filename()))
            }
            Connections::Postgres(pool) => Place::Server(pool.clone()),
        })
    }
}

/// Where an index is.
enum Place {
    /// In this file.
    Beside(PathBuf),
    /// On this server.
    Server(sqlx::PgPool),
    /// Beside what is only read, nothing is made.
    Nowhere,
}

impl Place {
    async fn open(self) -> Result<Index, StoreError> {
        Ok(match self {
            Self::Beside(path) => Index::File(SqliteIndex::open(&path).await?),
            Self::Server(pool) => Index::Server(PostgresIndex::open(pool).await?),
            Self::Nowhere => Index::None(Unindexed),
        })
    }
}

async fn is_only_read(pool: &SqlitePool) -> Result<bool, StoreError> {
    let row = sqlx::query("PRAGMA query_only").fetch_one(pool).await;
    let set: Result<i64, _> = row.and_then(|row| row.try_get(0));
    set.map(|set| set != 0).map_err(error("find the search index"))
}

impl Index {
    /// True if there is one.
    pub fn is_some(&self) -> bool {
        !matches!(self, Self::None(_))
    }

    /// Begins it anew for the log that ends with `head`, and leaves nothing on the disk of what it held.
    async fn erase(&self, head: &Head) -> Result<(), StoreError> {
        match self {
            Self::File(index) => index.erase(head).await,
            // Emptied tables are new files, and the old ones go.
            Self::Server(index) => index.renew(head).await,
            Self::None(_) => Ok(()),
        }
    }
}

/// Asks the one that it is.
macro_rules! asked {
    ($index:expr, $with:ident => $answer:expr) => {
        match $index {
            Index::File($with) => $answer,
            Index::Server($with) => $answer,
            Index::None($with) => $answer,
        }
    };
}

impl Search for Index {
    async fn indexed(&self) -> Result<Option<Indexed>, StoreError> {
        asked!(self, index => index.indexed().await)
    }

    async fn renew(&self, head: &Head) -> Result<(), StoreError> {
        asked!(self, index => index.renew(head).await)
    }

    async fn file(&self, after: &Indexed, records: &[Sealed]) -> Result<bool, StoreError> {
        asked!(self, index => index.file(after, records).await)
    }

    async fn tidy(&self) -> Result<(), StoreError> {
        asked!(self, index => index.tidy().await)
    }

    async fn plan(&self, narrow: &Narrow) -> Result<Plan, StoreError> {
        asked!(self, index => index.plan(narrow).await)
    }

    async fn candidates(
        &self,
        plan: &Plan,
        numbers: RangeInclusive<i64>,
        limit: u32,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        asked!(self, index => index.candidates(plan, numbers, limit).await)
    }
}

/// What is filed, and how: an index of another one is of no use.
fn fingerprint() -> String {
    let names = AuditRecord::FIELDS.iter().map(|field| field.name);
    format!("{VERSION}:{}", names.collect::<Vec<_>>().join(","))
}

/// The place of a field that is filed by its text, or as a number.
fn place(name: &str) -> Option<usize> {
    let filed = |kind| matches!(kind, Kind::Text | Kind::Span { .. });
    AuditRecord::FIELDS.iter().position(|field| field.name == name && filed(field.kind))
}

/// What an index says of itself.
struct About {
    /// Which filling of it this is.
    generation: i64,
    /// How far it goes; `None` before it has begun.
    indexed: Option<Indexed>,
}

impl About {
    /// The columns that are read.
    const COLUMNS: &str = "version, generation, log, upto, hash, begun";

    /// As a row of them has it. One that another version keeps says nothing to us.
    fn of(row: &Row) -> Result<Self, sqlx::Error> {
        if row.text("version")? != Some(&*fingerprint()) {
            return Err(sqlx::Error::Protocol("another version of floorwalker keeps it".into()));
        }
        let generation = row.read("generation")?;
        let (Some(log), Some(hash)) = (row.text("log")?, row.text("hash")?) else {
            return Ok(Self { generation, indexed: None });
        };
        let unreadable = |e| sqlx::Error::Decode(Box::new(e));
        let indexed = Indexed {
            log: log.parse().map_err(unreadable)?,
            upto: row.read("upto")?,
            hash: hash.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            begun: row.read("begun")?,
        };
        Ok(Self { generation, indexed: Some(indexed) })
    }
}
