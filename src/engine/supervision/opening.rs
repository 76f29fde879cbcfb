//! How a guest's session is opened: a place in the store first, then the request, then the session in its
//! place. Whatever breaks in between leaves a place that says so, and what became of it is found out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use thiserror::Error;

use super::post::Post;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        guest::{Fate, GuestOrder},
        id::SessionId,
        lease::{Lease, Phase},
        outbox::{CrmState, Letter},
        supervision::{End, Hold, Supervised},
        text::Plain,
    },
    genesys::{self, Genesys, error::Kind},
    policy::{
        guest_session::{GuestRefusal, MAX_CONCURRENT, check},
        heartbeat::{LONGEST_INTERVAL, TooMany, interval},
    },
    store::{Asking, Place, Store, StoreError},
};

/// While a session is being opened its place is kept so long: longer than that can take. On the platform
/// its first words may take a minute, and the search for its conversation a minute and a half.
const OPENING: Duration = Duration::from_secs(200);

/// A request that nobody has answered may still arrive so long after it was sent.
const STRAY: SignedDuration = SignedDuration::from_secs(90);

/// When it is tried again to write a session down that is open.
const AGAIN: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// Who keeps a session once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Whoever opens it.
    Kept,
    /// Whoever takes it over first: its lease has run out from the start.
    TakenOver,
}

