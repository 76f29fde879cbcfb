//! The one task that knows whom we keep: it takes what is asked, renews the leases, looks for what nobody
//! keeps, and hands everything over when it leaves.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use super::{
    Ask, Beats, Supervision, Turn, Ward,
    hand::{Charge, Charges, Hand},
    post::{NotOpened, Post, Until, who},
};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        guest::GuestOrder,
        id::{QueueId, SessionId},
        lease::{Kept, Lease, Phase, Renewal},
        supervision::{End, Supervised},
        text::Plain,
    },
    engine::{
        Event,
        heartbeat::{self, News, Order},
        run::Inward,
    },
    genesys::{Genesys, budget::DEFAULT_ALLOWED, client::Traffic},
    policy::heartbeat::{TooMany, admit, demand, turn},
    store::{Adopted, Store},
};

/// How often others are told that we are there.
const ATTEND: Duration = Duration::from_secs(30);
/// What has changed is shown at most so often.
const SHOW: Duration = Duration::from_millis(250);
/// How long acts under way are waited for at the end.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// An act that has come to its end.
#[derive(Debug)]
pub(super) enum Done {
    Opened(QueueId, Result<Box<Lease>, NotOpened>),
    Begun(SessionId, Result<Box<Lease>, Plain>),
    Ended(SessionId, End, Result<(), Plain>),
    Vacated,
}

/// Whom we keep, and how that goes.
pub(super) struct Warden<G, S> {
    pub(super) post: Arc<Post<G, S>>,
    pub(super) charges: Charges,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) kept: BTreeMap<SessionId, Kept>,
    pub(super) tasks: JoinSet<Done>,
    pub(super) beats: Beats,
    pub(super) paused: Option<Plain>,
    pub(super) stretch: f64,
    /// Something is to be shown.
    pub(super) dirty: bool,
    /// Whom others keep.
    elsewhere: BTreeMap<SessionId, Kept>,
    heirs: Vec<crate::domain::flight::Owner>,
    /// Whether the store has been looked at.
    looked: bool,
    allowance: u32,
    attend_at: Instant,
    /// The trouble with the store that was told last.
    told: Option<Plain>,
}

/// Keeps sessions until nobody can ask for anything any more; then others may.
pub async fn run<G: Genesys, S: Store>(post: Arc<Post<G, S>>, asks: mpsc::Receiver<Ask>) {
    let traffic = post.genesys.traffic();
    // Before the first request nobody has counted.
    let allowed = Some(traffic.borrow().budget.allowed).filter(|&allowed| allowed > 0);
    let allowance = post.terms.allowance(allowed.unwrap_or(DEFAULT_ALLOWED));
    let (orders, inbox) = mpsc::channel(64);
    let (outbox, news) = mpsc::channel(64);
    let charges = Charges::default();
    let (genesys, clock) = (Arc::clone(&post.genesys), post.clock);
    let hand = Arc::new(Hand { genesys, clock, charges: charges.clone() });
    let settings = heartbeat::Settings {
        stretch_limit: post.terms.stretch_limit,
        allowance,
        ..heartbeat::Settings::new(clock)
    };
    let keeper = tokio::spawn(heartbeat::run(hand, settings, inbox, outbox));
    let warden = Warden {
        post,
        charges,
        orders,
        kept: BTreeMap::new(),
        tasks: JoinSet::new(),
        beats: Beats::default(),
        paused: None,
        stretch: 1.0,
        dirty: true,
        elsewhere: BTreeMap::new(),
        heirs: Vec::new(),
        looked: false,
        allowance,
        attend_at: Instant::now(),
        told: None,
    };
    warden.work(asks, news, traffic, keeper).await;
}

