//! Opening a guest's session: the form, its checks, and what becomes of it.

use std::sync::Arc;

use floorwalker::{
    domain::{
        floor::Floor,
        guest::GuestOrder,
        session::{Session, SessionState},
    },
    engine::{
        Command, Event, Link,
        supervision::{Supervision, Turn, Ward},
    },
};

use crate::{
    floor::{self, queue_id, session_id},
    harness::{Harness, pulse},
    wards::kept,
};

fn one_queue() -> Floor {
    let waiting = Session {
        guest: Some("Rosa".into()),
        queue: Some(queue_id(1)),
        ..Session::bare(session_id(0), SessionState::Waiting)
    };
    floor::build(vec![floor::queue(0), floor::queue(1)], vec![], vec![waiting])
}

/// A console on which so many guests' sessions are open.
fn console(open: usize) -> Harness {
    let one = |n: usize| (session_id(n + 1), kept(n + 1, false));
    let mut told = pulse(Link::Live);
    told.ward = Some(Arc::new(Ward { kept: (0..open).map(one).collect(), ..Ward::default() }));
    let mut harness = Harness::bare(100, 30);
    harness.pulse(told).floor(one_queue());
    harness.take_effects();
    harness
}

fn opened(harness: &Harness) -> Vec<GuestOrder> {
    let order = |command| match command {
        Command::Open(order) => Some(order),
        _ => None,
    };
    harness.commands().into_iter().filter_map(order).collect()
}

/// Empties the field that is being typed in and types `text`.
fn fill(harness: &mut Harness, text: &str) {
    harness.press("ctrl-u").type_text(text);
}

#[test]
fn n_enter_opens_a_session_in_the_queue_under_the_cursor() {
    let mut harness = console(12);
    harness.press("ctrl-n");
    let screen = harness.screen();
    assert!(screen.contains("12 of 500"), "{screen}");
    assert!(screen.contains("A heartbeat every 30 s from here; it ends after 30m."), "{screen}");
    harness.press("enter");
    let [order] = opened(&harness).try_into().unwrap();
    assert_eq!((order.queue, order.duration), (queue_id(1), 1800));
    assert_eq!((order.name.as_str(), order.locale.as_str()), ("Guest", "en-US"));
    assert_eq!(order.capabilities, ["typing-indicator", "read-receipts"]);
    let token = order.token.expose().to_owned();
    assert!(token.starts_with("jwt_") && token.len() == 36, "S4's form");
    let screen = harness.screen();
    assert!(screen.contains("Opening…") && !screen.contains(&token), "{screen}");
    assert_eq!(opened(harness.press("enter y")).len(), 1, "once");
}

#[test]
fn the_form_goes_when_the_session_is_open_and_stays_with_the_reason_when_it_is_not() {
    let mut harness = console(0);
    harness.press("ctrl-n enter");
    let first = opened(&harness).remove(0);
    let told = |turn| Event::Supervision(Box::new(Supervision { session: None, turn }));
    harness.event(told(not_opened(&first, "the queue is closed")));
    assert!(harness.screen().contains("✗ Not opened: the queue is closed"), "{}", harness.screen());
    harness.press("enter");
    let all = opened(&harness);
    assert_eq!(all.len(), 2);
    assert_ne!(first.token, all[1].token, "whether the first came to be is not known");
    assert_ne!(first.id, all[1].id);
    // What comes late of the first is nothing to the second.
    harness.event(told(Turn::Opened { order: first.id, queue: queue_id(0) }));
    assert!(harness.screen().contains("Opening…"), "{}", harness.screen());
    harness.event(told(Turn::Opened { order: all[1].id.clone(), queue: queue_id(1) }));
    assert!(!harness.screen().contains("Open a guest's session"), "{}", harness.screen());
    let name = floor::queue(1).name;
    assert!(harness.status().contains(&format!("{name} was asked for")), "{}", harness.status());
}

fn not_opened(order: &GuestOrder, reason: &str) -> Turn {
    Turn::NotOpened { order: order.id.clone(), reason: reason.into() }
}

