//! Trouble that is ours: beats pause, nobody is disconnected, catch-up is spread.

use floorwalker::{
    domain::{id::SessionId, supervision::Supervised},
    engine::heartbeat::{Blame, News, Order},
};

use crate::desk::{Desk, id, secs};

/// Forty sessions that have been well for a minute.
async fn forty() -> Desk {
    let mut desk = Desk::new();
    desk.keep(0..40, 2700).await;
    desk.pass(secs(60)).await;
    desk
}

/// What was left of the failures that were taken back at the last pause.
fn taken_back(desk: &Desk) -> Vec<(SessionId, u32)> {
    let mut all = desk.heard(|news| match news {
        News::Paused { taken_back, .. } => Some(taken_back.clone()),
        _ => None,
    });
    all.pop().unwrap_or_default()
}

/// The most beats in any second from a moment on.
fn busiest(desk: &Desk, from: tokio::time::Instant) -> usize {
    let org = desk.fake.org();
    let times: Vec<_> = org.sent.iter().map(|sent| sent.at).filter(|at| *at >= from).collect();
    let within = |at: &tokio::time::Instant| {
        times.iter().filter(|other| *other >= at && **other < *at + secs(1)).count()
    };
    times.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn over_half_failing_together_pauses_and_disconnects_nobody() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    let down = tokio::time::Instant::now();
    desk.pass(secs(600)).await;
    assert_eq!((desk.pauses(), desk.lost(), desk.resumed()), (1, vec![], vec![]));
    let counted: Vec<String> =
        desk.failures().into_iter().filter(|text| text.contains("failure 1/3")).collect();
    assert_eq!(counted.len(), 21, "over half of forty");
    assert!(desk.failures().iter().all(|text| !text.contains("2/3")));
    assert_eq!(taken_back(&desk).len(), 21);
    assert!(taken_back(&desk).iter().all(|(_, left)| *left == 0));
    // From then on one is tried every five seconds.
    let tried = desk.fake.org().sent.iter().filter(|sent| sent.at >= down).count() - 21;
    assert!((110..=120).contains(&tried), "{tried}");
    let text = desk.heard(|news| match news {
        News::Paused { text, .. } => Some(text.to_string()),
        _ => None,
    });
    let expected = "21 of 40 sessions failed together: the trouble is ours, heartbeats pause and \
                    we disconnect nobody";
    assert_eq!(text, [expected]);
}

#[tokio::test(start_paused = true)]
async fn half_failing_together_is_not_ours() {
    let mut desk = forty().await;
    desk.fake.org().dead.extend((0..20).map(id));
    desk.pass(secs(120)).await;
    assert_eq!((desk.pauses(), desk.lost().len()), (0, 20));
}