/// Why a session was not opened.
#[derive(Debug, Error)]
pub enum NotOpened {
    /// A rule forbids it; nothing was sent.
    #[error(transparent)]
    Refused(#[from] GuestRefusal),
    /// The budget can't carry its heartbeats; nothing was sent.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// It could not be written down first; nothing was sent.
    #[error("{0}: nothing was sent")]
    Store(#[from] StoreError),
    /// It was asked for and refused.
    #[error("{0}")]
    Genesys(#[from] genesys::Error),
    /// It was asked for, and nobody knows whether it is open.
    #[error("{0}; nobody knows whether it is open: it counts as open until its time is up")]
    Unknown(genesys::Error),
    /// It is open, and another floorwalker has found it and keeps it.
    #[error("{0} is open, and another floorwalker keeps it")]
    Elsewhere(SessionId),
    /// It is open, and that could not be written down.
    #[error("{session} is open, but that is not written down: {error}")]
    Adrift {
        /// The session.
        session: SessionId,
        /// Why it could not be written down.
        error: StoreError,
    },
}

impl<G: Genesys, S: Store> Post<G, S> {
    /// Checks an order, opens the session, and writes down who keeps it.
    ///
    /// # Errors
    /// In the order of SPEC section 8, before any request.
    pub async fn open(&self, order: &GuestOrder, until: Until) -> Result<Lease, NotOpened> {
        let open = self.store.open_sessions(&self.realm.org, self.clock.now()).await?;
        check(order, open)?;
        let place = self.place(order);
        let fits = |all: &[Asking]| self.fits(&place.it, all);
        let (entry, now) = (self.initialized(order), self.clock.now());
        match self.store.reserve(&place, MAX_CONCURRENT, fits, entry, now).await? {
            Place::Full(open) => return Err(GuestRefusal::Concurrent(open).into()),
            Place::Unfit(many) => return Err(many.into()),
            Place::Ours(record) => self.note(*record).await,
        }
        match self.genesys.open_guest(order).await {
            Ok(session) => {
                let metadata = json!({"queueId": order.queue, "locale": order.locale});
                let now = self.clock.now();
                self.settle(place, session, metadata, (until, now)).await
            }
            Err(error) => {
                // Whatever the dialect, what is told and written down of it holds no secret.
                let error = error.without(Some(&order.token));
                if !is_certain(error.kind) {
                    return Err(NotOpened::Unknown(error));
                }
                self.vacate(&place, &error).await;
                Err(error.into())
            }
        }
    }

    /// A place for the session, under the id of its order.
    fn place(&self, order: &GuestOrder) -> Lease {
        let limit = u64::try_from(order.duration).ok().map(Duration::from_secs);
        let (keeper, interval) = (self.realm.owner.clone(), self.interval(limit));
        let it = Supervised {
            token: Some(order.token.clone()),
            guest: Some(Plain::new(&order.name)),
            opened_here: true,
            hold: self.genesys.hold(true),
            limit,
            on_loss: self.terms.on_loss(true),
            ..Supervised::begun(order.id.clone(), keeper, self.clock.now(), interval)
        };
        let org = self.realm.org.clone();
        Lease { it, org, until: self.clock.after(OPENING), beaten: None, phase: Phase::Opening }
    }

    /// A socket's echo may be asked for every 30 s and no more often: what comes in between would be no
    /// sign of anything.
    fn interval(&self, limit: Option<Duration>) -> Duration {
        match self.genesys.hold(true) {
            Hold::Echo => LONGEST_INTERVAL,
            Hold::Patch | Hold::Read => interval(limit, self.terms.floor),
        }
    }

    /// Without the guest: the name is somebody's own, and the token a secret.
    fn initialized(&self, order: &GuestOrder) -> AuditEntry {
        let details = json!({
            "opening": order.id, "duration": order.duration, "locale": order.locale,
            "capabilities": order.capabilities,
        });
        let entry = self.entry(AuditEvent::SessionInitialized, None);
        AuditEntry { queue: Some(order.queue.clone()), details, ..entry }
    }

    /// Puts a session that is open into its place.
    async fn settle(
        &self,
        place: Lease,
        session: SessionId,
        metadata: Value,
        (until, started): (Until, Timestamp),
    ) -> Result<Lease, NotOpened> {
        let now = self.clock.now();
        let opening = place.it.id;
        let it = Supervised { id: session.clone(), started, ..place.it };
        let until = match until {
            Until::Kept => self.realm.until(it.interval, now),
            Until::TakenOver => Timestamp::UNIX_EPOCH,
        };
        let lease = Lease { it, until, phase: Phase::Open, ..place };
        let org = &self.realm.org.context;
        let letter = Letter::session(org, &session, CrmState::Connected, now, metadata);
        let details = json!({"opening": opening, "hold": lease.it.hold.words()});
        let entry = || AuditEntry {
            details: details.clone(),
            ..self.entry(AuditEvent::SupervisionBegun, Some(&session))
        };
        let here = &self.realm.owner;
        let fill = || self.store.fill(&opening, here, &lease, entry(), &letter, self.clock.now());
        let mut filled = fill().await;
        for wait in AGAIN {
            if filled.is_ok() {
                break;
            }
            tokio::time::sleep(wait).await;
            filled = fill().await;
        }
        match filled {
            Ok(Some(record)) => {
                self.note(record).await;
                Ok(lease)
            }
            Ok(None) => Err(NotOpened::Elsewhere(session)),
            Err(error) => Err(NotOpened::Adrift { session, error }),
        }
    }

    /// Finds out what became of an opening that was begun and has no end: who began it has gone, or has
    /// heard no answer. `None` where that is not to be known yet, or nothing came of it.
    pub(super) async fn recover(&self, place: Lease) -> Option<Lease> {
        let session = place.it.id.clone();
        let old = self.clock.now().duration_since(place.it.started) >= STRAY;
        match self.genesys.fate(&session).await {
            // Its time has run since it was asked for.
            Ok(Fate::Open(id)) => {
                let started = place.it.started;
                self.settle(place, id, json!({}), (Until::Kept, started)).await.ok()
            }
            Ok(Fate::Never) if old => {
                let entry = self.unopened(&place, "not_opened");
                self.finish(&session, None, End::Over, Some(entry), None).await;
                None
            }
            Ok(Fate::Unknown) => {
                // It counts as open until its time is up.
                let entry = self.unopened(&place, "unknown");
                self.turn(&session, Phase::Released, entry).await;
                None
            }
            Ok(Fate::Never) => None,
            Err(_) if place.it.deadline().is_some_and(|end| end <= self.clock.now()) => {
                let entry = self.unopened(&place, "unknown");
                self.finish(&session, None, End::Over, Some(entry), None).await;
                None
            }
            Err(error) => {
                tracing::warn!(%session, %error, "what became of an opening is not known yet");
                None
            }
        }
    }

    fn unopened(&self, place: &Lease, status: &'static str) -> AuditEntry {
        AuditEntry {
            status: Some(status),
            details: json!({"opening": place.it.id}),
            ..self.entry(AuditEvent::SessionTerminated, None)
        }
    }

    /// Gives back a place that no session came to.
    async fn vacate(&self, place: &Lease, error: &genesys::Error) {
        let entry = AuditEntry {
            error: Some(error.explained()),
            error_code: error.code.clone(),
            correlation: error.correlation.clone(),
            ..self.unopened(place, "not_opened")
        };
        self.finish(&place.it.id, None, End::Over, Some(entry), None).await;
    }
}

/// Whether an opening that failed so has certainly opened nothing.
fn is_certain(kind: Kind) -> bool {
    !matches!(kind, Kind::Timeout | Kind::Network | Kind::Server | Kind::Decode)
}
