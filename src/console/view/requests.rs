//! Bots' requests as the views see them: who asks, how it stands, and what may be done about it from
//! here. What is done, the app sends; what becomes of it, the pulse tells.

use std::{borrow::Cow, fmt::Write};

use super::{About, Ctx, Opening, Outcome, Refusal, gate, limits, words};
use crate::{
    console::{
        keys::Action,
        theme::Role,
        widgets::{clock, prose::Line},
    },
    domain::{
        floor::seconds_since,
        handoff::{HandoffOrder, Target},
        id::{RequestId, SessionId, SkillId},
        inbox::{Plea, Request, Route, State},
        session::{Requirement, Session},
        text::Plain,
    },
};

/// What puts a request off: on a card the same key asks for skills, of which the inbox has none.
pub const DEFER: Action = Action::EditDemands;

/// How long a request can be put off, in minutes.
pub const DEFERRABLE: std::ops::RangeInclusive<u32> = 1..=240;

/// The most letters of a reason against a request: as many as an attribute takes.
pub const REASON: usize = 256;

/// What is done about a request.
pub const ACTS: &[Action] = &[
    Action::HandoffAgent,
    Action::HandoffQueue,
    Action::Best,
    DEFER,
    Action::Decline,
    Action::Replay,
];

impl Ctx {
    /// A bot's request, as the newest pulse has it.
    pub fn request(&self, id: &RequestId) -> Option<&Request> {
        self.pulse.inbox.as_ref()?.get(id)
    }

    /// The open request for a session: there is at most one.
    pub fn request_for(&self, session: &SessionId) -> Option<&Request> {
        let requests = &self.pulse.inbox.as_ref()?.requests;
        requests.iter().find(|r| r.session == *session && r.state.is_open()).map(AsRef::as_ref)
    }

    /// The request for a session that a person may take.
    pub fn free_request_for(&self, session: &SessionId) -> Option<&Request> {
        self.request_for(session).filter(|request| request.state.is_free())
    }

    /// `session` with the skill that its bot demands of whoever takes it.
    pub fn as_asked<'a>(&self, session: &'a Session) -> Cow<'a, Session> {
        let request = self.free_request_for(&session.id);
        let Some(skill) = request.and_then(|request| request.plea.skill.as_ref()) else {
            return Cow::Borrowed(session);
        };
        let mut asked = session.clone();
        demand(&mut asked.skills, skill, self);
        Cow::Owned(asked)
    }
}

/// Adds a skill, by its id or its name, to those that are asked for, unless it is there.
pub fn demand(skills: &mut Vec<Requirement>, skill: &SkillId, cx: &Ctx) {
    let text = skill.to_string();
    let mut known = cx.live.agents.iter().flat_map(|agent| agent.skills.iter().flatten());
    let known = known.find(|k| k.id == *skill || k.name.eq_ignore_ascii_case(&text));
    let (id, name) = known.map_or_else(
        || (skill.clone(), Plain::new(&text)),
        |known| (known.id.clone(), known.name.clone()),
    );
    let asked = |r: &Requirement| r.id.as_ref() == Some(&id) || r.name.eq_ignore_ascii_case(&name);
    if !skills.iter().any(asked) {
        skills.push(Requirement { id: Some(id), name });
    }
}

/// Lets an order answer the request of its session, if a person may take that: its context goes along.
pub fn answer(order: &mut HandoffOrder, cx: &Ctx) {
    let Some(request) = cx.free_request_for(&order.session) else { return };
    let plea = &request.plea;
    order.request = Some(request.id.clone());
    order.payload.guest.clone_from(&plea.guest);
    order.payload.attributes.clone_from(&plea.attributes);
    order.reason = plea.driver();
    // Agents were chosen by what the sessions themselves ask for.
    if let (Target::Queue(_), Some(skill)) = (&order.target, &plea.skill) {
        demand(&mut order.demands.skills, skill, cx);
    }
}

/// Who asks for a person: as the floor names them, or else as the bot does.
pub fn guest(request: &Request, cx: &Ctx) -> Plain {
    let session = cx.floor.session(&request.session);
    let told = || request.plea.guest.as_ref()?.name().filter(|name| !name.trim().is_empty());
    let shown = session.filter(|session| session.guest.is_some()).map(Session::label);
    let known = shown.or_else(|| cx.guests.get(&request.session).cloned());
    let named = known.or_else(|| told().map(|name| Plain::cut(name, 64)));
    named.unwrap_or_else(|| request.session.short().into())
}

