//! One consistent floor from many partial answers.
//!
//! Each feed's newest answer is kept as it came; a floor is put together from all of them. What was
//! read of a single session a moment ago (a *sighting*) overrules an older answer of a feed, so that a
//! row never falls back to what it was before a handoff.

mod staffing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

use self::staffing::{People, state};
use crate::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::{Floor, Loading},
        id::{AgentId, FlowId, QueueId, SessionId},
        queue::{Queue, ServiceLevel},
        session::{Session, SessionState},
        text::Plain,
    },
    genesys::{AgentState, Directory, Intent, Patch, Profile, QueueCounts, QueueFacts, Scope},
};

/// How long a sighting holds against feeds that have not caught up. Activity queries lag by an
/// unpublished time; a session that a feed has forgotten for longer than this is gone.
const SIGHTING_HOLDS: Duration = Duration::from_secs(20);

/// Service levels are read every minute; what is older than three of those is no longer told.
const LEVELS_HOLD: Duration = Duration::from_secs(180);
/// Skills and capacity change rarely, but they do change.
const PROFILE_HOLDS: Duration = Duration::from_secs(1800);

/// Everything that has been read.
#[derive(Debug, Default)]
pub struct Assembly {
    directory: Option<Directory>,
    /// Queues that were listed once and are no longer.
    gone: BTreeMap<QueueId, QueueFacts>,
    sessions: Option<Vec<Session>>,
    bots: Option<Vec<Session>>,
    counts: HashMap<QueueId, QueueCounts>,
    agents: Option<Vec<AgentState>>,
    levels: Option<(Instant, HashMap<QueueId, ServiceLevel>)>,
    profiles: HashMap<AgentId, (Instant, Profile)>,
    /// With whether the agent inherits it from the org.
    capacities: HashMap<AgentId, (Instant, Option<u32>, bool)>,
    /// What agents inherit who have no capacity of their own: it is shown for those who have not
    /// been read, because reading is one request an agent and takes its time.
    default_capacity: Option<u32>,
    histories: HashMap<SessionId, Session>,
    /// Whether all open sessions have been listed once.
    listed: bool,
    /// Sessions that the pages of the present round over all open ones have listed so far.
    round: HashSet<SessionId>,
    intents: HashMap<SessionId, Intent>,
    sightings: HashMap<SessionId, Sighting>,
    /// Sessions that somebody has named.
    watched: BTreeSet<SessionId>,
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
    /// Somebody has named a session: a dialect that can't list them reads it from now on.
    pub fn watch(&mut self, session: SessionId) {
        self.watched.insert(session);
    }

    /// Takes in one answer.
    pub fn apply(&mut self, patch: Patch) {
        match patch {
            Patch::Directory(directory) => self.replace_directory(directory),
            Patch::Sessions(sessions) => {
                self.sessions = Some(sessions);
                self.unpark();
            }
            Patch::Bots(sessions) => self.bots = Some(sessions),
            Patch::Queues(counts) => self.counts = counts,
            Patch::Agents(agents) => self.agents = Some(agents),
            Patch::Levels(levels) => self.levels = Some((Instant::now(), levels)),
            Patch::Profiles(profiles) => {
                let now = Instant::now();
                self.profiles.extend(profiles.into_iter().map(|p| (p.id.clone(), (now, p))));
            }
            Patch::Capacity { agent, capacity, inherited } => {
                self.capacities.insert(agent, (Instant::now(), capacity, inherited));
                if inherited {
                    self.default_capacity = capacity;
                }
            }
            Patch::Histories { of, scope } => self.add_histories(of, scope),
            Patch::Intents(intents) => {
                self.intents.extend(intents);
                self.forget_old_intents();
            }
        }
    }

    /// Takes in one session that was read by itself just now.
    pub fn sight(&mut self, session: Session) {
        let id = session.id.clone();
        // What only a single read tells must outlast the sighting.
        let history = self.histories.entry(id.clone()).or_insert_with(|| session.clone());
        history.depth = session.depth.or(history.depth);
        history.sentiment = session.sentiment.or(history.sentiment);
        if is_apart(&session) {
            history.agent.clone_from(&session.agent);
            history.since = session.since;
            history.state = session.state;
        } else {
            history.state = SessionState::Transferring;
        }
        self.sightings.insert(id, Sighting { at: Instant::now(), session });
    }

