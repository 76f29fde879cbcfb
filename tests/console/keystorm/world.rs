//! What is around the console in a storm: a floor on which things come, go and change, an engine that
//! answers now and then, and a clock.

use std::{collections::BTreeMap, sync::Arc};

use floorwalker::{
    domain::{
        agent::RoutingStatus,
        audit::Account,
        deed::{DeedNews, DeedOrder, DeedStage},
        detail::{Attendance, Participant, Purpose, SessionDetail},
        floor::Floor,
        handoff::{Batch, BatchProgress, HandoffOrder, Progress, Stage},
        id::SessionId,
        inbox::{Heard, Inbox, Request, State},
        lease::Kept,
        queue::QueueState,
        session::{Session, SessionState},
        supervision::Hold,
    },
    engine::{
        Command, Event, Level, Link, LogAsk, LogNews, Me, Notice, Pulse,
        supervision::{Supervision, Turn, Ward},
    },
};

use super::step::Dice;
use crate::{
    details, floor,
    floor::{agent_id, queue_id, session_id},
    harness::pulse,
    inbox,
    wards::kept,
};

/// So many there may be of each, in a small world.
const MOST: usize = 24;

/// What is around the console.
#[derive(Debug)]
pub struct World {
    sessions: BTreeMap<SessionId, Session>,
    agents: usize,
    requests: BTreeMap<usize, Request>,
    kept: BTreeMap<SessionId, Kept>,
    records: i64,
    /// Every order that has left.
    pub orders: Vec<HandoffOrder>,
    /// Everything that the person has asked to do themselves.
    deeds: Vec<DeedOrder>,
    batch: Option<Batch>,
    /// Guests' sessions that were asked for and not opened yet.
    opening: Vec<SessionId>,
    asked: Vec<Command>,
}

