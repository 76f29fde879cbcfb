//! Handoffs without trouble: from everybody who can hold a session, to an agent or a queue, and each way
//! in which an agent can answer. The ledger says what really happened, the log what we say happened.

use std::{collections::BTreeSet, time::Duration};

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        handoff::{HandoffOrder, Stage, Target},
        id::AgentId,
        queue::Queue,
        session::SessionState,
    },
    engine::{
        Handle,
        snapshot::{Want, snapshot},
    },
    policy::qualification::{Need, Rules, qualify},
    simulator::Options,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    simulated::{frozen, until},
    site::{Site, carry_out, end, order, ready},
};

/// Who holds the session before, by the ledger's words.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    QueueThatAssigns,
    QueueThatDoesNot,
    Bot,
    Agent,
}

const HOLDERS: [Holder; 4] =
    [Holder::QueueThatAssigns, Holder::QueueThatDoesNot, Holder::Bot, Holder::Agent];

/// A floor that does not move by itself, with agents who answer ten times as fast.
async fn open() -> (Site, Handle, std::sync::Arc<Floor>) {
    let site = Site::open(Options { speed: 10.0, ..frozen() }).await;
    let mut handle = site.engine();
    let floor = ready(&mut handle).await;
    (site, handle, floor)
}

/// One of these sessions and an agent who fits it, neither of them used before.
pub fn fitting(
    floor: &Floor,
    held: Vec<Value>,
    moved: &mut BTreeSet<String>,
    busy: &mut BTreeSet<AgentId>,
) -> (Value, AgentId) {
    let fits = |session: &Value, agent: &&Agent| {
        let row = floor.session(&session["id"].as_str().unwrap().into());
        let idle = agent.routing == Some(RoutingStatus::Idle) && !busy.contains(&agent.id);
        idle && row
            .is_some_and(|row| qualify(agent, Need::from(row), Rules::default()).verdict.passes())
    };
    let mut fresh = held.into_iter().filter(|s| !moved.contains(&s["id"].to_string()));
    let (session, agent) = fresh
        .find_map(|session| {
            let agent = floor.agents.iter().find(|agent| fits(&session, agent))?.id.clone();
            Some((session, agent))
        })
        .expect("a session that somebody fits");
    moved.insert(session["id"].to_string());
    busy.insert(agent.clone());
    (session, agent)
}

/// Whether the queue that a session waits in lets it be assigned.
pub fn assigns(floor: &Floor, session: &Value) -> bool {
    let queue = session["queue"].as_str().and_then(|id| floor.queue(&id.into()));
    queue.is_some_and(|queue| queue.manual_assignment)
}

/// True if the guard of the mood has nothing against it.
fn is_content(session: &Value) -> bool {
    session["sentiment"].as_f64().is_none_or(|mood| mood >= -0.35)
}

/// Sessions that somebody holds.
async fn held_by(site: &Site, floor: &Floor, holder: Holder) -> Vec<Value> {
    let (state, assignable) = match holder {
        Holder::QueueThatAssigns => ("waiting", Some(true)),
        Holder::QueueThatDoesNot => ("waiting", Some(false)),
        Holder::Bot => ("bot", None),
        Holder::Agent => ("connected", None),
    };
    let mut sessions = site.floor.sessions(state).await;
    sessions.retain(is_content);
    sessions.retain(|session| assignable.is_none_or(|wanted| assigns(floor, session) == wanted));
    sessions
}

/// The end of the ledger's arrow that a session comes from.
fn assert_came_from(handoff: &Value, holder: Holder, session: &Value) {
    let from = &handoff["from"];
    match holder {
        Holder::QueueThatAssigns | Holder::QueueThatDoesNot => {
            assert_eq!(*from, json!({"kind": "queue", "id": session["queue"]}));
        }
        Holder::Bot => assert_eq!(from["kind"], "bot"),
        Holder::Agent => assert_eq!(*from, json!({"kind": "agent", "id": session["agent"]})),
    }
}