/// Why it is asked for, fit to be shown.
pub fn reason(request: &Request, cx: &Ctx) -> Plain {
    cx.handbook.masking.plain(&request.plea.reason)
}

/// Seconds for which it waits, or has waited.
pub fn waited(request: &Request, cx: &Ctx) -> u64 {
    let until = if request.state.is_open() { cx.now } else { request.since };
    seconds_since(request.received, until)
}

/// True while a handoff runs that was begun here for its session.
pub fn is_leaving(request: &Request, cx: &Ctx) -> bool {
    request.state.is_open() && cx.handoffs.running(&request.session).is_some()
}

/// Writes shape and word of how it stands.
pub fn standing(request: &Request, cx: &Ctx, out: &mut String) -> Role {
    if is_leaving(request, cx) {
        out.push_str("⠿ handing");
        return Role::Accent;
    }
    let (shape, role) = words::request(&request.state);
    out.push_str(shape);
    out.push(' ');
    match &request.state {
        // The shape says that it is put off; a word beside it would cut off for how long.
        State::Deferred { until, .. } => {
            out.push_str("again ");
            out.push_str(&left(seconds_since(cx.now, *until)));
        }
        state => out.push_str(state.word()),
    }
    role
}

/// `42s`, `3m`: what is left of a pause, where seconds tell nobody anything.
fn left(seconds: u64) -> String {
    match seconds {
        s if s < 60 => format!("{s}s"),
        s => format!("{}m", s.div_ceil(60)),
    }
}

/// Writes how sure the bot was, against what it had to be at least.
pub fn sureness(plea: &Plea, out: &mut String) -> Role {
    let Some(sure) = plea.confidence else {
        out.push('-');
        return Role::Quiet;
    };
    let (short, below) = (format!("{sure:.2}"), plea.threshold.is_some_and(|least| sure < least));
    let written = match plea.threshold.map(|least| (least, format!("{least:.2}"))) {
        None => write!(out, "{short}"),
        // "0.75 < 0.75" would be taken for a mistake.
        Some((_, least)) if below && short == least => write!(out, "{sure:.4} < {least}"),
        Some((_, least)) if below => write!(out, "{short} < {least}"),
        Some((_, least)) => write!(out, "{short} ≥ {least}"),
    };
    debug_assert!(written.is_ok());
    if below { Role::Warn } else { Role::Text }
}

/// What the bot has decided, in words.
pub fn decision(request: &Request) -> Line {
    let plea = &request.plea;
    let mut sure = String::new();
    let role = sureness(plea, &mut sure);
    match (request.route, plea.confidence) {
        (Route::BotHandoff, None) => Line::of(Role::Text, "the bot asks for a person outright"),
        (Route::BotHandoff, Some(_)) => {
            Line::of(Role::Text, "the bot asks for a person outright, sure ").and(role, sure)
        }
        (Route::Messaging, None) => {
            Line::of(Role::Warn, "▾ the bot has not said how sure it is, which counts as 0")
        }
        (Route::Messaging, Some(_)) => {
            let (mark, then) = match role {
                Role::Warn => ("▾ ", ": a person is needed"),
                _ => ("", ""),
            };
            Line::of(role, format!("{mark}sure {sure}")).and(Role::Quiet, then)
        }
    }
}

/// How a wait is marked, with a shape in any case.
pub fn urgency(seconds: u64) -> (&'static str, Role) {
    match limits::wait(seconds) {
        ("", _) => ("●", Role::Strong),
        (shape, role) => (shape.trim_end(), role),
    }
}

/// Why nobody may take the request, put it off or decline it; `None` while a person may.
pub fn taken(id: &RequestId, cx: &Ctx) -> Option<String> {
    let Some(request) = cx.request(id) else {
        return Some("it is no longer in the inbox".into());
    };
    let again = cx.keymap.hint(Action::Replay);
    let masked = |reason: &Plain| cx.handbook.masking.plain(reason);
    Some(match &request.state {
        State::Proposed { .. } | State::Deferred { .. } => return None,
        State::Queued => "it is handed off by rule as soon as it is its turn".into(),
        State::Handing { .. } => "somebody else has taken it".into(),
        State::Done { .. } => "it is done".into(),
        State::Failed { reason } => {
            format!("it has failed, {again} tries again: {}", masked(reason))
        }
        State::Declined { reason } => format!("it was declined: {}", masked(reason)),
        State::Expired { because: Some(why) } => why.to_string(),
        State::Expired { because: None } => {
            format!("nobody took it in time; {again} hands it over after all")
        }
    })
}

