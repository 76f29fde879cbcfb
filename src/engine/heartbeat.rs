//! Heartbeats of all supervised sessions (SPEC section 9): one task, and no timer of a session's own.
//!
//! ```text
//! orders ──→ ┌ keeper ────────────────┐ ──→ news
//!            │ register: who, when    │
//!            │ dial: the time it is   │ ──→ Beater::beat, bounded, at most one a session
//!            │ outage: whose fault    │ ←── alive, over, or why not
//!            └────────────────────────┘
//! ```
//!
//! The keeper decides *when* a session is beaten and *what it means* that a beat failed. It sends nothing
//! itself, disconnects nobody and writes nothing down: that is done by whoever reads its news.

mod dial;
mod keeper;
mod outage;
mod pace;
mod register;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::clock::Clock;
use crate::{
    domain::{
        id::SessionId,
        supervision::{End, Ended, Hold, OnLoss, Sign, Supervised},
        text::Plain,
    },
    policy::heartbeat::DEFAULT_STRETCH_LIMIT,
};

/// What sends a beat.
pub trait Beater: Send + Sync + 'static {
    /// Sends one; what came of it, or why it failed.
    fn beat(&self, beat: Beat) -> impl Future<Output = Result<Sign, Missed>> + Send;
}

/// A beat that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What it says of the session.
    pub blame: Blame,
    /// Why.
    pub why: Plain,
}

/// What a beat that failed says of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nothing: it was not sent, or not let through, for a reason of our own. It does not count.
    Ours,
    /// Nobody answered. It counts; but what nobody else vouches for is not lost by it.
    Nobody,
    /// The answer was about the session.
    Session,
}

/// One beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Of which session.
    pub session: SessionId,
    /// What it is.
    pub hold: Hold,
    /// Its number: greater than that of every beat of this session before it.
    pub sequence: i64,
}

/// What the keeper is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Keep this session; answered with [`News::Supervising`] or [`News::Refused`].
    Supervise(Box<Supervised>),
    /// Keep this session, whose keeper has gone: late is better than never, so it is not refused for the
    /// budget's sake, and a beat that is overdue is sent at once.
    TakeOver(Box<Supervised>),
    /// Let go of it: no beat is sent any more, and one on its way is dropped.
    Release(SessionId),
    /// Whether Genesys Cloud can be reached, as far as others know. Before anybody has said so nobody
    /// knows.
    Link {
        /// True if it can.
        up: bool,
    },
    /// Whether our leases can be renewed. While they can't, no beat is even tried.
    Leases {
        /// True if they can.
        renewed: bool,
    },
    /// So many beats a minute are free. What is kept already is kept on, however far it has to stretch;
    /// only new sessions are refused.
    Allow(u32),
}

/// What the keeper tells, in order, none lost.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A session is kept from now on.
    Supervising {
        /// Which.
        session: SessionId,
        /// When its first beat is due; `None` while beats pause.
        next: Option<Timestamp>,
    },
    /// A session is not kept.
    Refused {
        /// Which.
        session: SessionId,
        /// Why not, with the figure.
        reason: Plain,
    },
    /// A beat was answered.
    Beat {
        /// Of which session.
        session: SessionId,
        /// Its number.
        sequence: i64,
        /// How long after its due time it was sent.
        late: Duration,
        /// When the next one is due; `None` while beats pause.
        next: Option<Timestamp>,
    },
    /// A beat has failed.
    Failed {
        /// Of which session.
        session: SessionId,
        /// Its number.
        sequence: i64,
        /// How long after its due time it was sent.
        late: Duration,
        /// Failures in a row that count.
        failures: u32,
        /// What to tell.
        text: Plain,
    },
    /// The third failure in a row: the policy acts.
    Lost {
        /// Which session.
        session: SessionId,
        /// Disconnect it (the keeper has let go of it), ask (beats go on meanwhile), or do nothing.
        on_loss: OnLoss,
    },
    /// A session ends soon.
    Warning {
        /// Which.
        session: SessionId,
        /// The time it has left.
        left: Duration,
    },
    /// The keeper has let go of a session.
    Ended {
        /// Which.
        session: SessionId,
        /// When and why.
        end: Ended,
    },
    /// No beats are sent until the trouble, which is ours, is over.
    Paused {
        /// What to tell.
        text: Plain,
        /// Failures that it caused are taken back: what is left of them, by session.
        taken_back: Vec<(SessionId, u32)>,
    },
    /// Beats go on, spread over their intervals.
    Resumed {
        /// How long they paused.
        after: Duration,
    },
    /// Every interval is so many times as long as it should be.
    Stretched {
        /// How many times; 1 if the budget carries all.
        stretch: f64,
        /// Beats a minute that are wanted.
        demand: f64,
        /// Beats a minute that there are.
        allowance: u32,
    },
}

impl News {
    /// Brings what is known of a session up to date.
    pub fn settle(&self, it: &mut Supervised) {
        let is_it = |session: &SessionId| *session == it.id;
        match self {
            Self::Supervising { session, next } if is_it(session) => it.due = *next,
            Self::Beat { session, sequence, next, .. } if is_it(session) => {
                (it.sequence, it.failures, it.due) = (*sequence, 0, *next);
            }
            Self::Failed { session, sequence, failures, .. } if is_it(session) => {
                (it.sequence, it.failures) = (*sequence, *failures);
            }
            Self::Ended { session, end } if is_it(session) => it.end = Some(*end),
            Self::Paused { taken_back, .. } => {
                it.paused = true;
                let left = taken_back.iter().find(|(session, _)| is_it(session));
                it.failures = left.map_or(it.failures, |(_, left)| *left);
            }
            Self::Resumed { .. } => it.paused = false,
            _ => {}
        }
    }
}

/// The keeper's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The wall clock.
    pub clock: Clock,
    /// Beats a minute that are free, until [`Order::Allow`] says otherwise.
    pub allowance: u32,
    /// How many times longer intervals may become before a session is refused.
    pub stretch_limit: f64,
    /// Beats on their way at once.
    pub at_once: usize,
    /// A beat without an answer has failed after this time.
    pub patience: Duration,
}

impl Settings {
    /// SPEC's figures.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            // What the heartbeats' lane may take of the default budget: a tenth is the operator's.
            allowance: 270,
            stretch_limit: DEFAULT_STRETCH_LIMIT,
            // 270 a minute, each without an answer for its whole patience, are 68.
            at_once: 80,
            // SPEC section 3's timeout of a request.
            patience: Duration::from_secs(15),
        }
    }
}

/// Keeps sessions until nobody can give orders any more; beats on their way are dropped then.
pub async fn run<B: Beater>(
    beater: Arc<B>,
    settings: Settings,
    orders: mpsc::Receiver<Order>,
    news: mpsc::Sender<News>,
) {
    keeper::Keeper::new(beater, settings).keep(orders, news).await;
}

/// When a session was let go of, and why.
fn ended(clock: Clock, why: End) -> Ended {
    Ended { at: clock.now(), why }
}