/// Ledger and log of one order that reached its target.
async fn assert_done(
    site: &Site,
    order: &HandoffOrder,
    holder: Holder,
    session: &Value,
    operation: &str,
) {
    let applied = site.applied(&session["id"]).await;
    assert_eq!(applied.len(), 1, "{holder:?}: {applied:?}");
    assert_eq!(applied[0]["operation"], operation, "{holder:?}");
    assert_came_from(&applied[0], holder, session);
    let (to, outcome) = match &order.target {
        Target::Agent(id) => (json!({"kind": "agent", "id": id.to_string()}), "accepted"),
        Target::Queue(id) => (json!({"kind": "queue", "id": id.to_string()}), "queued"),
    };
    assert_eq!((&applied[0]["to"], applied[0]["outcome"].as_str()), (&to, Some(outcome)));
    let audit = site.audit(&order.id).await;
    let events: Vec<&str> = audit.iter().map(|record| record.event.as_str()).collect();
    assert_eq!(events, ["handoff_initiated", "handoff_completed"], "{holder:?}");
    let (first, last) = (&audit[0], &audit[1]);
    assert_eq!(last.transfer.as_deref(), Some(&*operation.replace('/', "_")));
    assert_eq!(last.status.as_deref(), Some(outcome));
    assert!(last.participant.is_some() && last.correlation.is_some() && last.request_ms.is_some());
    // The simulator's clock goes in steps of a tenth of a second.
    let at: Timestamp = applied[0]["at"].as_str().unwrap().parse().unwrap();
    assert!(first.timestamp <= at + Duration::from_millis(150), "on disk before it was sent");
}

#[tokio::test]
async fn an_agent_gets_a_session_from_whoever_holds_it() {
    let (site, mut handle, floor) = open().await;
    site.agents_answer("accepted").await;
    let (mut orders, mut sessions) = (Vec::new(), Vec::new());
    let (mut moved, mut busy) = (BTreeSet::new(), BTreeSet::new());
    for holder in HOLDERS {
        let held = held_by(&site, &floor, holder).await;
        let (session, agent) = fitting(&floor, held, &mut moved, &mut busy);
        orders.push(order(&floor, &session["id"], Target::Agent(agent)));
        sessions.push(session);
    }
    let stages = carry_out(&mut handle, &orders).await;
    let served = site.floor.sessions("connected").await;
    // The bot's session has no queue, so only the slow source has it, which is seconds behind.
    let after = until("every session is on a floor that is read anew", async || {
        let want = Want { histories: true, ..Want::default() };
        let floor = snapshot(&site.platform(), want).await.unwrap().floor;
        orders.iter().all(|order| floor.session(&order.session).is_some()).then_some(floor)
    })
    .await;
    for (index, holder) in HOLDERS.into_iter().enumerate() {
        let (order, session) = (&orders[index], &sessions[index]);
        let Target::Agent(agent) = &order.target else { panic!("{order:?}") };
        assert_eq!(stages[index].last(), Some(&Stage::Accepted { agent: agent.clone() }));
        let operation = if holder == Holder::QueueThatAssigns { "assign" } else { "replace/agent" };
        assert_done(&site, order, holder, session, operation).await;
        let now = served.iter().find(|s| s["id"] == session["id"]).unwrap();
        assert_eq!(now["agent"], agent.to_string());
        let row = after.session(&order.session).unwrap();
        assert_eq!((row.state, &row.agent), (SessionState::Connected, &Some(agent.clone())));
    }
    site.close();
}

#[tokio::test]
async fn a_queue_gets_a_session_from_whoever_holds_it() {
    let (site, mut handle, floor) = open().await;
    let (mut orders, mut sessions) = (Vec::new(), Vec::new());
    for holder in HOLDERS {
        let session = held_by(&site, &floor, holder).await.remove(0);
        let other = |queue: &&Queue| session["queue"] != queue.id.to_string();
        let queue = floor.queues.iter().find(other).unwrap().id.clone();
        orders.push(order(&floor, &session["id"], Target::Queue(queue)));
        sessions.push(session);
    }
    let stages = carry_out(&mut handle, &orders).await;
    for (index, holder) in HOLDERS.into_iter().enumerate() {
        assert_eq!(stages[index].last(), Some(&Stage::Queued), "{holder:?} {:?}", stages[index]);
        assert_done(&site, &orders[index], holder, &sessions[index], "replace/queue").await;
    }
    site.close();
}

