//! What bots ask for: taken in, decided on, handed over by rule or shown to a person (SPEC section 10).
//!
//! ```text
//! arrivals ──→ ┌ reception ────────────┐ ──→ store: one transaction for all that has come together
//! asks ──────→ │ who waits for what    │ ──→ rule: look, then an order for the engine, which carries it
//! inbox ←───── └───────────────────────┘     out as any other and tells what has become of it
//! ```
//! The store decides who is first: the same call gets the same answer, and a request is handed over once,
//! however many floorwalkers look at it. HTTP is somebody else's.

mod asks;
mod doorstep;
mod rule;
mod sweep;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use super::{Event, Level, Notice, Settings, clock::Clock, run::Inward};
use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent, AuditRecord},
        flight::Owner,
        floor::Floor,
        handoff::{Stage, Target},
        id::{HandoffId, RequestId, SessionId},
        inbox::{Answer, Asked, Inbox, Request, State},
        lease::Tenancy,
        text::Plain,
    },
    genesys::Genesys,
    policy::{guard::Limits, intake::Rules, mask::Masking, trigger::Thresholds},
    store::{Change, Stirs, Store, TurnedRequest},
};

pub use self::doorstep::Arrival;

/// Calls that are taken in together.
const TOGETHER: usize = 64;
/// How often the answers of other floorwalkers are looked for, while somebody waits for one.
const LISTEN: Duration = Duration::from_millis(50);
/// How often the inbox is looked through.
const SWEEP: Duration = Duration::from_secs(1);
/// How often that is done even if nothing was written and no request is open.
const REST: Duration = Duration::from_secs(5);
/// How often what is too old is forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// Requests handed over by rule at a time: each reads and writes several times.
const AT_ONCE: usize = 8;
/// Requests that have ended and are shown; of more, those that ended first are left out.
const SHOWN: usize = 500;

/// What is done with requests.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which queue they are for, and who decides.
    pub rules: Rules,
    /// How long an answer waits for a handoff by rule.
    pub wait: Duration,
    /// How long a request waits for a person or a place.
    pub expire: Duration,
    /// Where they are taken in, for people; `None` where they are not.
    pub at: Option<Plain>,
    /// False where nothing may be handed over by rule: the process only reads.
    pub acts: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            wait: Duration::from_secs(10),
            expire: Duration::from_secs(1_800),
            at: None,
            acts: true,
        }
    }
}

/// What is asked of the reception.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Decide against a request.
    Decline(RequestId, Plain),
    /// Ask again after a while.
    Defer(RequestId, Duration),
    /// Hand it over after all.
    Replay(RequestId),
    /// What a bot has told of a conversation.
    History(SessionId),
    /// A handoff that answers a request has ended.
    Ended(Box<Settled>),
    /// Something has changed in the store.
    Look,
}

/// How the handoff of a request has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The request.
    pub request: RequestId,
    /// The handoff.
    pub handoff: HandoffId,
    /// Where it was to go.
    pub target: Target,
    /// How it has ended.
    pub stage: Stage,
    /// What stopped it, where that passes or a person may pass it over.
    pub halt: Option<Halt>,
}

/// What a task of ours has begun.
struct Begun {
    request: RequestId,
    /// What the engine carries out now, and its place; `None` if it has come to nothing.
    sent: Option<(HandoffId, OwnedSemaphorePermit)>,
}

/// What stops a handoff without being the end of its matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A guard: a person may override it.
    Guards,
    /// The queue takes nobody now, because it is full, paused or unstaffed: that passes.
    Closed,
    /// Genesys Cloud could not be asked, and nothing has left: that passes too.
    Unreached,
}

