//! Trouble with reading: tokens that end, limits, missing rights, bodies that are none. The rest of the
//! floor lives on, the last good rows stay, and everything recovers when the trouble ends.

use std::{future::Future, time::Duration};

use floorwalker::{
    domain::{agent::RoutingStatus, id::AgentId, session::SessionState},
    engine::{Command, Handle, Link},
    simulator::{Options, Permissions},
};

use crate::{
    simulated::{frozen, until},
    site::{Site, link, live},
};

const AGENTS: &str = "/routing/activity/";

fn reason(link: &Link) -> String {
    match link {
        Link::Stale { reason } | Link::Retrying { reason, .. } => reason.to_string(),
        Link::Live | Link::Connecting => String::new(),
    }
}

fn is_live(link: &Link) -> bool {
    *link == Link::Live
}

/// Asks again and again for half a minute.
async fn eventually<F: Future<Output = bool>>(what: &str, mut ask: impl FnMut() -> F) {
    for _ in 0..3 {
        let asked = async { until(what, || async { None::<()> }).await };
        let found = async {
            while !ask().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = found => return,
            () = asked => {}
        }
    }
}

/// Once the trouble is over, a refresh makes everything live again.
async fn assert_recovers(handle: &mut Handle) {
    handle.commands.send(Command::Refresh).await.unwrap();
    link(handle, is_live).await;
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    let site = Site::open(Options { token_ttl: Duration::from_secs(2), ..frozen() }).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    let tokens = || async {
        handle.commands.send(Command::Refresh).await.unwrap();
        site.floor.ledger().await["tokens"].as_u64().unwrap() >= 4
    };
    eventually("four tokens", tokens).await;
    assert_eq!(site.answered(401).await, 0, "no request was sent with an old token");
    assert!(is_live(&handle.pulse.borrow().link));
    site.close();
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_without_a_word() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    site.faults(&["401=0.5"], &[AGENTS]).await;
    let refused = || async {
        handle.commands.send(Command::Refresh).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        site.answered(401).await >= 4
    };
    eventually("four refusals", refused).await;
    let ledger = site.floor.ledger().await;
    let refusals = site.answered(401).await;
    assert!(ledger["tokens"].as_u64().unwrap() <= 2 + refusals, "one new token a refusal at most");
    site.faults(&[], &[]).await;
    assert_recovers(&mut handle).await;
    site.close();
}

#[tokio::test]
async fn no_request_is_sent_above_the_limit() {
    let limit = 25;
    let site = Site::open(Options { rate_limit: limit, ..frozen() }).await;
    let mut handle = site.engine();
    // So few are too few for a floor: it says so, and yet nothing is refused.
    let late = |l: &Link| reason(l).contains("budget");
    let said = reason(&link(&mut handle, late).await);
    assert!(said.contains("late") || said.contains("used up"), "{said}");
    assert_eq!(site.answered(429).await, 0, "nothing was sent for nothing");
    let gauge = handle.pulse.borrow().gauge;
    assert_eq!(gauge.allowed, limit, "the server's limit is believed");
    site.close();
}

#[tokio::test]
async fn a_storm_of_429_is_waited_out() {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    let before = live(&mut handle).await;
    site.faults(&["429=1"], &[]).await;
    handle.commands.send(Command::Refresh).await.unwrap();
    link(&mut handle, |l| !is_live(l)).await;
    let refused = site.answered(429).await;
    // Each answer closes the budget for a second at least, whatever wants to be sent.
    assert!(refused <= 30, "{refused} requests into a closed door");
    assert_eq!(handle.floor.borrow().sessions.len(), before.sessions.len(), "the rows stay");
    site.faults(&[], &[]).await;
    assert_recovers(&mut handle).await;
    site.close();
}

#[tokio::test]
async fn a_missing_right_is_named_and_the_rest_lives() {
    const RIGHT: &str = "analytics:flowObservation:view";
    let permissions = Permissions::all_but([RIGHT]);
    let site = Site::open(Options { permissions, ..frozen() }).await;
    let mut handle = site.engine();
    let stale = link(&mut handle, |l| matches!(l, Link::Stale { .. })).await;
    let said = reason(&stale);
    assert!(said.contains(RIGHT) && said.contains("add the permission"), "{said}");
    let waiting = site.floor.sessions("waiting").await.len();
    let floor = crate::site::floor(&mut handle, |f| {
        f.loading.agents_known && f.figures.waiting as usize == waiting
    })
    .await;
    assert!(floor.agents.len() == 120 && floor.queues.len() == 12);
    assert!(
        !floor.sessions.iter().any(|s| s.state == SessionState::Bot),
        "of bots nothing is known"
    );
    site.close();
}

/// What the agents do; their names come later, and are of another feed.
fn statuses(handle: &Handle) -> Vec<(AgentId, Option<RoutingStatus>)> {
    handle.floor.borrow().agents.iter().map(|a| (a.id.clone(), a.routing.clone())).collect()
}

/// Answers of one feed are spoilt: stale with these words, the rows stay, and then it recovers.
async fn spoilt(fault: &str, words: &str) {
    let site = Site::open(frozen()).await;
    let mut handle = site.engine();
    live(&mut handle).await;
    let as_before = statuses(&handle);
    assert_eq!(as_before.len(), 120);
    site.faults(&[fault], &[AGENTS]).await;
    handle.commands.send(Command::Refresh).await.unwrap();
    let stale = link(&mut handle, |l| !is_live(l)).await;
    assert!(matches!(stale, Link::Stale { .. }), "{stale:?}");
    let said = reason(&stale);
    assert!(said.contains(words) && said.contains("check the base URL"), "{said}");
    assert_eq!(statuses(&handle), as_before, "the last good rows stay");
    site.faults(&[], &[]).await;
    assert_recovers(&mut handle).await;
    assert_eq!(statuses(&handle), as_before);
    site.close();
}

#[tokio::test]
async fn an_html_page_is_no_answer() {
    spoilt("html=1", "an HTML page").await;
}

#[tokio::test]
async fn half_an_answer_is_none() {
    spoilt("truncated=1", "cut off").await;
}

#[tokio::test]
async fn five_megabytes_of_something_else_are_no_answer() {
    spoilt("huge=1", "of another shape").await;
}

#[tokio::test]
async fn something_else_in_place_of_the_directory_does_not_empty_the_floor() {
    let site = Site::open(frozen()).await;
    site.faults(&["huge=1"], &["GET /api/v2/routing/queues"]).await;
    let mut handle = site.engine();
    let failing = link(&mut handle, |l| !reason(l).is_empty()).await;
    assert!(reason(&failing).contains("read queues"), "{failing:?}");
    assert!(!handle.floor.borrow().loading.queues_known, "no queues is not the same as none");
    site.faults(&[], &[]).await;
    assert_recovers(&mut handle).await;
    assert_eq!(live(&mut handle).await.queues.len(), 12);
    site.close();
}
