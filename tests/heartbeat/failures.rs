//! What failures in a row lead to.

use floorwalker::{
    domain::supervision::{End, OnLoss, Supervised},
    engine::heartbeat::News,
};

use crate::desk::{Desk, id, secs};

/// Ten sessions, the first of which dies at once.
async fn with_a_dead_one(on_loss: OnLoss) -> Desk {
    let mut desk = Desk::new();
    desk.fake.org().dead.insert(id(0));
    let dead = Supervised { on_loss, ..desk.session(0, 2700) };
    desk.supervise(dead).await;
    desk.keep(1..10, 2700).await;
    desk
}

fn ended(desk: &Desk) -> Vec<(String, End)> {
    desk.heard(|news| match news {
        News::Ended { session, end } => Some((session.to_string(), end.why)),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn three_failures_in_a_row_are_told_and_the_session_is_to_be_disconnected() {
    let mut desk = with_a_dead_one(OnLoss::Disconnect).await;
    desk.pass(secs(200)).await;
    let text = |n| format!("Heartbeat failure {n}/3 for session-0: Heartbeat failed: 503");
    assert_eq!(desk.failures(), [text(1), text(2), text(3)]);
    assert_eq!(desk.lost(), [(id(0), OnLoss::Disconnect)]);
    assert_eq!(ended(&desk), [("session-0".into(), End::Lost)]);
    assert_eq!((desk.beats(0).len(), desk.pauses()), (3, 0));
    assert!((1..10).all(|n| desk.beats(n).len() >= 6));
}

#[tokio::test(start_paused = true)]
async fn two_failures_and_a_success_begin_again() {
    let mut desk = with_a_dead_one(OnLoss::Disconnect).await;
    for _ in 0..4 {
        desk.fake.org().dead.insert(id(0));
        let before = desk.failures().len();
        desk.until(|desk| desk.failures().len() >= before + 2).await;
        desk.fake.org().dead.clear();
        desk.pass(secs(31)).await;
    }
    assert_eq!(desk.lost(), []);
    let rows: Vec<bool> = desk.failures().iter().map(|text| text.contains(" 2/3 ")).collect();
    assert_eq!(rows, [false, true].repeat(4));
}

#[tokio::test(start_paused = true)]
async fn asking_and_keeping_tell_once_and_beat_on() {
    for policy in [OnLoss::Ask, OnLoss::Keep] {
        let mut desk = with_a_dead_one(policy).await;
        desk.pass(secs(300)).await;
        assert_eq!(desk.lost(), [(id(0), policy)]);
        assert!(desk.beats(0).len() >= 9 && ended(&desk).is_empty());
        assert!(desk.failures().last().unwrap().contains("failure 3/3"));
        // It comes back, and is lost again.
        desk.fake.org().dead.clear();
        desk.pass(secs(60)).await;
        desk.fake.org().dead.insert(id(0));
        desk.pass(secs(100)).await;
        assert_eq!(desk.lost(), [(id(0), policy), (id(0), policy)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_kept_though_lost_tells_nothing_of_the_others() {
    let mut desk = Desk::new();
    for n in 0..3 {
        let kept = Supervised { on_loss: OnLoss::Keep, ..desk.session(n, 2700) };
        desk.supervise(kept).await;
    }
    desk.pass(secs(60)).await;
    for n in 0..2 {
        desk.fake.org().dead.insert(id(n));
        desk.pass(secs(130)).await;
    }
    assert_eq!(desk.lost(), [(id(0), OnLoss::Keep), (id(1), OnLoss::Keep)]);
    assert_eq!(desk.pauses(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lone_session_is_lost_after_three_failures() {
    let mut desk = Desk::new();
    desk.fake.org().dead.insert(id(0));
    desk.keep(0..1, 60).await;
    desk.pass(secs(20)).await;
    assert_eq!((desk.lost().len(), desk.pauses()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_fast_session_is_not_lost_before_a_slow_one_could_tell_whose_trouble_it_is() {
    let mut desk = Desk::new();
    desk.keep(0..1, 2700).await;
    desk.until(|desk| !desk.beats(0).is_empty()).await;
    desk.keep(1..2, 50).await;
    desk.fake.org().down = true;
    // Five failures of the fast one before the slow one's next beat, which fails too.
    desk.pass(secs(28)).await;
    assert!(desk.failures().len() >= 4 && desk.lost().is_empty());
    desk.pass(secs(3)).await;
    assert_eq!((desk.pauses(), desk.lost().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_ended_elsewhere_needs_no_more_beats() {
    let mut desk = Desk::new();
    desk.fake.org().over.insert(id(0));
    desk.keep(0..2, 300).await;
    desk.pass(secs(100)).await;
    assert_eq!(ended(&desk), [("session-0".into(), End::Over)]);
    assert_eq!((desk.beats(0).len(), desk.lost()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_beat_that_breaks_off_is_a_failure_and_not_the_end_of_all() {
    let mut desk = Desk::new();
    desk.fake.org().broken.insert(id(0));
    desk.keep(0..3, 300).await;
    desk.pass(secs(31)).await;
    let expected = ["Heartbeat failure 1/3 for session-0: the beat broke off"];
    assert_eq!(desk.failures(), expected);
    desk.pass(secs(31)).await;
    assert!((0..3).all(|n| desk.beats(n).len() >= 2));
}
