//! What the console asks for, and how the engine sets about it.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{Engine, Inward};
use crate::{
    domain::{
        deed::{Deed, DeedOrder, DeedStage},
        handoff::HandoffOrder,
        id::HandoffId,
    },
    engine::{
        Command, Event, Level, Notice, SHIFT,
        deeds::{self, Doing},
        handoff::{Handoff, Terrain, recover},
        reception::Ask,
        supervision,
    },
    genesys::Genesys,
    store::Store,
};

/// The least time between two refreshes by hand: four requests each.
const REFRESH: Duration = Duration::from_secs(2);
/// How often handoffs are looked for whose owner has gone.
const RECOVERY: Duration = Duration::from_secs(60);

impl<G: Genesys, S: Store> Engine<G, S> {
    pub(super) async fn obey(&mut self, command: Command) {
        match command {
            Command::Refresh => self.read_again(),
            Command::Attend(attention) => self.attend(attention),
            Command::Handoff(order) => self.hand_over(*order),
            Command::Cancel(id) => self.call_back(&id).await,
            Command::Batch(batch) => self.hand_over_all(batch).await,
            Command::StopBatch(id) => {
                if let Some(stop) = self.batches.get(&id) {
                    stop.cancel();
                }
            }
            Command::Deed(order) => self.act_as_person(*order),
            Command::Summarise(session) => self.summarise(session),
            Command::Watch(session) => self.watch(session),
            Command::Audit { before } => self.read_audit(before),
            Command::Log(ask) => self.consult(ask),
            Command::Open(order) => self.pass_on(supervision::Ask::Open(order)).await,
            Command::Supervise(session) => self.pass_on(supervision::Ask::Supervise(session)).await,
            Command::Release(session) => self.pass_on(supervision::Ask::Release(session)).await,
            Command::End(session) => self.pass_on(supervision::Ask::End(session)).await,
            Command::History(session) => self.pass_in(Ask::History(session)).await,
            Command::Decline { request, reason } => {
                self.pass_in(Ask::Decline(request, reason)).await;
            }
            Command::Defer { request, pause } => self.pass_in(Ask::Defer(request, pause)).await,
            Command::Replay(request) => self.pass_in(Ask::Replay(request)).await,
        }
    }

    /// Reads everything on screen now; a key that is held down does so no more often than this.
    fn read_again(&mut self) {
        if self.refreshed.is_some_and(|at| at.elapsed() < REFRESH) {
            return;
        }
        self.refreshed = Some(Instant::now());
        self.refresh.send_modify(|n| *n = n.wrapping_add(1));
        self.read_detail();
    }

    fn hand_over(&mut self, order: HandoffOrder) {
        let Some(handoff) = self.take_order(order) else { return };
        self.tasks.spawn(async move { drop(handoff.run().await) });
    }

    /// `None` if it is known already: a repeated message is the same order, not a second one.
    pub(super) fn take_order(&mut self, order: HandoffOrder) -> Option<Handoff<G, S>> {
        if self.handoffs.contains_key(&order.id) {
            return None;
        }
        let terrain = Terrain::around(&order, &self.assembly);
        let held = self.handoffs.entry(order.id.clone()).or_default();
        Some(Handoff::new(Arc::clone(&self.desk), order, terrain, held.reins.clone()))
    }

    /// A repeated message is the same order, not a second one.
    fn act_as_person(&mut self, order: DeedOrder) {
        if self.deeds.insert(order.id.clone()) {
            let desk = Arc::clone(&self.desk);
            let listens = (order.deed == Deed::Monitor).then(|| self.listens(&order)).flatten();
            self.tasks.spawn(async move {
                let mut doing = Doing::new(desk, order);
                let ending = doing.run().await;
                if let (Some(told), DeedStage::Done) = (listens, ending.stage) {
                    doing.listen(told).await;
                }
            });
        }
    }

    /// What ends the watch over somebody's listening in; nothing where one is watched already.
    fn listens(&mut self, order: &DeedOrder) -> Option<watch::Receiver<bool>> {
        let before = self.listening.get(&order.session);
        if before.is_some_and(|held| !held.is_closed()) {
            return None;
        }
        let (held, told) = watch::channel(false);
        self.listening.insert(order.session.clone(), held);
        Some(told)
    }

    /// Calls it back while nothing has left, takes it back while it rings.
    async fn call_back(&mut self, id: &HandoffId) {
        let Some(held) = self.handoffs.get(id) else { return self.tell(too_late()).await };
        match &held.stage {
            // It was taken a moment ago, and nothing of it has been told yet.
            None => held.reins.cancel.cancel(),
            Some(stage) if stage.can_cancel() => held.reins.cancel.cancel(),
            Some(stage) if stage.can_take_back() => held.reins.back.cancel(),
            Some(_) => self.tell(too_late()).await,
        }
    }

    /// Settles what somebody has left behind; looked for at the start, and now and then.
    pub(super) fn recover(&mut self) {
        self.recovery_due = Instant::now() + RECOVERY;
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let (handoffs, deeds) =
                tokio::join!(recover(&desk, |_| Terrain::default()), deeds::recover(&desk));
            if let Err(error) = handoffs.map(drop).and(deeds) {
                tracing::warn!(%error, "what was cut short is not settled yet");
            }
        });
    }

    /// Counts what every agent was handed in this shift.
    pub(super) fn count_handed(&mut self) {
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let now = desk.clock.now();
            let shift = jiff::SignedDuration::try_from(SHIFT).unwrap_or_default();
            let since = now.checked_sub(shift).unwrap_or(now);
            match desk.store.handed(since).await {
                Ok(handed) => drop(desk.inward.send(Inward::Handed(handed)).await),
                Err(error) => tracing::warn!(%error, "handoffs are not counted"),
            }
        });
    }
}

fn too_late() -> Event {
    let text = "It is too late to call that handoff back: it has left or has ended.".into();
    Event::Notice(Notice { level: Level::Warn, text })
}
