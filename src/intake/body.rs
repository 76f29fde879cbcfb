//! What a webhook says, checked in the order of its source (SPEC section 10: S1 and S2).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    domain::{
        id::SessionId,
        inbox::{Route, Said},
        payload::Guest,
        text::Plain,
    },
    policy::payload::{check_attributes, check_conversation},
};

/// S1's text for what is no object.
const NO_OBJECT: &str = "Invalid payload structure: expected object";
/// Bytes of a guest's identity: a few fields, and they are kept and sent on.
const MOST_GUEST: usize = 16_384;
/// Bytes of what a bot made of a message.
const MOST_INTENT: usize = 4_096;
/// Characters that are kept of what a customer wrote, and of a reason.
const MOST_TEXT: usize = 4_000;

/// Reads the body of a call.
///
/// # Errors
/// Says what is missing or wrong.
pub fn read(route: Route, body: Value) -> Result<(SessionId, Said), String> {
    let Value::Object(mut fields) = body else { return Err(NO_OBJECT.into()) };
    match route {
        Route::BotHandoff => bot_handoff(&mut fields),
        Route::Messaging => messaging(&mut fields),
    }
}

fn bot_handoff(fields: &mut Map<String, Value>) -> Result<(SessionId, Said), String> {
    for field in ["conversationId", "guestInfo", "handoffReason", "customContext"] {
        if !fields.contains_key(field) {
            return Err(missing(field));
        }
    }
    let session = conversation(fields)?;
    let guest = match fields.remove("guestInfo") {
        Some(Value::Object(guest)) => Guest(guest),
        _ => return Err(wrong("guestInfo", "an object")),
    };
    limit("guestInfo", &Value::Object(guest.0.clone()), MOST_GUEST)?;
    let reason = match fields.remove("handoffReason") {
        Some(Value::String(reason)) => Plain::cut(&reason, MOST_TEXT),
        _ => return Err(wrong("handoffReason", "a text")),
    };
    let attributes = match fields.remove("customContext") {
        Some(Value::Object(context)) => texts(context)?,
        _ => return Err(wrong("customContext", "an object")),
    };
    // A name that is too long is said again, and not all of it.
    check_attributes(&attributes)
        .map_err(|error| Plain::cut(&error.to_string(), 200).to_string())?;
    Ok((session, Said::Handoff { reason, guest, attributes }))
}

/// S1 has texts in its context; a number or a truth value is its text.
fn texts(context: Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    let text = |(key, value): (String, Value)| match value {
        Value::String(text) => Ok((key, text)),
        Value::Number(_) | Value::Bool(_) => {
            let text = value.to_string();
            Ok((key, text))
        }
        _ => Err(wrong(&format!("customContext.{}", Plain::cut(&key, 64)), "a text")),
    };
    context.into_iter().map(text).collect()
}

fn messaging(fields: &mut Map<String, Value>) -> Result<(SessionId, Said), String> {
    if !fields.contains_key("conversationId") {
        return Err(missing("conversationId"));
    }
    let session = conversation(fields)?;
    let event = text(fields, "event")?.map(|event| Plain::cut(&event, 256));
    let intent = match fields.remove("intent") {
        None | Some(Value::Null) => None,
        Some(intent @ Value::Object(_)) => Some(intent),
        Some(_) => return Err(wrong("intent", "an object")),
    };
    if let Some(intent) = &intent {
        limit("intent", intent, MOST_INTENT)?;
        if !intent.get("intent").is_none_or(|name| name.is_string() || name.is_null()) {
            return Err(wrong("intent.intent", "a text"));
        }
    }
    let text = text(fields, "text")?.map(|text| Plain::cut(&text, MOST_TEXT));
    Ok((session, Said::Turn { event, intent, text }))
}

fn conversation(fields: &mut Map<String, Value>) -> Result<SessionId, String> {
    match fields.remove("conversationId") {
        // One conversation has one spelling here, however it was spelled on the way.
        Some(Value::String(id)) => match check_conversation(&id) {
            Ok(id) => Ok(id.canonical()),
            Err(error) => Err(Plain::cut(&error.to_string(), 200).to_string()),
        },
        _ => Err(wrong("conversationId", "a text")),
    }
}

fn text(fields: &mut Map<String, Value>, field: &str) -> Result<Option<String>, String> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(field, "a text")),
    }
}

fn limit(field: &str, value: &Value, most: usize) -> Result<(), String> {
    let bytes = value.to_string().len();
    if bytes > most {
        return Err(format!(
            "Invalid field: {field} has {bytes} bytes, and at most {most} may come"
        ));
    }
    Ok(())
}

fn missing(field: &str) -> String {
    format!("Missing required field: {field}")
}

fn wrong(field: &str, what: &str) -> String {
    format!("Invalid field: {field} must be {what}")
}
