//! What a service may do that the simulator never does: to lose words, answer late, refuse half-way, or
//! say what nobody has heard of.

#[path = "odd/desk.rs"]
mod desk;

use std::time::{Duration, Instant};

use floorwalker::{
    domain::{
        guest::{GuestOrder, GuestToken},
        supervision::{Hold, Sign},
    },
    genesys::{Genesys as _, error::Kind},
};
use serde_json::{Value, json};

use crate::{host::order, simulated::until};
use desk::{Act, Desk, haste, line, message, refusal, response, told};

/// What a good service answers; a session is new unless it was configured before.
fn good(request: &Value, before: usize) -> Vec<Act> {
    match request["action"].as_str().unwrap() {
        "configureSession" => {
            vec![response(request, "SessionResponse", json!({"newSession": before == 0}))]
        }
        "getJwt" => vec![response(request, "JwtResponse", json!({"jwt": "pass"}))],
        "closeSession" => vec![response(request, "ConnectionClosedEvent", json!({}))],
        _ => vec![told(request)],
    }
}

fn is_greeting(request: &Value) -> bool {
    request["action"] == "onMessage" && request["message"]["type"] == "Text"
}

/// How often the guest has greeted.
fn greetings(desk: &Desk) -> usize {
    desk.asked("onMessage", Some("Text"))
}

#[tokio::test]
async fn first_words_that_came_too_fast_are_said_again_when_they_may() {
    let (desk, platform) =
        Desk::open(|request, before| match is_greeting(request) && before == 0 {
            true => vec![haste(request, 1)],
            false => good(request, before),
        })
        .await;
    let started = Instant::now();
    assert_eq!(platform.open_guest(&order().0).await, Ok(Desk::conversation()));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!((greetings(&desk), desk.asked("onMessage", Some("Event"))), (2, 1));
}

#[tokio::test]
async fn first_words_that_were_lost_on_the_way_are_said_again_and_no_others() {
    for arrived in [true, false] {
        // Too long a frame breaks the connection before they are told back.
        let (desk, platform) =
            Desk::open(|request, before| match is_greeting(request) && before == 0 {
                true => vec![Act::Raw("x".repeat(2 << 20)), Act::Break],
                false => good(request, before),
            })
            .await;
        let said = arrived.then(|| line("own", 0, "Inbound", "Hello"));
        desk.remember(said.into_iter().collect(), 0);
        assert_eq!(platform.open_guest(&order().0).await, Ok(Desk::conversation()));
        assert_eq!(greetings(&desk), if arrived { 1 } else { 2 }, "arrived: {arrived}");
        assert_eq!(desk.asked("configureSession", None), 2);
    }
}

#[tokio::test]
async fn a_used_token_begins_anew() {
    let (desk, platform) = Desk::open(|request, before| {
        let old = request["action"] == "configureSession" && request["startNew"] == false;
        if old { vec![refusal(request, 4006)] } else { good(request, usize::from(before > 1)) }
    })
    .await;
    assert_eq!(platform.open_guest(&order().0).await, Ok(Desk::conversation()));
    assert_eq!((desk.asked("configureSession", None), greetings(&desk)), (2, 1));
}

#[tokio::test]
async fn a_refusal_of_the_opening_is_told_and_not_tried_again() {
    let (desk, platform) = Desk::open(|request, _| vec![refusal(request, 4020)]).await;
    let error = platform.open_guest(&order().0).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (Kind::Invalid, Some("4020")));
    assert_eq!((error.operation, desk.asked("configureSession", None)), ("open a session", 1));
}

#[tokio::test]
async fn a_refusal_that_says_the_token_back_is_told_without_it() {
    let (_desk, platform) = Desk::open(|request, _| {
        let uuid = request["token"].as_str().unwrap();
        let text = format!("no {} and no {uuid}", uuid.replace('-', "").to_uppercase());
        let tracing = &request["tracingId"];
        let frame = json!({"type": "response", "class": "string", "code": 4020, "body": text, "tracingId": tracing});
        vec![Act::Say(frame)]
    })
    .await;
    let (_, token) = order();
    let bits = token.expose().replace('-', "");
    let jwt = GuestToken::from(format!("jwt_{bits}"));
    for token in [token, jwt] {
        let order = GuestOrder { token: token.clone(), ..order().0 };
        let opened = platform.open_guest(&order).await.unwrap_err();
        let beaten = platform.beat(&"c-2".into(), Hold::Echo, 1, Some(&token)).await.unwrap_err();
        for error in [opened, beaten] {
            let text = format!("{error:?} {error}").to_lowercase();
            assert!(text.contains('•') && text.matches("no ").count() == 4, "{text}");
            assert!(!text.contains(&bits) && !text.contains(&bits[24..]), "{text}");
        }
    }
}

