//! Guests whom a gateway's client looks after: opening a session for one, its heartbeats, its end.

use axum::http::StatusCode;
use serde_json::Value;

use super::payload::{Fields, text};
use super::session_wire;
use super::sessions::{key, session};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::cast;
use crate::simulator::guest::sender;
use crate::simulator::stamp;
use crate::simulator::world::World;
use crate::simulator::world::beats::Beat;
use crate::simulator::world::origin::{Entrance, Lease, Opening, Origin};

/// So many sessions a client may hold open.
const CONCURRENT_MOST: usize = 500;
const LIMIT_MOST: u64 = 2700;
const CAPABILITIES: [&str; 2] = ["typing-indicator", "read-receipts"];

/// Opens a session; the id is the client's own choice.
pub(super) fn open(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let opening = read(&body, world)?;
    if world.session(&opening.id).is_some() {
        let message = format!("The conversation '{}' exists already", opening.id);
        return Err(Failure::new(409, "conversation.exists", message));
    }
    let held = world.leased();
    if held >= CONCURRENT_MOST {
        let message = format!("Concurrent sessions ({held}) reached maximum ({CONCURRENT_MOST})");
        let refused = Failure::new(429, "session.limit.exceeded", message);
        return Err(Failure { retry_after: Some(1), ..refused });
    }
    let key = world.lease(opening);
    let session = world.sessions.get(&key).ok_or_else(|| Failure::not_found("conversation"))?;
    Answer::with(StatusCode::OK, &session_wire::session(session, world))
}

fn missing(field: &str) -> Failure {
    Failure::new(400, "missing.field", format!("Missing Field: {field} is required"))
}

fn read(body: &Fields, world: &World) -> Result<Opening, Failure> {
    let object = |field: &str| body.get(field).and_then(Value::as_object);
    let id = text(body, "id").and_then(|id| uuid::Uuid::parse_str(id).ok());
    let id = id.ok_or_else(|| Failure::bad_request("'id' must be a UUID"))?;
    let from = object("from");
    let guest = from.and_then(|from| text(from, "id"));
    let guest = guest.ok_or_else(|| missing("Guest ID token in from.id"))?.to_owned();
    if text(body, "type") != Some("messaging") {
        return Err(Failure::bad_request("'type' must be 'messaging'"));
    }
    if text(body, "channelAddress") != Some("web") {
        return Err(Failure::bad_request("'channelAddress' must be 'web'"));
    }
    let context = object("context").ok_or_else(|| missing("context"))?;
    let metadata = object("metadata").ok_or_else(|| missing("metadata"))?;
    if text(metadata, "guestIdToken").is_some_and(|token| token != guest) {
        return Err(Failure::bad_request("'metadata.guestIdToken' is not the guest of 'from.id'"));
    }
    let lease = Lease::asked(guest, limit(metadata)?, capable(context)?, metadata);
    Ok(Opening {
        id: id.to_string(),
        name: from.and_then(|from| text(from, "name")).unwrap_or("Guest").to_owned(),
        language: language(context, world),
        entrance: entrance(body, world)?,
        origin: Origin::Gateway(lease),
    })
}

fn limit(metadata: &Fields) -> Result<u32, Failure> {
    let given = metadata.get("sessionDurationLimit").and_then(Value::as_u64);
    let fits = given.filter(|seconds| (1..=LIMIT_MOST).contains(seconds));
    fits.and_then(|seconds| u32::try_from(seconds).ok()).ok_or_else(|| {
        let message = format!(
            "Constraint Violated: Session duration must be between 1 and {LIMIT_MOST} seconds"
        );
        Failure::new(400, "constraint.violated", message)
    })
}

/// The context, if it promises what the channel needs.
fn capable(context: &Fields) -> Result<&Fields, Failure> {
    let given = context.get("capabilities").and_then(Value::as_array);
    let has = |wanted: &str| given.is_some_and(|given| given.iter().any(|one| one == wanted));
    let lacking: Vec<&str> = CAPABILITIES.into_iter().filter(|wanted| !has(wanted)).collect();
    if lacking.is_empty() {
        return Ok(context);
    }
    let lacking = lacking.join(", ");
    let message = format!("Capability Mismatch: Missing required capabilities: {lacking}");
    Err(Failure::new(400, "capability.mismatch", message))
}

/// The language whose tag the locale is; the first one where it is none of ours.
fn language(context: &Fields, world: &World) -> usize {
    let locale = text(context, "locale").unwrap_or_default();
    let tag = |name: &str| cast::tag(name).eq_ignore_ascii_case(locale);
    world.languages.iter().position(|language| tag(&language.name)).unwrap_or(0)
}

fn entrance(body: &Fields, world: &World) -> Result<Entrance, Failure> {
    let to = body.get("to").and_then(Value::as_array).and_then(|to| to.first());
    let to = to.and_then(Value::as_object).ok_or_else(|| missing("to"))?;
    let id = text(to, "id").ok_or_else(|| missing("to.id"))?;
    let found = match text(to, "type") {
        Some("queue") => world.queue(id).map(Entrance::Queue),
        Some("bot") => world.flows.iter().position(|flow| flow.id == id).map(Entrance::Flow),
        _ => return Err(Failure::bad_request("'to.type' must be 'queue' or 'bot'")),
    };
    found.ok_or_else(|| Failure::bad_request(format!("'{id}' in 'to' was not found")))
}

/// A heartbeat, or the end.
pub(super) fn update(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    let beat = match (body.get("status"), body.get("context").and_then(Value::as_object)) {
        (Some(status), _) if status == "disconnected" => None,
        (Some(status), _) => {
            return Err(Failure::bad_request(format!("The status cannot be set to {status}")));
        }
        (None, Some(context)) => Some(beat(call, context, world)?),
        (None, None) => return Err(Failure::bad_request("'status' or 'context' is required")),
    };
    if session(call, world)?.end.is_some() {
        let message = format!("The conversation '{}' has ended", call.parameter(0));
        return Err(Failure::new(410, "conversation.ended", message));
    }
    match beat {
        Some(beat) => world.beat(key, beat),
        None => world.release_guest(key),
    }
    Answer::ok(&session_wire::session(session(call, world)?, world))
}

fn beat(call: &Call, context: &Fields, world: &World) -> Result<Beat, Failure> {
    let told = text(context, "lastActivityTimestamp").and_then(stamp::read);
    told.ok_or_else(|| {
        Failure::bad_request("'context.lastActivityTimestamp' must be a point in time")
    })?;
    let sequence = context.get("heartbeatSequence").and_then(Value::as_i64);
    let sequence = sequence.ok_or_else(|| {
        Failure::bad_request("'context.heartbeatSequence' must be a whole number")
    })?;
    Ok(Beat { at: world.now, sequence: Some(sequence), increases: false, sender: sender(call) })
}
