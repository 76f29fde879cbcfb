//! The feeds, each a task of its own.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::{
    engine::poll::{Feeder, keep},
    genesys::{Feed, Genesys, Pace},
};

/// Starts all that this dialect has.
pub(super) fn start<G: Genesys>(feeder: &Feeder<G>) -> JoinSet<()> {
    let mut feeds = JoinSet::new();
    for &(feed, pace) in feeder.genesys.feeds() {
        feeds.spawn(watch_over(feeder.clone(), feed, pace));
    }
    feeds
}

/// Keeps a feed, and begins again should it ever panic: one bad answer must not blind the console.
async fn watch_over<G: Genesys>(feeder: Feeder<G>, feed: Feed, pace: Pace) {
    let mut one = JoinSet::new();
    loop {
        one.spawn(keep(feeder.clone(), feed, pace));
        match one.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(?feed, %error, "a feed has failed and begins again");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            _ => return,
        }
    }
}
