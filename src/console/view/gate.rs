//! Whether a handoff may be begun, and whether a confirmed one may still be sent.
//!
//! Right before sending, the engine reads the session again and checks the agent's gate and the
//! queue's state on its newest floor. It is asked here as well because a person who is told at once
//! decides better, and because what is refused here never leaves the console.

use super::{Ctx, Refusal};
use crate::{
    console::keys::Action,
    domain::{
        agent::Agent,
        floor::Floor,
        handoff::{Demands, Target},
        id::SessionId,
        queue::QueueState,
        rights::Act,
        session::{Session, SessionState, Standing},
    },
    engine::Me,
    policy::{
        guard::{Facts, Guard, GuardOutcome, NO_QUEUE, guards, queue_guard, triggered},
        qualification::{Need, qualify},
    },
};

/// Why the session can't be handed off as the floor on the screen shows it.
pub fn refuses_session(id: &SessionId, cx: &Ctx) -> Option<Refusal> {
    refuses_session_on(&cx.floor, id, cx)
}

/// Why nothing at all is handed off from here now.
pub fn refuses_any(cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = cx.refuses_acts("hands nothing off") {
        return Some(refusal);
    }
    if let Some(trouble) = &cx.pulse.audit_trouble {
        let reason =
            format!("Nothing is handed off while the audit log can't be written: {trouble}");
        return Some(reason.into());
    }
    None
}

/// Why an act is not tried: the org would refuse it for want of a right.
pub(super) fn refuses_right(act: Act, cx: &Ctx) -> Option<Refusal> {
    let lacks = cx.pulse.rights.as_ref()?.lacks(act)?;
    let who = match cx.pulse.me {
        Some(Me::Person(_)) => "your own user",
        _ => "the OAuth client",
    };
    Some(format!("Read-only for this: {who} lacks {lacks}").into())
}

/// What giving a session to an agent takes, by where it stands.
fn to_agent(session: &Session, floor: &Floor) -> Act {
    let queue = session.queue.as_ref().and_then(|id| floor.queue(id));
    let by_hand = queue.is_some_and(|queue| queue.manual_assignment);
    if session.state == SessionState::Waiting && by_hand { Act::Assign } else { Act::ToAgent }
}

/// Why what a key begins would end at a right that is missing.
pub fn refuses_way(action: Action, session: Option<&SessionId>, cx: &Ctx) -> Option<Refusal> {
    let session = session.and_then(|id| cx.floor.session(id));
    match (action, session) {
        (Action::HandoffAgent | Action::Best, Some(session)) => {
            refuses_right(to_agent(session, &cx.floor), cx)
        }
        // Of several, some may wait where they can be assigned: both ways have to be closed.
        (Action::HandoffAgent | Action::Best, None) => {
            refuses_right(Act::Assign, cx).and_then(|_| refuses_right(Act::ToAgent, cx))
        }
        (Action::HandoffQueue, session) => {
            let refusal = refuses_right(Act::ToQueue, cx)?;
            // One that waits may be routed otherwise where it is.
            let waits = session.is_none_or(|it| it.state == SessionState::Waiting);
            if waits { refuses_right(Act::Reroute, cx).map(|_| refusal) } else { Some(refusal) }
        }
        _ => None,
    }
}

/// Why the session can't be ended from here now.
pub fn refuses_ending(id: &SessionId, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = cx.refuses_acts("ends no session") {
        return Some(refusal);
    }
    if let Some(refusal) = refuses_right(Act::End, cx) {
        return Some(refusal);
    }
    if let Some(trouble) = &cx.pulse.audit_trouble {
        let reason = format!("Nothing is ended while the audit log can't be written: {trouble}");
        return Some(reason.into());
    }
    let Some(session) = cx.live.session(id) else {
        return Some("The session has ended".into());
    };
    let label = session.label();
    if cx.handoffs.running(id).is_some() {
        return Some(format!("{label} is being handed off").into());
    }
    if cx.kept(id).is_some_and(|kept| kept.ending) {
        return Some(format!("{label} is being ended already").into());
    }
    (session.state == SessionState::Disconnected)
        .then(|| format!("The session of {label} has ended").into())
}

/// What the guards say of a session as its row stands.
pub fn guards_of(session: &Session, cx: &Ctx) -> Vec<Guard> {
    let Session { state, queue, intent, confidence, .. } = session;
    let threshold = cx.handbook.thresholds.of(queue.as_ref(), intent.as_deref());
    // SPEC section 6: what low confidence has triggered is not stopped by low confidence.
    let triggered = triggered(*state, *confidence, threshold);
    guards(Facts::from(session), triggered, &cx.handbook.limits)
}

