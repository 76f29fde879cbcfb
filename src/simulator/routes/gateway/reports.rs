//! What is written about a session: its summary, and the reasons for handoffs that clients report.

use serde_json::Value;

use super::payload::{Fields, text};
use super::sessions;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::routes::speech;
use crate::simulator::world::World;
use crate::simulator::world::sessions::Session;

/// One session in so many has no summary, whatever was said.
const SPEECHLESS: u32 = 5;

pub(super) fn summary(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let session = sessions::session(call, world)?;
    let body = call.object()?;
    if text(&body, "type") != Some("transfer") {
        return Err(Failure::bad_request("'type' must be 'transfer'"));
    }
    let named = text(&body, "conversationId")
        .ok_or_else(|| Failure::bad_request("'conversationId' is required"))?;
    if !named.eq_ignore_ascii_case(&session.id) {
        return Err(Failure::bad_request("'conversationId' is not the conversation of the path"));
    }
    Answer::ok(&serde_json::json!({"summary": words(session, world)}))
}

/// Empty while too little was said, and now and then all the same: clients must cope.
fn words(session: &Session, world: &World) -> String {
    if session.key.is_multiple_of(SPEECHLESS) {
        return String::new();
    }
    speech::summary_text(session, world).unwrap_or_default()
}

/// Records reasons for handoffs. All of them or none; one that is known already is not recorded again.
pub(super) fn events(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let Value::Array(events) = call.json()? else {
        return Err(Failure::bad_request("The request body must be an array of events"));
    };
    for (place, event) in events.iter().enumerate() {
        check(event)
            .map_err(|wrong| Failure::bad_request(format!("The event at {place}: {wrong}")))?;
    }
    for event in events {
        if world.reported.iter().all(|known| known["id"] != event["id"]) {
            world.reported.push(event);
        }
    }
    Ok(Answer::empty())
}

fn check(event: &Value) -> Result<(), String> {
    let fields = event.as_object().ok_or("it must be an object")?;
    let required = |fields: &Fields, name: &str| {
        text(fields, name).map(str::to_owned).ok_or_else(|| format!("'{name}' is required"))
    };
    required(fields, "id")?;
    if required(fields, "eventType")? != "botHandoff" {
        return Err("'eventType' must be 'botHandoff'".to_owned());
    }
    if required(fields, "timestamp")?.parse::<jiff::Timestamp>().is_err() {
        return Err("'timestamp' is not a point in time".to_owned());
    }
    let payload = fields
        .get("eventPayload")
        .and_then(Value::as_object)
        .ok_or("'eventPayload' is required")?;
    for name in ["conversationId", "handoffReason", "queueId", "guestId"] {
        required(payload, name)?;
    }
    Ok(())
}