/// What the reception works with.
pub struct Reception<G, S> {
    desk: Arc<Front<G, S>>,
    /// What was written to the store, and when it was read last.
    stirs: Stirs,
    looked: Option<Instant>,
    terms: Terms,
    thresholds: Thresholds,
    floor: watch::Receiver<Arc<Floor>>,
    /// The inbox as the store has it, and who hands over what.
    known: BTreeMap<RequestId, (Arc<Request>, Option<Owner>)>,
    /// The newest change that was read.
    version: i64,
    /// True once the store was read to its end.
    complete: bool,
    /// Who waits for an answer.
    waiters: Vec<doorstep::Waiter>,
    /// Requests that came here and are handed over by rule at once.
    ours: HashSet<RequestId>,
    /// Requests whose session was on the floor, and when one that vanished was last looked for.
    met: BTreeMap<RequestId, Option<Instant>>,
    tasks: JoinSet<Option<Begun>>,
    /// Requests that a task of ours is handing over.
    begun: HashSet<RequestId>,
    /// One for each handoff by rule under way …
    places: Arc<Semaphore>,
    /// … and those that the engine carries out, until it has told their end.
    held: HashMap<HandoffId, OwnedSemaphorePermit>,
    tidied: Option<Instant>,
    trouble: Option<Plain>,
}

/// What the reception's tasks share.
pub struct Front<G, S> {
    genesys: Arc<G>,
    store: Arc<S>,
    clock: Clock,
    actor: Actor,
    owner: Owner,
    org: Tenancy,
    limits: Limits,
    masking: Masking,
    inward: mpsc::Sender<Inward>,
}

impl<G: Genesys, S: Store> Front<G, S> {
    fn entry(&self, event: AuditEvent, request: &Request) -> AuditEntry {
        let dialect = self.genesys.dialect();
        let entry = AuditEntry::of(event, self.actor.clone(), self.org.context.clone(), dialect);
        AuditEntry {
            session: Some(request.session.clone()),
            queue: request.queue.clone(),
            details: serde_json::json!({"request": request.id, "asked": request.asked}),
            ..entry
        }
    }

    async fn tell(&self, news: Inward) {
        // With the engine gone there is nobody to tell.
        let _ = self.inward.send(news).await;
    }

    async fn notice(&self, level: Level, text: String) {
        let notice = Notice { level, text: Plain::new(&text) };
        self.tell(Inward::Tell(Event::Notice(notice))).await;
    }

    /// Moves a request on; whether that was done now.
    async fn turn(&self, turn: TurnedRequest) -> bool {
        match self.store.turn_request(turn, self.clock.now()).await {
            Ok(Some((_, record))) => {
                self.note(record).await;
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::error!(%error, "what becomes of a request is not written down");
                self.tell(Inward::AuditTrouble(Plain::new(&error.to_string()))).await;
                false
            }
        }
    }

    async fn note(&self, record: Option<AuditRecord>) {
        if let Some(record) = record {
            self.tell(Inward::Audited(Box::new(record))).await;
        }
    }
}

impl<G: Genesys, S: Store> Reception<G, S> {
    /// The reception of an engine with these settings.
    pub fn new(
        genesys: Arc<G>,
        store: Arc<S>,
        settings: &Settings,
        floor: watch::Receiver<Arc<Floor>>,
        inward: mpsc::Sender<Inward>,
    ) -> Self {
        let org = Tenancy { context: settings.context.clone(), dialect: genesys.dialect().into() };
        let (clock, actor) = (settings.clock, settings.actor.clone());
        let owner = settings.owner.clone();
        let (limits, masking) = (settings.handbook.limits, settings.handbook.masking);
        let desk =
            Arc::new(Front { genesys, store, clock, actor, owner, org, limits, masking, inward });
        let stirs = desk.store.stirs();
        Self {
            desk,
            stirs,
            looked: None,
            terms: settings.intake.clone(),
            thresholds: settings.handbook.thresholds.clone(),
            floor,
            known: BTreeMap::new(),
            version: 0,
            complete: false,
            waiters: Vec::new(),
            ours: HashSet::new(),
            met: BTreeMap::new(),
            tasks: JoinSet::new(),
            begun: HashSet::new(),
            held: HashMap::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            tidied: None,
            trouble: None,
        }
    }

