//! What other systems are told of a handoff that has ended (SPEC section 11): written down with its end,
//! delivered by the outbox, and never waited for.
//!
//! The CRM is told of what has reached its target. Workforce management is told of all that was tried: a
//! transfer's request left, whatever came of it, and what nobody could find out counts as failed, as it
//! does in the audit log. What was called back, taken back, or stopped before anything left was not tried.

use super::{Handoff, record::two_decimals};
use crate::{
    domain::{
        handoff::{Stage, Step},
        outbox::{Letter, Reached, Tried},
        text::Plain,
    },
    genesys::Genesys,
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// The letters of this end.
    pub(super) fn letters(&self, end: &Stage) -> Vec<Letter> {
        let result = match end {
            Stage::Accepted { agent } => Ok(Reached::Agent(agent.clone())),
            Stage::Queued => Ok(Reached::Queue),
            Stage::Refused
            | Stage::TimedOut
            | Stage::Failed { .. }
            | Stage::Unknown { .. }
            | Stage::Rejected { .. }
                if self.has_left() =>
            {
                Err(end.reason().cloned().unwrap_or_else(|| Plain::new(end.word())))
            }
            _ => return Vec::new(),
        };
        let took = self.sent.as_ref().map(|sent| sent.took).or_else(|| self.transfer_took());
        let http_status = match &result {
            Ok(_) => self.sent.as_ref().map(|sent| sent.status),
            // An agent who declines is no answer of a server.
            Err(_) => self.error.as_ref().and_then(|error| error.status),
        };
        Letter::of(&Tried {
            context: self.desk.context.clone(),
            session: self.order.session.clone(),
            participant: self.departure.as_ref().map(|left| left.participant.clone()),
            target: self.order.target.clone(),
            history: self.order.payload.history,
            latency_ms: took.map(two_decimals),
            http_status,
            result,
            at: self.desk.clock.now(),
        })
    }

    /// Whether the transfer's request was sent, or may have been before a crash.
    fn has_left(&self) -> bool {
        self.transfer_took().is_some() || (self.resumed && self.departure.is_some())
    }

    fn transfer_took(&self) -> Option<std::time::Duration> {
        let mut times = self.steps.times().iter();
        times.find_map(|(step, took)| (*step == Step::Transfer).then_some(*took))
    }
}
