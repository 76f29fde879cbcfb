//! What a handoff writes down and tells: the audit log first, the console then.

use std::time::Duration;

use serde_json::json;

use super::Handoff;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        detail::SessionDetail,
        handoff::{Progress, Stage, Target},
        text::Plain,
    },
    engine::{Event, Level, Notice, run::Inward},
    genesys::Genesys,
    store::Store,
};

/// When an end that could not be written is written again.
const RECORD_AGAIN: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
];

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Writes the end down and tells it.
    pub(super) async fn conclude(&self, end: Stage) {
        let event = match end {
            Stage::Accepted { .. } | Stage::Queued => AuditEvent::HandoffCompleted,
            Stage::Rejected { .. } => AuditEvent::HandoffRejected,
            Stage::Cancelled => AuditEvent::HandoffCancelled,
            _ => AuditEvent::HandoffFailed,
        };
        // Written before it is told, but a full disk must not keep the person waiting for the news.
        let written = self.record(event, Some(&end)).await;
        self.tell(end.clone()).await;
        let Err(mut reason) = written else { return };
        for wait in RECORD_AGAIN {
            tracing::error!(%reason, "the end of a handoff is not in the audit log yet");
            let session = &self.order.session;
            self.warn(&format!(
                "The end of the handoff of {session} ({}) is not in the audit log yet: {reason}",
                end.word()
            ))
            .await;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.desk.leaving.cancelled() => {}
            }
            match self.record(event, Some(&end)).await {
                Ok(()) => return,
                Err(again) => reason = again,
            }
        }
    }

    /// Tells the person something about this handoff that is no stage of it.
    pub(super) async fn warn(&self, text: &str) {
        let notice = Notice { level: Level::Error, text: Plain::new(text) };
        self.inward(Inward::Tell(Event::Notice(notice))).await;
    }

    pub(super) async fn record(&self, event: AuditEvent, end: Option<&Stage>) -> Result<(), Plain> {
        let entry = self.entry(event, end);
        match self.desk.store.append(entry, self.desk.clock.now()).await {
            Ok(record) => {
                self.inward(Inward::Audited(Box::new(record))).await;
                Ok(())
            }
            Err(error) => {
                let reason = Plain::new(&error.to_string());
                self.inward(Inward::AuditTrouble(reason.clone())).await;
                Err(reason)
            }
        }
    }

    fn entry(&self, event: AuditEvent, end: Option<&Stage>) -> AuditEntry {
        let (agent, queue) = match &self.order.target {
            Target::Agent(id) => (Some(id.clone()), None),
            Target::Queue(id) => (None, Some(id.clone())),
        };
        let took = self.sent.as_ref().map(|s| s.took);
        let error = self.error.as_ref();
        let correlation = self.sent.as_ref().and_then(|s| s.correlation.clone());
        AuditEntry {
            event,
            actor: self.desk.actor.clone(),
            context: self.desk.context.clone(),
            dialect: self.desk.genesys.dialect(),
            handoff: Some(self.order.id.clone()),
            session: Some(self.order.session.clone()),
            participant: self.participant.clone(),
            agent,
            queue,
            transfer: self.sent.as_ref().map(|s| s.how),
            status: end.map(Stage::word),
            latency_ms: end.and_then(|_| u64::try_from(self.started.elapsed().as_millis()).ok()),
            request_ms: took.map(two_decimals),
            error_code: error.and_then(|e| e.code.clone()),
            error: end.and_then(Stage::reason).cloned(),
            reason: Some(self.order.reason.clone()).filter(|r| !r.is_empty()),
            correlation: correlation.or_else(|| error.and_then(|e| e.correlation.clone())),
            details: json!({ "seen": self.order.seen }),
        }
    }

    pub(super) async fn tell(&self, stage: Stage) {
        let progress = Progress {
            order: self.order.clone(),
            stage,
            taken: self.taken,
            at: self.desk.clock.now(),
            request_took: self.sent.as_ref().map(|s| s.took),
        };
        self.inward(Inward::Progress(Box::new(progress))).await;
    }

    pub(super) async fn sighted(&self, detail: &SessionDetail) {
        self.inward(Inward::Sighted(Box::new(detail.session.clone()))).await;
    }

    async fn inward(&self, news: Inward) {
        // With the engine gone there is nobody to tell; the audit log has it all the same.
        let _ = self.desk.inward.send(news).await;
    }
}

/// Milliseconds with two decimals, as SPEC section 7 has `latency_ms`.
fn two_decimals(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0 * 100.0).round() / 100.0
}
