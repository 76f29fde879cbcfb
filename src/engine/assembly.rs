//! One consistent floor from many partial answers.
//!
//! Each feed's newest answer is kept as it came; a floor is put together from all of them. What was
//! read of a single session a moment ago (a *sighting*) overrules an older answer of a feed, so that a
//! row never falls back to what it was before a handoff.

mod answers;
mod earlier;
mod rows;
mod staffing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use self::earlier::Earlier;
use super::clock::Clock;
use crate::{
    domain::{
        agent::RoutingStatus,
        floor::{Floor, Loading},
        id::{AgentId, FlowId, QueueId, SessionId},
        queue::ServiceLevel,
        session::{Session, SessionState},
        text::Plain,
    },
    genesys::{AgentState, Directory, Feed, Intent, Pace, Profile, QueueCounts, QueueFacts},
};

/// How long a sighting holds against feeds that have not caught up. Activity queries lag by an
/// unpublished time; a session that a feed has forgotten for longer than this is gone.
const SIGHTING_HOLDS: Duration = Duration::from_secs(20);

/// How long what a single read has told of who listens in counts for more than the details query, whose index
/// lags by up to a minute.
const LISTENER_HOLDS: Duration = Duration::from_secs(120);

/// Service levels are read every minute; what is older than three of those is no longer told.
const LEVELS_HOLD: Duration = Duration::from_secs(180);
/// Skills and capacity change rarely, but they do change.
const PROFILE_HOLDS: Duration = Duration::from_secs(1800);

/// Everything that has been read.
#[derive(Debug, Default)]
pub struct Assembly {
    /// What ages are told by.
    clock: Clock,
    directory: Option<Directory>,
    /// Queues that were listed once and are no longer.
    gone: BTreeMap<QueueId, QueueFacts>,
    sessions: Option<Vec<Session>>,
    bots: Option<Vec<Session>>,
    /// True if nothing lists the sessions, so that those on the floor are not all there are.
    unlisted: bool,
    counts: HashMap<QueueId, QueueCounts>,
    agents: Option<Vec<AgentState>>,
    levels: Option<(Instant, HashMap<QueueId, ServiceLevel>)>,
    profiles: HashMap<AgentId, (Moment, Profile)>,
    /// Names of agents without a profile.
    names: HashMap<AgentId, Plain>,
    /// Agents who have been away since their skills were asked for and not told.
    untold: HashSet<AgentId>,
    /// With whether the agent inherits it from the org.
    capacities: HashMap<AgentId, (Moment, Option<u32>, bool)>,
    /// What agents inherit who have no capacity of their own: it is shown for those who have not
    /// been read, because reading is one request an agent and takes its time.
    default_capacity: Option<(Moment, Option<u32>)>,
    histories: HashMap<SessionId, Session>,
    /// Who had the sessions before.
    earlier: HashMap<SessionId, Earlier>,
    /// Who listens in, as single reads have told.
    listeners: HashMap<SessionId, (Instant, Option<AgentId>)>,
    /// Whether all open sessions have been listed once.
    listed: bool,
    /// Sessions that the pages of the present round over all open ones have listed so far.
    round: HashSet<SessionId>,
    intents: HashMap<SessionId, Intent>,
    sightings: HashMap<SessionId, Sighting>,
    /// Sessions that somebody has named.
    watched: BTreeSet<SessionId>,
    /// Guests whom we have let in.
    named: HashMap<SessionId, Plain>,
}

/// When something was read: by the clock that pauses are measured with, and by the wall's, which people
/// are told.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Instant,
    wall: Timestamp,
}

#[derive(Debug)]
struct Sighting {
    at: Instant,
    session: Session,
}

/// What the feeds need to know to ask for more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// All queues.
    pub queues: Arc<[QueueId]>,
    /// Flows that hold sessions now.
    pub flows: Vec<FlowId>,
    /// Agents without a profile, those who matter now first.
    pub unprofiled: Vec<AgentId>,
    /// On-queue agents of unknown capacity.
    pub unmeasured: Vec<AgentId>,
    /// Live sessions without a history.
    pub newcomers: Vec<SessionId>,
    /// Sessions that somebody has named.
    pub watched: Vec<SessionId>,
}

impl Assembly {
    /// An assembly of what these feeds bring. A kind of row that none of them brings is not waited for.
    pub fn of(feeds: &[(Feed, Pace)]) -> Self {
        let has_bots = feeds.iter().any(|(feed, _)| *feed == Feed::Bots);
        Self { bots: (!has_bots).then(Vec::new), unlisted: !has_bots, ..Self::default() }
    }

    /// The same by this clock.
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    fn moment(&self) -> Moment {
        Moment { at: Instant::now(), wall: self.clock.now() }
    }

    /// Somebody has named a session: a dialect that can't list them reads it from now on.
    pub fn watch(&mut self, session: SessionId) {
        self.watched.insert(session);
    }

