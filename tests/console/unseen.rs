//! What nobody can see is not confirmed, and where nothing may be done nothing that is open still is.

use std::{sync::Arc, time::Duration};

use floorwalker::{
    config::Safety,
    console::{
        Settings,
        app::{Effect, Message},
    },
    engine::{Command, Link, Pulse, supervision::Ward},
};

use crate::{
    floor::{self, session_id},
    harness::{Harness, pulse, settings},
    inbox::{self, proposed, request},
    wards::kept,
};

/// A console that locks itself after a minute, with one session kept here.
fn console() -> Harness {
    let lock_after = Some(Duration::from_secs(60));
    let safety = Safety { lock_after, ..Safety::default() };
    let mut harness = Harness::with(&Settings { safety, ..settings() }, 100, 30);
    let kept = [0, 1, 2].map(|n| (session_id(n), kept(n, n == 0)));
    let ward = Ward { kept: kept.into(), ..Ward::default() };
    harness.pulse(Pulse { ward: Some(Arc::new(ward)), ..pulse(Link::Live) });
    harness.floor(floor::sample());
    harness.take_effects();
    harness
}

/// What touches a customer, of what was sent.
fn writes(harness: &Harness) -> Vec<Command> {
    let is_write = |command: &Command| {
        matches!(command, Command::Handoff(_) | Command::End(_) | Command::Open(_))
            || matches!(command, Command::Supervise(_) | Command::Release(_))
    };
    harness.commands().into_iter().filter(is_write).collect()
}

/// Presses keys before any of them has been drawn.
fn ahead(harness: &mut Harness, keys: &str) {
    for key in keys.split_whitespace() {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
}

#[test]
fn a_card_that_something_else_was_over_is_read_again_first() {
    for (over, back) in [("W", "x"), (":", "esc"), ("?", "esc")] {
        let mut harness = console();
        harness.press("g H j enter").press(over);
        ahead(&mut harness, &format!("{back} y"));
        assert!(harness.orders().is_empty(), "{over}");
        harness.press("r");
        assert!(harness.screen().contains("Hand off to"), "{over}: {}", harness.screen());
        harness.press("y");
        assert_eq!(harness.orders().len(), 1, "{over}: {}", harness.screen());
    }
}

#[test]
fn a_card_that_said_why_not_is_read_again_before_it_is_confirmed() {
    let mut harness = console();
    let audit_trouble = Some("the disk is full".into());
    harness.press("g H j enter");
    harness.pulse(Pulse { audit_trouble, ..pulse(Link::Live) }).press("y");
    assert!(harness.orders().is_empty(), "{}", harness.screen());
    harness.type_ahead(Message::Pulse(Arc::new(pulse(Link::Live))));
    ahead(&mut harness, "y");
    assert!(harness.orders().is_empty(), "nobody has seen that it can be written again");
    assert!(harness.status().contains("Read the card first"), "{}", harness.status());
    harness.press("r y");
    assert_eq!(harness.orders().len(), 1, "{}", harness.screen());
}

#[test]
fn what_was_typed_is_not_taken_where_it_cannot_be_seen() {
    let mut harness = console();
    harness.press("D y").type_text("en").resize(49, 12);
    harness.type_text("d").press("enter");
    harness.tell(Message::Paste("d".into()));
    assert_eq!(writes(&harness), []);
    // As it was, once there is room again.
    harness.resize(100, 30).press("enter");
    assert!(harness.status().contains("“en” is not “end”"), "{}", harness.status());
    harness.press("y").type_text("end").press("enter");
    assert!(matches!(writes(&harness).as_slice(), [Command::End(_)]), "{}", harness.screen());
}

#[test]
fn a_screen_that_is_too_small_can_still_be_left_while_text_is_typed() {
    let mut harness = console();
    harness.press("/").type_text("wait").resize(20, 5);
    harness.press("q esc");
    assert!(!harness.effects.contains(&Effect::Quit), "these are letters there");
    harness.press("ctrl-c");
    assert!(harness.effects.contains(&Effect::Quit));
}

#[test]
fn what_was_asked_before_the_console_locked_itself_is_not_done_after() {
    // The session kept here; which of those that the filter finds; a form.
    for (opened, says, answers) in [
        ("g w", "Keep it alive no longer?", "y"),
        ("/ w a i t i n g enter w", "Which?", "w *"),
        ("ctrl-n", "Open a guest's session", "enter"),
    ] {
        let mut harness = console();
        harness.floor(floor::floor(6, 24, if opened == "g w" { 1 } else { 40 }));
        harness.press(opened);
        assert!(harness.screen().contains(says), "{}", harness.screen());
        harness.wait(61).press(answers);
        assert_eq!(writes(&harness), [], "{says}");
        assert!(harness.screen().contains("Locked (L unlocks)"), "{}", harness.screen());
    }
}

#[test]
fn a_form_that_nobody_has_read_opens_nothing() {
    let mut harness = console();
    ahead(&mut harness, "ctrl-n enter");
    assert_eq!(writes(&harness), []);
    assert!(harness.status().contains("Read it first"), "{}", harness.status());
    // On the screen by now; with the queue that it is to wait in.
    harness.app.shown();
    harness.press("ctrl-u").type_text("Billing").press("enter");
    assert!(matches!(writes(&harness).as_slice(), [Command::Open(_)]), "{}", harness.screen());
}

#[test]
fn whose_request_is_answered_stands_on_the_smallest_screen_too() {
    for key in ["x", "d"] {
        let mut harness = inbox::console(vec![request(0, 90, proposed())]);
        harness.resize(50, 12).press(key);
        assert!(harness.screen().contains("guest00"), "{}", harness.screen());
        assert!(harness.screen().contains(if key == "x" { "audited" } else { "minutes" }));
    }
}
