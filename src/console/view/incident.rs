//! All that the log knows of one handoff, or of one conversation, as Markdown for a ticket.
//!
//! Times are UTC and ids whole: whoever reads it sits elsewhere, and has to find the same again.

use std::sync::Arc;

use super::Ctx;
use crate::domain::{
    audit::AuditRecord,
    handoff::Target,
    id::{HandoffId, SessionId},
    query::Query,
};

/// What the records have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incident {
    /// One handoff.
    Handoff(HandoffId),
    /// One conversation.
    Session(SessionId),
}

impl Incident {
    /// The incident that a record is of, if it is of any.
    pub fn of(record: &AuditRecord) -> Option<Self> {
        let handoff = record.handoff.clone().map(Self::Handoff);
        handoff.or_else(|| record.session.clone().map(Self::Session))
    }

    /// What finds its records.
    pub fn query(&self) -> Query {
        match self {
            Self::Handoff(id) => only("handoff", &id.to_string()),
            Self::Session(id) => only("session", &id.to_string()),
        }
    }

    /// What it is.
    pub fn title(&self) -> String {
        match self {
            Self::Handoff(id) => format!("Handoff {id}"),
            Self::Session(id) => format!("Conversation {id}"),
        }
    }
}

/// What finds the records whose `field` is exactly this, as it would be typed.
pub fn text(field: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    let bare = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { format!("{field}={value}") } else { format!("{field}=\"{value}\"") }
}

fn only(field: &str, value: &str) -> Query {
    // Never misread: whatever is not a letter or a digit is quoted.
    Query::parse::<AuditRecord>(&text(field, value), jiff::Timestamp::UNIX_EPOCH)
        .unwrap_or_default()
}

/// The records of an incident, oldest first, as Markdown.
pub fn markdown(incident: &Incident, records: &[Arc<AuditRecord>], cx: &Ctx) -> String {
    let mut out = format!("## {}\n\n", escaped(&incident.title()));
    out.push_str("| Time (UTC) | Event | Outcome | Latency | Target | Correlation id | Error |\n");
    out.push_str("|---|---|---|---:|---|---|---|\n");
    for record in records {
        out.push_str(&row(record, cx));
    }
    out.push('\n');
    let ids: [(&str, Vec<String>); 9] = [
        ("Handoffs", each(records, |r| r.handoff.as_ref().map(ToString::to_string))),
        ("Conversations", each(records, |r| r.session.as_ref().map(ToString::to_string))),
        ("Participants", each(records, |r| r.participant.as_ref().map(ToString::to_string))),
        ("Agents", each(records, |r| r.agent.as_ref().map(ToString::to_string))),
        ("Queues", each(records, |r| r.queue.as_ref().map(ToString::to_string))),
        ("Correlation ids", each(records, |r| r.correlation.as_ref().map(ToString::to_string))),
        ("Org", each(records, |r| Some(format!("{}, {}", r.context, r.dialect)))),
        ("By", each(records, who)),
        ("Audit records", each(records, |r| Some(r.seq.to_string()))),
    ];
    for (name, values) in ids.iter().filter(|(_, values)| !values.is_empty()) {
        let values: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        out.push_str(&format!("- {name}: {}\n", values.join(", ")));
    }
    out
}

fn who(record: &AuditRecord) -> Option<String> {
    match record.purged {
        true => None,
        false => Some(format!("{} on {}", record.actor.user, record.actor.host)),
    }
}

/// What the records say, each once.
fn each(records: &[Arc<AuditRecord>], of: impl Fn(&AuditRecord) -> Option<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in records.iter().filter_map(|record| of(record)) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

fn row(record: &AuditRecord, cx: &Ctx) -> String {
    let agent = record.agent.clone().map(Target::Agent);
    let target = agent.or_else(|| record.queue.clone().map(Target::Queue));
    let code = record.error_code.iter().map(|code| code.to_string());
    let error: Vec<String> = code.chain(record.error.iter().map(ToString::to_string)).collect();
    let cells = [
        format!("{:.3}", record.timestamp),
        record.event.to_string(),
        record.status.as_ref().map(ToString::to_string).unwrap_or_default(),
        record.latency_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
        target.map(|target| cx.target_name(&target).to_string()).unwrap_or_default(),
        record.correlation.as_ref().map(ToString::to_string).unwrap_or_default(),
        error.join(": "),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// What strangers wrote stays text: it makes no cell, no link and no heading.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_spelling_are_found_and_nothing_else_is_read_into_them() {
        assert_eq!(text("session", "7f8e-9d"), "session=7f8e-9d");
        let strange = "a\" or \\ b";
        assert_eq!(text("session", strange), r#"session="a\" or \\ b""#);
        let query = Incident::Session(strange.into()).query();
        assert!(!query.is_all());
    }

    #[test]
    fn what_strangers_wrote_stays_text() {
        assert_eq!(escaped("a|b\n[x](y) <i>"), "a\\|b \\[x\\](y) &lt;i>");
    }
}
