//! What a closer look at a request says, line by line. What people wrote is masked as everywhere.

use serde_json::Value;

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{Ctx, limits, requests},
        widgets::{clock, prose::Line},
    },
    domain::{
        floor::seconds_since,
        handoff::Target,
        inbox::{HANDOFF_TRIGGERED, Heard, Plea, Request, State},
        text::Plain,
    },
};

/// The most letters of a value that are shown: it may be as long as a bot likes.
const SHOWN: usize = 400;

/// The request, and what its bot has told of the conversation.
pub fn request(request: &Request, heard: Option<&[Heard]>, cx: &Ctx) -> Vec<Line> {
    [
        standing(request, cx),
        decided(request, cx),
        circumstances(&request.plea, cx),
        vec![Line::new()],
        told(heard, cx),
        vec![Line::new()],
        attributes(&request.plea, cx),
        guest(&request.plea, cx),
        ids(request),
    ]
    .concat()
}

/// A text from outside, fit to be shown.
fn fit(text: &str, cx: &Ctx) -> String {
    cx.handbook.masking.plain(&Plain::cut(text, SHOWN)).to_string()
}

fn span(seconds: u64) -> String {
    clock::short(seconds)
}

fn standing(request: &Request, cx: &Ctx) -> Vec<Line> {
    let mut lines = vec![requests::about(request, cx)];
    if let Some(why) = request.state.reason() {
        lines.push(Line::field("", Role::Text, fit(why, cx)));
    }
    let ago = |at| span(seconds_since(at, cx.now));
    let mut asked = Line::field("asked", Role::Text, format!("{} ago", ago(request.received)));
    if request.asked > 1 {
        let (times, last) = (request.asked, ago(request.heard));
        asked = asked.and(Role::Strong, format!(", {times} times, last {last} ago"));
    }
    if request.tries > 0 {
        asked = asked.and(Role::Text, format!(", tried {}×", request.tries));
    }
    lines.push(asked);
    if matches!(request.state, State::Proposed { .. } | State::Deferred { .. } | State::Queued) {
        let left = seconds_since(cx.now, request.expires);
        let (shape, role) = limits::left(left);
        lines.push(Line::field("expires in", role, format!("{shape}{}", span(left))));
    }
    if cx.floor.loading.sessions_known && cx.floor.session(&request.session).is_none() {
        let text = "△ Its session is not on the floor.";
        lines.push(Line::field("", Role::Warn, text));
    }
    lines
}

fn decided(request: &Request, cx: &Ctx) -> Vec<Line> {
    let plea = &request.plea;
    let decision = requests::decision(request);
    let decision =
        decision.pieces().fold(Line::field("decision", Role::Text, ""), |line, (text, role)| {
            line.and(*role, text.as_str())
        });
    let mut lines = vec![decision];
    if let Some(warning) = &plea.warning {
        lines.push(Line::field("", Role::Warn, format!("▲ {}", fit(warning, cx))));
    }
    let text = |name, text: Option<&str>, lines: &mut Vec<Line>| {
        lines.extend(text.map(|text| Line::field(name, Role::Text, fit(text, cx))));
    };
    text("because", Some(plea.reason.as_str()).filter(|text| !text.is_empty()), &mut lines);
    text("intent", plea.intent.as_deref(), &mut lines);
    text("wrote", plea.text.as_deref(), &mut lines);
    text("tried", plea.attempted(), &mut lines);
    lines
}

/// How the customer feels, and what is needed to help.
fn circumstances(plea: &Plea, cx: &Ctx) -> Vec<Line> {
    let mood = match plea.sentiment() {
        Some(mood) => {
            let (shape, role) = limits::at_least(mood, limits::SENTIMENT);
            Line::field("mood", role, format!("{shape}{mood:.2}"))
        }
        None => Line::field("mood", Role::Quiet, "-"),
    };
    let language = plea.language().map_or_else(|| "-".to_owned(), |language| fit(language, cx));
    let mut line = mood.and(Role::Quiet, "  language ").and(Role::Text, language);
    if let Some(skill) = &plea.skill {
        let mut skills = Vec::new();
        requests::demand(&mut skills, skill, cx);
        let names: Vec<&str> = skills.iter().map(|skill| skill.name.as_str()).collect();
        line = line.and(Role::Quiet, "  demands ").and(Role::Text, names.join(", "));
    }
    vec![line]
}

