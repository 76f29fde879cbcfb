//! What the signed-in person does in sessions themselves: `M` listens in and leaves, and says why it is off.

use std::sync::Arc;

use floorwalker::{
    console::{Settings, app::Message},
    domain::{
        audit::Account,
        deed::{Deed, DeedKind, DeedNews, DeedOrder, DeedStage},
        rights::Rights,
        session::{Session, SessionState},
    },
    engine::{Command, Event, Link, Me, Pulse},
    genesys::rights::PLATFORM,
};

use crate::{
    floor::{self, agent_id, session_id},
    harness::{Harness, pulse, settings},
};

/// A session of the sample floor that an agent has.
const HAD: usize = 6;
/// One that waits.
const WAITS: usize = 0;

pub fn robin() -> Me {
    Me::Person(Account { id: "robin".into(), name: Some("Robin Vale".into()) })
}

pub fn signed_in() -> Pulse {
    Pulse { me: Some(robin()), ..pulse(Link::Live) }
}

/// A floor with these sessions alone.
pub fn only(sessions: Vec<Session>) -> floorwalker::domain::floor::Floor {
    let (queues, agents) = ((0..6).map(floor::queue), (0..24).map(floor::agent));
    floor::build(queues.collect(), agents.collect(), sessions)
}

pub fn console_of(settings: &Settings, sessions: Vec<Session>) -> Harness {
    let mut harness = Harness::with(settings, 100, 30);
    harness.pulse(signed_in()).floor(only(sessions)).press("3").take_effects();
    harness
}

fn console(n: usize) -> Harness {
    console_of(&settings(), vec![floor::session(n)])
}

pub fn deeds(harness: &Harness) -> Vec<DeedOrder> {
    let deed = |command| match command {
        Command::Deed(order) => Some(*order),
        _ => None,
    };
    harness.commands().into_iter().filter_map(deed).collect()
}

pub fn news(order: &DeedOrder, stage: DeedStage) -> Event {
    Event::Deed(Box::new(DeedNews { order: order.clone(), stage }))
}

fn heard(n: usize, by: &str) -> Session {
    Session { monitor: Some(by.into()), ..floor::session(n) }
}

#[test]
fn listening_in_is_confirmed_on_a_card_that_says_who_will_know() {
    for (name, width, height) in [("80", 80, 24), ("50", 50, 12), ("200", 200, 60)] {
        let mut harness = console(HAD);
        harness.resize(width, height).press("M");
        assert_screen!(format!("monitor_card_{name}"), harness);
        assert_eq!(deeds(&harness), [], "the card asks first");
        harness.press("y");
        let order = deeds(&harness).pop().unwrap();
        assert_eq!((&order.session, &order.deed), (&session_id(HAD), &Deed::Monitor));
        assert_eq!(order.seen, floor::session(HAD).standing());
        assert!(!harness.screen().contains("Monitor the session?"), "{}", harness.screen());
    }
}

#[test]
fn who_is_monitored_is_seen_by_a_shape_and_a_word_and_left_by_the_same_key() {
    let mut harness = console(HAD);
    harness.resize(160, 30).press("M y");
    let order = deeds(&harness).pop().unwrap();
    assert!(harness.cursor_row().contains("◌ listening in"), "{}", harness.screen());
    harness.press("M");
    assert!(harness.status().contains("is still on its way"), "{}", harness.status());
    harness.event(news(&order, DeedStage::Done)).floor(only(vec![heard(HAD, "robin")]));
    assert!(harness.status().contains("◉ You monitor 김민준"), "{}", harness.status());
    assert!(harness.cursor_row().contains("◉ you monitor"), "{}", harness.screen());
    assert_screen!("monitored", harness);
    for (query, found) in [("monitor", true), ("monitor:you", true), ("monitor:robin", false)] {
        harness.press("/").type_text(query).press("enter");
        assert_eq!(
            harness.cursor_row().contains("◉ you monitor"),
            found,
            "{query}\n{}",
            harness.screen()
        );
        harness.press("esc");
    }
    harness.press("enter");
    let line = harness.line("monitored ").unwrap();
    assert!(line.contains("◉ by you  M leaves"), "{line}");
    harness.take_effects();
    harness.press("M");
    let left = deeds(&harness).pop().unwrap();
    assert_eq!((left.deed.kind(), &left.session), (DeedKind::Leave, &session_id(HAD)));
    harness.event(news(&left, DeedStage::Done)).floor(only(vec![floor::session(HAD)]));
    assert!(harness.status().contains("○ You no longer monitor"), "{}", harness.status());
    harness.press("esc");
    assert!(!harness.cursor_row().contains("monitor"), "{}", harness.cursor_row());
}