    /// Takes in what arrives until nobody asks any more.
    pub async fn run(
        mut self,
        mut arrivals: mpsc::Receiver<Arrival>,
        mut asks: mpsc::Receiver<Ask>,
    ) {
        let mut together = Vec::with_capacity(TOGETHER);
        let (mut open, mut swept) = (true, Instant::now());
        self.look().await;
        loop {
            let again = swept + SWEEP;
            // Time alone moves an open request on.
            let open_here = self.known.values().any(|(request, _)| request.state.is_open());
            let rest = if open_here { again } else { swept + REST };
            let listen = if self.waiters.is_empty() { rest } else { Instant::now() + LISTEN };
            tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => self.obey(ask).await,
                    None => break,
                },
                count = arrivals.recv_many(&mut together, TOGETHER), if open => match count {
                    0 => open = false,
                    _ => self.take_in(std::mem::take(&mut together)).await,
                },
                Some(done) = self.tasks.join_next() => {
                    if let Ok(Some(begun)) = done {
                        self.set_off(begun);
                    }
                    self.look().await;
                }
                () = self.stirs.due(again) => {}
                () = tokio::time::sleep_until(listen) => {}
            }
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                self.sweep().await;
            }
            self.answer_waiters().await;
        }
        self.leave().await;
    }

    /// Reads what has changed, shows it, and begins what is to be handed over.
    async fn look(&mut self) {
        self.stirs.any();
        self.looked = Some(Instant::now());
        match self.desk.store.changes(&self.desk.org, self.version, 1_000).await {
            Ok(changes) => {
                self.trouble = None;
                let first = !std::mem::replace(&mut self.complete, true);
                if !changes.is_empty() || first {
                    self.learn(changes).await;
                    self.show().await;
                }
            }
            Err(error) => {
                // Said once; whoever calls meanwhile is told as well.
                let reason = Plain::new(&error.to_string());
                if self.trouble.as_ref() != Some(&reason) {
                    tracing::error!(%error, "the inbox is not read");
                    self.trouble = Some(reason);
                }
            }
        }
        self.begin_queued();
    }

    async fn learn(&mut self, changes: Vec<Change>) {
        for Change { version, request, owner } in changes {
            self.version = self.version.max(version);
            let before = self.known.get(&request.id).map(|(known, _)| known.state.is_open());
            // On a gateway nobody else tells of it.
            if request.state.is_open() && before != Some(true) {
                // What the bot calls the guest is no more than what the floor does.
                self.desk.tell(Inward::Supervised(request.session.clone(), None)).await;
            }
            self.known.insert(request.id.clone(), (Arc::new(request), owner));
        }
    }

    async fn show(&mut self) {
        let mut requests: Vec<_> = self.known.values().map(|(it, _)| Arc::clone(it)).collect();
        // All that are open, and of those that have ended the newest.
        requests.sort_by_key(|it| (!it.state.is_open(), std::cmp::Reverse(it.since)));
        let open = requests.iter().filter(|it| it.state.is_open()).count();
        for gone in requests.drain((open + SHOWN).min(requests.len())..) {
            self.known.remove(&gone.id);
        }
        requests.sort_by_key(|it| (std::cmp::Reverse(it.received), it.id.clone()));
        self.desk.tell(Inward::Inbox(Arc::new(Inbox { requests }))).await;
    }

    fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }

    fn after(&self, pause: Duration) -> Timestamp {
        self.desk.clock.after(pause)
    }

    fn get(&self, id: &RequestId) -> Option<&Arc<Request>> {
        self.known.get(id).map(|(request, _)| request)
    }

    /// What is under way is not waited for: its requests stay in the store as they are, and whoever looks
    /// next finds what has become of the handoffs.
    async fn leave(mut self) {
        self.tasks.abort_all();
        self.answer_waiters().await;
        for waiter in std::mem::take(&mut self.waiters) {
            self.answer_late(waiter).await;
        }
    }
}

/// The words of the states in which a request stands free for a person.
pub(super) const FREE: &[&str] = &["proposed", "deferred"];