#[tokio::test(start_paused = true)]
async fn a_probe_finds_out_when_it_is_over_and_catch_up_is_spread() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.pass(secs(300)).await;
    assert_eq!(desk.resumed(), []);
    desk.fake.org().down = false;
    let up = tokio::time::Instant::now();
    desk.pass(secs(36)).await;
    assert_eq!(desk.resumed().len(), 1);
    assert!(desk.resumed()[0] >= secs(270) && desk.resumed()[0] <= secs(305));
    for n in 0..40 {
        let after = desk.beats(n).iter().filter(|at| **at >= up).count();
        assert!(after >= 1, "session {n} within the probe's five seconds and one interval");
    }
    assert!(busiest(&desk, up) <= 4, "40 in 30 s are 1.3 a second: {}", busiest(&desk, up));
    desk.pass(secs(600)).await;
    assert_eq!((desk.pauses(), desk.lost()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn beats_that_hung_when_the_trouble_began_are_not_made_up_for_in_a_heap() {
    let mut desk = Desk::with(|settings| settings.at_once = 10);
    desk.keep(0..40, 2700).await;
    desk.pass(secs(60)).await;
    for n in 0..40 {
        desk.fake.org().takes.insert(id(n), secs(1_000_000));
    }
    desk.pass(secs(120)).await;
    assert_eq!((desk.pauses(), desk.lost(), desk.fake.org().overlaps), (1, vec![], 0));
    desk.fake.org().takes.clear();
    let up = tokio::time::Instant::now();
    desk.pass(secs(60)).await;
    assert_eq!(desk.resumed().len(), 1);
    assert!(busiest(&desk, up) <= 4, "{}", busiest(&desk, up));
    desk.pass(secs(600)).await;
    assert_eq!((desk.pauses(), desk.lost()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_link_being_down_pauses_until_it_is_up() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.order(Order::Link { up: false }).await;
    let down = tokio::time::Instant::now();
    desk.pass(secs(120)).await;
    assert_eq!((desk.pauses(), desk.lost()), (1, vec![]));
    let tried = desk.fake.org().sent.iter().filter(|sent| sent.at >= down).count();
    assert!((20..=24).contains(&tried), "{tried}");
    assert!(desk.failures().iter().all(|text| text.contains("not counted")));
    desk.fake.org().down = false;
    desk.order(Order::Link { up: true }).await;
    let up = tokio::time::Instant::now();
    desk.pass(secs(31)).await;
    assert_eq!(desk.resumed(), [secs(120)]);
    assert!((0..40).all(|n| desk.beats(n).iter().any(|at| *at >= up)));
    assert!(busiest(&desk, up) <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_answered_speaks_louder_than_a_link_said_to_be_down() {
    let mut desk = forty().await;
    desk.order(Order::Link { up: false }).await;
    desk.pass(secs(60)).await;
    desk.order(Order::Link { up: false }).await;
    desk.pass(secs(60)).await;
    assert_eq!((desk.pauses(), desk.resumed()), (1, vec![secs(5)]), "told once more");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_up_again_is_tried_at_once() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.until(|desk| desk.pauses() == 1).await;
    desk.order(Order::Link { up: false }).await;
    desk.pass(secs(11)).await;
    desk.fake.org().down = false;
    desk.order(Order::Link { up: true }).await;
    desk.pass(secs(1)).await;
    assert_eq!((desk.pauses(), desk.resumed().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_was_well_before_is_tried_first() {
    let mut desk = Desk::new();
    for (n, interval) in [(0, 5), (1, 5), (2, 30)] {
        let it = desk.session(n, 2700);
        desk.supervise(Supervised { interval: secs(interval), ..it }).await;
    }
    desk.pass(secs(60)).await;
    // Their next beats come long before that of the one that is well.
    desk.fake.org().dead.extend([id(0), id(1)]);
    desk.pass(secs(200)).await;
    assert!(desk.pauses() > 1 && desk.lost().is_empty());
    assert!(desk.resumed().iter().all(|after| *after == secs(5)), "{:?}", desk.resumed());
}

#[tokio::test(start_paused = true)]
async fn trouble_that_comes_back_is_noticed_by_what_was_heard_since() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.until(|desk| desk.pauses() == 1).await;
    desk.fake.org().down = false;
    desk.until(|desk| desk.resumed().len() == 1).await;
    desk.fake.org().down = true;
    let before = desk.failures().len();
    desk.until(|desk| desk.pauses() == 2).await;
    // Not 21 of 40: of those whose failures were taken back, nothing is known yet.
    let counted = desk.failures().len() - before;
    assert!(counted <= 12, "{counted}");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_trouble_was_over_does_not_count_after() {
    let mut desk = forty().await;
    desk.fake.org().dead.insert(id(0));
    desk.fake.org().takes.insert(id(0), secs(10));
    let sent = desk.beats(0).len();
    desk.until(|desk| desk.beats(0).len() > sent).await;
    desk.order(Order::Link { up: false }).await;
    desk.pass(secs(1)).await;
    desk.order(Order::Link { up: true }).await;
    desk.until(|desk| !desk.failures().is_empty()).await;
    assert_eq!(desk.resumed(), [secs(1)]);
    let expected = "Heartbeat failed for session-0, not counted because the trouble is ours: \
                    Heartbeat failed: 503";
    assert_eq!(desk.failures(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn only_the_failures_of_the_trouble_itself_are_taken_back() {
    let mut desk = forty().await;
    desk.fake.org().dead.insert(id(0));
    desk.until(|desk| desk.failures().len() == 2).await;
    // One failure is a round older than the trouble, the other may belong to it.
    desk.pass(secs(22)).await;
    desk.order(Order::Link { up: false }).await;
    desk.pass(secs(1)).await;
    assert_eq!(taken_back(&desk), [(id(0), 1)]);
    let mut kept = desk.session(0, 2700);
    desk.told.iter().for_each(|(_, news)| news.settle(&mut kept));
    assert_eq!((kept.failures, kept.paused), (1, true));
}

#[tokio::test(start_paused = true)]
async fn releasing_the_session_that_is_tried_does_not_end_the_trying() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.pass(secs(60)).await;
    for n in 0..40 {
        desk.fake.org().takes.insert(id(n), secs(10));
    }
    desk.pass(secs(7)).await;
    let tried = desk.fake.org().sent.last().unwrap().session.clone();
    desk.order(Order::Release(tried)).await;
    desk.fake.org().takes.clear();
    desk.fake.org().down = false;
    desk.pass(secs(6)).await;
    assert_eq!(desk.resumed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_taken_in_while_beats_pause_is_beaten_after() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.order(Order::Link { up: false }).await;
    desk.keep(40..41, 2700).await;
    desk.pass(secs(10)).await;
    let next = desk.heard(|news| match news {
        News::Supervising { session, next } if *session == id(40) => Some(*next),
        _ => None,
    });
    assert_eq!(next, [None], "nobody knows when");
    desk.fake.org().down = false;
    desk.order(Order::Link { up: true }).await;
    desk.pass(secs(31)).await;
    assert!(!desk.beats(40).is_empty());
}

#[tokio::test(start_paused = true)]
async fn while_leases_can_not_be_renewed_nothing_is_tried_and_nothing_counts() {
    let mut desk = Desk::new();
    desk.keep(0..1, 2700).await;
    desk.pass(secs(60)).await;
    desk.order(Order::Link { up: true }).await;
    let sent = desk.beats(0).len();
    desk.order(Order::Leases { renewed: false }).await;
    desk.order(Order::Link { up: true }).await;
    desk.pass(secs(300)).await;
    assert_eq!((desk.pauses(), desk.resumed(), desk.beats(0).len()), (1, vec![], sent));
    desk.order(Order::Leases { renewed: true }).await;
    desk.pass(secs(31)).await;
    assert_eq!(desk.resumed(), [secs(300)]);
    assert!(desk.beats(0).len() > sent && desk.failures().is_empty());
}

#[tokio::test(start_paused = true)]
async fn leases_that_are_renewed_again_do_not_mend_the_link() {
    let mut desk = forty().await;
    desk.fake.org().down = true;
    desk.order(Order::Link { up: false }).await;
    desk.order(Order::Leases { renewed: false }).await;
    desk.pass(secs(60)).await;
    desk.order(Order::Leases { renewed: true }).await;
    desk.pass(secs(60)).await;
    assert_eq!((desk.pauses(), desk.resumed()), (1, vec![]));
    desk.fake.org().down = false;
    desk.pass(secs(6)).await;
    assert_eq!(desk.resumed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_no_failure_of_the_sessions() {
    let mut desk = Desk::new();
    desk.fake.org().blame = Blame::Ours;
    desk.keep(0..1, 2700).await;
    desk.fake.org().dead.insert(id(0));
    desk.pass(secs(600)).await;
    assert_eq!(desk.lost(), []);
    assert!(desk.failures().len() > 10);
    assert!(desk.failures().iter().all(|text| text.contains("not counted")));
}

#[tokio::test(start_paused = true)]
async fn a_session_alone_is_lost_by_silence_only_where_the_link_is_known_to_be_up() {
    for (blame, link, lost) in [
        (Blame::Nobody, None, 0),
        (Blame::Nobody, Some(true), 1),
        (Blame::Session, None, 1),
        (Blame::Session, Some(true), 1),
    ] {
        let mut desk = Desk::new();
        desk.fake.org().blame = blame;
        if let Some(up) = link {
            desk.order(Order::Link { up }).await;
        }
        desk.keep(0..1, 2700).await;
        desk.fake.org().dead.insert(id(0));
        desk.pass(secs(300)).await;
        assert_eq!(desk.lost().len(), lost, "{blame:?} {link:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_overdue_at_a_takeover_leaves_as_the_budget_allows() {
    let mut desk = Desk::with(|settings| settings.allowance = 270);
    for n in 0..400 {
        let due = desk.clock.now().checked_sub(jiff::SignedDuration::from_secs(30)).unwrap();
        let it = Supervised { due: Some(due), ..desk.session(n, 2700) };
        desk.order(Order::TakeOver(Box::new(it))).await;
    }
    let start = desk.start;
    desk.pass(secs(300)).await;
    // Three seconds' worth together at first, then 4.5 a second.
    assert!(busiest(&desk, start) <= 19, "{}", busiest(&desk, start));
    let first = |n| (desk.beats(n)[0] - start).as_secs();
    assert!((0..400).map(first).max().unwrap() <= 87, "one after the other, without a gap");
    let minute = |from: u64| {
        let within =
            |at: &tokio::time::Instant| *at >= start + secs(from) && *at < start + secs(from + 60);
        desk.fake.org().sent.iter().filter(|sent| within(&sent.at)).count()
    };
    assert!(minute(0) <= 270 + 14 && minute(60) <= 271 && minute(120) <= 271);
    // Their next round is spread as the first was: nobody waits longer than the stretched interval.
    let stretched = secs(30).mul_f64(800.0 / 270.0);
    let longest = (0..400).flat_map(|n| desk.gaps(n)).max().unwrap();
    assert!(longest <= stretched + secs(4), "{longest:?} of {stretched:?}");
    let told = desk.heard(|news| matches!(news, News::Stretched { .. }).then_some(()));
    assert!(told.len() <= 3, "told {} times", told.len());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dead_does_not_keep_the_others_from_being_tried() {
    let mut desk = Desk::new();
    desk.keep(0..3, 2700).await;
    desk.fake.org().down = true;
    desk.until(|desk| desk.pauses() == 1).await;
    desk.fake.org().down = false;
    desk.fake.org().dead.extend([id(0), id(1)]);
    let up = tokio::time::Instant::now();
    desk.until(|desk| !desk.resumed().is_empty()).await;
    assert!(up.elapsed() <= secs(21), "each in its turn: {:?}", up.elapsed());
}
