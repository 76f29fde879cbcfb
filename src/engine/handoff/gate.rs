//! The guards, the gate and the queue guard, asked before the grace time and again right before a handoff
//! leaves.
//!
//! The console has asked them when the card was confirmed; in the grace time an agent may have gone and a
//! queue may have filled. The newest floor decides.

use super::{Handoff, unsent};
use crate::{
    domain::{
        detail::SessionDetail,
        floor::Floor,
        handoff::{HandoffOrder, Stage, Target},
        queue::QueueState,
        session::{Session, Standing},
    },
    genesys::Genesys,
    policy::{
        Handbook,
        guard::{Facts, Guard, GuardKind, NO_QUEUE, guards, queue_guard, stopping, triggered},
        qualification::{Need, qualify},
    },
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// `Err` if a guard stops the handoff and nobody has overridden it, or if the target does not take
    /// the session now.
    pub(super) fn ask_gate(&mut self, before: &SessionDetail) -> Result<(), Stage> {
        self.ask_door(before).map_err(|shut| match shut {
            Shut::Full(reason) | Shut::Closed(reason) | Shut::Guarded(reason) => unsent(&reason),
            Shut::Refused(stage) => stage,
        })
    }

    /// As [`Self::ask_gate`], with a full queue told apart: there it is worth waiting.
    pub(super) fn ask_door(&mut self, before: &SessionDetail) -> Result<(), Shut> {
        let floor = self.desk.floor.borrow().clone();
        // What the session asks for is told by its row, which also knows what a bot has found out.
        let session = floor.session(&self.order.session).unwrap_or(&before.session);
        self.guards = asked_guards(session, before, self.weighed, &self.desk.handbook);
        if self.order.waiver.is_some() && self.waived.is_none() {
            let failing = || stopping(&self.guards).map(|guard| guard.kind).collect();
            self.waived = Some(self.order.waived.clone().unwrap_or_else(failing));
        }
        if let Some(stopped) = stops(&self.guards, self.waived.as_deref().unwrap_or_default()) {
            return Err(Shut::Guarded(stopped));
        }
        let place = before.session.standing();
        match refuses(&floor, session, &place, &self.order, &self.desk.handbook) {
            Some(reason) => Err(match target_state(&floor, &self.order) {
                Some(QueueState::Full) => Shut::Full(reason),
                // Open, and nobody is free at this moment.
                Some(QueueState::Paused | QueueState::Unstaffed | QueueState::Open) => {
                    Shut::Closed(reason)
                }
                _ => Shut::Refused(unsent(&reason)),
            }),
            None => Ok(()),
        }
    }
}

/// Why a handoff can't go on now.
pub(super) enum Shut {
    /// The queue is full: that passes.
    Full(String),
    /// The queue takes nobody now: that passes too, but nobody knows when.
    Closed(String),
    /// A guard stops it: a person may override that.
    Guarded(String),
    /// For good.
    Refused(Stage),
}

fn target_state(floor: &Floor, order: &HandoffOrder) -> Option<QueueState> {
    let Target::Queue(id) = &order.target else { return None };
    floor.queue(id).map(|queue| queue.state)
}

/// The guards, of whatever is known of the session here or there.
fn asked_guards(
    row: &Session,
    before: &SessionDetail,
    weighed: Facts,
    handbook: &Handbook,
) -> Vec<Guard> {
    let seen = &before.session;
    let threshold = handbook.thresholds.of(
        row.queue.as_ref().or(seen.queue.as_ref()),
        row.intent.as_deref().or(seen.intent.as_deref()),
    );
    let (row, read) = (Facts::from(row), Facts::from(seen));
    let facts = Facts {
        depth: row.depth.max(read.depth).max(weighed.depth),
        confidence: row.confidence.or(read.confidence),
        sentiment: read.sentiment.or(weighed.sentiment).or(row.sentiment),
    };
    guards(facts, triggered(seen.state, facts.confidence, threshold), &handbook.limits)
}

/// Why the guards stop it, if they do: those of whom nobody has said that they may fail.
fn stops(guards: &[Guard], waived: &[GuardKind]) -> Option<String> {
    let stopping = stopping(guards).filter(|guard| !waived.contains(&guard.kind));
    let says: Vec<&str> = stopping.map(|guard| guard.says.as_str()).collect();
    (!says.is_empty()).then(|| format!("{}; it takes an override with a reason", says.join("; ")))
}

fn refuses(
    floor: &Floor,
    session: &Session,
    place: &Standing,
    order: &HandoffOrder,
    handbook: &Handbook,
) -> Option<String> {
    match &order.target {
        Target::Agent(id) => {
            let Some(agent) = floor.agent(id) else {
                return Some("the agent is no member of any queue now".into());
            };
            let demands = &order.demands;
            let skills = [session.skills.as_slice(), demands.skills.as_slice()].concat();
            let language = demands.language.as_ref().or(session.language.as_ref());
            let verdict =
                qualify(agent, Need { skills: &skills, language }, handbook.rules).verdict;
            (!verdict.passes()).then(|| verdict.reason())
        }
        Target::Queue(id) => match floor.queue(id) {
            // It has its place there already and only the routing changes: that a queue takes nobody
            // else is no reason to leave who waits in it as they are.
            Some(queue) if place.waits_in(id) && order.demands.routes() => {
                (queue.state == QueueState::Missing).then(|| NO_QUEUE.into())
            }
            Some(queue) => queue_guard(queue).err(),
            None => Some(NO_QUEUE.into()),
        },
    }
}
