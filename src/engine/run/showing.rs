//! What is read becomes the floor: when it is put together anew, and when it need not be.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Engine;
use crate::{
    domain::{floor::Floor, id::AgentId},
    engine::poll::Report,
    genesys::{Feed, Genesys, Patch},
    store::Store,
};

/// Answers that come together are shown together: feeds that were asked at one moment answer within
/// this time, and half a picture is worth less than a whole one a little later.
const GATHER: Duration = Duration::from_millis(40);
/// The first floor waits this long for the feeds that have not answered yet: shown in pieces, its rows
/// would be put in order again and again under a cursor that nobody has moved.
const FIRST: Duration = Duration::from_millis(250);
/// For how long what was read of one agent's places may wait for the next floor.
const LAZY: Duration = Duration::from_secs(15);
/// The longest that a floor stands: what grows old by time alone leaves it by then.
const LONGEST: Duration = Duration::from_secs(60);

impl<G: Genesys, S: Store> Engine<G, S> {
    /// Takes in what a feed was answered.
    pub(super) async fn take(&mut self, report: Report) {
        match report.result {
            Ok(patch) => {
                self.health.good(report.feed, report.asked, report.asked_at);
                self.told.remove(&report.feed);
                let measured = match &patch {
                    Patch::Capacity { agent, .. } => Some(agent.clone()),
                    _ => None,
                };
                let new = self.assembly.apply(patch);
                if report.feed == Feed::Directory {
                    self.tell_gaps().await;
                }
                match measured {
                    Some(agent) => self.measured(&agent, new),
                    None if new || self.assembly.settles() => {
                        self.share();
                        self.gather();
                    }
                    None => {}
                }
            }
            Err(trouble) => {
                self.health.bad(report.feed, &trouble);
                self.tell_trouble(report.feed, &trouble).await;
            }
        }
        self.tell_link();
        self.beat();
    }

    /// Tells the feeds what there is to ask for.
    pub(super) fn share(&self) {
        let known = self.assembly.known();
        self.known.send_if_modified(|old| {
            let changed = **old != known;
            if changed {
                *old = Arc::new(known);
            }
            changed
        });
    }

    /// One of thousands, read one by one for hours: no floor is put together for each, and least of all for
    /// one whose places are as many as were shown.
    fn measured(&mut self, agent: &AgentId, new: bool) {
        self.known.send_modify(|known| {
            Arc::make_mut(known).unmeasured.retain(|unmeasured| unmeasured != agent);
        });
        if new {
            self.stands.get_or_insert(Instant::now());
        }
    }

    /// What time alone changes, and what could wait, is on the floor after a while.
    pub(super) fn renew(&mut self) {
        let lazy = self.stands.is_some_and(|since| since.elapsed() >= LAZY);
        if lazy || self.published.elapsed() >= LONGEST {
            self.share();
            self.publish();
        }
    }

    pub(super) fn gather(&mut self) {
        let complete = self.health.data_from().is_some();
        let latest = Instant::now() + if complete { GATHER } else { FIRST };
        self.due = Some(self.due.map_or(latest, |due| due.min(latest)));
    }

    /// Puts the floor together and shows it, unless it is the one already shown.
    pub(super) fn publish(&mut self) {
        (self.due, self.stands, self.published) = (None, None, Instant::now());
        let floor = self.assembly.floor();
        self.ports.floor.send_if_modified(|old: &mut Arc<Floor>| {
            let changed = **old != floor;
            if changed {
                *old = Arc::new(floor);
            }
            changed
        });
        self.look_for_humans();
        self.beat();
    }
}
