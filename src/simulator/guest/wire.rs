//! What a guest's socket says, as JSON. Not when it says so.

use serde_json::{Value, json};

use crate::simulator::call::tidy;
use crate::simulator::stamp::{Millis, Stamp};
use crate::simulator::world::guests::{CUSTOM_BYTES_MOST, Refused};
use crate::simulator::world::participants::Purpose;
use crate::simulator::world::post::{Post, Sign, Told};

/// The codes with which a request is refused.
pub(super) const UNAVAILABLE: u16 = 4000;
const EXPIRED: u16 = 4006;
const NOT_FOUND: u16 = 4007;
const TOO_LONG: u16 = 4011;
const ATTRIBUTES_TOO_LARGE: u16 = 4013;
pub(super) const MISSING: u16 = 4020;
const TOO_FAST: u16 = 4029;

fn envelope(kind: &str, class: &str, code: u16, body: Value, tracing: Option<&str>) -> Value {
    let mut frame = json!({"type": kind, "class": class, "code": code, "body": body});
    if let Some(tracing) = tracing {
        frame["tracingId"] = json!(tracing);
    }
    frame
}

/// A good answer to a request.
pub(super) fn response(class: &str, body: Value, tracing: Option<&str>) -> Value {
    envelope("response", class, 200, body, tracing)
}

/// A bad one: the code says which.
pub(super) fn error(code: u16, text: &str, tracing: Option<&str>) -> Value {
    envelope("response", "string", code, json!(text), tracing)
}

pub(super) fn refusal(refused: &Refused, tracing: Option<&str>) -> Value {
    match refused {
        Refused::Expired => error(EXPIRED, "Session has expired", tracing),
        Refused::NotFound => error(NOT_FOUND, "Session not found", tracing),
        Refused::TooLong => error(TOO_LONG, "Message is too long", tracing),
        Refused::AttributesTooLarge => {
            error(ATTRIBUTES_TOO_LARGE, "Custom attributes are too large", tracing)
        }
        Refused::TooFast(seconds) => {
            let body = json!({
                "retryAfter": seconds, "errorCode": TOO_FAST,
                "errorMessage": "Message rate too high for this session",
            });
            envelope("response", "TooManyRequestsErrorMessage", 429, body, tracing)
        }
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) new: bool,
    pub(super) cleared: bool,
    pub(super) read_only: bool,
    pub(super) started: Millis,
    pub(super) expires: Millis,
}

pub(super) fn session(standing: Standing) -> Value {
    let seconds = |ms: Millis| (ms + 999).div_euclid(1000);
    json!({
        "connected": true, "newSession": standing.new, "readOnly": standing.read_only,
        "clearedExistingSession": standing.cleared, "allowedMedia": {}, "blockedExtensions": [],
        "maxCustomDataBytes": CUSTOM_BYTES_MOST, "autoStarted": false,
        "durationSeconds": seconds(standing.expires - standing.started), "expirationDate": seconds(standing.expires),
    })
}

/// A message, on the socket and in the history alike.
pub(in crate::simulator) fn message(told: &Told) -> Value {
    let inbound = told.from == Purpose::Customer;
    let guest = json!({"id": told.address, "idType": "Opaque"});
    let (from, to) = if inbound { (guest, json!({})) } else { (json!({}), guest) };
    tidy(json!({
        "id": told.id, "type": "Text", "text": told.text, "direction": if inbound { "Inbound" } else { "Outbound" },
        "originatingEntity": (!inbound).then(|| told.from.entity()), "content": [], "metadata": {},
        "channel": {
            "time": Stamp(told.at), "messageId": told.id, "type": "Private", "platform": "WebMessaging", "from": from,
            "to": to,
        },
    }))
}

/// What an echo is answered with: a message that is to be recognised by its tracing id and not shown.
pub(super) fn echo(id: &str, at: Millis, text: &str, tracing: Option<&str>) -> Value {
    let body = json!({
        "id": id, "type": "Text", "text": text, "direction": "Inbound", "content": [], "metadata": {},
        "channel": {"time": Stamp(at), "messageId": id, "type": "Private", "platform": "WebMessaging"},
    });
    envelope("message", "StructuredMessage", 200, body, tracing)
}

fn event(id: &str, at: Millis, sign: Sign, from: Option<Purpose>) -> Value {
    let event = match sign {
        Sign::Join => json!({"eventType": "Presence", "presence": {"type": "Join"}}),
        Sign::Disconnect => json!({"eventType": "Presence", "presence": {"type": "Disconnect"}}),
        Sign::Typing => json!({"eventType": "Typing", "typing": {"type": "On", "duration": 5000}}),
    };
    tidy(json!({
        "id": id, "type": "Event", "direction": if from.is_some() { "Outbound" } else { "Inbound" },
        "originatingEntity": from.map(Purpose::entity), "events": [event], "metadata": {},
        "channel": {"time": Stamp(at), "messageId": id, "type": "Private", "platform": "WebMessaging"},
    }))
}

/// News of the session; nothing for what is no word at all.
pub(super) fn post(post: &Post) -> Option<Value> {
    let told = |class: &str, body: Value, tracing: &Option<String>| {
        Some(envelope("message", class, 200, body, tracing.as_deref()))
    };
    match post {
        Post::Message(message) => {
            told("StructuredMessage", self::message(message), &message.tracing)
        }
        Post::Event { id, at, sign, from, tracing } => {
            told("StructuredMessage", event(id, *at, *sign, *from), tracing)
        }
        Post::ReadOnly { started, expires } => {
            let (started, expires) = (*started, *expires);
            let standing =
                Standing { new: false, cleared: false, read_only: true, started, expires };
            told("SessionResponse", session(standing), &None)
        }
        Post::Expired => told("SessionExpiredEvent", json!({}), &None),
        Post::Closed(reason) => told("ConnectionClosedEvent", json!({"reason": reason}), &None),
        Post::Cut => None,
    }
}
