//! What a deed writes down and tells: the audit log first, the console then. Of what is written to a customer the
//! log keeps as much as `[privacy]` lets it, by default how long it was.

use std::time::Duration;

use serde_json::{Value, json};

use super::Doing;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent, AuditRecord},
        deed::{Deed, DeedFlight, DeedKind, DeedOrder, DeedStage},
        text::Plain,
    },
    engine::{Event, Level, Notice, run::Inward},
    genesys::Genesys,
    store::{Store, StoreError},
};

/// When an end that could not be written is written again.
pub(super) const RECORD_AGAIN: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

impl<G: Genesys, S: Store> Doing<G, S> {
    /// Announces it: the intent on disk, and with it what a crash must find.
    pub(super) async fn begin(&self) -> Result<(), Plain> {
        let Some(seat) = self.seat.clone() else { return Ok(()) };
        let flight = DeedFlight {
            order: self.order.clone(),
            seat,
            taken: self.taken,
            owner: self.desk.owner.clone(),
            context: self.desk.context.clone(),
            dialect: self.desk.genesys.dialect().into(),
        };
        let entry = self.entry(intent(self.order.deed.kind()), None);
        let written = self.desk.store.begin_deed(entry, &flight, self.desk.clock.now()).await;
        self.note(written.map(Some)).await
    }

    /// Writes the end down and tells it.
    pub(super) async fn conclude(&self, end: &DeedStage) {
        // Written before it is told, but a full disk must not keep the person waiting for the news.
        let written = self.record_end(end).await;
        self.tell(end.clone()).await;
        let Err(mut reason) = written else { return };
        for wait in RECORD_AGAIN {
            tracing::error!(%reason, "the end of a deed is not in the audit log yet");
            let (session, word) = (&self.order.session, end.word());
            let what = self.order.deed.kind().word();
            let text = format!(
                "The end of {what} in {session} ({word}) is not in the audit log yet: {reason}"
            );
            let notice = Notice { level: Level::Error, text: Plain::new(&text) };
            self.inward(Inward::Tell(Event::Notice(notice))).await;
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

    /// Its last record. One that was announced gets one end, and no second from somebody who came later.
    async fn record_end(&self, end: &DeedStage) -> Result<(), Plain> {
        let entry = self.entry(outcome(self.order.deed.kind(), end), Some(end));
        let (store, now) = (&self.desk.store, self.desk.clock.now());
        let written = match self.announced {
            true => store.finish_deed(entry, &self.order.id, now).await,
            false => store.append(entry, now).await.map(Some),
        };
        self.note(written).await
    }

    pub(super) async fn note(
        &self,
        written: Result<Option<AuditRecord>, StoreError>,
    ) -> Result<(), Plain> {
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

    pub(super) fn entry(&self, event: AuditEvent, end: Option<&DeedStage>) -> AuditEntry {
        let desk = &self.desk;
        let (actor, context) = (desk.actor.clone(), desk.context.clone());
        let (error, acted) = (self.error.as_ref(), self.acted.as_ref());
        let took = self.started.elapsed().as_millis();
        let correlation = acted.and_then(|acted| acted.correlation.clone());
        AuditEntry {
            session: Some(self.order.session.clone()),
            participant: self.seat.as_ref().map(|seat| seat.participant.clone()),
            agent: self.seat.as_ref().and_then(|seat| seat.agent.clone()),
            queue: self.order.seen.queue.clone(),
            status: end.map(DeedStage::word),
            latency_ms: end.and_then(|_| u64::try_from(took).ok()),
            request_ms: acted.map(|acted| two_decimals(acted.took)),
            error: end.and_then(DeedStage::reason).cloned(),
            error_code: error.and_then(|e| e.code.clone()),
            correlation: correlation.or_else(|| error.and_then(|e| e.correlation.clone())),
            details: self.details(),
            ..AuditEntry::of(event, actor, context, desk.genesys.dialect())
        }
    }

    fn details(&self) -> Value {
        let mut details = details(&self.order);
        if let Some(message) = self.acted.as_ref().and_then(|acted| acted.message.as_ref()) {
            details["message_id"] = json!(message);
        }
        details
    }
}

/// What a record tells of an order, with the words that the store drops, if it is to.
pub(super) fn details(order: &DeedOrder) -> Value {
    let mut details = json!({ "deed": order.id, "why": order.deed.kind().word() });
    if let Deed::Say(text) = &order.deed {
        details["letters"] = json!(text.letters());
        details["message"] = json!(text.expose());
    }
    details
}

/// What is announced.
fn intent(kind: DeedKind) -> AuditEvent {
    match kind {
        DeedKind::Monitor => AuditEvent::MonitoringInitiated,
        DeedKind::Leave => AuditEvent::MonitoringEnding,
        DeedKind::Say => AuditEvent::MessageInitiated,
    }
}

/// What an end is in the audit log.
pub(super) fn outcome(kind: DeedKind, end: &DeedStage) -> AuditEvent {
    match (kind, end) {
        (DeedKind::Monitor, DeedStage::Done) => AuditEvent::MonitoringBegun,
        (DeedKind::Leave, DeedStage::Done) => AuditEvent::MonitoringEnded,
        (DeedKind::Say, DeedStage::Done) => AuditEvent::MessageSent,
        (DeedKind::Monitor | DeedKind::Leave, _) => AuditEvent::MonitoringFailed,
        (DeedKind::Say, _) => AuditEvent::MessageFailed,
    }
}

/// Milliseconds with two decimals.
fn two_decimals(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0 * 100.0).round() / 100.0
}
