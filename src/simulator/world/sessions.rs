//! Sessions: who takes part, what was said, where they stand; their arrival and their end. Not routing,
//! and not the talk itself.

use std::collections::BTreeMap;

use serde_json::Value;

use super::World;
use super::lanes::{Course, Happening, Lane};
use super::origin::Origin;
use super::participants::{Disconnect, Participant, Purpose, SegmentKind, State};
use super::transfers::{Move, Transfer};
use crate::simulator::stamp::Millis;

/// A session's place in the order of arrival.
pub(crate) type Key = u32;

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Bot,
    Waiting,
    Alerting,
    Connected,
    Parked,
    Closed,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        ["bot", "waiting", "alerting", "connected", "parked", "closed"][self as usize]
    }
}

/// A bot flow.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// The words of something said.
#[derive(Debug, Clone)]
pub(crate) enum Words {
    /// One of the speaker's phrases.
    Line(usize),
    /// These.
    Exact(String),
}

/// Something said.
#[derive(Debug, Clone)]
pub(crate) struct Utterance {
    pub(crate) id: String,
    pub(crate) at: Millis,
    /// Index of the participant who said it.
    pub(crate) speaker: usize,
    pub(crate) words: Words,
    pub(crate) sentiment: f64,
}

/// One exchange with the bot, as its reporting tells it.
#[derive(Debug, Clone)]
pub(crate) struct BotTurn {
    pub(crate) at: Millis,
    pub(crate) input: usize,
    pub(crate) prompt: usize,
    pub(crate) confidence: f64,
    pub(crate) understood: bool,
}

/// What a transfer brought along for whoever serves next, exactly as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    pub(crate) guest: Value,
    pub(crate) attributes: Value,
}

/// One messaging conversation.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) key: Key,
    pub(crate) id: String,
    pub(crate) origin: Origin,
    pub(crate) guest: String,
    pub(crate) address: String,
    pub(crate) channel: &'static str,
    pub(crate) language: usize,
    pub(crate) intent: usize,
    pub(crate) flow: usize,
    pub(crate) skills: Vec<usize>,
    pub(crate) priority: i64,
    /// The priority of each skill, where one was asked for.
    pub(crate) weights: BTreeMap<usize, i64>,
    pub(crate) confidence: f64,
    /// From -1.0, angry, to 1.0, delighted.
    pub(crate) sentiment: f64,
    pub(crate) sentiment_start: f64,
    pub(crate) start: Millis,
    pub(crate) end: Option<Millis>,
    pub(crate) stage: Stage,
    /// When the stage began.
    pub(crate) since: Millis,
    /// When anything about it last changed.
    pub(crate) changed: Millis,
    pub(crate) queue: Option<usize>,
    pub(crate) agent: Option<usize>,
    /// Index of the participant that serves the customer now.
    pub(crate) holder: usize,
    pub(crate) participants: Vec<Participant>,
    pub(crate) utterances: Vec<Utterance>,
    pub(crate) turns: Vec<BotTurn>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) tag: Option<String>,
    pub(crate) manual: bool,
    pub(crate) brought: Option<Brought>,
    pub(super) moving: Option<Move>,
    pub(super) course: Course,
    pub(super) patience: Millis,
    pub(super) left: u32,
    /// Since when neither customer nor agent has said anything, as the queue's timer counts.
    pub(super) quiet_since: Millis,
    /// Whether that timer is set.
    pub(super) timed: bool,
    /// Whether it was picked to try something with.
    pub(super) picked: bool,
}

impl Session {
    pub(crate) fn holder(&self) -> &Participant {
        &self.participants[self.holder]
    }

    /// Whether a handoff is under way.
    pub(crate) fn is_moving(&self) -> bool {
        self.moving.is_some()
    }

    pub(super) fn enter(&mut self, stage: Stage, now: Millis) {
        self.stage = stage;
        (self.since, self.changed) = (now, now);
        self.course += 1;
    }

    pub(super) fn seat(&mut self, participant: Participant) {
        self.participants.push(participant);
        self.holder = self.participants.len() - 1;
    }

    pub(super) fn finish_wrapup(&mut self, agent: usize, now: Millis) {
        let wrapping = |participant: &&mut Participant| {
            participant.agent == Some(agent) && participant.end.is_some()
        };
        if let Some(participant) = self.participants.iter_mut().rev().find(wrapping) {
            participant.close_segment(now, None);
        }
        self.changed = now;
    }
}

/// Mean length of a session in seconds; arrivals are spaced so that about as many are open as asked for.
const MEAN_LIFE: f64 = 430.0;

