//! The wallboard: large figures, charts of the last hour, and any key to go back.

use floorwalker::{
    console::app::Message,
    domain::{
        floor::Floor,
        queue::{Queue, ServiceLevel},
    },
    engine::{Link, Pulse},
};
use jiff::SignedDuration;

use crate::{
    floor,
    harness::{Harness, pulse},
};

const SIZES: [(u16, u16); 3] = [(80, 24), (200, 60), (300, 100)];

/// The sample floor with so many sessions that wait, and so many of 100 answered in time.
fn hour(minute: usize) -> Floor {
    let sample = floor::sample();
    let mut sessions = sample.sessions.clone();
    sessions.truncate(8 + minute % 32);
    let in_time = 60 + u32::try_from(minute % 40).unwrap();
    let level = ServiceLevel { in_time, answered: 100, target: Some(0.8) };
    let queues = sample.queues.iter().cloned();
    let queues = queues.map(|queue| Queue { service_level: Some(level), ..queue }).collect();
    floor::build(queues, sample.agents.clone(), sessions)
}

/// A console that has looked on for so many minutes, the last of which is now.
fn looked_on(minutes: usize, width: u16, height: u16) -> Harness {
    let mut harness = Harness::bare(width, height);
    for minute in 0..minutes {
        let ago = i64::try_from(minutes - 1 - minute).unwrap() * 60;
        let read = Pulse { data_from: Some(floor::ago(ago)), ..pulse(Link::Live) };
        harness.pulse(read).floor(hour(minute));
    }
    harness.event(crate::details::audit_page());
    harness
}

#[test]
fn it_uses_all_of_the_screen() {
    for (width, height) in SIZES {
        let mut harness = looked_on(60, width, height);
        harness.press("W");
        let screen = harness.screen();
        assert_screen!(format!("wallboard_{width}"), harness);
        assert!(!screen.contains("q quit"), "{screen}");
        let rows: Vec<&str> = screen.lines().collect();
        assert!(rows[usize::from(height) - 1].contains("14:03"), "{screen}");
    }
}

#[test]
fn any_key_goes_back() {
    for key in ["W", "esc", "q", "x", "f9", "enter", "up", "ctrl-l", "tab"] {
        let mut harness = Harness::live(80, 24);
        let before = harness.screen();
        harness.press("W");
        assert!(!harness.screen().contains("Sessions"), "{}", harness.screen());
        harness.take_effects();
        harness.press(key);
        assert_eq!(harness.screen(), before, "{key}");
        assert!(harness.take_effects().is_empty(), "{key}");
    }
}

#[test]
fn a_pasted_text_does_nothing() {
    let mut harness = Harness::live(80, 24);
    harness.press("W").tell(Message::Paste("q/y".into()));
    harness.press("esc");
    assert!(harness.screen().contains("3 Sessions 40"), "{}", harness.screen());
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let mut harness = Harness::live(80, 24);
    harness.press("W");
    let screen = harness.screen();
    assert!(screen.contains("longest wait  ▲ too long"), "{screen}");
    assert!(screen.contains("in time  ▾ 2 below goal"), "{screen}");
    let reason = "sessions: 429, too many requests".into();
    let old = Pulse { data_from: Some(floor::ago(42)), ..pulse(Link::Stale { reason }) };
    harness.pulse(old);
    let screen = harness.screen();
    assert!(screen.contains("◐ stale") && screen.contains("◐ Data is 42s old: sessions: 429"));
    let none = floor::build(vec![floor::queue(1)], vec![], vec![]);
    harness.pulse(pulse(Link::Live)).floor(none);
    assert!(harness.screen().contains("▲ nobody"), "{}", harness.screen());
}

#[test]
fn before_anything_is_read_no_figure_is_made_up() {
    let mut harness = Harness::bare(80, 24);
    let screen = harness.press("W").screen();
    assert!(screen.contains("waiting, the last hour: not known yet"), "{screen}");
    assert!(!screen.lines().skip(3).take(14).any(|line| line.contains("█ █")), "{screen}");
}

#[test]
fn small_screens_have_the_figures_at_least() {
    for (width, height) in [(50, 12), (60, 15), (80, 18), (51, 40)] {
        let mut harness = looked_on(3, width, height);
        let screen = harness.press("W").screen();
        for name in ["waiting", "longest wait", "in time", "free/on", "with bots", "handoffs"] {
            assert!(screen.contains(name), "{width}×{height} {name}\n{screen}");
        }
    }
}

#[test]
fn handoffs_of_the_hour_are_those_that_reached_somebody() {
    let mut harness = looked_on(1, 50, 12);
    let figure = |harness: &Harness| {
        let screen = harness.screen();
        let rows: Vec<&str> = screen.lines().collect();
        let at = rows.iter().position(|row| row.contains("handoffs, 1 h")).unwrap();
        rows[at + 1].split_whitespace().last().unwrap().to_owned()
    };
    harness.press("W");
    let before: usize = figure(&harness).trim_end_matches('+').parse().unwrap();
    assert!(before > 0, "{}", harness.screen());
    // An hour later none of them is of the last hour.
    harness.now += SignedDuration::from_hours(2);
    harness.tell(Message::Tick);
    assert_eq!(figure(&harness).trim_end_matches('+'), "0", "{}", harness.screen());
}
