//! Talking to Genesys Cloud: from the floor's words to HTTP and back.
//!
//! ```text
//!                   ┌─ platform ─┐
//!  engine ── Genesys ┤            ├─ client ── budget, auth, retry ── transport
//!       (org: either)└─ gateway ──┘
//! ```
//!
//! [`Genesys`] speaks in the vocabulary of [`crate::domain`] alone, so that nothing above knows which
//! dialect is spoken. Each dialect keeps its own routes and wire types in a folder of its own.

pub mod auth;
pub mod budget;
pub mod client;
pub mod error;
mod feed;
pub mod gateway;
mod listing;
pub mod org;
mod path;
pub mod person;
pub mod platform;
pub mod reach;
pub mod retry;
pub mod rights;
pub mod transport;
mod unsaid;
mod watched;

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    deed::{DeedOrder, Seat},
    detail::{SessionDetail, Utterance},
    guest::{Fate, GuestOrder, GuestToken},
    handoff::{Demands, Step, Target},
    id::{HandoffId, MessageId, ParticipantId, QueueId, SessionId},
    payload::Payload,
    rights::Rights,
    supervision::{Hold, Sign},
    text::Plain,
};

pub use crate::domain::dialect::Dialect;
pub use budget::Lane;
pub use error::Error;
pub use feed::{
    AgentState, Ask, Directory, Feed, Intent, Pace, Patch, Print, Profile, QueueCounts, QueueFacts,
    Scope, Seen,
};

/// A Genesys Cloud org, or a gateway in front of one. Domain in, domain out.
pub trait Genesys: Send + Sync + 'static {
    /// The dialect's name, for the audit log.
    fn dialect(&self) -> &'static str;

    /// What this dialect reads to keep a floor, each feed with its pace.
    fn feeds(&self) -> &'static [(Feed, Pace)];

    /// Requests that the next read of a background feed takes of the allowance they share, as far as that
    /// is known beforehand.
    fn cost(&self, feed: Feed, _ask: &Ask) -> usize {
        // Queues, skills, languages, the org.
        if feed == Feed::Directory { 4 } else { 1 }
    }

    /// Reads one feed. `ask` says what is known and wanted so far.
    fn read(
        &self,
        feed: Feed,
        ask: &Ask,
        lane: Lane,
    ) -> impl Future<Output = Result<Patch, Error>> + Send;

    /// One session as it stands this moment, with its participants and without its messages.
    fn look(
        &self,
        session: &SessionId,
        lane: Lane,
    ) -> impl Future<Output = Result<SessionDetail, Error>> + Send;

    /// Adds to a session just looked at what the guards ask and a look does not tell: how often it was
    /// passed on, how the customer feels. What can't be read stays unknown and becomes a gap.
    fn weigh(&self, detail: &mut SessionDetail, lane: Lane) -> impl Future<Output = ()> + Send;

    /// One session with its messages and summary. What can't be read of those becomes a gap.
    fn detail(
        &self,
        session: &SessionId,
    ) -> impl Future<Output = Result<SessionDetail, Error>> + Send;

    /// The requests that a transfer of a session just looked at consists of, exactly as they would go
    /// out. Nothing is sent: a dry run shows these, and [`Genesys::send`] sends no others.
    ///
    /// # Errors
    /// If this dialect has no way to carry what the transfer asks for.
    fn plan(&self, transfer: &Transfer) -> Result<Plan, Error>;

    /// Sends one request of a plan, trying at most so often where it certainly has not arrived. `Ok`
    /// means accepted, not done.
    fn send(&self, write: &Write, tries: u32) -> impl Future<Output = Result<Sent, Error>> + Send;

    /// A summary of the session for whoever takes it; `None` where there is none.
    fn summarise(
        &self,
        session: &SessionId,
        lane: Lane,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// The request that has a summary made, exactly as [`Genesys::summarise`] sends it; `None` where a
    /// summary is only read, and asking changes nothing.
    fn summary_request(&self, _session: &SessionId) -> Option<Write> {
        None
    }

    /// Whether a transfer to this target carries a summary that has to be fetched before.
    fn carries_summary(&self, target: &Target) -> bool;

    /// Opens a guest's session (SPEC section 8). On the platform the guest's socket stays open until it is
    /// ended.
    fn open_guest(
        &self,
        order: &GuestOrder,
    ) -> impl Future<Output = Result<SessionId, Error>> + Send;

    /// What became of an opening whose answer nobody has heard.
    fn fate(&self, order: &SessionId) -> impl Future<Output = Result<Fate, Error>> + Send;

    /// One heartbeat by what the session is held by: S4's PATCH, the socket's echo, or a liveness read.
    fn beat(
        &self,
        session: &SessionId,
        hold: Hold,
        sequence: i64,
        token: Option<&GuestToken>,
    ) -> impl Future<Output = Result<Sign, Error>> + Send;

    /// Ends a session for good. Only a person, a policy or its limit asks for this.
    fn disconnect(
        &self,
        session: &SessionId,
        hold: Hold,
        token: Option<&GuestToken>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Lets go of what is held here for a session that others keep from now on, or nobody: its connection
    /// is closed, and the session goes on. A beat with its token takes hold of it again.
    fn let_go(&self, _session: &SessionId) {}

    /// What a session opened here, or not, can be held by in this dialect.
    fn hold(&self, opened_here: bool) -> Hold;

    /// True if this dialect has routes for what a signed-in person does in a session themselves.
    fn does_deeds(&self) -> bool {
        false
    }

    /// The request that a deed consists of, exactly as it goes out. Nothing is sent.
    ///
    /// # Errors
    /// If this dialect has no way to do it.
    fn deed(&self, _order: &DeedOrder, _seat: &Seat) -> Result<client::Call, Error> {
        Err(no_deeds())
    }

    /// Sends the request of a deed. It goes out a second time only where the first has certainly not been
    /// taken.
    fn act(&self, _call: client::Call) -> impl Future<Output = Result<Acted, Error>> + Send {
        std::future::ready(Err(no_deeds()))
    }

    /// The words of these messages, as far as the org tells them.
    fn wrote(
        &self,
        _session: &SessionId,
        _messages: &[MessageId],
    ) -> impl Future<Output = Result<Vec<Utterance>, Error>> + Send {
        std::future::ready(Err(no_deeds()))
    }

    /// What the client may do; `None` where the org does not tell.
    fn rights(&self, _lane: Lane) -> impl Future<Output = Result<Option<Rights>, Error>> + Send {
        std::future::ready(Ok(None))
    }

    /// The API host, for people: what a dry run puts before each path.
    fn host(&self) -> &str;

    /// What the requests cost, kept up to date.
    fn traffic(&self) -> tokio::sync::watch::Receiver<client::Traffic>;
}

/// A transfer that is about to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// The handoff it belongs to.
    pub handoff: HandoffId,
    /// The time, for what is told to others.
    pub at: Timestamp,
    /// The session.
    pub session: SessionId,
    /// Who is replaced, read right before.
    pub participant: ParticipantId,
    /// Where attributes are written to, read right before.
    pub customer: Option<ParticipantId>,
    /// Where to.
    pub target: Target,
    /// The queue it waits in, if it waits.
    pub waits_in: Option<QueueId>,
    /// True if it waits in a queue that lets sessions be assigned by hand.
    pub assignable: bool,
    /// What is asked for besides.
    pub demands: Demands,
    /// What travels with it. The guest is the order's; where the order has attributes or a reason but no
    /// guest, it is the one that was read, so that both can travel with a guest where a dialect asks for
    /// one. An order with nothing of that has none.
    pub payload: Payload,
    /// The summary that goes along; empty where none was found.
    pub summary: String,
    /// Why, in the person's words.
    pub reason: Plain,
}

