//! Talking to Genesys Cloud: from the floor's words to HTTP and back.
//!
//! ```text
//!                   ┌─ platform ─┐
//!  engine ── Genesys ┤            ├─ client ── budget, auth, retry ── transport
//!       (org: either)└─ gateway ──┘
//! ```
//!
//! [`Genesys`] speaks in the vocabulary of [`crate::domain`] alone, so that nothing above knows which
//! dialect is spoken. Each dialect keeps its own routes and wire types in a folder of its own.

pub mod auth;
pub mod budget;
pub mod client;
pub mod error;
pub mod gateway;
pub mod org;
pub mod platform;
pub mod retry;
pub mod transport;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::domain::{
    agent::{AgentLanguage, AgentSkill, Presence, RoutingStatus},
    detail::SessionDetail,
    guest::{GuestOrder, GuestToken},
    handoff::{Demands, Step, Target},
    id::{AgentId, FlowId, HandoffId, ParticipantId, QueueId, SessionId},
    payload::Payload,
    queue::{QueueState, ServiceLevel, Slots, Staff},
    session::Session,
    supervision::{Hold, Sign},
    text::Plain,
};

pub use budget::Lane;
pub use error::Error;

/// Which set of routes an org speaks (SPEC section 2). Chosen once, never mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The published API.
    #[default]
    Platform,
    /// The routes of a messaging gateway.
    Gateway,
}

impl Dialect {
    /// Its name, in the audit log and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Gateway => "gateway",
        }
    }
}

/// A Genesys Cloud org, or a gateway in front of one. Domain in, domain out.
pub trait Genesys: Send + Sync + 'static {
    /// The dialect's name, for the audit log.
    fn dialect(&self) -> &'static str;

    /// What this dialect reads to keep a floor, each feed with its pace.
    fn feeds(&self) -> &'static [(Feed, Pace)];

    /// Requests that the next read of a background feed takes of the allowance they share, as far as that
    /// is known beforehand.
    fn cost(&self, feed: Feed, _ask: &Ask) -> usize {
        // Queues, skills, languages, the org.
        if feed == Feed::Directory { 4 } else { 1 }
    }

    /// Reads one feed. `ask` says what is known and wanted so far.
    fn read(
        &self,
        feed: Feed,
        ask: &Ask,
        lane: Lane,
    ) -> impl Future<Output = Result<Patch, Error>> + Send;

    /// One session as it stands this moment, with its participants and without its messages.
    fn look(
        &self,
        session: &SessionId,
        lane: Lane,
    ) -> impl Future<Output = Result<SessionDetail, Error>> + Send;

    /// Adds to a session just looked at what the guards ask and a look does not tell: how often it was
    /// passed on, how the customer feels. What can't be read stays unknown and becomes a gap.
    fn weigh(&self, detail: &mut SessionDetail, lane: Lane) -> impl Future<Output = ()> + Send;

    /// One session with its messages and summary. What can't be read of those becomes a gap.
    fn detail(
        &self,
        session: &SessionId,
    ) -> impl Future<Output = Result<SessionDetail, Error>> + Send;

    /// The requests that a transfer of a session just looked at consists of, exactly as they would go
    /// out. Nothing is sent: a dry run shows these, and [`Genesys::send`] sends no others.
    ///
    /// # Errors
    /// If this dialect has no way to carry what the transfer asks for.
    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error>;

    /// Sends one request of a plan, trying at most so often where it certainly has not arrived. `Ok`
    /// means accepted, not done.
    fn send(&self, write: &Write, tries: u32) -> impl Future<Output = Result<Sent, Error>> + Send;

    /// A summary of the session for whoever takes it; `None` where there is none.
    fn summarise(
        &self,
        session: &SessionId,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// The request that has a summary made, exactly as [`Genesys::summarise`] sends it; `None` where a
    /// summary is only read, and asking changes nothing.
    fn summary_request(&self, _session: &SessionId) -> Option<Write> {
        None
    }

    /// Whether a transfer to this target carries a summary that has to be fetched before.
    fn carries_summary(&self, target: &Target) -> bool;

    /// Opens a guest's session (SPEC section 8). On the platform the guest's socket stays open until `close`.
    fn open_guest(
        &self,
        _order: &GuestOrder,
    ) -> impl Future<Output = Result<SessionId, Error>> + Send {
        std::future::ready(Err(unspoken("open the session")))
    }

    /// One heartbeat by what the session is held by: S4's PATCH, the socket's echo, or a liveness read.
    fn beat(
        &self,
        _session: &SessionId,
        _hold: Hold,
        _sequence: i64,
        _token: Option<&GuestToken>,
    ) -> impl Future<Output = Result<Sign, Error>> + Send {
        std::future::ready(Err(unspoken("send the heartbeat")))
    }

    /// Ends a session for good. Only a person, a policy or its limit asks for this.
    fn disconnect(
        &self,
        _session: &SessionId,
        _hold: Hold,
        _token: Option<&GuestToken>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Err(unspoken("disconnect the session")))
    }

    /// What a session opened here, or not, can be held by in this dialect.
    fn hold(&self, _opened_here: bool) -> Hold {
        Hold::Read
    }

    /// The API host, for people: what a dry run puts before each path.
    fn host(&self) -> &str;

    /// What the requests cost, kept up to date.
    fn traffic(&self) -> tokio::sync::watch::Receiver<client::Traffic>;
}

