//! A contact centre with the real client and engine on it: a simulator, a checked transport, a store in
//! a folder of its own, and the witness beside them.

use std::{sync::Arc, time::Duration};

use floorwalker::{
    domain::{
        audit::{Account, Actor, AuditRecord},
        flight::{Machine, Owner},
        floor,
        handoff::{HandoffOrder, Stage, Target},
        id::HandoffId,
        session::Standing,
        text::Plain,
    },
    engine::{self, Command, Event, Handle, Link, clock::Clock},
    genesys::{Genesys, auth, client::Settings, platform::Platform, retry::Policy},
    simulator::Options,
    store::{Database, Store},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::{
    checked::{Checked, Watch},
    simulated::Floor,
};

/// Longer than anything here may take: what fails then is a test, not the clock. The skills of all agents alone are
/// read over most of a minute, since that reading keeps to its share of the budget.
pub const PATIENCE: Duration = Duration::from_secs(180);

pub struct Site {
    /// The witness.
    pub floor: Floor,
    pub watch: Watch,
    pub store: Database,
    /// Requests a minute that the client may make.
    pub allowed: u32,
    /// How long the client waits for an answer.
    pub timeout: Duration,
    /// How long after that something may still take effect.
    pub late: Duration,
    /// Who has signed in, if somebody has.
    pub account: Option<Account>,
    /// Where engines run, within which a process's number means one process; `None` where nobody knows.
    pub place: Option<Plain>,
    /// The numbers of engines' rules.
    pub handbook: floorwalker::policy::Handbook,
    /// What engines do with bots' requests.
    pub intake: engine::reception::Terms,
    folder: tempfile::TempDir,
}

impl Site {
    pub async fn open(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Database::open(&folder.path().join("store.db")).await.unwrap();
        Self {
            floor: Floor::open(options).await,
            watch: Watch::default(),
            store,
            allowed: 300,
            timeout: Duration::from_secs(15),
            late: Duration::from_secs(27),
            account: None,
            place: None,
            handbook: floorwalker::policy::Handbook::default(),
            intake: engine::reception::Terms::default(),
            folder,
        }
    }

    /// The way to the contact centre.
    pub fn settings(&self) -> Settings {
        let base_url = self.floor.running.base_url().to_owned();
        let client = auth::Client {
            token_url: format!("{base_url}/oauth/token"),
            id: self.floor.running.client_id().to_owned(),
            secret: self.floor.running.client_secret().into(),
        };
        let (allowed, timeout, retry) = (self.allowed, self.timeout, Policy::default());
        let token_timeout = auth::TIMEOUT;
        Settings { base_url, client, allowed, retry, timeout, token_timeout }
    }

    pub fn platform(&self) -> Platform<Checked> {
        Platform::new(Checked::new(&self.watch), self.settings())
    }

    /// One instance among several on this store.
    pub fn owner(&self) -> Owner {
        // Each on a machine of its own: two of one process would take each other for its earlier run.
        let mark: Plain = HandoffId::random().to_string().into();
        let host = match &self.place {
            Some(place) => Machine { name: "here".into(), place: Some(place.clone()) },
            None => mark.clone().into(),
        };
        Owner { host, pid: std::process::id(), mark }
    }

    /// An engine whose handoffs leave at once.
    pub fn engine(&self) -> Handle {
        self.engine_on(self.platform())
    }

    /// The same on a client of one's own.
    pub fn engine_on<G: Genesys>(&self, genesys: G) -> Handle {
        let (handle, ports) = engine::channels();
        let account = self.account.clone();
        let actor =
            Actor { user: "tester".into(), host: "host".into(), account, ..Actor::default() };
        let settings = engine::Settings {
            actor,
            owner: self.owner(),
            context: "test".into(),
            grace: Duration::ZERO,
            defer: Duration::ZERO,
            late: self.late,
            handbook: self.handbook.clone(),
            intake: self.intake.clone(),
            outbox: Default::default(),
            witness: Default::default(),
            clock: Clock::System,
        };
        let store = Arc::new(self.store.clone());
        tokio::spawn(engine::run(Arc::new(genesys), store, ports, settings));
        handle
    }

    /// Faults on routes of the ledger's names with one of these texts in them.
    pub async fn faults(&self, faults: &[&str], routes: &[&str]) {
        if faults.iter().any(|f| ["html", "truncated", "huge"].iter().any(|s| f.contains(s))) {
            self.watch.expect_spoilt_bodies();
        }
        let body = json!({"faults": faults, "routes": routes});
        assert_eq!(self.floor.post("/_simulator/fault", body).await.status, 200);
    }

    /// How agents answer every handoff from now on.
    pub async fn agents_answer(&self, always: &str) {
        let reply = self.floor.post("/_simulator/answers", json!({"always": always})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// Handoffs of a session that really were applied.
    pub async fn applied(&self, session: &Value) -> Vec<Value> {
        let ledger = self.floor.ledger().await;
        let all = ledger["handoffs"].as_array().unwrap().iter();
        all.filter(|handoff| handoff["conversation"] == *session).cloned().collect()
    }

    /// The log of one handoff, oldest first.
    pub async fn audit(&self, id: &HandoffId) -> Vec<AuditRecord> {
        let mut records = self.store.page(None, 1000).await.unwrap();
        records.retain(|record| record.handoff.as_ref() == Some(id));
        records.reverse();
        records
    }

    /// Requests that the ledger counts, by a status.
    pub async fn answered(&self, status: u16) -> u64 {
        let ledger = self.floor.ledger().await;
        let rows = ledger["requests"].as_array().unwrap().iter();
        rows.filter(|r| r["status"] == status).map(|r| r["count"].as_u64().unwrap()).sum()
    }

    /// The end of a test: every answer must have been as documented.
    pub fn close(self) {
        self.watch.verdict();
        self.folder.close().unwrap();
    }
}

/// Waits for a floor of which something holds.
pub async fn floor(
    handle: &mut Handle,
    holds: impl Fn(&floor::Floor) -> bool,
) -> Arc<floor::Floor> {
    let found = tokio::time::timeout(PATIENCE, handle.floor.wait_for(|floor| holds(floor))).await;
    found.expect("such a floor").unwrap().clone()
}

/// Waits for a link of which something holds.
pub async fn link(handle: &mut Handle, holds: impl Fn(&Link) -> bool) -> Link {
    let wait = handle.pulse.wait_for(|pulse| holds(&pulse.link));
    let found = tokio::time::timeout(PATIENCE, wait).await;
    found.expect("such a link").unwrap().link.clone()
}

/// Waits for a floor with all live feeds answered.
pub async fn live(handle: &mut Handle) -> Arc<floor::Floor> {
    link(handle, |link| *link == Link::Live).await;
    floor(handle, |f| f.loading.queues_known && f.loading.agents_known && f.loading.sessions_known)
        .await
}

/// The floor once it is live and everybody's skills are known, which the gate asks for.
pub async fn ready(handle: &mut Handle) -> Arc<floor::Floor> {
    live(handle).await;
    floor(handle, |f| f.loading.profiles == f.agents.len()).await
}

/// An order as a person gives it who looks at this floor.
pub fn order(seen: &floor::Floor, session: &Value, target: Target) -> HandoffOrder {
    let session = session.as_str().unwrap().into();
    let seen: Standing = seen.session(&session).expect("it is on the floor").standing();
    HandoffOrder { reason: "test".into(), ..HandoffOrder::new(session, seen, target) }
}

/// Sends orders together and collects the stages of each to its end.
pub async fn carry_out(handle: &mut Handle, orders: &[HandoffOrder]) -> Vec<Vec<Stage>> {
    for order in orders {
        handle.commands.send(Command::Handoff(Box::new(order.clone()))).await.unwrap();
    }
    let mut stages = vec![Vec::new(); orders.len()];
    let ended =
        |stages: &[Vec<Stage>]| stages.iter().all(|of| of.last().is_some_and(Stage::is_final));
    // All of them together, on a machine that has much else to do.
    let end = Instant::now() + 2 * PATIENCE;
    while !ended(&stages) {
        let event = timeout_at(end, handle.events.recv()).await.expect("an end of each");
        let event = event.expect("an engine that runs");
        let Event::Handoff(progress) = event else { continue };
        let index = orders.iter().position(|order| order.id == progress.order.id);
        stages[index.expect("one of ours")].push(progress.stage);
    }
    stages
}

/// The last word of some stages.
pub fn end(stages: &[Stage]) -> &'static str {
    stages.last().map_or("none", Stage::word)
}
