//! What keeps a hand from doing what it did not mean: the lock, and the colour of the org.

use std::time::Duration;

use floorwalker::{
    config::{Colour, Safety},
    console::Settings,
    domain::{
        floor::Floor,
        queue::{Queue, QueueState},
        session::{Session, SessionState},
    },
    engine::{Command, Link},
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

/// One who waits, and a queue that can take them.
fn waiting() -> Floor {
    let session = Session {
        state: SessionState::Waiting,
        queue: Some(floor::queue_id(0)),
        agent: None,
        ..floor::session(0)
    };
    let open = |n| Queue { state: QueueState::Open, ..floor::queue(n) };
    floor::build(vec![open(0), open(1)], vec![], vec![session])
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
fn what_was_confirmed_before_may_be_called_back_while_it_is_locked() {
    let mut harness = console(Safety::default());
    harness.floor(waiting()).press("H enter y L u");
    let cancelled = |c: &Command| matches!(c, Command::Cancel(_));
    assert!(harness.commands().iter().any(cancelled), "{}", harness.status());
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
    assert!(harness.status().contains("without"), "{}", harness.status());
    assert!(harness.line("⊘ read-only").is_some(), "{}", harness.screen());
}

#[test]
fn an_org_with_a_colour_wears_it() {
    let plain = console(Safety::default());
    let red = console(Safety { colour: Some(Colour::Red), ..Safety::default() });
    let worn = "Red on Reset, BOLD | REVERSED";
    assert!(red.styles().contains(worn), "{}", red.styles());
    assert!(!plain.styles().contains(worn), "{}", plain.styles());
}
