//! The last hour of each queue, as bars in the queues pane.

use floorwalker::{
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

/// One queue with so many waiting, and so many of 100 answered in time.
fn busy(waiting: u32, in_time: u32) -> Floor {
    let level = ServiceLevel { in_time, answered: 100, target: Some(0.8) };
    let queue = Queue { waiting: Some(waiting), service_level: Some(level), ..floor::queue(0) };
    floor::build(vec![queue], vec![], vec![])
}

/// The pulse of a floor that is read now.
fn fresh(harness: &Harness, link: Link) -> Pulse {
    Pulse { data_from: Some(harness.now), ..pulse(link) }
}

/// A minute later, with so many waiting.
fn minute(harness: &mut Harness, waiting: u32) {
    harness.now += SignedDuration::from_secs(60);
    let pulse = fresh(harness, Link::Live);
    harness.pulse(pulse).floor(busy(waiting, 90));
}

fn bars(harness: &Harness) -> String {
    let line = harness.line("Billing").unwrap();
    line.chars().filter(|c| ('▁'..='█').contains(c)).collect()
}

#[test]
fn the_hour_of_a_queue_stands_in_its_row() {
    let mut harness = Harness::bare(300, 24);
    harness.press("1");
    for waiting in [0, 1, 3, 7, 14] {
        minute(&mut harness, waiting);
    }
    let heading = harness.line("last hour").unwrap();
    assert!(heading.contains("SL's hour"), "{heading}");
    let row = harness.line("Billing").unwrap();
    assert!(row.contains("▁▂▃▅█"), "{row}");
    assert!(row.contains("▇▇▇▇▇") || row.contains("█████"), "{row}");
}

#[test]
fn on_a_narrow_screen_it_is_there_and_nothing_moves_for_it() {
    let mut harness = Harness::bare(80, 24);
    harness.press("1").floor(busy(3, 90));
    let before = harness.line("Billing").unwrap();
    assert!(harness.line("last hour").is_some(), "{}", harness.screen());
    minute(&mut harness, 3);
    let after = harness.line("Billing").unwrap();
    assert!(after.starts_with(&before) && after.ends_with('▄'), "{before}\n{after}");
    assert_eq!(bars(&harness), "▄");
}

#[test]
fn what_was_not_read_is_a_gap_and_what_is_stale_adds_nothing() {
    let mut harness = Harness::bare(300, 24);
    harness.press("1");
    (0..2).for_each(|_| minute(&mut harness, 7));
    let held = harness.now;
    for _ in 0..3 {
        harness.wait(60);
        let stale = Link::Stale { reason: "queues: 429, too many requests".into() };
        harness.pulse(Pulse { data_from: Some(held), ..pulse(stale) });
    }
    (0..1).for_each(|_| minute(&mut harness, 7));
    let row = harness.line("Billing").unwrap();
    assert!(row.contains("██   █"), "{row}");
}

#[test]
fn a_picture_that_stands_still_keeps_its_hour() {
    let mut harness = Harness::bare(300, 24);
    harness.press("1");
    (0..3).for_each(|_| minute(&mut harness, 7));
    harness.press("p");
    let before = bars(&harness);
    (0..3).for_each(|_| minute(&mut harness, 1));
    assert_eq!(bars(&harness), before);
    // What was read meanwhile is there when it moves again.
    assert!(harness.press("p").line("Billing").unwrap().contains("███▂▂▂"));
}