#[tokio::test]
async fn what_nobody_has_heard_of_is_passed_over() {
    let (_desk, platform) = Desk::open(|request, before| {
        let odd = [r#"{"class":"TeaTime","code":200,"body":[]}"#, "nonsense", "[]", "\u{0}"];
        let odd = odd.map(|text| Act::Raw(text.to_owned()));
        odd.into_iter().chain(good(request, before)).collect()
    })
    .await;
    let id = platform.open_guest(&order().0).await.unwrap();
    assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(Sign::Alive));
    assert_eq!(platform.detail(&id).await.unwrap().messages.len(), 1, "only the first words");
}

#[tokio::test]
async fn a_long_history_is_read_to_its_end_even_if_that_takes_two_tries() {
    let (desk, platform) = Desk::open(|request, before| match request["action"].as_str() {
        Some("echo") if before == 0 => vec![Act::Break],
        Some("getJwt") if before == 0 => vec![haste(request, 1)],
        _ => good(request, before),
    })
    .await;
    let id = platform.open_guest(&order().0).await.unwrap();
    let number = |n: i64| format!("message {n}");
    let said = (1..=250).map(|n| line(&format!("m{n}"), n / 3, "Outbound", &number(n)));
    let own = std::iter::once(line("own", 0, "Inbound", "Hello"));
    desk.remember(own.chain(said).collect(), 1);
    assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(Sign::Alive));
    let seen = until("all of it is heard", async || {
        let seen = platform.detail(&id).await.unwrap().messages;
        (seen.len() == 251).then_some(seen)
    })
    .await;
    assert_eq!(&**seen[0].text.expose(), "Hello");
    let texts: Vec<String> = seen[1..].iter().map(|said| said.text.expose().to_string()).collect();
    assert_eq!(texts, (1..=250).map(number).collect::<Vec<_>>());
}

#[tokio::test]
async fn when_the_other_side_has_gone_the_session_itself_is_read() {
    for over in [false, true] {
        let (desk, platform) = Desk::open(|request, before| {
            let mut gone = line("gone", 5, "Outbound", "");
            gone["events"] = json!([{"eventType": "Presence", "presence": {"type": "Disconnect"}}]);
            let mut acts = good(request, before);
            if request["action"] == "echo" {
                acts.insert(0, message(&gone, Value::Null));
            }
            acts
        })
        .await;
        let id = platform.open_guest(&order().0).await.unwrap();
        if over {
            desk.end();
        }
        let sign = if over { Sign::Over } else { Sign::Alive };
        assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(sign));
        desk.end();
        // Who goes on with it is trusted again; what has ended stays so.
        assert_eq!(platform.beat(&id, Hold::Echo, 2, None).await, Ok(sign));
    }
}

#[tokio::test]
async fn a_beat_that_comes_too_early_for_an_echo_sends_none() {
    let (desk, platform) = Desk::open(good).await;
    let id = platform.open_guest(&order().0).await.unwrap();
    for n in 0..20 {
        assert_eq!(platform.beat(&id, Hold::Echo, n, None).await, Ok(Sign::Alive));
    }
    assert_eq!(desk.asked("echo", None), 1);
}

#[tokio::test]
async fn a_socket_that_falls_silent_is_given_up_for_another() {
    let (desk, platform) = Desk::open(|request, before| {
        let silent = request["action"] == "echo" && before == 0;
        if silent { Vec::new() } else { good(request, before) }
    })
    .await;
    let id = platform.open_guest(&order().0).await.unwrap();
    assert_eq!(desk.asked("configureSession", None), 1);
    assert_eq!(platform.beat(&id, Hold::Echo, 1, None).await, Ok(Sign::Alive));
    assert_eq!((desk.asked("configureSession", None), desk.asked("echo", None)), (2, 1));
}
