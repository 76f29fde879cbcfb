//! What the table and the closer look show.

use floorwalker::{
    console::{Settings, app::Message},
    domain::inbox::{HANDOFF_TRIGGERED, Heard, Request, State},
    engine::{Command, Event, Link, Pulse},
    policy::{Handbook, mask::Masking},
};
use serde_json::json;

use super::{console, deferred, proposed, request, sample, small, telling, told};
use crate::{
    floor::{self, session_id},
    harness::{Harness, pulse, settings},
    seen::Seen,
};

fn heard() -> Vec<Heard> {
    let say = |seconds, event: &str, text: &str, intent| Heard {
        event: Some(event.into()),
        intent,
        text: Some(text.into()),
        metadata: None,
        timestamp: floor::ago(seconds),
    };
    vec![
        say(
            260,
            "message",
            "My card is 4111111111111111",
            Some(json!({"intent": "refund request", "confidence": 0.62})),
        ),
        say(250, "message", "I was charged \u{1b}[2J twice", None),
        Heard {
            text: None,
            metadata: Some(json!({"queueId": "billing"})),
            ..say(240, HANDOFF_TRIGGERED, "", None)
        },
    ]
}

fn open(requests: Vec<Request>) -> Harness {
    let mut harness = console(requests);
    harness.press("enter");
    harness
}

#[test]
fn how_it_looks() {
    let seen =
        [(80, 24), (120, 40), (200, 60)].iter().fold(Seen::default(), |seen, &(width, height)| {
            let mut harness = Harness::bare(width, height);
            let requests = sample().requests.iter().map(|r| r.as_ref().clone()).collect();
            harness.pulse(telling(requests)).floor(floor::sample()).press("5");
            seen.and(&harness)
        });
    assert_screen!("inbox", seen);
}

#[test]
fn how_a_closer_look_looks() {
    let mut harness = open(vec![told(5, 245, proposed())]);
    harness.event(Event::History { session: session_id(5), heard: heard() });
    let narrow = Seen::default().and(&harness);
    assert_screen!("inbox_detail", narrow.and(harness.resize(200, 60)));
}

#[test]
fn who_waits_for_a_person_comes_first_and_the_longest_on_top() {
    let mut harness = console(vec![
        request(0, 10, proposed()),
        request(2, 20, State::Expired { because: None }),
        request(4, 30, deferred()),
        request(5, 300, proposed()),
    ]);
    let rows = |harness: &Harness| -> Vec<String> {
        let screen = harness.screen();
        let rows = screen.lines().filter(|line| line.contains("  complex"));
        rows.map(|row| row.split_whitespace().find(|w| w.starts_with("guest")).unwrap().into())
            .collect()
    };
    assert_eq!(rows(&harness), ["guest05", "guest00", "guest04", "guest02"]);
    // The cursor stays on its request when an older one is proposed again.
    harness.press("j").wait(3).pulse(telling(vec![
        request(0, 10, proposed()),
        request(4, 330, proposed()),
        request(5, 300, proposed()),
    ]));
    assert_eq!(rows(&harness), ["guest04", "guest05", "guest00"]);
    assert!(harness.cursor_row().contains("guest00"), "{}", harness.screen());
}

#[test]
fn a_guest_has_the_name_of_the_floor_or_else_that_which_the_bot_tells() {
    let harness = console(vec![told(5, 30, proposed()), told(19, 20, proposed())]);
    let screen = harness.screen();
    assert!(screen.contains("guest05") && screen.contains("Avery Quinn"), "{screen}");
}

#[test]
fn nothing_yet_and_nothing_there_are_not_the_same() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).press("5");
    assert!(harness.screen().contains("Reading…"), "{}", harness.screen());
    harness.pulse(telling(vec![]));
    assert!(harness.screen().contains("No bot has asked for a person."), "{}", harness.screen());
    harness.pulse(Pulse { intake: None, ..telling(vec![]) });
    assert!(harness.screen().contains("no webhooks are taken in here"), "{}", harness.screen());
    // What the store tells is not old because the link is.
    let link = Link::Stale { reason: "no network".into() };
    let stale = Pulse { link, ..telling(vec![request(0, 9, proposed())]) };
    assert!(!harness.pulse(stale).line("5 Inbox 1").unwrap().contains("old"));
}

