//! One consistent floor from many partial answers.
//!
//! Each feed's newest answer is kept as it came; a floor is put together from all of them. What was
//! read of a single session a moment ago (a *sighting*) overrules an older answer of a feed, so that a
//! row never falls back to what it was before a handoff.

mod earlier;
mod rows;
mod staffing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use self::earlier::{Earlier, holder};
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
    genesys::{
        AgentState, Directory, Feed, Intent, Pace, Patch, Profile, QueueCounts, QueueFacts, Scope,
    },
};

/// How long a sighting holds against feeds that have not caught up. Activity queries lag by an
/// unpublished time; a session that a feed has forgotten for longer than this is gone.
const SIGHTING_HOLDS: Duration = Duration::from_secs(20);

/// How long what a single read has told of who listens in counts for more than the details query, whose index
/// lags by up to a minute.
const LISTENER_HOLDS: Duration = Duration::from_secs(120);

/// Service levels are read every minute; what is older than three of those is no longer told.
const LEVELS_HOLD: Duration = Duration::from_secs(180);
/// Two answers about the same start, told as a span, differ by less.
const JITTER: SignedDuration = SignedDuration::from_secs(2);
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

    /// Takes in one answer. False if it says nothing that was not known: then the floor is what it was,
    /// but for what time alone does to it.
    pub fn apply(&mut self, patch: Patch) -> bool {
        match patch {
            Patch::Same => return false,
            Patch::Directory(directory) => self.replace_directory(directory),
            Patch::Sessions(sessions) => {
                sessions.iter().for_each(|session| self.see_holder(session));
                self.sessions = Some(sessions);
                self.forget_who_had_them();
                self.unpark();
            }
            Patch::Bots(sessions) => self.bots = Some(sessions),
            Patch::Queues(counts) => return self.replace_counts(counts),
            Patch::QueueStates(states) => self.counts.extend(states),
            Patch::Agents(agents) => self.replace_agents(agents),
            Patch::Members { agents, names } => {
                self.names = names;
                self.replace_agents(agents);
            }
            Patch::Levels(levels) => {
                let new = self.levels.as_ref().is_none_or(|(_, known)| *known != levels);
                self.levels = Some((Instant::now(), levels));
                return new;
            }
            Patch::Profiles(profiles) => {
                let now = self.moment();
                for profile in profiles {
                    self.untold.remove(&profile.id);
                    self.profiles.insert(profile.id.clone(), (now, profile));
                }
            }
            Patch::Capacity { agent, capacity, inherited } => {
                let now = self.moment();
                self.capacities.insert(agent, (now, capacity, inherited));
                if inherited {
                    self.default_capacity = Some((now, capacity));
                }
            }
            Patch::Histories { of, scope } => return self.add_histories(of, scope),
            Patch::Intents(intents) => {
                let new = intents.iter().any(|(id, intent)| self.intents.get(id) != Some(intent));
                self.intents.extend(intents);
                self.forget_old_intents();
                return new;
            }
        }
        true
    }

    /// True if time alone changes the floor: what was read of single sessions holds for a while.
    pub fn settles(&self) -> bool {
        !self.sightings.is_empty()
    }

    /// How long the longest has waited comes as a span, so that its start differs by the time that each
    /// question takes: such a difference is none.
    fn replace_counts(&mut self, mut counts: HashMap<QueueId, QueueCounts>) -> bool {
        for (id, new) in &mut counts {
            let known = self.counts.get(id).and_then(|known| known.longest_since);
            if let (Some(known), Some(since)) = (known, new.longest_since)
                && known.duration_since(since).abs() < JITTER
            {
                new.longest_since = Some(known);
            }
        }
        let changed = self.counts != counts;
        self.counts = counts;
        changed
    }

    /// Takes in one session that was read by itself just now.
    pub fn sight(&mut self, session: Session) {
        let id = session.id.clone();
        self.see_holder(&session);
        // What only a single read tells must outlast the sighting.
        let history = self.histories.entry(id.clone()).or_insert_with(|| session.clone());
        history.depth = session.depth.or(history.depth);
        history.sentiment = session.sentiment.or(history.sentiment);
        history.monitor.clone_from(&session.monitor);
        self.listeners.insert(id.clone(), (Instant::now(), session.monitor.clone()));
        if is_apart(&session) {
            history.agent.clone_from(&session.agent);
            history.since = session.since;
            history.state = session.state;
        } else {
            history.state = SessionState::Transferring;
        }
        self.sightings.insert(id, Sighting { at: Instant::now(), session });
    }

    /// Notes who has a session, and who had it. Where nobody is listed, a session is read with all its
    /// participants: then it is known as well that nobody had it.
    fn see_holder(&mut self, session: &Session) {
        let now = self.clock.now();
        let tells = self.unlisted || session.last_agent.is_some() || holder(session).is_some();
        if tells || self.earlier.contains_key(&session.id) {
            let unknown = || Earlier::unknown(now);
            self.earlier.entry(session.id.clone()).or_insert_with(unknown).see(session, now);
        }
    }

    /// True if it says something new.
    fn add_histories(&mut self, of: Vec<Session>, scope: Scope) -> bool {
        if scope != Scope::Some {
            self.round.extend(of.iter().map(|s| s.id.clone()));
        }
        let now = self.clock.now();
        let mut new = scope == Scope::LastPage;
        for session in of {
            let unknown = || Earlier::unknown(now);
            self.earlier.entry(session.id.clone()).or_insert_with(unknown).learn(&session, now);
            let known = self.histories.get(&session.id);
            let monitor = match self.listeners.get(&session.id) {
                Some((read, told)) if read.elapsed() < LISTENER_HOLDS => told.clone(),
                _ => session.monitor.clone(),
            };
            let sentiment = known.and_then(|s| s.sentiment);
            let session = Session { sentiment, monitor, ..session };
            if known != Some(&session) {
                new = true;
                self.histories.insert(session.id.clone(), session);
            }
        }
        self.unpark();
        if scope == Scope::LastPage {
            self.listed = true;
            self.forget_the_past();
        }
        new
    }

    /// What a live answer shows is parked no longer. Without this a session that was taken up again
    /// would, once it is over, come back as parked.
    fn unpark(&mut self) {
        for live in self.sessions.iter().flatten() {
            if let Some(known) = self.histories.get_mut(&live.id)
                && is_apart(known)
                && known.since <= live.since
            {
                known.state = SessionState::Transferring;
            }
        }
    }

    fn replace_directory(&mut self, new: Directory) {
        let listed: HashSet<&QueueId> = new.queues.iter().map(|q| &q.id).collect();
        self.gone.retain(|id, _| !listed.contains(id));
        for old in self.directory.iter().flat_map(|d| &d.queues) {
            if !listed.contains(&old.id) {
                self.gone.insert(old.id.clone(), old.clone());
            }
        }
        self.directory = Some(new);
    }

    /// Sessions that are over need no history and no intent: without this the maps would grow all
    /// day.
    fn forget_the_past(&mut self) {
        let open: HashSet<&SessionId> =
            self.sessions.iter().chain(&self.bots).flatten().map(|s| &s.id).collect();
        let round = std::mem::take(&mut self.round);
        // A parked session is in no live answer, only in the round just finished.
        self.histories.retain(|id, _| open.contains(id) || round.contains(id));
        self.intents.retain(|id, _| open.contains(id));
        self.earlier.retain(|id, _| open.contains(id) || round.contains(id));
    }

    /// Without the rights for the slow source nothing else would ever make room.
    fn forget_old_intents(&mut self) {
        let open: HashSet<&SessionId> =
            self.sessions.iter().chain(&self.bots).flatten().map(|s| &s.id).collect();
        if self.intents.len() > 2 * open.len() + 100 {
            self.intents.retain(|id, _| open.contains(id));
        }
    }

    /// The same for who had a session before. A parked one is in no live answer.
    fn forget_who_had_them(&mut self) {
        let live = || self.sessions.iter().chain(&self.bots).flatten();
        if self.earlier.len() > 2 * (live().count() + self.histories.len()) + 100 {
            let open: HashSet<&SessionId> =
                live().map(|s| &s.id).chain(self.histories.keys()).collect();
            self.earlier.retain(|id, _| open.contains(id));
        }
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

    fn replace_agents(&mut self, agents: Vec<AgentState>) {
        let silent = |id: &AgentId| self.profiles.get(id).is_some_and(|(_, p)| p.skills.is_none());
        let away = agents.iter().filter(|a| !is_idle(a) && silent(&a.id)).map(|a| a.id.clone());
        self.untold.extend(away.collect::<Vec<_>>());
        self.agents = Some(agents);
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
