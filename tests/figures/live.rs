//! The real client against the simulator: when the token is replaced is told, and told once.

use std::time::Duration;

use crate::{
    simulated,
    site::{Site, live},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_token_is_told_and_stays_where_it_is() {
    let ttl = Duration::from_secs(3600);
    let options = floorwalker::simulator::Options { token_ttl: ttl, ..simulated::frozen() };
    let site = Site::open(options).await;
    let before = jiff::Timestamp::now();
    let mut handle = site.engine();
    live(&mut handle).await;
    let told = |pulse: &std::sync::Arc<floorwalker::engine::Pulse>| pulse.token_until;
    let until = handle.pulse.wait_for(|pulse| told(pulse).is_some()).await.unwrap().token_until;
    let until = until.unwrap();
    let left = until.duration_since(before).as_secs();
    assert!((3538..=3545).contains(&left), "a minute before its end, in {left} s");
    // A few more rounds of polls and pulses, until the budget has visibly moved on.
    let spent = handle.pulse.borrow().gauge.spent;
    let mut moments = std::collections::BTreeSet::new();
    while handle.pulse.borrow().gauge.spent < spent + 8 {
        tokio::time::timeout(Duration::from_secs(60), handle.pulse.changed())
            .await
            .unwrap()
            .unwrap();
        moments.extend(handle.pulse.borrow().token_until);
    }
    assert_eq!(moments.into_iter().collect::<Vec<_>>(), [until]);
    drop(handle);
    site.close();
}
