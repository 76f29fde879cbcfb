//! What keeps a hand from doing what it did not mean: the lock, and the colour of the org.

use std::time::Duration;

use floorwalker::{
    config::{Colour, Safety},
    console::Settings,
    engine::Link,
};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

fn console(safety: Safety) -> Harness {
    let mut harness = Harness::with(&Settings { safety, ..settings() }, 159, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 20, 10));
    harness
}

fn is_locked(harness: &Harness) -> bool {
    harness.line("⊘ locked").is_some()
}

#[test]
fn a_locked_console_does_nothing_until_it_is_unlocked_on_purpose() {
    let mut harness = console(Safety::default());
    harness.press("L");
    assert!(is_locked(&harness), "{}", harness.screen());
    for key in ["h", "H", "a"] {
        harness.press(key);
        let status = harness.status();
        assert!(status.contains("Locked (L unlocks)"), "{key}: {status}");
    }
    harness.press("L esc");
    assert!(is_locked(&harness), "asked, and not answered");
    harness.press("L");
    assert!(harness.screen().contains("Unlock this console?"), "{}", harness.screen());
    harness.press("y");
    assert!(!is_locked(&harness), "{}", harness.screen());
    assert!(harness.status().contains("Unlocked"), "{}", harness.status());
    harness.press("H");
    assert!(!harness.status().contains("Locked"), "{}", harness.status());
}

#[test]
fn a_console_that_nobody_touches_locks_itself() {
    let lock_after = Some(Duration::from_secs(60));
    let mut harness = console(Safety { lock_after, ..Safety::default() });
    harness.wait(50).press("j").wait(59);
    assert!(!is_locked(&harness), "{}", harness.screen());
    harness.press("H").wait(61);
    assert!(is_locked(&harness), "{}", harness.screen());
    harness.press("enter y");
    assert!(harness.orders().is_empty(), "a card that was open is not confirmed either");
}

#[test]
fn what_was_started_read_only_stays_so() {
    let mut harness = Harness::with(&Settings { read_only: true, ..settings() }, 159, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 20, 10)).press("L");
    assert!(harness.status().contains("started with --read-only"), "{}", harness.status());
    assert!(harness.line("⊘ read-only").is_some(), "{}", harness.screen());
    let read_only_in = Some("wall".into());
    let settings = Settings { read_only: true, read_only_in, ..settings() };
    let mut harness = Harness::with(&settings, 159, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 20, 10)).press("L");
    let why = "The context wall is read_only in the configuration";
    assert!(harness.status().contains(why), "{}", harness.status());
    assert!(!harness.status().contains("--read-only"), "{}", harness.status());
}

#[test]
fn an_org_with_a_colour_wears_it() {
    let plain = console(Safety::default());
    let red = console(Safety { colour: Some(Colour::Red), ..Safety::default() });
    let worn = "org(red)";
    assert!(red.seen().styles.contains(worn), "{}", red.seen().styles);
    assert!(!plain.seen().styles.contains(worn), "{}", plain.seen().styles);
}

#[test]
fn an_org_that_was_given_a_name_is_shown_by_it_and_by_its_own() {
    let safety = Safety { colour: Some(Colour::Red), ..Safety::default() };
    let known = Settings { context: "prod".into(), named: true, safety, ..settings() };
    let mut harness = Harness::with(&known, 159, 40);
    assert!(harness.screen().starts_with("  prod   ◌ connecting"), "{}", harness.screen());
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 20, 10));
    assert!(harness.screen().starts_with("  prod  Contoso Care  ● live"), "{}", harness.screen());
    let worn = harness.buffer();
    assert!(worn[(2, 0)].modifier.contains(ratatui::style::Modifier::REVERSED));
    assert!(!worn[(8, 0)].modifier.contains(ratatui::style::Modifier::REVERSED));
}

#[test]
fn who_is_asked_whether_to_unlock_reads_in_which_org_and_by_which_key() {
    let safety = Safety { colour: Some(Colour::Red), ..Safety::default() };
    let known = Settings { context: "prod".into(), named: true, safety, ..settings() };
    let mut harness = Harness::with(&known, 159, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 20, 10));
    let worn = |harness: &Harness| harness.seen().styles.matches("org(red)").count();
    let before = worn(&harness);
    harness.press("L L");
    let screen = harness.screen();
    assert!(screen.contains("hand customers off again, in  prod  Contoso Care."), "{screen}");
    assert_eq!(worn(&harness), before + 1, "{}", harness.seen().styles);
    let footer = screen.lines().last().unwrap();
    assert!(footer.contains("y unlock") && !footer.contains("L unlock"), "{footer}");
    // What the key does is told again where it is not asked.
    let screen = harness.press("esc").screen();
    assert!(screen.lines().last().unwrap().contains("L unlock"), "{screen}");
}

#[test]
fn what_a_locked_console_refuses_it_refuses_for_that() {
    let mut harness = Harness::live(120, 40);
    // The cursor comes to another session by itself: no reason while nothing is done anyway.
    let floor = floor::sample();
    let gone = harness.app.cx().session.clone();
    let rest = floor.sessions.iter().filter(|session| Some(&session.id) != gone.as_ref());
    let rest = rest.cloned().collect();
    harness.press("L").floor(floor::build(floor.queues.clone(), floor.agents.clone(), rest));
    for key in ["a", "h", "H", "w", "D"] {
        let status = harness.press(key).status();
        assert!(status.contains("Locked (L unlocks)"), "{key}: {status}");
    }
}
