//! The cursor moves by itself as little as can be, and what it is on then is not taken as chosen.

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        session::{Session, SessionState},
    },
    engine::Link,
};

use crate::{
    floor::{self, agent_id, queue_id},
    harness::{Harness, pulse},
};

/// Two free agents who both fit, and two sessions: Iris waits longer than Olena.
fn pair() -> Floor {
    let ada = Agent {
        name: Some("Ada".into()),
        routing: Some(RoutingStatus::Idle),
        sessions: Some(0),
        ..floor::agent(0)
    };
    let bo = Agent { name: Some("Bo".into()), id: agent_id(1), sessions: Some(1), ..ada.clone() };
    let waits = |n, guest: &str, since| Session {
        guest: Some(guest.into()),
        since: Some(floor::ago(since)),
        queue: Some(queue_id(0)),
        state: SessionState::Waiting,
        agent: None,
        language: None,
        ..floor::session(n)
    };
    floor::build(
        vec![floor::queue(0)],
        vec![ada, bo],
        vec![waits(0, "Iris", 200), waits(1, "Olena", 100)],
    )
}

fn with_agents(change: impl Fn(&mut Vec<Agent>)) -> Floor {
    let Floor { queues, mut agents, sessions, .. } = pair();
    change(&mut agents);
    floor::build(queues, agents, sessions)
}

fn console() -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(pair());
    harness
}

#[test]
fn the_picker_stays_on_one_who_has_stopped_fitting() {
    let mut harness = console();
    assert!(harness.press("h").cursor_row().contains("Ada"), "{}", harness.screen());
    harness.floor(with_agents(|agents| agents[0].sessions = Some(3)));
    assert!(harness.cursor_row().contains("Ada"), "{}", harness.screen());
    harness.press("enter");
    assert!(harness.status().contains("Ada: Agent at capacity"), "{}", harness.status());
    assert!(!harness.screen().contains("Hand off to an agent?"));
}

#[test]
fn the_picker_goes_to_the_best_until_it_has_shown_one_who_fits() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(with_agents(|agents| {
        agents.iter_mut().for_each(|agent| agent.skills = None);
    }));
    harness.press("h").floor(with_agents(|agents| agents[0].skills = None));
    assert!(harness.cursor_row().contains("Bo"), "{}", harness.screen());
    // A better one no longer takes the cursor away.
    assert!(harness.floor(pair()).cursor_row().contains("Bo"), "{}", harness.screen());
}
