//! Guests' sessions: opened, kept, taken over, ended (SPEC sections 8 and 9).
//!
//! ```text
//! asks ──→ ┌ warden ───────────────┐ ──→ post: store and Genesys Cloud, a record before each act
//!          │ whom we keep          │
//!          │ renew, look, tell     │ ──→ heartbeat::run ──→ hand: a beat, while the lease holds
//! ward ←── └───────────────────────┘ ←── news
//! ```
//!
//! When a beat is due and what its failure means is the scheduler's ([`super::heartbeat`]); which of
//! several floorwalkers keeps a session is the store's. This connects the two.

mod asked;
mod closing;
mod hand;
mod hearing;
mod leases;
mod opening;
mod post;
mod warden;

use std::{collections::BTreeMap, time::Duration};

use super::{Level, Notice};
use crate::{
    domain::{
        flight::Owner,
        guest::GuestOrder,
        id::{QueueId, SessionId},
        lease::Kept,
        supervision::End,
        text::Plain,
    },
    policy::heartbeat::FAILURES,
};

pub use closing::NotClosed;
pub use opening::{NotOpened, Until};
pub use post::Post;
pub use warden::run;

/// What is asked of the warden.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Open a guest's session and keep it.
    Open(GuestOrder),
    /// Keep a session that is open already.
    Supervise(SessionId),
    /// Keep it no longer; it stays open.
    Release(SessionId),
    /// End it for good.
    End(SessionId),
    /// Whether Genesys Cloud can be reached, as far as others know.
    Link {
        /// True if it can.
        up: bool,
    },
}

/// Everybody who is supervised on this store, and how that goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ward {
    /// The sessions, those that other floorwalkers keep as well.
    pub kept: BTreeMap<SessionId, Kept>,
    /// Why no beats are sent, while none are.
    pub paused: Option<Plain>,
    /// Every interval is so many times as long as it should be; 1 where the budget carries all, and 0
    /// before anybody has counted.
    pub stretch: f64,
    /// Beats that were answered, those of them that were late, and those that failed.
    pub beats: Beats,
    /// Other floorwalkers that would take over what we leave.
    pub heirs: Vec<Owner>,
}

/// How beats have fared since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beats {
    /// Sent, whatever came of them.
    pub sent: u64,
    /// Sent more than a second after they were due.
    pub late: u64,
    /// Not answered.
    pub failed: u64,
}

/// What has happened to a supervision.
#[derive(Clone, Debug, PartialEq)]
pub struct Supervision {
    /// Of which session; `None` where there is none.
    pub session: Option<SessionId>,
    /// What.
    pub turn: Turn,
}

/// What can happen to a supervision.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// It was opened here, and is kept.
    Opened {
        /// By which order.
        order: SessionId,
        /// Where it was asked to wait.
        queue: QueueId,
    },
    /// It was not opened.
    NotOpened {
        /// By which order.
        order: SessionId,
        /// Why not.
        reason: Plain,
    },
    /// It is kept from now on.
    Begun,
    /// It is not kept.
    Refused {
        /// Why not.
        reason: Plain,
    },
    /// It is kept in place of a floorwalker that has gone.
    TakenOver {
        /// Which.
        from: Owner,
    },
    /// Another floorwalker keeps it now, or has ended it.
    Elsewhere,
    /// It ends soon.
    Warning {
        /// The time it has left.
        left: Duration,
    },
    /// Three beats have failed, and a person decides: end it, or let it be.
    Asks,
    /// Three beats have failed, and it is kept on.
    Failing,
    /// A person was asked whether to end it, and keeps it.
    KeptOn,
    /// It is kept no longer; it is open still.
    Released,
    /// It was only watched, and is no longer.
    Unwatched,
    /// It has ended.
    Ended {
        /// Why.
        why: End,
    },
    /// It could not be ended.
    NotEnded {
        /// Why not.
        reason: Plain,
    },
}

impl Supervision {
    /// What a person is told of it.
    pub fn notice(&self) -> Notice {
        let name = self.session.as_ref().map_or_else(|| "The session".into(), ToString::to_string);
        let (level, text) = match &self.turn {
            Turn::Opened { queue, .. } => {
                // On the published API the flow decides whether it heeds what was asked.
                (Level::Info, format!("{name} is open; {queue} was asked for"))
            }
            Turn::NotOpened { reason, .. } => (Level::Error, format!("Not opened: {reason}")),
            Turn::Begun => (Level::Info, format!("{name} is supervised from now on")),
            Turn::Refused { reason } => (Level::Warn, format!("{name} is not kept: {reason}")),
            Turn::TakenOver { from } => {
                let text = format!("{name} was taken over from {} (pid {})", from.host, from.pid);
                (Level::Info, text)
            }
            Turn::Elsewhere => (Level::Info, format!("{name} is not kept here any more")),
            Turn::Warning { left } => {
                let minutes = left.as_secs().div_ceil(60);
                (Level::Warn, format!("{name} ends in {minutes} min"))
            }
            Turn::Asks => {
                let text = format!("{name} has lost {FAILURES} heartbeats in a row: end it?");
                (Level::Error, text)
            }
            Turn::Failing => {
                let text = format!("{name} has lost {FAILURES} heartbeats in a row and is kept on");
                (Level::Warn, text)
            }
            Turn::KeptOn => (Level::Info, format!("{name} is kept on")),
            Turn::Released => (Level::Warn, format!("{name} is open still, and nobody keeps it")),
            Turn::Unwatched => (Level::Info, format!("{name} is not watched any more")),
            Turn::Ended { why: End::Lost } => {
                (Level::Warn, format!("{name} has ended: heartbeat lost"))
            }
            Turn::Ended { why: End::Released } => {
                (Level::Info, format!("{name} has ended, as asked"))
            }
            Turn::Ended { why } => (Level::Info, format!("{name} has ended: {}", why.words())),
            Turn::NotEnded { reason } => (Level::Error, format!("{name} is not ended: {reason}")),
        };
        Notice { level, text: text.into() }
    }
}
