//! Listening in that ends by itself: the session has ended, or the person has left it in Genesys Cloud. The audit
//! log is to tell for how long a supervisor has listened, whoever ended it.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::Doing;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        deed::DeedStage,
        floor::Floor,
        id::AgentId,
        session::SessionState,
    },
    engine::{Event, Level, Notice, run::Inward},
    genesys::{Genesys, error::Kind},
    policy::deed::hears,
    store::Store,
};

/// The least time between two close looks: a list may leave a session out for a while.
const LOOK: Duration = Duration::from_secs(10);

impl<G: Genesys, S: Store> Doing<G, S> {
    /// Follows whoever listens in until they do no more, and writes that down. While `held` is true somebody is
    /// leaving from here, which tells its own end; it is over when nobody holds the other end of it any more.
    pub async fn listen(self, mut held: watch::Receiver<bool>) {
        let Some(me) = self.me() else { return };
        let mut floor = self.desk.floor.clone();
        loop {
            let doubtful = !self.is_told(&floor.borrow_and_update(), &me);
            let leaves = *held.borrow();
            if doubtful && !leaves {
                let over = self.over(&me).await;
                // A key may have been pressed meanwhile.
                let leaves = *held.borrow();
                if let Some(why) = over.filter(|_| !leaves) {
                    return self.conclude_listening(why).await;
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => continue,
                    gone = gone(&mut held) => if gone { return },
                }
            }
            tokio::select! {
                changed = floor.changed() => if changed.is_err() { return },
                gone = gone(&mut held) => if gone { return },
            }
        }
    }

    /// Whether the rows say that they listen.
    fn is_told(&self, floor: &Floor, me: &AgentId) -> bool {
        floor.session(&self.order.session).is_some_and(|row| row.monitor.as_ref() == Some(me))
    }

    /// Why they listen no more, if a close look says so.
    async fn over(&self, me: &AgentId) -> Option<&'static str> {
        match self.look().await {
            Ok(now) if now.session.state == SessionState::Disconnected => Some(ENDED),
            Ok(now) if hears(me, &now) => None,
            Ok(_) => Some("left in Genesys Cloud"),
            Err(error) if error.kind == Kind::NotFound => Some(ENDED),
            Err(_) => None,
        }
    }

    async fn conclude_listening(&self, why: &'static str) {
        let mut entry = AuditEntry {
            latency_ms: None,
            ..self.entry(AuditEvent::MonitoringEnded, Some(&DeedStage::Done))
        };
        entry.details["ended_by"] = json!(why);
        entry.details["listened_s"] = json!(self.started.elapsed().as_secs());
        let written = self.desk.store.append(entry, self.desk.clock.now()).await;
        let text = match self.note(written.map(Some)).await {
            Ok(()) => format!("You no longer monitor {}: {why}", self.order.session.short()),
            Err(reason) => format!(
                "You no longer monitor {}, which is not in the audit log: {reason}",
                self.order.session.short()
            ),
        };
        let notice = Notice { level: Level::Warn, text: text.into() };
        self.inward(Inward::Tell(Event::Notice(notice))).await;
    }
}

const ENDED: &str = "the session has ended";

/// Waits for news of whether somebody leaves from here; true if nobody will tell any more.
async fn gone(held: &mut watch::Receiver<bool>) -> bool {
    held.changed().await.is_err()
}
