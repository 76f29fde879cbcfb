//! An org made of plain values, and a store in memory: the engine on a paused clock, without sockets.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't be set up should stop there"
)]

#[path = "counted.rs"]
mod counted;
#[path = "done.rs"]
pub mod done;
#[path = "kept.rs"]
mod kept;
#[path = "logged.rs"]
mod logged;
#[path = "unasked.rs"]
mod unasked;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use floorwalker::{
    domain::{
        agent::{Presence, RoutingStatus},
        audit::{Account, Actor, AuditEntry, AuditRecord},
        deed::{DeedFlight, DeedOrder, Seat},
        detail::{Attendance, Participant, Purpose, SessionDetail, Utterance},
        flight::{Departure, Flight, Machine, Owner},
        floor::Floor,
        guest::{GuestOrder, GuestToken},
        handoff::{HandoffOrder, Stage, Step, Target},
        id::{AgentId, HandoffId, MessageId, ParticipantId, QueueId, SessionId},
        lease::Lease,
        outbox::Letter,
        queue::QueueState,
        session::{Session, SessionState, Standing},
        supervision::{Hold, Sign},
        text::Plain,
    },
    engine::{self, Command, Event, Handle, Settings, Witness, clock::Clock},
    genesys::{
        Acted, AgentState, Ask, Directory, Error, Feed, Genesys, Lane, Pace, Patch, Plan, Profile,
        QueueCounts, QueueFacts, Scope, Sent, Transfer, Write,
        client::{Call, Traffic},
        error::Kind,
        transport::Method,
    },
    policy::Handbook,
    store::{Claim, Claimed, Stirs, Store, StoreError},
};
use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

/// How an agent takes an alert, and how long that takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    Accepts,
    Refuses,
    DoesNotAnswer,
}

/// What becomes of the next transfer request.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is done and answered.
    Done,
    /// It is done, and the answer is lost.
    DoneButLost(Kind),
    /// It is not done, and the answer is lost.
    LostBefore(Kind),
    /// Nobody answers, and long after that it is done.
    DoneLate(Duration),
    /// It is refused.
    Refused(Kind),
}

pub struct State {
    pub queues: Vec<QueueId>,
    pub agents: Vec<AgentId>,
    pub sessions: HashMap<SessionId, SessionDetail>,
    pub failing: HashMap<Feed, Error>,
    pub reads: Vec<(Instant, Feed)>,
    pub transfers: Vec<(Instant, Transfer)>,
    pub fate: Fate,
    pub agent: Agent,
    /// What happened in which order: `audit …`, `transfer`.
    pub history: Vec<String>,
    pub store_broken: bool,
    /// The log can't be read.
    pub log_broken: bool,
    /// Reading the log meets a defect of ours.
    pub log_panics: bool,
    /// What the log is held against.
    pub witness: Witness,
    /// Held by every look that is under way.
    looking: Arc<()>,
    /// How long looking at one session takes.
    pub look_takes: Duration,
    /// Depth and sentiment, as only a closer look tells them.
    pub weighed: (Option<u32>, Option<f64>),
    /// Looking at one session fails.
    pub look_fails: bool,
    /// What agents are doing.
    pub routing: RoutingStatus,
    pub claims: HashMap<SessionId, Claim>,
    pub flights: Vec<Flight>,
    pub records: Vec<AuditRecord>,
    /// What becomes of the next requests beside transfers; nothing goes wrong with the rest.
    pub beside: VecDeque<Kind>,
    /// Queues that take nobody.
    pub full: Vec<QueueId>,
    /// Supervisions that have not ended, and what is to be told of all.
    pub leases: Vec<Lease>,
    pub letters: Vec<Letter>,
    /// Beats that arrived, and sessions whose beats fail.
    pub beats: Vec<(Instant, SessionId, i64)>,
    pub heartless: HashSet<SessionId>,
    pub disconnected: Vec<SessionId>,
    /// What asking for a session's end fails with.
    pub refuses_ending: Option<Kind>,
    /// Sessions opened under the ids of their orders.
    pub opened: Vec<SessionId>,
    /// Nobody can tell what became of an opening.
    pub fate_unknown: bool,
    /// So many openings whose answer is lost: the session is open.
    pub openings_lost: usize,
    /// How often figures were asked for, and how often the store was tried.
    pub counted: usize,
    pub probed: usize,
    /// How often requests and leases were looked through, and who tells of writes, if somebody does.
    pub changes_read: usize,
    pub leases_read: usize,
    pub stirring: Option<watch::Sender<()>>,
    /// What a person does that is on its way, and whoever has signed in, if somebody has.
    pub deeds: Vec<DeedFlight>,
    pub account: Option<Account>,
    deeds_planned: HashMap<String, (DeedOrder, Seat)>,
    planned: HashMap<String, Transfer>,
    next_participant: u32,
}