#[test]
fn the_cursor_goes_to_the_new_session_unless_a_key_was_pressed_meanwhile() {
    for (key, row) in [("", "Ines"), ("j", "Rosa")] {
        let mut harness = console(0);
        harness.press("ctrl-n enter");
        let order = opened(&harness)[0].id.clone();
        let turn = Turn::Opened { order, queue: queue_id(1) };
        let news = Supervision { session: Some(session_id(7)), turn };
        harness.event(Event::Supervision(Box::new(news))).press(key);
        let mut floor = one_queue();
        floor.sessions.push(Session {
            guest: Some("Ines".into()),
            ..Session::bare(session_id(7), SessionState::Bot)
        });
        harness.floor(floor::build(floor.queues.clone(), vec![], floor.sessions.clone()));
        assert!(harness.cursor_row().contains(row), "{key:?}: {}", harness.screen());
    }
}

#[test]
fn leaving_while_a_session_is_being_opened_asks() {
    let mut harness = console(0);
    harness.press("ctrl-n enter");
    let order = opened(&harness).remove(0);
    harness.press("esc q");
    assert!(harness.screen().contains("A session is being opened"), "{}", harness.screen());
    harness.press("esc");
    let turn = not_opened(&order, "the queue is closed");
    harness.event(Event::Supervision(Box::new(Supervision { session: None, turn })));
    harness.take_effects();
    harness.press("q");
    assert_eq!(harness.take_effects().pop(), Some(floorwalker::console::app::Effect::Quit));
}

#[test]
fn typing_takes_the_place_of_what_a_field_only_offers() {
    let mut harness = console(0);
    harness.press("ctrl-n").type_text("Bill");
    assert!(harness.screen().contains("│ queue       Bill  "), "{}", harness.screen());
}

#[test]
fn each_check_stands_beside_its_field_and_nothing_is_asked() {
    let mut harness = console(0);
    harness.press("ctrl-n");
    fill(&mut harness, "nowhere");
    assert!(harness.screen().contains("✗ no queue is called \"nowhere\""), "{}", harness.screen());
    harness.press("down down down");
    for (typed, said) in [
        ("2701", "Validation 400 Constraint Violated: Session duration must be"),
        ("0", "Validation 400 Constraint Violated: Session duration must be"),
        ("soon", "\"soon\" is no whole number"),
    ] {
        fill(&mut harness, typed);
        assert!(harness.screen().contains(said), "{}", harness.screen());
    }
    fill(&mut harness, "60");
    harness.press("down");
    fill(&mut harness, "typing-indicator");
    let said = "Validation 400 Capability Mismatch: Missing required capabilities:";
    assert!(harness.screen().contains(said), "{}", harness.screen());
    harness.press("enter");
    assert_eq!(opened(&harness), []);
    // Enter goes to what is wrong; tab finishes the word.
    fill(&mut harness, "typing-indicator, read");
    harness.press("tab enter");
    fill(&mut harness, &floor::queue(0).name);
    harness.press("enter");
    let [order] = opened(&harness).try_into().unwrap();
    assert_eq!((order.queue, order.duration), (queue_id(0), 60));
    assert_eq!(order.capabilities, ["typing-indicator", "read-receipts"]);
}

#[test]
fn the_501st_is_refused_first() {
    let mut harness = console(500);
    harness.press("ctrl-n");
    fill(&mut harness, "nowhere");
    harness.press("enter");
    let said = "Validation 429 Limit Exceeded: Concurrent sessions (500) reached maximum (500)";
    assert!(harness.screen().contains(said), "{}", harness.screen());
    assert_eq!(opened(&harness), []);
    harness.press("esc");
    assert!(!harness.screen().contains("Open a guest's session"), "{}", harness.screen());
}

#[test]
fn an_order_that_the_engine_did_not_take_can_be_given_again() {
    let mut harness = console(0);
    harness.press("ctrl-n enter");
    let command = harness.commands().pop().unwrap();
    harness.tell(floorwalker::console::app::Message::Unsent(command));
    harness.press("enter");
    assert_eq!(opened(&harness).len(), 2, "{}", harness.screen());
}
