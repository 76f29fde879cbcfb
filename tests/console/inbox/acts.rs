//! Putting off, declining and trying again: two steps each, and never what is not under the cursor.

use std::time::Duration;

use floorwalker::{
    console::{Settings, app::Message},
    domain::inbox::{Request, State},
    engine::{Command, Pulse},
};

use super::{answers, console, deferred, proposed, request, request_id, small, telling};
use crate::harness::{Harness, settings};

fn failed() -> State {
    State::Failed { reason: "503 from the gateway".into() }
}

fn defer(n: usize, minutes: u64) -> Command {
    Command::Defer { request: request_id(n), pause: Duration::from_secs(60 * minutes) }
}

fn decline(n: usize, reason: &str) -> Command {
    Command::Decline { request: request_id(n), reason: reason.into() }
}

#[test]
fn d_puts_off_for_what_is_offered_or_typed() {
    for (keys, minutes) in [
        ("", 5),
        ("up", 15),
        ("up up up", 30),
        ("down down", 1),
        ("9 0", 90),
        ("1 a 2", 12),
        ("2 up", 5),
        ("2 4 0", 240),
    ] {
        let mut harness = console(vec![request(0, 90, proposed())]);
        harness.press("d");
        assert!(harness.screen().contains("Ask again later?"), "{}", harness.screen());
        harness.press(keys);
        assert_eq!(answers(&harness), [], "{keys}");
        harness.press("enter");
        assert_eq!(answers(&harness), [defer(0, minutes)], "{keys}");
        let said = format!("guest00: to be asked about again in {minutes} min");
        assert!(harness.status().contains(&said), "{}", harness.status());
        assert!(!harness.screen().contains("Ask again later?"), "{}", harness.screen());
    }
}

#[test]
fn a_pause_that_is_none_is_refused_beside_the_field() {
    for keys in ["0", "2 4 1", "ctrl-u"] {
        let mut harness = console(vec![request(0, 90, proposed())]);
        harness.press("d").press(keys).press("enter");
        assert_eq!(answers(&harness), [], "{keys}");
        assert!(harness.screen().contains("from 1 to 240"), "{}", harness.screen());
    }
    let mut harness = console(vec![request(0, 90, proposed())]);
    harness.press("d esc");
    assert!(!harness.screen().contains("Ask again later?"), "{}", harness.screen());
    assert_eq!(answers(&harness), []);
}

#[test]
fn x_declines_with_a_reason_and_never_without() {
    let mut harness = console(vec![request(0, 90, proposed())]);
    harness.press("x enter space enter");
    assert_eq!(answers(&harness), []);
    assert!(harness.screen().contains("Declining needs a reason"), "{}", harness.screen());
    harness.type_text("yes, d x R q").press("enter");
    assert_eq!(answers(&harness), [decline(0, "yes, d x R q")]);
    assert!(harness.status().contains("guest00: declined: yes, d x R q"), "{}", harness.status());
}

#[test]
fn a_reason_has_at_most_256_letters() {
    let mut harness = console(vec![request(0, 90, proposed())]);
    harness.press("x").tell(Message::Paste("z".repeat(300))).type_text("w").press("enter");
    assert_eq!(answers(&harness), [decline(0, &"z".repeat(256))]);
}

#[test]
fn shift_r_tries_again_after_asking() {
    for state in [failed(), State::Expired { because: None }] {
        let mut harness = console(vec![request(0, 90, state)]);
        harness.press("R");
        let screen = harness.screen();
        assert!(screen.contains("Hand it over after all?"), "{screen}");
        assert!(screen.contains("guest00 → Billing"), "{screen}");
        harness.press("enter");
        assert_eq!(answers(&harness), []);
        harness.press("y");
        assert_eq!(answers(&harness), [Command::Replay(request_id(0))]);
        assert!(harness.status().contains("handed over after all"), "{}", harness.status());
        assert!(!harness.screen().contains("Hand it over"), "{}", harness.screen());
    }
}

#[test]
fn what_can_not_be_done_says_why() {
    let done = State::Done { handoff: "h".into() };
    let declined = State::Declined { reason: "a test".into() };
    let handing = State::Handing { handoff: "h".into() };
    for (keys, state, said) in [
        ("d x h H a", State::Queued, "handed off by rule"),
        ("d x h H a", handing, "somebody else has taken it"),
        ("d x h H a", done, "guest00: it is done"),
        ("d x h H a", failed(), "it has failed, R tries again: 503"),
        ("d x h H a", declined, "it was declined: a test"),
        ("d x h H a", State::Expired { because: None }, "nobody took it in time"),
        ("R", proposed(), "guest00 is proposed: only what failed or expired"),
        ("R", deferred(), "guest00 is deferred: only what failed or expired"),
    ] {
        for key in keys.split(' ') {
            for first in ["", "enter"] {
                let mut harness = console(vec![request(0, 90, state.clone())]);
                harness.press(first).press(key);
                assert!(harness.status().contains(said), "{key}: {}", harness.status());
                assert!(answers(&harness).is_empty() && harness.orders().is_empty());
            }
        }
    }
}

