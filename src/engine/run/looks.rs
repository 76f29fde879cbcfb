//! What somebody has opened is read closely, and no longer than it is open.
//!
//! Whoever leafs through sessions asks for four or five requests with each: what is left behind is not read to
//! its end, and all of it is the [`Lane::Look`]'s, so that the floor below stays fresh.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{task::AbortHandle, time::Instant};

use super::{Engine, Inward};
use crate::{
    domain::id::{AgentId, SessionId},
    engine::{Attention, Event, Level, Notice},
    genesys::{self, Feed, Genesys, Lane},
    store::Store,
};

/// How often an open detail is read again: four or five requests each time.
const DETAIL: Duration = Duration::from_secs(15);
/// Agents of a picker whose capacity is read at once.
const CLOSE_READS: usize = 20;

/// What is open, and the reads that are under way for it.
#[derive(Debug, Default)]
pub struct Looks {
    open: Attention,
    /// When the open detail is read again.
    pub(super) due: Option<Instant>,
    detail: Option<AbortHandle>,
    card: Option<(SessionId, AbortHandle)>,
    /// Those that a picker has asked for, by what they read.
    agents: HashMap<Feed, AbortHandle>,
}

impl Looks {
    /// True if the detail of this session is open.
    pub fn has_open(&self, session: &SessionId) -> bool {
        self.open.detail.as_ref() == Some(session)
    }
}

impl<G: Genesys, S: Store> Engine<G, S> {
    /// Reads closely what the person looks at now, and did not look at before.
    pub(super) fn attend(&mut self, attention: Attention) {
        let opened = attention.detail != self.looks.open.detail;
        self.looks.open = attention.clone();
        if opened {
            self.read_detail();
        }
        let known = self.assembly.known();
        let of = |all: &[AgentId]| -> Vec<AgentId> {
            let shown = attention.agents.iter().filter(|id| all.contains(id));
            shown.take(CLOSE_READS).cloned().collect()
        };
        let (unprofiled, unmeasured) = (of(&known.unprofiled), of(&known.unmeasured));
        if !unprofiled.is_empty() {
            self.read_now(Feed::Profiles, vec![unprofiled]);
        }
        self.read_now(Feed::Capacity, unmeasured.into_iter().map(|id| vec![id]).collect());
    }

    /// Reads the open detail now, and again after a while. A read of it that is under way began too early.
    pub(super) fn read_detail(&mut self) {
        if let Some(earlier) = self.looks.detail.take() {
            earlier.abort();
        }
        let session = self.looks.open.detail.clone();
        self.looks.due = session.as_ref().map(|_| Instant::now() + DETAIL);
        let Some(session) = session else { return };
        let desk = Arc::clone(&self.desk);
        self.looks.detail = Some(self.tasks.spawn(async move {
            let event = match desk.genesys.detail(&session).await {
                Ok(detail) => {
                    let seen = Box::new(detail.session.clone());
                    let _ = desk.inward.send(Inward::Sighted(seen)).await;
                    Event::Detail(Box::new(detail))
                }
                Err(error) => Event::NoDetail { session, reason: error.explained() },
            };
            let _ = desk.inward.send(Inward::Tell(event)).await;
        }));
    }

    /// Reads the open detail again, unless it is still being read.
    pub(super) fn renew_detail(&mut self) {
        if self.looks.detail.as_ref().is_some_and(|reading| !reading.is_finished()) {
            self.looks.due = Some(Instant::now() + DETAIL);
        } else {
            self.read_detail();
        }
    }

    /// Fetches a summary for the card. Nobody waits any more for that of the card before.
    pub(super) fn summarise(&mut self, session: SessionId) {
        if let Some((read, reading)) = &self.looks.card {
            match *read == session && !reading.is_finished() {
                true => return,
                false => reading.abort(),
            }
        }
        let (desk, of) = (Arc::clone(&self.desk), session.clone());
        let reading = self.tasks.spawn(async move {
            let genesys = &desk.genesys;
            let closely = async {
                let mut looked = genesys.look(&session, Lane::Look).await.ok()?;
                genesys.weigh(&mut looked, Lane::Look).await;
                // The card shows the guards, and they ask for more than a row has.
                desk.inward.send(Inward::Sighted(Box::new(looked.session))).await.ok()
            };
            let (found, _) = tokio::join!(genesys.summarise(&session, Lane::Look), closely);
            let found = found.map_err(|e| e.explained());
            let _ = desk.inward.send(Inward::Tell(Event::Summary { session, found })).await;
        });
        self.looks.card = Some((of, reading));
    }

    /// Puts a session on the floor that no list tells of, and reads it at once.
    pub(super) fn watch(&mut self, session: SessionId) {
        let desk = Arc::clone(&self.desk);
        self.assembly.watch(session.clone());
        self.share();
        self.tasks.spawn(async move {
            let news = match desk.genesys.look(&session, Lane::Look).await {
                Ok(detail) => Inward::Sighted(Box::new(detail.session)),
                Err(error) => {
                    let text = error.explained();
                    Inward::Tell(Event::Notice(Notice { level: Level::Warn, text }))
                }
            };
            let _ = desk.inward.send(news).await;
        });
    }

    /// One read after the other, outside the feeds: somebody is looking at what they are for.
    fn read_now(&mut self, feed: Feed, each: Vec<Vec<AgentId>>) {
        let desk = Arc::clone(&self.desk);
        let queues = Arc::clone(&self.known.borrow().queues);
        let reading = self.tasks.spawn(async move {
            for agents in each {
                let ask = genesys::Ask {
                    now: desk.clock.now(),
                    queues: Arc::clone(&queues),
                    flows: Vec::new(),
                    agents,
                    newcomers: Vec::new(),
                    watched: Vec::new(),
                    page: 1,
                    seen: genesys::Seen::default(),
                };
                // One agent that can't be read says nothing of the next.
                let Ok(patch) = desk.genesys.read(feed, &ask, Lane::Look).await else { continue };
                if desk.inward.send(Inward::Patched(patch)).await.is_err() {
                    return;
                }
            }
        });
        // What an earlier look asked for and has not read yet is on screen no longer.
        if let Some(earlier) = self.looks.agents.insert(feed, reading) {
            earlier.abort();
        }
    }
}
