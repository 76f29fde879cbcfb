//! What has just come: counted in the header, said once, and never for what was there at the start.

use floorwalker::{
    console::{Settings, app::Effect},
    domain::inbox::{Request, State},
    engine::{Link, Pulse},
};

use super::{deferred, proposed, request, small, telling, told};
use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

/// A console that shows the sessions, with these requests there at its start.
fn begun(requests: Vec<Request>) -> Harness {
    let mut harness = Harness::with(&Settings { bell: true, ..settings() }, 100, 24);
    harness.pulse(pulse(Link::Connecting)).pulse(telling(requests)).floor(small());
    harness
}

fn rings(harness: &mut Harness) -> usize {
    harness.take_effects().iter().filter(|effect| **effect == Effect::Bell).count()
}

#[test]
fn a_new_arrival_is_announced_once() {
    let mut harness = begun(vec![]);
    harness.pulse(telling(vec![told(19, 1, proposed())]));
    let said = "Avery Quinn is waiting for a person: complex billing dispute — 5 shows it";
    assert!(harness.status().contains(said), "{}", harness.status());
    assert_eq!(rings(&mut harness), 1);
    harness.wait(9).pulse(telling(vec![Request { asked: 4, ..told(19, 1, proposed()) }]));
    assert!(!harness.status().contains("waiting for a person"), "{}", harness.status());
    assert_eq!(rings(&mut harness), 0);
}

#[test]
fn several_at_once_are_one_notice() {
    let mut harness = begun(vec![request(0, 90, proposed())]);
    let three = [0, 2, 4].map(|n| request(n, 90, proposed()));
    harness.pulse(telling(three.into()));
    let said = "2 guests are waiting for a person — 5 shows them";
    assert!(harness.status().contains(said), "{}", harness.status());
    assert_eq!(rings(&mut harness), 1);
}

#[test]
fn what_was_there_at_the_start_is_counted_and_not_announced() {
    let mut harness = begun(vec![request(0, 9, proposed()), request(2, 9, proposed())]);
    assert_eq!(harness.status(), "");
    assert_eq!(rings(&mut harness), 0);
    assert!(harness.line("● 2 asked").is_some(), "{}", harness.screen());
}

#[test]
fn only_who_waits_for_a_person_is_counted_and_announced() {
    let mut harness = begun(vec![]);
    harness.pulse(telling(vec![
        request(0, 9, State::Queued),
        request(2, 9, deferred()),
        request(4, 9, State::Expired { because: None }),
    ]));
    assert_eq!((harness.status(), rings(&mut harness)), (String::new(), 0));
    assert!(!harness.screen().contains("asked"), "{}", harness.screen());
    // A guard has stopped one; another's pause is over.
    harness.pulse(telling(vec![request(0, 9, proposed()), request(2, 9, proposed())]));
    assert!(harness.status().contains("2 guests are waiting"), "{}", harness.status());
    assert!(harness.line("● 2 asked").is_some(), "{}", harness.screen());
}

#[test]
fn the_count_says_how_urgent_it_is() {
    for (seconds, shown) in [(9, "● 1 asked"), (61, "△ 1 asked"), (181, "▲ 1 asked")] {
        let harness = begun(vec![request(0, seconds, proposed())]);
        assert!(harness.line(shown).is_some(), "{shown}\n{}", harness.screen());
    }
}

#[test]
fn whoever_looks_at_the_inbox_is_not_told_where_it_is() {
    let mut harness = begun(vec![]);
    harness.press("5").pulse(telling(vec![request(0, 1, proposed())]));
    let said = harness.status();
    assert!(said.ends_with("guest00 is waiting for a person: complex billing dispute"), "{said}");
}

#[test]
fn how_to_call_back_what_was_just_sent_stays_in_sight() {
    let mut harness = begun(vec![]);
    harness.press("3 a y");
    assert!(harness.status().contains("u calls it back"), "{}", harness.screen());
    harness.pulse(telling(vec![request(2, 1, proposed())]));
    assert!(harness.status().contains("u calls it back"), "{}", harness.status());
    assert_eq!(rings(&mut harness), 1);
    assert!(harness.line("● 1 asked").is_some(), "{}", harness.screen());
}

#[test]
fn without_the_setting_nothing_rings() {
    let mut harness = Harness::bare(100, 24);
    harness.pulse(telling(vec![])).floor(small());
    harness.pulse(telling(vec![request(0, 1, proposed())]));
    assert!(harness.status().contains("waiting for a person"), "{}", harness.status());
    assert_eq!(rings(&mut harness), 0);
}

#[test]
fn the_header_has_its_place_for_it_on_a_narrow_screen() {
    let settings = Settings { read_only: true, ..settings() };
    let mut harness = Harness::with(&settings, 80, 24);
    let pulse = Pulse { ..telling((0..9).map(|n| request(n, 400, proposed())).collect()) };
    harness.pulse(pulse).floor(floor::sample()).press("p");
    let line = harness.line("9 asked").unwrap();
    assert!(line.contains("▲ 9 asked") && line.contains("14:03:27"), "{line}");
    assert!(line.contains("live"), "{line}");
}
