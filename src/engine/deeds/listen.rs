//! Listening in that ends by itself: the session has ended, or the person left it elsewhere. The audit log is to
//! tell for how long a supervisor has listened, whoever ended it; as far as whoever began it here still runs.

use std::time::Duration;

use serde_json::json;
use tokio::{sync::watch, time::Instant};

use super::{Doing, record::RECORD_AGAIN};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        deed::DeedStage,
        floor::Floor,
        id::AgentId,
        session::{Session, SessionState},
        text::Plain,
    },
    engine::{Event, Level, Notice, run::Inward},
    genesys::{Genesys, error::Kind},
    policy::deed::hears,
    store::Store,
};

/// The least time between two close looks: a list may leave a session out for a while.
const LOOK: Duration = Duration::from_secs(10);

/// What a close look says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// They listen, or nobody can tell.
    Perhaps,
    /// They don't, though the session goes on.
    NoMore,
    /// The session has ended.
    Ended,
}

impl<G: Genesys, S: Store> Doing<G, S> {
    /// Follows whoever listens in until they do no more, and writes that down. While `held` is true somebody is
    /// leaving from here, which tells its own end; it is over when nobody holds the other end of it any more.
    pub async fn listen(mut self, mut held: watch::Receiver<bool>) {
        let Some(me) = self.me() else { return };
        // The end has no request of its own.
        self.acted = None;
        let mut floor = self.desk.floor.clone();
        // By its end the session may be on no list any more.
        let guest = {
            let floor = floor.borrow();
            let row = floor.session(&self.order.session);
            row.map_or_else(|| self.order.session.short().into(), Session::label)
        };
        let (mut before, mut heard_at) = (Heard::Perhaps, Instant::now());
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                gone = gone(&mut held) => if gone { return } else { continue },
            }
            let is_told = self.is_told(&floor.borrow_and_update(), &me);
            let now = if is_told { Heard::Perhaps } else { self.heard(&me).await };
            if is_told {
                heard_at = Instant::now();
            }
            // A key may have been pressed meanwhile, and what one read says alone may be an old answer.
            let leaves = *held.borrow();
            let is_over = now == Heard::Ended || (now == Heard::NoMore && before == Heard::NoMore);
            if is_over && !leaves {
                return self.conclude_listening(&guest, now, heard_at).await;
            }
            before = now;
        }
    }

    /// Whether the rows say that they listen.
    fn is_told(&self, floor: &Floor, me: &AgentId) -> bool {
        floor.session(&self.order.session).is_some_and(|row| row.monitor.as_ref() == Some(me))
    }

    async fn heard(&self, me: &AgentId) -> Heard {
        match self.look().await {
            Ok(now) if now.session.state == SessionState::Disconnected => Heard::Ended,
            Ok(now) if !hears(me, &now) => Heard::NoMore,
            Err(error) if error.kind == Kind::NotFound => Heard::Ended,
            Ok(_) | Err(_) => Heard::Perhaps,
        }
    }

    async fn conclude_listening(&self, guest: &Plain, heard: Heard, until: Instant) {
        let why = match heard {
            Heard::Ended => "the session has ended",
            Heard::NoMore | Heard::Perhaps => "it has ended, not from here",
        };
        let mut entry = AuditEntry {
            latency_ms: None,
            ..self.entry(AuditEvent::MonitoringEnded, Some(&DeedStage::Done))
        };
        entry.details["ended_by"] = json!(why);
        // Rows may go on telling of a listener for a while.
        entry.details["listened_at_most_s"] = json!((until - self.started + LOOK).as_secs());
        let mut told = false;
        for wait in [Duration::ZERO].into_iter().chain(RECORD_AGAIN) {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.desk.leaving.cancelled() => {}
            }
            let written = self.desk.store.append(entry.clone(), self.desk.clock.now()).await;
            let written = self.note(written.map(Some)).await;
            let text = match &written {
                Ok(()) => format!("You no longer monitor {guest}: {why}"),
                Err(reason) => format!(
                    "You no longer monitor {guest}, which is not in the audit log yet: {reason}"
                ),
            };
            if !told || written.is_ok() {
                told = true;
                let notice = Notice { level: Level::Warn, text: text.into() };
                self.inward(Inward::Tell(Event::Notice(notice))).await;
            }
            if written.is_ok() {
                return;
            }
        }
    }
}

/// Waits for news of whether somebody leaves from here; true if nobody will tell any more.
async fn gone(held: &mut watch::Receiver<bool>) -> bool {
    held.changed().await.is_err()
}
