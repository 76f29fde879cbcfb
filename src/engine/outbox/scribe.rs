//! What the audit log is told of telling others.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::settle::Landed;
use crate::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        id::SessionId,
        outbox::{Destination, Fate, Parcel, Posted},
        text::Plain,
    },
    policy::delivery::Failure,
};

/// Whoever writes for the audit log.
pub(super) struct Scribe<'a> {
    pub actor: &'a Actor,
    pub context: &'a Plain,
    pub dialect: &'static str,
}

impl Scribe<'_> {
    fn entry(&self, event: AuditEvent, session: Option<&SessionId>) -> AuditEntry {
        let (actor, context) = (self.actor.clone(), self.context.clone());
        let entry = AuditEntry::of(event, actor, context, self.dialect);
        AuditEntry { session: session.cloned(), ..entry }
    }

    /// A try, with the time since the letter was written and that of the request alone.
    fn of_try(&self, event: AuditEvent, landed: &Landed, now: Timestamp) -> AuditEntry {
        let Landed { parcel, took, .. } = landed;
        let age = now.duration_since(parcel.since).as_millis();
        AuditEntry {
            latency_ms: u64::try_from(age).ok(),
            request_ms: Some(two_decimals(*took)),
            details: details(parcel, landed.status()),
            ..self.entry(event, Some(&parcel.session))
        }
    }

    /// A letter that was told.
    pub fn told(&self, landed: &Landed, now: Timestamp) -> AuditEntry {
        let entry = self.of_try(synced(landed.parcel.to), landed, now);
        AuditEntry { status: Some("delivered"), ..entry }
    }

    /// A letter that was not.
    pub fn failed(&self, landed: &Landed, failure: &Failure, fate: Fate) -> AuditEntry {
        AuditEntry {
            status: Some(if fate == Fate::GivenUp { "given up" } else { "tried again" }),
            error_code: landed.status().map(|status| Plain::new(&status.to_string())),
            error: Some(failure.why.clone()),
            ..self.of_try(sync_failed(landed.parcel.to), landed, failure.at)
        }
    }

    /// A letter that grew too old between two tries.
    pub fn too_old(&self, posted: &Posted) -> AuditEntry {
        let Posted { id, destination, attempts, status, .. } = posted;
        let late = || Plain::new("it could not be told in time");
        AuditEntry {
            status: Some("given up"),
            error_code: status.map(|status| Plain::new(&status.to_string())),
            error: Some(posted.error.clone().unwrap_or_else(late)),
            details: json!({
                "event": id, "destination": destination, "attempts": attempts, "status": status,
            }),
            ..self.entry(sync_failed(*destination), Some(&posted.conversation))
        }
    }

    /// So many letters that had grown too old before anybody was there to tell them.
    pub fn lapsed(&self, to: Destination, many: u64) -> AuditEntry {
        let text = format!("{many} grew too old before anybody was there to tell them");
        AuditEntry {
            status: Some("given up"),
            error: Some(Plain::new(&text)),
            details: json!({"destination": to, "attempts": 0, "letters": many}),
            ..self.entry(sync_failed(to), None)
        }
    }
}

fn details(parcel: &Parcel, status: Option<u16>) -> Value {
    let Parcel { event, to, attempts, .. } = parcel;
    json!({"event": event, "destination": to, "attempts": attempts, "status": status})
}

fn synced(to: Destination) -> AuditEvent {
    match to {
        Destination::CrmHandoff | Destination::CrmSession => AuditEvent::CrmSynced,
        Destination::Wfm => AuditEvent::WfmSynced,
    }
}

fn sync_failed(to: Destination) -> AuditEvent {
    match to {
        Destination::CrmHandoff | Destination::CrmSession => AuditEvent::CrmSyncFailed,
        Destination::Wfm => AuditEvent::WfmSyncFailed,
    }
}

/// Milliseconds with two decimals.
fn two_decimals(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0 * 100.0).round() / 100.0
}
