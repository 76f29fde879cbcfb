//! All that waits: polls, handoffs, the link.
//!
//! The console knows this module's vocabulary ([`Command`], [`Event`], [`Pulse`]) and nothing behind
//! it. Two channels, two contracts: *state is coalesced* (the floor and the pulse are watched, so a
//! slow terminal never builds a queue), *outcomes are queued* (an event is never overwritten).

pub mod anchoring;
pub mod assembly;
pub mod batch;
pub mod clock;
pub mod deeds;
pub mod export;
pub mod handoff;
pub mod heartbeat;
pub mod link;
pub mod outbox;
pub mod poll;
pub mod proof;
mod pulse;
pub mod reading;
pub mod reception;
mod run;
pub mod search;
pub mod snapshot;
pub mod supervision;

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

use crate::domain::{
    audit::{Actor, AuditRecord},
    deed::{DeedNews, DeedOrder},
    detail::SessionDetail,
    flight::Owner,
    floor::Floor,
    guest::GuestOrder,
    handoff::{Batch, BatchProgress, HandoffOrder, Progress},
    id::{AgentId, BatchId, HandoffId, RequestId, SessionId},
    inbox::Heard,
    text::Plain,
};
use crate::policy::Handbook;

pub use self::pulse::{Anchored, Gauge, Link, Mailbox, Me, Pause, Post, Pulse, Reads, StoreHealth};
pub use self::reading::{
    Count, Linked, LogAsk, LogNews, LogProgress, Proved, Verified, Wanted, Witness, Work,
};
pub use self::reception::Arrival;
pub use self::supervision::{Supervision, Turn, Ward};

/// What the console asks of the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Read everything on screen again now.
    Refresh,
    /// What the person looks at: read that closely, and the rest not at all.
    Attend(Attention),
    /// Hand a session over. Only a confirmed card sends this.
    Handoff(Box<HandoffOrder>),
    /// Call a handoff back in its grace time, or take it back while it rings.
    Cancel(HandoffId),
    /// Hand several sessions over. Only a confirmed plan sends this.
    Batch(Batch),
    /// Begin nothing more of a batch.
    StopBatch(BatchId),
    /// Do something in a session as the person who is signed in. Only what was confirmed sends this.
    Deed(Box<DeedOrder>),
    /// A summary for the card.
    Summarise(SessionId),
    /// Keep a session on the floor that no list tells of.
    Watch(SessionId),
    /// Older audit records, before this number.
    Audit {
        /// Records with a smaller number than this; `None` for the newest.
        before: Option<i64>,
    },
    /// Search the audit log, prove it, export it.
    Log(LogAsk),
    /// Open a guest's session and keep it (SPEC section 8).
    Open(GuestOrder),
    /// Keep a session's heartbeat (SPEC section 9).
    Supervise(SessionId),
    /// Keep it no longer; it stays open.
    Release(SessionId),
    /// End a session for good.
    End(SessionId),
    /// What a conversation's bot has told of it lately.
    History(SessionId),
    /// Decide against a bot's request (SPEC section 10).
    Decline {
        /// Which.
        request: RequestId,
        /// Why, in the person's words.
        reason: Plain,
    },
    /// Ask again about a bot's request after a while.
    Defer {
        /// Which.
        request: RequestId,
        /// After how long.
        pause: Duration,
    },
    /// Hand a request's session over after all, which was tried and failed, or came too late: by the same
    /// rules as at first, and only if the customer is still where a bot or a queue holds them.
    Replay(RequestId),
}

/// What the person looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// The session whose detail is open.
    pub detail: Option<SessionId>,
    /// Agents on a picker whose capacity and skills decide something now, best first.
    pub agents: Vec<AgentId>,
}

/// What the engine tells the console, in order, none lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A handoff has moved on.
    Handoff(Box<Progress>),
    /// A batch has moved on.
    Batch(BatchProgress),
    /// What a person does in a session themselves has moved on.
    Deed(Box<DeedNews>),
    /// What was asked for with [`Command::Summarise`].
    Summary {
        /// Of which session.
        session: SessionId,
        /// The summary as it came, if there is one; why there is none, if it could not be read.
        found: Result<Option<String>, Plain>,
    },
    /// This process has written a record to the audit log.
    Audited(Box<AuditRecord>),
    /// A page of the log, newest first, as asked for.
    AuditPage {
        /// The records.
        records: Vec<AuditRecord>,
        /// True if there are no older ones.
        complete: bool,
    },
    /// What was asked of the audit log, and what has come into it.
    Log(LogNews),
    /// A session, read closely.
    Detail(Box<SessionDetail>),
    /// A session could not be read closely.
    NoDetail {
        /// Which.
        session: SessionId,
        /// Why, with a hint.
        reason: Plain,
    },
    /// What was asked for with [`Command::History`], the oldest first.
    History {
        /// Of which conversation.
        session: SessionId,
        /// What its bot has told.
        heard: Vec<Heard>,
    },
    /// Something has happened to a supervised session.
    Supervision(Box<Supervision>),
    /// Something the person should know.
    Notice(Notice),
}

