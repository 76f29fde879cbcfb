//! What sends the beats: only while the lease holds, because past its end somebody else may send them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    domain::{guest::GuestToken, id::SessionId, supervision::Sign, text::Plain},
    engine::{
        clock::Clock,
        heartbeat::{Beat, Beater},
    },
    genesys::Genesys,
};

/// What a beat needs besides its number.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The guest's token, where we have it.
    pub token: Option<GuestToken>,
    /// When our lease of the session ends.
    pub until: Timestamp,
}

/// Whom we may send beats for.
#[derive(Clone, Debug, Default)]
pub struct Charges(Arc<Mutex<HashMap<SessionId, Charge>>>);

impl Charges {
    /// The lock is held for a few instructions and never across a wait.
    pub fn locked(&self) -> MutexGuard<'_, HashMap<SessionId, Charge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the beats of the scheduler.
#[derive(Debug)]
pub struct Hand<G> {
    /// Where to.
    pub genesys: Arc<G>,
    /// The wall clock that leases are counted by.
    pub clock: Clock,
    /// For whom.
    pub charges: Charges,
}

impl<G: Genesys> Beater for Hand<G> {
    async fn beat(&self, beat: Beat) -> Result<Sign, Plain> {
        let charge = self.charges.locked().get(&beat.session).cloned();
        let Some(Charge { token, until }) = charge else {
            return Err("it is not kept here any more: nothing was sent".into());
        };
        if self.clock.now() >= until {
            return Err("the lease could not be renewed in time: nothing was sent".into());
        }
        let Beat { session, hold, sequence } = beat;
        let answer = self.genesys.beat(&session, hold, sequence, token.as_ref()).await;
        answer.map_err(|error| error.explained())
    }
}
