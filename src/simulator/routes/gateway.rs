//! The gateway dialect: the routes of a messaging gateway that an organisation runs in front of its contact
//! centre, with the scopes they ask for. Not the published API, whose shapes these do not have.
//!
//! One file per family: `queues`, `people`, `sessions` (how a session reads, in `session_wire`), `guests` (whom
//! a client looks after), `events`, `transfers` (the four ways to hand over, with what they check in `payload`), `reports`.

mod events;
mod guests;
mod payload;
mod people;
mod queues;
mod reports;
mod session_wire;
mod sessions;
mod transfers;

use serde_json::json;

use super::Rule::{All, Any, Nothing};
use super::{Route, route};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::options::Permissions;
use crate::simulator::world::World;

/// The token route that a gateway has beside the usual one.
pub(super) const TOKEN_PATH: &str = "/api/v2/oauth/token";
pub(super) const TOKEN: &str = "POST /api/v2/oauth/token";

const QUEUE_READ: &[&str] = &["routing:queue:read", "routing:queue:view"];
const MEMBERS: &[&str] = &["routing:agent:read", "routing:agent:view"];
const AGENT_READ: &[&str] = &["routing:agent:read"];
const VIEW: &[&str] = &["conversation:view"];
const SESSION_READ: &[&str] = &["conversation:messaging:read"];
const SESSION_WRITE: &[&str] = &["conversation:messaging:write", "routing:conversation:write"];
const GUEST: &[&str] = &["conversation:write", "webchat:write"];
const HAND_OVER: &[&str] = &["messaging:conversation:transfer"];
const WEBCHAT: &[&str] = &["webchat:transfer", "conversation:webchat:write"];

/// Every scope that a gateway's client can have.
const SCOPES: [&str; 16] = [
    "messaging:conversation:transfer",
    "routing:agent:read",
    "routing:queue:read",
    "conversation:read",
    "webchat:transfer",
    "analytics:events:write",
    "conversation:webchat:write",
    "conversation:messaging:write",
    "routing:conversation:write",
    "conversation:messaging:read",
    "conversation:transfer",
    "conversation:view",
    "conversation:write",
    "webchat:write",
    "routing:queue:view",
    "routing:agent:view",
];

/// What a gateway speaks.
#[rustfmt::skip]
pub(super) const ROUTES: &[Route] = &[
    route("GET /api/v2/oauth/client", Nothing, client),
    route("GET /api/v2/routing/queues", Any(QUEUE_READ), super::queues::list),
    route("GET /api/v2/routing/queues/{queueId}", Any(QUEUE_READ), queues::one),
    route("GET /api/v2/routing/queues/{queueId}/members", Any(MEMBERS), queues::members),
    route("GET /api/v2/routing/users/{userId}/availability", All(AGENT_READ), people::availability),
    route("GET /api/v2/users/{userId}", All(AGENT_READ), people::one),
    route("GET /api/v2/conversations/messaging/{conversationId}", All(SESSION_READ), sessions::one),
    route("POST /api/v2/conversations/messaging", All(GUEST), guests::open),
    route("PATCH /api/v2/conversations/messaging/{conversationId}", All(&["conversation:write"]), guests::update),
    route("PUT /api/v2/conversations/messaging/{conversationId}", All(SESSION_WRITE), transfers::routing_metadata),
    route("GET /api/v2/conversations/{conversationId}", All(VIEW), sessions::one),
    route("GET /api/v2/conversations/{conversationId}/events", All(VIEW), events::page),
    route("POST /api/v2/conversations/{conversationId}/summary", All(&["conversation:read"]), reports::summary),
    route("POST /api/v2/messaging/conversations/{conversationId}/transfer", All(HAND_OVER), transfers::handoff),
    route("POST /api/v2/conversations/{conversationId}/actions/transfer", All(WEBCHAT), transfers::action),
    route("POST /api/v2/conversations/{conversationId}/participants/{participantId}/transfer", All(&["conversation:transfer"]), transfers::by_participant),
    route("POST /api/v2/analytics/events", All(&["analytics:events:write"]), reports::events),
];

/// The paths that both dialects have, where both are spoken: the published answer with the gateway's
/// fields added, and the published rights.
#[rustfmt::skip]
pub(super) const SHARED: &[Route] = &[
    route("GET /api/v2/routing/queues", Any(&["routing:queue:view"]), super::queues::list),
    route("GET /api/v2/routing/queues/{queueId}", All(&["routing:queue:view"]), queues::one_of_both),
    route("GET /api/v2/routing/queues/{queueId}/members", Any(super::QUEUE_VIEW), queues::members_of_both),
    route("GET /api/v2/users/{userId}", Nothing, people::one_of_both),
    route("GET /api/v2/conversations/{conversationId}", Any(&["conversation:communication:view"]), sessions::one_of_both),
];

/// Adds the fields that a published answer does not have.
fn add_missing(published: &mut serde_json::Value, gateway: serde_json::Value) {
    let (Some(fields), serde_json::Value::Object(others)) = (published.as_object_mut(), gateway)
    else {
        return;
    };
    for (name, value) in others {
        fields.entry(name).or_insert(value);
    }
}

/// The scope of a token: what was asked for as far as the client has it, or all the client has.
pub(in crate::simulator) fn scope(asked: Option<&str>, rights: &Permissions) -> String {
    let wanted =
        |scope: &&str| asked.is_none_or(|asked| asked.split_whitespace().any(|one| one == *scope));
    granted(rights).filter(wanted).collect::<Vec<_>>().join(" ")
}

fn granted(rights: &Permissions) -> impl Iterator<Item = &'static str> {
    SCOPES.into_iter().filter(|scope| rights.hold(scope))
}

fn client(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let scopes: Vec<&str> = granted(&call.rights).collect();
    Answer::ok(&json!({"id": world.division.id, "name": "floorwalker", "scopes": scopes}))
}
