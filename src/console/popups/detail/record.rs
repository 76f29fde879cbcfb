//! An audit record, whole: what is not there is left out, what is there is never cut.

use crate::{
    console::{
        theme::Role,
        view::{Ctx, words},
        widgets::{clock, prose::Line},
    },
    domain::{agent::Agent, audit::AuditRecord, handoff::Step, text::Plain},
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
    lines.extend(steps(record));
    lines.extend(details(record));
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

/// Where the engine keeps the time of each step, in ms.
const STEPS: &str = "steps_ms";

/// The steps in which a handoff goes.
const ORDER: [Step; 9] = [
    Step::Claim,
    Step::Record,
    Step::Check,
    Step::Summary,
    Step::Grace,
    Step::Context,
    Step::Transfer,
    Step::Outcome,
    Step::Reason,
];

/// What each step has taken.
fn steps(record: &AuditRecord) -> Vec<Line> {
    let Some(times) = record.details.get(STEPS) else { return Vec::new() };
    let time = |step: &Step| {
        let ms = times.get(step.word())?.as_f64()?;
        Some(Line::field(step.word(), Role::Text, clock::took(ms)))
    };
    let told: Vec<Line> = ORDER.iter().filter_map(time).collect();
    if told.is_empty() {
        return told;
    }
    [Line::new(), Line::of(Role::Heading, "Steps")].into_iter().chain(told).collect()
}

/// The rest, as JSON over several lines.
fn details(record: &AuditRecord) -> Vec<Line> {
    let Some(mut rest) = record.details.as_object().cloned() else { return Vec::new() };
    rest.remove(STEPS);
    if rest.is_empty() {
        return Vec::new();
    }
    let text = serde_json::to_string_pretty(&rest).unwrap_or_default();
    let body = text.lines().map(|line| Line::of(Role::Text, Plain::new(line).as_str()));
    [Line::new(), Line::of(Role::Heading, "Details")].into_iter().chain(body).collect()
}

fn push(lines: &mut Vec<Line>, name: &str, text: Option<String>) {
    lines.extend(text.filter(|t| !t.is_empty()).map(|t| Line::field(name, Role::Text, t)));
}
