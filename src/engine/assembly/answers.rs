//! Taking answers in: what each kind says that was not known, and what it makes obsolete.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use tokio::time::Instant;

use super::{
    Assembly, LISTENER_HOLDS, Sighting,
    earlier::{Earlier, holder},
    is_apart, is_idle,
};
use crate::{
    domain::{
        id::{AgentId, QueueId, SessionId},
        session::{Session, SessionState},
    },
    genesys::{AgentState, Directory, Patch, QueueCounts, Scope},
};

/// Two answers about the same start, told as a span, differ by less.
const JITTER: SignedDuration = SignedDuration::from_secs(2);

impl Assembly {
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
                let shown = self.capacities.get(&agent).map(|(_, known, _)| *known);
                let shown = shown.or(self.default_capacity.map(|(_, known)| known));
                self.capacities.insert(agent, (now, capacity, inherited));
                if inherited {
                    self.default_capacity = Some((now, capacity));
                }
                // That it is no longer a guess can wait.
                return shown != Some(capacity);
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

    fn replace_agents(&mut self, agents: Vec<AgentState>) {
        let silent = |id: &AgentId| self.profiles.get(id).is_some_and(|(_, p)| p.skills.is_none());
        let away = agents.iter().filter(|a| !is_idle(a) && silent(&a.id)).map(|a| a.id.clone());
        self.untold.extend(away.collect::<Vec<_>>());
        self.agents = Some(agents);
    }
}
