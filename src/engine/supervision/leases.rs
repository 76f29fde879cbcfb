//! The leases of those we keep: renewed, taken over, handed over.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

use super::{
    Turn,
    post::who,
    warden::{Done, Warden},
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        flight::Owner,
        id::SessionId,
        lease::{Kept, Lease, Phase, Renewal},
        supervision::Supervised,
        text::Plain,
    },
    engine::{handoff::recovery::runs, run::Inward},
    genesys::Genesys,
    policy::heartbeat::turn,
    store::{Adopted, Store, StoreError},
};

/// How often others are told that we are there.
const ATTEND: Duration = Duration::from_secs(30);
/// How long acts under way are waited for at the end.
const LAST_WAIT: Duration = Duration::from_secs(3);

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
                let lost: BTreeSet<SessionId> = lost.into_iter().collect();
                for (session, charge) in self.charges.locked().iter_mut() {
                    // What others have taken must not be beaten even until it is let go of below.
                    if let Some(kept) = self.kept.get(session).filter(|_| !lost.contains(session)) {
                        charge.until = self.post.realm.until(kept.it.interval, now);
                    }
                }
                for session in lost {
                    // Whoever ends it tells so.
                    if self.kept.get(&session).is_some_and(|kept| !kept.ending) {
                        self.forget(&session).await;
                        self.tell(Some(session), Turn::Elsewhere).await;
                    }
                }
            }
            Err(error) => {
                self.renewed = false;
                self.trouble(error.to_string().into()).await;
            }
        }
        self.tell_link().await;
    }

    /// Looks for what nobody keeps, and at whom others keep.
    pub(super) async fn look(&mut self) {
        if self.post.terms.adopts
            && let Err(trouble) = self.adopt().await
        {
            return self.trouble(trouble.to_string().into()).await;
        }
        match self.post.store.leases(&self.post.realm.org).await {
            Ok(leases) => self.compare(leases).await,
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
        if self.attend_at <= Instant::now() {
            post.store.attend(&post.realm, now).await?;
            self.attend_at = Instant::now() + ATTEND;
        }
        let entry = |lease: &Lease| AuditEntry {
            details: serde_json::json!({"from": who(&lease.it.keeper)}),
            ..post.entry(AuditEvent::SupervisionTakenOver, Some(&lease.it.id))
        };
        let gone = |owner: &Owner| owner.is_gone(&here, runs);
        for Adopted { lease, from, record } in
            post.store.adopt(&post.realm, gone, entry, now).await?
        {
            post.note(record).await;
            if lease.phase == Phase::Opening {
                let post = Arc::clone(&post);
                self.tasks.spawn(async move {
                    post.vacate(&lease, None).await;
                    Done::Vacated
                });
                continue;
            }
            let session = lease.it.id.clone();
            self.take_in(lease).await;
            self.tell(Some(session), Turn::TakenOver { from }).await;
        }
        Ok(())
    }

    async fn compare(&mut self, leases: Vec<Lease>) {
        let mut elsewhere = BTreeMap::new();
        for Lease { it, beaten, phase, .. } in leases {
            if it.keeper != self.post.realm.owner {
                let ending = matches!(phase, Phase::Ending(_));
                let it = Supervised { token: None, ..it };
                let kept = Kept { it, here: false, beaten, warned: None, asks: false, ending };
                elsewhere.insert(kept.it.id.clone(), kept);
            } else if let Phase::Ending(why) = phase {
                // Somebody else has announced its end, and may have gone before that was done.
                self.close(&it.id, why).await;
            }
        }
        self.dirty |= self.elsewhere != elsewhere;
        self.elsewhere = elsewhere;
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
        let Self { post, orders, charges, mut tasks, .. } = self;
        charges.locked().clear();
        drop(orders);
        let _ = keeper.await;
        let entry = |lease: &Lease| AuditEntry {
            status: Some("handed_over"),
            ..post.entry(AuditEvent::SupervisionReleased, Some(&lease.it.id))
        };
        let now = post.clock.now();
        match post.store.hand_over(&post.realm, entry, now).await {
            Ok(records) => {
                for record in records {
                    post.note(record).await;
                }
            }
            // Whoever looks finds that we have gone, or waits for the leases to run out.
            Err(error) => tracing::warn!(%error, "sessions are not handed over"),
        }
        if let Err(error) = post.store.depart_keeper(&post.realm.owner).await {
            tracing::warn!(%error, "others are not told that we leave");
        }
        let rest = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WAIT, rest).await;
    }
}
