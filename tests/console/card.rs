//! The card: guards and passing them over, the summary, the reason, and text that is only text.

#[path = "card/demands.rs"]
mod demands;

use floorwalker::{
    console::app::Message,
    domain::{
        agent::{Agent, RoutingStatus},
        detail::SessionDetail,
        floor::Floor,
        handoff::HandoffOrder,
        payload::Summary,
        session::{Session, SessionState},
    },
    engine::{Command, Event, Link},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse},
};

/// One session that every guard lets pass, changed; one agent who fits, one queue to move it to.
fn with(change: impl Fn(&mut Session)) -> Floor {
    let ada = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let mut session = Session {
        guest: Some("Iris".into()),
        since: Some(floor::ago(252)),
        queue: Some(queue_id(0)),
        intent: Some("refund request".into()),
        confidence: Some(0.81),
        sentiment: Some(0.6),
        depth: Some(1),
        ..Session::bare(session_id(0), SessionState::Waiting)
    };
    change(&mut session);
    floor::build(vec![floor::queue(0), floor::queue(4)], vec![ada], vec![session])
}

fn console(change: impl Fn(&mut Session)) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(with(change));
    harness.take_effects();
    harness
}

/// A card that a guard stops: Iris is unhappy.
fn stopped() -> Harness {
    let mut harness = console(|s| s.sentiment = Some(0.21));
    harness.press("a");
    harness
}

fn summary(harness: &mut Harness, found: Result<Option<&str>, &str>) {
    let found = found.map(|text| text.map(str::to_owned)).map_err(Into::into);
    harness.event(Event::Summary { session: session_id(0), found });
}

fn order(harness: &Harness) -> HandoffOrder {
    let orders = harness.orders();
    assert_eq!(orders.len(), 1, "{}", harness.screen());
    orders[0].clone()
}

#[test]
fn whose_session_has_ended_is_still_named_on_the_card() {
    let mut harness = console(|_| {});
    harness.press("a").floor(floor::build(vec![floor::queue(0)], vec![], vec![]));
    let screen = harness.screen();
    assert!(screen.contains("✗ Iris has ended") && screen.contains("Iris › card"), "{screen}");
}

#[test]
fn three_keys_hand_the_first_session_to_the_best() {
    let mut harness = console(|_| {});
    harness.press("3 a");
    let card = harness.screen();
    for part in [
        "Iris  ○ waiting in Billing",
        "to          Ada",
        "score ✓ 100  rank ",
        "guards      ✓ moves 1 of 3  ✓ sure 0.81  ✓ mood 0.60",
        "y confirm   esc back",
        "summary     fetching…",
        "because     -",
    ] {
        assert!(card.contains(part), "{part}\n{card}");
    }
    harness.press("y");
    let order = order(&harness);
    assert_eq!((order.session, order.seen.queue), (session_id(0), Some(queue_id(0))));
    assert_eq!((order.payload.summary, order.waiver), (None, None));
    assert!(order.reason.is_empty());
}

#[test]
fn what_is_not_known_stops_nothing_and_is_no_number() {
    let mut harness = console(|s| (s.depth, s.confidence, s.sentiment) = (None, None, None));
    harness.press("a");
    let line = harness.line("guards").unwrap();
    assert!(line.contains("moves -  sure -  mood -"), "{line}");
    assert_eq!(harness.press("y").orders().len(), 1);
}

#[test]
fn low_confidence_stops_what_an_agent_has_but_not_what_it_is_for() {
    let mut harness = console(|s| {
        (s.confidence, s.state) = (Some(0.41), SessionState::Connected);
        s.agent = Some(agent_id(7));
    });
    let screen = harness.press("a").screen();
    assert!(screen.contains("▲ sure 0.41 < 0.75") && screen.contains("▲ Stopped"), "{screen}");
    for state in [SessionState::Bot, SessionState::Waiting] {
        let mut harness = console(|s| (s.confidence, s.state) = (Some(0.41), state));
        let screen = harness.press("a").screen();
        assert!(screen.contains("○ sure 0.41 waived"), "{screen}");
        assert!(screen.contains("low confidence is what the handoff is for"), "{screen}");
        harness.press("y");
        assert_eq!(order(&harness).waiver, None);
    }
}

