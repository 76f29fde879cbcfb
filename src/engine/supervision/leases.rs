//! The leases of those we keep: renewed, taken over, handed over.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

use super::{
    Turn,
    post::{Post, who},
    warden::{Done, Warden},
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        flight::Owner,
        id::SessionId,
        lease::{Kept, Lease, Phase, Renewal},
        supervision::{OnLoss, Supervised},
        text::Plain,
    },
    engine::{handoff::recovery::runs, heartbeat::Order, run::Inward},
    genesys::Genesys,
    policy::heartbeat::{FAILURES, turn},
    store::{Adopted, Store, StoreError, Supervisions},
};

/// How often others are told that we are there.
const ATTEND: Duration = Duration::from_secs(30);
/// How long acts under way are waited for at the end.
const LAST_WAIT: Duration = Duration::from_secs(3);
/// The same while a session is being opened: as long as we have. What has no answer by then has a place,
/// by which the next floorwalker finds it.
const LAST_OPENINGS: Duration = Duration::from_secs(5);

impl<G: Genesys, S: Store> Warden<G, S> {
    pub(super) fn renewal(&self) -> Duration {
        let shortest = self.kept.values().map(|kept| kept.it.interval).min();
        turn(shortest.unwrap_or(self.post.terms.floor))
    }

    /// Renews every lease of ours, in one go.
    pub(super) async fn keep(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let renewal = |kept: &Kept| Renewal { it: kept.it.clone(), beaten: kept.beaten };
        let renewals: Vec<Renewal> = self.kept.values().map(renewal).collect();
        let now = self.post.clock.now();
        match self.post.store.keep(&self.post.realm, &renewals, now).await {
            Ok(lost) => {
                (self.told, self.renewed) = (None, true);
                let lost: HashSet<SessionId> = lost.into_iter().collect();
                for (session, charge) in self.charges.locked().iter_mut() {
                    // What others have taken must not be beaten even until it is let go of below.
                    if let Some(kept) = self.kept.get(session).filter(|_| !lost.contains(session)) {
                        charge.until = self.post.realm.until(kept.it.interval, now);
                    }
                }
                for session in lost {
                    // Whoever ends it tells so.
                    if self.kept.get(&session).is_some_and(|kept| !kept.ending) {
                        self.leave_open(&session).await;
                        self.tell(Some(session), Turn::Elsewhere).await;
                    }
                }
            }
            Err(error) => {
                self.renewed = false;
                self.trouble(error.to_string().into()).await;
            }
        }
        // Beats that we may not send are no failures of the sessions'.
        self.order(Order::Leases { renewed: self.renewed }).await;
    }

    /// Looks for what nobody keeps, and at whom others keep.
    pub(super) async fn look(&mut self) {
        self.calm = false;
        if self.post.terms.adopts
            && let Err(trouble) = self.adopt().await
        {
            return self.trouble(trouble.to_string().into()).await;
        }
        match self.post.store.leases(&self.post.realm.org).await {
            Ok(leases) => {
                self.calm = leases.is_empty();
                self.compare(leases).await;
            }
            Err(error) => return self.trouble(error.to_string().into()).await,
        }
        if let Ok(heirs) = self.post.heirs().await {
            self.dirty |= self.heirs != heirs;
            self.heirs = heirs;
        }
        (self.dirty, self.looked) = (self.dirty || !self.looked, true);
    }

    async fn adopt(&mut self) -> Result<(), StoreError> {
        let now = self.post.clock.now();
        let (post, here) = (Arc::clone(&self.post), self.post.realm.owner.clone());
        // Whoever can only watch what is opened here is nobody's heir.
        if self.attend_at <= Instant::now() && post.genesys.hold(true).keeps_alive() {
            post.store.attend(&post.realm, now).await?;
            self.attend_at = Instant::now() + ATTEND;
        }
        let entry = |lease: &Lease| AuditEntry {
            details: serde_json::json!({"from": who(&lease.it.keeper)}),
            ..post.entry(AuditEvent::SupervisionTakenOver, Some(&lease.it.id))
        };
        let gone = |owner: &Owner| owner.is_gone(&here, runs);
        for Adopted { lease, from, record } in
            Supervisions::adopt(&*post.store, &post.realm, gone, entry, now).await?
        {
            post.note(record).await;
            if lease.phase == Phase::Opening {
                self.recover(lease);
                continue;
            }
            let session = lease.it.id.clone();
            self.take_in(lease).await;
            self.tell(Some(session), Turn::TakenOver { from }).await;
        }
        Ok(())
    }

