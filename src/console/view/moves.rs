//! The moves that would help most now: who is late or will be, and who could take them best.
//!
//! Looked for on every floor, so it must not measure everybody for everybody: the few who are worst off
//! come first, and agents are ranked only for them, until there are enough moves. Those whose handoff a guard
//! would stop come last: on the card one would have to pass it over, and say why.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Ctx, candidates::scorer, gate, limits};
use crate::{
    console::keys::Action,
    domain::{
        agent::Agent,
        id::{AgentId, QueueId, SessionId},
        session::{Session, SessionState},
    },
    policy::{
        lateness::late_in,
        qualification::{Need, Qualification, qualify},
        rank::order_scored,
    },
};

/// Moves that are told.
pub const MOVES: usize = 3;

/// Sessions that agents are ranked for at most.
const TRIED: usize = 8;

/// Sessions that the guards are asked about at most, to find so many whom none stops.
const ASKED: usize = 64;

/// Minutes that a queue's pace is taken from.
const RECENT: usize = 5;

/// One move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who waits.
    pub session: SessionId,
    /// Who ranks best for them, of those whom no other move asks for.
    pub agent: AgentId,
    /// True if a guard would stop it on the card.
    pub stopped: bool,
}

/// The best moves on the floor on the screen, the most urgent first.
pub fn moves(cx: &Ctx) -> Vec<Move> {
    // Nobody is measured who can't pass the gate anyway.
    let ready = |agent: &&Agent| agent.on_queue() == Some(true) && agent.free() != Some(0);
    let ready: Vec<&Agent> = cx.floor.agents.iter().filter(ready).collect();
    let mut moves: Vec<Move> = Vec::with_capacity(MOVES);
    let closed = gate::refuses_any(cx).or_else(|| gate::refuses_way(Action::Best, None, cx));
    if closed.is_some() || ready.is_empty() {
        return moves;
    }
    for (session, stopped) in urgent(cx) {
        let free = ready.iter().filter(|agent| moves.iter().all(|m| m.agent != agent.id));
        if let Some(agent) = best(session, free.copied(), cx) {
            let (session, agent) = (session.id.clone(), agent.id.clone());
            moves.push(Move { session, agent, stopped });
        }
        if moves.len() == MOVES {
            break;
        }
    }
    moves
}

/// Those who are late or will be, the longest wait first, and whether a guard stops them; these come last.
fn urgent(cx: &Ctx) -> Vec<(&Session, bool)> {
    let waits = |session: &&Session| session.state == SessionState::Waiting;
    let waiting = cx.floor.sessions.iter().filter(waits);
    let mut waiting: Vec<(Timestamp, &Session)> =
        waiting.filter_map(|session| Some((session.since?, session))).collect();
    waiting.sort_unstable_by_key(|(since, _)| *since);
    let mut lines: HashMap<Option<&QueueId>, (u32, Option<f64>)> = HashMap::new();
    let (mut urgent, mut stopped) = (Vec::with_capacity(TRIED), Vec::new());
    for (since, session) in waiting {
        let line = lines.entry(session.queue.as_ref());
        let (ahead, pace) = line.or_insert_with(|| (0, pace(session.queue.as_ref(), cx)));
        let waited = cx.elapsed(Some(since)).unwrap_or(0);
        let late = late_in(waited, limits::WAIT.1, *ahead, *pace).is_some();
        *ahead += 1;
        if late && gate::refuses_session(&session.id, cx).is_none() {
            let stops = gate::is_stopped(session, cx);
            if stops { &mut stopped } else { &mut urgent }.push((session, stops));
        }
        if urgent.len() == TRIED || urgent.len() + stopped.len() == ASKED {
            break;
        }
    }
    stopped.truncate(MOVES);
    urgent.extend(stopped);
    urgent
}

/// How a queue's line has moved lately.
fn pace(queue: Option<&QueueId>, cx: &Ctx) -> Option<f64> {
    cx.trends.queue(queue?)?.pace(cx.trends.until(cx.picture()), RECENT)
}

/// Who ranks best of those who pass.
fn best<'a>(
    session: &Session,
    agents: impl Iterator<Item = &'a Agent>,
    cx: &Ctx,
) -> Option<&'a Agent> {
    let session = &*cx.as_asked(session);
    let (need, scorer) = (Need::from(session), scorer(session, cx));
    let measured = |agent: &'a Agent| -> Option<(&'a Agent, Qualification, Option<f64>)> {
        let measured = qualify(agent, need, cx.handbook.rules);
        let fits = measured.verdict.passes() && session.agent.as_ref() != Some(&agent.id);
        fits.then(|| (agent, measured, scorer.score(agent, need)))
    };
    let fit = agents.filter_map(measured);
    let best = fit.min_by(|a, b| order_scored((a.0, &a.1, a.2), (b.0, &b.1, b.2)));
    best.map(|(agent, ..)| agent)
}
