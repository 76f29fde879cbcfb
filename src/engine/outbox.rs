//! Telling other systems: takes what is due from the store, sends it, and writes down what came of it
//! (SPEC section 11). Never on a handoff's way: whatever is told was written down with what it tells of.
//!
//! ```text
//!  store ── look (each second, at once for our own) ──→ take (ours for a while) ──→ wire, at most 5 s
//!    ↑                                                                                   │
//!    └── settle: delivered │ again, later │ given up at its age ←────────────────────────┘
//! ```
//! Several floorwalkers on one store share the work: what one has taken no other does, of a conversation
//! the next letter is free once the one before is settled, and a target that is down is let alone by all.
//! What is in the audit log: each letter that was told; each that was given up; and where a target begins
//! to fail, once. An hour of outage is two lines and not thousands.

mod figures;
mod scribe;
mod settle;
pub mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{
    figures::Figures,
    scribe::Scribe,
    settle::Landed,
    wire::{Outgoing, Wire},
};
use super::{batch::Inward, clock::Clock, handoff::recovery::runs};
use crate::{
    domain::{
        audit::{Actor, AuditRecord},
        flight::Owner,
        outbox::{Destination, Parcel, Tray},
        text::Plain,
    },
    genesys::reach::Reach,
    policy::{address::Address, delivery::DOWN, signature::Key},
    store::{
        Deliveries, StoreError,
        deliveries::{Route, Taking},
    },
};

/// How often the store is looked at for what others have written, and for what is due again.
const LOOK: Duration = Duration::from_secs(1);
/// So many letters are on their way at a time from one floorwalker …
const AT_ONCE: usize = 8;
/// … and to one target, from all of them.
const AT_ONCE_TO_ONE: u32 = 4;
/// A letter that was taken is ours for so much longer than a try may take: settling it takes a while too.
const MARGIN: Duration = Duration::from_secs(10);
/// So many letters are given up at one look.
const GIVEN_UP_AT_ONCE: u32 = 100;
/// What is on its way as we leave is waited for no longer than this: people wait for us. It is told again.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Whom to tell, and how.
#[derive(Clone, Debug)]
pub struct OutboxTerms {
    /// Where each is told; who is not in it is not told.
    pub targets: BTreeMap<Destination, Address>,
    /// What it is signed with; nothing is without one.
    pub key: Option<Arc<Key>>,
    /// How long one try may take.
    pub timeout: Duration,
    /// For how long a letter is tried.
    pub max_age: Duration,
    /// How other machines are reached.
    pub reach: Reach,
}

/// SPEC section 3's time for an outbound webhook.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// What nobody has taken for a day somebody has to look at.
pub const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

impl Default for OutboxTerms {
    fn default() -> Self {
        let (targets, reach) = (BTreeMap::new(), Reach::default());
        Self { targets, key: None, timeout: TIMEOUT, max_age: MAX_AGE, reach }
    }
}

/// What telling takes.
#[derive(Debug)]
pub struct Postman<S, W> {
    /// Where the letters are.
    pub store: Arc<S>,
    /// How they leave.
    pub wire: Arc<W>,
    /// The wall clock.
    pub clock: Clock,
    /// Who tells, for the audit log.
    pub actor: Actor,
    /// Which process this is.
    pub owner: Owner,
    /// The org whose letters these are, as the config names it.
    pub context: Plain,
    /// The dialect that is spoken with it, for the audit log.
    pub dialect: &'static str,
    /// Whom to tell, and how.
    pub terms: OutboxTerms,
    /// Where news goes.
    pub inward: mpsc::Sender<Inward>,
}

impl<S, W> Postman<S, W> {
    fn route(&self, to: Destination) -> Route {
        Route { context: self.context.clone(), to }
    }

    fn scribe(&self) -> Scribe<'_> {
        Scribe { actor: &self.actor, context: &self.context, dialect: self.dialect }
    }

    /// What is to be told since then has grown too old.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        let age = SignedDuration::try_from(self.terms.max_age).unwrap_or(SignedDuration::MAX);
        now.checked_sub(age).unwrap_or(Timestamp::MIN)
    }
}

/// Tells until it is asked to leave. `wake` says that a letter was written here.
pub async fn run<S: Deliveries, W: Wire>(
    postman: Postman<S, W>,
    wake: Arc<Notify>,
    leave: CancellationToken,
) {
    let mut round = Round {
        postman,
        flying: JoinSet::new(),
        unsettled: Vec::new(),
        lapsed: BTreeSet::new(),
        figures: Figures::default(),
        shown: None,
        trouble: None,
    };
    if round.postman.terms.targets.is_empty() {
        round.show(&[]).await;
        return leave.cancelled().await;
    }
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = leave.cancelled() => break,
            Some(landed) = round.flying.join_next() => round.land(landed).await,
            () = wake.notified() => {}
            _ = look.tick() => {}
        }
        match round.turn().await {
            Ok(()) => round.trouble = None,
            Err(error) => round.stumble(error),
        }
    }
    let _ = tokio::time::timeout(LAST_WAIT, round.see_off()).await;
}