/// The requests of one transfer, in the order in which they go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How the session is moved, for the audit log: `replace_agent`, `replace_queue`, `assign`, …
    pub how: &'static str,
    /// True if the session stays where it is and is only routed otherwise: then the answer is the end.
    pub in_place: bool,
    /// What goes before the transfer.
    pub before: Vec<Write>,
    /// The transfer.
    pub transfer: Write,
    /// What follows once the target has the session.
    pub after: Vec<Write>,
}

impl Plan {
    /// All requests, in order.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.before.iter().chain(std::iter::once(&self.transfer)).chain(&self.after)
    }
}

/// One request that changes something, exactly as it goes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What it is for.
    pub step: Step,
    /// Its name in errors: a verb and its object.
    pub operation: &'static str,
    /// The method.
    pub method: transport::Method,
    /// Path and query, from `/api`.
    pub path: String,
    /// The JSON that is sent.
    pub body: serde_json::Value,
    /// Whether a failure before the transfer stops it. What is not required warns, and goes on.
    pub required: bool,
}

fn no_deeds() -> Error {
    let text = "a messaging gateway has no route for it: it is done in Genesys Cloud itself";
    Error::new("act as a person", error::Kind::GatewayRefused, text)
}

/// A deed's request that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// How long the answer took.
    pub took: Duration,
    /// The request's correlation id.
    pub correlation: Option<Plain>,
    /// The message that was made, where one was and the answer names it.
    pub message: Option<MessageId>,
}

/// A request that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// How long the answer took.
    pub took: Duration,
    /// The HTTP status.
    pub status: u16,
    /// The request's correlation id.
    pub correlation: Option<Plain>,
}
