//! The end of the engine, once nobody listens any more.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Engine, Inward};
use crate::{genesys::Genesys, store::Store};

/// How long the engine waits at its end for handoffs that have left.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// … and then for their last line in the audit log.
const LAST_WRITE: Duration = Duration::from_millis(700);

impl<G: Genesys, S: Store> Engine<G, S> {
    /// The console has gone: what has not left is called back, what has left is seen to its end.
    pub(super) async fn settle(mut self, inbox: &mut mpsc::Receiver<Inward>) {
        // First of all: others keep our sessions from this moment on.
        self.wards.asks = None;
        self.front.asks = None;
        self.posts.leave();
        self.reader.leave();
        self.listening.clear();
        self.batches.values().for_each(CancellationToken::cancel);
        self.handoffs.values().for_each(|held| held.reins.cancel.cancel());
        let leave = tokio::time::sleep(LAST_WAIT);
        let end = tokio::time::sleep(LAST_WAIT + LAST_WRITE);
        tokio::pin!(leave, end);
        let leaving = self.desk.leaving.clone();
        loop {
            tokio::select! {
                // What is not known by now is written down as that.
                () = &mut leave, if !leaving.is_cancelled() => leaving.cancel(),
                () = &mut end => return,
                Some(_) = inbox.recv() => {}
                done = self.tasks.join_next() => if done.is_none() { return },
            }
        }
    }
}