/// The one task that tells.
struct Round<S, W> {
    postman: Postman<S, W>,
    flying: JoinSet<Landed>,
    /// Tries whose result could not be written down yet.
    unsettled: Vec<Landed>,
    /// Destinations of which what had grown old before is given up.
    lapsed: BTreeSet<Destination>,
    figures: Figures,
    /// When it was last looked whether there is anything to show.
    shown: Option<Instant>,
    /// The trouble with the store that was logged last.
    trouble: Option<StoreError>,
}

impl<S: Deliveries, W: Wire> Round<S, W> {
    /// Gives up what is too old, and sends what is due.
    async fn turn(&mut self) -> Result<(), StoreError> {
        // One after the other: what the store does not take, and all after it, stays for the next turn.
        while let Some(landed) = self.unsettled.pop() {
            self.settle(landed).await?;
        }
        let now = self.postman.clock.now();
        let Postman { store, context, owner, .. } = &self.postman;
        let trays = store.trays(context, owner, now).await?;
        for tray in &trays {
            if self.postman.terms.targets.contains_key(&tray.to) {
                self.clear(tray).await?;
                self.send_due(tray).await?;
            }
        }
        if self.shown.is_none_or(|shown| shown.elapsed() >= LOOK) {
            self.show(&trays).await;
        }
        Ok(())
    }

    async fn show(&mut self, trays: &[Tray]) {
        self.shown = Some(Instant::now());
        if let Some(post) = self.figures.news(&self.postman.terms, trays) {
            self.tell(Inward::Post(Arc::new(post))).await;
        }
    }

    /// Takes in what is still on its way.
    async fn see_off(&mut self) {
        while let Some(landed) = self.flying.join_next().await {
            self.land(landed).await;
        }
    }

    /// Gives up what has grown too old.
    async fn clear(&mut self, tray: &Tray) -> Result<(), StoreError> {
        let (route, now) = (self.postman.route(tray.to), self.postman.clock.now());
        let before = self.postman.oldest(now);
        if !self.lapsed.contains(&tray.to) {
            let entry = |many| self.postman.scribe().lapsed(tray.to, many);
            let record = self.postman.store.lapse(&route, before, entry, now).await?;
            self.lapsed.insert(tray.to);
            self.note(record).await;
        }
        if tray.oldest.is_none_or(|oldest| oldest > before) {
            return Ok(());
        }
        let entry = |posted: &_| self.postman.scribe().too_old(posted);
        let (store, limit) = (&self.postman.store, GIVEN_UP_AT_ONCE);
        let records = store.give_up(&route, before, limit, entry, now).await?;
        self.note(records).await;
        Ok(())
    }

    /// Sends what is due to one target, as far as there is room.
    async fn send_due(&mut self, tray: &Tray) -> Result<(), StoreError> {
        let now = self.postman.clock.now();
        let room = u32::try_from(AT_ONCE.saturating_sub(self.flying.len())).unwrap_or(u32::MAX);
        if !tray.due || room == 0 || tray.standing.again.is_some_and(|again| again > now) {
            return Ok(());
        }
        let taking = Taking {
            route: self.postman.route(tray.to),
            by: self.postman.owner.clone(),
            until: self.postman.clock.after(self.postman.terms.timeout + MARGIN),
            at_once: AT_ONCE_TO_ONE,
            down: DOWN,
            most: room,
        };
        let gone = |owner: &Owner| owner.is_gone(&self.postman.owner, runs);
        let taken = self.postman.store.take(&taking, gone, now).await?;
        taken.into_iter().for_each(|parcel| self.send(parcel));
        Ok(())
    }

    fn send(&mut self, parcel: Parcel) {
        let Some(address) = self.postman.terms.targets.get(&parcel.to).cloned() else { return };
        let at = self.postman.clock.now().as_second();
        let key = self.postman.terms.key.as_ref();
        let outgoing = Outgoing {
            signature: key.map(|key| key.sign(&parcel.event, at, parcel.body.as_bytes())),
            id: parcel.event.clone(),
            at,
            body: parcel.body.clone(),
            timeout: self.postman.terms.timeout,
            address,
        };
        let wire = Arc::clone(&self.postman.wire);
        self.flying.spawn(settle::fly(wire, outgoing, parcel));
    }

    async fn note(&self, records: impl IntoIterator<Item = AuditRecord>) {
        for record in records {
            self.tell(Inward::Audited(Box::new(record))).await;
        }
    }

    async fn tell(&self, news: Inward) {
        // With the engine gone there is nobody to tell; the audit log has it all the same.
        let _ = self.postman.inward.send(news).await;
    }

    /// The store is looked at again in a second, whatever it is; the log is told once.
    fn stumble(&mut self, error: StoreError) {
        if self.trouble.as_ref() != Some(&error) {
            tracing::error!(%error, "nothing is told to other systems for now");
            self.trouble = Some(error);
        }
    }
}
