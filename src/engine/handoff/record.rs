//! What a handoff writes down and tells: the audit log first, the console then.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Handoff, event_of};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent, AuditRecord},
        detail::SessionDetail,
        flight::Flight,
        handoff::{Progress, Stage, Target},
        text::Plain,
    },
    engine::{Event, Level, Notice, run::Inward},
    genesys::{Error, Genesys},
    policy::guard::{Guard, GuardOutcome},
    store::{Store, StoreError},
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
    pub(super) async fn conclude(&self, end: &Stage) {
        // Written before it is told, but a full disk must not keep the person waiting for the news.
        let written = self.record_end(end).await;
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
            match self.record_end(end).await {
                Ok(()) => return,
                Err(again) => reason = again,
            }
        }
    }

    /// Announces it: the intent on disk, and with it what a crash must find.
    pub(super) async fn begin(&self) -> Result<(), Plain> {
        let flight = Flight {
            order: self.order.clone(),
            taken: self.taken,
            owner: self.desk.owner.clone(),
            context: self.desk.context.clone(),
            dialect: self.desk.genesys.dialect().into(),
            departure: None,
        };
        let entry = self.entry(AuditEvent::HandoffInitiated, None);
        let written = self.desk.store.begin(entry, &flight, self.desk.clock.now()).await;
        self.note(written.map(Some)).await
    }

    /// Its last record. One that was announced gets one end, and no second from somebody who came
    /// later.
    async fn record_end(&self, end: &Stage) -> Result<(), Plain> {
        if !self.announced {
            return self.record(event_of(end), Some(end)).await;
        }
        let entry = self.entry(event_of(end), Some(end));
        let now = self.desk.clock.now();
        let letters = self.letters(end);
        let written = self.desk.store.finish(entry, &letters, &self.order.id, now).await;
        self.note(written).await
    }

    /// Tells the person something about this handoff that is no stage of it.
    pub(super) async fn warn(&self, text: &str) {
        let notice = Notice { level: Level::Error, text: Plain::new(text) };
        self.inward(Inward::Tell(Event::Notice(notice))).await;
    }

    pub(super) async fn record(&self, event: AuditEvent, end: Option<&Stage>) -> Result<(), Plain> {
        let entry = self.entry(event, end);
        let written = self.desk.store.append(entry, self.desk.clock.now()).await;
        self.note(written.map(Some)).await
    }

    /// A record of something that failed after the handoff itself had worked.
    pub(super) async fn record_trouble(
        &self,
        event: AuditEvent,
        error: &Error,
    ) -> Result<(), Plain> {
        let entry = AuditEntry {
            error: Some(error.explained()),
            error_code: error.code.clone(),
            correlation: error.correlation.clone(),
            ..self.entry(event, None)
        };
        let written = self.desk.store.append(entry, self.desk.clock.now()).await;
        self.note(written.map(Some)).await
    }

    async fn note(&self, written: Result<Option<AuditRecord>, StoreError>) -> Result<(), Plain> {
        match written {
            Ok(record) => {
                if let Some(record) = record {
                    self.inward(Inward::Audited(Box::new(record))).await;
                }
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
            participant: self.departure.as_ref().map(|d| d.participant.clone()),
            agent,
            queue,
            transfer: self.departure.as_ref().map(|d| d.how.clone()),
            status: end.map(Stage::word),
            latency_ms: end.and_then(|_| self.took_ms()),
            request_ms: took.map(two_decimals),
            error_code: error.and_then(|e| e.code.clone()),
            error: end.and_then(Stage::reason).cloned(),
            reason: Some(self.desk.handbook.masking.plain(&self.order.reason))
                .filter(|r| !r.is_empty()),
            waiver: self.order.waiver.clone(),
            correlation: correlation.or_else(|| error.and_then(|e| e.correlation.clone())),
            details: self.details(end),
        }
    }

    /// From the order until now.
    fn took_ms(&self) -> Option<u64> {
        u64::try_from(self.started.elapsed().as_millis()).ok()
    }

    /// What is worth knowing besides. Texts stay out: of what travels, only how much there was.
    fn details(&self, end: Option<&Stage>) -> Value {
        let payload = &self.order.payload;
        let mut details = json!({
            "seen": self.order.seen,
            "history": payload.history,
            "attributes": payload.attributes.keys().collect::<Vec<_>>(),
        });
        if !self.guards.is_empty() {
            details["guards"] = json!(self.guards.iter().map(told).collect::<Vec<_>>());
        }
        if let Some(batch) = &self.order.batch {
            details["batch"] = json!(batch);
        }
        if let Some(request) = &self.order.request {
            details["request"] = json!(request);
        }
        if self.order.demands.routes() {
            details["demands"] = json!(self.order.demands);
        }
        if end.is_some() {
            let steps = self.steps.times().iter();
            let ms = steps.map(|(step, took)| (step.word().to_owned(), json!(two_decimals(*took))));
            if matches!(end, Some(Stage::Accepted { .. })) {
                details["time_to_human_ms"] = json!(self.took_ms());
            }
            details["steps_ms"] = Value::Object(ms.collect());
            details["summary_characters"] = json!(self.summary.chars().count());
        }
        details
    }

    pub(super) async fn tell(&self, stage: Stage) {
        let progress = Progress {
            order: self.order.clone(),
            stage,
            taken: self.taken,
            at: self.desk.clock.now(),
            request_took: self.sent.as_ref().map(|s| s.took),
            steps: self.steps.times().to_vec(),
        };
        self.inward(Inward::Progress(Box::new(progress))).await;
    }

    pub(super) async fn sighted(&self, detail: &SessionDetail) {
        self.inward(Inward::Sighted(Box::new(detail.session.clone()))).await;
    }

    pub(super) async fn inward(&self, news: Inward) {
        // With the engine gone there is nobody to tell; the audit log has it all the same.
        let _ = self.desk.inward.send(news).await;
    }
}

/// A guard and what came of it.
fn told(guard: &Guard) -> Value {
    let outcome = match guard.outcome {
        GuardOutcome::Passes => "passes",
        GuardOutcome::Fails => "fails",
        GuardOutcome::Unknown => "unknown",
        GuardOutcome::Waived(_) => "waived",
    };
    json!({ "guard": guard.kind, "outcome": outcome, "says": guard.says })
}

/// Milliseconds with two decimals, as SPEC section 7 has `latency_ms`.
pub(super) fn two_decimals(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0 * 100.0).round() / 100.0
}
