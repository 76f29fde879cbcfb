//! What bots post: read strictly, so that no two systems read two things in it.

use floorwalker::{
    domain::{
        id::SessionId,
        inbox::{Route, Said},
    },
    intake,
    policy::payload::check_attributes,
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "webhooks",
    grammar: Grammar::Json,
    besides: &[],
    words: &[
        "conversationId",
        "guestInfo",
        "handoffReason",
        "customContext",
        "event",
        "intent",
        "confidence",
        "text",
        "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c",
        "{",
        "}",
        ":",
        ",",
    ],
    check,
    more: &[a_key_that_is_given_twice, levels],
    few: 1_500,
};

const ROUTES: [Route; 2] = [Route::BotHandoff, Route::Messaging];

fn check(body: &[u8]) {
    for route in ROUTES {
        match intake::read(route, body) {
            Ok((session, said)) => {
                sound(route, &session, &said);
                let again = written(&session, &said).to_string();
                assert_eq!(intake::read(route, again.as_bytes()), Ok((session, said)), "{again}");
                assert!(serde_json::from_slice::<Value>(body).is_ok(), "others read it, too");
            }
            // It goes back to whoever called, inside JSON.
            Err(why) => assert!(why.chars().count() < 400, "{why}"),
        }
    }
}

/// What is kept of a call can be kept, shown and sent on.
fn sound(route: Route, session: &SessionId, said: &Said) {
    assert!(uuid::Uuid::try_parse(&session.to_string()).is_ok(), "{session}");
    assert_eq!(session.to_string(), session.to_string().to_lowercase());
    let shown = match said {
        Said::Handoff { reason, guest, attributes } => {
            assert_eq!(route, Route::BotHandoff);
            assert_eq!(check_attributes(attributes), Ok(()));
            assert!(json!(guest).to_string().len() <= 16_384);
            vec![reason.clone()]
        }
        Said::Turn { event, intent, text } => {
            assert_eq!(route, Route::Messaging);
            let fits = |it: &Value| it.is_object() && it.to_string().len() <= 4_096;
            assert!(intent.as_ref().is_none_or(fits));
            [event, text].into_iter().flatten().cloned().collect()
        }
    };
    for text in shown {
        assert!(odd::is_tame(&text) && text.chars().count() <= 4_001, "{text:?}");
    }
}

/// The call that says so.
fn written(session: &SessionId, said: &Said) -> Value {
    match said {
        Said::Handoff { reason, guest, attributes } => json!({
            "conversationId": session, "guestInfo": guest, "handoffReason": reason,
            "customContext": attributes,
        }),
        Said::Turn { event, intent, text } => {
            json!({"conversationId": session, "event": event, "intent": intent, "text": text})
        }
    }
}

/// Calls that are what they have to be, with anything where anything may be.
fn call() -> impl Strategy<Value = Value> {
    let call = |guest: Value, intent: Value| {
        json!({
            "conversationId": "8F4A2B1C-9D7E-4F3A-B2C1-0E5D6F7A8B9C", "handoffReason": "wants a person",
            "guestInfo": {"id": "guest", "more": guest}, "customContext": {"tier": "gold"},
            "intent": {"intent": "refund", "more": intent}, "event": "message",
        })
    };
    (odd::json(), odd::json()).prop_map(move |(guest, intent)| call(guest, intent))
}

/// Of two values under one key one reader takes the first and the next the last: neither is taken.
fn a_key_that_is_given_twice(hand: &mut Hand) {
    let strategy = (call(), any::<Index>(), any::<Index>(), any::<bool>());
    hand.all(&strategy, |(call, object, key, escaped)| {
        let has_fields = |place: &String| {
            call.pointer(place).and_then(Value::as_object).is_some_and(|fields| !fields.is_empty())
        };
        let objects: Vec<String> = odd::places(call).into_iter().filter(has_fields).collect();
        let at: &String = object.get(&objects);
        let twice = Twice { at, key, escaped: *escaped };
        let text = twice.printed(call, "");
        for route in ROUTES {
            let told = intake::read(route, text.as_bytes()).unwrap_err();
            assert!(told.starts_with("Invalid JSON: a key is given twice"), "{text}: {told}");
        }
    });
}

/// Where a key is given twice, and which.
struct Twice<'a> {
    at: &'a str,
    key: &'a Index,
    /// Its second spelling is another one.
    escaped: bool,
}

impl Twice<'_> {
    fn printed(&self, value: &Value, at: &str) -> String {
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(n, item)| self.printed(item, &format!("{at}/{n}")));
                format!("[{}]", items.collect::<Vec<_>>().join(","))
            }
            Value::Object(fields) => {
                let inner = |name: &str| name.replace('~', "~0").replace('/', "~1");
                let told = fields.iter().map(|(name, value)| {
                    let value = self.printed(value, &format!("{at}/{}", inner(name)));
                    format!("{}:{value}", json!(name))
                });
                let mut told: Vec<String> = told.collect();
                if at == self.at {
                    let (name, value) = self.key.get(&fields.iter().collect::<Vec<_>>()).to_owned();
                    told.push(format!("{}:{value}", self.spelled(name)));
                }
                format!("{{{}}}", told.join(","))
            }
            plain => plain.to_string(),
        }
    }

    fn spelled(&self, name: &str) -> String {
        match self.escaped {
            true => {
                let units = name.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                format!("\"{}\"", units.collect::<String>())
            }
            false => json!(name).to_string(),
        }
    }
}

/// However deep it nests: as deep as it may be it is read, and no deeper.
fn levels(hand: &mut Hand) {
    hand.all(&(1..3_000_usize, any::<bool>()), |(levels, list)| {
        let (open, close) = if *list { ("[", "]") } else { ("{\"a\":", "}") };
        let deep = format!("{}1{}", open.repeat(*levels), close.repeat(*levels));
        let id = "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c";
        let call = format!(r#"{{"conversationId":"{id}","event":"message","guestInfo":{deep}}}"#);
        let read = intake::read(Route::Messaging, call.as_bytes());
        // The call itself is one level, and the levels are bounded by sixteen.
        assert_eq!(read.is_ok(), *levels <= 15, "{levels}");
    });
}