#[test]
fn a_guard_stops_y_until_it_is_overridden_with_a_reason() {
    let mut harness = stopped();
    let screen = harness.screen();
    assert!(screen.contains("▲ mood 0.21 < 0.30"), "{screen}");
    assert!(screen.contains("▲ Stopped: sentiment 0.21, must be at least 0.3."), "{screen}");
    assert!(!screen.contains("y confirm"), "{screen}");
    harness.press("y");
    assert!(harness.orders().is_empty());
    assert!(harness.status().contains("o overrides with a reason"), "{}", harness.status());
    // Nothing, and blanks, are no reason.
    harness.press("o enter space enter");
    assert!(harness.screen().contains("✗ An override needs a reason"), "{}", harness.screen());
    harness.type_text("y, she asked for it").press("enter");
    assert!(harness.orders().is_empty());
    let screen = harness.screen();
    assert!(screen.contains("△ overridden: y, she asked for it"), "{screen}");
    assert!(screen.contains("y confirm"), "{screen}");
    harness.press("y");
    assert_eq!(order(&harness).waiver, Some("y, she asked for it".into()));
}

#[test]
fn an_override_that_is_dropped_overrides_nothing() {
    let mut harness = stopped();
    harness.press("o").type_text("because").press("esc y");
    assert!(harness.orders().is_empty());
    assert!(harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
}

#[test]
fn an_override_holds_for_the_guards_it_was_given_for() {
    let mut harness = stopped();
    harness.press("o").type_text("she asked").press("enter");
    // Meanwhile it was moved once too often.
    harness.floor(with(|s| (s.sentiment, s.depth) = (Some(0.21), Some(3))));
    let screen = harness.screen();
    assert!(screen.contains("▲ Stopped: 3 transfers so far, must be fewer than 3."), "{screen}");
    assert!(harness.press("y").orders().is_empty());
    // Where no guard stops it any more there is nothing that was overridden.
    harness.floor(with(|_| {})).press("y");
    assert_eq!(order(&harness).waiver, None);
}

#[test]
fn only_guards_can_be_overridden() {
    let mut harness = console(|_| {});
    harness.press("a o");
    assert!(harness.status().contains("nothing to override"), "{}", harness.status());
    let mut full = with(|s| s.sentiment = Some(0.21));
    full.agents[0].sessions = Some(3);
    let mut harness = stopped();
    harness.floor(full).press("o");
    let said = "Only a guard can be overridden: Ada: Agent at capacity (3/3)";
    assert!(harness.status().contains(said), "{}", harness.status());
    assert!(!harness.screen().contains("override, with"), "{}", harness.screen());
}

#[test]
fn what_was_read_closely_counts_for_the_guards() {
    let mut harness = console(|s| (s.depth, s.sentiment) = (None, None));
    harness.press("enter");
    let read = SessionDetail {
        id: session_id(0),
        session: Session {
            depth: Some(2),
            sentiment: Some(0.1),
            ..Session::bare(session_id(0), SessionState::Waiting)
        },
        participants: vec![],
        messages: vec![],
        message_ids: vec![],
        summary: None,
        guest: None,
        gaps: vec![],
        read_at: floor::now(),
    };
    harness.event(Event::Detail(Box::new(read.clone()))).press("a");
    let line = harness.line("guards").unwrap();
    assert!(line.contains("✓ moves 2 of 3  ✓ sure 0.81  ▲ mood 0.10 < 0.30"), "{line}");
    // It counts as well when it comes while the card is open.
    let mut harness = console(|s| (s.depth, s.sentiment) = (None, None));
    harness.press("enter a").event(Event::Detail(Box::new(read)));
    assert!(harness.line("guards").unwrap().contains("▲ mood 0.10"), "{}", harness.screen());
}

#[test]
fn the_summary_is_asked_for_once_and_goes_along_as_it_came() {
    let mut harness = console(|_| {});
    harness.press("a").wait(5);
    let asked: Vec<_> = harness
        .commands()
        .into_iter()
        .filter(|command| matches!(command, Command::Summarise(_)))
        .collect();
    assert_eq!(asked, [Command::Summarise(session_id(0))]);
    // Another session's is not this one's.
    let other = Event::Summary { session: session_id(1), found: Ok(Some("other".into())) };
    assert!(harness.event(other).screen().contains("fetching…"));
    // It may quote the guest, and goes along whole.
    let text = "Charged twice.\u{1b}[2J\nOn card 4111111111111111.";
    summary(&mut harness, Ok(Some(text)));
    let screen = harness.screen();
    assert!(screen.contains("Charged twice.\u{fffd}[2J On card •••• •••• •••• 1111."), "{screen}");
    harness.press("y");
    let sent = Summary { text: text.into(), by_hand: false };
    assert_eq!(order(&harness).payload.summary, Some(sent));
}

#[test]
fn a_long_summary_is_folded() {
    let mut harness = console(|_| {});
    harness.press("a");
    summary(&mut harness, Ok(Some(&"many words ".repeat(60))));
    let screen = harness.screen();
    assert!(screen.lines().filter(|line| line.contains("many words")).count() <= 3, "{screen}");
    assert!(screen.contains('…') && screen.contains("asks for"), "{screen}");
}

#[test]
fn an_edited_summary_is_the_persons_own() {
    let mut harness = console(|_| {});
    harness.press("a");
    summary(&mut harness, Ok(Some("Charged twice")));
    harness.press("i").type_text(" yq, o").press("left x enter");
    assert!(harness.orders().is_empty());
    // What arrives now does not take its place.
    summary(&mut harness, Ok(Some("late")));
    assert!(harness.screen().contains("Charged twice yq, xo"), "{}", harness.screen());
    harness.press("y");
    let sent = Summary { text: "Charged twice yq, xo".into(), by_hand: true };
    assert_eq!(order(&harness).payload.summary, Some(sent));
}

#[test]
fn a_summary_that_was_only_looked_at_is_not_edited() {
    for keys in ["i enter y", "i x esc y"] {
        let mut harness = console(|_| {});
        harness.press("a");
        summary(&mut harness, Ok(Some("Charged\ntwice")));
        harness.press(keys);
        let sent = Summary { text: "Charged\ntwice".into(), by_hand: false };
        assert_eq!(order(&harness).payload.summary, Some(sent), "{keys}");
    }
}

#[test]
fn a_summary_that_was_emptied_is_not_fetched_again() {
    let mut harness = console(|_| {});
    harness.press("a");
    summary(&mut harness, Ok(Some("wrong")));
    harness.press("i ctrl-u enter");
    let said = "none: “Automated context summary” is sent";
    assert!(harness.screen().contains(said), "{}", harness.screen());
    harness.press("y");
    let sent = Summary { text: "Automated context summary".into(), by_hand: true };
    assert_eq!(order(&harness).payload.summary, Some(sent));
}

#[test]
fn without_a_summary_it_is_said_why() {
    for (found, said) in [
        (Ok(None), "none: “Automated context summary” is sent"),
        (Ok(Some("  ")), "none: “Automated context summary” is sent"),
        (Err("403: ask for conversation:summary"), "not fetched: 403: ask for conversation"),
    ] {
        let mut harness = console(|_| {});
        harness.press("a");
        summary(&mut harness, found);
        assert!(harness.screen().contains(said), "{said}\n{}", harness.screen());
        assert_eq!(order(harness.press("y")).payload.summary, None);
    }
    let mut harness = console(|_| {});
    harness.press("a").tell(Message::Unsent(Command::Summarise(session_id(0))));
    assert!(harness.screen().contains("not fetched: the engine is busy"), "{}", harness.screen());
}

#[test]
fn the_reason_goes_along_in_the_persons_words() {
    let mut harness = console(|_| {});
    harness.press("a c").type_text("her third time").press("enter");
    assert!(harness.screen().contains("because     her third time"), "{}", harness.screen());
    harness.press("y");
    assert_eq!(order(&harness).reason.as_str(), "her third time");
}

#[test]
fn while_text_is_typed_every_key_is_text() {
    for key in ["o", "i", "c"] {
        let mut harness = stopped();
        harness.take_effects();
        harness.press(key).type_text("y u a h H q ? p r 3").press("tab up down pageup f5");
        assert!(harness.take_effects().is_empty(), "{key}");
        let screen = harness.screen();
        assert!(screen.contains("y u a h H q ? p r 3"), "{key}\n{screen}");
        assert!(!screen.contains("nowhere to move"), "{key}\n{screen}");
        assert!(screen.contains("enter accept the text  esc drop it"), "{key}\n{screen}");
    }
}

#[test]
fn a_pasted_text_goes_into_the_prompt_and_presses_nothing() {
    let mut harness = stopped();
    harness.press("o").tell(Message::Paste(format!("she asked\r\ny\n{}", "z".repeat(300))));
    assert!(harness.orders().is_empty());
    let screen = harness.screen();
    assert!(screen.contains("she asked  y ") && screen.contains("200 of 200"), "{screen}");
    // The next letter is one too many.
    harness.type_text("w").press("enter y");
    let waiver = order(&harness).waiver.unwrap();
    assert!(!waiver.contains('w') && waiver.chars().count() == 200, "{waiver}");
}

#[test]
fn another_queue_counts_the_wait_from_its_own_beginning() {
    let mut harness = console(|_| {});
    harness.press("H /").type_text("vip").press("enter enter");
    let screen = harness.screen();
    assert!(screen.contains("△ Its 4m in line starts again at 0."), "{screen}");
    // With an agent nothing starts again.
    harness.press("esc esc esc a");
    assert!(!harness.screen().contains("starts again"), "{}", harness.screen());
}

#[test]
fn the_agent_of_a_card_is_read_closely() {
    let mut harness = console(|_| {});
    harness.press("a");
    let read = |command: &Command| match command {
        Command::Attend(attention) => attention.agents.clone(),
        _ => vec![],
    };
    let agents: Vec<_> = harness.commands().iter().flat_map(read).collect();
    assert_eq!(agents, [agent_id(0)]);
}

#[test]
fn on_the_smallest_screen_what_is_typed_is_in_sight() {
    for key in ["o", "i", "c"] {
        let mut harness = stopped();
        harness.resize(50, 12).press(key).type_text("these words");
        assert!(harness.screen().contains("these words"), "{key}\n{}", harness.screen());
    }
}

#[test]
fn the_editor_says_how_much_of_a_summary_travels() {
    let mut harness = console(|_| {});
    harness.press("a");
    summary(&mut harness, Ok(Some(&"word ".repeat(50))));
    harness.press("i");
    assert!(harness.line("250 of 256; what is longer is cut").is_some(), "{}", harness.screen());
    harness.type_text(" and more");
    assert!(
        harness.line("△ 259 of 256; as an attribute it is cut").is_some(),
        "{}",
        harness.screen()
    );
}

#[test]
fn who_waits_in_a_queue_can_be_given_another_place_there() {
    let mut harness = console(|s| (s.state, s.queue) = (SessionState::Waiting, Some(queue_id(4))));
    harness.press("H /").type_text("vip").press("enter enter y");
    assert!(harness.line("It waits there already: d asks").is_some(), "{}", harness.screen());
    assert!(harness.orders().is_empty(), "nothing would change");
    harness.press("d down down").type_text("7").press("enter");
    assert!(harness.line("starts again").is_none(), "it stays in line:\n{}", harness.screen());
    harness.press("y");
    let order = order(&harness);
    assert_eq!(
        (order.demands.priority, order.target),
        (Some(7), floorwalker::domain::handoff::Target::Queue(queue_id(4)))
    );
}
