//! The store in a database: what is asked of it, in SQL that both engines understand ([`super::db`]).
//!
//! A commit returns when it is on disk, which is what lets an audit record announce an act before the act
//! (SPEC section 12). How each engine is brought to that is in [`open`].

mod append;
mod deeds;
mod deliveries;
mod figures;
mod flights;
mod index;
mod journal;
mod leases;
mod listen;
mod open;
mod outbox;
mod packed;
mod records;
mod requests;
mod retention;
mod standings;
mod supervisions;
mod unchained;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

pub use index::{Index, PostgresIndex, SqliteIndex};
pub use journal::Adoption;

use self::{append::Appender, listen::News};
use super::{Claim, Claimed, Stirs, Store, StoreError, db::Pool};
use crate::{
    domain::{
        audit::{AuditEntry, AuditRecord},
        flight::{Departure, Flight, Owner},
        id::{AgentId, HandoffId},
        outbox::Letter,
        text::Plain,
    },
    policy::privacy::Privacy,
};

/// The store in a database.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    appender: Appender,
    news: News,
}

impl Database {
    fn over(pool: Pool, news: News) -> Self {
        Self { appender: Appender::start(pool.clone()), news, pool }
    }

    /// The same store, whose audit log keeps so much of people from now on.
    #[must_use]
    pub fn with_privacy(self, privacy: Privacy) -> Self {
        Self::over(Pool { privacy, ..self.pool }, self.news)
    }
}

fn error(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |e| StoreError { operation, cause: Plain::new(&said(&e)) }
}

/// What went wrong, in the database's own words, without the place in its source where they stand.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        other => other.to_string(),
    }
}

impl Store for Database {
    async fn append(&self, entry: AuditEntry, now: Timestamp) -> Result<AuditRecord, StoreError> {
        self.appender.append(entry, now).await
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

    fn stirs(&self) -> Stirs {
        self.news.stirs()
    }

    async fn search_index(&self) -> Index {
        self.index().await
    }
}
