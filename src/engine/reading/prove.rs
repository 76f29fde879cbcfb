//! Checking the chain behind somebody who goes on working.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};

use super::LogNews;
use crate::{
    domain::text::Plain,
    engine::proof::{Claimed, Progress, verify},
    store::Journal,
};

/// How often it is told how far it has come.
pub const TOLD: Duration = Duration::from_millis(250);

/// Checks the whole log. Dropped, it stops.
pub async fn prove<J: Journal>(journal: &Arc<J>, news: &mpsc::Sender<LogNews>) {
    let progress = watch::Sender::<Progress>::default();
    let all = Claimed { from: 1, checkpoints: Vec::new() };
    let proof = verify(journal, &all, &progress);
    tokio::pin!(proof);
    let mut due = interval(TOLD);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let last = loop {
        tokio::select! {
            proved = &mut proof => break match proved {
                Ok(verified) => LogNews::Verified(Box::new(verified)),
                Err(error) => LogNews::NotVerified(Plain::new(&error.to_string())),
            },
            _ = due.tick() => {
                let so_far = *progress.borrow();
                if news.send(LogNews::Verifying(so_far)).await.is_err() {
                    return;
                }
            }
        }
    };
    let _ = news.send(last).await;
}