impl World {
    /// A customer may arrive; and the next one is planned.
    pub(super) fn arrivals(&mut self) {
        let target = self.shape.sessions;
        // As many as asked for, or a few more: below that the door is held open.
        let newcomers = match self.open {
            open if open < target => 3,
            open if open * 100 < target * 108 => 1,
            _ => 0,
        };
        for _ in 0..newcomers {
            self.arrive();
        }
        if target > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a number of sessions")]
            let spacing = MEAN_LIFE / target as f64;
            let next = self.wait(Lane::Life, spacing * 0.2, spacing * 1.8);
            self.life.after(next, Happening::Arrival);
        }
    }

    /// A customer arrives and a bot greets them.
    pub(super) fn arrive(&mut self) -> Key {
        let session = self.newcomer();
        let key = self.admit(session);
        let greeting = self.wait(Lane::Life, 1.0, 6.0);
        self.life.after(greeting, Happening::Turn(key, 0));
        key
    }

    /// A session takes its place on the floor.
    pub(super) fn admit(&mut self, session: Session) -> Key {
        let key = session.key;
        self.session_ids.insert(session.id.clone(), key);
        self.sessions.insert(key, session);
        self.open += 1;
        key
    }

    /// A customer with a bot, as chance will have them; not on the floor yet.
    pub(super) fn newcomer(&mut self) -> Session {
        let (key, now) = (self.next, self.now);
        self.next += 1;
        let culture = self.life.rng.usize(0..self.cast.people.culture.len());
        let hostile =
            self.life.chance(0.03).then(|| self.life.rng.usize(0..self.cast.people.hostile.len()));
        let name = self.life.rng.usize(0..10_000);
        let guest = hostile
            .map_or_else(|| self.cast.name(culture, name), |n| self.cast.people.hostile[n].clone());
        let intent = self.life.rng.usize(0..self.cast.floor.intent.len());
        let channel = ["webmessaging", "webmessaging", "webmessaging", "whatsapp", "open"]
            [self.life.rng.usize(0..5)];
        let sentiment = self.life.rng.f64() * 1.2 - 0.5;
        let confidence = 0.45 + self.life.rng.f64() * 0.5;
        let patience = self.wait(Lane::Life, 240.0, 1800.0);
        let customer = self.party(Lane::Life, Purpose::Customer, SegmentKind::Interact);
        let bot = self.party(Lane::Life, Purpose::Bot, SegmentKind::Ivr);
        Session {
            key,
            id: self.life.id(),
            origin: Origin::Floor,
            guest,
            address: self.life.id(),
            channel,
            language: self.cast.language_of(culture),
            intent,
            flow: intent % self.flows.len().max(1),
            skills: Vec::new(),
            priority: 0,
            weights: BTreeMap::new(),
            confidence,
            sentiment,
            sentiment_start: sentiment,
            start: now,
            end: None,
            stage: Stage::Bot,
            since: now,
            changed: now,
            queue: None,
            agent: None,
            holder: 1,
            participants: vec![customer, bot],
            utterances: Vec::new(),
            turns: Vec::new(),
            transfers: Vec::new(),
            tag: None,
            manual: false,
            brought: None,
            moving: None,
            course: 0,
            patience,
            left: self.life.rng.u32(4..13),
            quiet_since: now,
            timed: false,
            picked: false,
        }
    }

    /// A new participant of the present moment.
    pub(super) fn party(&mut self, lane: Lane, purpose: Purpose, kind: SegmentKind) -> Participant {
        let now = self.now;
        let stream = self.lane(lane);
        let (id, communication) = (stream.id(), stream.id());
        Participant::new(id, communication, purpose, kind, now)
    }

    /// Ends a session: everyone leaves, the agent writes up what it was about.
    pub(crate) fn close(&mut self, key: Key, customer: Disconnect, server: Disconnect) {
        let now = self.now;
        self.settle_move_on_close(key);
        let wrapup = self.life.rng.usize(0..self.cast.floor.wrapups.len());
        let Some(session) = self.sessions.get_mut(&key).filter(|session| session.end.is_none())
        else {
            return;
        };
        let talked = matches!(session.stage, Stage::Connected | Stage::Parked);
        let waited = session.stage == Stage::Waiting || session.stage == Stage::Alerting;
        let (agent, queue, since) = (session.agent, session.queue, session.since);
        let holder = session.holder;
        for (index, participant) in session.participants.iter_mut().enumerate() {
            participant.leave(if index == 0 { customer } else { server }, now);
        }
        session.end = Some(now);
        session.enter(Stage::Closed, now);
        if talked {
            session.participants[holder].begin_wrapup(now);
            session.participants[holder].wrapup = Some(wrapup);
        }
        self.open -= 1;
        self.past.push_back(key);
        if let Some(queue) = queue.filter(|_| waited) {
            self.queues[queue].figures.abandoned(now, now - since);
        }
        if let Some(agent) = agent {
            self.clear_desk(agent, key, talked);
        }
        if talked {
            self.handled(key, holder);
        }
        self.farewell(key, customer);
        self.forget_the_oldest();
    }

    fn clear_desk(&mut self, agent: usize, key: Key, talked: bool) {
        self.release(agent, key);
        if talked {
            self.agents[agent].wrapping.push(key);
            let until = self.wait(Lane::Life, 5.0, 30.0);
            self.life.after(until, Happening::WrappedUp(agent, key));
        }
    }

    /// Closed sessions are kept for the history queries, but not for ever.
    fn forget_the_oldest(&mut self) {
        while self.past.len() > self.shape.sessions.max(100) {
            let Some(session) = self.past.pop_front().and_then(|key| self.sessions.remove(&key))
            else {
                return;
            };
            self.session_ids.remove(&session.id);
        }
    }

    /// The agent sets the session aside until the customer comes back.
    pub(super) fn park(&mut self, key: Key) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (holder, agent) = (session.holder, session.agent);
        session.participants[holder].turn_to(SegmentKind::Parked, State::Parked, now);
        session.enter(Stage::Parked, now);
        let course = session.course;
        if let Some(agent) = agent {
            self.release(agent, key);
        }
        let until = self.wait(Lane::Life, 120.0, 900.0);
        self.life.after(until, Happening::Resume(key, course));
    }

    pub(super) fn resume(&mut self, key: Key, course: Course) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key).filter(|session| session.course == course)
        else {
            return;
        };
        let (holder, agent) = (session.holder, session.agent);
        session.participants[holder].turn_to(SegmentKind::Interact, State::Connected, now);
        session.enter(Stage::Connected, now);
        session.quiet_since = now;
        let course = session.course;
        if let Some(agent) = agent {
            self.agents[agent].active.push(key);
            self.settle(agent);
        }
        let next = self.wait(Lane::Life, 5.0, 20.0);
        self.life.after(next, Happening::Turn(key, course));
    }
}
