//! One conversation: read it, end it, tag it, write attributes on a participant.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::rest_wire;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::world::World;
use crate::simulator::world::participants::Disconnect;
use crate::simulator::world::sessions::{Key, Session};

/// The conversation that the path names.
pub(super) fn key(call: &Call, world: &World) -> Result<Key, Failure> {
    world.session(call.parameter(0)).ok_or_else(|| {
        let message = format!("The conversation '{}' was not found", call.parameter(0));
        Failure::new(404, "conversation.error.conversation.not.found", message)
            .param("conversationId", call.parameter(0))
    })
}

pub(super) fn session<'a>(call: &Call, world: &'a World) -> Result<&'a Session, Failure> {
    let key = key(call, world)?;
    world.sessions.get(&key).ok_or_else(|| Failure::not_found("conversation"))
}

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&rest_wire::conversation(session(call, world)?, world))
}

pub(super) fn message(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&rest_wire::message_conversation(session(call, world)?, world))
}

/// Only `disconnected` can be asked for here.
pub(super) fn update(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    match body.get("state").and_then(Value::as_str) {
        Some("disconnected") => world.close(key, Disconnect::Peer, Disconnect::Client),
        Some(state) => {
            return Err(Failure::bad_request(format!("The state cannot be set to '{state}'")));
        }
        None => return Err(Failure::bad_request("'state' is required")),
    }
    one(call, world)
}

pub(super) fn disconnect(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    world.close(key, Disconnect::System, Disconnect::System);
    Answer::with(StatusCode::ACCEPTED, &"Accepted")
}

pub(super) fn tag(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    let tag = body
        .get("externalTag")
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::bad_request("'externalTag' is required"))?;
    if let Some(session) = world.sessions.get_mut(&key) {
        session.tag = Some(tag.to_owned());
    }
    Answer::with(StatusCode::ACCEPTED, &"Accepted")
}

pub(super) fn attributes(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    merge(call, world)?;
    Ok(Answer::accepted())
}

pub(super) fn message_attributes(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let attributes = merge(call, world)?;
    Answer::with(StatusCode::ACCEPTED, &json!({"attributes": attributes}))
}

/// Adds to a participant's attributes; keys that are not named stay.
fn merge(call: &Call, world: &mut World) -> Result<Value, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    let given = body
        .get("attributes")
        .and_then(Value::as_object)
        .ok_or_else(|| Failure::bad_request("'attributes' is required"))?;
    let now = world.now;
    let session = world.sessions.get_mut(&key).ok_or_else(|| Failure::not_found("conversation"))?;
    let party = session.participants.iter_mut().find(|party| party.id == call.parameter(1));
    let party = party.ok_or_else(|| Failure::not_found("participant"))?;
    let mut texts = Vec::new();
    for (name, value) in given {
        let text = value.as_str().ok_or_else(|| {
            Failure::bad_request(format!("The attribute '{name}' must be a string"))
        })?;
        texts.push((name.clone(), text.to_owned()));
    }
    party.attributes.extend(texts);
    let merged = json!(party.attributes);
    session.changed = now;
    Ok(merged)
}
