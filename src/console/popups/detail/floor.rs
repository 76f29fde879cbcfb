//! A queue or an agent, with everything the floor knows.

use crate::{
    console::{
        theme::Role,
        view::{
            Ctx,
            cells::{held, score, status},
            limits, words,
        },
        widgets::{clock, prose::Line},
    },
    domain::{
        agent::Agent,
        id::{AgentId, QueueId},
        queue::Queue,
        text::Plain,
    },
};

/// A number, or `-`.
fn count(n: Option<u32>) -> String {
    n.map_or_else(|| "-".to_owned(), |n| n.to_string())
}

/// A queue.
pub fn queue(id: &QueueId, cx: &Ctx) -> Vec<Line> {
    let Some(queue) = cx.floor.queue(id) else {
        return vec![Line::of(Role::Alarm, "× The queue is no longer listed.")];
    };
    let (shape, role) = words::queue(queue.state);
    let field = |name, text: String| Line::field(name, Role::Text, text);
    let mut lines = vec![
        Line::field("id", Role::Quiet, queue.id.to_string()),
        Line::field("state", role, format!("{shape} {}", queue.state.word())),
        Line::new(),
        field("waiting", count(queue.waiting)),
    ];
    lines.push(match cx.age(queue.longest_since) {
        Some(age) => {
            let (shape, role) = limits::wait(age);
            Line::field("longest", role, format!("{shape}{}", clock::short(age)))
        }
        None => field("longest", "-".into()),
    });
    lines.push(field("alerting", count(queue.alerting)));
    lines.push(field("talking", count(queue.interacting)));
    lines.push(Line::new());
    lines.extend(staff(queue));
    lines.push(field("load", queue.load().map_or_else(|| "-".into(), |load| format!("{load}%"))));
    lines.push(field("in time", service_level(queue)));
    lines.push(field(
        "rings for",
        queue.alerting_timeout.map_or_else(|| "-".into(), |d| clock::short(d.as_secs())),
    ));
    let manual = if queue.manual_assignment { "allowed" } else { "not allowed" };
    lines.push(field("assigning", format!("past the routing: {manual}")));
    lines
}

fn staff(queue: &Queue) -> Vec<Line> {
    let field = |name, text: String| Line::field(name, Role::Text, text);
    let slots = queue.slots.map_or_else(
        || "-".to_owned(),
        |slots| format!("{} of {} places", slots.free, slots.capacity),
    );
    let mut lines = match queue.staff {
        None => vec![field("staff", "-".into())],
        Some(staff) => vec![
            field("on queue", staff.on_queue().to_string()),
            field("● idle", staff.idle.to_string()),
            field("◐ talking", staff.interacting.to_string()),
            field("▲ no answer", staff.not_responding.to_string()),
            field("◑ on a call", staff.communicating.to_string()),
            field("○ off queue", staff.off_queue.to_string()),
        ],
    };
    lines.push(field("free", slots));
    lines
}

fn service_level(queue: &Queue) -> String {
    let Some(level) = queue.service_level else { return "-".into() };
    let Some(ratio) = level.ratio() else { return "no traffic".into() };
    let goal = level.target.map_or_else(String::new, |t| format!(", goal {:.0}%", t * 100.0));
    format!("{:.0}% ({} of {}{goal})", ratio * 100.0, level.in_time, level.answered)
}

/// An agent.
pub fn agent(id: &AgentId, cx: &Ctx) -> Vec<Line> {
    let Some(agent) = cx.floor.agent(id) else {
        return vec![Line::of(Role::Alarm, "× The agent is no longer on the floor.")];
    };
    let mut lines = vec![Line::field("id", Role::Quiet, agent.id.to_string())];
    lines.extend(doing(agent, cx));
    lines.push(Line::new());
    lines.push(listed(
        "skills",
        agent
            .skills
            .as_ref()
            .map(|all| all.iter().map(|s| rated(&s.name, s.proficiency)).collect()),
    ));
    lines.push(listed(
        "languages",
        agent
            .languages
            .as_ref()
            .map(|all| all.iter().map(|l| rated(&l.name, l.proficiency)).collect()),
    ));
    let queues = agent.queues.iter().map(|id| cx.queue_name(id).to_string()).collect();
    lines.push(listed("queues", Some(queues)));
    if let (Some(measured), Some(session)) = (cx.score(agent), cx.current()) {
        let mut text = String::new();
        let role = score(Some(&measured), &mut text);
        lines.push(Line::new());
        lines.push(
            Line::field("score", role, text)
                .and(Role::Quiet, format!("  for {}: ", session.label()))
                .and(Role::Text, measured.verdict.reason()),
        );
    }
    lines.push(Line::new());
    let theirs = cx.floor.sessions.iter().filter(|session| session.agent.as_ref() == Some(id));
    lines.extend(theirs.map(|session| {
        let (shape, role) = words::session(session.state);
        Line::field("has", role, format!("{shape} {}", session.label()))
            .and(Role::Quiet, format!("  {}", session.state.word()))
    }));
    lines
}

fn doing(agent: &Agent, cx: &Ctx) -> Vec<Line> {
    let (mut state, mut load) = (String::new(), String::new());
    let (state_role, load_role) = (status(agent, &mut state), held(agent, &mut load));
    let age = cx.age(agent.since).map_or_else(|| "-".to_owned(), clock::short);
    vec![
        Line::field("status", state_role, state).and(Role::Text, format!("  for {age}")),
        Line::field("presence", Role::Text, agent.presence.as_ref().map_or("-", |p| p.word())),
        Line::field("sessions", load_role, load),
    ]
}

fn rated(name: &Plain, proficiency: Option<f32>) -> String {
    proficiency.map_or_else(|| name.to_string(), |p| format!("{name} {p:.0}/5"))
}

fn listed(name: &str, items: Option<Vec<String>>) -> Line {
    let text = match items {
        None => "-".to_owned(),
        Some(items) if items.is_empty() => "none".to_owned(),
        Some(items) => items.join(", "),
    };
    Line::field(name, Role::Text, text)
}
