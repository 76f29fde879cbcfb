//! A messaging gateway that an organisation runs in front of its contact centre: its routes, bodies and
//! replies as the source documents S0 to S3 write them. None of them is in the published API.
//!
//! Each route stands in one place, with its wire type beside its mapping. Documents and gateways differ
//! in what they send, so nothing is demanded of an answer but what makes it one: the rest is unknown
//! where it is missing or can't be read.
//!
//! A gateway reads one thing at a time and lists no sessions. So a read here is a few requests, whatever
//! the size of the floor: what was never read comes first, then everything in turn. What the turns have
//! brought so far is kept here, because a patch tells of all.

mod directory;
mod events;
mod guest;
mod hints;
mod members;
mod people;
mod queues;
mod session;
mod sessions;
mod transfer;
mod turns;
mod wire;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Ask, Dialect, Error, Feed, Genesys, Lane, Pace, Patch, Plan, Sent, Transfer, Write,
    client::{Client, Settings, Traffic},
    rights,
    transport::Transport,
    watched::Watched,
};
use crate::domain::{
    detail::SessionDetail,
    guest::{Fate, GuestOrder, GuestToken},
    handoff::Target,
    id::{QueueId, SessionId, SkillId},
    rights::Rights,
    supervision::{Hold, Sign},
    text::Plain,
};

pub use hints::hint;

/// An org behind a gateway.
#[derive(Debug)]
pub struct Gateway<T> {
    client: Client<T>,
    sessions: sessions::Sessions,
    queues: turns::Turns<QueueId>,
    members: members::Members,
    people: people::People,
    skills: Skills,
    watched: Watched,
}

impl<T: Transport> Gateway<T> {
    /// A gateway of which nothing has been read yet.
    pub fn new(transport: T, settings: Settings) -> Self {
        Self {
            client: Client::new(transport, settings),
            sessions: sessions::Sessions::default(),
            queues: turns::Turns::default(),
            members: members::Members::default(),
            people: people::People::default(),
            skills: Skills::default(),
            watched: Watched::default(),
        }
    }

    /// The same, with these queues alone on its floor: each queue costs requests of its own.
    #[must_use]
    pub fn with_queues(self, watched: Watched) -> Self {
        Self { watched, ..self }
    }
}

/// Names of skills. No route lists them, but the agents who have them tell.
#[derive(Debug, Default)]
struct Skills(Mutex<HashMap<SkillId, Plain>>);

impl Skills {
    fn learn(&self, id: &SkillId, name: &Plain) {
        locked(&self.0).insert(id.clone(), name.clone());
    }

    fn name(&self, session: &mut crate::domain::session::Session) {
        let known = locked(&self.0);
        for skill in &mut session.skills {
            if let Some(name) = skill.id.as_ref().and_then(|id| known.get(id)) {
                skill.name = name.clone();
            }
        }
    }
}

/// A lock that is held for a few instructions and never across a wait.
fn locked<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn live(seconds: u64) -> Pace {
    Pace { every: Duration::from_secs(seconds), live: true }
}

/// At rest two sessions every 5 s, two pages of members and two queues every 10 s: 48 requests a minute,
/// and what is left of sixty for names and skills. There is no feed for bots, counts, service levels or
/// capacity, because there is no route for them.
const FEEDS: &[(Feed, Pace)] = &[
    (Feed::Directory, Pace { every: Duration::from_secs(900), live: false }),
    (Feed::Sessions, live(5)),
    (Feed::Agents, live(10)),
    (Feed::Queues, live(10)),
    (Feed::Profiles, Pace { every: Duration::from_secs(10), live: false }),
];

impl<T: Transport> Genesys for Gateway<T> {
    fn dialect(&self) -> &'static str {
        Dialect::Gateway.name()
    }

    fn feeds(&self) -> &'static [(Feed, Pace)] {
        FEEDS
    }

    fn cost(&self, feed: Feed, ask: &Ask) -> usize {
        match feed {
            Feed::Directory => directory::COST,
            Feed::Profiles => self.people.cost(ask),
            _ => 1,
        }
    }

    async fn read(&self, feed: Feed, ask: &Ask, lane: Lane) -> Result<Patch, Error> {
        match feed {
            Feed::Directory => {
                directory::read(&self.client, lane).await.map(|patch| self.watched.keep(patch))
            }
            Feed::Sessions => self.sessions.read(&self.client, &self.skills, ask, lane).await,
            Feed::Agents => self.members.read(&self.client, ask, lane).await,
            Feed::Queues => queues::read(&self.client, &self.queues, ask, lane).await,
            Feed::Profiles => {
                let (people, members) = (&self.people, &self.members);
                people.read(&self.client, members, &self.skills, ask, lane).await
            }
            Feed::Bots
            | Feed::Levels
            | Feed::Capacity
            | Feed::Newcomers
            | Feed::Reconcile
            | Feed::Intents => {
                // Nothing known by a route that is not there: the floor stays as it is.
                Ok(Patch::Profiles(Vec::new()))
            }
        }
    }

    async fn look(&self, session: &SessionId, lane: Lane) -> Result<SessionDetail, Error> {
        let mut detail = session::look(&self.client, session, lane).await?;
        self.skills.name(&mut detail.session);
        self.sessions.note(session, &detail.session);
        Ok(detail)
    }

    async fn weigh(&self, detail: &mut SessionDetail, lane: Lane) {
        events::add(&self.client, detail, lane).await;
    }

    async fn detail(&self, session: &SessionId) -> Result<SessionDetail, Error> {
        let mut detail = self.look(session, Lane::Look).await?;
        self.weigh(&mut detail, Lane::Look).await;
        Ok(detail)
    }

    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error> {
        transfer::plan(transfer)
    }

    async fn send(&self, write: &Write, tries: u32) -> Result<Sent, Error> {
        self.client.send(write, tries).await.map_err(hints::sorted)
    }

    async fn summarise(&self, session: &SessionId, lane: Lane) -> Result<Option<String>, Error> {
        session::summarise(&self.client, session, lane).await
    }

    fn summary_request(&self, session: &SessionId) -> Option<Write> {
        Some(session::summary_request(session))
    }

    fn carries_summary(&self, target: &Target) -> bool {
        matches!(target, Target::Agent(_))
    }

    async fn fate(&self, order: &SessionId) -> Result<Fate, Error> {
        guest::fate(&self.client, order, None).await
    }

    async fn open_guest(&self, order: &GuestOrder) -> Result<SessionId, Error> {
        guest::open(&self.client, order).await
    }

    async fn beat(
        &self,
        session: &SessionId,
        hold: Hold,
        sequence: i64,
        token: Option<&GuestToken>,
    ) -> Result<Sign, Error> {
        guest::beat(&self.client, session, hold, sequence, token).await
    }

    async fn disconnect(
        &self,
        session: &SessionId,
        _: Hold,
        token: Option<&GuestToken>,
    ) -> Result<(), Error> {
        guest::disconnect(&self.client, session, token).await
    }

    /// The gateway takes a heartbeat of any session (S4), whoever opened it.
    fn hold(&self, _: bool) -> Hold {
        Hold::Patch
    }

    async fn rights(&self, lane: Lane) -> Result<Option<Rights>, Error> {
        rights::read(&self.client, Dialect::Gateway, lane).await
    }

    fn host(&self) -> &str {
        self.client.base_url()
    }

    fn traffic(&self) -> tokio::sync::watch::Receiver<Traffic> {
        self.client.traffic()
    }
}