    fn add_histories(&mut self, of: Vec<Session>, scope: Scope) {
        if scope != Scope::Some {
            self.round.extend(of.iter().map(|s| s.id.clone()));
        }
        for session in of {
            let sentiment = self.histories.get(&session.id).and_then(|s| s.sentiment);
            self.histories.insert(session.id.clone(), Session { sentiment, ..session });
        }
        self.unpark();
        if scope == Scope::LastPage {
            self.listed = true;
            self.forget_the_past();
        }
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
    }

    /// Without the rights for the slow source nothing else would ever make room.
    fn forget_old_intents(&mut self) {
        let open: HashSet<&SessionId> =
            self.sessions.iter().chain(&self.bots).flatten().map(|s| &s.id).collect();
        if self.intents.len() > 2 * open.len() + 100 {
            self.intents.retain(|id, _| open.contains(id));
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
            unprofiled: self.wanted(|id| self.profiles.get(id).map(|(at, _)| *at), |_| true),
            unmeasured: self.wanted(|id| self.capacities.get(id).map(|(at, ..)| *at), on_queue),
        }
    }

    /// Agents of whom something is missing or old: what was never read first, and of those the ones
    /// on queue, since only they can take a session.
    fn wanted(
        &self,
        read: impl Fn(&AgentId) -> Option<Instant>,
        eligible: impl Fn(&AgentState) -> bool,
    ) -> Vec<AgentId> {
        let old = |at: Instant| at.elapsed() > PROFILE_HOLDS;
        let mut wanted: Vec<(Option<Instant>, bool, &AgentId)> = self
            .agents
            .iter()
            .flatten()
            .filter(|a| eligible(a) && read(&a.id).is_none_or(old))
            .map(|a| (read(&a.id), !on_queue(a), &a.id))
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
            profiles: agents.iter().filter(|a| a.name.is_some()).count(),
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
    }

    fn session_rows(&self) -> Vec<Session> {
        let mut rows: HashMap<&SessionId, Session> = HashMap::new();
        for session in self.sessions.iter().chain(&self.bots).flatten() {
            match rows.get(&session.id) {
                // On its way from a bot to a queue it can be in both answers: the later state holds.
                Some(known) if known.since >= session.since => {}
                _ => drop(rows.insert(&session.id, session.clone())),
            }
        }
        for apart in self.histories.values().filter(|s| is_apart(s)) {
            rows.entry(&apart.id).or_insert_with(|| apart.clone());
        }
        for (id, sighting) in &self.sightings {
            let seen = &sighting.session;
            match rows.get_mut(id) {
                Some(row) if row.since > seen.since && seen.state != SessionState::Disconnected => {
                }
                Some(row) => overrule(row, seen),
                None => drop(rows.insert(id, seen.clone())),
            }
        }
        let mut rows: Vec<Session> =
            rows.into_values().filter(|s| s.state != SessionState::Disconnected).collect();
        rows.iter_mut().for_each(|row| self.complete(row));
        rows
    }

    /// Adds what the slow sources know, and names in place of ids.
    fn complete(&self, row: &mut Session) {
        if let Some(known) = self.histories.get(&row.id) {
            row.guest = known.guest.clone().or(row.guest.take());
            row.channel = row.channel.take().or_else(|| known.channel.clone());
            row.started = row.started.or(known.started);
            row.depth = row.depth.max(known.depth);
            row.expires = row.expires.or(known.expires);
            row.language = row.language.take().or_else(|| known.language.clone());
            row.flow = row.flow.take().or_else(|| known.flow.clone());
            row.sentiment = row.sentiment.or(known.sentiment);
        }
        if let Some(intent) = self.intents.get(&row.id) {
            row.intent = intent.name.clone();
            row.confidence = intent.confidence;
        }
        let Some(directory) = &self.directory else { return };
        for skill in &mut row.skills {
            if let Some(name) = skill.id.as_ref().and_then(|id| directory.skills.get(id)) {
                skill.name = name.clone();
            }
        }
        if let Some(language) = &mut row.language
            && let Some(name) = language.id.as_ref().and_then(|id| directory.languages.get(id))
        {
            language.name = name.clone();
        }
    }

