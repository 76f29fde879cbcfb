//! One floor, read once to its end: what a script asks for.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use jiff::Timestamp;

use super::{
    assembly::{Assembly, Known},
    handoff::Terrain,
};
use crate::{
    domain::{
        floor::Floor,
        handoff::HandoffOrder,
        id::{AgentId, LanguageId, SessionId, SkillId},
        text::Plain,
    },
    genesys::{Ask, Error, Feed, Genesys, Lane, Patch, Scope, Seen, error::Kind},
};

/// Capacities that are read to find out what agents inherit: one an agent is too dear for all.
const SAMPLES: usize = 5;

/// Each id once, as it was named first.
fn once<'a, I: Eq + Hash + 'a>(
    all: impl Iterator<Item = (&'a I, &'a Plain)>,
) -> impl Iterator<Item = (&'a I, &'a Plain)> {
    let mut seen = HashSet::new();
    all.filter(move |(id, _)| seen.insert(*id))
}

/// What is wanted of the floor; each costs requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// Service levels.
    pub levels: bool,
    /// Names, skills, languages and capacity of agents.
    pub profiles: bool,
    /// Guests, channels and intents of sessions.
    pub histories: bool,
}

/// What a script works on: a floor that was read once, and what is known beside it.
#[derive(Debug)]
pub struct Snapshot {
    /// The floor.
    pub floor: Floor,
    /// What could not be read, and why. None of it keeps a floor from being one.
    pub gaps: Vec<Plain>,
    assembly: Assembly,
}

impl Snapshot {
    /// What an order has to know of the queues it concerns.
    pub fn terrain(&self, order: &HandoffOrder) -> Terrain {
        Terrain::around(order, &self.assembly)
    }

    /// The org's skills, and those that agents have: not every org lists its own.
    pub fn skills(&self) -> impl Iterator<Item = (&SkillId, &Plain)> {
        let listed = self.assembly.directory().into_iter().flat_map(|d| &d.skills);
        let held = self.floor.agents.iter().flat_map(|agent| agent.skills.iter().flatten());
        let held = held.map(|skill| (&skill.id, &skill.name));
        once(listed.chain(held))
    }

    /// The org's languages, and those that agents speak.
    pub fn languages(&self) -> impl Iterator<Item = (&LanguageId, &Plain)> {
        let listed = self.assembly.directory().into_iter().flat_map(|d| &d.languages);
        let spoken = self.floor.agents.iter().flat_map(|agent| agent.languages.iter().flatten());
        let spoken = spoken.map(|one| (&one.id, &one.name));
        once(listed.chain(spoken))
    }

    /// Reads how much these agents may hold, where so far only the org's default is known. False if
    /// there was nothing to read.
    ///
    /// # Errors
    /// Of the first read that fails for another reason than a missing right.
    pub async fn measure<G: Genesys>(
        &mut self,
        genesys: &G,
        agents: &[AgentId],
    ) -> Result<bool, Error> {
        let unmeasured = self.assembly.known().unmeasured;
        let wanted: Vec<_> = agents.iter().filter(|id| unmeasured.contains(id)).cloned().collect();
        let mut reading = self.reading(genesys);
        let read = reading.measure(&wanted).await;
        let Reading { assembly, gaps, .. } = reading;
        *self = Self { gaps, ..Self::of(assembly) };
        read.map(|()| !wanted.is_empty())
    }

    /// Reads again what changes all the time: a batch may take minutes.
    ///
    /// # Errors
    /// Of the first read that fails; what was known stays.
    pub async fn renew<G: Genesys>(&mut self, genesys: &G) -> Result<(), Error> {
        let mut reading = self.reading(genesys);
        let read = reading.live().await;
        let Reading { assembly, gaps, .. } = reading;
        *self = Self { gaps, ..Self::of(assembly) };
        read
    }

    fn reading<'a, G>(&mut self, genesys: &'a G) -> Reading<'a, G> {
        let assembly = std::mem::take(&mut self.assembly);
        Reading { genesys, assembly, gaps: std::mem::take(&mut self.gaps) }
    }

    fn of(mut assembly: Assembly) -> Self {
        Self { floor: assembly.floor(), gaps: Vec::new(), assembly }
    }
}

/// Reads a floor.
///
/// # Errors
/// Of the first read that a floor can't do without.
pub async fn snapshot<G: Genesys>(genesys: &G, want: Want) -> Result<Snapshot, Error> {
    snapshot_with(genesys, want, &[]).await
}

