//! What the console asks for, and how the engine sets about it.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{CLOSE_READS, DETAIL, Engine, Inward};
use crate::{
    domain::{
        deed::{Deed, DeedOrder, DeedStage},
        handoff::HandoffOrder,
        id::{AgentId, HandoffId, SessionId},
    },
    engine::{
        Attention, Command, Event, Level, Notice, SHIFT,
        deeds::{self, Doing},
        handoff::{Handoff, Terrain, recover},
        reception::Ask,
        supervision,
    },
    genesys::{self, Feed, Genesys, Lane},
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

    /// Fetches a summary for the card.
    fn summarise(&mut self, session: SessionId) {
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let genesys = &desk.genesys;
            let closely = async {
                let mut looked = genesys.look(&session, Lane::Screen).await.ok()?;
                genesys.weigh(&mut looked, Lane::Screen).await;
                // The card shows the guards, and they ask for more than a row has.
                desk.inward.send(Inward::Sighted(Box::new(looked.session))).await.ok()
            };
            let (found, _) = tokio::join!(genesys.summarise(&session), closely);
            let found = found.map_err(|e| e.explained());
            let _ = desk.inward.send(Inward::Tell(Event::Summary { session, found })).await;
        });
    }

    /// Puts a session on the floor that no list tells of, and reads it at once.
    fn watch(&mut self, session: SessionId) {
        let desk = Arc::clone(&self.desk);
        self.assembly.watch(session.clone());
        self.share();
        self.tasks.spawn(async move {
            let news = match desk.genesys.look(&session, Lane::Screen).await {
                Ok(detail) => Inward::Sighted(Box::new(detail.session)),
                Err(error) => {
                    let text = error.explained();
                    Inward::Tell(Event::Notice(Notice { level: Level::Warn, text }))
                }
            };
            let _ = desk.inward.send(news).await;
        });
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

    /// Reads closely what the person looks at now, and did not look at before.
    fn attend(&mut self, attention: Attention) {
        let opened = attention.detail != self.attention.detail;
        self.attention = attention.clone();
        if opened {
            self.read_detail();
        }
        let known = self.assembly.known();
        let of = |all: &[AgentId]| -> Vec<AgentId> {
            let shown = attention.agents.iter().filter(|id| all.contains(id));
            shown.take(CLOSE_READS).cloned().collect()
        };
        let (unprofiled, unmeasured) = (of(&known.unprofiled), of(&known.unmeasured));
        if !unprofiled.is_empty() {
            self.read_now(Feed::Profiles, vec![unprofiled]);
        }
        self.read_now(Feed::Capacity, unmeasured.into_iter().map(|id| vec![id]).collect());
    }

    /// Reads the open detail, and again after a while.
    pub(super) fn read_detail(&mut self) {
        let session = self.attention.detail.clone();
        self.detail_due = session.as_ref().map(|_| Instant::now() + DETAIL);
        let Some(session) = session else { return };
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            let event = match desk.genesys.detail(&session).await {
                Ok(detail) => {
                    let seen = Box::new(detail.session.clone());
                    let _ = desk.inward.send(Inward::Sighted(seen)).await;
                    Event::Detail(Box::new(detail))
                }
                Err(error) => Event::NoDetail { session, reason: error.explained() },
            };
            let _ = desk.inward.send(Inward::Tell(event)).await;
        });
    }

    /// One read after the other, outside the feeds: somebody is looking at what they are for.
    fn read_now(&mut self, feed: Feed, each: Vec<Vec<AgentId>>) {
        let desk = Arc::clone(&self.desk);
        let queues = Arc::clone(&self.known.borrow().queues);
        let reading = self.tasks.spawn(async move {
            for agents in each {
                let ask = genesys::Ask {
                    now: desk.clock.now(),
                    queues: Arc::clone(&queues),
                    flows: Vec::new(),
                    agents,
                    newcomers: Vec::new(),
                    watched: Vec::new(),
                    page: 1,
                    seen: genesys::Seen::default(),
                };
                // One agent that can't be read says nothing of the next.
                let Ok(patch) = desk.genesys.read(feed, &ask, Lane::Screen).await else { continue };
                if desk.inward.send(Inward::Patched(patch)).await.is_err() {
                    return;
                }
            }
        });
        // What an earlier look asked for and has not read yet is on screen no longer.
        if let Some(earlier) = self.close_reads.insert(feed, reading) {
            earlier.abort();
        }
    }
}

fn too_late() -> Event {
    let text = "It is too late to call that handoff back: it has left or has ended.".into();
    Event::Notice(Notice { level: Level::Warn, text })
}