/// Something the person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub level: Level,
    /// What it is, on one line.
    pub text: Plain,
}

/// How bad a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Look at it when you can.
    Warn,
    /// Look at it now.
    Error,
}

/// The console's ends of the engine's channels.
#[derive(Debug)]
pub struct Handle {
    /// Requests; a full channel is a visible refusal.
    pub commands: mpsc::Sender<Command>,
    /// The newest floor.
    pub floor: watch::Receiver<Arc<Floor>>,
    /// The newest pulse.
    pub pulse: watch::Receiver<Arc<Pulse>>,
    /// Outcomes.
    pub events: mpsc::Receiver<Event>,
    /// Calls of webhooks; a full channel is a visible refusal.
    pub arrivals: mpsc::Sender<Arrival>,
}

/// The engine's ends of the same channels.
#[derive(Debug)]
pub struct Ports {
    commands: mpsc::Receiver<Command>,
    floor: watch::Sender<Arc<Floor>>,
    pulse: watch::Sender<Arc<Pulse>>,
    events: mpsc::Sender<Event>,
    arrivals: mpsc::Receiver<Arrival>,
    anchored: watch::Sender<Option<Anchored>>,
}

impl Ports {
    /// Where whoever signs the log's head says how that goes.
    pub fn anchored(&self) -> watch::Sender<Option<Anchored>> {
        self.anchored.clone()
    }

    /// True if the console that listened has gone.
    pub fn is_deserted(&self) -> bool {
        self.events.is_closed()
    }

    /// Tells the person something before there is an engine.
    pub async fn tell(&self, notice: Notice) {
        // With the console gone there is nobody to tell.
        let _ = self.events.send(Event::Notice(notice)).await;
    }

    /// Tells the console that there will be no engine, and why; then waits until the person has read
    /// it and left.
    pub async fn fail(mut self, reason: Plain) {
        let link = Link::Stale { reason: reason.clone() };
        let trouble = Some(reason.clone());
        self.pulse.send_replace(Arc::new(Pulse {
            link,
            audit_trouble: trouble,
            ..Pulse::default()
        }));
        let _ = self.events.send(Event::Notice(Notice { level: Level::Error, text: reason })).await;
        while self.commands.recv().await.is_some() {}
    }
}

/// Makes both ends, so that a console can show itself before there is an engine.
pub fn channels() -> (Handle, Ports) {
    let (command_in, commands) = mpsc::channel(64);
    let (event_in, events) = mpsc::channel(1024);
    let (arrivals, arriving) = mpsc::channel(256);
    let (floor, pulse) = (watch::Sender::default(), watch::Sender::default());
    let handle = Handle {
        commands: command_in,
        floor: floor.subscribe(),
        pulse: pulse.subscribe(),
        events,
        arrivals,
    };
    let anchored = watch::Sender::default();
    (handle, Ports { commands, floor, pulse, events: event_in, arrivals: arriving, anchored })
}

/// What an engine is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who acts.
    pub actor: Actor,
    /// Which process this is.
    pub owner: Owner,
    /// The org, as the config names it.
    pub context: Plain,
    /// How long a handoff can be called back.
    pub grace: Duration,
    /// How long a handoff waits for a place in a full queue before it is refused.
    pub defer: Duration,
    /// How long the effect of a request is looked for that nobody has answered.
    pub late: Duration,
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// What is done with bots' requests.
    pub intake: reception::Terms,
    /// Whom to tell what happens, and how.
    pub outbox: outbox::OutboxTerms,
    /// What the audit log is held against when a person has it proved.
    pub witness: Witness,
    /// The wall clock.
    pub clock: clock::Clock,
}

/// How far back handoffs count for a fair share.
pub const SHIFT: Duration = Duration::from_secs(8 * 3600);

pub use run::run;
