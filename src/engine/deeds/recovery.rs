//! Deeds that a crash has cut short: each gets the end in the audit log that it still lacks. Nothing is ever sent
//! again.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Doing;
use crate::{
    domain::deed::DeedFlight,
    engine::handoff::{Desk, recovery::runs},
    genesys::{Error, Genesys, error::Kind},
    store::{Store, StoreError},
};

/// What has been cut short.
const STOPPED: &str = "floorwalker stopped while the request was on its way";

/// Longer than any deed takes: of a process elsewhere only this tells that it does not see to it any more.
const ALL: Duration = Duration::from_secs(3600);

/// Settles every deed whose owner is gone.
///
/// # Errors
/// If the store does not tell which those are.
pub async fn recover<G: Genesys, S: Store>(desk: &Arc<Desk<G, S>>) -> Result<(), StoreError> {
    let mut settling = tokio::task::JoinSet::new();
    let now = desk.clock.now();
    for flight in desk.store.deeds().await? {
        let here = flight.context == desk.context && *flight.dialect == *desk.genesys.dialect();
        let age = Duration::try_from(now.duration_since(flight.taken)).unwrap_or_default();
        let gone = flight.owner.is_gone(&desk.owner, runs) || age > ALL;
        if here && flight.owner != desk.owner && gone {
            settling.spawn(Doing::resume(Arc::clone(desk), flight).settle_down());
        }
    }
    settling.join_all().await;
    Ok(())
}

impl<G: Genesys, S: Store> Doing<G, S> {
    fn resume(desk: Arc<Desk<G, S>>, flight: DeedFlight) -> Self {
        let mut doing = Self::new(desk, flight.order);
        let age = doing.desk.clock.now().duration_since(flight.taken);
        let age = Duration::try_from(age).unwrap_or_default();
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
