//! What the OAuth client may do is asked for at the start, and told to the console.

use std::time::Duration;

use floorwalker::{
    domain::rights::Act,
    simulator::{Options, Permissions},
};

use crate::{
    simulated::frozen,
    site::{Site, live},
};

#[tokio::test]
async fn a_missing_right_reaches_the_console() {
    let permissions = Permissions::all_but(["routing:conversation:edit"]);
    let site = Site::open(Options { permissions, ..frozen() }).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    let told = handle.pulse.wait_for(|pulse| pulse.rights.is_some());
    let pulse = tokio::time::timeout(Duration::from_secs(60), told).await.unwrap().unwrap().clone();
    let rights = pulse.rights.as_ref().unwrap();
    assert_eq!(rights.lacks(Act::Reroute), Some("routing:conversation:edit"));
    for act in [Act::ToAgent, Act::Assign, Act::ToQueue, Act::End] {
        assert_eq!(rights.lacks(act), None, "{act:?}");
    }
    site.close();
}