#[test]
fn while_some_are_marked_the_key_means_none_of_them() {
    for at in [HAD, WAITS] {
        let had = heard(HAD, "robin");
        let mut harness = console_of(&settings(), vec![had, floor::session(WAITS)]);
        harness.press("*").press(if at == HAD { "end" } else { "home" });
        harness.take_effects();
        harness.press("M");
        assert_eq!(deeds(&harness), [], "{}", harness.screen());
    }
    let mut harness = console_of(&settings(), vec![heard(HAD, "robin"), floor::session(WAITS)]);
    harness.press("* end M");
    assert!(harness.status().contains("one by one: unmark them first"), "{}", harness.screen());
    harness.press("esc").take_effects();
    harness.press("M");
    assert_eq!(deeds(&harness).len(), 1, "{}", harness.screen());
}

#[test]
fn it_can_be_done_from_a_closer_look_and_from_the_transcript() {
    for from in ["enter", "t"] {
        let mut harness = console(HAD);
        harness.press(from).press("M");
        assert!(harness.screen().contains("Monitor the session?"), "{from}: {}", harness.screen());
        harness.press("y");
        assert_eq!(deeds(&harness).len(), 1, "{from}");
    }
}

/// What `M` is answered with, where nothing may leave.
fn refused(harness: &mut Harness) -> String {
    harness.press("M");
    assert!(!harness.screen().contains("Monitor the session?"), "{}", harness.screen());
    harness.press("y");
    assert_eq!(deeds(harness), []);
    harness.press("M").status()
}

