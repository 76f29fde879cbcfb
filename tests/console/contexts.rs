//! Going to another org of the configuration: how it is found, what is asked before, and that nobody is taken
//! from under what they are doing.

use std::sync::Arc;

use floorwalker::{
    config::Colour,
    console::{
        Settings,
        app::{Effect, Message},
        orgs::{Arrival, Org, Orgs},
    },
    domain::{
        handoff::{Progress, Stage},
        text::Plain,
    },
    engine::{Command, Event, Link, Ward},
};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
    wards::{kept, ward},
};

fn orgs() -> Orgs {
    let org = |name: &str, place: &str| Org {
        name: name.into(),
        place: place.into(),
        colour: None,
        read_only: false,
        here: false,
    };
    Orgs::of(vec![
        Org { colour: Some(Colour::Red), here: true, ..org("prod", "Frankfurt, eu-central-1") },
        Org { colour: Some(Colour::Green), ..org("test", "Dublin, eu-west-1") },
        Org { read_only: true, ..org("wall", "messaging.example") },
    ])
}

fn own() -> Settings {
    let colour = Some(Colour::Red);
    let usual = settings();
    let safety = floorwalker::config::Safety { colour, ..usual.safety };
    Settings { context: "prod".into(), named: true, orgs: orgs(), safety, ..usual }
}

/// A console on prod, with sessions that are kept here.
fn console(ward: Ward) -> Harness {
    let mut harness = Harness::with(&own(), 80, 24);
    let mut told = pulse(Link::Live);
    told.ward = Some(Arc::new(ward));
    harness.pulse(told).floor(floor::sample());
    harness.take_effects();
    harness
}

fn quiet() -> Harness {
    console(Ward::default())
}

/// Types into the palette and chooses.
fn choose(harness: &mut Harness, text: &str) {
    harness.press(":").type_text(text).press("enter");
}

fn prepared(harness: &mut Harness, org: &str, result: Result<(), &str>) {
    let result = result.map_err(Plain::from);
    harness.tell(Message::Prepared { org: org.into(), result });
}

/// The orgs that were to be made ready, and those that were left for.
fn gone(harness: &Harness) -> Vec<String> {
    let told = |effect: &Effect| match effect {
        Effect::Prepare(org) => Some(format!("prepare {org}")),
        Effect::Switch(org) => Some(format!("switch {org}")),
        Effect::Quit => Some("quit".to_owned()),
        _ => None,
    };
    harness.effects.iter().filter_map(told).collect()
}

#[test]
fn ctx_lists_the_orgs_of_the_configuration_and_nothing_else() {
    let mut harness = quiet();
    assert_screen!("contexts", harness.press(":").type_text("ctx"));
    assert_screen!("contexts_found", harness.type_text(" ts"));
    harness.press("ctrl-u").type_text("ctx nobody").press("enter");
    assert!(harness.screen().contains("No context of the configuration has such a name"));
    assert!(harness.status().contains("nothing of that name"), "{}", harness.status());
    assert_eq!(gone(&harness), Vec::<String>::new());
    // Among everything else they are found by name and by place, each at once.
    harness.press("ctrl-u").type_text("dublin");
    assert!(harness.cursor_row().contains("context  "), "{}", harness.screen());
    // A key lists them too, over whatever is open.
    harness.press("esc enter ctrl-o");
    assert!(harness.screen().contains("❯ ctx"), "{}", harness.screen());
    assert!(harness.screen().contains("3 of 3 contexts"), "{}", harness.screen());
}

#[test]
fn an_org_is_made_ready_first_and_then_left_for() {
    let mut harness = quiet();
    choose(&mut harness, "ctx test");
    assert_eq!(gone(&harness), ["prepare test"]);
    assert_screen!("contexts_preparing", harness);
    harness.press("enter");
    assert!(harness.status().contains("It is on its way; esc stays here"), "{}", harness.status());
    prepared(&mut harness, "test", Ok(()));
    assert_eq!(gone(&harness), ["prepare test", "switch test"]);
    assert!(harness.commands().is_empty(), "{:?}", harness.commands());
}

