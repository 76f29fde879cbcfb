//! Requests whose answer does not tell whether they happened: the conversation decides, and nothing is
//! ever sent twice.

use floorwalker::{
    domain::handoff::{HandoffOrder, Target},
    engine::Handle,
    simulator::Options,
};
use serde_json::Value;

use crate::{
    simulated::frozen,
    site::{Site, carry_out, end, order, ready},
};

/// The routes that move a session, by the ledger's names.
const MOVES: &[&str] = &["/replace/", "/assign"];

/// One order for each session that a bot holds, at most `most`, each to an agent of its own.
async fn orders(site: &Site, handle: &mut Handle, most: usize) -> (Vec<HandoffOrder>, Vec<Value>) {
    let floor = ready(handle).await;
    let agents = site.floor.agents("status", "IDLE").await;
    let mut sessions = site.floor.sessions("bot").await;
    sessions.truncate(most);
    let pairs = sessions.iter().zip(&agents);
    let orders = pairs.map(|(session, agent)| {
        order(&floor, &session["id"], Target::Agent(agent.as_str().into()))
    });
    (orders.collect(), sessions)
}

/// With every move struck by a fault, each order ends as the ledger says, and moved its session once at
/// most. Some of the struck requests must have acted and some not, or nothing is shown.
async fn in_doubt(fault: &str, most: usize) {
    let site = Site::open(Options { speed: 10.0, ..frozen() }).await;
    let mut handle = site.engine();
    let (orders, sessions) = orders(&site, &mut handle, most).await;
    site.agents_answer("accepted").await;
    site.faults(&[fault], MOVES).await;
    let stages = carry_out(&mut handle, &orders).await;
    let mut acted = 0;
    for ((order, session), stages) in orders.iter().zip(&sessions).zip(&stages) {
        let applied = site.applied(&session["id"]).await;
        let expected = match applied.as_slice() {
            [] => "failed",
            [once] => {
                assert_eq!(once["outcome"], "accepted");
                "accepted"
            }
            more => panic!("{fault}: applied {} times: {more:?}", more.len()),
        };
        assert_eq!(end(stages), expected, "{fault}: {stages:?}");
        acted += applied.len();
        let log = site.audit(&order.id).await;
        let last = log.last().unwrap();
        let event = if expected == "accepted" { "handoff_completed" } else { "handoff_failed" };
        assert_eq!((log.len(), last.event.as_str()), (2, event));
    }
    assert!(acted > 0 && acted < orders.len(), "{fault}: {acted} of {} acted", orders.len());
    let struck = site.floor.ledger().await["faults"].clone();
    let kind = fault.split('=').next().unwrap();
    assert_eq!(struck[kind], orders.len(), "each order was sent once: {struck}");
    site.close();
}

/// Together, for the last of them costs the client's 15 s.
#[tokio::test]
async fn what_may_have_happened_is_settled_by_reading() {
    tokio::join!(in_doubt("500=1", 8), in_doubt("reset=1", 8), in_doubt("timeout=1", 6));
}

#[tokio::test]
async fn a_spoilt_answer_of_a_handoff_that_was_done_does_not_undo_it() {
    let site = Site::open(Options { speed: 10.0, ..frozen() }).await;
    let mut handle = site.engine();
    let (orders, sessions) = orders(&site, &mut handle, 3).await;
    site.agents_answer("accepted").await;
    site.faults(&["html=1"], MOVES).await;
    let stages = carry_out(&mut handle, &orders).await;
    for (session, stages) in sessions.iter().zip(&stages) {
        assert_eq!(site.applied(&session["id"]).await.len(), 1);
        assert_eq!(end(stages), "accepted", "{stages:?}");
    }
    site.close();
}

#[tokio::test]
async fn what_was_certainly_not_done_is_tried_again_or_told() {
    let site = Site::open(Options { speed: 10.0, ..frozen() }).await;
    let mut handle = site.engine();
    let (orders, sessions) = orders(&site, &mut handle, 2).await;
    site.agents_answer("accepted").await;
    // A 429 says that nothing was done. Some of three tries get through.
    site.faults(&["429=0.4"], MOVES).await;
    let stages = carry_out(&mut handle, &orders).await;
    for (session, stages) in sessions.iter().zip(&stages) {
        let applied = site.applied(&session["id"]).await.len();
        let expected = if applied == 1 { "accepted" } else { "failed" };
        assert!(applied <= 1);
        assert_eq!(end(stages), expected, "{stages:?}");
    }
    site.close();
}
