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

#[test]
fn the_picker_does_not_take_the_next_agent_for_the_one_that_has_gone() {
    let mut harness = console();
    harness.press("h").floor(with_agents(|agents| _ = agents.remove(0)));
    harness.press("enter");
    assert!(harness.status().contains("has moved by itself"), "{}", harness.status());
    assert!(!harness.screen().contains("Hand off to an agent?"));
    assert!(harness.press("enter").screen().contains("Hand off to an agent?"));
}

/// Olena alone, or with Iris no longer waiting.
fn without_iris(hidden: bool) -> Floor {
    let Floor { queues, agents, mut sessions, .. } = pair();
    match hidden {
        true => sessions[0].state = SessionState::Alerting,
        false => _ = sessions.remove(0),
    }
    floor::build(queues, agents, sessions)
}

#[test]
fn a_session_that_leaves_the_view_is_told_and_its_neighbour_is_not_handed_off_for_it() {
    for (hidden, said) in [(true, "Iris has left the view"), (false, "of Iris has ended")] {
        for keys in ["h", "H", "2 h"] {
            let mut harness = console();
            harness.press("/").type_text("waiting").press("enter");
            harness.floor(without_iris(hidden));
            assert!(harness.status().contains(said), "{}", harness.status());
            harness.press(keys);
            assert!(harness.status().contains("has moved by itself"), "{}", harness.status());
            assert!(!harness.screen().contains("Hand off to"), "{}", harness.screen());
            // Once said, it is the person's choice.
            let again = keys.split(' ').next_back().unwrap();
            assert!(harness.press(again).screen().contains("Hand off to"), "{keys}");
        }
    }
}

#[test]
fn who_moves_the_cursor_has_seen_where_it_is() {
    let mut harness = console();
    harness.floor(without_iris(false)).press("j h");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
}

#[test]
fn whoever_has_the_session_does_not_count_as_fitting() {
    let Floor { queues, agents, mut sessions, .. } = pair();
    sessions.truncate(1);
    sessions[0].state = SessionState::Connected;
    sessions[0].agent = Some(agent_id(0));
    let mut harness = console();
    harness.floor(floor::build(queues, agents, sessions)).press("h");
    assert!(harness.screen().contains("1 of 2 fit"), "{}", harness.screen());
    assert!(harness.cursor_row().contains("Bo"), "{}", harness.screen());
    harness.press("tab G");
    assert!(harness.cursor_row().contains("has it"), "{}", harness.screen());
    harness.press("enter");
    assert!(harness.status().contains("is with Ada already"), "{}", harness.status());
}
