//! Checking the chain behind somebody who goes on working.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};

use super::{LogNews, Proved};
use crate::{
    domain::text::Plain,
    engine::proof::{Claimed, Progress, Unproved, verify, witness::Witness},
    store::Journal,
};

/// How often it is told how far it has come.
pub const TOLD: Duration = Duration::from_millis(250);

/// Checks the whole log, also against the checkpoints there are. Dropped, it stops.
pub async fn prove<J: Journal>(journal: &Arc<J>, witness: &Witness, news: &mpsc::Sender<LogNews>) {
    let progress = watch::Sender::<Progress>::default();
    let proof = held(journal, witness, &progress);
    tokio::pin!(proof);
    let mut due = interval(TOLD);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let last = loop {
        tokio::select! {
            proved = &mut proof => break match proved {
                Ok(proved) => LogNews::Verified(Box::new(proved)),
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

async fn held<J: Journal>(
    journal: &Arc<J>,
    witness: &Witness,
    progress: &watch::Sender<Progress>,
) -> Result<Proved, Unproved> {
    let (testimony, mut refused) = match witness.testify().await {
        Ok(testimony) => {
            let refused = testimony.refused.iter().map(|why| Plain::new(&why.to_string()));
            let refused = refused.collect();
            (testimony, refused)
        }
        Err(error) => {
            let why = format!("the checkpoints can't be read: {error}");
            (Default::default(), vec![Plain::new(&why)])
        }
    };
    let all = Claimed { from: 1, checkpoints: testimony.checkpoints };
    let verified = verify(journal, &all, progress).await?;
    refused.extend(verified.strangers.iter().map(|stranger| Plain::new(&stranger.to_string())));
    Ok(Proved { verified, refused })
}
