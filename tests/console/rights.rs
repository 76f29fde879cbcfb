//! What the OAuth client may not do is refused here, with the right that is missing.

use std::sync::Arc;

use floorwalker::{
    domain::rights::Rights,
    engine::{Link, Pulse},
    genesys::rights::PLATFORM,
};

use crate::{
    floor,
    harness::{Harness, pulse},
};

/// A console on one session of the sample floor, whose client lacks every right with one of these words.
fn without(words: &'static [&str], session: usize) -> Harness {
    let held = move |right: &str| !words.iter().any(|word| right.contains(word));
    let rights = Some(Arc::new(Rights::of(PLATFORM, held)));
    let mut harness = Harness::bare(159, 40);
    let sessions = vec![floor::session(session)];
    let queues = (0..6).map(floor::queue).collect();
    let floor = floor::build(queues, (0..24).map(floor::agent).collect(), sessions);
    harness.pulse(Pulse { rights, ..pulse(Link::Live) }).floor(floor);
    harness
}

/// What a key is answered with.
fn says(harness: &mut Harness, key: &str) -> String {
    harness.press("esc").press(key).status()
}

const WAITING: usize = 0;
const WITH_A_BOT: usize = 3;
const LACKS: &str = "Read-only for this: the OAuth client lacks conversation:communication:";

#[test]
fn keys_that_would_only_fail_say_which_right_is_missing() {
    let mut harness = without(&["blindTransfer"], WITH_A_BOT);
    for key in ["h", "H", "a"] {
        let status = says(&mut harness, key);
        assert!(status.contains(&format!("{LACKS}blindTransfer")), "{key}: {status}");
    }
    assert!(!says(&mut harness, "D").contains("lacks"), "it may end sessions");
    let mut harness = without(&["communication:disconnect", "message:park"], WITH_A_BOT);
    assert!(says(&mut harness, "D").contains(&format!("{LACKS}disconnect")));
    assert!(!says(&mut harness, "h").contains("lacks"));
}

#[test]
fn what_can_be_done_in_another_way_is_not_refused() {
    let mut harness = without(&["blindTransfer"], WAITING);
    assert!(
        !says(&mut harness, "H").contains("lacks"),
        "it can be routed otherwise where it waits"
    );
    let mut harness = without(&["blindTransfer", "routing:conversation:edit"], WAITING);
    assert!(says(&mut harness, "H").contains(LACKS), "{}", harness.status());
}

#[test]
fn where_rights_are_not_told_nothing_is_disabled() {
    let mut harness = Harness::live(159, 40);
    assert!(!says(&mut harness, "h").contains("lacks"));
    assert!(harness.screen().contains("Hand off") || harness.screen().contains("agent"));
}
