//! A store on disk under a paused clock, a CRM made of plain values, and whoever tells it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditRecord},
        flight::{Machine, Owner},
        outbox::{Destination, Letter, Parcel, Posted, Standing, Tray},
        text::Plain,
    },
    engine::{
        batch::Inward,
        clock::Clock,
        outbox::{
            OutboxTerms, Postman, run,
            wire::{Outgoing, Receipt, Wire},
        },
    },
    policy::address::Address,
    store::{
        Database, Deliveries, Outbox, Store, StoreError,
        deliveries::{Choice, Noted, Replayed, Route, Settled, Taking},
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::stores::Home;

/// Keeps a paused clock from running ahead while somebody else's thread is at work.
pub async fn held<T>(work: impl Future<Output = T>) -> T {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let guard = tokio::task::spawn_blocking(move || {
        let _ = wait.recv();
    });
    let result = work.await;
    drop(done);
    guard.await.unwrap();
    result
}

/// A store whose own thread a paused clock waits for.
pub struct Calm(pub Database);

impl Deliveries for Calm {
    async fn trays(
        &self,
        context: &Plain,
        by: &Owner,
        now: Timestamp,
    ) -> Result<Vec<Tray>, StoreError> {
        held(self.0.trays(context, by, now)).await
    }

    async fn take(
        &self,
        taking: &Taking,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        held(self.0.take(taking, gone, now)).await
    }

    async fn settle(
        &self,
        settled: &Settled,
        weigh: impl Fn(&Standing) -> (Standing, Option<AuditEntry>) + Send + Sync,
        now: Timestamp,
    ) -> Result<Noted, StoreError> {
        held(self.0.settle(settled, weigh, now)).await
    }

    async fn give_up(
        &self,
        route: &Route,
        before: Timestamp,
        limit: u32,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        held(self.0.give_up(route, before, limit, entry, now)).await
    }

    async fn lapse(
        &self,
        route: &Route,
        before: Timestamp,
        entry: impl Fn(u64) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        held(self.0.lapse(route, before, entry, now)).await
    }

    async fn untold(&self) -> Result<Vec<Posted>, StoreError> {
        held(self.0.untold()).await
    }

    async fn replay(
        &self,
        choice: &Choice,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> Result<Replayed, StoreError> {
        held(self.0.replay(choice, entry, now)).await
    }
}

/// What the CRM does with what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes it.
    Up,
    /// It takes it, and its answer is lost.
    Forgetful,
    /// It answers so.
    Says(u16),
    /// It answers 429, and when to come back.
    Busy(u64),
}

/// One try, as the CRM saw it.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: Instant,
    pub id: Plain,
    pub conversation: String,
    pub number: i64,
    pub body: String,
    pub taken: bool,
}

pub struct State {
    pub mood: Mood,
    /// What it does with one conversation's letters instead.
    pub grudges: BTreeMap<String, Mood>,
    pub takes: Duration,
    pub calls: Vec<Call>,
    /// What is being told this moment.
    under_way: Vec<(Plain, String)>,
    pub most_at_once: usize,
    pub clashes: Vec<String>,
}

/// A CRM made of plain values. Clones share everything.
#[derive(Clone)]
pub struct Crm(Arc<Mutex<State>>);

