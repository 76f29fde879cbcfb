//! Sessions that were handed to a queue, until a person has them: the handoff itself has ended, but the
//! customer still waits, and how long is what a supervisor is asked for (SPEC section 7's time to a human).

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::json;

use super::{Engine, Inward};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        handoff::{HandoffOrder, Progress, Stage},
        session::SessionState,
    },
    genesys::Genesys,
    store::Store,
};

/// Who has not been reached after this long is no longer looked for.
const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// A session that waits in the queue it was handed to.
#[derive(Clone, Debug)]
pub(super) struct Hoping {
    order: HandoffOrder,
    /// When the order was taken.
    taken: Timestamp,
}

impl<G: Genesys, S: Store> Engine<G, S> {
    /// Takes note of a handoff that has ended in a queue, and forgets one that is on its way again.
    pub(super) fn hope(&mut self, progress: &Progress) {
        let (order, taken) = (progress.order.clone(), progress.taken);
        match progress.stage {
            Stage::Queued => {
                drop(self.hoping.insert(order.session.clone(), Hoping { order, taken }))
            }
            _ => drop(self.hoping.remove(&order.session)),
        }
    }

    /// Looks on the floor just published for those who have been reached.
    pub(super) fn look_for_humans(&mut self) {
        if self.hoping.is_empty() {
            return;
        }
        let floor = self.ports.floor.borrow().clone();
        let now = self.desk.clock.now();
        let mut reached = Vec::new();
        self.hoping.retain(|id, hoping| {
            let row = floor.session(id);
            match row.map(|session| (session.state, session.agent.clone())) {
                Some((SessionState::Connected, Some(agent))) => {
                    reached.push((hoping.clone(), agent));
                    false
                }
                _ => Duration::try_from(now.duration_since(hoping.taken))
                    .is_ok_and(|age| age < LONGEST),
            }
        });
        for (Hoping { order, taken }, agent) in reached {
            let took = u64::try_from(now.duration_since(taken).as_millis()).ok();
            let mut entry = AuditEntry::of(
                AuditEvent::HumanReached,
                self.desk.actor.clone(),
                self.desk.context.clone(),
                self.desk.genesys.dialect(),
            );
            entry.handoff = Some(order.id);
            entry.session = Some(order.session);
            entry.agent = Some(agent);
            entry.latency_ms = took;
            entry.details = json!({ "time_to_human_ms": took });
            let desk = Arc::clone(&self.desk);
            self.tasks.spawn(async move {
                let news = match desk.store.append(entry, desk.clock.now()).await {
                    Ok(record) => Inward::Audited(Box::new(record)),
                    Err(error) => {
                        Inward::AuditTrouble(crate::domain::text::Plain::new(&error.to_string()))
                    }
                };
                let _ = desk.inward.send(news).await;
            });
        }
    }
}