/// Why a request can't be put off or declined from here now.
pub fn refuses_answer(id: &RequestId, cx: &Ctx) -> Option<Refusal> {
    refuses_any(cx).or_else(|| refuses_leaving(id, cx)).or_else(|| {
        let why = taken(id, cx)?;
        Some(format!("{}: {why}", named(id, cx)).into())
    })
}

/// Why a request's session can't be handed off from here now.
pub fn refuses_taking(id: &RequestId, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = gate::refuses_any(cx).or_else(|| refuses_leaving(id, cx)) {
        return Some(refusal);
    }
    if let Some(why) = taken(id, cx) {
        return Some(format!("{}: {why}", named(id, cx)).into());
    }
    let session = &cx.request(id)?.session;
    if cx.floor.session(session).is_none() {
        let text = format!("The session of {} is not on the floor yet, or no more", named(id, cx));
        return Some(text.into());
    }
    gate::refuses_session(session, cx)
}

/// Why a request can't be tried again from here now.
pub fn refuses_replay(id: &RequestId, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = gate::refuses_any(cx).or_else(|| refuses_leaving(id, cx)) {
        return Some(refusal);
    }
    let Some(request) = cx.request(id) else {
        return Some("It is no longer in the inbox".into());
    };
    if !matches!(request.state, State::Failed { .. } | State::Expired { .. }) {
        let text = format!("{} is {}", named(id, cx), request.state.word());
        return Some(format!("{text}: only what failed or expired is tried again").into());
    }
    let newer = cx.request_for(&request.session).is_some();
    newer.then(|| format!("The bot of {} has asked again since", named(id, cx)).into())
}

fn refuses_any(cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = cx.refuses_acts("answers no bot") {
        return Some(refusal);
    }
    let trouble = cx.pulse.audit_trouble.as_ref()?;
    let reason = format!("No bot is answered while the audit log can't be written: {trouble}");
    Some(reason.into())
}

fn refuses_leaving(id: &RequestId, cx: &Ctx) -> Option<Refusal> {
    let leaving = cx.request(id).is_some_and(|request| is_leaving(request, cx));
    leaving.then(|| format!("{} is already being handed off", named(id, cx)).into())
}

/// Why one of [`ACTS`] can't be done now.
pub fn refuses(action: Action, id: &RequestId, cx: &Ctx) -> Option<Refusal> {
    match action {
        DEFER | Action::Decline => refuses_answer(id, cx),
        Action::Replay => refuses_replay(id, cx),
        _ => refuses_taking(id, cx).or_else(|| {
            let session = cx.request(id).map(|request| &request.session);
            gate::refuses_way(action, session, cx)
        }),
    }
}

/// The first step of one of [`ACTS`]. Each needs a second.
pub fn act(action: Action, request: &Request) -> Outcome {
    let (id, session) = (request.id.clone(), request.session.clone());
    Outcome::Open(match action {
        DEFER => Opening::Defer(id),
        Action::Decline => Opening::Decline(id),
        Action::Replay => Opening::Question(About::Replay(id)),
        Action::HandoffAgent => Opening::PickAgent(session, None),
        Action::HandoffQueue => Opening::PickQueue(session, request.queue.clone()),
        _ => return Outcome::Seek(session),
    })
}

/// Whom a request is for.
pub fn named(id: &RequestId, cx: &Ctx) -> Plain {
    cx.request(id).map_or_else(|| "The request".into(), |request| guest(request, cx))
}

/// One line on whom a request is for and how it stands.
pub fn about(request: &Request, cx: &Ctx) -> Line {
    let mut state = String::new();
    let role = standing(request, cx, &mut state);
    let age = clock::short(seconds_since(request.since, cx.now));
    let line = Line::of(Role::Strong, guest(request, cx).as_str())
        .and(Role::Text, "  ")
        .and(role, state)
        .and(Role::Quiet, format!("  for {age}"));
    match &request.queue {
        Some(queue) => {
            line.and(Role::Quiet, "  wanted in ").and(Role::Text, cx.queue_name(queue).as_str())
        }
        None => line,
    }
}
