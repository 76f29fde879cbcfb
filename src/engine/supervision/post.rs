//! The acts: each is announced in the audit log, on disk, before anything leaves.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent, AuditRecord},
        flight::Owner,
        id::SessionId,
        lease::{Lease, Phase, Realm, Tenancy},
        outbox::{CrmState, Letter},
        supervision::{End, Ended, Hold, Supervised},
        text::Plain,
    },
    engine::{Settings, clock::Clock, handoff::recovery::runs, run::Inward},
    genesys::{self, Genesys, budget::DEFAULT_ALLOWED},
    policy::heartbeat::{Terms, TooMany, admit, demand, interval},
    store::{Asking, Begun, Store, StoreError, Turned},
};

/// A floorwalker on another machine that was not heard of for so long has gone.
const SILENT: Duration = Duration::from_secs(90);

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
        let sockets = genesys.hold(true) == Hold::Echo;
        let realm = Realm { owner: settings.owner.clone(), org, look: terms.look(), sockets };
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

    /// Begins to keep a session that is open already.
    pub(super) async fn supervise(&self, session: &SessionId) -> Result<Lease, Plain> {
        let looked = self.genesys.look(session, genesys::Lane::Operator).await;
        let found = looked.map_err(|error| error.explained())?.session;
        if found.state == crate::domain::session::SessionState::Disconnected {
            return Err("it has ended".into());
        }
        let now = self.clock.now();
        let (keeper, interval) = (self.realm.owner.clone(), interval(None, self.terms.floor));
        let it = Supervised {
            hold: self.genesys.hold(false),
            on_loss: self.terms.on_loss(false),
            ..Supervised::begun(session.clone(), keeper, now, interval)
        };
        let details = json!({"hold": it.hold.words()});
        let entry =
            AuditEntry { details, ..self.entry(AuditEvent::SupervisionBegun, Some(session)) };
        let (until, org) = (self.realm.until(it.interval, now), self.realm.org.clone());
        let lease = Lease { it, org, until, beaten: None, phase: Phase::Open };
        let fits = |all: &[Asking]| self.fits(&lease.it, all);
        match self.store.supervise(&lease, fits, entry, now).await {
            Ok(Begun::Ours(lease, record)) => {
                self.note(*record).await;
                Ok(*lease)
            }
            Ok(Begun::Theirs(by)) => Err(format!("{} keeps it", who(&by)).into()),
            Ok(Begun::Unfit(many)) => Err(many.to_string().into()),
            Err(error) => Err(error.to_string().into()),
        }
    }

    /// Whether the budget carries one more beside those that are kept, by whichever floorwalker: all of
    /// them share it.
    pub(super) fn fits(&self, more: &Supervised, all: &[Asking]) -> Result<(), TooMany> {
        if !more.hold.asks() {
            return Ok(());
        }
        let others = all.iter().map(|asking| (asking.interval, asking.sessions));
        let wanted = demand(others.chain([(more.interval, 1)]));
        admit(wanted, self.allowance(), self.terms.stretch_limit)
    }

    /// Beats a minute that the budget has for heartbeats.
    pub(super) fn allowance(&self) -> u32 {
        // Before the first request nobody has counted.
        let allowed = Some(self.genesys.traffic().borrow().budget.allowed).filter(|&a| a > 0);
        self.terms.allowance(allowed.unwrap_or(DEFAULT_ALLOWED))
    }

    /// Moves a session on in its life; whether that was done now.
    pub(super) async fn turn(&self, session: &SessionId, to: Phase, entry: AuditEntry) -> bool {
        match self.store.turn(session, None, to, entry, self.clock.now()).await {
            Ok(Turned::Now(record, _)) => {
                self.note(*record).await;
                true
            }
            Ok(Turned::Before | Turned::NotOurs) => false,
            Err(error) => {
                self.trouble(session, error).await;
                false
            }
        }
    }

    async fn trouble(&self, session: &SessionId, error: StoreError) {
        tracing::error!(%session, %error, "what becomes of a session is not written down");
        let _ = self.inward.send(Inward::AuditTrouble(error.to_string().into())).await;
    }

    /// Ends a supervision in the store, with `by` only if they keep it; whether there was one to end.
    pub(super) async fn finish(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        why: End,
        entry: Option<AuditEntry>,
        letter: Option<Value>,
    ) -> bool {
        let now = self.clock.now();
        let org = &self.realm.org.context;
        let told = |body| Letter::session(org, session, CrmState::Terminated, now, body);
        let letter = letter.map(told);
        let end = Ended { at: now, why };
        match self.store.end(session, by, end, entry, letter.as_ref(), now).await {
            Ok(crate::store::Closed::Now(record)) => {
                if let Some(record) = record {
                    self.note(*record).await;
                }
                true
            }
            Ok(crate::store::Closed::Before) => false,
            Err(error) => {
                self.trouble(session, error).await;
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