/// The org and the store in one: they share the history. Clones share everything.
#[derive(Clone)]
pub struct Fake {
    state: Arc<Mutex<State>>,
    traffic: Arc<watch::Sender<Traffic>>,
    start: (Timestamp, Instant),
}

/// This process, as one console among several.
pub fn owner() -> Owner {
    let mark = HandoffId::random().to_string();
    let host = Machine { name: "host".into(), place: Some("this test".into()) };
    Owner { host, pid: std::process::id(), mark: Plain::new(&mark) }
}

pub fn session_id(n: u32) -> SessionId {
    format!("00000000-0000-4000-8000-{n:012}").as_str().into()
}

pub fn queue_id(n: usize) -> QueueId {
    format!("queue-{n}").as_str().into()
}

pub fn agent_id(n: usize) -> AgentId {
    format!("agent-{n}").as_str().into()
}

impl Fake {
    /// Sessions that are being read by themselves.
    pub fn looking(&self) -> usize {
        Arc::strong_count(&self.state().looking) - 1
    }

    /// A sign-in was renewed, and can't be kept for this reason.
    pub fn trouble_with_the_sign_in(&self, why: &str) {
        self.traffic.send_modify(|traffic| traffic.unkept = Some(why.into()));
    }

    pub fn new(queues: usize, agents: usize, sessions: u32) -> Self {
        let state = State {
            queues: (0..queues).map(queue_id).collect(),
            agents: (0..agents).map(agent_id).collect(),
            sessions: HashMap::new(),
            failing: HashMap::new(),
            reads: Vec::new(),
            transfers: Vec::new(),
            fate: Fate::Done,
            agent: Agent::Accepts,
            history: Vec::new(),
            store_broken: false,
            log_broken: false,
            log_panics: false,
            witness: Witness::default(),
            looking: Arc::default(),
            look_takes: Duration::from_millis(40),
            weighed: (None, None),
            look_fails: false,
            routing: RoutingStatus::Idle,
            claims: HashMap::new(),
            flights: Vec::new(),
            records: Vec::new(),
            beside: VecDeque::new(),
            full: Vec::new(),
            leases: Vec::new(),
            letters: Vec::new(),
            beats: Vec::new(),
            heartless: HashSet::new(),
            disconnected: Vec::new(),
            refuses_ending: None,
            opened: Vec::new(),
            fate_unknown: false,
            openings_lost: 0,
            counted: 0,
            probed: 0,
            changes_read: 0,
            leases_read: 0,
            stirring: None,
            deeds: Vec::new(),
            account: None,
            deeds_planned: HashMap::new(),
            planned: HashMap::new(),
            next_participant: 0,
        };
        let fake = Self {
            state: Arc::new(Mutex::new(state)),
            traffic: Arc::default(),
            start: ("2026-11-21T10:00:00Z".parse().unwrap(), Instant::now()),
        };
        (0..sessions).for_each(|n| fake.add_waiting(n));
        fake
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn clock(&self) -> Clock {
        Clock::From(self.start.0, self.start.1)
    }

    /// A session that waits in the first queue.
    pub fn add_waiting(&self, n: u32) {
        let id = session_id(n);
        let now = self.clock().now();
        let mut session = Session::bare(id.clone(), SessionState::Waiting);
        session.since = Some(now);
        session.queue = Some(queue_id(0));
        let waits = participant(n, Purpose::Queue, Attendance::Connected);
        let waits = Participant { queue: Some(queue_id(0)), ..waits };
        let detail = SessionDetail {
            id: id.clone(),
            session,
            participants: vec![waits],
            messages: Vec::new(),
            message_ids: Vec::new(),
            summary: None,
            guest: None,
            gaps: Vec::new(),
            read_at: now,
        };
        self.state().sessions.insert(id, detail);
    }

    pub fn fail(&self, feed: Feed, kind: Kind) {
        self.state().failing.insert(feed, Error::new("read", kind, "broken on purpose"));
    }

    /// Starts an engine on this org and store.
    pub fn engine(&self, grace: Duration) -> Handle {
        let (handle, ports) = engine::channels();
        let account = self.state().account.clone();
        let settings = Settings {
            actor: Actor {
                user: "tester".into(),
                host: "host".into(),
                tty: None,
                ssh_origin: None,
                account,
            },
            owner: owner(),
            context: "test".into(),
            grace,
            defer: Duration::from_secs(60),
            late: Duration::from_secs(90),
            handbook: Handbook::default(),
            intake: engine::reception::Terms::default(),
            outbox: Default::default(),
            witness: self.state().witness.clone(),
            clock: self.clock(),
        };
        tokio::spawn(engine::run(Arc::new(self.clone()), Arc::new(self.clone()), ports, settings));
        handle
    }

    /// What an order did at the org before whoever sent it could see that.
    pub fn take_effect(&self, order: &HandoffOrder) {
        let detail = self.state().sessions[&order.session].clone();
        self.apply(&Transfer {
            handoff: order.id.clone(),
            at: self.clock().now(),
            session: order.session.clone(),
            participant: detail.replaceable().expect("somebody to replace").id.clone(),
            customer: None,
            target: order.target.clone(),
            waits_in: None,
            assignable: false,
            demands: order.demands.clone(),
            payload: order.payload.clone(),
            summary: String::new(),
            reason: order.reason.clone(),
        });
    }

    fn apply(&self, transfer: &Transfer) {
        let now = self.clock().now();
        let mut state = self.state();
        state.next_participant += 1;
        let n = 1000 + state.next_participant;
        let detail = state.sessions.get_mut(&transfer.session).expect("a known session");
        for old in &mut detail.participants {
            if old.id == transfer.participant {
                old.presence = Attendance::Gone;
                old.ended_by = Some("transfer".into());
            }
        }
        detail.session.since = Some(now);
        match &transfer.target {
            Target::Agent(agent) => {
                let alerted = participant(n, Purpose::Agent, Attendance::Alerting);
                detail.participants.push(Participant { agent: Some(agent.clone()), ..alerted });
                detail.session.state = SessionState::Alerting;
                detail.session.agent = Some(agent.clone());
                let (fake, id) = (self.clone(), transfer.session.clone());
                tokio::spawn(async move { fake.answer(id).await });
            }
            Target::Queue(queue) => {
                let waits = participant(n, Purpose::Queue, Attendance::Connected);
                detail.participants.push(Participant { queue: Some(queue.clone()), ..waits });
                detail.session.state = SessionState::Waiting;
                detail.session.agent = None;
                detail.session.queue = Some(queue.clone());
            }
        }
    }

    /// Three seconds after the alert the agent makes up his or her mind.
    async fn answer(&self, id: SessionId) {
        let mind = self.state().agent;
        let wait = if mind == Agent::DoesNotAnswer { 30 } else { 3 };
        tokio::time::sleep(Duration::from_secs(wait)).await;
        let now = self.clock().now();
        let mut state = self.state();
        let detail = state.sessions.get_mut(&id).expect("a known session");
        let rings = |p: &&mut Participant| p.presence == Attendance::Alerting;
        // It may have been taken back meanwhile.
        let Some(last) = detail.participants.iter_mut().find(rings) else { return };
        detail.session.since = Some(now);
        match mind {
            Agent::Accepts => {
                last.presence = Attendance::Connected;
                last.connected = Some(now);
                detail.session.state = SessionState::Connected;
            }
            Agent::Refuses | Agent::DoesNotAnswer => {
                last.presence = Attendance::Gone;
                let why = if mind == Agent::Refuses { "client" } else { "transfer.noanswer" };
                last.ended_by = Some(why.into());
                detail.session.state = SessionState::Waiting;
                detail.session.agent = None;
            }
        }
    }

    fn patch(&self, feed: Feed, ask: &Ask) -> Patch {
        let state = self.state();
        let sessions = || state.sessions.values().map(|d| d.session.clone());
        match feed {
            Feed::Directory => Patch::Directory(Directory {
                org: Some("Test".into()),
                queues: state.queues.iter().map(facts).collect(),
                ..Directory::default()
            }),
            Feed::Sessions => Patch::Sessions(sessions().collect()),
            Feed::Bots => Patch::Bots(Vec::new()),
            Feed::Agents => Patch::Agents(
                state.agents.iter().map(|id| agent_state(id, &state.routing)).collect(),
            ),
            Feed::Queues => {
                let told = |q: &QueueId| state.full.contains(q).then_some(QueueState::Full);
                let counts = |q: &QueueId| QueueCounts { told: told(q), ..QueueCounts::NONE };
                Patch::Queues(state.queues.iter().map(|q| (q.clone(), counts(q))).collect())
            }
            Feed::Levels => Patch::Levels(HashMap::new()),
            Feed::Profiles => Patch::Profiles(ask.agents.iter().take(100).map(profile).collect()),
            Feed::Capacity => Patch::Capacity {
                agent: ask.agents[0].clone(),
                capacity: Some(3),
                inherited: false,
            },
            Feed::Newcomers => Patch::Histories {
                of: sessions()
                    .filter(|s| ask.newcomers.iter().take(100).any(|id| *id == s.id))
                    .collect(),
                scope: Scope::Some,
            },
            Feed::Reconcile => {
                let mut all: Vec<Session> = sessions().collect();
                all.sort_by(|a, b| a.id.cmp(&b.id));
                let from = (ask.page as usize - 1) * 100;
                let of: Vec<Session> = all.into_iter().skip(from).take(100).collect();
                let scope = if of.len() == 100 { Scope::Page } else { Scope::LastPage };
                Patch::Histories { of, scope }
            }
            Feed::Intents => Patch::Intents(HashMap::new()),
        }
    }
}

/// Who waits in the queue already is only routed otherwise.
fn in_place(transfer: &Transfer) -> bool {
    let there = |queue: &QueueId| transfer.target == Target::Queue(queue.clone());
    transfer.waits_in.as_ref().is_some_and(there) && transfer.demands.routes()
}

fn participant(n: u32, purpose: Purpose, presence: Attendance) -> Participant {
    Participant {
        id: ParticipantId::from(format!("participant-{n}").as_str()),
        purpose,
        name: None,
        agent: None,
        queue: None,
        presence,
        from: None,
        connected: None,
        until: None,
        ended_by: None,
        communication: None,
    }
}

fn facts(id: &QueueId) -> QueueFacts {
    QueueFacts {
        id: id.clone(),
        name: Plain::new(&id.to_string()),
        manual_assignment: false,
        alerting_timeout: Some(Duration::from_secs(30)),
        service_target: None,
    }
}

fn agent_state(id: &AgentId, routing: &RoutingStatus) -> AgentState {
    AgentState {
        id: id.clone(),
        presence: Some(Presence::OnQueue),
        routing: Some(routing.clone()),
        since: None,
        queues: vec![queue_id(0), queue_id(2)],
    }
}

fn profile(id: &AgentId) -> Profile {
    let name = Plain::new(&format!("Name of {id}"));
    Profile { id: id.clone(), name, skills: Some(Vec::new()), languages: Some(Vec::new()) }
}

const fn pace(seconds: u64, live: bool) -> Pace {
    Pace { every: Duration::from_secs(seconds), live }
}

const FEEDS: &[(Feed, Pace)] = &[
    (Feed::Directory, pace(900, false)),
    (Feed::Sessions, pace(5, true)),
    (Feed::Bots, pace(5, true)),
    (Feed::Agents, pace(5, true)),
    (Feed::Queues, pace(5, true)),
    (Feed::Profiles, pace(1, false)),
    (Feed::Levels, pace(60, false)),
    (Feed::Newcomers, pace(30, false)),
    (Feed::Intents, pace(20, false)),
    (Feed::Reconcile, pace(300, false)),
    (Feed::Capacity, pace(1, false)),
];

impl Genesys for Fake {
    fn dialect(&self) -> &'static str {
        "fake"
    }

