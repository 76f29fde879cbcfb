//! A store that tells of what is written to it is left alone while nothing is.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

use super::{
    NO_GRACE,
    fake::{Fake, ready},
};

const MINUTE: Duration = Duration::from_secs(60);

/// How often requests and leases are looked through in a minute, while somebody writes so often.
async fn looks(telling: bool, writes_every: Duration) -> (usize, usize) {
    let fake = Fake::new(3, 10, 5);
    let stirring = watch::channel(()).0;
    fake.state().stirring = telling.then(|| stirring.clone());
    let mut handle = ready(&fake, NO_GRACE).await;
    let told = async { while handle.events.recv().await.is_some() {} };
    let written = async {
        loop {
            tokio::time::sleep(writes_every).await;
            stirring.send_replace(());
        }
    };
    let all = async { tokio::join!(told, written) };
    let looked = || {
        let state = fake.state();
        (state.changes_read, state.leases_read)
    };
    let before = looked();
    assert!(timeout(MINUTE, all).await.is_err());
    let after = looked();
    (after.0 - before.0, after.1 - before.1)
}

#[tokio::test(start_paused = true)]
async fn while_nothing_is_written_nobody_looks_but_to_be_sure() {
    let (changes, leases) = looks(true, 2 * MINUTE).await;
    assert!((5..=13).contains(&changes) && (5..=13).contains(&leases), "{changes} {leases}");
}

#[tokio::test(start_paused = true)]
async fn a_write_is_looked_for_within_a_second_and_once_more_when_it_is_on_disk() {
    let (changes, leases) = looks(true, Duration::from_secs(10)).await;
    assert!((15..=30).contains(&changes) && (15..=30).contains(&leases), "{changes} {leases}");
}

#[tokio::test(start_paused = true)]
async fn however_much_is_written_nobody_looks_more_often_than_otherwise() {
    let most = looks(false, 2 * MINUTE).await;
    let (changes, leases) = looks(true, Duration::from_millis(10)).await;
    assert!(changes <= most.0 + 1 && leases <= most.1 + 1, "{changes} {leases}, and {most:?}");
    assert!(most.0 >= 55, "where nobody tells it is looked every second: {most:?}");
}
