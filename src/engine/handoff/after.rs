//! What follows a handoff that has arrived: its reason, its place in the new queue.
//!
//! A success stays a success (SPEC section 7): what fails here is tried again on its own, and recorded.

use std::time::Duration;

use super::Handoff;
use crate::{
    domain::{audit::AuditEvent, flight::Errand, handoff::Step, text::Plain},
    genesys::{Error, Genesys, Write, error::Kind, transport::Method},
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

/// What should have followed a handoff, and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What it was for.
    pub step: Step,
    /// Why it did not, with a hint.
    pub why: Plain,
}

/// What a crash must find of a request.
pub(super) fn errand(write: &Write) -> Errand {
    let Write { step, method, path, body, .. } = write.clone();
    Errand { step, method: method.name().into(), path, body }
}

/// The request that a crash has left; `None` if it is none.
pub(super) fn write_of(errand: &Errand) -> Option<Write> {
    let Errand { step, method, path, body } = errand.clone();
    let operation = match step {
        Step::Routing => "change the routing",
        Step::Reason => "report the reason",
        _ => "send the context",
    };
    Some(Write { step, operation, method: Method::of(&method)?, path, body, required: true })
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Sends what follows; what has to be tried again.
    pub(super) async fn send_after(&mut self) -> Vec<(Write, Error)> {
        let mut owed = Vec::new();
        for write in std::mem::take(&mut self.after) {
            if let Err(error) = self.desk.genesys.send(&write, self.tries()).await {
                owed.push((write.clone(), error));
            }
            self.steps.lap(if write.step == Step::Routing { Step::Routing } else { Step::Reason });
        }
        owed
    }

    /// Tries what failed again, each until it works or there is no sense in it. What has failed for good.
    pub(super) async fn pay(&self, owed: Vec<(Write, Error)>) -> Vec<Owed> {
        let mut unpaid = Vec::new();
        for (write, error) in owed {
            let routing = write.step == Step::Routing;
            let (done, failed) = if routing {
                (AuditEvent::RoutingChanged, AuditEvent::RoutingFailed)
            } else {
                (AuditEvent::ReasonRecorded, AuditEvent::ReasonFailed)
            };
            match self.try_again(&write, error).await {
                Ok(()) => drop(self.record(done, None).await),
                Err(error) => {
                    self.warn(&format!("Handed off, but: {}", error.explained())).await;
                    drop(self.record_trouble(failed, &error).await);
                    unpaid.push(Owed { step: write.step, why: error.explained() });
                }
            }
        }
        unpaid
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
