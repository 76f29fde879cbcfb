//! The acts: each is announced in the audit log, on disk, before anything leaves.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent, AuditRecord},
        flight::Owner,
        guest::GuestOrder,
        id::SessionId,
        lease::{Lease, Phase, Realm, Tenancy},
        outbox::{CrmState, Letter},
        supervision::{End, Ended, Supervised},
        text::Plain,
    },
    engine::{Settings, clock::Clock, handoff::recovery::runs, run::Inward},
    genesys::{self, Genesys, error::Kind},
    policy::{
        guest_session::{GuestRefusal, MAX_CONCURRENT, check},
        heartbeat::{Terms, TooMany, interval},
    },
    store::{Begun, Place, Store, StoreError},
};

/// While a session is being opened its place is kept so long: longer than the request can take.
const OPENING: Duration = Duration::from_secs(120);

/// A floorwalker on another machine that was not heard of for so long has gone.
const SILENT: Duration = Duration::from_secs(90);

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
    /// It was asked for and refused, or nobody knows.
    #[error("{0}")]
    Genesys(#[from] genesys::Error),
    /// It is open, and that could not be written down.
    #[error("{session} is open, but nobody keeps it: {error}")]
    Adrift {
        /// The session.
        session: SessionId,
        /// Why it could not be written down.
        error: StoreError,
    },
}

/// What the acts need.
#[derive(Debug)]
pub struct Post<G, S> {
    /// Where to.
    pub genesys: Arc<G>,
    /// Where it is written down.
    pub store: Arc<S>,
    /// The wall clock.
    pub clock: Clock,
    /// Who does it.
    pub actor: Actor,
    /// Which process this is, and where.
    pub realm: Realm,
    /// The numbers.
    pub terms: Terms,
    /// Where news goes.
    pub inward: mpsc::Sender<Inward>,
}

impl<G: Genesys, S: Store> Post<G, S> {
    /// A post of an engine with these settings.
    pub fn new(
        genesys: Arc<G>,
        store: Arc<S>,
        settings: &Settings,
        inward: mpsc::Sender<Inward>,
    ) -> Self {
        let terms = settings.handbook.heartbeat.clone();
        let context = settings.context.clone();
        let org = Tenancy { context, dialect: genesys.dialect().into() };
        let realm = Realm { owner: settings.owner.clone(), org, look: terms.look() };
        let (clock, actor) = (settings.clock, settings.actor.clone());
        Self { genesys, store, clock, actor, realm, terms, inward }
    }

    pub(super) fn entry(&self, event: AuditEvent, session: Option<&SessionId>) -> AuditEntry {
        let (actor, context) = (self.actor.clone(), self.realm.org.context.clone());
        let entry = AuditEntry::of(event, actor, context, self.genesys.dialect());
        AuditEntry { session: session.cloned(), ..entry }
    }

    /// Tells of a record that is in the log.
    pub(super) async fn note(&self, record: AuditRecord) {
        let _ = self.inward.send(Inward::Audited(Box::new(record))).await;
    }

    /// Checks an order, opens the session, and writes down who keeps it. `room` says whether the budget
    /// carries one more.
    ///
    /// # Errors
    /// In the order of SPEC section 8, before any request.
    pub async fn open(
        &self,
        order: &GuestOrder,
        until: Until,
        room: Result<(), TooMany>,
    ) -> Result<Lease, NotOpened> {
        let open = self.store.open_sessions(&self.realm.org, self.clock.now()).await?;
        check(order, open)?;
        room?;
        let place = self.place(order);
        let entry = self.initialized(&place.it.id, order);
        match self.store.reserve(&place, MAX_CONCURRENT, entry, self.clock.now()).await? {
            Place::Full(open) => return Err(GuestRefusal::Concurrent(open).into()),
            Place::Ours(record) => self.note(*record).await,
        }
        match self.genesys.open_guest(order).await {
            Ok(session) => self.settle(place, session, order, until).await,
            Err(error) => {
                // Whatever the dialect, what is told and written down of it holds no secret.
                let error = error.without(Some(&order.token));
                self.vacate(&place, Some(&error)).await;
                Err(error.into())
            }
        }
    }

    /// A place for the session under a name of its own.
    fn place(&self, order: &GuestOrder) -> Lease {
        let now = self.clock.now();
        let limit = u64::try_from(order.duration).ok().map(Duration::from_secs);
        let it = Supervised {
            id: Uuid::new_v4().into(),
            token: Some(order.token.clone()),
            opened_here: true,
            hold: self.genesys.hold(true),
            started: now,
            limit,
            interval: interval(limit, self.terms.floor),
            on_loss: self.terms.on_loss(true),
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper: self.realm.owner.clone(),
            end: None,
        };
        let org = self.realm.org.clone();
        Lease { it, org, until: self.clock.after(OPENING), beaten: None, phase: Phase::Opening }
    }

    /// Without the guest: the name is somebody's own, and the token a secret.
    fn initialized(&self, place: &SessionId, order: &GuestOrder) -> AuditEntry {
        let details = json!({
            "opening": place, "duration": order.duration, "locale": order.locale,
            "capabilities": order.capabilities,
        });
        let entry = self.entry(AuditEvent::SessionInitialized, None);
        AuditEntry { queue: Some(order.queue.clone()), details, ..entry }
    }