/// True if a guard would stop its handoff on the card.
pub fn is_stopped(session: &Session, cx: &Ctx) -> bool {
    guards_of(session, cx).iter().any(|guard| guard.outcome == GuardOutcome::Fails)
}

/// Why no session's heartbeat can be kept from here now.
pub fn refuses_keeping(cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = cx.refuses_acts("keeps no session") {
        return Some(refusal);
    }
    cx.pulse.ward.is_none().then(|| "Nobody knows yet who keeps which session".into())
}

/// Why no session can be opened from here.
pub fn refuses_opening(cx: &Ctx) -> Option<Refusal> {
    let shut = cx.withheld.messaging.as_ref();
    let shut = shut.map(|why| format!("No session can be opened here: {why}").into());
    shut.or_else(|| refuses_keeping(cx))
}

fn refuses_session_on(floor: &Floor, id: &SessionId, cx: &Ctx) -> Option<Refusal> {
    if let Some(refusal) = refuses_any(cx) {
        return Some(refusal);
    }
    let Some(session) = floor.session(id) else {
        return Some("The session has ended".into());
    };
    if !id.is_uuid() {
        return Some(format!("Invalid conversation ID format: {id}").into());
    }
    if cx.handoffs.running(id).is_some() {
        return Some(format!("{} is already being handed off", session.label()).into());
    }
    let reason = session.state.refuses_handoff()?;
    Some(format!("{} can't be handed off: {reason}", session.label()).into())
}

/// Why `target` can't be given the session.
pub fn refuses_target(
    floor: &Floor,
    session: &Session,
    target: &Target,
    cx: &Ctx,
) -> Option<Refusal> {
    let act = match target {
        Target::Agent(_) => to_agent(session, floor),
        Target::Queue(_) => Act::ToQueue,
    };
    if let Some(refusal) = refuses_right(act, cx) {
        return Some(refusal);
    }
    match target {
        Target::Agent(id) => match floor.agent(id) {
            Some(agent) => refuses_agent(agent, session, cx),
            None => Some("The agent is no longer on the floor".into()),
        },
        Target::Queue(id) => match floor.queue(id) {
            None => Some(NO_QUEUE.into()),
            Some(queue) if session.standing().waits_in(id) => {
                Some(format!("{} waits in {} already", session.label(), queue.name).into())
            }
            // The engine waits for a place there.
            Some(queue) if queue.state == QueueState::Full => None,
            Some(queue) => queue_guard(queue).err().map(Refusal::from),
        },
    }
}

fn refuses_agent(agent: &Agent, session: &Session, cx: &Ctx) -> Option<Refusal> {
    if session.agent.as_ref() == Some(&agent.id) {
        return Some(format!("{} is with {} already", session.label(), agent.label()).into());
    }
    let verdict = qualify(agent, Need::from(session), cx.handbook.rules).verdict;
    (!verdict.passes()).then(|| format!("{}: {}", agent.label(), verdict.reason()).into())
}

/// The last look before an order is sent, at the newest floor: the session still stands as it did
/// when the card was opened, and the target still takes it.
pub fn refuses_order(
    id: &SessionId,
    seen: &Standing,
    target: &Target,
    demands: &Demands,
    cx: &Ctx,
) -> Option<Refusal> {
    if let Some(refusal) = refuses_session_on(&cx.live, id, cx) {
        return Some(refusal);
    }
    let Some(session) = cx.live.session(id) else {
        return Some("The session has ended".into());
    };
    if session.standing() != *seen {
        let reason = format!("Not sent: {} is now {}", session.label(), standing(session, cx));
        return Some(reason.into());
    }
    if stays(session, target) && demands.routes() {
        return refuses_right(Act::Reroute, cx);
    }
    refuses_target(&cx.live, session, target, cx)
}

/// Whether the session keeps its place in line, and only its routing can change.
pub fn stays(session: &Session, target: &Target) -> bool {
    matches!(target, Target::Queue(id) if session.standing().waits_in(id))
}

/// Who holds a session, in words: `with Ada`, `waiting in Billing`, `bot`.
pub fn standing(session: &Session, cx: &Ctx) -> String {
    let mut words = session.state.word().to_owned();
    if let Some(queue) = &session.queue {
        words.push_str(" in ");
        words.push_str(&cx.queue_name(queue));
    }
    if let Some(agent) = &session.agent {
        words.push_str(", with ");
        words.push_str(&cx.target_name(&Target::Agent(agent.clone())));
    }
    words
}
