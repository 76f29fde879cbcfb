//! What a try has come to, and how that is written down.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinError, time::Instant};

use super::{
    Round,
    wire::{Outgoing, Receipt, Wire},
};
use crate::{
    domain::{
        outbox::{Fate, Parcel, Standing},
        text::Plain,
    },
    policy::delivery::Failure,
    store::{
        Deliveries, StoreError,
        deliveries::{Noted, Settled},
    },
};

/// Characters of a reason that are kept.
const REASON: usize = 300;

/// A try that is over.
#[derive(Debug)]
pub(super) struct Landed {
    pub parcel: Parcel,
    answer: Result<Receipt, Plain>,
    pub took: Duration,
    jitter: f64,
}

/// Sends it, and waits no longer than it may take, whatever the wire does.
pub(super) async fn fly<W: Wire>(wire: Arc<W>, outgoing: Outgoing, parcel: Parcel) -> Landed {
    let (started, timeout) = (Instant::now(), outgoing.timeout);
    let late = Plain::new(&format!("{} did not answer in time", outgoing.address.host()));
    let sent = tokio::time::timeout(timeout, wire.post(outgoing)).await;
    let answer = sent.unwrap_or(Err(late)).map_err(|why| Plain::cut(&why, REASON));
    Landed { parcel, answer, took: started.elapsed(), jitter: fastrand::f64() }
}

impl Landed {
    /// Why it was not told; `None` if it was.
    fn failure(&self, at: jiff::Timestamp) -> Option<Failure> {
        let (why, retry_after) = match &self.answer {
            Ok(Receipt { status: 200..=299, .. }) => return None,
            Ok(Receipt { status, retry_after }) => {
                (Plain::new(&format!("the answer was {status}")), *retry_after)
            }
            Err(why) => (why.clone(), None),
        };
        let Parcel { number, attempts, since, .. } = self.parcel;
        Some(Failure { number, attempts, since, retry_after, why, at, jitter: self.jitter })
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|receipt| receipt.status)
    }
}

impl<S: Deliveries, W: Wire> Round<S, W> {
    /// Takes a try in that is over. What the store does not take is kept for the next turn.
    pub(super) async fn land(&mut self, landed: Result<Landed, JoinError>) {
        match landed {
            Ok(landed) => {
                if let Err(error) = self.settle(landed).await {
                    self.stumble(error);
                }
            }
            // Whose it was ends by its time, and it is tried again.
            Err(error) => tracing::error!(%error, "telling another system has failed"),
        }
    }

    /// Writes down what a try has come to.
    pub(super) async fn settle(&mut self, landed: Landed) -> Result<(), StoreError> {
        let postman = &self.postman;
        let now = postman.clock.now();
        let failure = landed.failure(now);
        let max_age = postman.terms.max_age;
        let fate = failure.as_ref().map_or(Fate::Delivered, |failure| failure.fate(max_age));
        let settled = Settled {
            route: postman.route(landed.parcel.to),
            number: landed.parcel.number,
            by: postman.owner.clone(),
            fate,
            status: landed.status(),
            error: failure.as_ref().map(|failure| failure.why.clone()),
        };
        let scribe = postman.scribe();
        let weigh = |before: &Standing| match &failure {
            None => (Standing::default(), Some(scribe.told(&landed, now))),
            Some(failure) => {
                let worth_it = fate == Fate::GivenUp || failure.begins(before);
                let entry = worth_it.then(|| scribe.failed(&landed, failure, fate));
                (failure.weigh(before), entry)
            }
        };
        match postman.store.settle(&settled, weigh, now).await {
            Ok(Noted::Now(record)) => {
                if fate == Fate::Delivered {
                    self.figures.count(landed.parcel.to, landed.took);
                }
                self.note(record.map(|record| *record)).await;
                Ok(())
            }
            Ok(Noted::NotOurs) => Ok(()),
            Err(error) => {
                self.unsettled.push(landed);
                Err(error)
            }
        }
    }
}
