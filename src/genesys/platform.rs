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
mod deeds;
mod directory;
pub mod guest;
mod history;
mod live;
mod query;
mod queues;
mod transfer;
mod wire;

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::{
    Acted, Ask, Dialect, Error, Feed, Genesys, Lane, Pace, Patch, Plan, Sent, Transfer, Write,
    client::{Call, Client, Settings, Traffic},
    path::part,
    rights,
    transport::{Method, Transport},
    watched::Watched,
};
use crate::domain::{
    deed::{DeedOrder, Seat},
    detail::{SessionDetail, Utterance},
    guest::{Fate, GuestOrder, GuestToken},
    handoff::Target,
    id::{MessageId, SessionId},
    rights::Rights,
    session::SessionState,
    supervision::{Hold, Sign},
};
use guest::{Door, Guests};

/// A Genesys Cloud org, spoken to directly.
#[derive(Debug)]
pub struct Platform<T> {
    client: Arc<Client<T>>,
    guests: Guests,
    watched: Watched,
}

impl<T: Transport> Platform<T> {
    /// An org of which nothing has been read yet.
    pub fn new(transport: T, settings: Settings) -> Self {
        let client = Client::new(transport, settings).into();
        Self { client, guests: Guests::default(), watched: Watched::default() }
    }

    /// The same, with these queues alone on its floor.
    #[must_use]
    pub fn with_queues(self, watched: Watched) -> Self {
        Self { watched, ..self }
    }

    /// The same, with a door for guests.
    #[must_use]
    pub fn with_door(self, door: Door) -> Self {
        Self { guests: Guests::through(door), ..self }
    }

    async fn signs_of_life(&self, session: &SessionId) -> Result<Sign, Error> {
        let seen = conversation::look(&self.client, session, Lane::Heartbeat).await?.session.state;
        let over = seen == SessionState::Disconnected;
        self.guests.settle(session, over);
        Ok(if over { Sign::Over } else { Sign::Alive })
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
        let mut patch = match feed {
            Feed::Directory => {
                directory::read(&self.client, lane).await.map(|patch| self.watched.keep(patch))
            }
            Feed::Sessions => live::sessions(&self.client, ask, lane).await,
            Feed::Bots => live::bots(&self.client, ask, lane).await,
            Feed::Agents => agents::states(&self.client, ask, lane).await,
            Feed::Queues => queues::counts(&self.client, ask, lane).await,
            Feed::Levels => queues::levels(&self.client, ask, lane).await,
            Feed::Profiles => agents::profiles(&self.client, ask, lane).await,
            Feed::Capacity => agents::capacity(&self.client, ask, lane).await,
            Feed::Newcomers => history::newcomers(&self.client, ask, lane).await,
            Feed::Reconcile => history::open(&self.client, ask, lane).await,
            Feed::Intents => history::intents(&self.client, ask, lane).await,
        }?;
        // The slow source tells when sessions end for want of words: the other end goes with it.
        if let Patch::Histories { of, .. } = &mut patch {
            self.watched.keep_parked(of, &ask.queues);
            of.iter_mut().for_each(|session| self.guests.date(session));
        }
        Ok(patch)
    }

    async fn look(&self, session: &SessionId, lane: Lane) -> Result<SessionDetail, Error> {
        let mut detail = conversation::look(&self.client, session, lane).await?;
        self.guests.date(&mut detail.session);
        Ok(detail)
    }

    async fn weigh(&self, detail: &mut SessionDetail, lane: Lane) {
        closeup::weigh(&self.client, detail, lane).await;
    }

    async fn detail(&self, session: &SessionId) -> Result<SessionDetail, Error> {
        let mut detail = closeup::detail(&self.client, session).await?;
        self.guests.date(&mut detail.session);
        // The guest's own socket was told each word as it was said; the API tells the last ones.
        if let Some(heard) = self.guests.transcript(session) {
            detail.messages = heard;
        }
        Ok(detail)
    }

    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error> {
        transfer::plan(transfer)
    }

    async fn send(&self, write: &Write, tries: u32) -> Result<Sent, Error> {
        self.client.send(write, tries).await
    }

    async fn summarise(&self, session: &SessionId, lane: Lane) -> Result<Option<String>, Error> {
        closeup::summary(&self.client, session, lane).await
    }

    fn carries_summary(&self, _target: &Target) -> bool {
        // The platform shows its own summary to whoever takes the session.
        false
    }

    async fn fate(&self, order: &SessionId) -> Result<Fate, Error> {
        // Which conversation a guest's words began is known on the socket that heard them told back alone.
        self.guests.fate(&self.client, order).await
    }

    async fn open_guest(&self, order: &GuestOrder) -> Result<SessionId, Error> {
        let opened = self.guests.open(&self.client, order).await;
        opened.map_err(|error| error.without(Some(&order.token)))
    }

    async fn beat(
        &self,
        session: &SessionId,
        hold: Hold,
        _sequence: i64,
        token: Option<&GuestToken>,
    ) -> Result<Sign, Error> {
        // An echo has no number, and no published call keeps a session alive: what has no socket is read.
        let asked = match hold {
            Hold::Echo => self.guests.beat(&self.client, session, token).await,
            Hold::Patch | Hold::Read => Ok(None),
        };
        let sign = match asked {
            Ok(Some(sign)) => Ok(sign),
            Ok(None) => match self.signs_of_life(session).await {
                // Neither the socket nor the org knows of it.
                Err(error) if hold == Hold::Echo && error.kind == super::error::Kind::NotFound => {
                    Ok(Sign::Over)
                }
                sign => sign,
            },
            Err(error) => Err(error),
        };
        sign.map_err(|error| error.without(token))
    }

    async fn disconnect(
        &self,
        session: &SessionId,
        _hold: Hold,
        token: Option<&GuestToken>,
    ) -> Result<(), Error> {
        const OPERATION: &str = "disconnect the session";
        let path = format!("/api/v2/conversations/messages/{}", part(session));
        let body = json!({"state": "disconnected"});
        let call = Call::write(OPERATION, Method::Patch, path, &body).hiding(token);
        let sent = self.client.call(call).await;
        if let Err(error) = sent {
            // It may have been done, or have ended before: only a look tells.
            match conversation::look(&self.client, session, Lane::Operator).await {
                Ok(seen) if seen.session.state == SessionState::Disconnected => {}
                _ => return Err(error),
            }
        }
        // To close a guest's connections alone would leave the conversation open.
        self.guests.close(session).await;
        Ok(())
    }

    fn let_go(&self, session: &SessionId) {
        self.guests.let_go(session);
    }

    fn hold(&self, opened_here: bool) -> Hold {
        if opened_here && self.guests.can_come() { Hold::Echo } else { Hold::Read }
    }

    fn does_deeds(&self) -> bool {
        true
    }

    fn deed(&self, order: &DeedOrder, seat: &Seat) -> Result<Call, Error> {
        deeds::request(order, seat)
    }

    async fn act(&self, call: Call) -> Result<Acted, Error> {
        deeds::act(&self.client, call).await
    }

    async fn wrote(
        &self,
        session: &SessionId,
        messages: &[MessageId],
    ) -> Result<Vec<Utterance>, Error> {
        closeup::words(&self.client, session, messages).await
    }

    async fn rights(&self, lane: Lane) -> Result<Option<Rights>, Error> {
        rights::read(&self.client, Dialect::Platform, lane).await
    }

    fn host(&self) -> &str {
        self.client.base_url()
    }

    fn traffic(&self) -> tokio::sync::watch::Receiver<Traffic> {
        self.client.traffic()
    }
}