    fn feeds(&self) -> &'static [(Feed, Pace)] {
        FEEDS
    }

    async fn read(&self, feed: Feed, ask: &Ask, _: Lane) -> Result<Patch, Error> {
        {
            let mut state = self.state();
            // Queues, skills, languages, the org.
            let requests = if feed == Feed::Directory { 4 } else { 1 };
            (0..requests).for_each(|_| state.reads.push((Instant::now(), feed)));
        }
        tokio::time::sleep(Duration::from_millis(80)).await;
        let failing = self.state().failing.get(&feed).cloned();
        match failing {
            Some(error) => Err(error),
            None => Ok(self.patch(feed, ask)),
        }
    }

    async fn look(&self, session: &SessionId, _: Lane) -> Result<SessionDetail, Error> {
        let _looking = Arc::clone(&self.state().looking);
        let takes = self.state().look_takes;
        tokio::time::sleep(takes).await;
        if self.state().look_fails {
            return Err(Error::new("read the session", Kind::Timeout, "no answer in time"));
        }
        let known = self.state().sessions.get(session).cloned();
        known.ok_or_else(|| Error::new("read the session", Kind::NotFound, "unknown"))
    }

    async fn weigh(&self, detail: &mut SessionDetail, _: Lane) {
        let state = self.state();
        detail.session.depth = state.weighed.0.or(detail.session.depth);
        detail.session.sentiment = state.weighed.1.or(detail.session.sentiment);
    }

    async fn detail(&self, session: &SessionId) -> Result<SessionDetail, Error> {
        self.look(session, Lane::Look).await
    }

    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error> {
        let path = format!("/transfer/{}", transfer.session);
        self.state().planned.insert(path.clone(), transfer.clone());
        let write = |step, operation, path| Write {
            step,
            operation,
            method: Method::Post,
            path,
            body: serde_json::Value::Null,
            required: true,
        };
        let attributes = !transfer.payload.attributes.is_empty();
        let reason = !transfer.reason.is_empty();
        Ok(Plan {
            how: "replace_agent",
            in_place: in_place(transfer),
            before: attributes
                .then(|| write(Step::Context, "send the context", "/context".into()))
                .into_iter()
                .collect(),
            transfer: write(Step::Transfer, "hand over", path),
            after: reason
                .then(|| write(Step::Reason, "send the reason", "/reason".into()))
                .into_iter()
                .collect(),
        })
    }

    async fn send(&self, write: &Write, _tries: u32) -> Result<Sent, Error> {
        let took = Duration::from_millis(60);
        tokio::time::sleep(took).await;
        let sent = Sent { took, status: 202, correlation: Some("corr-1".into()) };
        let planned = self.state().planned.get(&write.path).cloned();
        let Some(transfer) = planned else {
            self.state().history.push(write.operation.into());
            return match self.state().beside.pop_front() {
                Some(kind) => Err(Error::new(write.operation, kind, "broken on purpose")),
                None => Ok(sent),
            };
        };
        let fate = {
            let mut state = self.state();
            state.transfers.push((Instant::now(), transfer.clone()));
            state.history.push("transfer".into());
            state.fate.clone()
        };
        let lost = |kind| Err(Error::new("hand over", kind, "lost"));
        match fate {
            Fate::Done => {
                self.apply(&transfer);
                Ok(sent)
            }
            Fate::DoneButLost(kind) => {
                self.apply(&transfer);
                lost(kind)
            }
            Fate::DoneLate(wait) => {
                let late = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    late.apply(&transfer);
                });
                lost(Kind::Timeout)
            }
            Fate::LostBefore(kind) | Fate::Refused(kind) => lost(kind),
        }
    }

    async fn summarise(&self, _: &SessionId, _: Lane) -> Result<Option<String>, Error> {
        Ok(Some("The customer wants a refund.".into()))
    }

    fn carries_summary(&self, target: &Target) -> bool {
        matches!(target, Target::Agent(_))
    }

    async fn fate(&self, order: &SessionId) -> Result<floorwalker::domain::guest::Fate, Error> {
        use floorwalker::domain::guest::Fate;
        let state = self.state();
        Ok(match state.opened.contains(order) {
            _ if state.fate_unknown => Fate::Unknown,
            true => Fate::Open(order.clone()),
            false => Fate::Never,
        })
    }

    async fn open_guest(&self, order: &GuestOrder) -> Result<SessionId, Error> {
        tokio::time::sleep(Duration::from_millis(60)).await;
        self.state().history.push("open".into());
        if self.state().openings_lost > 0 {
            let mut state = self.state();
            state.openings_lost -= 1;
            state.opened.push(order.id.clone());
            return Err(Error::new("open the session", Kind::Timeout, "no answer in time"));
        }
        if let Some(kind) = self.state().beside.pop_front() {
            return Err(Error::new("open the session", kind, "broken on purpose"));
        }
        let n = 9000 + u32::try_from(self.state().sessions.len()).unwrap();
        self.add_waiting(n);
        Ok(session_id(n))
    }

    async fn beat(
        &self,
        session: &SessionId,
        _: Hold,
        sequence: i64,
        _: Option<&GuestToken>,
    ) -> Result<Sign, Error> {
        let mut state = self.state();
        if state.heartless.contains(session) {
            return Err(Error::new("send the heartbeat", Kind::Server, "broken on purpose"));
        }
        if state.disconnected.contains(session) {
            return Ok(Sign::Over);
        }
        state.beats.push((Instant::now(), session.clone(), sequence));
        Ok(Sign::Alive)
    }

    async fn disconnect(
        &self,
        session: &SessionId,
        _: Hold,
        _: Option<&GuestToken>,
    ) -> Result<(), Error> {
        let mut state = self.state();
        state.history.push("disconnect".into());
        if let Some(kind) = state.refuses_ending {
            return Err(Error::new("disconnect the session", kind, "broken on purpose"));
        }
        state.disconnected.push(session.clone());
        Ok(())
    }

    fn hold(&self, _: bool) -> Hold {
        Hold::Patch
    }

    fn does_deeds(&self) -> bool {
        true
    }

    fn deed(&self, order: &DeedOrder, seat: &Seat) -> Result<Call, Error> {
        Ok(self.deed_call(order, seat))
    }

    async fn act(&self, call: Call) -> Result<Acted, Error> {
        self.deed_act(call).await
    }

    async fn wrote(
        &self,
        session: &SessionId,
        messages: &[MessageId],
    ) -> Result<Vec<Utterance>, Error> {
        Ok(self.deed_wrote(session, messages))
    }

    fn host(&self) -> &str {
        "https://api.test.invalid"
    }

    fn traffic(&self) -> watch::Receiver<Traffic> {
        self.traffic.subscribe()
    }
}

