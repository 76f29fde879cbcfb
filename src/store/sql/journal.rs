//! The log as a whole.

mod adoption;

use std::time::Duration;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use tokio::time::Instant;

pub use adoption::Adoption;

use self::adoption::refused;
use super::{Database, error, packed, records};
use crate::{
    domain::audit::{AuditEntry, AuditRecord, Filed, Head, LogName, Sealed},
    store::{
        Journal, StoreError,
        db::{Tx, sql},
    },
};

/// Records that lose their personal part in one go.
const AT_A_TIME: i64 = 2_000;

impl Database {
    /// Begins to take over records of `log`, as one whole. Nobody else writes until it ends, and they do not
    /// wait for longer than a few seconds. `None` if the log here no longer ends with `here`.
    ///
    /// # Errors
    /// If others write for too long, the log here is another and not empty, or the store can't be written.
    pub async fn adoption(
        &self,
        here: &Head,
        log: &LogName,
    ) -> Result<Option<Adoption>, StoreError> {
        Adoption::begin(&self.pool, here, log).await
    }
}

impl Journal for Database {
    async fn head(&self) -> Result<Head, StoreError> {
        let failed = error("read the audit log");
        let row = sql("SELECT name FROM log").row(&self.pool).await.map_err(&failed)?;
        let end = records::end(&self.pool).await.map_err(&failed)?;
        let log = records::name(&row).map_err(failed)?;
        Ok(Head { log, size: end.seq, hash: end.hash })
    }

    async fn sealed(&self, from: i64, limit: u32) -> Result<Vec<Sealed>, StoreError> {
        Ok(self.filed(from, limit).await?.into_iter().map(|filed| filed.sealed).collect())
    }

    async fn filed(&self, from: i64, limit: u32) -> Result<Vec<Filed>, StoreError> {
        packed::filed(&self.pool, from, limit).await.map_err(error("read the audit log"))
    }

    async fn pick(&self, numbers: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        let failed = error("read the audit log");
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let (columns, list) = (records::COLUMNS, list.join(", "));
        let text = format!("SELECT {columns} FROM audit WHERE seq IN ({list})");
        let rows = sql(AssertSqlSafe(text)).once().rows(&self.pool).await.map_err(&failed)?;
        let picked: Result<Vec<Sealed>, _> = rows.iter().map(records::sealed).collect();
        let mut picked = picked.map_err(failed)?;
        let place = |seq| numbers.iter().position(|number| *number == seq);
        picked.sort_by_cached_key(|sealed| place(sealed.seq));
        Ok(picked)
    }

    async fn written(&self, from: i64, until: i64) -> Result<Option<(i64, i64)>, StoreError> {
        records::written(&self.pool, from, until).await.map_err(error("read the audit log"))
    }

    async fn grown(&self, after: i64, patience: Duration) -> Result<bool, StoreError> {
        let until = Instant::now() + patience;
        let mut news = self.news.clone();
        loop {
            news.forget();
            let newest = sql("SELECT coalesce(max(seq), 0) FROM audit").row(&self.pool).await;
            let newest: i64 =
                newest.and_then(|row| row.read(0)).map_err(error("read the audit log"))?;
            if newest > after || Instant::now() >= until {
                return Ok(newest > after);
            }
            news.heard(until).await;
        }
    }

    async fn adopt(&self, head: &Head, sealed: &[Sealed]) -> Result<(), StoreError> {
        let here = self.head().await?;
        let adoption = self.adoption(&here, &head.log).await?;
        let grown = || refused("somebody else writes to the log here".into());
        let mut adoption = adoption.ok_or_else(grown)?;
        adoption.take(sealed).await?;
        adoption.keep().await
    }

    async fn purge(
        &self,
        through: i64,
        mut entry: AuditEntry,
        now: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        let failed = error("purge the audit log");
        let mut tx = self.pool.write().await.map_err(&failed)?;
        let row = sql("SELECT count(*) FROM audit
             WHERE seq <= $1 AND personal IS NOT NULL AND event <> 'audit_purged'")
        .bind(through)
        .row(&mut tx)
        .await;
        let count: i64 = row.and_then(|row| row.read(0)).map_err(&failed)?;
        entry.details["through"] = through.into();
        entry.details["records"] = count.into();
        let record = records::insert(&mut tx, entry, now).await.map_err(&failed)?;
        note_purge(&mut tx, through, record.seq).await.map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        // It may be gone from here on. A few at a time: others wait to write meanwhile.
        let mut removed = 0;
        for first in (1..=through).step_by(AT_A_TIME as usize) {
            let last = through.min(first + AT_A_TIME - 1);
            let few = sql("UPDATE audit SET personal = NULL WHERE seq >= $1 AND seq <= $2
                 AND personal IS NOT NULL AND event <> 'audit_purged'");
            removed += few.bind(first).bind(last).write(&self.pool).await.map_err(&failed)?;
        }
        Ok((removed, record))
    }
}

async fn note_purge(tx: &mut Tx, through: i64, record: i64) -> Result<(), sqlx::Error> {
    let query = sql("INSERT INTO purges (through, record) VALUES ($1, $2)");
    query.bind(through).bind(record).execute(tx).await.map(drop)
}