fn unspoken(operation: &'static str) -> Error {
    Error::new(operation, error::Kind::Invalid, "this dialect has no way to do that")
}

/// One kind of read that keeps the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Feed {
    /// The org, its queues, the names of skills and languages.
    Directory,
    /// Sessions in queues and with agents.
    Sessions,
    /// Sessions that bots hold.
    Bots,
    /// Counts and longest waits of the queues.
    Queues,
    /// What every agent does.
    Agents,
    /// Service levels of the current half hour.
    Levels,
    /// Names, skills and languages of agents.
    Profiles,
    /// How many sessions an agent may hold.
    Capacity,
    /// Guests, channels and transfers of sessions that have just come.
    Newcomers,
    /// All open sessions, from the slow but complete source.
    Reconcile,
    /// What bots believe, and how surely.
    Intents,
}

/// How often a feed is read, and what that is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one read to the next.
    pub every: Duration,
    /// Live feeds are what the screen shows; the others wait until the live ones have had theirs.
    pub live: bool,
}

/// What is known, and what is wanted next.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The wall clock.
    pub now: Timestamp,
    /// All queues.
    pub queues: Arc<[QueueId]>,
    /// Bot flows that have held a session lately, in the order they are to be asked.
    pub flows: Vec<FlowId>,
    /// Agents whose profile or capacity is wanted, most urgent first.
    pub agents: Vec<AgentId>,
    /// Sessions of whom little is known.
    pub newcomers: Vec<SessionId>,
    /// Sessions that somebody has named: all there are for a dialect that can't list them.
    pub watched: Vec<SessionId>,
    /// The page of a listing that is read page by page, from 1.
    pub page: u32,
}

/// What one read says of the floor.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// The org and its directory. Replaces all.
    Directory(Directory),
    /// All sessions in queues and with agents. Replaces all.
    Sessions(Vec<Session>),
    /// All sessions that bots hold. Replaces all.
    Bots(Vec<Session>),
    /// The counts of every queue. Replaces all.
    Queues(HashMap<QueueId, QueueCounts>),
    /// What some queues say of themselves. Adds.
    QueueStates(HashMap<QueueId, QueueCounts>),
    /// The state of every member of a queue. Replaces all.
    Agents(Vec<AgentState>),
    /// As `Agents`, with the names of those who have one: all that is known until the profile is read.
    Members {
        /// The states.
        agents: Vec<AgentState>,
        /// The names.
        names: HashMap<AgentId, Plain>,
    },
    /// Service levels; queues without traffic are absent. Replaces all.
    Levels(HashMap<QueueId, ServiceLevel>),
    /// Profiles of some agents. Adds.
    Profiles(Vec<Profile>),
    /// The capacity of one agent. Adds.
    Capacity {
        /// Whose.
        agent: AgentId,
        /// How many messaging sessions at once.
        capacity: Option<u32>,
        /// True if that is the org's default rather than the agent's own.
        inherited: bool,
    },
    /// What a slow source knows of some sessions. Adds.
    Histories {
        /// One for each session.
        of: Vec<Session>,
        /// Which sessions were asked for.
        scope: Scope,
    },
    /// What bots believe of some sessions. Adds.
    Intents(HashMap<SessionId, Intent>),
}

/// Which sessions were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Some, by id.
    Some,
    /// A page of all open ones, and another may follow.
    Page,
    /// The last page of all open ones.
    LastPage,
}

/// The org and what its ids mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    /// The org's name.
    pub org: Option<Plain>,
    /// Its queues.
    pub queues: Vec<QueueFacts>,
    /// Names of skills by id.
    pub skills: HashMap<crate::domain::id::SkillId, Plain>,
    /// Names of languages by id.
    pub languages: HashMap<crate::domain::id::LanguageId, Plain>,
    /// What could not be read, and why.
    pub gaps: Vec<Plain>,
}

