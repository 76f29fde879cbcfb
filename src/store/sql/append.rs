//! Records from many at once share one sync: whoever comes while one group is being written goes with the
//! next. Nobody waits for a timer.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    error,
    records::{self, Draft, End},
};
use crate::{
    domain::audit::{AuditEntry, AuditRecord},
    policy::privacy::Privacy,
    store::{
        StoreError,
        db::{Connections, Pool, server::answered},
    },
};

/// The most that one group takes: more would keep others from writing for long.
const MOST: usize = 2_048;

struct Order {
    draft: Draft,
    done: oneshot::Sender<Result<AuditRecord, StoreError>>,
}

/// Takes records, and writes them in groups.
#[derive(Clone, Debug)]
pub struct Appender {
    orders: mpsc::Sender<Order>,
    privacy: Privacy,
}

impl Appender {
    /// Begins to take records. It ends with the last that could give it one.
    pub fn start(pool: Pool) -> Self {
        let (orders, taken) = mpsc::channel(MOST);
        let privacy = pool.privacy;
        tokio::spawn(write_groups(pool, taken));
        Self { orders, privacy }
    }

    /// Writes a record. When this returns, it is on disk.
    pub async fn append(
        &self,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        let (done, is_done) = oneshot::channel();
        let stopped = || error("write the audit log")(sqlx::Error::WorkerCrashed);
        let draft = Draft::of(self.privacy, entry, now);
        self.orders.send(Order { draft, done }).await.map_err(|_| stopped())?;
        is_done.await.unwrap_or_else(|_| Err(stopped()))
    }
}

async fn write_groups(pool: Pool, mut taken: mpsc::Receiver<Order>) {
    let (mut group, mut known) = (Vec::new(), None);
    while taken.recv_many(&mut group, MOST).await > 0 {
        let (drafts, waiting): (Vec<_>, Vec<_>) =
            group.drain(..).map(|order: Order| (order.draft, order.done)).unzip();
        // Whatever becomes of one group, the next is written.
        let writing = AssertUnwindSafe(write_group(&pool, &mut known, drafts)).catch_unwind();
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
    drafts: Vec<Draft>,
) -> Result<Vec<AuditRecord>, sqlx::Error> {
    match &pool.to {
        Connections::Sqlite(file) if drafts.len() <= FEW => {
            let end = match known.take() {
                Some(end) => end,
                None => records::end(pool).await?,
            };
            let (first, last) = (end.seq == 0, end.hash);
            if !first {
                let followed = end.followed(drafts.clone());
                if records::write_behind(last, followed.rows, file).await? {
                    *known = Some(followed.end);
                    return Ok(followed.records);
                }
            }
            // Others wrote meanwhile: in a transaction they wait.
            write_all(pool, drafts).await
        }
        Connections::Sqlite(_) => {
            *known = None;
            write_all(pool, drafts).await
        }
        Connections::Postgres(_) => answered(write_all(pool, drafts)).await,
    }
}

async fn write_all(pool: &Pool, drafts: Vec<Draft>) -> Result<Vec<AuditRecord>, sqlx::Error> {
    let mut tx = pool.write().await?;
    let records = records::insert_all(&mut tx, drafts).await?;
    tx.commit().await?;
    Ok(records)
}