#[test]
fn the_history_is_asked_for_and_again_when_the_bot_asks_again() {
    let history = |harness: &Harness| {
        let asked = |c: &Command| matches!(c, Command::History(id) if *id == session_id(5));
        harness.commands().iter().filter(|c| asked(c)).count()
    };
    let mut harness = open(vec![told(5, 245, proposed())]);
    assert_eq!(history(&harness), 1);
    assert!(harness.screen().contains("reading…"), "{}", harness.screen());
    // Another conversation's is not shown.
    harness.event(Event::History { session: session_id(2), heard: heard() });
    assert!(harness.screen().contains("reading…"), "{}", harness.screen());
    harness.event(Event::History { session: session_id(5), heard: vec![] });
    assert!(!harness.screen().contains("reading…"), "{}", harness.screen());
    harness.pulse(telling(vec![Request { tries: 1, ..told(5, 245, proposed()) }]));
    assert_eq!(history(&harness), 1, "it has not asked again");
    harness.pulse(telling(vec![Request { heard: floor::ago(1), ..told(5, 245, proposed()) }]));
    assert_eq!(history(&harness), 2);
    // One that could not be asked for is asked for with the next news.
    harness.tell(Message::Unsent(Command::History(session_id(5))));
    harness.pulse(telling(vec![Request { tries: 2, ..told(5, 245, proposed()) }]));
    assert_eq!(history(&harness), 3);
}

#[test]
fn what_people_wrote_is_masked_and_harmless() {
    let mut quoting = told(5, 245, proposed());
    quoting.plea.reason = "paid with 4111111111111111".into();
    quoting.plea.attributes.insert("note\u{1b}[2J".into(), "4111111111111111 \u{7}".into());
    for masked in [true, false] {
        let masking = if masked { Masking::On } else { Masking::Off };
        let handbook = Handbook { masking, ..Handbook::default() };
        let mut harness = Harness::with(&Settings { handbook, ..settings() }, 120, 60);
        harness.pulse(telling(vec![quoting.clone()])).floor(small()).press("5");
        let table = harness.screen();
        harness.press("enter").event(Event::History { session: session_id(5), heard: heard() });
        assert!(!masked || !table.contains("41111"), "{table}");
        let screen = harness.screen();
        assert_eq!(!screen.contains("4111111111111111"), masked, "{screen}");
        for screen in [table, screen] {
            assert!(!screen.contains('\u{1b}') && !screen.contains('\u{7}'), "{screen}");
        }
        assert_eq!(harness.screen().contains("avery@example.net"), !masked);
    }
}

#[test]
fn a_decision_is_told_in_words() {
    let mut harness = open(vec![Request { asked: 1, ..told(5, 245, proposed()) }]);
    assert!(
        harness.line("decision").unwrap().contains("▾ sure 0.42 < 0.75"),
        "{}",
        harness.screen()
    );
    harness.pulse(telling(vec![request(5, 245, proposed())]));
    assert!(harness.line("decision").unwrap().contains("outright"), "{}", harness.screen());
    let mut silent = told(5, 245, proposed());
    silent.plea.confidence = None;
    silent.plea.warning = Some("confidence was NaN".into());
    harness.pulse(telling(vec![silent]));
    assert!(harness.line("decision").unwrap().contains("counts as 0"), "{}", harness.screen());
    assert!(harness.screen().contains("▲ confidence was NaN"), "{}", harness.screen());
}

#[test]
fn a_table_never_says_that_a_number_is_less_than_itself() {
    let mut nearly = told(5, 245, proposed());
    nearly.plea.confidence = Some(0.7499);
    let harness = console(vec![nearly]);
    assert!(harness.cursor_row().contains("0.7499 < 0…"), "{}", harness.screen());
}

#[test]
fn t_shows_the_transcript_of_its_session() {
    for keys in ["t", "enter t"] {
        let mut harness = console(vec![told(5, 245, proposed())]);
        harness.press(keys);
        assert!(harness.screen().contains("Transcript guest05"), "{}", harness.screen());
    }
}

#[test]
fn the_row_and_the_closer_look_of_a_session_tell_of_its_request() {
    let mut harness =
        console(vec![told(5, 245, proposed()), request(2, 9, State::Expired { because: None })]);
    harness.press("3");
    let marked = |guest: &str, harness: &Harness| harness.line(guest).unwrap().contains("!◇ bot");
    assert!(marked("guest05", &harness), "{}", harness.screen());
    assert!(!marked("guest02", &harness) && !marked("guest00", &harness));
    harness.press("/").type_text("guest05").press("enter enter");
    let line = harness.line("bot asks").unwrap();
    assert!(line.contains("● proposed for 4m: complex billing dispute"), "{line}");
}
