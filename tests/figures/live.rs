//! The real client against the simulator: when the token is replaced is told, and told once.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    simulated,
    site::{Site, live},
};

/// Longer than any of it may take.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_token_is_told_and_stays_where_it_is() {
    let ttl = Duration::from_secs(3600);
    let options = floorwalker::simulator::Options { token_ttl: ttl, ..simulated::frozen() };
    let site = Site::open(options).await;
    let before = jiff::Timestamp::now();
    let mut handle = site.engine();
    live(&mut handle).await;
    let told = |pulse: &std::sync::Arc<floorwalker::engine::Pulse>| pulse.token_until;
    let until = timeout(PATIENCE, handle.pulse.wait_for(|pulse| told(pulse).is_some())).await;
    let until = until.expect("an end of the token").unwrap().token_until.unwrap();
    let left = until.duration_since(before).as_secs();
    assert!((3538..=3545).contains(&left), "a minute before its end, in {left} s");
    // A few more rounds of polls and pulses.
    let before = site.watch.requests().len();
    let mut moments = std::collections::BTreeSet::new();
    let rounds = async {
        while site.watch.requests().len() < before + 8 {
            handle.pulse.changed().await.unwrap();
            moments.extend(handle.pulse.borrow().token_until);
        }
    };
    timeout(PATIENCE, rounds).await.expect("more requests");
    assert_eq!(moments.into_iter().collect::<Vec<_>>(), [until]);
    drop(handle);
    site.close();
}
