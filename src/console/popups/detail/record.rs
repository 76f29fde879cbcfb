//! An audit record, whole: what is not there is left out, what is there is never cut.

use crate::{
    console::{
        theme::Role,
        view::{Ctx, words},
        widgets::{
            clock,
            prose::{FIELD, Line},
        },
    },
    domain::{
        agent::Agent,
        audit::{AuditRecord, Details, Guarded},
        text::Plain,
    },
    engine::Linked,
};

/// The record.
pub fn lines(
    record: &AuditRecord,
    linked: Option<&Result<Box<Linked>, Plain>>,
    cx: &Ctx,
) -> Vec<Line> {
    let (mark, role) = words::event(&record.event);
    let mut lines = vec![
        Line::field("event", role, format!("{mark} {}", record.event)),
        Line::field("number", Role::Text, record.seq.to_string()),
        Line::field("time", Role::Text, record.timestamp.to_string()),
    ];
    lines.extend(who(record));
    lines.push(Line::new());
    lines.extend(what(record, cx));
    lines.push(Line::new());
    lines.extend(outcome(record));
    lines.extend(besides(record));
    lines.push(Line::new());
    lines.extend(chain(linked));
    lines
}

/// What holds it in its place.
fn chain(linked: Option<&Result<Box<Linked>, Plain>>) -> Vec<Line> {
    match linked {
        None => vec![Line::field("hash", Role::Quiet, "reading…")],
        Some(Err(reason)) => vec![Line::field("hash", Role::Alarm, format!("▲ {reason}"))],
        Some(Ok(linked)) => vec![
            Line::field("hash", Role::Text, linked.hash.to_string()),
            Line::field("previous", Role::Text, linked.previous.to_string()),
        ],
    }
}

fn who(record: &AuditRecord) -> Vec<Line> {
    if record.purged {
        let gone = "○ removed: who it was, and in which words";
        let context = format!("{}, {}", record.context, record.dialect);
        let lines = [("purged", Role::Warn, gone.to_owned()), ("context", Role::Text, context)];
        return lines.into_iter().map(|(name, role, text)| Line::field(name, role, text)).collect();
    }
    let actor = &record.actor;
    let mut lines =
        vec![Line::field("user", Role::Text, format!("{} on {}", actor.user, actor.host))];
    push(&mut lines, "terminal", actor.tty.as_ref().map(Plain::to_string));
    push(&mut lines, "from", actor.ssh_origin.as_ref().map(Plain::to_string));
    push(&mut lines, "context", Some(format!("{}, {}", record.context, record.dialect)));
    lines
}

fn what(record: &AuditRecord, cx: &Ctx) -> Vec<Line> {
    let mut lines = Vec::new();
    let session = record.session.as_ref();
    push(
        &mut lines,
        "session",
        session.map(|id| format!("{id}  {}", named(cx.floor.session(id).map(|s| s.label())))),
    );
    push(&mut lines, "participant", record.participant.as_ref().map(ToString::to_string));
    let agent = record.agent.as_ref();
    push(
        &mut lines,
        "to agent",
        agent.map(|id| format!("{id}  {}", named(cx.floor.agent(id).map(Agent::label)))),
    );
    let queue = record.queue.as_ref();
    push(
        &mut lines,
        "to queue",
        queue.map(|id| format!("{id}  {}", named(cx.floor.queue(id).map(|q| q.name.clone())))),
    );
    push(&mut lines, "by way of", record.transfer.as_ref().map(Plain::to_string));
    push(&mut lines, "handoff", record.handoff.as_ref().map(ToString::to_string));
    push(&mut lines, "reason", record.reason.as_ref().map(Plain::to_string));
    push(&mut lines, "override", record.waiver.as_ref().map(Plain::to_string));
    lines
}

/// A name behind an id; nothing where the floor does not know it.
fn named(name: Option<Plain>) -> String {
    name.map(|name| name.to_string()).unwrap_or_default()
}

fn outcome(record: &AuditRecord) -> Vec<Line> {
    let mut lines = Vec::new();
    push(&mut lines, "status", record.status.as_ref().map(Plain::to_string));
    push(&mut lines, "latency", record.latency_ms.map(|ms| format!("{ms} ms")));
    push(&mut lines, "request", record.request_ms.map(|ms| format!("{ms:.2} ms")));
    push(&mut lines, "error", record.error.as_ref().map(Plain::to_string));
    push(&mut lines, "code", record.error_code.as_ref().map(Plain::to_string));
    push(&mut lines, "correlation", record.correlation.as_ref().map(Plain::to_string));
    lines
}

/// What came of the guards, what each step has taken, and the rest.
fn besides(record: &AuditRecord) -> Vec<Line> {
    let Details { guards, steps, rest } = Details::of(&record.details);
    let guards = guards.into_iter().map(|Guarded { name, outcome, says }| {
        let (role, mark) =
            if outcome == "fails" { (Role::Alarm, "✗ ") } else { (Role::Text, "") };
        named_line(&name, role, &format!("{mark}{outcome}: {says}"))
    });
    let steps = steps.into_iter().map(|(name, ms)| named_line(&name, Role::Text, &clock::took(ms)));
    let rest = rest.into_iter().map(|(name, text)| named_line(&name, Role::Text, &text));
    let mut lines = Vec::new();
    section("Guards", guards.collect(), &mut lines);
    section("Steps", steps.collect(), &mut lines);
    section("Details", rest.collect(), &mut lines);
    lines
}

fn section(name: &str, told: Vec<Line>, lines: &mut Vec<Line>) {
    if !told.is_empty() {
        lines.extend([Line::new(), Line::of(Role::Heading, name)]);
        lines.extend(told);
    }
}

/// Under a name that may be longer than its column.
fn named_line(name: &str, role: Role, text: &str) -> Line {
    let (mut name, text) = (name.to_owned(), Plain::new(text));
    if name.chars().count() >= FIELD {
        name.push_str("  ");
    }
    Line::field(Plain::new(&name).as_str(), role, text.as_str())
}

fn push(lines: &mut Vec<Line>, name: &str, text: Option<String>) {
    lines.extend(text.filter(|t| !t.is_empty()).map(|t| Line::field(name, Role::Text, t)));
}