#[test]
fn where_it_can_not_be_done_the_key_says_why() {
    let pulsed = |pulse: Pulse| {
        let mut harness = console(HAD);
        harness.pulse(pulse);
        harness
    };
    let read_only = Settings { read_only: true, ..settings() };
    let mut locked = console(HAD);
    locked.press("L");
    let lacks = |words: &'static str| {
        let rights = Rights::of(PLATFORM, move |right| !right.contains(words));
        pulsed(Pulse { rights: Some(Arc::new(rights)), ..signed_in() })
    };
    let trouble = Pulse { audit_trouble: Some("the disk is full".into()), ..signed_in() };
    let mine = Session { agent: Some("robin".into()), ..floor::session(HAD) };
    let alerting = Session { state: SessionState::Alerting, ..floor::session(HAD) };
    for (mut harness, why) in [
        (
            console_of(&read_only, vec![floor::session(HAD)]),
            "Read-only: this console monitors nobody",
        ),
        (locked, "Locked (L unlocks)"),
        (pulsed(Pulse { me: Some(Me::Client), ..signed_in() }), "floorwalker login"),
        (pulsed(Pulse { me: Some(Me::Gateway), ..signed_in() }), "gateway has no route for it"),
        (pulsed(Pulse { me: None, ..signed_in() }), "Nobody knows yet as whom"),
        (lacks("message:monitor"), "your own user lacks conversation:message:monitor"),
        (lacks("message:accept"), "your own user lacks conversation:message:accept"),
        (pulsed(trouble), "the audit log can't be written: the disk is full"),
        (console(WAITS), "Only what an agent has can be monitored"),
        (console_of(&settings(), vec![alerting]), "Only what an agent has can be monitored"),
        (console_of(&settings(), vec![mine]), "You are the agent of"),
        (console_of(&settings(), vec![heard(HAD, "sam")]), "only one supervisor can at a time"),
        (console_of(&settings(), vec![]), "There is no session"),
    ] {
        let said = refused(&mut harness);
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn a_client_is_told_how_one_signs_in_for_its_context() {
    let named = Settings { context: "prod".into(), named: true, ..settings() };
    let mut harness = console_of(&named, vec![floor::session(HAD)]);
    harness.resize(160, 30).pulse(Pulse { me: Some(Me::Client), ..signed_in() });
    let said = refused(&mut harness);
    assert!(said.contains("floorwalker login --context prod"), "{said}");
}

#[test]
fn while_it_is_handed_off_nobody_joins_it() {
    let content = Session { sentiment: Some(0.9), ..floor::session(HAD) };
    let mut harness = console_of(&settings(), vec![content]);
    harness.press("H / V I P enter enter y");
    assert_eq!(harness.orders().len(), 1, "{}", harness.screen());
    let said = refused(&mut harness);
    assert!(said.contains("is being handed off"), "{said}");
}

#[test]
fn what_changes_while_the_card_is_open_is_not_confirmed() {
    let changed = [
        Session { agent: Some(agent_id(2)), ..floor::session(HAD) },
        Session { state: SessionState::Disconnected, ..floor::session(HAD) },
        heard(HAD, "sam"),
    ];
    for (session, why) in changed.into_iter().zip(["is now", "has ended", "monitors"]) {
        let mut harness = console(HAD);
        harness.press("M").floor(only(vec![session])).press("y");
        assert!(harness.screen().contains(why), "{why}: {}", harness.screen());
        assert_eq!(deeds(&harness), [], "{why}");
        // What could not be confirmed a moment ago is read again first, even where it is as it was.
        harness.floor(only(vec![floor::session(HAD)]));
        harness.press("y");
        assert_eq!(deeds(&harness).len(), 1, "{}", harness.screen());
    }
    let mut harness = console(HAD);
    harness.press("M").pulse(Pulse { me: Some(Me::Client), ..signed_in() }).press("y");
    assert_eq!(deeds(&harness), [], "whoever signs out meanwhile sends nothing");
}

#[test]
fn keys_typed_ahead_confirm_nothing() {
    let mut harness = console(HAD);
    for key in ["M", "y"] {
        harness.type_ahead(Message::Press(key.parse().unwrap()));
    }
    assert_eq!(deeds(&harness), []);
    harness.tell(Message::Tick).press("y");
    assert_eq!(deeds(&harness).len(), 1);
}

#[test]
fn the_card_says_how_old_a_stale_floor_is() {
    let mut harness = console(HAD);
    let link = Link::Stale { reason: "sessions: 429".into() };
    harness.pulse(Pulse { link, ..signed_in() }).press("M");
    assert!(harness.screen().contains("it is read again first"), "{}", harness.screen());
    harness.press("y");
    assert_eq!(deeds(&harness).len(), 1);
}

#[test]
fn however_it_ends_is_told_and_nothing_goes_out_again() {
    let reason = || "403: the role lacks it".into();
    for (stage, said) in [
        (DeedStage::Doubtful, "it is looked whether it was done, and not sent again"),
        (DeedStage::Rejected { reason: reason() }, "is not monitored: 403: the role lacks it"),
        (DeedStage::Failed { reason: reason() }, "is not monitored: 403: the role lacks it"),
        (DeedStage::Unknown { reason: reason() }, "Nobody knows whether you monitor"),
    ] {
        let mut harness = console(HAD);
        harness.resize(160, 30).press("M y");
        let order = deeds(&harness).pop().unwrap();
        let ended = stage.is_final();
        harness.take_effects();
        harness.event(news(&order, stage)).wait(5);
        assert!(harness.status().contains(said), "{said}: {}", harness.status());
        assert_eq!(deeds(&harness), []);
        let runs = harness.cursor_row().contains("◌ listening in");
        assert_eq!(runs, !ended, "{}", harness.cursor_row());
    }
}

#[test]
fn what_the_engine_did_not_take_is_not_on_its_way() {
    let mut harness = console(HAD);
    harness.press("M y");
    let order = deeds(&harness).pop().unwrap();
    harness.tell(Message::Unsent(Command::Deed(Box::new(order))));
    assert!(
        harness.status().contains("Not done: the engine does not take"),
        "{}",
        harness.status()
    );
    assert!(!harness.cursor_row().contains("listening"), "{}", harness.screen());
}

#[test]
fn leaving_the_console_says_what_goes_on_without_it() {
    let mut harness = console_of(&settings(), vec![heard(HAD, "robin")]);
    harness.press("q");
    let screen = harness.screen();
    assert!(screen.contains("◉ You go on monitoring 김민준 in Genesys Cloud."), "{screen}");
    assert!(screen.contains("Stay and press M there"), "{screen}");
    let mut harness = console(HAD);
    harness.press("M y q");
    assert!(harness.screen().contains("has not been answered yet"), "{}", harness.screen());
    let mut harness = console_of(&settings(), vec![heard(HAD, "sam")]);
    harness.press("q");
    assert!(harness.take_effects().contains(&floorwalker::console::app::Effect::Quit));
}
