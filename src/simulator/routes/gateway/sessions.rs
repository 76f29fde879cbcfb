//! One session, read.

use super::{add_missing, session_wire};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::routes::rest_wire as published;
use crate::simulator::world::World;
use crate::simulator::world::sessions::{Key, Session};

fn unknown(call: &Call) -> Failure {
    let id = call.parameter(0);
    let message = format!("The conversation '{id}' was not found");
    Failure::new(404, "conversation.not.found", message).param("conversationId", id)
}

/// The session that the path names.
pub(super) fn key(call: &Call, world: &World) -> Result<Key, Failure> {
    world.session(call.parameter(0)).ok_or_else(|| unknown(call))
}

pub(super) fn session<'a>(call: &Call, world: &'a World) -> Result<&'a Session, Failure> {
    world.sessions.get(&key(call, world)?).ok_or_else(|| unknown(call))
}

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&session_wire::session(session(call, world)?, world))
}

pub(super) fn one_of_both(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = session(call, world)?;
    let mut conversation = published::conversation(session, world);
    add_missing(&mut conversation, session_wire::session(session, world));
    Answer::ok(&conversation)
}
