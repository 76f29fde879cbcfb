//! What the signed-in person does in sessions themselves: what runs, who listens in where, and why a key is off.

use std::collections::HashMap;

use super::{Ctx, Refusal, gate};
use crate::{
    console::{keys::Action, theme::Role, widgets::prose::Line},
    domain::{
        agent::Agent,
        deed::{DeedKind, DeedNews},
        detail::SessionDetail,
        handoff::Target,
        id::{AgentId, DeedId, SessionId},
        rights::Act,
        session::{Session, SessionState},
        text::Plain,
    },
    engine::Me,
    policy::deed::serving,
};

/// The deeds that run, one a session.
#[derive(Debug, Default)]
pub struct Deeds(HashMap<SessionId, DeedNews>);

impl Deeds {
    /// Takes news in. What has ended is forgotten.
    pub fn observe(&mut self, news: DeedNews) {
        match news.stage.is_final() {
            true => self.forget(&news.order.id),
            false => drop(self.0.insert(news.order.session.clone(), news)),
        }
    }

    /// Forgets an order.
    pub fn forget(&mut self, id: &DeedId) {
        self.0.retain(|_, news| news.order.id != *id);
    }

    /// How many run.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What runs in a session.
    pub fn running(&self, session: &SessionId) -> Option<&DeedNews> {
        self.0.get(session)
    }
}

/// Who listens in on a session's agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Whoever is signed in here.
    Me,
    /// Another supervisor.
    Other(Plain),
}

/// Who is signed in here, if a person is.
pub fn me(cx: &Ctx) -> Option<AgentId> {
    match &cx.pulse.me {
        Some(Me::Person(account)) => Some(account.id.as_str().into()),
        _ => None,
    }
}

/// Their name.
pub fn my_name(cx: &Ctx) -> Plain {
    match &cx.pulse.me {
        Some(Me::Person(account)) => account.label().clone(),
        _ => "you".into(),
    }
}

/// Who listens in.
pub fn listener(session: &Session, cx: &Ctx) -> Option<Listener> {
    let who = session.monitor.as_ref()?;
    if me(cx).as_ref() == Some(who) {
        return Some(Listener::Me);
    }
    let known = cx.live.agent(who).map(Agent::label);
    Some(Listener::Other(known.unwrap_or_else(|| who.short().into())))
}

/// The sessions that whoever is signed in here listens in on.
pub fn monitored(cx: &Ctx) -> impl Iterator<Item = &Session> {
    cx.live.sessions.iter().filter(|session| listener(session, cx) == Some(Listener::Me))
}

/// True while leaving the console would leave something of it behind.
pub fn goes_on(cx: &Ctx) -> bool {
    cx.deeds.count() > 0 || monitored(cx).next().is_some()
}

/// What stands on a session's row: a shape and words beside the look.
pub fn badge(session: &Session, cx: &Ctx, out: &mut String) -> Option<Role> {
    if let Some(news) = cx.deeds.running(&session.id) {
        out.push_str(match news.order.deed.kind() {
            DeedKind::Monitor => "◌ listening in",
            DeedKind::Leave => "◌ leaving",
            DeedKind::Say => "◌ sending",
        });
        return Some(Role::Accent);
    }
    match listener(session, cx)? {
        Listener::Me => {
            out.push_str("◉ you monitor");
            Some(Role::Accent)
        }
        Listener::Other(_) => {
            out.push_str("◎ monitored");
            Some(Role::Quiet)
        }
    }
}

/// Who listens in, for a closer look.
pub fn line(session: &Session, cx: &Ctx) -> Option<Line> {
    let key = cx.keymap.hint(Action::Monitor);
    Some(match listener(session, cx)? {
        Listener::Me => Line::field("monitored", Role::Accent, "◉ by you")
            .and(Role::Quiet, format!("  {key} leaves")),
        Listener::Other(who) => Line::field("monitored", Role::Text, format!("◎ by {who}")),
    })
}

/// Why nothing is done as a person now; `nothing` says what is not done, `act` what it takes.
fn refuses_person(nothing: &str, act: Act, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = cx.refuses_acts(nothing) {
        return Some(refusal);
    }
    let why: Refusal = match &cx.pulse.me {
        Some(Me::Person(_)) => {
            return gate::refuses_right(act, cx).or_else(|| {
                let trouble = cx.pulse.audit_trouble.as_ref()?;
                let text =
                    format!("Nothing is done while the audit log can't be written: {trouble}");
                Some(text.into())
            });
        }
        Some(Me::Client) => {
            let login = match cx.named {
                true => format!("floorwalker login --context {}", cx.context),
                false => "floorwalker login".into(),
            };
            format!("Only a person can: {login}, with sign_in = \"person\"").into()
        }
        Some(Me::Gateway) => {
            "A messaging gateway has no route for it: do it in Genesys Cloud".into()
        }
        None => "Nobody knows yet as whom things are done here".into(),
    };
    Some(why)
}

/// A session in which something can be done now, by its newest floor.
fn there<'c>(id: &SessionId, cx: &'c Ctx) -> Result<&'c Session, Refusal> {
    let ended = || Refusal::from("The session has ended");
    let session = cx.live.session(id).ok_or_else(ended)?;
    let label = session.label();
    if cx.handoffs.running(id).is_some() {
        return Err(format!("{label} is being handed off").into());
    }
    if cx.deeds.running(id).is_some() {
        return Err(format!("What you asked for {label} is still on its way").into());
    }
    if session.state == SessionState::Disconnected { Err(ended()) } else { Ok(session) }
}

/// Why a session can't be listened in on from here, or left, whichever its key would do.
pub fn refuses_monitoring(id: &SessionId, cx: &Ctx) -> Option<Refusal> {
    let leaves = cx.live.session(id).and_then(|it| listener(it, cx)) == Some(Listener::Me);
    let act = if leaves { Act::Leave } else { Act::Monitor };
    if let Some(refusal) = refuses_person("monitors nobody", act, cx) {
        return Some(refusal);
    }
    let session = match there(id, cx) {
        Ok(session) => session,
        Err(refusal) => return Some(refusal),
    };
    let label = session.label();
    match (listener(session, cx), &session.agent) {
        (Some(Listener::Me), _) => None,
        (Some(Listener::Other(who)), _) => Some(
            format!("{who} monitors {label} already: only one supervisor can at a time").into(),
        ),
        (None, Some(agent)) if me(cx).as_ref() == Some(agent) => {
            Some(format!("You are the agent of {label} yourself").into())
        }
        (None, Some(_)) if session.state == SessionState::Connected => None,
        (None, _) => {
            let standing = gate::standing(session, cx);
            Some(format!("Only what an agent has can be monitored: {label} is {standing}").into())
        }
    }
}

/// Why nothing can be written to a session's customer from here. `known` is what was read of it last.
pub fn refuses_writing(id: &SessionId, known: Option<&SessionDetail>, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = refuses_person("writes to nobody", Act::Say, cx) {
        return Some(refusal);
    }
    let session = match there(id, cx) {
        Ok(session) => session,
        Err(refusal) => return Some(refusal),
    };
    let me = me(cx)?;
    let Some(known) = known else { return Some("It is still being read: try again".into()) };
    if serving(&me, known).is_some() && session.agent.as_ref() == Some(&me) {
        return None;
    }
    // Who it is comes first: a narrow screen cuts the end.
    let who = match &session.agent {
        Some(agent) if *agent != me => {
            format!("with {}", cx.target_name(&Target::Agent(agent.clone())))
        }
        _ => gate::standing(session, cx),
    };
    Some(format!("Only its agent writes, and that is not you: {who}").into())
}
