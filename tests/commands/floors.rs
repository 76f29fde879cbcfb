//! What commands read, as the engine gives it to them: a floor that is read again while a batch runs.

use floorwalker::{
    commands::Connection,
    domain::agent::RoutingStatus,
    engine::snapshot::{Want, snapshot},
    genesys::Dialect,
};

use crate::{
    handoffs::{hand_off, open_queue, sessions},
    processes::Centre,
};

#[test]
fn a_floor_that_is_read_again_shows_what_has_changed_and_forgets_nothing() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let (base, id, secret) = (centre.proxy.base_url(), centre.id.clone(), centre.secret.clone());
    let connection =
        Connection::new(Dialect::Platform, &base, None, id, secret.into(), 100_000).unwrap();
    let platform = connection.open().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let want = Want { profiles: true, ..Want::default() };
    let mut shot = runtime.block_on(snapshot(&platform, want)).unwrap();
    let state = |shot: &floorwalker::engine::snapshot::Snapshot| {
        shot.floor.session(&bot.as_str().into()).unwrap().state.word()
    };
    assert_eq!(state(&shot), "bot");
    let (ended, _) = hand_off(&centre, std::slice::from_ref(&bot), &["--queue", &queue, "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    runtime.block_on(shot.renew(&platform)).unwrap();
    assert_eq!(state(&shot), "waiting");
    assert!(shot.floor.agents.iter().all(|a| a.name.is_some()), "names were not read again");

    // A few were read for what the others inherit: the first.
    let assumed: Vec<_> = shot
        .floor
        .agents
        .iter()
        .filter(|a| a.capacity_inherited && a.routing == Some(RoutingStatus::Idle))
        .map(|a| a.id.clone())
        .rev()
        .take(3)
        .collect();
    assert!(
        runtime.block_on(shot.measure(&platform, &assumed)).unwrap(),
        "there was something to read"
    );
    assert!(!runtime.block_on(shot.measure(&platform, &assumed)).unwrap(), "and now there is not");
    centre.proxy.verdict();
}