    fn agent_rows(&self, sessions: &[Session]) -> Vec<Agent> {
        let mut held: HashMap<&AgentId, u32> = HashMap::new();
        let holding =
            |s: &&Session| matches!(s.state, SessionState::Connected | SessionState::Alerting);
        for id in sessions.iter().filter(holding).filter_map(|s| s.agent.as_ref()) {
            *held.entry(id).or_default() += 1;
        }
        let row = |state: &AgentState| {
            let profile = self.profiles.get(&state.id).map(|(_, profile)| profile);
            let sessions = self.sessions.as_ref();
            let own = self.capacities.get(&state.id);
            let (capacity, inherited) = own
                .map_or((self.default_capacity, self.default_capacity.is_some()), |(_, c, i)| {
                    (*c, *i)
                });
            Agent {
                id: state.id.clone(),
                name: profile.map(|p| p.name.clone()),
                presence: state.presence.clone(),
                routing: state.routing.clone(),
                since: state.since,
                skills: profile.and_then(|p| p.skills.clone()),
                languages: profile.and_then(|p| p.languages.clone()),
                sessions: sessions.map(|_| held.get(&state.id).copied().unwrap_or(0)),
                capacity,
                capacity_inherited: inherited,
                profile_read: None,
                capacity_read: None,
                queues: state.queues.clone(),
            }
        };
        self.agents.iter().flatten().map(row).collect()
    }

    fn queue_rows(&self, agents: &[Agent], sessions: &[Session]) -> Vec<Queue> {
        let mut people: HashMap<&QueueId, People> = HashMap::new();
        for agent in agents {
            for queue in &agent.queues {
                let assumed = !self.capacities.contains_key(&agent.id);
                people.entry(queue).or_default().add(agent, assumed);
            }
        }
        let mut longest: HashMap<&QueueId, Timestamp> = HashMap::new();
        for session in sessions.iter().filter(|s| s.state == SessionState::Waiting) {
            if let (Some(queue), Some(since)) = (&session.queue, session.since) {
                let known = longest.entry(queue).or_insert(since);
                *known = since.min(*known);
            }
        }
        let listed = self.facts().map(|q| (q, false));
        let gone = self.gone.values().map(|q| (q, true));
        let row = |(facts, gone): (&QueueFacts, bool)| {
            let people =
                self.agents.is_some().then(|| people.remove(&facts.id).unwrap_or_default());
            self.queue_row(facts, gone, people, longest.get(&facts.id).copied())
        };
        listed.chain(gone).map(row).collect()
    }

    fn queue_row(
        &self,
        facts: &QueueFacts,
        gone: bool,
        people: Option<People>,
        longest: Option<Timestamp>,
    ) -> Queue {
        let counts = self.counts.get(&facts.id);
        let staff = people.as_ref().map(|p| p.staff).or_else(|| counts.and_then(|c| c.staff));
        let slots = people.as_ref().and_then(People::slots);
        let fresh = self.levels.as_ref().filter(|(at, _)| at.elapsed() < LEVELS_HOLD);
        let level = fresh.and_then(|(_, levels)| levels.get(&facts.id).copied());
        Queue {
            id: facts.id.clone(),
            name: facts.name.clone(),
            state: state(gone, staff, people.as_ref().is_some_and(People::is_full)),
            waiting: counts.and_then(|c| c.waiting),
            longest_since: longest.or_else(|| counts.and_then(|c| c.longest_since)),
            alerting: counts.and_then(|c| c.alerting),
            interacting: counts.and_then(|c| c.interacting),
            staff,
            slots,
            service_level: level
                .map(|l| ServiceLevel { target: l.target.or(facts.service_target), ..l }),
            manual_assignment: facts.manual_assignment,
            alerting_timeout: facts.alerting_timeout,
        }
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

fn on_queue(agent: &AgentState) -> bool {
    agent.routing.as_ref().is_some_and(|r| *r != RoutingStatus::OffQueue)
}

/// What a single read says counts where it says something.
fn overrule(row: &mut Session, seen: &Session) {
    row.state = seen.state;
    row.since = seen.since.or(row.since);
    row.agent = seen.agent.clone();
    row.queue = seen.queue.clone().or(row.queue.take());
    row.depth = seen.depth.or(row.depth);
    row.expires = seen.expires.or(row.expires);
    row.sentiment = seen.sentiment.or(row.sentiment);
    row.channel = row.channel.take().or_else(|| seen.channel.clone());
    row.guest = row.guest.take().or_else(|| seen.guest.clone());
}
