//! What a guest's socket says. Classes and codes this version does not know never fail.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    super::wire::{number, time, whole},
    request::Aim,
};
use crate::domain::{detail::Speaker, text::Plain};

/// Characters of a message that are kept.
const KEPT: usize = 8_192;
/// A refusal for haste that does not say how long to wait.
const REST: Duration = Duration::from_secs(1);
/// The longest that such a refusal is obeyed: no limit of a socket is longer than a minute.
const LONGEST_REST: Duration = Duration::from_secs(90);

/// What a session was configured to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The token had none.
    pub new: bool,
    /// The other side has ended the conversation: it can only be read.
    pub read_only: bool,
    /// When the session ends for good.
    pub expires: Option<Timestamp>,
}

/// A message, on the socket and in the history alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// When it was said.
    pub at: Timestamp,
    /// By whom.
    pub by: Speaker,
    /// What was said; empty for what is no text.
    pub text: Plain,
    /// By which address the org knows the guest, where a message of theirs tells.
    pub from: Option<String>,
}

/// Something the socket said.
#[derive(Debug)]
pub enum Said {
    /// The session is configured.
    Session(Facts),
    /// Somebody has said something.
    Message(Told),
    /// The answer to an echo: it is not to be shown.
    Echo,
    /// The other side has gone.
    Left,
    /// What opens the guest's history.
    Jwt(SecretString),
    /// The session has ended.
    Expired,
    /// The session was ended, or taken elsewhere.
    Cleared,
    /// The server asks to connect anew.
    Closed(Plain),
    /// Too many requests.
    Slow {
        /// What was asked.
        aim: Option<Aim>,
        /// How long to wait: a second to a minute and a half.
        wait: Duration,
    },
    /// No.
    Refused {
        /// What was asked.
        aim: Option<Aim>,
        /// The service's code.
        code: u32,
        /// Its words, all of them: the guest's token may be among them, and has to go before they are cut.
        text: String,
    },
    /// Nothing that matters here.
    Other,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    class: String,
    #[serde(default, deserialize_with = "number")]
    code: Option<f64>,
    #[serde(default)]
    body: Value,
    #[serde(rename = "tracingId")]
    tracing: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    #[serde(default)]
    new_session: bool,
    #[serde(default)]
    read_only: bool,
    #[serde(default, deserialize_with = "number")]
    expiration_date: Option<f64>,
}

#[derive(Deserialize)]
struct Jwt {
    jwt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Haste {
    #[serde(default, deserialize_with = "number")]
    retry_after: Option<f64>,
}

#[derive(Deserialize)]
struct Closed {
    reason: Option<Plain>,
    #[serde(rename = "reasonCode")]
    code: Option<Plain>,
}

/// A message as the API writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    id: Option<String>,
    text: Option<String>,
    direction: Option<String>,
    originating_entity: Option<String>,
    channel: Option<Channel>,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Channel {
    #[serde(default, deserialize_with = "time")]
    time: Option<Timestamp>,
    message_id: Option<String>,
    from: Option<Party>,
}

#[derive(Deserialize)]
struct Party {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    presence: Option<Presence>,
}

#[derive(Deserialize)]
struct Presence {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Message {
    /// `Inbound` is the guest; bot and agent both are `Outbound`.
    pub fn told(self) -> Told {
        let guest = self.direction.as_deref() == Some("Inbound");
        let by = match self.originating_entity.as_deref() {
            _ if guest => Speaker::Guest,
            Some("Bot") => Speaker::Bot,
            _ => Speaker::Agent,
        };
        let (at, other, from) =
            self.channel.map(|c| (c.time, c.message_id, c.from)).unwrap_or_default();
        let at = at.unwrap_or_else(Timestamp::now);
        let text = Plain::cut(self.text.as_deref().unwrap_or_default(), KEPT);
        let id = self.id.or(other).unwrap_or_else(|| format!("{at} {text}"));
        Told { id, at, by, text, from: from.filter(|_| guest).and_then(|party| party.id) }
    }