impl Store for Fake {
    async fn append(&self, entry: AuditEntry, now: Timestamp) -> Result<AuditRecord, StoreError> {
        let mut state = self.state();
        if state.store_broken {
            let cause = "the disk is full".into();
            return Err(StoreError { operation: "write the audit log", cause });
        }
        state.history.push(format!("audit {}", entry.event.name()));
        let seq = state.records.len() as i64 + 1;
        let record = AuditRecord { seq, ..entry.dated(now) };
        state.records.push(record.clone());
        Ok(record)
    }

    fn stirs(&self) -> Stirs {
        let hints = self.state().stirring.as_ref().map(watch::Sender::subscribe);
        hints.map_or_else(Stirs::untold, Stirs::of)
    }

    async fn page(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let older = |r: &&AuditRecord| before.is_none_or(|b| r.seq < b);
        let state = self.state();
        Ok(state.records.iter().rev().filter(older).take(limit as usize).cloned().collect())
    }

    async fn claim(&self, claim: &Claim, _: Timestamp, _: Duration) -> Result<Claimed, StoreError> {
        let mut state = self.state();
        match state.claims.get(&claim.session) {
            Some(held) if held != claim => Ok(Claimed::Theirs(Some(held.owner.clone()))),
            _ => {
                state.claims.insert(claim.session.clone(), claim.clone());
                Ok(Claimed::Ours)
            }
        }
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.claims.get(&claim.session) == Some(claim) {
            state.claims.remove(&claim.session);
        }
        Ok(())
    }

