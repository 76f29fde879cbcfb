//! Several sessions at a time: the floor these tests look at, and what they ask of it.

#[path = "batch/marks.rs"]
mod marks;
#[path = "batch/plan.rs"]
mod plan;
#[path = "batch/progress.rs"]
mod progress;
#[path = "batch/reasons.rs"]
mod reasons;

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        handoff::{Batch, HandoffOrder, Target},
        queue::{Queue, QueueState},
        session::{Requirement, Session, SessionState},
    },
    engine::{Command, Link},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse},
};

/// Two who know billing, Ada with two places and Bo with one, and one who does not.
pub fn agents() -> Vec<Agent> {
    let agent = |n, name: &str, held| Agent {
        name: Some(name.into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(held),
        id: agent_id(n),
        ..floor::agent(0)
    };
    let unfit = Agent { skills: Some(vec![]), ..agent(2, "Cy", 0) };
    vec![agent(0, "Ada", 1), agent(1, "Bo", 2), unfit]
}

/// Somebody who waits for billing; guest 0 the longest.
pub fn waits(n: usize) -> Session {
    Session {
        guest: Some(format!("guest{n:02}").into()),
        since: Some(floor::ago(400 - 10 * i64::try_from(n).unwrap())),
        queue: Some(queue_id(0)),
        state: SessionState::Waiting,
        agent: None,
        language: None,
        confidence: None,
        sentiment: None,
        depth: None,
        skills: vec![Requirement { id: None, name: "Billing".into() }],
        ..floor::session(n)
    }
}

pub fn queues() -> Vec<Queue> {
    let vip = Queue { name: "VIP".into(), state: QueueState::Open, ..floor::queue(1) };
    vec![floor::queue(0), vip, Queue { state: QueueState::Paused, ..floor::queue(2) }]
}

pub fn with(sessions: Vec<Session>) -> Floor {
    floor::build(queues(), agents(), sessions)
}

/// So many who wait.
pub fn waiting(count: usize) -> Floor {
    with((0..count).map(waits).collect())
}

pub fn console(count: usize) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(waiting(count));
    harness.take_effects();
    harness
}

/// The floor of so many with one session changed.
pub fn changed(count: usize, n: usize, change: impl Fn(&mut Session)) -> Floor {
    let mut sessions: Vec<Session> = (0..count).map(waits).collect();
    change(&mut sessions[n]);
    with(sessions)
}

/// Which rows carry a mark.
pub fn marked(harness: &Harness) -> Vec<String> {
    let screen = harness.screen();
    let rows = screen.lines().filter(|line| line.chars().nth(1) == Some('*'));
    rows.filter_map(|row| row.split_whitespace().find(|word| word.starts_with("guest")))
        .map(str::to_owned)
        .collect()
}

pub fn title(harness: &Harness) -> String {
    harness.line("▸ 3 Sessions").unwrap()
}

pub fn batches(harness: &Harness) -> Vec<Batch> {
    let batch = |command| match command {
        Command::Batch(batch) => Some(batch),
        _ => None,
    };
    harness.commands().into_iter().filter_map(batch).collect()
}

/// Who goes where, in order.
pub fn sent(harness: &Harness) -> Vec<(String, Target)> {
    let batches = batches(harness);
    assert_eq!(batches.len(), 1, "one batch");
    let name = |order: &HandoffOrder| {
        let at = (0..100).find(|n| session_id(*n) == order.session).unwrap();
        (format!("guest{at:02}"), order.target.clone())
    };
    batches[0].orders.iter().map(name).collect()
}

pub fn to_agent(guest: &str, n: usize) -> (String, Target) {
    (guest.to_owned(), Target::Agent(agent_id(n)))
}

/// Enough places for a large batch.
pub fn many(count: usize) -> Floor {
    let mut agents = agents();
    agents[0].capacity = Some(50);
    floor::build(queues(), agents, (0..count).map(waits).collect())
}
