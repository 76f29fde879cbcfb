//! Deeds that a crash has cut short: each gets the end in the audit log that it still lacks. Nothing is ever sent
//! again.
//!
//! Only whoever speaks with the org of a deed can read what has become of it. Where nobody does for longer than any
//! is followed, as after a context was renamed, whoever comes by ends it as unknown: words to a customer are not
//! kept for ever.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Doing,
    record::{details, outcome},
};
use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditRecord},
        deed::{DeedFlight, DeedStage, LONGEST},
        dialect::Dialect,
    },
    engine::{
        handoff::{Desk, recovery::runs},
        run::Inward,
    },
    genesys::{Error, Genesys, error::Kind},
    store::{Deeds, Store, StoreError},
};

/// What has been cut short.
const STOPPED: &str = "floorwalker stopped while the request was on its way";

/// Longer than any deed takes: of a process elsewhere only this tells that it does not see to it any more.
const ALL: Duration = Duration::from_secs(3600);

/// Why one is ended that nobody has settled.
const LAPSED: &str = "floorwalker stopped while it was on its way, and nobody has opened this org since: look at the \
                      session";

/// Settles every deed whose owner is gone, and ends those that nobody else will.
///
/// # Errors
/// If the store does not tell which those are.
pub async fn recover<G: Genesys, S: Store>(desk: &Arc<Desk<G, S>>) -> Result<(), StoreError> {
    let mut settling = tokio::task::JoinSet::new();
    let now = desk.clock.now();
    for flight in desk.store.deeds().await? {
        let here = flight.context == desk.context && *flight.dialect == *desk.genesys.dialect();
        let gone = flight.owner.is_gone(&desk.owner, runs) || flight.age(now) > ALL;
        if here && flight.owner != desk.owner && gone {
            settling.spawn(Doing::resume(Arc::clone(desk), flight).settle_down());
        } else if !here && let Some(record) = lapse(&*desk.store, &flight, &desk.actor, now).await?
        {
            // With the engine gone there is nobody to tell.
            let _ = desk.inward.send(Inward::Audited(Box::new(record))).await;
        }
    }
    settling.join_all().await;
    Ok(())
}

/// Ends every deed of any org that nobody settles any more. How many those were.
///
/// # Errors
/// If the store can't be read or written.
pub async fn lapse_all<S: Deeds>(
    store: &S,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut ended = 0;
    for flight in store.deeds().await? {
        ended += u64::from(lapse(store, &flight, actor, now).await?.is_some());
    }
    Ok(ended)
}

/// Ends one as unknown, if it has been on its way for longer than any is followed and nobody was faster.
async fn lapse<S: Deeds>(
    store: &S,
    flight: &DeedFlight,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<AuditRecord>, StoreError> {
    if flight.age(now) <= LONGEST {
        return Ok(None);
    }
    let end = DeedStage::Unknown { reason: LAPSED.into() };
    let dialects = [Dialect::Platform, Dialect::Gateway].map(Dialect::name);
    let dialect = dialects.into_iter().find(|name| *name == &*flight.dialect);
    // Whoever ends it need not be known to that org.
    let actor = Actor { account: None, ..actor.clone() };
    let event = outcome(flight.order.deed.kind(), &end);
    let mut details = details(&flight.order);
    details["begun_by"] = json!(flight.seat.me);
    let entry = AuditEntry {
        session: Some(flight.order.session.clone()),
        participant: Some(flight.seat.participant.clone()),
        agent: flight.seat.agent.clone(),
        queue: flight.order.seen.queue.clone(),
        status: Some(end.word()),
        error: end.reason().cloned(),
        details,
        ..AuditEntry::of(event, actor, flight.context.clone(), dialect.unwrap_or("unknown"))
    };
    store.finish_deed(entry, &flight.order.id, now).await
}

impl<G: Genesys, S: Store> Doing<G, S> {
    fn resume(desk: Arc<Desk<G, S>>, flight: DeedFlight) -> Self {
        let age = flight.age(desk.clock.now());
        let mut doing = Self::new(desk, flight.order);
        doing.started = Instant::now().checked_sub(age).unwrap_or(doing.started);
        (doing.taken, doing.seat) = (flight.taken, Some(flight.seat));
        (doing.announced, doing.resumed) = (true, true);
        doing.error = Some(Error::new("do it", Kind::Network, STOPPED));
        doing
    }

    async fn settle_down(mut self) {
        let end = self.follow().await;
        self.conclude(&end).await;
    }
}