    async fn compare(&mut self, leases: Vec<Lease>) {
        let (mut elsewhere, mut strays) = (BTreeMap::new(), HashSet::new());
        let now = self.post.clock.now();
        let is_open = |id: &SessionId| leases.iter().any(|lease| lease.it.id == *id);
        self.search_at.retain(|id, _| is_open(id));
        self.shown.retain(is_open);
        for lease in leases {
            // Who keeps it is to be seen, whether or not a list tells of it.
            if lease.phase != Phase::Opening && self.shown.insert(lease.it.id.clone()) {
                let (id, guest) = (lease.it.id.clone(), lease.it.guest.clone());
                let _ = self.post.inward.send(Inward::Supervised(id, guest)).await;
            }
            let (session, ours) = (lease.it.id.clone(), lease.it.keeper == self.post.realm.owner);
            match lease.phase {
                Phase::Released => {
                    if lease.it.deadline().is_some_and(|deadline| deadline <= now) {
                        self.run_out(session);
                    }
                }
                _ if !ours => {
                    let kept = elsewhere_kept(lease);
                    elsewhere.insert(session, kept);
                }
                // Somebody else has announced its end, and may have gone before that was done.
                Phase::Ending(why) if self.kept.contains_key(&session) => {
                    self.close(&session, why).await;
                }
                _ if self.kept.contains_key(&session) || self.opening.contains(&session) => {}
                // Ours by the store, and kept by nobody: an act of ours has broken off. What has just
                // been begun is not there the next time.
                _ if self.strays.contains(&session) => self.take_up(lease).await,
                _ => _ = strays.insert(session),
            }
        }
        self.dirty |= self.elsewhere != elsewhere;
        (self.elsewhere, self.strays) = (elsewhere, strays);
    }

    /// One at a time: the next look finds it again if this one breaks off.
    fn run_out(&mut self, session: SessionId) {
        if self.opening.insert(session.clone()) {
            let post = Arc::clone(&self.post);
            self.tasks.spawn(async move {
                post.run_out(&session).await;
                Done::Recovered(session, None)
            });
        }
    }

    async fn take_up(&mut self, lease: Lease) {
        let session = lease.it.id.clone();
        if lease.phase == Phase::Opening {
            return self.recover(lease);
        }
        tracing::warn!(%session, "it is ours and was kept by nobody: it is kept again");
        self.take_in(lease).await;
    }

    /// Trouble with the store is told once, however often it is met.
    async fn trouble(&mut self, reason: Plain) {
        tracing::warn!(%reason, "leases are not renewed or taken over");
        if self.told.as_ref() != Some(&reason) {
            self.told = Some(reason.clone());
            let _ = self.post.inward.send(Inward::AuditTrouble(reason)).await;
        }
    }

    /// Stops every beat, and only then lets others have the sessions.
    pub(super) async fn leave(mut self, keeper: JoinHandle<()>) {
        self.keep().await;
        let Self { post, orders, charges, mut tasks, opening, .. } = self;
        charges.locked().clear();
        drop(orders);
        let _ = keeper.await;
        let entry = |lease: &Lease| AuditEntry {
            status: Some("handed_over"),
            ..post.entry(AuditEvent::SupervisionReleased, Some(&lease.it.id))
        };
        hand_over(&post, &entry).await;
        // What is being opened is somebody's to keep as well, once it is open.
        let wait = if opening.is_empty() { LAST_WAIT } else { LAST_OPENINGS };
        let rest = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(wait, rest).await;
        if !opening.is_empty() {
            hand_over(&post, &entry).await;
        }
        if let Err(error) = post.store.depart_keeper(&post.realm.owner).await {
            tracing::warn!(%error, "others are not told that we leave");
        }
    }
}

async fn hand_over<G: Genesys, S: Store>(
    post: &Post<G, S>,
    entry: &(impl Fn(&Lease) -> AuditEntry + Send + Sync),
) {
    match post.store.hand_over(&post.realm, entry, post.clock.now()).await {
        Ok(records) => {
            for record in records {
                post.note(record).await;
            }
        }
        // Whoever looks finds that we have gone, or waits for the leases to run out.
        Err(error) => tracing::warn!(%error, "sessions are not handed over"),
    }
}

/// Whether a person is to be asked what is done with a session.
pub(super) fn asks(it: &Supervised) -> bool {
    it.on_loss == OnLoss::Ask && it.failures >= FAILURES
}

/// What the screen tells of a session that another floorwalker keeps.
fn elsewhere_kept(lease: Lease) -> Kept {
    let ending = matches!(lease.phase, Phase::Ending(_));
    let it = Supervised { token: None, ..lease.it };
    let asks = asks(&it);
    Kept { it, here: false, beaten: lease.beaten, warned: None, asks, ending }
}