/// As [`snapshot`], with sessions that somebody has named: all there are where none are listed.
///
/// # Errors
/// As [`snapshot`].
pub async fn snapshot_with<G: Genesys>(
    genesys: &G,
    want: Want,
    watched: &[SessionId],
) -> Result<Snapshot, Error> {
    let assembly = Assembly::of(genesys.feeds());
    let mut reading = Reading { genesys, assembly, gaps: Vec::new() };
    watched.iter().for_each(|session| reading.assembly.watch(session.clone()));
    reading.read(Feed::Directory, |_, _| {}).await?;
    reading.live().await?;
    if want.levels {
        let read = reading.read(Feed::Levels, |_, _| {}).await;
        reading.spared(read)?;
    }
    if want.histories {
        let read = reading.histories().await;
        reading.spared(read)?;
        let read = reading.intents().await;
        reading.spared(read)?;
    }
    if want.profiles || want.histories {
        let read = reading.profiles().await;
        reading.spared(read)?;
    }
    if want.profiles {
        let read = reading.capacities().await;
        reading.spared(read)?;
    }
    let Reading { assembly, mut gaps, .. } = reading;
    gaps.extend(assembly.gaps().cloned());
    Ok(Snapshot { gaps, ..Snapshot::of(assembly) })
}

struct Reading<'a, G> {
    genesys: &'a G,
    assembly: Assembly,
    gaps: Vec<Plain>,
}

impl<G: Genesys> Reading<'_, G> {
    /// What everybody looks at.
    async fn live(&mut self) -> Result<(), Error> {
        for feed in [Feed::Sessions, Feed::Bots, Feed::Agents, Feed::Queues] {
            self.read(feed, |_, _| {}).await?;
        }
        Ok(())
    }

    /// A right that is missing for what makes a floor richer must not keep anybody from the rest of
    /// it: that becomes a gap.
    fn spared<T>(&mut self, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Err(error) if error.kind == Kind::Permission => {
                self.gaps.push(error.explained());
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Reads one feed; `choose` says what of all that is known to ask for.
    async fn read(
        &mut self,
        feed: Feed,
        choose: impl FnOnce(&mut Ask, &Known),
    ) -> Result<Option<Scope>, Error> {
        if !self.genesys.feeds().iter().any(|(known, _)| *known == feed) {
            return Ok(None);
        }
        let known = self.assembly.known();
        let mut ask = Ask {
            now: Timestamp::now(),
            queues: Arc::clone(&known.queues),
            flows: Vec::new(),
            agents: Vec::new(),
            newcomers: Vec::new(),
            watched: known.watched.clone(),
            page: 1,
            seen: Seen::default(),
        };
        choose(&mut ask, &known);
        let patch = self.genesys.read(feed, &ask, Lane::Operator).await?;
        let scope = match &patch {
            Patch::Histories { scope, .. } => Some(*scope),
            _ => None,
        };
        self.assembly.apply(patch);
        Ok(scope)
    }

    async fn histories(&mut self) -> Result<(), Error> {
        for page in 1.. {
            let scope = self.read(Feed::Reconcile, |ask, _| ask.page = page).await?;
            if scope != Some(Scope::Page) {
                break;
            }
        }
        Ok(())
    }

    async fn intents(&mut self) -> Result<(), Error> {
        for flow in self.assembly.known().flows {
            self.read(Feed::Intents, |ask, _| ask.flows.push(flow)).await?;
        }
        Ok(())
    }

    async fn profiles(&mut self) -> Result<(), Error> {
        let mut left = self.assembly.known().unprofiled.len();
        while left > 0 {
            self.read(Feed::Profiles, |ask, known| ask.agents.clone_from(&known.unprofiled))
                .await?;
            // Somebody who was removed meanwhile stays without a profile.
            let now = self.assembly.known().unprofiled.len();
            if now >= left {
                break;
            }
            left = now;
        }
        Ok(())
    }

    async fn measure(&mut self, agents: &[AgentId]) -> Result<(), Error> {
        for agent in agents {
            let one = vec![agent.clone()];
            let read = self.read(Feed::Capacity, |ask, _| ask.agents = one).await;
            if self.spared(read)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn capacities(&mut self) -> Result<(), Error> {
        for _ in 0..SAMPLES {
            if self.assembly.known().unmeasured.is_empty() {
                break;
            }
            self.read(Feed::Capacity, |ask, known| ask.agents.clone_from(&known.unmeasured))
                .await?;
        }
        Ok(())
    }
}
