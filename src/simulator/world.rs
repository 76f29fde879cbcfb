//! The contact centre behind the API: queues, agents and sessions, moved by discrete events in world
//! time. No HTTP, no wall clock, no thread: `new` builds it, `advance` moves it.
//!
//! ```text
//!            ┌───────── solved ─────────────────────────────▶ closed
//! arrival ─▶ bot ─▶ waiting ─▶ alerting ─▶ connected ⇄ parked ─▶ closed
//!                     ▲           │ refused, not answered
//!                     └───────────┘
//! ```
//!
//! Two lanes of events, each with its own random numbers: *life*, what the floor does by itself, and
//! *moves*, the course of handoffs asked for from outside and the timers of sessions opened from there. A frozen world only runs the second. Because
//! events are handled at their own time and in order, the floor depends on the seed and on the time
//! passed, not on how that time was cut into steps or on when somebody looked.

pub(crate) mod agents;
pub(crate) mod beats;
mod bots;
pub(crate) mod deployments;
mod desks;
mod dump;
pub(crate) mod figures;
mod founding;
pub(crate) mod guests;
mod inactivity;
pub(crate) mod lanes;
mod load;
pub(crate) mod notices;
pub(crate) mod origin;
pub(crate) mod participants;
pub(crate) mod passes;
pub(crate) mod post;
pub(crate) mod queues;
pub(crate) mod reroutes;
mod routing;
pub(crate) mod sessions;
pub(crate) mod supervisors;
pub(crate) mod transfers;
mod words;

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;
use tokio::sync::mpsc;

use super::cast::Cast;
use super::stamp::Millis;
use agents::Agent;
use beats::Watches;
use deployments::Deployment;
use guests::{Guest, GuestKey};
use lanes::{Happening, Lane, Stream};
use notices::Notice;
use participants::Disconnect;
use queues::{Named, Queue};
use reroutes::Reroute;
use sessions::{Flow, Key, Session};
use supervisors::Done;
use transfers::{Handoff, Script};

/// How large the world is and how fast it lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) queues: usize,
    pub(crate) agents: usize,
    pub(crate) sessions: usize,
    pub(crate) speed: f64,
}

/// Which lanes of events run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The whole floor.
    Everything,
    /// Only handoffs asked for from outside, and sessions opened from there.
    Handoffs,
}

/// The contact centre.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) cast: Cast,
    pub(crate) organization: Named,
    pub(crate) division: Named,
    pub(crate) skills: Vec<Named>,
    pub(crate) languages: Vec<Named>,
    pub(crate) presences: Vec<String>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) sessions: BTreeMap<Key, Session>,
    pub(crate) handoffs: Vec<Handoff>,
    pub(crate) reroutes: Vec<Reroute>,
    /// What supervisors did in sessions themselves.
    pub(crate) deeds: Vec<Done>,
    /// Reasons for handoffs that were reported, exactly as sent.
    pub(crate) reported: Vec<Value>,
    pub(crate) open: usize,
    pub(crate) script: Script,
    pub(crate) watches: Watches,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) guests: BTreeMap<GuestKey, Guest>,
    /// To those whom the bots tell; `None` where they tell nobody.
    pub(crate) notices: Option<mpsc::Sender<Notice>>,
    session_ids: HashMap<String, Key>,
    queue_ids: HashMap<String, usize>,
    agent_ids: HashMap<String, usize>,
    guest_tokens: HashMap<String, GuestKey>,
    past: VecDeque<Key>,
    next: Key,
    next_guest: GuestKey,
    next_line: u64,
    shape: Shape,
    /// Whether the floor's past is over.
    shown: bool,
    life: Stream,
    moves: Stream,
}

impl World {
    /// Lets time pass.
    pub(crate) fn advance(&mut self, ms: Millis, scope: Scope) {
        let mut left = ms;
        loop {
            let life = (scope == Scope::Everything).then(|| self.life.due_in()).flatten();
            let moves = self.moves.due_in();
            // At the same instant what was asked for from outside goes first.
            let lane = if moves.is_some_and(|due| life.is_none_or(|other| due <= other)) {
                Lane::Moves
            } else {
                Lane::Life
            };
            let due = if lane == Lane::Moves { moves } else { life };
            let Some(due) = due.filter(|due| *due <= left) else { break };
            self.pass(due, scope);
            left -= due;
            if let Some(happening) = self.lane(lane).pop() {
                self.happen(happening);
            }
        }
        self.pass(left, scope);
    }

    fn pass(&mut self, ms: Millis, scope: Scope) {
        self.now += ms;
        self.moves.pass(ms);
        if scope == Scope::Everything {
            self.life.pass(ms);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival => self.arrivals(),
            Happening::Turn(key, course) => self.turn(key, course),
            Happening::Attempt(key, course) => self.attempt(key, course),
            Happening::NobodyCame(key, course, queue) => self.nobody_came(key, course, queue),
            Happening::AlertEnds(key, course, end) => self.alert_ends(key, course, end),
            Happening::Resume(key, course) => self.resume(key, course),
            Happening::Move(key, handoff) => self.begin_move(key, handoff),
            Happening::Presence(agent) => self.change_presence(agent),
            Happening::Recover(agent) => self.recover(agent),
            Happening::WrappedUp(agent, key) => self.wrapped_up(agent, key),
            Happening::Quiet(key) => self.quiet(key),
            Happening::Silence(key, heard) => self.fall_silent(key, heard),
            Happening::Reply(key) => self.reply(key),
            Happening::GuestExpires(guest, sessions) => self.guest_expires(guest, sessions),
            Happening::Limit(key) => self.close(key, Disconnect::Expired, Disconnect::Expired),
        }
    }

    fn lane(&mut self, lane: Lane) -> &mut Stream {
        match lane {
            Lane::Life => &mut self.life,
            Lane::Moves => &mut self.moves,
        }
    }

    /// A wait between two bounds given in seconds, shortened by the world's speed.
    fn wait(&mut self, lane: Lane, from: f64, to: f64) -> Millis {
        let seconds = from + self.lane(lane).rng.f64() * (to - from);
        self.paced(seconds)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a wait of at most hours")]
    fn paced(&self, seconds: f64) -> Millis {
        ((seconds * 1000.0 / self.shape.speed) as Millis).max(1)
    }

    pub(crate) fn queue(&self, id: &str) -> Option<usize> {
        self.queue_ids.get(id).copied()
    }

    pub(crate) fn agent(&self, id: &str) -> Option<usize> {
        self.agent_ids.get(id).copied()
    }

    /// The session of a conversation id, in any case of letters.
    pub(crate) fn session(&self, id: &str) -> Option<Key> {
        self.session_ids.get(id).or_else(|| self.session_ids.get(&id.to_ascii_lowercase())).copied()
    }

    /// Sessions that are open, oldest first.
    pub(crate) fn open_sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values().filter(|session| session.end.is_none())
    }
}
