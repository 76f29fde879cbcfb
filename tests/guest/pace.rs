//! How often a guest's socket is asked for an echo.

use std::time::{Duration, Instant};

use floorwalker::{domain::supervision::Sign, genesys::Genesys as _, simulator::Options};

use crate::{
    host::{Host, QUEUE, beat, order},
    simulated::frozen,
};

#[tokio::test]
async fn however_often_it_beats_no_more_echoes_go_out_than_are_allowed() {
    // On so fast a floor an echo in 0.3 s is allowed; each that is refused would cost a second.
    let host = Host::open(Options { speed: 100.0, ..frozen() }, QUEUE).await;
    let mut door = host.door();
    assert_eq!(door.echo_every, Duration::from_secs(30));
    door.echo_every = Duration::from_millis(300);
    let platform = host.plain().with_door(door);
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    let (started, before) = (Instant::now(), host.echoes(&id).await);
    while started.elapsed() < Duration::from_secs(3) {
        assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let echoes = host.echoes(&id).await - before;
    assert!((7..=11).contains(&echoes), "{echoes}");
}

#[tokio::test]
async fn a_refusal_for_haste_is_obeyed() {
    let host = Host::open(frozen(), QUEUE).await;
    let mut door = host.door();
    door.echo_every = Duration::from_millis(1);
    let platform = host.plain().with_door(door);
    let (order, token) = order();
    let id = platform.open_guest(&order).await.unwrap();
    // The second is refused for 30 s, which is no failure: who refuses knows the session.
    for _ in 0..2 {
        assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    host.floor.step(60).await;
    for _ in 0..20 {
        assert_eq!(beat(&platform, &id, &token).await, Ok(Sign::Alive));
    }
    assert_eq!(host.echoes(&id).await, 1, "any that was sent would have been answered by now");
}