impl World {
    /// A small one.
    pub fn new() -> Self {
        let sessions = (0..8).map(|n| (session_id(n), session(n))).collect();
        Self {
            sessions,
            agents: 6,
            requests: BTreeMap::new(),
            kept: (0..4).map(|n| (session_id(n), kept(n, true))).collect(),
            records: 12,
            orders: Vec::new(),
            deeds: Vec::new(),
            batch: None,
            opening: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Takes note of what has left.
    pub fn hear(&mut self, command: &Command) {
        if let Command::Deed(order) = command {
            self.deeds.push(order.as_ref().clone());
        }
        match command {
            Command::Handoff(order) => self.orders.push(order.as_ref().clone()),
            Command::Batch(batch) => {
                self.orders.extend(batch.orders.iter().cloned());
                self.batch = Some(batch.clone());
            }
            Command::Open(order) => self.opening.push(order.id.clone()),
            command => self.asked.push(command.clone()),
        }
        let surplus = self.asked.len().saturating_sub(64);
        self.asked.drain(..surplus);
    }

    /// The nth from the last of what has left and can be refused.
    pub fn unsent(&self, n: u64) -> Command {
        let dice = &mut Dice::new(n);
        match (self.orders.last(), self.asked.is_empty()) {
            (Some(order), _) if dice.once_in(3) => Command::Handoff(Box::new(order.clone())),
            (_, false) => dice.of(&self.asked).clone(),
            _ => Command::Refresh,
        }
    }

    /// Another floor.
    pub fn floor(&mut self, n: u64) -> Floor {
        let dice = &mut Dice::new(n);
        match n % 400 {
            0..8 => return Floor::default(),
            8..12 => return floor::build(vec![], vec![], vec![]),
            12 => return floor::floor(40, 300, 1_500),
            _ => {}
        }
        for _ in 0..1 + dice.below(4) {
            self.change(dice);
        }
        let queues = (0..6).map(|i| queue(i, dice)).collect();
        let agents = (0..self.agents).map(|i| agent(i, dice)).collect();
        floor::build(queues, agents, self.sessions.values().cloned().collect())
    }

    fn change(&mut self, dice: &mut Dice) {
        let which = dice.below(MOST);
        match dice.below(8) {
            0 => _ = self.sessions.remove(&session_id(which)),
            1 | 2 => _ = self.sessions.entry(session_id(which)).or_insert_with(|| session(which)),
            3 => self.agents = dice.below(12),
            4 if dice.once_in(6) => self.sessions.clear(),
            5 => {
                if let Some(session) = self.sessions.get_mut(&session_id(which)) {
                    session.guest =
                        dice.once_in(2).then(|| format!("Renamed {which}").as_str().into());
                    session.since = Some(floor::ago(i64::try_from(dice.below(900)).unwrap()));
                }
            }
            _ => {
                if let Some(session) = self.sessions.get_mut(&session_id(which)) {
                    settle(session, dice);
                }
            }
        }
    }

    /// Another pulse.
    pub fn pulse(&mut self, n: u64) -> Pulse {
        let dice = &mut Dice::new(n);
        for _ in 0..1 + dice.below(3) {
            let which = dice.below(MOST);
            match dice.below(3) {
                0 => _ = self.requests.remove(&which),
                1 => _ = self.kept.remove(&session_id(which)),
                _ => {}
            }
            let mut one = kept(which, dice.once_in(2));
            one.it.hold = *dice.of(&[Hold::Patch, Hold::Read, Hold::Echo]);
            (one.it.opened_here, one.asks) = (dice.once_in(2), dice.once_in(8));
            one.ending = dice.once_in(12);
            if dice.once_in(2) {
                self.kept.insert(session_id(which), one);
            }
            let seconds = 20 + 10 * i64::try_from(which).unwrap();
            self.requests.insert(which, inbox::request(which, seconds, state(dice)));
        }
        let known = !dice.once_in(20);
        let ward = Ward { kept: self.kept.clone(), stretch: 1.0, ..Ward::default() };
        let requests = self.requests.values().cloned().map(Arc::new).collect();
        Pulse {
            ward: known.then(|| Arc::new(ward)),
            inbox: known.then(|| Arc::new(Inbox { requests })),
            audit_trouble: dice.once_in(25).then(|| "the disk is full".into()),
            me: who(dice),
            intake: dice.once_in(2).then(|| "http://127.0.0.1:8790".into()),
            ..pulse(link(dice))
        }
    }

    /// Something that the engine tells.
    pub fn event(&mut self, n: u64) -> Event {
        let dice = &mut Dice::new(n);
        let session = session_id(dice.below(MOST));
        match dice.below(14) {
            12 | 13 => self.deed(dice),
            0..4 => self.progress(dice),
            4 => self.page(dice),
            5 => self.grown(dice),
            6 => Event::Summary { session, found: Ok(Some("charged twice".into())) },
            7 => Event::Detail(Box::new(self.detail(dice))),
            8 => Event::NoDetail { session, reason: "404: no such conversation".into() },
            9 => self.turn(session, dice),
            10 => Event::History {
                session,
                heard: vec![Heard {
                    event: Some("HANDOFF_TRIGGERED".into()),
                    intent: None,
                    text: Some("a\u{1b}[2J \u{202e}b".into()),
                    metadata: None,
                    timestamp: floor::now(),
                }],
            },
            _ => self.other(dice),
        }
    }

    /// A handoff moves on, whichever; where there is none, a notice.
    fn progress(&mut self, dice: &mut Dice) -> Event {
        if self.orders.is_empty() {
            return notice(dice);
        }
        let order = dice.of(&self.orders[self.orders.len().saturating_sub(6)..]).clone();
        let at = floor::now();
        let (reason, until) = ("403: the role lacks a right", at);
        let stage = match dice.below(12) {
            0 => Stage::Recorded,
            1 => Stage::Grace { until },
            2 => Stage::Requesting,
            3 => Stage::Alerting { until: None },
            4 => Stage::Accepted { agent: agent_id(dice.below(12)) },
            5 => Stage::Queued,
            6 => Stage::Refused,
            7 => Stage::TimedOut,
            8 => Stage::Cancelled,
            9 => Stage::Rejected { reason: reason.into() },
            10 => Stage::Failed { reason: reason.into() },
            _ => Stage::TakingBack,
        };
        let steps = Vec::new();
        Event::Handoff(Box::new(Progress {
            order,
            stage,
            taken: at,
            at,
            request_took: None,
            steps,
        }))
    }

    /// What the person does moves on; where they do nothing, somebody's session is read.
    fn deed(&mut self, dice: &mut Dice) -> Event {
        if self.deeds.is_empty() || dice.once_in(2) {
            return Event::Detail(Box::new(self.detail(dice)));
        }
        let order = dice.of(&self.deeds[self.deeds.len().saturating_sub(3)..]).clone();
        let reason = "403: the role lacks a right".into();
        let stage = match dice.below(6) {
            0 => DeedStage::Requesting,
            1 => DeedStage::Doubtful,
            2 => DeedStage::Rejected { reason },
            3 => DeedStage::Failed { reason },
            4 => DeedStage::Unknown { reason },
            _ => DeedStage::Done,
        };
        Event::Deed(Box::new(DeedNews { order, stage }))
    }

    /// A session, read closely; mostly the one that is looked at, if the person serves its customer.
    fn detail(&self, dice: &mut Dice) -> SessionDetail {
        let looked = self.asked.iter().rev().find_map(|command| match command {
            Command::Attend(attention) => Some(attention.detail.clone()?),
            _ => None,
        });
        let session = looked.and_then(|id| self.sessions.get(&id));
        let mine = session.filter(|it| it.agent.as_ref() == Some(&ME.into()));
        let Some(session) = mine.cloned().filter(|_| !dice.once_in(4)) else {
            return details::detail(dice.below(MOST));
        };
        let mut read = details::detail(0);
        read.participants.push(Participant {
            purpose: Purpose::Agent,
            agent: Some(ME.into()),
            presence: Attendance::Connected,
            communication: Some("talk".into()),
            ..read.participants[0].clone()
        });
        SessionDetail { id: session.id.clone(), session, ..read }
    }

    /// Older records, as asked for.
    fn page(&mut self, dice: &mut Dice) -> Event {
        let before = self.asked.iter().rev().find_map(|command| match command {
            Command::Audit { before } => Some(*before),
            _ => None,
        });
        let newest = before.flatten().unwrap_or(self.records + 1) - 1;
        let oldest = (newest - 8 - i64::try_from(dice.below(30)).unwrap()).max(1);
        let records = (oldest..=newest).rev().map(details::record).collect();
        Event::AuditPage { records, complete: oldest <= 1 }
    }

    fn grown(&mut self, dice: &mut Dice) -> Event {
        let from = self.records + 1;
        self.records += 1 + i64::try_from(dice.below(3)).unwrap();
        Event::Log(LogNews::Grown((from..=self.records).map(details::record).collect()))
    }

    fn turn(&mut self, session: SessionId, dice: &mut Dice) -> Event {
        let turn = match (dice.below(7), self.opening.pop()) {
            (0..4, Some(order)) => Turn::Opened { order, queue: queue_id(0) },
            (_, Some(order)) => Turn::NotOpened { order, reason: "400: no".into() },
            (0, None) => Turn::Begun,
            (1, None) => Turn::Asks,
            (2, None) => Turn::Released,
            (3, None) => Turn::NotEnded { reason: "503: later".into() },
            (4, None) => Turn::Elsewhere,
            (_, None) => Turn::Refused { reason: "the budget is spent".into() },
        };
        Event::Supervision(Box::new(Supervision { session: Some(session), turn }))
    }

    fn other(&mut self, dice: &mut Dice) -> Event {
        let found = self.asked.iter().rev().find_map(|command| match command {
            Command::Log(LogAsk::Find(wanted)) => Some(wanted.id),
            _ => None,
        });
        match (dice.below(4), found, &self.batch) {
            (0, Some(id), _) => {
                let records = (1..6).rev().map(details::record).collect();
                Event::Log(LogNews::Found { id, records, rest: None, done: true })
            }
            (1, Some(id), _) => Event::Log(LogNews::NotFound { id, reason: "the disk".into() }),
            (2, ..) => Event::Log(LogNews::Unread),
            (_, _, Some(batch)) => Event::Batch(BatchProgress {
                id: batch.id.clone(),
                of: batch.orders.len(),
                done: dice.below(batch.orders.len() + 1),
                failed: 0,
                taken_back: 0,
                skipped: 0,
                finished: dice.once_in(2),
            }),
            _ => notice(dice),
        }
    }
}

/// The id of whoever has signed in.
const ME: &str = "robin";

fn who(dice: &mut Dice) -> Option<Me> {
    let robin = Account { id: ME.into(), name: Some("Robin Vale".into()) };
    match dice.below(12) {
        0 => None,
        1 => Some(Me::Client),
        2 => Some(Me::Gateway),
        _ => Some(Me::Person(robin)),
    }
}

fn notice(dice: &mut Dice) -> Event {
    let level = *dice.of(&[Level::Info, Level::Warn, Level::Error]);
    Event::Notice(Notice {
        level,
        text: "\u{1b}[31m新規 — a long word: ".repeat(6).as_str().into(),
    })
}

fn link(dice: &mut Dice) -> Link {
    match dice.below(10) {
        0 => Link::Connecting,
        1 | 2 => Link::Stale { reason: "sessions: 429, too many requests".into() },
        3 => Link::Retrying { at: floor::now(), reason: "the network is down".into() },
        _ => Link::Live,
    }
}

/// Who waits, or whom a bot has, and whom nothing keeps from being handed off.
fn session(n: usize) -> Session {
    let state = if n.is_multiple_of(3) { SessionState::Bot } else { SessionState::Waiting };
    Session {
        state,
        agent: None,
        queue: Some(queue_id(n % 5)),
        language: None,
        skills: vec![],
        depth: Some(0),
        confidence: Some(0.9),
        sentiment: Some(if n.is_multiple_of(7) { 0.1 } else { 0.8 }),
        ..floor::session(n)
    }
}

/// Another state, and whoever it is with.
fn settle(session: &mut Session, dice: &mut Dice) {
    use SessionState as S;
    session.state = *dice.of(&[
        S::Waiting,
        S::Waiting,
        S::Bot,
        S::Alerting,
        S::Connected,
        S::Connected,
        S::Transferring,
        S::Parked,
        S::Disconnected,
    ]);
    let held = matches!(session.state, S::Alerting | S::Connected | S::Parked);
    let mine = dice.once_in(4);
    session.agent = held.then(|| if mine { ME.into() } else { agent_id(dice.below(12)) });
    let heard = held && !mine && dice.once_in(3);
    session.monitor = heard.then(|| if dice.once_in(3) { agent_id(1) } else { ME.into() });
    session.queue = Some(queue_id(dice.below(6)));
}

/// Mostly free, and able to do everything.
fn agent(n: usize, dice: &mut Dice) -> floorwalker::domain::agent::Agent {
    let mut agent = floor::agent(n);
    if !dice.once_in(5) {
        (agent.routing, agent.sessions) = (Some(RoutingStatus::Idle), Some(0));
        agent.capacity = Some(1 + u32::try_from(dice.below(3)).unwrap());
    }
    agent
}

fn queue(n: usize, dice: &mut Dice) -> floorwalker::domain::queue::Queue {
    let mut queue = floor::queue(n);
    queue.state = if dice.once_in(6) { QueueState::Full } else { queue.state };
    queue.waiting = Some(u32::try_from(dice.below(9)).unwrap());
    queue
}

fn state(dice: &mut Dice) -> State {
    match dice.below(8) {
        0 => State::Queued,
        1 => State::Failed { reason: "503 from the gateway".into() },
        2 => inbox::deferred(),
        3 => State::Declined { reason: "it was a test".into() },
        4 => State::Expired { because: None },
        _ => inbox::proposed(),
    }
}