impl Crm {
    pub fn new(mood: Mood) -> Self {
        Self(Arc::new(Mutex::new(State {
            mood,
            grudges: BTreeMap::new(),
            takes: Duration::from_millis(20),
            calls: Vec::new(),
            under_way: Vec::new(),
            most_at_once: 0,
            clashes: Vec::new(),
        })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// What it has taken, in the order in which it took it.
    pub fn taken(&self) -> Vec<Call> {
        self.state().calls.iter().filter(|call| call.taken).cloned().collect()
    }

    /// The numbers that it has taken of each conversation, repetitions of the same letter left out.
    pub fn told(&self) -> BTreeMap<String, Vec<i64>> {
        let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for call in self.taken() {
            let numbers = told.entry(call.conversation).or_default();
            if !numbers.contains(&call.number) {
                numbers.push(call.number);
            }
        }
        told
    }

    fn begin(&self, outgoing: &Outgoing) -> (usize, Mood, Duration) {
        let body: Value = serde_json::from_str(&outgoing.body).unwrap();
        let conversation = body["conversationId"].as_str().unwrap().to_owned();
        let number = body["metadata"]["n"].as_i64().unwrap();
        let mut state = self.state();
        if state.under_way.iter().any(|(id, of)| *id == outgoing.id || *of == conversation) {
            state.clashes.push(format!("{conversation} {number}"));
        }
        state.under_way.push((outgoing.id.clone(), conversation.clone()));
        state.most_at_once = state.most_at_once.max(state.under_way.len());
        let mood = state.grudges.get(&conversation).copied().unwrap_or(state.mood);
        let (id, body) = (outgoing.id.clone(), outgoing.body.clone());
        let call = Call { at: Instant::now(), id, conversation, number, body, taken: false };
        state.calls.push(call);
        (state.calls.len() - 1, mood, state.takes)
    }
}

/// A try that was cut off is no longer under way.
struct UnderWay(Crm, Plain);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.state().under_way.retain(|(id, _)| *id != self.1);
    }
}

impl Wire for Crm {
    async fn post(&self, outgoing: Outgoing) -> Result<Receipt, Plain> {
        let (call, mood, takes) = self.begin(&outgoing);
        let _under_way = UnderWay(self.clone(), outgoing.id.clone());
        tokio::time::sleep(takes).await;
        self.state().calls[call].taken = matches!(mood, Mood::Up | Mood::Forgetful);
        match mood {
            Mood::Up => Ok(Receipt { status: 204, retry_after: None }),
            Mood::Forgetful => Err("the connection broke".into()),
            Mood::Says(status) => Ok(Receipt { status, retry_after: None }),
            Mood::Busy(seconds) => {
                Ok(Receipt { status: 429, retry_after: Some(Duration::from_secs(seconds)) })
            }
        }
    }
}

/// A process that tells.
pub struct Teller {
    pub task: JoinHandle<()>,
    pub leave: CancellationToken,
    pub wake: Arc<Notify>,
    pub news: mpsc::Receiver<Inward>,
}

/// Where the store is, and the time.
pub struct Desk {
    pub home: Home,
    pub clock: Clock,
    pub store: Database,
}

/// A process on a machine of its own.
pub fn owner(mark: &str) -> Owner {
    Owner { host: mark.into(), pid: 1, mark: mark.into() }
}

/// A process of this machine, by a number that only one has at a time.
pub fn successor(mark: &str) -> Owner {
    let host = Machine { name: "host".into(), place: Some("this test".into()) };
    Owner { host, pid: 1, mark: mark.into() }
}

pub fn terms() -> OutboxTerms {
    let address = Address::parse("https://crm.example/hook").unwrap();
    OutboxTerms { targets: [(Destination::CrmSession, address)].into(), ..OutboxTerms::default() }
}

impl Desk {
    pub async fn open(home: Home) -> Self {
        let start = "2026-11-21T10:00:00Z".parse().unwrap();
        let store = held(home.open()).await;
        Self { home, clock: Clock::From(start, Instant::now()), store }
    }

    /// Writes a letter of a conversation, and gives back its id.
    pub async fn write(&self, conversation: &str, number: i64) -> Plain {
        self.write_for("test", conversation, number).await
    }

    /// The same of an org.
    pub async fn write_for(&self, org: &str, conversation: &str, number: i64) -> Plain {
        let letter = Letter {
            event: format!("{conversation}-{number}").into(),
            context: org.into(),
            to: Destination::CrmSession,
            session: conversation.into(),
            at: self.clock.now(),
            body: json!({"conversationId": conversation, "metadata": {"n": number}}),
        };
        held(self.store.post(&letter)).await.unwrap();
        letter.event
    }

    /// Starts a process of its own on the same store.
    pub async fn teller(&self, owner: Owner, crm: &Crm) -> Teller {
        self.teller_with(owner, crm, terms()).await
    }

    pub async fn teller_with(&self, owner: Owner, crm: &Crm, terms: OutboxTerms) -> Teller {
        let (inward, news) = mpsc::channel(100_000);
        let postman = Postman {
            store: Arc::new(Calm(held(self.home.open()).await)),
            wire: Arc::new(crm.clone()),
            clock: self.clock,
            actor: Actor::default(),
            owner,
            context: "test".into(),
            dialect: "gateway",
            terms,
            inward,
        };
        let (wake, leave) = (Arc::new(Notify::new()), CancellationToken::new());
        let task = tokio::spawn(run(postman, Arc::clone(&wake), leave.clone()));
        Teller { task, leave, wake, news }
    }

    /// Records of this event, the oldest first.
    pub async fn records(&self, event: &str) -> Vec<AuditRecord> {
        let all = held(self.store.page(None, 100_000)).await.unwrap();
        all.into_iter().rev().filter(|record| *record.event == *event).collect()
    }

    pub async fn untold(&self) -> Vec<Posted> {
        held(self.store.untold()).await.unwrap()
    }

    /// Lets time pass until nothing waits any more.
    pub async fn until_empty(&self, at_most: Duration) {
        let end = Instant::now() + at_most;
        while !self.untold().await.is_empty() {
            assert!(Instant::now() < end, "{:?}", self.untold().await);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