/// The messages that the bot has told, the oldest first.
fn told(heard: Option<&[Heard]>, cx: &Ctx) -> Vec<Line> {
    let key = cx.keymap.hint(Action::Transcript);
    let title = Line::of(Role::Heading, "What the bot has told")
        .and(Role::Quiet, format!("  {key} shows the transcript"));
    let mut lines = vec![title];
    match heard {
        None => lines.push(Line::of(Role::Quiet, "reading…")),
        Some([]) => lines.push(Line::of(Role::Quiet, "nothing")),
        Some(heard) => lines.extend(heard.iter().map(|heard| message(heard, cx))),
    }
    lines
}

fn message(heard: &Heard, cx: &Ctx) -> Line {
    let event = heard.event.as_deref().unwrap_or("-");
    let role = if event == HANDOFF_TRIGGERED { Role::Accent } else { Role::Quiet };
    let time = cx.time_of_day(heard.timestamp);
    let mut line =
        Line::of(Role::Quiet, format!("{time} ")).and(role, format!("{} ", fit(event, cx)));
    if let Some(text) = &heard.text {
        line = line.and(Role::Text, fit(text, cx));
    }
    if let Some(intent) = &heard.intent {
        line = line.and(Role::Quiet, format!("  {}", intended(intent, cx)));
    }
    if let Some(metadata) = &heard.metadata {
        line = line.and(Role::Quiet, format!("→ {}", went(metadata, cx)));
    }
    line
}

/// Where a handoff went, by name.
fn went(metadata: &Value, cx: &Ctx) -> String {
    let id = |of: &str| metadata.get(of).and_then(|it| it.get("id")).and_then(Value::as_str);
    let target = id("agent").map(|id| Target::Agent(id.into()));
    let target = target.or_else(|| id("queue").map(|id| Target::Queue(id.into())));
    match target {
        Some(target) => cx.target_name(&target).to_string(),
        None => fit(&metadata.to_string(), cx),
    }
}

/// S2's `intent` in words: `refund 0.42`; what is of another shape as it came.
fn intended(intent: &Value, cx: &Ctx) -> String {
    let (name, sure) = (intent.get("intent").and_then(Value::as_str), intent.get("confidence"));
    match (name, sure.and_then(Value::as_f64)) {
        (Some(name), Some(sure)) => format!("{} {sure:.2}", fit(name, cx)),
        (Some(name), None) => fit(name, cx),
        (None, _) => fit(&intent.to_string(), cx),
    }
}

/// S1's context, but for what stands above in words.
fn attributes(plea: &Plea, cx: &Ctx) -> Vec<Line> {
    let is_above = |key: &str| match key {
        "attempted_resolution" => true,
        "preferred_language" => true,
        "sentiment_score" => plea.sentiment().is_some(),
        _ => false,
    };
    let rest = plea.attributes.iter().filter(|(key, _)| !is_above(key));
    let lines: Vec<Line> = rest.map(|(key, value)| pair(key, value, cx)).collect();
    if lines.is_empty() {
        return lines;
    }
    [vec![Line::of(Role::Heading, "Goes along")], lines].concat()
}

fn pair(key: &str, value: &str, cx: &Ctx) -> Line {
    Line::of(Role::Quiet, format!("{} ", fit(key, cx))).and(Role::Text, fit(value, cx))
}

/// The guest's fields as they came.
fn guest(plea: &Plea, cx: &Ctx) -> Vec<Line> {
    let Some(guest) = &plea.guest else { return Vec::new() };
    let field = |(key, value): (&String, &Value)| match value.as_str() {
        Some(text) => pair(key, text, cx),
        None => pair(key, &value.to_string(), cx),
    };
    [vec![Line::of(Role::Heading, "Guest")], guest.0.iter().map(field).collect()].concat()
}

fn ids(request: &Request) -> Vec<Line> {
    let mut lines = vec![
        Line::new(),
        Line::field("session", Role::Quiet, request.session.to_string()),
        Line::field("request", Role::Quiet, request.id.to_string()),
        Line::field("came by", Role::Quiet, request.route.name())
            .and(Role::Quiet, format!("; requests for its queue are {}", rule(request))),
    ];
    if let Some(handoff) = request.state.handoff() {
        lines.push(Line::field("handoff", Role::Quiet, handoff.to_string()));
    }
    lines
}

/// What becomes of requests for its queue.
fn rule(request: &Request) -> &'static str {
    use crate::domain::inbox::Mode;
    match request.mode {
        Mode::Auto => "handed off by rule",
        Mode::Propose => "proposed",
        Mode::Off => "not done",
    }
}
