//! What leaves: the context, the departure on disk, the transfer itself.

use super::{DUPLICATE, Handoff, after::errand, rejected};
use crate::{
    domain::{
        detail::SessionDetail,
        flight::Departure,
        handoff::{Stage, Step},
        text::Plain,
    },
    genesys::{Genesys, Plan, Write, error::Kind},
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Sends what goes before the transfer. The session has not moved yet, so an error can end it; what
    /// is not worth that is sent again afterwards.
    pub(super) async fn send_context(&mut self, context: Vec<Write>) -> Result<(), Stage> {
        for write in context {
            match self.desk.genesys.send(&write, self.tries()).await {
                Ok(_) => {}
                Err(error) if write.required => {
                    let reason = format!("{}: it was not handed off", error.explained());
                    self.error = Some(error);
                    return Err(Stage::Failed { reason: Plain::new(&reason) });
                }
                Err(error) => {
                    tracing::warn!(%error, "the context is sent again after the handoff");
                    self.after.push(write);
                }
            }
        }
        self.steps.lap(Step::Context);
        Ok(())
    }

    /// Writes down what is about to leave. When this has not worked, nothing leaves.
    pub(super) async fn depart(&mut self, departure: Departure) -> Result<(), Stage> {
        let written = self.desk.store.depart(&self.ours(), &departure).await;
        self.departure = Some(departure);
        match written {
            Ok(true) => Ok(()),
            Ok(false) => Err(rejected(DUPLICATE)),
            Err(error) => {
                Err(Stage::Failed { reason: Plain::new(&format!("{error}: nothing was sent")) })
            }
        }
    }

    /// Sends the transfer. What may have happened is for the outcome to tell.
    pub(super) async fn send(&mut self, transfer: &Write) -> Result<(), Stage> {
        self.tell(Stage::Requesting).await;
        let answer = self.desk.genesys.send(transfer, self.tries()).await;
        self.steps.lap(Step::Transfer);
        match answer {
            Ok(sent) => {
                self.sent = Some(sent);
                self.tell(Stage::Requested).await;
                Ok(())
            }
            // Following it shows whether it happened.
            Err(error) if error.may_have_happened() => {
                self.error = Some(error);
                Ok(())
            }
            Err(error) if error.kind == Kind::Conflict => {
                self.error = Some(error);
                Err(rejected(DUPLICATE))
            }
            Err(error) => Err(self.failed(error)),
        }
    }
}

/// What a crash must find of a plan for the session as it was just read.
pub(super) fn departure(
    before: &SessionDetail,
    plan: &Plan,
    transfer: &crate::genesys::Transfer,
) -> Departure {
    Departure {
        at: transfer.at,
        known: before.participants.iter().map(|p| p.id.clone()).collect(),
        participant: transfer.participant.clone(),
        how: plan.how.into(),
        in_place: plan.in_place,
        target: transfer.target.clone(),
        summary: transfer.summary.clone(),
        onward: None,
        owed: plan.after.iter().map(errand).collect(),
    }
}
