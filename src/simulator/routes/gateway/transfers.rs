//! The four ways to hand a session over. What they check is `payload`'s, the course of a move the world's:
//! an answer says that a transfer began, not how it ends.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::payload::{Action, Handoff, RoutingMetadata, participant_transfer};
use super::session_wire;
use super::sessions::{key, session};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::reroutes::Change;
use crate::simulator::world::sessions::{Brought, Key, Stage};
use crate::simulator::world::transfers::{Refusal, Target};

/// To an agent or a queue, with history and summary.
pub(super) fn handoff(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let handoff = Handoff::read(&call.object()?, world)?;
    let context = json!({
        "historySize": handoff.history_size, "summary": handoff.summary, "reason": handoff.reason,
    });
    hand_over(world, key, handoff.target, "gateway/transfer", Some(context))?;
    Answer::ok(&json!({
        "id": session(call, world)?.id, "transferTo": handoff.to, "historySize": handoff.history_size,
        "state": "transferred", "timestamp": Stamp(world.now),
    }))
}

/// To a queue that takes more, with the guest and the bot's attributes.
pub(super) fn action(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let action = Action::read(&call.object()?)?;
    let session = session(call, world)?;
    if action.guest_id != session_wire::guest_id(session) {
        return Err(Failure::new(
            403,
            "guest.identity.mismatch",
            "Guest identity mismatch: guestInfo.id is not the guest of this conversation.",
        ));
    }
    if session.is_moving() {
        return Err(refusal(Refusal::AlreadyMoving));
    }
    let open = world.queue(&action.queue).filter(|queue| world.takes_more(*queue));
    let queue = open.ok_or_else(forbidden)?;
    let context = json!({"customAttributes": action.attributes, "guestInfo": action.guest});
    hand_over(world, key, Target::Queue(queue), "gateway/actions/transfer", Some(context))?;
    let Some(session) = world.sessions.get_mut(&key) else {
        return Err(refusal(Refusal::NoSuchConversation));
    };
    session.brought = Some(Brought { guest: action.guest, attributes: action.attributes });
    let transfer = session.transfers.last().map(|transfer| &transfer.id);
    Answer::ok(
        &json!({"conversationId": session.id, "transferId": transfer, "status": "initiated"}),
    )
}

fn forbidden() -> Failure {
    Failure::new(
        403,
        "transfer.forbidden",
        "Transfer forbidden: queue unavailable or routing configuration mismatch.",
    )
}

/// To a queue with skills; who waits there already stays in line and is only looked at anew.
pub(super) fn routing_metadata(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let wanted = RoutingMetadata::read(&call.object()?, world)?;
    let current = session(call, world)?;
    if current.is_moving() {
        return Err(refusal(Refusal::AlreadyMoving));
    }
    let skills = wanted.skills.iter().map(|(skill, _)| *skill).collect();
    let weights: BTreeMap<usize, i64> =
        wanted.skills.iter().filter_map(|(skill, weight)| Some((*skill, (*weight)?))).collect();
    if current.stage == Stage::Waiting && current.queue == Some(wanted.queue) {
        let change =
            Change { priority: Some(wanted.priority()), skills: Some(skills), language: None };
        world.reroute(key, change).map_err(refusal)?;
    } else {
        hand_over(world, key, Target::Queue(wanted.queue), "gateway/routing-metadata", None)?;
        if let Some(session) = world.sessions.get_mut(&key) {
            (session.skills, session.priority) = (skills, wanted.priority());
        }
    }
    if let Some(session) = world.sessions.get_mut(&key) {
        session.weights = weights;
    }
    Answer::ok(&session_wire::session(session(call, world)?, world))
}

/// To a queue, by the participant who is to be replaced.
pub(super) fn by_participant(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let queue = participant_transfer(&call.json()?, world)?;
    let participant = call.parameter(1);
    world
        .replace(key, participant, Target::Queue(queue), "gateway/participant-transfer")
        .map_err(refusal)?;
    Answer::ok(&json!({
        "id": session(call, world)?.id, "participantId": participant, "queueId": world.queues[queue].id,
        "status": "initiated",
    }))
}

/// Replaces whoever serves the guest now, and notes down what was sent besides.
fn hand_over(
    world: &mut World,
    key: Key,
    target: Target,
    operation: &'static str,
    context: Option<Value>,
) -> Result<(), Failure> {
    let session = world.sessions.get(&key).ok_or(refusal(Refusal::NoSuchConversation))?;
    let serving = session.holder().id.clone();
    world.replace(key, &serving, target, operation).map_err(refusal)?;
    if let Some(handoff) = world.handoffs.last_mut() {
        handoff.context = context;
    }
    Ok(())
}

fn refusal(refusal: Refusal) -> Failure {
    let (status, code, message) = match refusal {
        Refusal::NoSuchConversation => {
            (404, "conversation.not.found", "The conversation was not found")
        }
        Refusal::NoSuchParticipant => {
            (404, "participant.not.found", "The participant was not found")
        }
        Refusal::AlreadyMoving => (
            409,
            "conversation.transferring",
            "Conversation already in transfer state. Preventing duplicate handoff.",
        ),
        Refusal::NotConnected | Refusal::NotServing => (
            400,
            "participant.not.active",
            "Only a participant who serves the guest now can be transferred",
        ),
        Refusal::SameParty => {
            (400, "transfer.same.party", "The conversation is already with this party")
        }
        Refusal::NotWaiting | Refusal::NoManualAssignment => {
            (400, "conversation.not.waiting", "The conversation is not waiting in a queue")
        }
    };
    Failure::new(status, code, message)
}
