//! The Platform API v2 as published: routes, wire shapes, and what they mean on the floor.
//!
//! Each route stands in one place, with its wire type beside its mapping. Fields and enum values this
//! version does not know never fail; a missing one that it needs names endpoint and field.
//!
//! What keeps a floor is org-wide (one answer for all sessions, one for all agents), so the cost of
//! reading does not grow with either. Only queue ids are split into batches.

mod agents;
mod closeup;
mod conversation;
mod directory;
mod history;
mod live;
mod query;
mod queues;
mod transfer;
mod wire;

use std::time::Duration;

use super::{
    Ask, Error, Feed, Genesys, Lane, Pace, Patch, Plan, Sent, Transfer, Write,
    client::{Client, Settings, Traffic},
    transport::Transport,
};
use crate::domain::{detail::SessionDetail, handoff::Target, id::SessionId};

/// A Genesys Cloud org, spoken to directly.
#[derive(Debug)]
pub struct Platform<T> {
    client: Client<T>,
}

impl<T: Transport> Platform<T> {
    /// An org of which nothing has been read yet.
    pub fn new(transport: T, settings: Settings) -> Self {
        Self { client: Client::new(transport, settings) }
    }
}

const fn live(seconds: u64) -> Pace {
    Pace { every: Duration::from_secs(seconds), live: true }
}

const fn background(seconds: u64) -> Pace {
    Pace { every: Duration::from_secs(seconds), live: false }
}

/// SPEC section 4: four org-wide reads every 5 s, service levels every minute, the slow sources
/// every five, skills and capacity once and then rarely. The order is the order at the start.
const FEEDS: &[(Feed, Pace)] = &[
    (Feed::Directory, background(900)),
    (Feed::Sessions, live(5)),
    (Feed::Bots, live(5)),
    (Feed::Agents, live(5)),
    (Feed::Queues, live(5)),
    // A hundred agents a read, and none without a name for longer than need be.
    (Feed::Profiles, Pace { every: Duration::from_millis(100), live: false }),
    (Feed::Levels, background(60)),
    (Feed::Newcomers, background(30)),
    (Feed::Intents, background(20)),
    (Feed::Reconcile, background(300)),
    (Feed::Capacity, background(1)),
];

impl<T: Transport> Genesys for Platform<T> {
    fn dialect(&self) -> &'static str {
        "platform"
    }

    fn feeds(&self) -> &'static [(Feed, Pace)] {
        FEEDS
    }

    async fn read(&self, feed: Feed, ask: &Ask, lane: Lane) -> Result<Patch, Error> {
        match feed {
            Feed::Directory => directory::read(&self.client, lane).await,
            Feed::Sessions => live::sessions(&self.client, ask, lane).await,
            Feed::Bots => live::bots(&self.client, lane).await,
            Feed::Agents => agents::states(&self.client, ask, lane).await,
            Feed::Queues => queues::counts(&self.client, ask, lane).await,
            Feed::Levels => queues::levels(&self.client, ask, lane).await,
            Feed::Profiles => agents::profiles(&self.client, ask, lane).await,
            Feed::Capacity => agents::capacity(&self.client, ask, lane).await,
            Feed::Newcomers => history::newcomers(&self.client, ask, lane).await,
            Feed::Reconcile => history::open(&self.client, ask, lane).await,
            Feed::Intents => history::intents(&self.client, ask, lane).await,
        }
    }

    async fn look(&self, session: &SessionId, lane: Lane) -> Result<SessionDetail, Error> {
        conversation::look(&self.client, session, lane).await
    }

    async fn weigh(&self, detail: &mut SessionDetail, lane: Lane) {
        closeup::weigh(&self.client, detail, lane).await;
    }

    async fn detail(&self, session: &SessionId) -> Result<SessionDetail, Error> {
        closeup::detail(&self.client, session).await
    }

    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error> {
        transfer::plan(transfer)
    }

    async fn send(&self, write: &Write, tries: u32) -> Result<Sent, Error> {
        self.client.send(write, tries).await
    }

    async fn summarise(&self, session: &SessionId) -> Result<Option<String>, Error> {
        closeup::summary(&self.client, session, Lane::Operator).await
    }

    fn carries_summary(&self, _target: &Target) -> bool {
        // The platform shows its own summary to whoever takes the session.
        false
    }

    fn host(&self) -> &str {
        self.client.base_url()
    }

    fn traffic(&self) -> tokio::sync::watch::Receiver<Traffic> {
        self.client.traffic()
    }
}