impl<G: Genesys, S: Store> Warden<G, S> {
    async fn work(
        mut self,
        mut asks: mpsc::Receiver<Ask>,
        mut news: mpsc::Receiver<News>,
        mut traffic: watch::Receiver<Traffic>,
        keeper: JoinHandle<()>,
    ) {
        let (mut keep_at, mut look_at) = (Instant::now(), Instant::now());
        let mut show = tokio::time::interval(SHOW);
        loop {
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.obey(ask).await,
                    None => break,
                },
                Some(news) = news.recv() => self.hear(news).await,
                Some(Ok(done)) = self.tasks.join_next() => self.done(done).await,
                () = tokio::time::sleep_until(keep_at) => {
                    self.keep().await;
                    keep_at = Instant::now() + self.renewal();
                }
                () = tokio::time::sleep_until(look_at) => {
                    self.look().await;
                    look_at = Instant::now() + self.post.realm.look;
                }
                Ok(()) = traffic.changed() => {
                    let allowed = traffic.borrow_and_update().budget.allowed;
                    self.allow(allowed).await;
                }
                _ = show.tick() => self.show().await,
            }
        }
        self.leave(keeper).await;
    }

    async fn obey(&mut self, ask: Ask) {
        match ask {
            Ask::Open(order) => self.open(order),
            Ask::Supervise(session) => self.supervise(session).await,
            Ask::Release(session) => self.release(session).await,
            Ask::End(session) => self.end(session).await,
            Ask::Link { up } => self.order(Order::Link { up }).await,
        }
    }

    /// Whether the budget carries one more of this interval.
    fn room(&self, interval: Duration) -> Result<(), TooMany> {
        let mut by: HashMap<Duration, usize> = HashMap::from([(interval, 1)]);
        for kept in self.kept.values() {
            *by.entry(kept.it.interval).or_default() += 1;
        }
        admit(demand(by), self.allowance, self.post.terms.stretch_limit)
    }

    fn open(&mut self, order: GuestOrder) {
        let limit = u64::try_from(order.duration).ok().map(Duration::from_secs);
        let interval = crate::policy::heartbeat::interval(limit, self.post.terms.floor);
        let (post, room) = (Arc::clone(&self.post), self.room(interval));
        self.tasks.spawn(async move {
            let opened = post.open(&order, Until::Kept, room).await;
            Done::Opened(order.queue, opened.map(Box::new))
        });
    }

    async fn supervise(&mut self, session: SessionId) {
        let interval = crate::policy::heartbeat::interval(None, self.post.terms.floor);
        let reason = match self.room(interval) {
            Err(many) => many.to_string(),
            Ok(()) if self.kept.contains_key(&session) => "it is kept here already".into(),
            Ok(()) => {
                let post = Arc::clone(&self.post);
                self.tasks.spawn(async move {
                    let begun = post.supervise(&session).await;
                    Done::Begun(session, begun.map(Box::new))
                });
                return;
            }
        };
        self.tell(Some(session), Turn::Refused { reason: reason.into() }).await;
    }

    async fn release(&mut self, session: SessionId) {
        if !self.kept.contains_key(&session) {
            let reason = "it is not kept here".into();
            return self.tell(Some(session), Turn::Refused { reason }).await;
        }
        // Written first: should it fail, the session is kept on.
        if self.post.release(&session).await {
            self.forget(&session).await;
            self.tell(Some(session), Turn::Released).await;
        }
    }

    async fn end(&mut self, session: SessionId) {
        if self.kept.contains_key(&session) {
            return self.close(&session, End::Released).await;
        }
        let post = Arc::clone(&self.post);
        self.tasks.spawn(async move {
            let ended = post.end(&session).await;
            Done::Ended(session, End::Released, ended)
        });
    }

    /// Ends a session that we keep. Its lease stays ours until that is done.
    pub(super) async fn close(&mut self, session: &SessionId, why: End) {
        let Some(kept) = self.kept.get_mut(session).filter(|kept| !kept.ending) else { return };
        kept.ending = true;
        let (post, it) = (Arc::clone(&self.post), kept.it.clone());
        self.dirty = true;
        self.order(Order::Release(session.clone())).await;
        self.tasks.spawn(async move {
            let ended = post.close(&it, why).await;
            Done::Ended(it.id, why, ended)
        });
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Opened(queue, Ok(lease)) => {
                let session = lease.it.id.clone();
                // It is open already, so the budget is no question any more.
                self.take_in(*lease).await;
                self.tell(Some(session), Turn::Opened { queue }).await;
            }
            Done::Opened(_, Err(error)) => {
                let reason = error.to_string().into();
                self.tell(None, Turn::NotOpened { reason }).await;
            }
            Done::Begun(session, Ok(lease)) => {
                self.take_in(*lease).await;
                self.tell(Some(session), Turn::Begun).await;
            }
            Done::Begun(session, Err(reason)) => {
                self.tell(Some(session), Turn::Refused { reason }).await;
            }
            Done::Ended(session, why, ended) => {
                self.forget(&session).await;
                if let Err(reason) = ended {
                    self.tell(Some(session), Turn::NotEnded { reason }).await;
                } else {
                    self.tell(Some(session), Turn::Ended { why }).await;
                }
            }
            Done::Vacated => {}
        }
    }

    /// Keeps a session from now on that the store says is ours.
    async fn take_in(&mut self, lease: Lease) {
        let Lease { it, until, beaten, phase, .. } = lease;
        let charge = Charge { token: it.token.clone(), until };
        self.charges.locked().insert(it.id.clone(), charge);
        let _ = self.post.inward.send(Inward::Supervised(it.id.clone())).await;
        let session = it.id.clone();
        let ending = false;
        let kept = Kept { it: it.clone(), here: true, beaten, warned: None, asks: false, ending };
        self.kept.insert(session.clone(), kept);
        self.dirty = true;
        match phase {
            Phase::Ending(why) => self.close(&session, why).await,
            _ => self.order(Order::TakeOver(Box::new(it))).await,
        }
    }

    /// Keeps a session no longer.
    pub(super) async fn forget(&mut self, session: &SessionId) {
        self.charges.locked().remove(session);
        if self.kept.remove(session).is_some() {
            self.order(Order::Release(session.clone())).await;
        }
        self.dirty = true;
    }

    fn renewal(&self) -> Duration {
        let shortest = self.kept.values().map(|kept| kept.it.interval).min();
        turn(shortest.unwrap_or(self.post.terms.floor))
    }

    /// Renews every lease of ours, in one go.
    async fn keep(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let renewal = |kept: &Kept| Renewal { it: kept.it.clone(), beaten: kept.beaten };
        let renewals: Vec<Renewal> = self.kept.values().map(renewal).collect();
        let now = self.post.clock.now();
        match self.post.store.keep(&self.post.realm, &renewals, now).await {
            Ok(lost) => {
                self.told = None;
                for (session, charge) in self.charges.locked().iter_mut() {
                    if let Some(kept) = self.kept.get(session) {
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
            Err(error) => self.trouble(error.to_string().into()).await,
        }
    }

    /// Looks for what nobody keeps, and at whom others keep.
    async fn look(&mut self) {
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

    async fn adopt(&mut self) -> Result<(), crate::store::StoreError> {
        let now = self.post.clock.now();
        let (post, here) = (Arc::clone(&self.post), self.post.realm.owner.clone());
        if self.attend_at <= Instant::now() {
            post.store.attend(&post.realm, now).await?;
            self.attend_at = Instant::now() + ATTEND;
        }
        let runs = crate::engine::handoff::recovery::runs;
        let entry = |lease: &Lease| AuditEntry {
            details: serde_json::json!({"from": who(&lease.it.keeper)}),
            ..post.entry(AuditEvent::SupervisionTakenOver, Some(&lease.it.id))
        };
        let gone = |owner: &crate::domain::flight::Owner| owner.is_gone(&here, runs);
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

    async fn allow(&mut self, allowed: u32) {
        let allowance = self.post.terms.allowance(allowed);
        if allowed > 0 && allowance != self.allowance {
            self.allowance = allowance;
            self.order(Order::Allow(allowance)).await;
        }
    }

    async fn show(&mut self) {
        if !self.dirty || !self.looked {
            return;
        }
        self.dirty = false;
        let mut kept = self.elsewhere.clone();
        kept.extend(self.kept.iter().map(|(session, kept)| (session.clone(), kept.clone())));
        let ward = Ward {
            kept,
            paused: self.paused.clone(),
            stretch: self.stretch,
            beats: self.beats,
            heirs: self.heirs.clone(),
        };
        let _ = self.post.inward.send(Inward::Ward(Arc::new(ward))).await;
    }

    pub(super) async fn tell(&mut self, session: Option<SessionId>, turn: Turn) {
        self.dirty = true;
        let event = Event::Supervision(Box::new(Supervision { session, turn }));
        let _ = self.post.inward.send(Inward::Tell(event)).await;
    }

    /// Trouble with the store is told once, however often it is met.
    async fn trouble(&mut self, reason: Plain) {
        tracing::warn!(%reason, "leases are not renewed or taken over");
        if self.told.as_ref() != Some(&reason) {
            self.told = Some(reason.clone());
            let _ = self.post.inward.send(Inward::AuditTrouble(reason)).await;
        }
    }

    pub(super) async fn order(&self, order: Order) {
        // It runs for as long as we do.
        let _ = self.orders.send(order).await;
    }

    /// Stops every beat, and only then lets others have the sessions.
    async fn leave(mut self, keeper: JoinHandle<()>) {
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