/// What rarely changes of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueFacts {
    /// Its id.
    pub id: QueueId,
    /// Its name.
    pub name: Plain,
    /// Whether a waiting session may be assigned past the routing.
    pub manual_assignment: bool,
    /// How long an agent is alerted.
    pub alerting_timeout: Option<Duration>,
    /// The service level it aims at, 0 to 1.
    pub service_target: Option<f64>,
}

/// What changes all the time of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueCounts {
    /// Sessions that wait.
    pub waiting: Option<u32>,
    /// Sessions on offer.
    pub alerting: Option<u32>,
    /// Sessions with an agent.
    pub interacting: Option<u32>,
    /// Since when the one that waits longest has waited.
    pub longest_since: Option<Timestamp>,
    /// Its members by status, where the read tells.
    pub staff: Option<Staff>,
    /// What the org itself says of its state; `None` where it is to be derived.
    pub told: Option<QueueState>,
    /// Its places, where the org counts them.
    pub slots: Option<Slots>,
}

impl QueueCounts {
    /// Nothing to count: what an answer means that leaves a queue out.
    pub const NONE: Self =
        Self { waiting: Some(0), alerting: Some(0), interacting: Some(0), ..Self::UNKNOWN };

    /// Nothing known.
    pub const UNKNOWN: Self = Self {
        waiting: None,
        alerting: None,
        interacting: None,
        longest_since: None,
        staff: None,
        told: None,
        slots: None,
    };
}

/// What one agent does.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentState {
    /// Who.
    pub id: AgentId,
    /// Says of himself or herself.
    pub presence: Option<Presence>,
    /// Routing says.
    pub routing: Option<RoutingStatus>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The queues the agent has joined.
    pub queues: Vec<QueueId>,
}

/// What rarely changes of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Who.
    pub id: AgentId,
    /// The name.
    pub name: Plain,
    /// Skills for routing; `None` where the org does not tell.
    pub skills: Option<Vec<AgentSkill>>,
    /// Languages for routing; `None` where the org does not tell.
    pub languages: Option<Vec<AgentLanguage>>,
}

/// What a bot believes of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// What the customer wants.
    pub name: Option<Plain>,
    /// How surely, 0 to 1.
    pub confidence: Option<f64>,
    /// When the bot said so.
    pub at: Timestamp,
}

/// A transfer that is about to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// The handoff it belongs to.
    pub handoff: HandoffId,
    /// The time, for what is told to others.
    pub at: Timestamp,
    /// The session.
    pub session: SessionId,
    /// Who is replaced, read right before.
    pub participant: ParticipantId,
    /// Where attributes are written to, read right before.
    pub customer: Option<ParticipantId>,
    /// Where to.
    pub target: Target,
    /// The queue it waits in, if it waits.
    pub waits_in: Option<QueueId>,
    /// True if it waits in a queue that lets sessions be assigned by hand.
    pub assignable: bool,
    /// What is asked for besides.
    pub demands: Demands,
    /// What travels with it. The guest is the order's; where the order has attributes or a reason but no
    /// guest, it is the one that was read, so that both can travel with a guest where a dialect asks for
    /// one. An order with nothing of that has none.
    pub payload: Payload,
    /// The summary that goes along; empty where none was found.
    pub summary: String,
    /// Why, in the person's words.
    pub reason: Plain,
}

/// The requests of one transfer, in the order in which they go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How the session is moved, for the audit log: `replace_agent`, `replace_queue`, `assign`, …
    pub how: &'static str,
    /// True if the session stays where it is and is only routed otherwise: then the answer is the end.
    pub in_place: bool,
    /// What goes before the transfer.
    pub before: Vec<Write>,
    /// The transfer.
    pub transfer: Write,
    /// What follows once the target has the session.
    pub after: Vec<Write>,
}

impl Plan {
    /// All requests, in order.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.before.iter().chain(std::iter::once(&self.transfer)).chain(&self.after)
    }
}

/// One request that changes something, exactly as it goes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What it is for.
    pub step: Step,
    /// Its name in errors: a verb and its object.
    pub operation: &'static str,
    /// The method.
    pub method: transport::Method,
    /// Path and query, from `/api`.
    pub path: String,
    /// The JSON that is sent.
    pub body: serde_json::Value,
    /// Whether a failure before the transfer stops it. What is not required warns, and goes on.
    pub required: bool,
}

/// A request that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// How long the answer took.
    pub took: Duration,
    /// The request's correlation id.
    pub correlation: Option<Plain>,
}