    async fn settle(
        &self,
        place: Lease,
        session: SessionId,
        order: &GuestOrder,
        until: Until,
    ) -> Result<Lease, NotOpened> {
        let now = self.clock.now();
        let opening = place.it.id;
        let it = Supervised { id: session.clone(), started: now, ..place.it };
        let until = match until {
            Until::Kept => self.realm.until(it.interval, now),
            Until::TakenOver => Timestamp::UNIX_EPOCH,
        };
        let lease = Lease { it, until, phase: Phase::Open, ..place };
        let metadata = json!({"queueId": order.queue, "locale": order.locale});
        let letter = Letter::session(&session, CrmState::Connected, now, metadata);
        let entry = self.entry(AuditEvent::SupervisionBegun, Some(&session));
        let details = json!({"opening": opening, "hold": lease.it.hold.words()});
        let entry = AuditEntry { queue: Some(order.queue.clone()), details, ..entry };
        match self.store.fill(&opening, &lease, entry, &letter, now).await {
            Ok(record) => {
                self.note(record).await;
                Ok(lease)
            }
            Err(error) => Err(NotOpened::Adrift { session, error }),
        }
    }

    /// Gives back a place that no session came to. Without an error, whoever asked has gone, and nobody
    /// knows what became of it.
    pub(super) async fn vacate(&self, place: &Lease, error: Option<&genesys::Error>) {
        let certain = error.is_some_and(|e| {
            !matches!(e.kind, Kind::Timeout | Kind::Network | Kind::Server | Kind::Decode)
        });
        let entry = AuditEntry {
            status: Some(if certain { "not_opened" } else { "unknown" }),
            error: error.map(genesys::Error::explained),
            error_code: error.and_then(|error| error.code.clone()),
            correlation: error.and_then(|error| error.correlation.clone()),
            details: json!({"opening": place.it.id}),
            ..self.entry(AuditEvent::SessionTerminated, None)
        };
        self.finish(&place.it.id, End::Over, Some(entry), None).await;
    }

    /// Begins to keep a session that is open already.
    pub(super) async fn supervise(&self, session: &SessionId) -> Result<Lease, Plain> {
        let now = self.clock.now();
        let looked = self.genesys.look(session, genesys::Lane::Operator).await;
        let found = looked.map_err(|error| error.explained())?.session;
        if found.state == crate::domain::session::SessionState::Disconnected {
            return Err("it has ended".into());
        }
        let it = Supervised {
            id: session.clone(),
            token: None,
            opened_here: false,
            hold: self.genesys.hold(false),
            started: now,
            limit: None,
            interval: interval(None, self.terms.floor),
            on_loss: self.terms.on_loss(false),
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper: self.realm.owner.clone(),
            end: None,
        };
        let details = json!({"hold": it.hold.words()});
        let entry =
            AuditEntry { details, ..self.entry(AuditEvent::SupervisionBegun, Some(session)) };
        let (until, org) = (self.realm.until(it.interval, now), self.realm.org.clone());
        let lease = Lease { it, org, until, beaten: None, phase: Phase::Open };
        match self.store.supervise(&lease, entry, now).await {
            Ok(Begun::Ours(record)) => {
                self.note(*record).await;
                Ok(lease)
            }
            Ok(Begun::Theirs(by)) => Err(format!("{} keeps it", who(&by)).into()),
            Err(error) => Err(error.to_string().into()),
        }
    }

    /// Ends a supervision in the store; whether there was one to end.
    pub(super) async fn finish(
        &self,
        session: &SessionId,
        why: End,
        entry: Option<AuditEntry>,
        letter: Option<Value>,
    ) -> bool {
        let now = self.clock.now();
        let letter = letter.map(|body| Letter::session(session, CrmState::Terminated, now, body));
        let end = Ended { at: now, why };
        match self.store.end(session, end, entry, letter.as_ref(), now).await {
            Ok(crate::store::Closed::Now(record)) => {
                if let Some(record) = record {
                    self.note(*record).await;
                }
                true
            }
            Ok(crate::store::Closed::Before) => false,
            Err(error) => {
                tracing::error!(%session, %error, "the end of a supervision is not written down");
                let _ = self.inward.send(Inward::AuditTrouble(error.to_string().into())).await;
                false
            }
        }
    }

    /// Other floorwalkers on this store that take over what nobody keeps.
    ///
    /// # Errors
    /// If the store does not tell.
    pub async fn heirs(&self) -> Result<Vec<Owner>, StoreError> {
        let (now, here) = (self.clock.now(), &self.realm.owner);
        let there = |(owner, seen): &(Owner, Timestamp)| {
            let silent = Duration::try_from(now.duration_since(*seen)).unwrap_or_default();
            owner != here && !owner.is_gone(here, runs) && silent < SILENT
        };
        let all = self.store.keepers(&self.realm.org).await?;
        Ok(all.into_iter().filter(there).map(|(owner, _)| owner).collect())
    }
}

/// A floorwalker, for people.
pub(super) fn who(owner: &Owner) -> String {
    format!("the floorwalker with pid {} on {}", owner.pid, owner.host)
}
