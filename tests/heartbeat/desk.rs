//! A keeper, what it sends to, and what it has told.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use floorwalker::{
    domain::{
        flight::Owner,
        id::SessionId,
        supervision::{Hold, OnLoss, Sign, Supervised},
    },
    engine::{
        clock::Clock,
        heartbeat::{Beat, Beater, Blame, Missed, News, Order, Settings, run},
    },
    policy::heartbeat::{DEFAULT_FLOOR, interval},
};
use jiff::Timestamp;
use tokio::{sync::mpsc, time::Instant};

pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn id(n: u32) -> SessionId {
    format!("session-{n}").as_str().into()
}

/// A beat that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Instant,
    pub session: SessionId,
    pub sequence: i64,
}

/// What stands where Genesys Cloud would.
#[derive(Debug)]
pub struct Org {
    pub sent: Vec<Sent>,
    /// Nobody can be reached.
    pub down: bool,
    /// What failures say of their sessions.
    pub blame: Blame,
    /// Sessions whose beats fail, by themselves.
    pub dead: HashSet<SessionId>,
    /// Sessions that have ended.
    pub over: HashSet<SessionId>,
    /// How long an answer takes; zero unless told.
    pub takes: HashMap<SessionId, Duration>,
    /// Sessions whose next beat ends the task it runs in.
    pub broken: HashSet<SessionId>,
    pub flying: HashSet<SessionId>,
    pub overlaps: usize,
    pub most_at_once: usize,
}

impl Default for Org {
    fn default() -> Self {
        Self {
            sent: Vec::new(),
            down: false,
            blame: Blame::Session,
            dead: HashSet::new(),
            over: HashSet::new(),
            takes: HashMap::new(),
            broken: HashSet::new(),
            flying: HashSet::new(),
            overlaps: 0,
            most_at_once: 0,
        }
    }
}

#[derive(Debug, Default)]
pub struct Fake(Mutex<Org>);

impl Fake {
    pub fn org(&self) -> MutexGuard<'_, Org> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Beater for Fake {
    async fn beat(&self, beat: Beat) -> Result<Sign, Missed> {
        let Beat { session, sequence, .. } = beat;
        let takes = {
            let mut org = self.org();
            org.sent.push(Sent { at: Instant::now(), session: session.clone(), sequence });
            org.overlaps += usize::from(!org.flying.insert(session.clone()));
            org.most_at_once = org.most_at_once.max(org.flying.len());
            org.takes.get(&session).copied().unwrap_or_default()
        };
        // Also when the wait for it is given up.
        let _landing = Landing(self, session.clone());
        tokio::time::sleep(takes).await;
        let mut org = self.org();
        assert!(!org.broken.remove(&session), "broken on purpose");
        match () {
            () if org.down || org.dead.contains(&session) => {
                Err(Missed { blame: org.blame, why: "Heartbeat failed: 503".into() })
            }
            () if org.over.contains(&session) => Ok(Sign::Over),
            () => Ok(Sign::Alive),
        }
    }
}

struct Landing<'a>(&'a Fake, SessionId);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.0.org().flying.remove(&self.1);
    }
}

/// The engine's side of a keeper.
pub struct Desk {
    pub fake: Arc<Fake>,
    pub clock: Clock,
    pub start: Instant,
    /// What was told, and when.
    pub told: Vec<(Instant, News)>,
    orders: mpsc::Sender<Order>,
    news: mpsc::Receiver<News>,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A keeper with other numbers; the budget is no limit unless it is made one.
    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let start = Instant::now();
        let day: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let clock = Clock::From(day, start);
        let mut settings = Settings { allowance: 100_000, ..Settings::new(clock) };
        change(&mut settings);
        let (orders, inbox) = mpsc::channel(64);
        let (outbox, news) = mpsc::channel(16);
        let fake = Arc::new(Fake::default());
        tokio::spawn(run(Arc::clone(&fake), settings, inbox, outbox));
        Self { fake, clock, start, told: Vec::new(), orders, news }
    }

    /// A session opened here a moment ago that may last for so many seconds.
    pub fn session(&self, n: u32, limit: u64) -> Supervised {
        let limit = Some(secs(limit));
        Supervised {
            id: id(n),
            token: None,
            guest: None,
            opened_here: true,
            hold: Hold::Patch,
            started: self.clock.now(),
            limit,
            interval: interval(limit, DEFAULT_FLOOR),
            on_loss: OnLoss::of(true),
            sequence: 0,
            failures: 0,
            due: None,
            paused: false,
            keeper: Owner { host: "here".into(), pid: 1, mark: "x".into() },
            end: None,
        }
    }

    pub async fn order(&self, order: Order) {
        self.orders.send(order).await.unwrap();
    }

    /// Has sessions of so many seconds kept.
    pub async fn keep(&mut self, numbers: std::ops::Range<u32>, limit: u64) {
        for n in numbers {
            let it = self.session(n, limit);
            self.supervise(it).await;
        }
    }

    pub async fn supervise(&mut self, it: Supervised) {
        self.order(Order::Supervise(Box::new(it))).await;
    }

    /// Lets time pass, and listens.
    pub async fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(news) = tokio::time::timeout_at(end, self.news.recv()).await {
            self.told.push((Instant::now(), news.expect("a keeper that runs")));
        }
    }

    /// Lets time pass until something holds.
    pub async fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + secs(600);
        while !holds(self) {
            assert!(Instant::now() < end, "waited in vain: {:?}", self.told);
            self.pass(Duration::from_millis(100)).await;
        }
    }

    /// When beats of a session were sent.
    pub fn beats(&self, n: u32) -> Vec<Instant> {
        let org = self.fake.org();
        org.sent.iter().filter(|sent| sent.session == id(n)).map(|sent| sent.at).collect()
    }

    /// The times between a session's beats.
    pub fn gaps(&self, n: u32) -> Vec<Duration> {
        self.beats(n).windows(2).map(|w| w[1] - w[0]).collect()
    }

    /// What was told that `wanted` makes something of.
    pub fn heard<T>(&self, wanted: impl Fn(&News) -> Option<T>) -> Vec<T> {
        self.told.iter().filter_map(|(_, news)| wanted(news)).collect()
    }

    /// The texts of all failures.
    pub fn failures(&self) -> Vec<String> {
        self.heard(|news| match news {
            News::Failed { text, .. } => Some(text.to_string()),
            _ => None,
        })
    }

    /// Whose policy acted, and how.
    pub fn lost(&self) -> Vec<(SessionId, OnLoss)> {
        self.heard(|news| match news {
            News::Lost { session, on_loss } => Some((session.clone(), *on_loss)),
            _ => None,
        })
    }

    pub fn pauses(&self) -> usize {
        self.heard(|news| matches!(news, News::Paused { .. }).then_some(())).len()
    }

    pub fn resumed(&self) -> Vec<Duration> {
        self.heard(|news| match news {
            News::Resumed { after } => Some(*after),
            _ => None,
        })
    }
}