#[test]
fn one_that_can_not_be_gone_to_says_why_and_the_console_stays() {
    let mut harness = quiet();
    choose(&mut harness, "ctx wall");
    prepared(
        &mut harness,
        "wall",
        Err("context wall, client secret: /s can be read by others: chmod 600 /s"),
    );
    assert_eq!(gone(&harness), ["prepare wall"]);
    let screen = harness.screen();
    assert!(screen.contains("Still in prod, wall is not gone to"), "{screen}");
    assert!(screen.contains("chmod 600 /s"), "{screen}");
    assert!(!screen.contains("Go to wall"), "{screen}");
    harness.press("1 3");
    assert!(harness.screen().contains("▸ 3 Sessions"), "it goes on\n{}", harness.screen());
}

#[test]
fn where_one_is_already_there_is_nowhere_to_go() {
    let mut harness = quiet();
    choose(&mut harness, "ctx prod");
    assert_eq!(gone(&harness), Vec::<String>::new());
    assert!(harness.status().contains("You are in prod already"), "{}", harness.status());
}

#[test]
fn without_another_org_it_says_why() {
    let why =
        "prod is the only context of the configuration: floorwalker config init makes another";
    let alone = Settings { orgs: Orgs::none(why), ..own() };
    let mut harness = Harness::with(&alone, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    for text in ["ctx", "ctx test"] {
        choose(&mut harness, text);
        assert!(
            harness.cursor_row().contains("⊘ prod is the only context"),
            "{}",
            harness.screen()
        );
        assert!(harness.status().contains("the only context"), "{}", harness.status());
        harness.press("esc");
    }
    harness.press("ctrl-o");
    assert!(!harness.screen().contains('❯') && harness.status().contains("the only context"));
    assert_eq!(gone(&harness), Vec::<String>::new());
}

#[test]
fn who_changes_their_mind_stays_whatever_is_ready_later() {
    let mut harness = quiet();
    choose(&mut harness, "ctx test");
    harness.press("esc");
    prepared(&mut harness, "test", Ok(()));
    assert_eq!(gone(&harness), ["prepare test"]);
    // Of two the one that was asked for last is meant.
    choose(&mut harness, "ctx test");
    choose(&mut harness, "ctx wall");
    prepared(&mut harness, "test", Ok(()));
    assert_eq!(gone(&harness), ["prepare test", "prepare test", "prepare wall"]);
    prepared(&mut harness, "wall", Ok(()));
    assert_eq!(gone(&harness).last().unwrap(), "switch wall");
}

#[test]
fn nobody_is_taken_from_under_what_they_are_doing() {
    let mut harness = quiet();
    choose(&mut harness, "ctx test");
    harness.press("?");
    prepared(&mut harness, "test", Ok(()));
    assert_eq!(gone(&harness), ["prepare test"]);
    assert!(harness.status().contains("something else is open"), "{}", harness.status());
    harness.press("esc");
    assert!(!harness.screen().contains("Go to test"), "{}", harness.screen());
}

#[test]
fn an_open_card_is_let_go_of_and_never_sent() {
    let mut harness = quiet();
    harness.press("h enter");
    assert!(harness.screen().contains("y confirm"), "{}", harness.screen());
    choose(&mut harness, "ctx test");
    // Meanwhile nothing can be confirmed below.
    harness.press("y");
    prepared(&mut harness, "test", Ok(()));
    assert_eq!(gone(&harness).last().unwrap(), "switch test");
    assert!(harness.orders().is_empty());
}

#[test]
fn it_asks_what_leaving_asks_and_goes_there_by_the_same_answers() {
    let mut harness = console(ward(vec![kept(0, true), kept(2, false)]));
    choose(&mut harness, "ctx test");
    prepared(&mut harness, "test", Ok(()));
    assert_screen!("contexts_leaving", harness);
    assert_eq!(gone(&harness), ["prepare test"]);
    harness.press("q");
    assert_eq!(gone(&harness), ["prepare test"], "that key asks for another way");
    harness.press("esc");
    assert!(!harness.screen().contains("Leave prod for test?"), "{}", harness.screen());
    choose(&mut harness, "ctx test");
    prepared(&mut harness, "test", Ok(()));
    harness.press("y");
    assert_eq!(gone(&harness), ["prepare test", "prepare test", "switch test"]);
}

#[test]
fn what_was_opened_here_can_be_ended_first_by_the_word_alone() {
    let mut harness = console(ward(vec![kept(0, true)]));
    choose(&mut harness, "ctx test");
    prepared(&mut harness, "test", Ok(()));
    harness.press("D y e n d e enter");
    assert!(harness.commands().is_empty(), "{:?}", harness.commands());
    harness.press("y e n d enter");
    assert!(matches!(harness.commands().as_slice(), [Command::End(_)]), "{:?}", harness.commands());
    assert_eq!(gone(&harness), ["prepare test"], "not before it has ended");
    let mut ended = pulse(Link::Live);
    ended.ward = Some(Arc::default());
    harness.pulse(ended);
    assert_eq!(gone(&harness), ["prepare test", "switch test"]);
}

#[test]
fn keys_typed_ahead_answer_nothing() {
    let mut harness = console(ward(vec![kept(0, true)]));
    choose(&mut harness, "ctx test");
    harness.type_ahead(Message::Prepared { org: "test".into(), result: Ok(()) });
    harness.type_ahead(Message::Press("y".parse().unwrap()));
    assert_eq!(gone(&harness), ["prepare test"], "nobody has read the question");
}

#[test]
fn a_handoff_under_way_is_asked_about_too() {
    let mut harness = quiet();
    harness.press("h enter y");
    assert_eq!(harness.orders().len(), 1, "{}", harness.screen());
    choose(&mut harness, "ctx test");
    prepared(&mut harness, "test", Ok(()));
    let screen = harness.screen();
    assert!(screen.contains("Leave prod for test?"), "{screen}");
    assert!(screen.contains("Handoffs not yet sent are called back"), "{screen}");
    // Of whom that is said, and what becomes of each.
    let order = harness.orders()[0].clone();
    let row = harness.line("waits, and is called back").unwrap();
    let guest = floor::sample().session(&order.session).unwrap().label();
    assert!(row.contains(&format!("{guest} → ")), "{row}");
    assert!(harness.line("end them").is_none(), "nothing is kept here: {screen}");
    let (stage, taken, at) = (Stage::Requested, harness.now, harness.now);
    let news = Progress { order, stage, taken, at, request_took: None, steps: vec![] };
    harness.event(Event::Handoff(Box::new(news)));
    assert!(harness.line(": has left").is_some(), "{}", harness.screen());
}

#[test]
fn where_one_arrives_one_is_told_and_what_was_locked_is_locked() {
    let arrived = |locked, back: &[&str], followed: &[&str]| {
        let names = |of: &[&str]| of.iter().map(|name| (*name).into()).collect();
        let (called_back, followed) = (names(back), names(followed));
        let arrival = Some(Arrival { from: "test".into(), locked, called_back, followed });
        Harness::with(&Settings { arrival, ..own() }, 80, 24)
    };
    let harness = arrived(false, &[], &[]);
    assert!(harness.status().contains("You are in prod now, not in test any more"));
    assert!(harness.line("⊘ locked").is_none(), "{}", harness.screen());
    let harness = arrived(true, &["Ana"], &["Bo", "Cy", "Di", "Ed"]);
    let screen = harness.screen();
    assert!(screen.contains("⊘ locked") && screen.contains("L unlocks"), "{screen}");
    let told: Vec<&str> = screen.split_whitespace().collect();
    let told = told.join(" ");
    assert!(
        told.contains("called back there, unless it was just leaving: Ana; has left there"),
        "{screen}"
    );
    assert!(told.contains("for some seconds first: Bo, Cy, Di and 1 more"), "{screen}");
}
