//! The rows of a floor, each put together from whatever tells of it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Assembly, LEVELS_HOLD, Sighting, is_apart,
    staffing::{People, state},
};
use crate::{
    domain::{
        agent::Agent,
        id::{AgentId, QueueId, SessionId, SkillId},
        queue::{Queue, ServiceLevel},
        session::{Session, SessionState},
        text::Plain,
    },
    genesys::{AgentState, QueueFacts},
};

impl Assembly {
    pub(super) fn session_rows(&self) -> Vec<Session> {
        // Of thousands each is copied once: first it is settled which.
        let listed = self.sessions.iter().chain(&self.bots).map(Vec::len).sum();
        let mut chosen: HashMap<&SessionId, &Session> = HashMap::with_capacity(listed);
        for session in self.sessions.iter().chain(&self.bots).flatten() {
            let known = chosen.entry(&session.id).or_insert(session);
            // On its way from a bot to a queue it can be in both answers: the later state holds.
            if known.since < session.since {
                *known = session;
            }
        }
        for apart in self.histories.values().filter(|s| is_apart(s)) {
            chosen.entry(&apart.id).or_insert(apart);
        }
        for (id, sighting) in &self.sightings {
            chosen.entry(id).or_insert(&sighting.session);
        }
        let skills = self.skill_names();
        let mut rows = Vec::with_capacity(chosen.len());
        rows.extend(chosen.into_values().filter_map(|session| self.session_row(session, &skills)));
        rows
    }

    /// One row; none for a session that is over.
    fn session_row(
        &self,
        session: &Session,
        skills: &HashMap<&SkillId, &Plain>,
    ) -> Option<Session> {
        let mut row = session.clone();
        if let Some(Sighting { session: seen, .. }) = self.sightings.get(&row.id)
            && (row.since <= seen.since || seen.state == SessionState::Disconnected)
        {
            overrule(&mut row, seen);
        }
        if row.state == SessionState::Disconnected {
            return None;
        }
        self.complete(&mut row, skills);
        // It lives: a word has put its end off since, by nobody knows yet how much.
        row.expires = row.expires.filter(|end| *end > self.clock.now());
        Some(row)
    }

    /// What skills are called: by the org's directory, or, where it lists none, by the agents who have
    /// them.
    fn skill_names(&self) -> HashMap<&SkillId, &Plain> {
        let listed = self.directory.as_ref().map(|d| &d.skills).filter(|skills| !skills.is_empty());
        if let Some(listed) = listed {
            return listed.iter().collect();
        }
        let held = self.profiles.values().flat_map(|(_, profile)| profile.skills.iter().flatten());
        held.map(|skill| (&skill.id, &skill.name)).collect()
    }

    /// Adds what the slow sources know, and names in place of ids.
    fn complete(&self, row: &mut Session, skills: &HashMap<&SkillId, &Plain>) {
        if let Some(known) = self.histories.get(&row.id) {
            row.guest = known.guest.clone().or(row.guest.take());
            row.channel = row.channel.take().or_else(|| known.channel.clone());
            row.started = row.started.or(known.started);
            row.depth = row.depth.max(known.depth);
            row.expires = row.expires.or(known.expires);
            row.language = row.language.take().or_else(|| known.language.clone());
            row.flow = row.flow.take().or_else(|| known.flow.clone());
            row.sentiment = row.sentiment.or(known.sentiment);
            row.monitor.clone_from(&known.monitor);
        }
        if let Some(guest) = self.named.get(&row.id) {
            row.guest = Some(guest.clone());
        }
        if let Some(intent) = self.intents.get(&row.id) {
            row.intent = intent.name.clone();
            row.confidence = intent.confidence;
        }
        if let Some(earlier) = self.earlier.get(&row.id) {
            row.last_agent = earlier.last.clone();
            row.last_agent_read = Some(earlier.read);
        }
        for skill in &mut row.skills {
            if let Some(name) = skill.id.as_ref().and_then(|id| skills.get(id)) {
                skill.name = (*name).clone();
            }
        }
        let Some(directory) = &self.directory else { return };
        if let Some(language) = &mut row.language
            && let Some(name) = language.id.as_ref().and_then(|id| directory.languages.get(id))
        {
            language.name = name.clone();
        }
    }

    pub(super) fn agent_rows(&self, sessions: &[Session]) -> Vec<Agent> {
        let mut held: HashMap<&AgentId, u32> = HashMap::new();
        let holding =
            |s: &&Session| matches!(s.state, SessionState::Connected | SessionState::Alerting);
        for id in sessions.iter().filter(holding).filter_map(|s| s.agent.as_ref()) {
            *held.entry(id).or_default() += 1;
        }
        let row = |state: &AgentState| {
            let (profile_read, profile) =
                self.profiles.get(&state.id).map(|(read, profile)| (read.wall, profile)).unzip();
            let sessions = self.sessions.as_ref().filter(|_| !self.unlisted);
            let inherited = || self.default_capacity.map(|(read, c)| (read, c, c.is_some()));
            let capacity = self.capacities.get(&state.id).copied().or_else(inherited);
            Agent {
                id: state.id.clone(),
                name: profile
                    .map(|p| &p.name)
                    .filter(|name| !name.is_empty())
                    .or_else(|| self.names.get(&state.id))
                    .cloned(),
                presence: state.presence.clone(),
                routing: state.routing.clone(),
                since: state.since,
                skills: profile.and_then(|p| p.skills.clone()),
                languages: profile.and_then(|p| p.languages.clone()),
                sessions: sessions.map(|_| held.get(&state.id).copied().unwrap_or(0)),
                capacity: capacity.and_then(|(_, capacity, _)| capacity),
                capacity_inherited: capacity.is_some_and(|(.., inherited)| inherited),
                profile_read,
                capacity_read: capacity.map(|(read, ..)| read.wall),
                queues: state.queues.clone(),
            }
        };
        self.agents.iter().flatten().map(row).collect()
    }

    pub(super) fn queue_rows(&self, agents: &[Agent], sessions: &[Session]) -> Vec<Queue> {
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
        let told = counts.and_then(|c| c.told);
        let slots = counts.and_then(|c| c.slots).or_else(|| people.as_ref()?.slots());
        let fresh = self.levels.as_ref().filter(|(at, _)| at.elapsed() < LEVELS_HOLD);
        let level = fresh.and_then(|(_, levels)| levels.get(&facts.id).copied());
        let derived = || state(gone, staff, people.as_ref().is_some_and(People::is_full));
        Queue {
            id: facts.id.clone(),
            name: facts.name.clone(),
            state: told.filter(|_| !gone).unwrap_or_else(derived),
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
}

/// What a single read says counts where it says something.
fn overrule(row: &mut Session, seen: &Session) {
    row.state = seen.state;
    row.since = seen.since.or(row.since);
    row.agent = seen.agent.clone();
    row.monitor.clone_from(&seen.monitor);
    row.queue = seen.queue.clone().or(row.queue.take());
    row.depth = seen.depth.or(row.depth);
    row.expires = seen.expires.or(row.expires);
    row.sentiment = seen.sentiment.or(row.sentiment);
    row.channel = row.channel.take().or_else(|| seen.channel.clone());
    row.guest = row.guest.take().or_else(|| seen.guest.clone());
}
