//! The cursor moves by itself as little as can be, and what it is on then is not taken as chosen.

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        handoff::{Progress, Stage},
        session::{Session, SessionState},
    },
    engine::{Command, Event, Link},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
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

/// Three who wait, the first the longest, and two agents with room for them.
fn three() -> Floor {
    let Floor { queues, agents, mut sessions, .. } = pair();
    let third =
        Session { guest: Some("Paul".into()), since: Some(floor::ago(50)), ..sessions[1].clone() };
    sessions.push(Session { id: session_id(2), ..third });
    for session in &mut sessions {
        (session.confidence, session.sentiment) = (None, None);
    }
    floor::build(queues, agents, sessions)
}

fn with_state(floor: Floor, n: usize, state: SessionState) -> Floor {
    let Floor { queues, agents, mut sessions, .. } = floor;
    (sessions[n].state, sessions[n].since) = (state, Some(floor::ago(1)));
    floor::build(queues, agents, sessions)
}

fn news(harness: &Harness, stage: Stage) -> Event {
    let order = harness.orders().last().unwrap().clone();
    let (taken, at) = (harness.now, harness.now);
    Event::Handoff(Box::new(Progress {
        order,
        stage,
        taken,
        at,
        request_took: None,
        steps: vec![],
    }))
}

#[test]
fn the_list_is_worked_off_from_the_top() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(three()).press("3 a y");
    assert!(harness.cursor_row().contains("Olena"), "{}", harness.screen());
    harness.press("a y");
    assert!(harness.cursor_row().contains("Paul"), "{}", harness.screen());
    let handed: Vec<_> = harness.orders().into_iter().map(|order| order.session).collect();
    assert_eq!(handed, [session_id(0), session_id(1)]);
    // Wherever the cursor is, the last one is called back first.
    harness.press("u");
    let last = harness.orders().pop().unwrap().id;
    assert!(harness.commands().contains(&Command::Cancel(last)));
}

#[test]
fn a_cursor_that_nobody_has_moved_does_not_go_along_with_who_is_helped() {
    for (keys, chosen) in [("3", false), ("3 j k", true)] {
        let mut harness = Harness::bare(80, 24);
        harness.pulse(pulse(Link::Live)).floor(three()).press(keys);
        assert!(harness.cursor_row().contains("Iris"), "{}", harness.screen());
        harness.floor(with_state(three(), 0, SessionState::Connected));
        let expected = if chosen { "Iris" } else { "Olena" };
        assert!(harness.cursor_row().contains(expected), "{}", harness.screen());
        assert_eq!(harness.status().contains("Iris is with an agent now"), !chosen);
        // Pressed at once it may be meant for Iris; whoever has looked at it for a while means Olena.
        assert_eq!(harness.press("a").status().contains("has moved by itself"), !chosen);
    }
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(three()).press("3");
    harness.floor(with_state(three(), 0, SessionState::Connected));
    harness.wait(6);
    assert!(!harness.press("a").status().contains("has moved by itself"), "{}", harness.status());
    harness.press("y");
    assert_eq!(harness.orders().last().unwrap().session, session_id(1));
}

#[test]
fn who_is_being_handed_off_keeps_the_place_until_it_has_ended() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(three()).press("3 a y");
    let place = |harness: &Harness| harness.screen().lines().position(|line| line.contains("Iris"));
    let before = place(&harness);
    let event = news(&harness, Stage::Alerting { until: None });
    harness.event(event).floor(with_state(three(), 0, SessionState::Alerting));
    assert_eq!(place(&harness), before, "{}", harness.screen());
    assert!(harness.line("Iris").unwrap().contains("♪"), "{}", harness.screen());
    assert!(harness.cursor_row().contains("Olena"), "{}", harness.screen());
    let event = news(&harness, Stage::Accepted { agent: agent_id(0) });
    harness.event(event).floor(with_state(three(), 0, SessionState::Connected));
    // As long as a hand is over the keys no row moves.
    harness.wait(3);
    assert!(place(&harness) > before, "{}", harness.screen());
    assert!(harness.cursor_row().contains("Olena"), "{}", harness.screen());
}

#[test]
fn what_a_notice_says_of_a_key_goes_when_the_key_does_it_no_more() {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(three()).press("3 a y");
    assert!(harness.status().contains("u calls it back"), "{}", harness.status());
    let event = news(&harness, Stage::Requesting);
    harness.event(event);
    assert!(!harness.status().contains("u calls"), "{}", harness.status());
    let event = news(&harness, Stage::Alerting { until: None });
    harness.event(event);
    assert!(harness.status().contains("u takes it back"), "{}", harness.status());
    let event = news(&harness, Stage::TakingBack);
    harness.event(event);
    assert!(!harness.status().contains("u takes"), "{}", harness.status());
    // Of a batch, once nothing of it can be stopped.
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(three()).press("3 space space a y esc");
    assert!(harness.status().contains("X stops the rest"), "{}", harness.status());
    let orders = harness.commands().into_iter().find_map(|command| match command {
        Command::Batch(batch) => Some(batch.orders),
        _ => None,
    });
    for order in orders.unwrap() {
        assert!(harness.status().contains("X stops the rest"), "{}", harness.status());
        let (taken, at, stage) = (harness.now, harness.now, Stage::Requesting);
        let steps = vec![];
        let progress = Progress { order, stage, taken, at, request_took: None, steps };
        harness.event(Event::Handoff(Box::new(progress)));
    }
    assert!(!harness.status().contains("X stops the rest"), "{}", harness.status());
}

#[test]
fn a_picker_stays_on_its_agent_when_the_rows_change_places() {
    // By their idle time: Ada leads, then Bo does.
    let idle = |ada, bo| {
        with_agents(|agents| {
            agents.iter_mut().for_each(|agent| agent.sessions = Some(0));
            agents[0].since = Some(floor::ago(ada));
            agents[1].since = Some(floor::ago(bo));
        })
    };
    for keys in ["h", "* h"] {
        for (moves, agent) in [("g", "Ada"), ("G", "Bo")] {
            let mut harness = Harness::bare(80, 24);
            harness.pulse(pulse(Link::Live)).floor(idle(900, 10)).press(keys).press(moves);
            assert!(harness.cursor_row().contains(agent), "{keys}: {}", harness.screen());
            for (ada, bo) in [(10, 900), (900, 10), (10, 900)] {
                harness.floor(idle(ada, bo));
                assert!(harness.cursor_row().contains(agent), "{keys}: {}", harness.screen());
            }
            harness.press("enter");
            assert!(harness.line("→ ").or(harness.line("to  ")).is_some(), "{}", harness.screen());
            assert!(harness.screen().contains(agent), "{keys}: {}", harness.screen());
        }
    }
}
