//! A session as the gateway writes it. The published API has three other forms of it.

use serde_json::{Value, json};

use crate::simulator::call::tidy;
use crate::simulator::cast::tag;
use crate::simulator::routes::rest_wire;
use crate::simulator::stamp::{Millis, Stamp};
use crate::simulator::world::World;
use crate::simulator::world::participants::{Participant, Purpose};
use crate::simulator::world::sessions::{Session, Stage};
use crate::simulator::world::transfers::Target;

pub(super) fn session(session: &Session, world: &World) -> Value {
    let participants: Vec<Value> =
        session.participants.iter().map(|party| participant(session, party, world)).collect();
    let (state, since) = standing(session);
    let lease = session.origin.lease();
    let mut value = tidy(json!({
        "id": session.id, "type": "messaging", "state": state, "startTime": Stamp(session.start), "stateTime": Stamp(since),
        "from": {"id": guest_id(session), "name": session.guest, "type": "user"}, "channelAddress": "web",
        "context": context(session, world), "metadata": lease.map(|lease| &lease.metadata),
        "participants": participants, "routingMetadata": routing_metadata(session, world),
        "intent": {"intent": world.cast.floor.intent[session.intent].name, "confidence": session.confidence},
        "sentiment": sentiment(session),
    }));
    // What was sent goes back as it came, nulls and all.
    let brought = session.brought.as_ref();
    value["customAttributes"] =
        brought.map_or_else(|| json!({}), |brought| brought.attributes.clone());
    value["guestInfo"] =
        brought.map_or_else(|| guest_info(session), |brought| brought.guest.clone());
    value
}

/// The state, and since when. A session that rings at a handoff's target is past the transfer.
fn standing(session: &Session) -> (&'static str, Millis) {
    let state = match session.stage {
        Stage::Closed => "disconnected",
        Stage::Alerting => "alerting",
        _ if session.is_moving() => {
            let issued = session.transfers.last().map_or(session.since, |transfer| transfer.issued);
            return ("transferring", issued);
        }
        Stage::Bot => "bot",
        Stage::Waiting => "queued",
        Stage::Connected => "connected",
        Stage::Parked => "parked",
    };
    (state, session.since)
}

/// What the gateway knows the guest by.
pub(super) fn guest_id(session: &Session) -> String {
    let known = session.origin.lease().map(|lease| lease.guest.clone());
    known.unwrap_or_else(|| format!("guest-{}", session.address))
}

/// What a client said when it opened the session, or what the floor knows.
fn context(session: &Session, world: &World) -> Value {
    let given = session.origin.lease().map(|lease| lease.context.clone());
    given.unwrap_or_else(|| json!({"locale": tag(&world.languages[session.language].name)}))
}

fn guest_info(session: &Session) -> Value {
    let mailbox = session.address.split('-').next().unwrap_or_default();
    json!({
        "id": guest_id(session), "name": session.guest, "email": format!("guest-{mailbox}@example.com"),
    })
}

/// On a scale from 0 to 1, and as a text: clients of gateways meet both.
fn sentiment(session: &Session) -> String {
    format!("{:.2}", f64::midpoint(session.sentiment, 1.0))
}

/// The queue it is in or on its way to, and what is looked for.
pub(super) fn routing_metadata(session: &Session, world: &World) -> Value {
    let queue = match session.bound_for() {
        Some(Target::Queue(queue)) => Some(queue),
        Some(Target::Agent(_)) | None => session.queue,
    };
    let skill = |skill: &usize| {
        let priority = session.weights.get(skill).copied().unwrap_or(1);
        json!({"id": world.skills[*skill].id, "priority": priority})
    };
    let skills: Vec<Value> = session.skills.iter().map(skill).collect();
    json!({"queue": queue.map(|queue| json!({"id": world.queues[queue].id})), "skills": skills})
}

fn participant(session: &Session, party: &Participant, world: &World) -> Value {
    json!({
        "id": party.id, "purpose": purpose(party.purpose), "state": party.state.name(),
        "name": rest_wire::name(session, party, world), "userId": party.agent.map(|agent| &world.agents[agent].id),
        "queueId": party.queue.map(|queue| &world.queues[queue].id), "startTime": Stamp(party.start),
        "connectedTime": party.connected.map(Stamp), "endTime": party.end.map(Stamp),
        "disconnectType": party.disconnect.map(|disconnect| disconnect.rest()),
    })
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Bot => "bot",
        other => other.name(),
    }
}