    async fn begin(
        &self,
        entry: AuditEntry,
        flight: &Flight,
        now: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        let record = self.append(entry, now).await?;
        self.state().flights.push(flight.clone());
        Ok(record)
    }

    async fn depart(&self, claim: &Claim, departure: &Departure) -> Result<bool, StoreError> {
        let mut state = self.state();
        let ours = |f: &&mut Flight| f.order.id == claim.handoff && f.owner == claim.owner;
        let flight = state.flights.iter_mut().find(ours);
        Ok(flight.map(|f| f.departure = Some(departure.clone())).is_some())
    }

    async fn finish(
        &self,
        entry: AuditEntry,
        letters: &[Letter],
        handoff: &HandoffId,
        now: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        if !self.state().flights.iter().any(|f| f.order.id == *handoff) {
            return Ok(None);
        }
        let record = self.append(entry, now).await?;
        self.state().letters.extend_from_slice(letters);
        self.state().flights.retain(|f| f.order.id != *handoff);
        Ok(Some(record))
    }

    async fn flights(&self) -> Result<Vec<Flight>, StoreError> {
        Ok(self.state().flights.clone())
    }

    async fn take_over(
        &self,
        flight: &Flight,
        to: &Owner,
        _: Timestamp,
        _: Duration,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let theirs = |f: &&mut Flight| f.order.id == flight.order.id && f.owner == flight.owner;
        let taken = state.flights.iter_mut().find(theirs).map(|f| f.owner = to.clone()).is_some();
        if let Some(claim) = state.claims.get_mut(&flight.order.session) {
            claim.owner = to.clone();
        }
        Ok(taken)
    }

