//! Records from many at once share one sync: whoever comes while one group is being written goes with the
//! next. Nobody waits for a timer.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    error,
    records::{self, End},
};
use crate::{
    domain::audit::{AuditEntry, AuditRecord},
    store::{
        StoreError,
        db::{Connections, Pool, server::answered},
    },
};

/// The most that one group takes: more would keep others from writing for long.
const MOST: usize = 2_048;

struct Order {
    entry: AuditEntry,
    now: Timestamp,
    done: oneshot::Sender<Result<AuditRecord, StoreError>>,
}

/// Takes records, and writes them in groups.
#[derive(Clone, Debug)]
pub struct Appender {
    orders: mpsc::Sender<Order>,
}

impl Appender {
    /// Begins to take records. It ends with the last that could give it one.
    pub fn start(pool: Pool) -> Self {
        let (orders, taken) = mpsc::channel(MOST);
        tokio::spawn(write_groups(pool, taken));
        Self { orders }
    }

    /// Writes a record. When this returns, it is on disk.
    pub async fn append(
        &self,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        let (done, is_done) = oneshot::channel();
        let stopped = || error("write the audit log")(sqlx::Error::WorkerCrashed);
        self.orders.send(Order { entry, now, done }).await.map_err(|_| stopped())?;
        is_done.await.unwrap_or_else(|_| Err(stopped()))
    }
}

async fn write_groups(pool: Pool, mut taken: mpsc::Receiver<Order>) {
    let (mut group, mut known) = (Vec::new(), None);
    while taken.recv_many(&mut group, MOST).await > 0 {
        let (entries, waiting): (Vec<_>, Vec<_>) =
            group.drain(..).map(|order: Order| ((order.entry, order.now), order.done)).unzip();
        // Whatever becomes of one group, the next is written.
        let writing = AssertUnwindSafe(write_group(&pool, &mut known, entries)).catch_unwind();
        match writing.await.unwrap_or(Err(sqlx::Error::WorkerCrashed)) {
            Ok(records) => {
                for (done, record) in waiting.into_iter().zip(records) {
                    // Whoever asked may have gone; the record stays.
                    drop(done.send(Ok(record)));
                }
            }
            Err(cause) => {
                let failed = error("write the audit log")(cause);
                for done in waiting {
                    drop(done.send(Err(failed.clone())));
                }
            }
        }
    }
}

/// So few are written without a transaction around them.
const FEW: usize = 16;

/// `known` is where the chain ended when this task last wrote, if it knows.
async fn write_group(
    pool: &Pool,
    known: &mut Option<End>,
    entries: Vec<(AuditEntry, Timestamp)>,
) -> Result<Vec<AuditRecord>, sqlx::Error> {
    match &pool.to {
        Connections::Sqlite(file) if entries.len() <= FEW => {
            let end = match known.take() {
                Some(end) => end,
                None => records::end(pool).await?,
            };
            let (first, last) = (end.seq == 0, end.hash);
            if !first {
                let followed = end.followed(pool.privacy, entries.iter().cloned());
                if records::write_behind(last, followed.rows, file).await? {
                    *known = Some(followed.end);
                    return Ok(followed.records);
                }
            }
            // Others wrote meanwhile: in a transaction they wait.
            write_all(pool, entries).await
        }
        Connections::Sqlite(_) => {
            *known = None;
            write_all(pool, entries).await
        }
        Connections::Postgres(_) => answered(write_all(pool, entries)).await,
    }
}

async fn write_all(
    pool: &Pool,
    entries: Vec<(AuditEntry, Timestamp)>,
) -> Result<Vec<AuditRecord>, sqlx::Error> {
    let mut tx = pool.write().await?;
    let records = records::insert_all(&mut tx, entries).await?;
    tx.commit().await?;
    Ok(records)
}
