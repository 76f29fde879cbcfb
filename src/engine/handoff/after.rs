//! What follows a handoff that has arrived: its reason, its place in the new queue.
//!
//! A success stays a success (SPEC section 7): what fails here is tried again on its own, and recorded.

use std::time::Duration;

use super::Handoff;
use crate::{
    domain::{audit::AuditEvent, handoff::Step, text::Plain},
    genesys::{Error, Genesys, Write, error::Kind},
    store::Store,
};

/// When what failed is tried again.
const AGAIN: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// The patience of whoever stays anyway: nothing of it is left out.
pub const ALL_DAY: Duration = Duration::MAX;

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Sends what follows; what has to be tried again.
    pub(super) async fn send_after(&mut self) -> Vec<(Write, Error)> {
        let mut owed = Vec::new();
        for write in std::mem::take(&mut self.after) {
            if let Err(error) = self.desk.genesys.send(&write, self.tries()).await {
                owed.push((write, error));
            }
        }
        self.steps.lap(Step::Reason);
        owed
    }

    /// Tries what failed again, each until it works or there is no sense in it.
    pub(super) async fn pay(&self, owed: Vec<(Write, Error)>) {
        for (write, error) in owed {
            match self.try_again(&write, error).await {
                Ok(()) => drop(self.record(AuditEvent::ReasonRecorded, None).await),
                Err(error) => {
                    let text = Plain::new(&format!("Handed off, but: {}", error.explained()));
                    self.warn(&text).await;
                    drop(self.record_trouble(AuditEvent::ReasonFailed, &error).await);
                }
            }
        }
    }

    /// All of it may be sent twice: attributes and routing are set, events carry their own ids.
    async fn try_again(&self, write: &Write, mut error: Error) -> Result<(), Error> {
        for wait in AGAIN.into_iter().take_while(|wait| *wait <= self.desk.patience) {
            let hopeless = matches!(
                error.kind,
                Kind::Invalid | Kind::NotFound | Kind::Permission | Kind::Conflict | Kind::Auth
            );
            if hopeless {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.desk.leaving.cancelled() => break,
            }
            match self.desk.genesys.send(write, self.tries()).await {
                Ok(_) => return Ok(()),
                Err(again) => error = again,
            }
        }
        Err(error)
    }
}
