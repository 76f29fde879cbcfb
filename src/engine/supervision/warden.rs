//! The one task that knows whom we keep: it takes what is asked, renews the leases, looks for what nobody
//! keeps, and hands everything over when it leaves.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior},
};

use super::{
    Ask, Beats, Supervision, Turn, Ward,
    closing::NotClosed,
    hand::{Charge, Charges, Hand},
    leases::asks,
    opening::NotOpened,
    post::Post,
};
use crate::{
    domain::{
        flight::Owner,
        guest::GuestOrder,
        id::SessionId,
        lease::{Kept, Lease, Phase},
        session::{Session, SessionState},
        supervision::{End, Hold},
        text::Plain,
    },
    engine::{
        Event,
        heartbeat::{self, News, Order},
        run::Inward,
    },
    genesys::{Genesys, client::Traffic},
    store::Store,
};

/// What has changed is shown at most so often.
const SHOW: Duration = Duration::from_millis(250);

/// How long nobody looks at a store of which nothing is told, beyond the usual time.
const REST: Duration = Duration::from_secs(5);

/// Between two looks for what became of an opening.
const SEARCH: Duration = Duration::from_secs(10);

/// An act that has come to its end.
#[derive(Debug)]
pub(super) enum Done {
    Opened(Box<GuestOrder>, Result<Box<Lease>, NotOpened>),
    Begun(SessionId, Result<Box<Lease>, Plain>),
    Ended(SessionId, End, Result<(), NotClosed>),
    /// An opening that was begun by somebody who has gone, or whose answer was lost.
    Recovered(SessionId, Option<Box<Lease>>),
}

/// Whom we keep, and how that goes.
pub(super) struct Warden<G, S> {
    pub(super) post: Arc<Post<G, S>>,
    pub(super) charges: Charges,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) kept: BTreeMap<SessionId, Kept>,
    pub(super) tasks: JoinSet<Done>,
    /// The places of sessions that are being opened, or looked for.
    pub(super) opening: HashSet<SessionId>,
    /// What the floor was told to show.
    pub(super) shown: HashSet<SessionId>,
    /// When it is looked again for what became of an opening.
    pub(super) search_at: HashMap<SessionId, Instant>,
    /// What was ours in the store at the last look, and is not kept.
    pub(super) strays: HashSet<SessionId>,
    pub(super) beats: Beats,
    pub(super) paused: Option<Plain>,
    /// Whether leases can be renewed.
    pub(super) renewed: bool,
    pub(super) stretch: f64,
    /// Something is to be shown.
    pub(super) dirty: bool,
    /// Whom others keep.
    pub(super) elsewhere: BTreeMap<SessionId, Kept>,
    pub(super) heirs: Vec<Owner>,
    /// Whether the store has been looked at.
    pub(super) looked: bool,
    /// Whether nobody kept anything at the last look: only what is written makes another one worth its while.
    pub(super) calm: bool,
    allowance: u32,
    pub(super) attend_at: Instant,
    /// When all leases are renewed.
    keep_at: Instant,
    /// The trouble with the store that was told last.
    pub(super) told: Option<Plain>,
}