#[test]
fn a_conversation_whose_bot_has_asked_again_is_not_tried_again() {
    let newer = Request { session: crate::floor::session_id(0), ..request(4, 9, proposed()) };
    let mut harness = console(vec![newer, request(0, 90, failed())]);
    harness.press("G R");
    assert!(harness.status().contains("has asked again since"), "{}", harness.status());
}

#[test]
fn a_read_only_console_and_one_without_an_audit_log_answer_no_bot() {
    for (key, state) in [
        ("d", proposed()),
        ("x", proposed()),
        ("h", proposed()),
        ("H", proposed()),
        ("a", proposed()),
        ("R", failed()),
    ] {
        let read_only = Settings { read_only: true, ..settings() };
        let mut harness = Harness::with(&read_only, 80, 24);
        harness.pulse(telling(vec![request(0, 90, state.clone())])).floor(small());
        harness.press("5").press(key).press("y enter");
        assert!(answers(&harness).is_empty() && harness.orders().is_empty(), "{key}");
        harness.press(key);
        assert!(harness.status().contains("Read-only"), "{key}: {}", harness.status());
        let mut harness = console(vec![]);
        let trouble = Some("disk full".into());
        harness.pulse(Pulse { audit_trouble: trouble, ..telling(vec![request(0, 90, state)]) });
        harness.press(key);
        assert!(harness.status().contains("disk full"), "{key}: {}", harness.status());
    }
}

#[test]
fn what_somebody_else_takes_meanwhile_is_not_answered() {
    let taken = || telling(vec![request(0, 90, State::Handing { handoff: "h".into() })]);
    for (keys, confirm) in [("d", "enter"), ("x w h y", "enter")] {
        let mut harness = console(vec![request(0, 90, proposed())]);
        harness.press(keys).pulse(taken());
        assert!(harness.screen().contains("✗ guest00: somebody else"), "{}", harness.screen());
        harness.press(confirm);
        assert_eq!(answers(&harness), []);
        assert!(harness.status().contains("somebody else"), "{}", harness.status());
    }
    let mut harness = console(vec![request(0, 90, failed())]);
    harness.press("R").pulse(telling(vec![request(0, 90, State::Queued)])).press("y");
    assert_eq!(answers(&harness), []);
}

#[test]
fn keys_typed_ahead_answer_nothing_that_nobody_has_read() {
    for (keys, state) in [
        (&["d", "enter"][..], proposed()),
        (&["x", "n", "o", "enter"], proposed()),
        (&["R", "y"], failed()),
    ] {
        let mut harness = console(vec![request(0, 90, state)]);
        for key in keys {
            harness.type_ahead(Message::Press(key.parse().unwrap()));
        }
        assert_eq!(answers(&harness), [], "{keys:?}");
        assert!(harness.status().contains("first, then press"), "{}", harness.status());
    }
}

#[test]
fn the_list_is_worked_off_from_the_top() {
    let three = || [5, 0, 2].map(|n| request(n, 100 + i64::try_from(n).unwrap(), proposed()));
    let mut harness = console(three().into());
    assert!(harness.cursor_row().contains("guest05"), "{}", harness.screen());
    harness.press("x").type_text("no").press("enter");
    assert!(harness.cursor_row().contains("guest02"), "{}", harness.screen());
    harness.press("d enter");
    assert!(harness.cursor_row().contains("guest00"), "{}", harness.screen());
    assert_eq!(answers(&harness), [decline(5, "no"), defer(2, 5)]);
    harness.press("a y");
    assert_eq!(harness.orders()[0].request, Some(request_id(0)));
}

#[test]
fn a_request_that_goes_is_told_and_its_neighbour_is_not_answered_for_it() {
    for key in ["d", "x", "h", "H", "a"] {
        let mut harness = console(vec![request(5, 300, proposed()), request(0, 90, proposed())]);
        harness.pulse(telling(vec![request(0, 90, proposed())]));
        let said = "The request of guest05 is no longer in the inbox";
        assert!(harness.status().contains(said), "{}", harness.status());
        harness.press(key);
        assert!(harness.status().contains("has moved by itself"), "{key}: {}", harness.status());
        let screen = harness.screen();
        harness.press(key);
        assert_ne!(harness.screen(), screen, "once said, it is the person's choice");
    }
    let mut harness = console(vec![request(5, 300, proposed()), request(0, 90, proposed())]);
    harness.pulse(telling(vec![request(0, 90, proposed())])).press("k x");
    assert!(harness.screen().contains("Decline the request?"), "{}", harness.screen());
}

#[test]
fn a_key_in_the_inbox_is_not_stopped_by_what_the_sessions_do() {
    let mut harness = console(vec![request(0, 90, proposed())]);
    let floorwalker::domain::floor::Floor { queues, agents, mut sessions, .. } = small();
    let first = harness.app.cx().session.clone().unwrap();
    sessions.retain(|session| session.id != first);
    harness.pulse(telling(vec![request(2, 90, proposed())]));
    harness.floor(crate::floor::build(queues, agents, sessions)).press("k h");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
}

#[test]
fn what_the_engine_did_not_take_is_said() {
    let mut harness = console(vec![request(0, 90, proposed())]);
    harness.press("d enter").tell(Message::Unsent(defer(0, 5)));
    assert!(harness.status().contains("Not done"), "{}", harness.status());
}
