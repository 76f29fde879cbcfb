//! Which fields of a record can be looked for, and under which names.

use serde_json::Value;

use super::AuditRecord;
use crate::domain::query::{Field, Kind, Subject};

const FIELDS: [Field; 26] = [
    Field::new("event", Kind::Text, "what happened: handoff_completed, …"),
    Field::new("status", Kind::Text, "the outcome's word: accepted, refused, …"),
    Field::new("user", Kind::Text, "who did it"),
    Field::new("host", Kind::Text, "on which machine"),
    Field::new("tty", Kind::Text, "at which terminal"),
    Field::new("origin", Kind::Text, "where the SSH session came from").or(&["ssh_origin"]),
    Field::new("org", Kind::Text, "the org, as the config names it").or(&["context"]),
    Field::new("dialect", Kind::Text, "platform or gateway"),
    Field::new("handoff", Kind::Text, "the handoff's id"),
    Field::new("session", Kind::Text, "the conversation's id").or(&["conversation"]),
    Field::new("participant", Kind::Text, "the id of the participant that was replaced"),
    Field::new("agent", Kind::Text, "the id of the agent it went to"),
    Field::new("queue", Kind::Text, "the id of the queue it went to"),
    Field::new("transfer", Kind::Text, "how it was moved: replace_queue, assign, …"),
    Field::new("code", Kind::Text, "the error's code").or(&["error_code"]),
    Field::new("error", Kind::Text, "the error's message"),
    Field::new("reason", Kind::Text, "why it was done").or(&["why"]),
    Field::new("override", Kind::Text, "why a guard was overridden").or(&["waiver"]),
    Field::new("correlation", Kind::Text, "Genesys Cloud's correlation id"),
    Field::new("details", Kind::Text, "names and values of whatever else was noted"),
    Field::new("seq", Kind::Number, "the record's number"),
    Field::new("latency", Kind::Span { unit: 1 }, "from the order to the outcome")
        .or(&["latency_ms"]),
    Field::new("request", Kind::Span { unit: 1 }, "the request alone").or(&["request_ms"]),
    Field::new("at", Kind::Time, "when it was written").or(&["time", "timestamp"]),
    Field::new("since", Kind::Since("at"), "written then or later"),
    Field::new("until", Kind::Until("at"), "written then or before").or(&["before"]),
];

impl Subject for AuditRecord {
    const FIELDS: &'static [Field] = &FIELDS;

    fn text(&self, field: &str, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        macro_rules! id {
            ($id:expr) => {
                $id.as_ref().is_some_and(|id| id.with_str(&mut *passes))
            };
        }
        let text = match field {
            "handoff" => return id!(self.handoff),
            "session" => return id!(self.session),
            "participant" => return id!(self.participant),
            "agent" => return id!(self.agent),
            "queue" => return id!(self.queue),
            "details" => return any_text(&self.details, passes),
            "user" | "host" if self.purged => None,
            "user" => Some(&self.actor.user),
            "host" => Some(&self.actor.host),
            "event" => Some(&self.event),
            "status" => self.status.as_ref(),
            "tty" => self.actor.tty.as_ref(),
            "origin" => self.actor.ssh_origin.as_ref(),
            "org" => Some(&self.context),
            "dialect" => Some(&self.dialect),
            "transfer" => self.transfer.as_ref(),
            "code" => self.error_code.as_ref(),
            "error" => self.error.as_ref(),
            "reason" => self.reason.as_ref(),
            "override" => self.waiver.as_ref(),
            "correlation" => self.correlation.as_ref(),
            _ => None,
        };
        text.is_some_and(|text| passes(text))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers and times are far below 2^53")]
    fn number(&self, field: &str) -> Option<f64> {
        match field {
            "seq" => Some(self.seq as f64),
            "at" => Some(self.timestamp.as_millisecond() as f64),
            "latency" => self.latency_ms.map(|ms| ms as f64),
            "request" => self.request_ms,
            _ => None,
        }
    }
}

/// Names, texts and whole numbers, however deep. Measured fractions are nobody's words.
fn any_text(value: &Value, passes: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) if number.is_f64() => false,
        Value::Number(number) => passes(&number.to_string()),
        Value::String(text) => passes(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, passes)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| passes(name) || any_text(value, passes))
        }
    }
}
