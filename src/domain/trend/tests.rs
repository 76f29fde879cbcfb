//! Minutes that are kept, that are gaps, and that are gone.

use jiff::SignedDuration;

use super::*;
use crate::domain::{floor::Loading, queue::QueueState};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn waits(count: u32) -> Sample {
    Sample::new(Some(count), None)
}

fn queue(n: usize, waiting: u32) -> Queue {
    Queue {
        id: QueueId::from(format!("q{n}").as_str()),
        name: "Billing".into(),
        state: QueueState::Open,
        waiting: Some(waiting),
        longest_since: None,
        alerting: None,
        interacting: None,
        staff: None,
        slots: None,
        service_level: None,
        manual_assignment: false,
        alerting_timeout: None,
    }
}

fn floor(queues: Vec<Queue>) -> Floor {
    let known = Loading { queues_known: true, sessions_known: true, ..Loading::default() };
    Floor::new(queues, vec![], vec![], known)
}

fn counts(trend: &Trend, until: Timestamp) -> Vec<Option<u16>> {
    trend.hour(until).iter().map(|sample| sample.waiting).collect()
}

#[test]
fn a_minute_keeps_the_newest_that_was_read_in_it() {
    let mut trend = Trend::default();
    trend.note(at(0), waits(3));
    trend.note(at(59), waits(4));
    trend.note(at(59), Sample::default());
    trend.note(at(60), waits(5));
    assert_eq!(counts(&trend, at(60))[58..], [Some(4), Some(5)]);
}

#[test]
fn gaps_stay_gaps() {
    let mut trend = Trend::default();
    (0..60).for_each(|n| trend.note(at(n * 60), waits(1)));
    trend.note(at(64 * 60), waits(2));
    let hour = counts(&trend, at(64 * 60));
    assert_eq!(hour[..55], [Some(1); 55]);
    assert_eq!(hour[55..], [None, None, None, None, Some(2)]);
    // And after more than an hour of silence nothing of what was is left.
    trend.note(at(300 * 60), waits(3));
    assert_eq!(counts(&trend, at(300 * 60)).iter().flatten().count(), 1);
    assert_eq!(counts(&trend, at(400 * 60)), [None; 60]);
}

#[test]
fn what_comes_late_finds_its_minute_or_none() {
    let mut trend = Trend::default();
    trend.note(at(3_600), waits(1));
    trend.note(at(3_540), waits(2));
    trend.note(at(0), waits(9));
    assert_eq!(counts(&trend, at(3_600))[58..], [Some(2), Some(1)]);
    assert_eq!(counts(&trend, at(3_600)).iter().flatten().count(), 2);
}

#[test]
fn a_floor_that_is_stale_adds_nothing() {
    let mut trends = Trends::default();
    let (old, id) = (floor(vec![queue(0, 7)]), QueueId::from("q0"));
    // It is looked at for five minutes, and was read once.
    (0..5).for_each(|_| trends.observe(&old, at(0), true));
    let hour = counts(trends.queue(&id).unwrap(), at(300));
    assert_eq!(hour.iter().flatten().collect::<Vec<_>>(), [&7]);
    assert_eq!(hour[54], Some(7));
}

#[test]
fn before_the_first_queues_nothing_is_kept() {
    let mut trends = Trends::default();
    trends.observe(&Floor::default(), at(0), true);
    assert_eq!(counts(trends.whole(), at(0)), [None; 60]);
    // Sums over sessions that somebody has named are not those of the floor.
    trends.observe(&floor(vec![queue(0, 7)]), at(0), false);
    assert_eq!(counts(trends.whole(), at(0)), [None; 60]);
}

#[test]
fn it_takes_no_more_than_so_many_queues_and_forgets_those_that_go() {
    let mut trends = Trends::default();
    trends.observe(&floor((0..MOST + 20).map(|n| queue(n, 1)).collect()), at(0), true);
    assert_eq!(trends.queues.len(), MOST);
    trends.observe(&floor(vec![queue(MOST + 30, 1)]), at(0), true);
    let left: Vec<String> = trends.queues.keys().map(ToString::to_string).collect();
    assert_eq!(left, ["q530"]);
    assert!(size_of::<Trend>() <= 400, "{}", size_of::<Trend>());
}

#[test]
fn the_pace_is_told_from_two_minutes_on() {
    let mut trend = Trend::default();
    trend.note(at(0), waits(10));
    trend.note(at(60), waits(8));
    assert_eq!(trend.pace(at(60), 5), None);
    trend.note(at(240), waits(2));
    assert_eq!(trend.pace(at(240), 5), Some(-2.0));
    // Of what was longer ago than asked for nothing is said.
    assert_eq!(trend.pace(at(540), 5), None);
}

#[test]
fn a_minute_that_has_only_begun_is_not_waited_for() {
    let mut trends = Trends::default();
    trends.observe(&floor(vec![queue(0, 7)]), at(30), true);
    let minute = SignedDuration::from_secs(60);
    assert_eq!(trends.until(at(30)), at(30));
    assert_eq!(trends.until(at(65)), at(65) - minute);
    assert_eq!(trends.until(at(125)), at(125));
}

#[test]
fn shares_are_whole_per_cents() {
    let level = |share| Sample::new(None, Some(share)).level;
    assert_eq!([0.0, 0.796, 1.2].map(level), [Some(0), Some(80), Some(100)]);
    assert_eq!(level(f64::NAN), None);
}