#[tokio::test]
async fn an_agent_who_declines_or_does_not_answer_is_told_apart() {
    let (site, mut handle, floor) = open().await;
    let (mut moved, mut busy) = (BTreeSet::new(), BTreeSet::new());
    for (answer, word) in [("refused", "refused"), ("timed_out", "timed out")] {
        site.agents_answer(answer).await;
        let (mut orders, mut sessions) = (Vec::new(), Vec::new());
        for holder in HOLDERS {
            let held = held_by(&site, &floor, holder).await;
            let (session, agent) = fitting(&floor, held, &mut moved, &mut busy);
            orders.push(order(&floor, &session["id"], Target::Agent(agent)));
            sessions.push(session);
        }
        let stages = carry_out(&mut handle, &orders).await;
        for (index, holder) in HOLDERS.into_iter().enumerate() {
            assert_eq!(end(&stages[index]), word, "{holder:?}: {:?}", stages[index]);
            let applied = site.applied(&sessions[index]["id"]).await;
            assert_eq!((applied.len(), applied[0]["outcome"].as_str()), (1, Some(answer)));
            let audit = site.audit(&orders[index].id).await;
            let last = audit.last().unwrap();
            assert_eq!(
                (last.event.as_str(), last.status.as_deref()),
                ("handoff_failed", Some(word))
            );
        }
    }
    site.close();
}

#[tokio::test]
async fn of_two_orders_for_one_session_one_is_sent() {
    let (site, mut handle, floor) = open().await;
    site.agents_answer("accepted").await;
    let agents = site.floor.agents("status", "IDLE").await;
    let session = &site.floor.sessions("bot").await[0];
    let to = |agent: &str| order(&floor, &session["id"], Target::Agent(agent.into()));
    let orders = [to(&agents[0]), to(&agents[1])];
    let stages = carry_out(&mut handle, &orders).await;
    let mut ends = [end(&stages[0]), end(&stages[1])];
    ends.sort_unstable();
    assert_eq!(ends, ["accepted", "rejected"]);
    assert_eq!(site.applied(&session["id"]).await.len(), 1);
    site.close();
}

#[tokio::test]
async fn of_two_consoles_on_one_store_one_moves_a_session() {
    let (site, mut one, floor) = open().await;
    let mut other = site.engine();
    ready(&mut other).await;
    site.agents_answer("accepted").await;
    let agents = site.floor.agents("status", "IDLE").await;
    for session in site.floor.sessions("bot").await.iter().take(3) {
        let to = |agent: &str| [order(&floor, &session["id"], Target::Agent(agent.into()))];
        let (mine, theirs) = (to(&agents[0]), to(&agents[1]));
        let (mine, theirs) =
            tokio::join!(carry_out(&mut one, &mine), carry_out(&mut other, &theirs));
        let mut ends = [end(&mine[0]), end(&theirs[0])];
        ends.sort_unstable();
        assert_eq!(ends, ["accepted", "rejected"]);
        assert_eq!(site.applied(&session["id"]).await.len(), 1);
    }
    site.close();
}

#[tokio::test]
async fn a_session_that_moved_since_it_was_seen_is_left_alone() {
    let (site, mut handle, floor) = open().await;
    let agents = site.floor.agents("status", "IDLE").await;
    let session = &site.floor.sessions("waiting").await[0];
    let order = order(&floor, &session["id"], Target::Agent(agents[0].as_str().into()));
    // Somebody else is faster.
    site.agents_answer("accepted").await;
    assert_eq!(site.floor.to_agent(session, &agents[1]).await.status, 202);
    let stages = carry_out(&mut handle, std::slice::from_ref(&order)).await;
    assert_eq!(end(&stages[0]), "rejected", "{:?}", stages[0]);
    let applied = site.applied(&session["id"]).await;
    assert_eq!((applied.len(), &applied[0]["to"]["id"]), (1, &json!(agents[1])));
    let audit = site.audit(&order.id).await;
    assert_eq!(audit.last().unwrap().event.as_str(), "handoff_rejected");
    site.close();
}