    /// Nobody wants to hear of it any more.
    pub fn forget(&mut self, session: &SessionId) {
        self.watched.remove(session);
        self.named.remove(session);
    }

    /// What a guest is called whom we have let in: on the published API nobody else knows it.
    pub fn name_guest(&mut self, session: SessionId, guest: Plain) {
        self.named.insert(session, guest);
    }

    /// True if time alone changes the floor: what was read of single sessions holds for a while.
    pub fn settles(&self) -> bool {
        !self.sightings.is_empty()
    }

    /// What the feeds need to know.
    pub fn known(&self) -> Known {
        let Some(directory) = &self.directory else { return Known::default() };
        let live: Vec<&Session> = self.sessions.iter().chain(&self.bots).flatten().collect();
        let mut flows: Vec<FlowId> =
            self.bots.iter().flatten().filter_map(|s| s.flow.clone()).collect();
        flows.sort();
        flows.dedup();
        // Before the first round is done, it is the cheaper way to learn of everybody.
        let unknown = |s: &&&Session| self.listed && !self.histories.contains_key(&s.id);
        let newcomers = live.iter().filter(unknown).map(|s| s.id.clone());
        Known {
            queues: directory.queues.iter().map(|q| q.id.clone()).collect(),
            flows,
            newcomers: newcomers.collect(),
            watched: self.watched.iter().cloned().collect(),
            unprofiled: self.wanted(|agent| self.profile_read(agent), |_| true),
            unmeasured: self
                .wanted(|a| self.capacities.get(&a.id).map(|(read, ..)| read.at), on_queue),
        }
    }

    /// When the profile of an agent was read. A gateway does not tell the skills of somebody who is away:
    /// who has come back since is still to be read.
    fn profile_read(&self, agent: &AgentState) -> Option<Instant> {
        let back = is_idle(agent) && self.untold.contains(&agent.id);
        self.profiles.get(&agent.id).filter(|_| !back).map(|(read, _)| read.at)
    }

    /// Agents of whom something is missing or old: what was never read first, and of those the ones
    /// on queue, since only they can take a session.
    fn wanted(
        &self,
        read: impl Fn(&AgentState) -> Option<Instant>,
        eligible: impl Fn(&AgentState) -> bool,
    ) -> Vec<AgentId> {
        let old = |at: Instant| at.elapsed() > PROFILE_HOLDS;
        let mut wanted: Vec<(Option<Instant>, bool, &AgentId)> = self
            .agents
            .iter()
            .flatten()
            .filter(|a| eligible(a) && read(a).is_none_or(old))
            .map(|a| (read(a), !on_queue(a), &a.id))
            .collect();
        wanted.sort_unstable();
        wanted.into_iter().map(|(_, _, id)| id.clone()).collect()
    }

    /// Puts the floor together.
    pub fn floor(&mut self) -> Floor {
        self.drop_old_sightings();
        let sessions = self.session_rows();
        let agents = self.agent_rows(&sessions);
        let queues = self.queue_rows(&agents, &sessions);
        let loading = Loading {
            queues_known: self.directory.is_some(),
            agents_known: self.agents.is_some(),
            sessions_known: self.sessions.is_some() && self.bots.is_some(),
            profiles: agents.iter().filter(|a| self.profiles.contains_key(&a.id)).count(),
            agents: agents.len(),
        };
        Floor::new(queues, agents, sessions, loading)
    }

    /// The org's name and what could not be read of the directory.
    pub fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }

    /// How long an agent of this queue is alerted.
    pub fn alerting_timeout(&self, queue: &QueueId) -> Option<Duration> {
        self.facts().find(|q| q.id == *queue)?.alerting_timeout
    }

    /// Whether a session that waits in this queue may be assigned.
    pub fn assignable(&self, queue: &QueueId) -> bool {
        self.facts().any(|q| q.id == *queue && q.manual_assignment)
    }

    fn facts(&self) -> impl Iterator<Item = &QueueFacts> {
        self.directory.iter().flat_map(|d| &d.queues)
    }

    fn drop_old_sightings(&mut self) {
        self.sightings.retain(|_, sighting| sighting.at.elapsed() < SIGHTING_HOLDS);
        self.listeners.retain(|_, (read, _)| read.elapsed() < LISTENER_HOLDS);
    }

    /// What could not be read of the directory.
    pub fn gaps(&self) -> impl Iterator<Item = &Plain> {
        self.directory.iter().flat_map(|d| &d.gaps)
    }
}

/// Whether no live query tells of a session in this place: parked, or with an agent past every queue.
fn is_apart(session: &Session) -> bool {
    match session.state {
        SessionState::Parked => true,
        SessionState::Connected => session.queue.is_none(),
        _ => false,
    }
}

fn is_idle(agent: &AgentState) -> bool {
    agent.routing == Some(RoutingStatus::Idle)
}

fn on_queue(agent: &AgentState) -> bool {
    agent.routing.as_ref().is_some_and(|r| *r != RoutingStatus::OffQueue)
}