    fn has_left(&self) -> bool {
        let of = |event: &Event| event.presence.as_ref()?.kind.clone();
        let gone = |kind: String| kind == "Disconnect";
        self.direction.as_deref() != Some("Inbound") && self.events.iter().filter_map(of).any(gone)
    }
}

/// Reads a frame. What can't be read is nothing that matters: a socket of strangers' words must not be
/// given up for one of them.
pub fn read(text: &str) -> Said {
    // A list could be taken for the fields in their order.
    let is_object = text.trim_start().starts_with('{');
    let frame = serde_json::from_str::<Frame>(text).ok().filter(|_| is_object);
    let Some(frame) = frame else { return Said::Other };
    let aim = frame.tracing.as_deref().and_then(Aim::of);
    let code = whole(frame.code).unwrap_or(200);
    if frame.class == "TooManyRequestsErrorMessage" || matches!(code, 429 | 4029) {
        return Said::Slow { aim, wait: rest(frame.body) };
    }
    if code >= 400 {
        let text = frame.body.as_str().unwrap_or("refused without a message").to_owned();
        return Said::Refused { aim, code, text };
    }
    match frame.class.as_str() {
        "SessionResponse" => body(frame.body).map_or(Said::Other, session),
        "StructuredMessage" if aim == Some(Aim::Echo) => Said::Echo,
        "StructuredMessage" => match body::<Message>(frame.body) {
            None => Said::Other,
            Some(message) if message.has_left() => Said::Left,
            Some(message) => Said::Message(message.told()),
        },
        "JwtResponse" => body(frame.body).map_or(Said::Other, |j: Jwt| Said::Jwt(j.jwt.into())),
        "SessionExpiredEvent" => Said::Expired,
        "SessionClearedEvent" | "LogoutEvent" => Said::Cleared,
        "ConnectionClosedEvent" => {
            let why = body(frame.body).and_then(|closed: Closed| closed.reason.or(closed.code));
            Said::Closed(why.unwrap_or_else(|| "no reason given".into()))
        }
        _ => Said::Other,
    }
}

fn body<D: DeserializeOwned>(value: Value) -> Option<D> {
    serde_json::from_value(value).ok()
}

fn session(told: Session) -> Said {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
    let at = |seconds: f64| Timestamp::from_second(seconds as i64).ok();
    let Session { new_session: new, read_only, expiration_date } = told;
    Said::Session(Facts { new, read_only, expires: expiration_date.and_then(at) })
}

fn rest(value: Value) -> Duration {
    let told = body(value).and_then(|haste: Haste| whole(haste.retry_after));
    told.map_or(REST, |seconds| Duration::from_secs(seconds.into())).clamp(REST, LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(with: &Value) -> Told {
        let mut body = json!({
            "id": "m1", "type": "Text", "text": "hi", "direction": "Outbound",
            "channel": {"time": "2026-11-21T10:00:00Z"},
        });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let frame =
            json!({"type": "message", "class": "StructuredMessage", "code": 200, "body": body});
        match read(&frame.to_string()) {
            Said::Message(told) => told,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn guest_bot_and_agent_are_told_apart_and_their_text_moves_no_cursor() {
        let by = |with| message(&with).by;
        assert_eq!(by(json!({"originatingEntity": "Bot"})), Speaker::Bot);
        assert_eq!(by(json!({"originatingEntity": "Human"})), Speaker::Agent);
        assert_eq!(by(json!({})), Speaker::Agent);
        let from = json!({"time": "2026-11-21T10:00:00Z", "from": {"id": "a1"}});
        let own =
            message(&json!({"direction": "Inbound", "originatingEntity": "Bot", "channel": from}));
        assert_eq!((own.by, own.from.as_deref()), (Speaker::Guest, Some("a1")));
        let text = message(&json!({"text": "\u{1b}[2Jred\nline \u{202e}x"})).text;
        assert_eq!(text.as_str(), "\u{fffd}[2Jred line x");
    }

    #[test]
    fn what_is_unknown_or_broken_is_nothing_that_matters() {
        for frame in [
            "",
            "[]",
            "null",
            "nonsense",
            "{}",
            r#"{"class":"TeaTime","code":200,"body":{}}"#,
            r#"{"class":"SessionResponse","body":7}"#,
            r#"{"class":"JwtResponse","body":{}}"#,
            r#"{"class":"StructuredMessage","body":"x"}"#,
            r#"{"code":"soon","class":7}"#,
        ] {
            assert!(matches!(read(frame), Said::Other), "{frame}");
        }
    }

    #[test]
    fn haste_and_refusals_are_told_apart_with_what_they_answer() {
        let slow = |frame: Value| match read(&frame.to_string()) {
            Said::Slow { aim, wait } => (aim, wait.as_secs()),
            other => panic!("{other:?}"),
        };
        let class = "TooManyRequestsErrorMessage";
        let frame = json!({"class": class, "code": 429, "body": {"retryAfter": 7}, "tracingId": "floorwalker-echo-1"});
        assert_eq!(slow(frame), (Some(Aim::Echo), 7));
        assert_eq!(slow(json!({"class": "string", "code": 4029, "body": "slow down"})), (None, 1));
        assert_eq!(slow(json!({"class": class, "code": 429, "body": {"retryAfter": 1e9}})).1, 90);
        let frame = json!({"class": "string", "code": 4006, "body": "Session has \u{7}expired"});
        let Said::Refused { aim: None, code: 4006, text } = read(&frame.to_string()) else {
            panic!("refused")
        };
        assert_eq!(text, "Session has \u{7}expired");
    }

    #[test]
    fn only_the_other_side_can_have_left() {
        let gone = |direction: &str| {
            let events = json!([{"eventType": "Presence", "presence": {"type": "Disconnect"}}]);
            let body =
                json!({"id": "e", "type": "Event", "direction": direction, "events": events});
            read(&json!({"class": "StructuredMessage", "body": body}).to_string())
        };
        assert!(matches!(gone("Outbound"), Said::Left));
        assert!(matches!(gone("Inbound"), Said::Message(_)));
    }
}
