//! One floor, read once to its end: what a script asks for.

use std::sync::Arc;

use jiff::Timestamp;

use super::assembly::{Assembly, Known};
use crate::{
    domain::{floor::Floor, id::SessionId},
    genesys::{Ask, Error, Feed, Genesys, Lane, Patch, Scope},
};

/// Capacities that are read to find out what agents inherit: one an agent is too dear for all.
const SAMPLES: usize = 5;

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

/// Reads a floor.
///
/// # Errors
/// Of the first read that a floor can't do without.
pub async fn snapshot<G: Genesys>(genesys: &G, want: Want) -> Result<Floor, Error> {
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
) -> Result<Floor, Error> {
    let mut reading = Reading { genesys, assembly: Assembly::of(genesys.feeds()) };
    watched.iter().for_each(|session| reading.assembly.watch(session.clone()));
    reading.read(Feed::Directory, |_, _| {}).await?;
    for feed in [Feed::Sessions, Feed::Bots, Feed::Agents, Feed::Queues] {
        reading.read(feed, |_, _| {}).await?;
    }
    if want.levels {
        reading.read(Feed::Levels, |_, _| {}).await?;
    }
    if want.histories {
        reading.histories().await?;
        reading.intents().await?;
    }
    if want.profiles || want.histories {
        reading.profiles().await?;
    }
    if want.profiles {
        reading.capacities().await?;
    }
    Ok(reading.assembly.floor())
}

struct Reading<'a, G> {
    genesys: &'a G,
    assembly: Assembly,
}

impl<G: Genesys> Reading<'_, G> {
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
