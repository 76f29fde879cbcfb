//! An org in whichever dialect it speaks: the choice is made once, and nothing above knows of it.

use super::{
    Acted, Ask, Dialect, Error, Feed, Genesys, Lane, Pace, Patch, Plan, Sent, Transfer, Write,
    client::{Call, Settings, Traffic},
    gateway::Gateway,
    platform::{Platform, guest::Door},
    transport::Transport,
};
use crate::domain::{
    deed::{DeedOrder, Seat},
    detail::{SessionDetail, Utterance},
    guest::{Fate, GuestOrder, GuestToken},
    handoff::Target,
    id::{MessageId, SessionId},
    rights::Rights,
    supervision::{Hold, Sign},
};

/// An org.
#[derive(Debug)]
pub enum Org<T> {
    /// Spoken to directly.
    Platform(Box<Platform<T>>),
    /// Behind a gateway.
    Gateway(Box<Gateway<T>>),
}

impl<T: Transport> Org<T> {
    /// An org of which nothing has been read yet.
    pub fn new(dialect: Dialect, transport: T, settings: Settings) -> Self {
        match dialect {
            Dialect::Platform => Self::Platform(Platform::new(transport, settings).into()),
            Dialect::Gateway => Self::Gateway(Gateway::new(transport, settings).into()),
        }
    }
}

impl<T: Transport> Org<T> {
    /// The same, with a door for guests where the dialect has one.
    #[must_use]
    pub fn with_door(self, door: Door) -> Self {
        match self {
            Self::Platform(org) => Self::Platform(org.with_door(door).into()),
            gateway @ Self::Gateway(_) => gateway,
        }
    }

    /// The same, with these queues alone on its floor, by id or name; all where there is none.
    #[must_use]
    pub fn with_queues(self, queues: Vec<String>) -> Self {
        match self {
            Self::Gateway(org) => Self::Gateway(org.with_queues(queues.into()).into()),
            Self::Platform(org) => Self::Platform(org.with_queues(queues.into()).into()),
        }
    }
}

/// The same call to whichever it is.
macro_rules! either {
    ($org:expr, $one:ident => $call:expr) => {
        match $org {
            Org::Platform($one) => $call,
            Org::Gateway($one) => $call,
        }
    };
}

impl<T: Transport> Genesys for Org<T> {
    fn dialect(&self) -> &'static str {
        either!(self, org => org.dialect())
    }

    fn feeds(&self) -> &'static [(Feed, Pace)] {
        either!(self, org => org.feeds())
    }

    fn cost(&self, feed: Feed, ask: &Ask) -> usize {
        either!(self, org => org.cost(feed, ask))
    }

    async fn read(&self, feed: Feed, ask: &Ask, lane: Lane) -> Result<Patch, Error> {
        either!(self, org => org.read(feed, ask, lane).await)
    }

    async fn look(&self, session: &SessionId, lane: Lane) -> Result<SessionDetail, Error> {
        either!(self, org => org.look(session, lane).await)
    }

    async fn weigh(&self, detail: &mut SessionDetail, lane: Lane) {
        either!(self, org => org.weigh(detail, lane).await);
    }

    async fn detail(&self, session: &SessionId) -> Result<SessionDetail, Error> {
        either!(self, org => org.detail(session).await)
    }

    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error> {
        either!(self, org => org.plan(transfer))
    }

    async fn send(&self, write: &Write, tries: u32) -> Result<Sent, Error> {
        either!(self, org => org.send(write, tries).await)
    }

    async fn summarise(&self, session: &SessionId, lane: Lane) -> Result<Option<String>, Error> {
        either!(self, org => org.summarise(session, lane).await)
    }

    fn summary_request(&self, session: &SessionId) -> Option<Write> {
        either!(self, org => org.summary_request(session))
    }

    fn carries_summary(&self, target: &Target) -> bool {
        either!(self, org => org.carries_summary(target))
    }

    async fn fate(&self, order: &SessionId) -> Result<Fate, Error> {
        either!(self, org => org.fate(order).await)
    }

    async fn open_guest(&self, order: &GuestOrder) -> Result<SessionId, Error> {
        either!(self, org => org.open_guest(order).await)
    }

    async fn beat(
        &self,
        session: &SessionId,
        hold: Hold,
        sequence: i64,
        token: Option<&GuestToken>,
    ) -> Result<Sign, Error> {
        either!(self, org => org.beat(session, hold, sequence, token).await)
    }

    async fn disconnect(
        &self,
        session: &SessionId,
        hold: Hold,
        token: Option<&GuestToken>,
    ) -> Result<(), Error> {
        either!(self, org => org.disconnect(session, hold, token).await)
    }

    fn let_go(&self, session: &SessionId) {
        either!(self, org => org.let_go(session));
    }

    fn hold(&self, opened_here: bool) -> Hold {
        either!(self, org => org.hold(opened_here))
    }

    fn does_deeds(&self) -> bool {
        either!(self, org => org.does_deeds())
    }

    fn deed(&self, order: &DeedOrder, seat: &Seat) -> Result<Call, Error> {
        either!(self, org => org.deed(order, seat))
    }

    async fn act(&self, call: Call) -> Result<Acted, Error> {
        either!(self, org => org.act(call).await)
    }

    async fn wrote(
        &self,
        session: &SessionId,
        messages: &[MessageId],
    ) -> Result<Vec<Utterance>, Error> {
        either!(self, org => org.wrote(session, messages).await)
    }

    async fn rights(&self, lane: Lane) -> Result<Option<Rights>, Error> {
        either!(self, org => org.rights(lane).await)
    }

    fn host(&self) -> &str {
        either!(self, org => org.host())
    }

    fn traffic(&self) -> tokio::sync::watch::Receiver<Traffic> {
        either!(self, org => org.traffic())
    }
}