/// Keeps sessions until nobody can ask for anything any more; then others may.
pub async fn run<G: Genesys, S: Store>(post: Arc<Post<G, S>>, asks: mpsc::Receiver<Ask>) {
    let traffic = post.genesys.traffic();
    let allowance = post.allowance();
    let (orders, inbox) = mpsc::channel(64);
    let (outbox, news) = mpsc::channel(64);
    let charges = Charges::default();
    let (genesys, store, clock) = (Arc::clone(&post.genesys), Arc::clone(&post.store), post.clock);
    let owner = post.realm.owner.clone();
    let hand = Arc::new(Hand { genesys, store, owner, clock, charges: charges.clone() });
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
        opening: HashSet::new(),
        shown: HashSet::new(),
        search_at: HashMap::new(),
        strays: HashSet::new(),
        beats: Beats::default(),
        paused: None,
        renewed: true,
        stretch: 1.0,
        dirty: true,
        elsewhere: BTreeMap::new(),
        heirs: Vec::new(),
        looked: false,
        calm: false,
        allowance,
        attend_at: Instant::now(),
        keep_at: Instant::now(),
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
        let mut stirs = self.post.store.stirs();
        let (mut look_at, mut rest_at) = (Instant::now(), Instant::now());
        let mut show = tokio::time::interval(SHOW);
        show.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.obey(ask).await,
                    None => break,
                },
                Some(news) = news.recv() => self.hear(news).await,
                Some(Ok(done)) = self.tasks.join_next() => self.done(done).await,
                () = tokio::time::sleep_until(self.keep_at) => {
                    self.keep().await;
                    self.keep_at = Instant::now() + self.renewal();
                }
                _ = tokio::time::timeout_at(rest_at, stirs.due(look_at)) => {
                    // What is written from now on is worth another look.
                    stirs.any();
                    self.look().await;
                    look_at = Instant::now() + self.post.realm.look;
                    rest_at = if self.calm { look_at + REST } else { look_at };
                }
                Ok(()) = traffic.changed() => {
                    let allowed = traffic.borrow_and_update().budget.allowed;
                    self.allow(allowed).await;
                }
                _ = show.tick(), if self.dirty => self.show().await,
            }
        }
        self.leave(keeper).await;
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Opened(order, opened) => {
                self.opening.remove(&order.id);
                match opened {
                    Ok(lease) => {
                        let session = lease.it.id.clone();
                        // It is open already, so the budget is no question any more.
                        self.take_in(*lease).await;
                        let (order, queue) = (order.id, order.queue);
                        self.tell(Some(session), Turn::Opened { order, queue }).await;
                    }
                    Err(error) => {
                        let reason = error.to_string().into();
                        self.tell(None, Turn::NotOpened { order: order.id, reason }).await;
                    }
                }
            }
            Done::Begun(session, Ok(lease)) => {
                self.take_in(*lease).await;
                self.tell(Some(session), Turn::Begun).await;
            }
            Done::Begun(session, Err(reason)) => {
                self.tell(Some(session), Turn::Refused { reason }).await;
            }
            Done::Ended(session, why, ended) => self.closed(session, why, ended).await,
            Done::Recovered(place, lease) => {
                self.opening.remove(&place);
                if let Some(lease) = lease {
                    let session = lease.it.id.clone();
                    self.take_in(*lease).await;
                    self.tell(Some(session), Turn::Begun).await;
                }
            }
        }
    }

    /// What became of asking for a session's end.
    async fn closed(&mut self, session: SessionId, why: End, ended: Result<(), NotClosed>) {
        let turn = match ended {
            Ok(()) => Turn::Ended { why },
            Err(NotClosed::Elsewhere) => Turn::Elsewhere,
            Err(error) => {
                let kept = self.kept.get_mut(&session).filter(|_| why == End::Released);
                if let Some(kept) = kept {
                    // A person has asked: it is kept as before, and the person knows.
                    kept.ending = false;
                    let it = kept.it.clone();
                    self.order(Order::TakeOver(Box::new(it))).await;
                    let reason = error.to_string().into();
                    return self.tell(Some(session), Turn::NotEnded { reason }).await;
                }
                Turn::NotEnded { reason: error.to_string().into() }
            }
        };
        // What is ours in the store still is taken up again at the next look.
        match turn {
            Turn::Ended { .. } => {
                // No list has told so yet, and nobody should act on the row.
                let gone = Session::bare(session.clone(), SessionState::Disconnected);
                let _ = self.post.inward.send(Inward::Sighted(Box::new(gone))).await;
                self.forget(&session).await;
            }
            _ => self.leave_open(&session).await,
        }
        self.tell(Some(session), turn).await;
    }

    /// Finds out what became of an opening, every now and then until that is known.
    pub(super) fn recover(&mut self, place: Lease) {
        let now = Instant::now();
        let next = self.search_at.get(&place.it.id).copied().unwrap_or(now);
        if next <= now && self.opening.insert(place.it.id.clone()) {
            self.search_at.insert(place.it.id.clone(), now + SEARCH);
            let post = Arc::clone(&self.post);
            self.tasks.spawn(async move {
                let id = place.it.id.clone();
                Done::Recovered(id, post.recover(place).await.map(Box::new))
            });
        }
    }

    /// Keeps a session from now on that the store says is ours.
    pub(super) async fn take_in(&mut self, lease: Lease) {
        let Lease { mut it, until, beaten, phase, .. } = lease;
        if it.hold == Hold::Echo {
            // What is said meanwhile is heard by a socket alone: it is opened at once.
            it.due = Some(self.post.clock.now());
        }
        let charge = Charge { token: it.token.clone(), until };
        self.charges.locked().insert(it.id.clone(), charge);
        let _ = self.post.inward.send(Inward::Supervised(it.id.clone(), it.guest.clone())).await;
        let session = it.id.clone();
        let ending = false;
        let asks = asks(&it);
        let kept = Kept { it: it.clone(), here: true, beaten, warned: None, asks, ending };
        self.kept.insert(session.clone(), kept);
        // Its lease may be shorter than those of all others.
        self.keep_at = self.keep_at.min(Instant::now() + self.renewal());
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

    /// Keeps a session no longer that is open still: what is held of it is let go as well.
    pub(super) async fn leave_open(&mut self, session: &SessionId) {
        self.forget(session).await;
        self.post.genesys.let_go(session);
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

    pub(super) async fn order(&self, order: Order) {
        // It runs for as long as we do.
        let _ = self.orders.send(order).await;
    }
}
