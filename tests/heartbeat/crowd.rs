//! S4's 500 sessions for ten minutes.

use std::time::Duration;

use floorwalker::engine::heartbeat::News;
use tokio::time::Instant;

use crate::desk::{Desk, secs};

/// Ten minutes of 500 sessions, each beat of which takes a while.
async fn ten_minutes(allowance: u32) -> Desk {
    let mut desk = Desk::with(|settings| settings.allowance = allowance);
    for n in 0..500 {
        desk.fake.org().takes.insert(crate::desk::id(n), Duration::from_millis(180));
    }
    desk.keep(0..500, 2700).await;
    desk.pass(secs(600)).await;
    desk
}

fn hold_their_time(desk: &Desk, expected: f64) {
    let late = desk.heard(|news| match news {
        News::Beat { late, .. } => Some(*late),
        _ => None,
    });
    let timely = late.iter().filter(|late| **late <= secs(1)).count();
    assert!(timely * 100 >= late.len() * 99, "{timely} of {}", late.len());
    let org = desk.fake.org();
    let times: Vec<Instant> = org.sent.iter().map(|sent| sent.at).collect();
    let ratio = times.len() as f64 / expected;
    assert!((0.995..=1.005).contains(&ratio), "{} beats, {expected} expected", times.len());
    // Any second, wherever it begins.
    let average = times.len() as f64 / 600.0;
    let mut end = 0;
    for (start, at) in times.iter().enumerate() {
        while times.get(end).is_some_and(|other| *other < *at + secs(1)) {
            end += 1;
        }
        assert!((end - start) as f64 <= 2.0 * average, "{} in a second", end - start);
    }
    assert_eq!(org.overlaps, 0);
}

#[tokio::test(start_paused = true)]
async fn five_hundred_sessions_are_beaten_in_time_and_evenly() {
    let desk = ten_minutes(2000).await;
    // Slots lie closer than the interval by the jitter, a sixtieth.
    hold_their_time(&desk, 10_000.0 * 60.0 / 59.0);
    let longest = (0..500).flat_map(|n| desk.gaps(n)).max().unwrap();
    assert!(longest <= Duration::from_millis(30_001), "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn five_hundred_sessions_under_300_a_minute_stretch_as_the_arithmetic_says() {
    let desk = ten_minutes(300).await;
    let stretch = desk.heard(|news| match news {
        News::Stretched { stretch, demand, allowance } => Some((*stretch, *demand, *allowance)),
        _ => None,
    });
    assert_eq!(stretch.last(), Some(&(1000.0 / 300.0, 1000.0, 300)));
    hold_their_time(&desk, 3000.0);
    for n in 0..500 {
        for gap in desk.gaps(n) {
            assert!(gap >= Duration::from_millis(99_498) && gap <= Duration::from_millis(100_502));
        }
    }
}
