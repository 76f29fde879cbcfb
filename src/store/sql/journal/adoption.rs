//! Takes over the records of another log as one whole: all that came, or nothing.
//!
//! Nobody else writes to the log from the beginning to the end of it, so nothing can come between; and what
//! was purged is never here without the record that says so, which stands behind it.

use super::{error, note_purge};
use crate::{
    domain::audit::{AuditEvent, Head, LogName, Sealed, Verifier},
    store::{
        StoreError,
        db::{Pool, Tx, sql},
        sql::records::{self, End},
    },
};

const OPERATION: &str = "take a log over";

/// Records that are being taken over. Dropped before [`Adoption::keep`], none of them has ever been here.
pub struct Adoption {
    tx: Tx,
    end: End,
    verifier: Verifier,
}

impl Adoption {
    /// Begins to take over records of `log`. `None` if the log here no longer ends with `here`.
    pub(super) async fn begin(
        pool: &Pool,
        here: &Head,
        log: &LogName,
    ) -> Result<Option<Self>, StoreError> {
        let failed = error(OPERATION);
        let mut tx = pool.write().await.map_err(&failed)?;
        let row = sql("SELECT name FROM log").row(&mut tx).await.map_err(&failed)?;
        let ours = records::name(&row).map_err(&failed)?;
        let mut end = records::end(&mut tx).await.map_err(&failed)?;
        if (&ours, end.seq, end.hash) != (&here.log, here.size, here.hash) {
            return Ok(None);
        }
        if ours != *log {
            if end.seq > 0 {
                return Err(refused(format!("this log is {ours}, not {log}")));
            }
            let rename = sql("UPDATE log SET name = $1").bind(log.as_str());
            rename.execute(&mut tx).await.map_err(&failed)?;
            end = records::end(&mut tx).await.map_err(failed)?;
        }
        let verifier = Verifier::new(end.seq + 1, end.hash);
        Ok(Some(Self { tx, end, verifier }))
    }

    /// Takes the next records over.
    ///
    /// # Errors
    /// If they do not follow, or the store can't be written.
    pub async fn take(&mut self, sealed: &[Sealed]) -> Result<(), StoreError> {
        for record in sealed {
            self.verifier.check(record).map_err(|finding| refused(finding.to_string()))?;
        }
        self.write(sealed).await.map_err(error(OPERATION))
    }

    async fn write(&mut self, sealed: &[Sealed]) -> Result<(), sqlx::Error> {
        records::write(&mut self.tx, self.end.then(sealed)).await?;
        for record in sealed {
            self.end = self.end.after(record);
        }
        let purges = sealed.iter().filter(|record| record.event == AuditEvent::AuditPurged.name());
        for record in purges {
            let through = record.read().ok().and_then(|purge| purge.details["through"].as_i64());
            if let Some(through) = through {
                note_purge(&mut self.tx, through, record.seq).await?;
            }
        }
        Ok(())
    }

    /// Keeps all that was taken over.
    ///
    /// # Errors
    /// If some of it has lost its personal part though no purge among it speaks of that, or the store can't
    /// be written.
    pub async fn keep(self) -> Result<(), StoreError> {
        if let Some(robbed) = self.verifier.told().robbed() {
            return Err(refused(robbed.to_string()));
        }
        self.tx.commit().await.map_err(error(OPERATION))
    }
}

/// Says why nothing is taken over.
pub(super) fn refused(why: String) -> StoreError {
    StoreError { operation: OPERATION, cause: why.into() }
}
