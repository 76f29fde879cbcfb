//! What somebody has open is read closely, and what they have closed is not.

use std::time::Duration;

use floorwalker::engine::{Attention, Command, Event, Handle};
use tokio::time::Instant;

use super::{
    GRACE,
    fake::{Fake, ready, session_id},
};

fn look(n: Option<u32>) -> Command {
    Command::Attend(Attention { detail: n.map(session_id), agents: Vec::new() })
}

/// Waits for a session that was read closely.
async fn detail(handle: &mut Handle) {
    loop {
        match handle.events.recv().await {
            Some(Event::Detail(_)) | None => return,
            Some(_) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_detail_is_read_again_and_a_closed_one_is_not() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    handle.commands.send(look(Some(1))).await.unwrap();
    let opened = Instant::now();
    for _ in 0..3 {
        detail(&mut handle).await;
    }
    assert!((29..32).contains(&opened.elapsed().as_secs()), "{:?}", opened.elapsed());
    let asked = Instant::now();
    handle.commands.send(Command::Refresh).await.unwrap();
    detail(&mut handle).await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    handle.commands.send(look(None)).await.unwrap();
    let none = tokio::time::timeout(Duration::from_secs(60), detail(&mut handle)).await;
    assert!(none.is_err());
}

#[tokio::test(start_paused = true)]
async fn who_leafs_through_sessions_has_one_of_them_read() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    fake.state().look_takes = Duration::from_secs(5);
    let at_once = |n: u32| {
        let fake = fake.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(fake.looking(), 1, "when {n} was opened");
        }
    };
    for n in [0, 1, 2, 1] {
        handle.commands.send(look(Some(n))).await.unwrap();
        at_once(n).await;
    }
    detail(&mut handle).await;
    handle.commands.send(look(None)).await.unwrap();
    for n in [0, 1, 2, 2, 0] {
        handle.commands.send(Command::Summarise(session_id(n))).await.unwrap();
        at_once(n).await;
    }
    loop {
        match handle.events.recv().await {
            Some(Event::Summary { session, .. }) => break assert_eq!(session, session_id(0)),
            told => assert!(told.is_some(), "no summary"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_detail_that_takes_long_to_read_is_read_to_its_end() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, GRACE).await;
    fake.state().look_takes = Duration::from_secs(40);
    handle.commands.send(look(Some(1))).await.unwrap();
    let opened = Instant::now();
    detail(&mut handle).await;
    assert_eq!(opened.elapsed().as_secs(), 40);
}
