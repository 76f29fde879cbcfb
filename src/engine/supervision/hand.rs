//! What sends the beats: only while the lease holds, because past its end somebody else may send them, and
//! each is written down before it leaves, because whoever takes over must know of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    domain::{
        flight::Owner,
        guest::GuestToken,
        id::SessionId,
        supervision::{Hold, Sign},
    },
    engine::{
        clock::Clock,
        heartbeat::{Beat, Beater, Blame, Missed},
    },
    genesys::{Genesys, error::Kind},
    store::Store,
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

const ELSEWHERE: &str = "it is not kept here any more: nothing was sent";
const TOO_LATE: &str = "the lease could not be renewed in time: nothing was sent";

/// Sends the beats of the scheduler.
#[derive(Debug)]
pub struct Hand<G, S> {
    /// Where to.
    pub genesys: Arc<G>,
    /// Where it is written down.
    pub store: Arc<S>,
    /// Which process this is.
    pub owner: Owner,
    /// The wall clock that leases are counted by.
    pub clock: Clock,
    /// For whom.
    pub charges: Charges,
}

impl<G: Genesys, S: Store> Beater for Hand<G, S> {
    async fn beat(&self, beat: Beat) -> Result<Sign, Missed> {
        self.charge(&beat.session)?;
        let Beat { session, hold, sequence } = beat;
        match self.store.beating(&self.owner, &session, sequence).await {
            Ok(true) => {}
            Ok(false) => return Err(ours(ELSEWHERE)),
            // The lease was written down, and while it holds the session is ours: better a beat that
            // nobody knows of than none.
            Err(error) => tracing::warn!(%session, %error, "a beat is not written down"),
        }
        // Writing may have taken long.
        let token = self.charge(&session)?.token;
        let answer = self.genesys.beat(&session, hold, sequence, token.as_ref()).await;
        answer.map_err(|error| Missed { blame: blame(hold, error.kind), why: error.explained() })
    }
}

impl<G, S> Hand<G, S> {
    /// What a beat needs, as long as it may be sent.
    fn charge(&self, session: &SessionId) -> Result<Charge, Missed> {
        let charge = self.charges.locked().get(session).cloned().ok_or_else(|| ours(ELSEWHERE))?;
        if self.clock.now() < charge.until { Ok(charge) } else { Err(ours(TOO_LATE)) }
    }
}

fn ours(why: &str) -> Missed {
    Missed { blame: Blame::Ours, why: why.into() }
}

/// What a failure says of the session. A budget that is used up and credentials that are not taken are
/// ours; where nobody answers nobody can tell.
fn blame(hold: Hold, kind: Kind) -> Blame {
    match kind {
        Kind::RateLimited | Kind::Auth => Blame::Ours,
        // A socket that is refused is refused to us: of the session it says nothing.
        Kind::Permission | Kind::Invalid | Kind::NotFound if hold == Hold::Echo => Blame::Ours,
        Kind::Unreachable | Kind::Network | Kind::Timeout => Blame::Nobody,
        Kind::Permission
        | Kind::NotFound
        | Kind::Conflict
        | Kind::Invalid
        | Kind::GatewayRefused
        | Kind::Server
        | Kind::Decode => Blame::Session,
    }
}
