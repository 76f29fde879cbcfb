//! What a session's duration brings, and what the budget carries.

use std::time::Duration;

use floorwalker::{
    domain::supervision::{End, OnLoss, Supervised},
    engine::heartbeat::{News, Order},
};
use jiff::ToSpan;

use crate::desk::{Desk, id, secs};

/// When something was told of a session's time, in seconds from the start, and the time it had left;
/// none for its end.
fn marks(desk: &Desk) -> Vec<(u64, Option<u64>)> {
    let round = |time: Duration| (time.as_secs_f64() + 0.01) as u64;
    let told = desk.told.iter().filter_map(|(at, news)| {
        let left = match news {
            News::Warning { left, .. } => Some(left.as_millis().div_ceil(1000) as u64),
            News::Ended { end, .. } if end.why == End::Expired => None,
            _ => return None,
        };
        Some((round(*at - desk.start), left))
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn warnings_at_5_and_1_minutes_and_the_end_at_the_duration_limit() {
    let mut desk = Desk::new();
    desk.keep(0..1, 1800).await;
    desk.pass(secs(2000)).await;
    assert_eq!(marks(&desk), [(1500, Some(300)), (1740, Some(60)), (1800, None)]);
    assert!(desk.beats(0).iter().all(|at| *at <= desk.start + secs(1800)));
    let mut kept = desk.session(0, 1800);
    desk.told.iter().for_each(|(_, news)| news.settle(&mut kept));
    assert_eq!(kept.end.map(|end| end.why), Some(End::Expired));
}

#[tokio::test(start_paused = true)]
async fn a_warning_whose_moment_is_past_is_not_given() {
    for (lasting, begun, expected) in [
        (300, 0, vec![(240, Some(60)), (300, None)]),
        (60, 0, vec![(60, None)]),
        (1800, 1700, vec![(40, Some(60)), (100, None)]),
        (1800, 1800, vec![(0, None)]),
        (1800, 5000, vec![(0, None)]),
    ] {
        let mut desk = Desk::new();
        let it = desk.session(0, lasting);
        let started = it.started.checked_sub(begun.seconds()).unwrap();
        desk.supervise(Supervised { started, ..it }).await;
        desk.pass(secs(400)).await;
        assert_eq!(marks(&desk), expected, "{lasting} {begun}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_at_its_limit_while_beats_pause() {
    let mut desk = Desk::new();
    desk.keep(0..3, 90).await;
    desk.order(Order::Link { up: false }).await;
    desk.fake.org().down = true;
    desk.pass(secs(100)).await;
    assert_eq!(marks(&desk).iter().filter(|(at, left)| *at == 90 && left.is_none()).count(), 3);
    assert_eq!(desk.lost(), []);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_limit_has_no_end() {
    let mut desk = Desk::new();
    let endless = Supervised { limit: None, on_loss: OnLoss::Keep, ..desk.session(0, 1800) };
    desk.supervise(endless).await;
    desk.pass(secs(10_000)).await;
    assert_eq!(marks(&desk), []);
    assert!(desk.beats(0).len() >= 333);
}

fn stretches(desk: &Desk) -> Vec<(f64, f64, u32)> {
    desk.heard(|news| match news {
        News::Stretched { stretch, demand, allowance } => Some((*stretch, *demand, *allowance)),
        _ => None,
    })
}

fn refusals(desk: &Desk) -> Vec<String> {
    desk.heard(|news| match news {
        News::Refused { reason, .. } => Some(reason.to_string()),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn intervals_stretch_evenly_until_one_session_more_is_refused_with_the_figure() {
    let mut desk = Desk::with(|settings| (settings.allowance, settings.stretch_limit) = (10, 2.0));
    desk.keep(0..5, 2700).await;
    desk.pass(secs(1)).await;
    assert_eq!(stretches(&desk), [], "five at 30 s are ten a minute");
    desk.keep(5..10, 2700).await;
    desk.pass(secs(1)).await;
    assert_eq!(stretches(&desk).last(), Some(&(2.0, 20.0, 10)));
    desk.keep(10..11, 2700).await;
    desk.pass(secs(600)).await;
    let expected = "Supervision refused: it would take 22 heartbeats a minute where 10 are free; \
                    intervals would be 2.20 times as long, and 2.00 is the limit";
    assert_eq!(refusals(&desk), [expected]);
    assert!(desk.beats(10).is_empty());
    for n in 0..10 {
        // The first gap may hold half a second that was drawn before the stretch.
        let gaps = &desk.gaps(n)[1..];
        assert!(gaps.iter().all(|gap| *gap >= secs(59) && *gap <= secs(61)), "{n}: {gaps:?}");
    }
    // One leaves, one can come.
    desk.order(Order::Release(id(0))).await;
    desk.keep(10..11, 2700).await;
    desk.pass(secs(61)).await;
    assert!(refusals(&desk).len() == 1 && !desk.beats(10).is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_allowance_changes_every_interval_and_drops_nobody() {
    let mut desk = Desk::with(|settings| settings.allowance = 40);
    desk.keep(0..20, 2700).await;
    desk.pass(secs(90)).await;
    for (allowance, stretch, gap) in [(10, 4.0, 120), (5, 8.0, 240), (40, 1.0, 30)] {
        desk.order(Order::Allow(allowance)).await;
        // What was under way is done with after one interval of either length.
        desk.pass(secs(240)).await;
        let from = tokio::time::Instant::now();
        desk.pass(secs(600)).await;
        assert_eq!(stretches(&desk).last(), Some(&(stretch, 40.0, allowance)));
        let sent = desk.fake.org().sent.iter().filter(|sent| sent.at >= from).count();
        let expected = 600 * 20 / gap;
        assert!(sent.abs_diff(expected) <= 2, "{sent} beats, {expected} expected");
    }
    assert!(refusals(&desk).is_empty() && desk.lost().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_gap_exceeds_the_longer_interval_when_the_stretch_changes() {
    let mut desk = Desk::with(|settings| settings.allowance = 20);
    desk.keep(0..20, 2700).await;
    for allowance in [40, 20, 40, 10, 13, 40, 10] {
        desk.pass(secs(17)).await;
        desk.order(Order::Allow(allowance)).await;
    }
    desk.pass(secs(300)).await;
    let longest = (0..20).flat_map(|n| desk.gaps(n)).max().unwrap();
    // Four times thirty, and four times the half second that was drawn before the stretch.
    assert!(longest <= secs(122), "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_is_supervised_once() {
    let mut desk = Desk::new();
    desk.keep(0..1, 300).await;
    desk.keep(0..1, 300).await;
    desk.pass(secs(300)).await;
    assert_eq!(refusals(&desk), ["it is supervised here already"]);
    assert!(desk.gaps(0).iter().all(|gap| *gap >= secs(29) - Duration::from_millis(1)));
}
