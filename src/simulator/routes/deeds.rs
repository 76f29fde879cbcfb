//! What a supervisor does in a conversation themselves: listens in, stops that, writes to the customer. A
//! client-credentials token has no user who could.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::conversations::key;
use super::messages;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::supervisors::{Barred, Done};

/// The most characters of a text.
const TEXT_MOST: usize = 2000;

/// Whose token it is.
fn caller(call: &Call, world: &World) -> Result<usize, Failure> {
    world.signed_in(call.person).ok_or_else(|| {
        Failure::new(403, "not.authorized", "This operation requires a user context")
    })
}

pub(super) fn monitor(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let who = caller(call, world)?;
    world.monitor(key, call.parameter(1), who).map_err(barred)?;
    Ok(Answer { status: StatusCode::CREATED, body: Vec::new() })
}

/// Only `disconnected` can be asked for here.
pub(super) fn leave(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let who = caller(call, world)?;
    let body = call.object()?;
    match body.get("state").and_then(Value::as_str) {
        Some("disconnected") => world.leave(key, call.parameter(1), who).map_err(barred)?,
        Some(state) => {
            return Err(Failure::bad_request(format!("The state cannot be set to '{state}'")));
        }
        None => return Err(Failure::bad_request("'state' is required")),
    }
    Ok(Answer::accepted())
}

pub(super) fn say(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let who = caller(call, world)?;
    let body = call.object()?;
    let text = body.get("textBody").and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::bad_request("'textBody' is required"));
    }
    if text.chars().count() > TEXT_MOST {
        return Err(Failure::bad_request(format!(
            "'textBody' must have at most {TEXT_MOST} characters"
        )));
    }
    let id = world.say(key, call.parameter(1), who, text.to_owned()).map_err(barred)?;
    let session = world.sessions.get(&key).ok_or_else(|| Failure::not_found("conversation"))?;
    let said = session.utterances.iter().rev().find(|said| said.id == id);
    let said = said.ok_or_else(|| Failure::not_found("message"))?;
    Answer::ok(&messages::message(session, said, world))
}

fn barred(why: Barred) -> Failure {
    let (status, code, message) = match why {
        Barred::NoSuchParticipant => {
            (404, "conversation.error.participant.not.found", "The participant was not found")
        }
        Barred::NoSuchCommunication => (404, "not.found", "The communication was not found"),
        Barred::NotServing => (400, "bad.request", "Only a connected agent can be monitored"),
        Barred::Taken => {
            (409, "conversation.error.conflict", "The conversation is already being monitored")
        }
        Barred::NotAvailable => {
            (400, "bad.request", "The user must be available to monitor a conversation")
        }
        Barred::NotTheirs => (
            403,
            "conversation.error.forbidden.not.active.participant",
            "The user is not the connected agent of this communication",
        ),
        Barred::Gone => (400, "bad.request", "The participant has left the conversation"),
    };
    Failure::new(status, code, message)
}

/// As the witness tells it.
pub(super) fn row(done: &Done) -> Value {
    json!({
        "at": Stamp(done.at), "conversation": done.conversation, "operation": done.operation, "user": done.user,
        "participant": done.participant, "message": done.message,
    })
}
