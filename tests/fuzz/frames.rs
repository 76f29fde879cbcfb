//! What is said on a guest's socket.

use std::time::Duration;

use floorwalker::{
    domain::detail::Speaker,
    genesys::platform::guest::wire::{Said, Told, read},
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    bend::Grammar,
    odd,
    run::{Decoder, Hand},
};

pub const DECODER: Decoder = Decoder {
    name: "frames",
    grammar: Grammar::Json,
    besides: &[],
    words: &[
        "SessionResponse",
        "StructuredMessage",
        "JwtResponse",
        "TooManyRequestsErrorMessage",
        "ConnectionClosedEvent",
        "SessionExpiredEvent",
        "floorwalker-echo-",
        "floorwalker-configure-",
        "tracingId",
        "retryAfter",
        "code",
        "body",
        "Inbound",
        "4006",
    ],
    check,
    more: &[a_message_is_read_as_it_was_said],
    few: 2_500,
};

fn check(frame: &[u8]) {
    let frame = String::from_utf8_lossy(frame);
    let said = read(&frame);
    let is_object = frame.trim_start().starts_with('{');
    assert!(is_object || matches!(said, Said::Other), "{frame}: {said:?}");
    match said {
        Said::Message(told) => sound(&told),
        Said::Slow { wait, .. } => {
            assert!((Duration::from_secs(1)..=Duration::from_secs(90)).contains(&wait), "{wait:?}");
        }
        Said::Refused { code, .. } => assert!(code >= 400),
        Said::Closed(why) => assert!(odd::is_tame(&why), "{why:?}"),
        Said::Jwt(jwt) => {
            let (shown, jwt) = (format!("{jwt:?}"), jwt.expose_secret());
            assert!(jwt.len() < 16 || !shown.contains(jwt), "{shown}");
        }
        _ => {}
    }
}

fn sound(told: &Told) {
    assert!(odd::is_tame(&told.text) && told.text.chars().count() <= 8_193, "{told:?}");
    assert!(told.from.is_none() || told.by == Speaker::Guest, "{told:?}");
}

/// A message, as the service tells it.
fn a_message_is_read_as_it_was_said(hand: &mut Hand) {
    let by = proptest::sample::select(vec![Speaker::Guest, Speaker::Bot, Speaker::Agent]);
    let at = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    hand.all(&(odd::text(), odd::text(), at, by, odd::text()), |(id, text, at, by, from)| {
        let at = Timestamp::from_millisecond(*at).unwrap();
        let direction = if *by == Speaker::Guest { "Inbound" } else { "Outbound" };
        let entity = if *by == Speaker::Bot { "Bot" } else { "Human" };
        let frame = json!({
            "class": "StructuredMessage", "code": 200,
            "body": {
                "id": id, "text": text, "direction": direction, "originatingEntity": entity,
                "channel": {"time": at, "from": {"id": from}},
            },
        });
        let Said::Message(told) = read(&frame.to_string()) else { panic!("{frame}") };
        sound(&told);
        assert_eq!((&told.id, told.at, told.by), (id, at, *by));
        assert_eq!(told.from.as_ref(), (*by == Speaker::Guest).then_some(from));
        let plain = text.len() < 8_192 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        assert!(!plain || told.text.as_str() == text, "{text:?}");
    });
}
