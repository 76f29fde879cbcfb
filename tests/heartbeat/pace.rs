//! Intervals, jitter, spread, numbers; no beat on top of another.

use std::time::Duration;

use floorwalker::{
    domain::supervision::Supervised,
    engine::heartbeat::{News, Order},
};
use tokio::time::Instant;

use crate::desk::{Desk, id, secs};

#[tokio::test(start_paused = true)]
async fn the_interval_is_the_lesser_of_30_s_and_a_tenth_of_the_duration_and_at_least_5_s() {
    for (duration, shortest, longest) in [(40, 4.8, 5.0), (60, 5.8, 6.0), (2700, 29.0, 30.0)] {
        let mut desk = Desk::new();
        desk.keep(0..1, duration).await;
        desk.pass(secs(duration)).await;
        let first = (desk.beats(0)[0] - desk.start).as_secs_f64();
        assert!(first <= longest, "{duration}: the first beat after {first}");
        let gaps = desk.gaps(0);
        assert!(gaps.len() as u64 + 2 >= (duration / 30).max(8), "{duration}");
        for gap in gaps {
            let gap = gap.as_secs_f64();
            assert!((shortest..=longest + 0.001).contains(&gap), "{duration}: {gap}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_beat_is_jittered_by_at_most_half_a_second_and_never_past_the_interval() {
    let mut desk = Desk::new();
    desk.keep(0..20, 2700).await;
    desk.pass(secs(2600)).await;
    let gaps: Vec<Duration> = (0..20).flat_map(|n| desk.gaps(n)).collect();
    let (least, most) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
    // Tokio's clock ticks in milliseconds.
    let tick = Duration::from_millis(1);
    assert!(*most <= secs(30) + tick && *least + tick >= secs(29), "{least:?} {most:?}");
    assert!(*most - *least > Duration::from_millis(700), "jitter: {least:?} {most:?}");
}

#[tokio::test(start_paused = true)]
async fn sessions_opened_at_once_are_spread_evenly_over_the_interval() {
    let mut desk = Desk::new();
    desk.keep(0..100, 1800).await;
    desk.pass(secs(30)).await;
    let mut thirds = [0; 10];
    for sent in &desk.fake.org().sent {
        let third = (sent.at - desk.start).as_secs() as usize / 3;
        thirds[third.min(9)] += 1;
    }
    assert!(thirds.iter().all(|n| (7..=13).contains(n)), "{thirds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_beat_never_overlaps_itself_even_if_it_hangs() {
    let mut desk = Desk::new();
    desk.fake.org().takes.insert(id(0), secs(12));
    desk.keep(0..1, 40).await;
    desk.pass(secs(39)).await;
    assert_eq!(desk.fake.org().overlaps, 0);
    let gaps = desk.gaps(0);
    assert!(gaps.iter().all(|&gap| gap >= secs(12) && gap <= secs(17)), "{gaps:?}");
    assert!(desk.failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_beat_without_an_answer_fails_and_others_go_on() {
    let mut desk = Desk::new();
    desk.fake.org().takes.insert(id(0), secs(1_000_000));
    desk.keep(0..3, 600).await;
    desk.pass(secs(46)).await;
    let expected = "Heartbeat failure 1/3 for session-0: no answer within 15 s";
    assert_eq!(desk.failures()[0], expected);
    assert!(!desk.beats(1).is_empty() && desk.fake.org().overlaps == 0);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_so_many_beats_are_on_their_way_at_once() {
    let mut desk = Desk::with(|settings| settings.at_once = 8);
    for n in 0..60 {
        desk.fake.org().takes.insert(id(n), secs(6));
    }
    desk.keep(0..60, 1800).await;
    desk.pass(secs(160)).await;
    assert_eq!(desk.fake.org().most_at_once, 8);
    assert!((0..60).all(|n| desk.beats(n).len() >= 3), "everybody has a turn");
}

#[tokio::test(start_paused = true)]
async fn the_sequence_is_strictly_increasing_across_owners() {
    let mut desk = Desk::new();
    let now = desk.clock.now().as_millisecond();
    // One owner before us, whose clock was an hour ahead; one whose clock agreed with ours.
    let ahead = Supervised { sequence: now + 3_600_000, ..desk.session(0, 60) };
    let behind = Supervised { sequence: now - 5_000, ..desk.session(1, 60) };
    desk.supervise(ahead).await;
    desk.supervise(behind).await;
    desk.pass(secs(50)).await;
    let sequences = |n| -> Vec<i64> {
        let org = desk.fake.org();
        org.sent.iter().filter(|sent| sent.session == id(n)).map(|sent| sent.sequence).collect()
    };
    let first: Vec<i64> = (1..=sequences(0).len() as i64).map(|n| now + 3_600_000 + n).collect();
    assert_eq!(sequences(0), first);
    let second = sequences(1);
    assert!(second.len() >= 7 && second[0] >= now, "{second:?}");
    assert!(second.is_sorted_by(|a, b| a < b), "{second:?}");
    let told = desk.heard(|news| match news {
        News::Beat { session, sequence, .. } if *session == id(1) => Some(*sequence),
        _ => None,
    });
    assert_eq!(told, second, "what the next owner has to know");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_let_go_of_gets_no_more_beats() {
    let mut desk = Desk::new();
    desk.fake.org().takes.insert(id(0), secs(4));
    desk.keep(0..1, 60).await;
    desk.pass(secs(20)).await;
    desk.until(|desk| matches!(desk.told.last(), Some((_, News::Beat { .. })))).await;
    let sent = desk.beats(0).len();
    desk.until(|desk| desk.beats(0).len() > sent).await;
    // Now one is on its way.
    desk.order(Order::Release(id(0))).await;
    let before = desk.told.len();
    desk.pass(Duration::from_millis(1)).await;
    assert!(desk.fake.org().flying.is_empty(), "the one on its way is dropped");
    desk.pass(secs(60)).await;
    assert_eq!(desk.beats(0).len(), sent + 1);
    assert!(matches!(&desk.told[before..], [(_, News::Ended { .. })]), "{:?}", desk.told);
    // And it can be taken in again at once.
    desk.keep(0..1, 60).await;
    desk.pass(secs(12)).await;
    assert!(desk.beats(0).len() > sent + 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_beat_is_told_and_comes_then() {
    let mut desk = Desk::new();
    desk.keep(0..1, 300).await;
    desk.pass(secs(100)).await;
    let mut kept = desk.session(0, 300);
    let mut due = Vec::new();
    for (_, news) in &desk.told {
        news.settle(&mut kept);
        due.push(kept.due.unwrap());
    }
    let sent: Vec<Instant> = desk.beats(0);
    assert_eq!(due.len(), sent.len() + 1);
    for (due, sent) in due.iter().zip(sent) {
        let late = (sent - desk.start).as_secs_f64()
            - due.duration_since(desk.session(0, 300).started).as_secs_f64()
            - 100.0;
        assert!(late.abs() < 0.002, "{late}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_over_is_beaten_when_it_is_due_and_at_once_when_that_is_past() {
    let mut desk = Desk::new();
    for n in 0..40 {
        // The last was sent so many seconds ago, 30 apart; the odd ones are still to come.
        let due = desk.clock.now() + jiff::SignedDuration::from_secs(i64::from(n) - 20);
        let it = Supervised { due: Some(due), ..desk.session(n, 1800) };
        desk.order(Order::TakeOver(Box::new(it))).await;
    }
    desk.pass(secs(200)).await;
    for n in 0..40 {
        let first = (desk.beats(n)[0] - desk.start).as_secs_f64();
        let latest = (f64::from(n) - 20.0).max(0.0) + 0.1;
        assert!(first <= latest, "{n}: the first beat after {first}");
        // The one before it is not sent again, and it is no sooner than by the jitter.
        let soonest = (f64::from(n) - 20.0) * 59.0 / 60.0 - 0.001;
        assert!(first >= soonest, "{n}: a beat too many after {first}");
        let (gaps, ms) = (desk.gaps(n), Duration::from_millis);
        let longest = gaps.iter().max().unwrap();
        assert!(*longest <= secs(30) + ms(1), "{n}: {longest:?}");
        // Three quarters of the interval, less the jitter.
        let shortest = gaps.iter().min().unwrap();
        assert!(*shortest >= ms(21_000), "{n}: one too many after {shortest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_over_is_not_refused_for_the_budgets_sake() {
    let mut desk = Desk::with(|settings| settings.allowance = 2);
    desk.keep(0..4, 1800).await;
    let more = desk.session(9, 1800);
    desk.order(Order::TakeOver(Box::new(more.clone()))).await;
    desk.supervise(Supervised { id: id(10), ..more }).await;
    desk.pass(secs(300)).await;
    let refused = desk.heard(|news| match news {
        News::Refused { session, .. } => Some(session.clone()),
        _ => None,
    });
    assert_eq!(refused, [id(10)]);
    assert!(!desk.beats(9).is_empty());
}