    async fn handed(&self, _: Timestamp) -> Result<HashMap<AgentId, u32>, StoreError> {
        let state = self.state();
        let done = state.records.iter().filter(|r| r.event.as_str() == "handoff_completed");
        let mut handed = HashMap::new();
        for agent in done.filter_map(|r| r.agent.clone()) {
            *handed.entry(agent).or_default() += 1;
        }
        Ok(handed)
    }
}

/// Longer than anything takes on a paused clock, which would otherwise run on for ever.
const PATIENCE: Duration = Duration::from_secs(14_400);

/// Waits for a floor of which something holds.
pub async fn floor(handle: &mut Handle, holds: impl Fn(&Floor) -> bool) -> Arc<Floor> {
    let found = timeout(PATIENCE, handle.floor.wait_for(|floor| holds(floor))).await;
    found.expect("such a floor").unwrap().clone()
}

/// Starts an engine and waits until it knows all there is to know.
pub async fn ready(fake: &Fake, grace: Duration) -> Handle {
    let mut handle = fake.engine(grace);
    let agents = fake.state().agents.len();
    floor(&mut handle, |f| f.loading.sessions_known && f.loading.profiles == agents).await;
    handle
}

/// An order to hand a session that waits in the first queue over to an agent.
pub fn order(session: u32, agent: usize) -> HandoffOrder {
    let seen = Standing { state: SessionState::Waiting, queue: Some(queue_id(0)), agent: None };
    HandoffOrder::new(session_id(session), seen, Target::Agent(agent_id(agent)))
}

/// Sends an order and collects its stages to the end.
pub async fn carry_out(handle: &mut Handle, order: HandoffOrder) -> Vec<Stage> {
    let id = order.id.clone();
    handle.commands.send(Command::Handoff(Box::new(order))).await.unwrap();
    stages(handle, &id).await
}

/// Collects the stages of one handoff to its end.
pub async fn stages(handle: &mut Handle, id: &HandoffId) -> Vec<Stage> {
    let mut stages = Vec::new();
    let told = async {
        while let Some(event) = handle.events.recv().await {
            if let Event::Handoff(progress) = event
                && progress.order.id == *id
            {
                let done = progress.stage.is_final();
                stages.push(progress.stage);
                if done {
                    break;
                }
            }
        }
    };
    timeout(PATIENCE, told).await.expect("an end of it");
    stages
}
