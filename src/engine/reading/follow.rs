//! Tells every record that comes into the log, whoever writes it: in its order, each once.
//!
//! This task alone knows which numbers were told. After an error, and after a connection was lost, it goes
//! on behind the last one of them.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc, watch},
    time::sleep,
};

use super::LogNews;
use crate::{
    domain::audit::Sealed,
    store::{Journal, StoreError},
};

/// Records that are told together.
const BATCH: u32 = 256;
/// The store is asked again after so long, should it have heard of nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// After an error.
const PAUSE: Duration = Duration::from_millis(500);

/// What wakes the one who follows.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    /// The newest number that was told, at first with the first page; nothing is read before that is known.
    start: watch::Sender<Option<i64>>,
    /// A record of this process is there: it need not be waited for.
    wake: Arc<Notify>,
}

impl Follower {
    /// Tells what comes behind this record, unless that is being told already.
    pub fn begin(&self, newest: i64) {
        self.start.send_if_modified(|start| {
            let first = start.is_none();
            start.get_or_insert(newest);
            first
        });
    }

    /// True if what comes is being told.
    pub fn has_begun(&self) -> bool {
        self.start.borrow().is_some()
    }

    /// Looks at once.
    pub fn look(&self) {
        self.wake.notify_one();
    }

    /// Follows the log until nobody listens.
    pub async fn follow<J: Journal>(self, journal: Arc<J>, news: mpsc::Sender<LogNews>) {
        let mut start = self.start.subscribe();
        let Ok(Some(mut told)) = start.wait_for(Option::is_some).await.map(|start| *start) else {
            return;
        };
        loop {
            let sealed = match journal.sealed(told + 1, BATCH).await {
                Ok(sealed) => sealed,
                Err(error) => {
                    pause(&error).await;
                    continue;
                }
            };
            let Some(last) = sealed.last() else {
                self.rest(&*journal, told).await;
                continue;
            };
            told = last.seq;
            let records = sealed.iter().map(Sealed::shown).collect();
            if news.send(LogNews::Grown(records)).await.is_err() {
                return;
            }
            // Whoever follows after a defect of ours begins here.
            self.start.send_replace(Some(told));
        }
    }

    /// Waits until there may be more.
    async fn rest(&self, journal: &impl Journal, told: i64) {
        tokio::select! {
            () = self.wake.notified() => {}
            grown = journal.grown(told, PATIENCE) => if let Err(error) = grown {
                pause(&error).await;
            },
        }
    }
}

async fn pause(error: &StoreError) {
    tracing::debug!(%error, "the audit log is not followed for a moment");
    sleep(PAUSE).await;
}
