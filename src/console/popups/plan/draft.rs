//! Making a plan: which session goes where, the longest waiting first.

use std::collections::HashMap;

use super::row::{Row, circumstances, rank_of, refuses_guard};
use crate::{
    console::view::{Aim, Ctx, gate, words},
    domain::{
        agent::Agent,
        handoff::Target,
        id::{AgentId, SessionId},
        session::Session,
    },
    policy::distribution::{Pending, Placed, distribute},
};

/// The rows of a plan for these sessions.
pub fn draft(ids: &[SessionId], aim: &Aim, cx: &Ctx) -> Vec<Row> {
    let mut sessions: Vec<&Session> = ids.iter().filter_map(|id| cx.floor.session(id)).collect();
    sessions.sort_by_key(|session| {
        let urgency = words::urgency(session.state);
        (urgency, session.since.is_none(), session.since, session.id.clone())
    });
    // What is not sent anyway must take nobody's place.
    let sent = |session: &&Session| {
        gate::refuses_session(&session.id, cx).is_none() && refuses_guard(session, cx).is_none()
    };
    let free: Vec<&Session> = sessions.iter().copied().filter(sent).collect();
    let placed = match aim {
        Aim::Best => best(&free, cx),
        Aim::To(Target::Agent(id)) => one_agent(&free, id, cx),
        Aim::To(target) => free.iter().map(|session| one_queue(session, target, cx)).collect(),
    };
    // One for each that is sent, in the same order.
    let mut placed: HashMap<&SessionId, Placing> =
        free.iter().map(|session| &session.id).zip(placed).collect();
    let row = |session: &&Session| {
        let mut row = Row::new(session);
        match placed.remove(&session.id) {
            Some(Ok((target, rank))) => row.aim(target, rank),
            Some(Err(why)) => row.leave(why),
            None => {}
        }
        row
    };
    sessions.iter().map(row).collect()
}

/// A target with its rank, or why there is none.
type Placing = Result<(Target, Option<f64>), String>;

fn best(sessions: &[&Session], cx: &Ctx) -> Vec<Placing> {
    let pending: Vec<Pending<'_>> =
        sessions.iter().map(|session| Pending::from(*session)).collect();
    let (book, agents) = (&cx.handbook, &cx.live.agents);
    let placed = distribute(&pending, agents, &circumstances(cx), &book.weights, book.rules);
    let placing = |placed: Placed| match placed.agent {
        Some(agent) => Ok((Target::Agent(agent), placed.score)),
        None => Err(placed.why_not.unwrap_or_else(|| "there is nobody for it".into())),
    };
    placed.into_iter().map(placing).collect()
}

/// As many as the agent has places for.
fn one_agent(sessions: &[&Session], id: &AgentId, cx: &Ctx) -> Vec<Placing> {
    let target = Target::Agent(id.clone());
    let agent = cx.live.agent(id);
    let mut left = agent.map_or(0, places);
    let mut place = |session: &Session| {
        if let Some(refusal) = gate::refuses_target(&cx.live, session, &target, cx) {
            return Err(refusal.0.into_owned());
        }
        let Some(agent) = agent.filter(|_| left > 0) else {
            return Err(format!("{} is full by then", cx.target_name(&target)));
        };
        left -= 1;
        Ok((target.clone(), rank_of(agent, session, cx)))
    };
    sessions.iter().map(|session| place(session)).collect()
}

fn one_queue(session: &Session, target: &Target, cx: &Ctx) -> Placing {
    match gate::refuses_target(&cx.live, session, target, cx) {
        Some(refusal) => Err(refusal.0.into_owned()),
        None => Ok((target.clone(), None)),
    }
}

/// Sessions that a plan may give an agent; one, where nobody knows how many there is room for.
pub fn places(agent: &Agent) -> u32 {
    agent.free().unwrap_or_else(|| agent.capacity.map_or(1, |capacity| capacity.min(1)))
}
