//! Requests whose answer does not tell whether they happened: the session decides, and nothing is ever
//! sent twice.

use floorwalker::domain::{
    handoff::{HandoffOrder, Target},
    session::{Requirement, SessionState},
};
use serde_json::json;

use crate::{
    site::{carry_out, end},
    spy::{Scene, small},
};

/// The routes that move a session, by the ledger's names.
const MOVES: &[&str] = &["/transfer", "PUT /api/v2/conversations/messaging"];

/// Two orders for each of the four ways.
fn orders(scene: &Scene) -> Vec<HandoffOrder> {
    let (mut used, mut orders) = (Vec::new(), Vec::new());
    for round in 0..2 {
        let (session, agent) = scene.fitting(["bot", "waiting"][round], &mut used);
        orders.push(scene.order(&session, Target::Agent(agent)));
        for way in ["context", "skills", "participant"] {
            let (session, queue) = scene.elsewhere("bot", &mut used);
            let mut order = scene.order(&session, queue);
            match way {
                "context" => order.reason = "why".into(),
                "skills" => order.demands.skills = vec![skill(scene)],
                _ => {}
            }
            orders.push(order);
        }
    }
    orders
}

fn skill(scene: &Scene) -> Requirement {
    let skill = scene.floor.agents.iter().flat_map(|a| a.skills.iter().flatten()).next().unwrap();
    Requirement { id: Some(skill.id.clone()), name: skill.name.clone() }
}

/// With every move struck by a fault, each order ends as the ledger says, and moved its session once at
/// most. Some of the struck requests must have acted and some not, or nothing is shown.
async fn in_doubt(fault: &str) {
    let mut scene = Scene::open(floorwalker::simulator::Options { sessions: 60, ..small() }).await;
    let orders = orders(&scene);
    scene.site.agents_answer("accepted").await;
    scene.site.faults(&[fault], MOVES).await;
    let stages = carry_out(&mut scene.handle, &orders).await;
    let mut acted = 0;
    for (order, stages) in orders.iter().zip(&stages) {
        let applied = scene.site.applied(&json!(order.session)).await;
        assert!(applied.len() <= 1, "{fault}: {applied:?}");
        let expected = match (applied.len(), &order.target) {
            (0, _) => "failed",
            (_, Target::Agent(_)) => "accepted",
            (_, Target::Queue(_)) => "queued",
        };
        assert_eq!(end(stages), expected, "{fault}: {stages:?}");
        acted += applied.len();
        let mut moves = scene.spy.writes(&order.session);
        moves.retain(|sent| !sent.path.ends_with("/events"));
        assert_eq!(moves.len(), 1, "{fault}: sent once");
        let log = scene.site.audit(&order.id).await;
        let event = if expected == "failed" { "handoff_failed" } else { "handoff_completed" };
        assert_eq!((log.len(), log[1].event.as_str()), (2, event));
    }
    assert!(acted > 0 && acted < orders.len(), "{fault}: {acted} of {} acted", orders.len());
    scene.site.close();
}

/// Together, for the last of them costs the client's 15 s.
#[tokio::test]
async fn what_may_have_happened_is_settled_by_reading() {
    tokio::join!(in_doubt("500=1"), in_doubt("reset=1"), in_doubt("timeout=1"));
}

/// Skills that were set in place leave no new participant: they are looked for in the session itself.
#[tokio::test]
async fn what_may_have_been_set_in_place_is_looked_for_in_the_session() {
    let mut scene = Scene::open(floorwalker::simulator::Options { sessions: 60, ..small() }).await;
    let wanted = skill(&scene);
    let open = |id: &floorwalker::domain::id::QueueId| {
        scene.floor.queue(id).unwrap().state.word() == "open"
    };
    let waits = |s: &&floorwalker::domain::session::Session| {
        let there = s.state == SessionState::Waiting && s.queue.as_ref().is_some_and(open);
        there && s.skills.first() != Some(&wanted)
    };
    let mut orders = Vec::new();
    for session in scene.floor.sessions.iter().filter(waits).take(6) {
        let target = Target::Queue(session.queue.clone().unwrap());
        let mut order = scene.order(&session.id, target);
        order.demands.skills = vec![wanted.clone()];
        orders.push(order);
    }
    assert!(orders.len() > 2, "enough of them wait in an open queue");
    scene.site.faults(&["reset=1"], MOVES).await;
    let stages = carry_out(&mut scene.handle, &orders).await;
    let ledger = scene.site.floor.ledger().await;
    let mut acted = 0;
    for (order, stages) in orders.iter().zip(&stages) {
        let rows = ledger["reroutes"].as_array().unwrap().iter();
        let count = rows.filter(|r| r["conversation"] == order.session.to_string()).count();
        assert_eq!(end(stages), if count == 1 { "queued" } else { "failed" }, "{stages:?}");
        assert!(count <= 1);
        acted += count;
    }
    assert!(acted > 0 && acted < orders.len(), "{acted} of {} acted", orders.len());
    scene.site.close();
}

#[tokio::test]
async fn a_spoilt_answer_of_a_handoff_that_was_done_does_not_undo_it() {
    let mut scene = Scene::open(small()).await;
    let (session, queue) = scene.elsewhere("bot", &mut Vec::new());
    let order = scene.order(&session, queue);
    scene.site.faults(&["html=1"], MOVES).await;
    let stages = carry_out(&mut scene.handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "queued", "{:?}", stages[0]);
    assert_eq!(scene.site.applied(&json!(session)).await.len(), 1);
    scene.site.close();
}
