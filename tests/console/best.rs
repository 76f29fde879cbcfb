//! Who is best: the picker's order, those it does not show, the explanation, and `a`.

use floorwalker::{
    domain::{
        agent::{Agent, AgentSkill, Presence, RoutingStatus},
        floor::Floor,
        handoff::Target,
        id::SkillId,
        session::{Language, Requirement, Session, SessionState},
    },
    engine::{Command, Link},
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse},
};

fn agent(n: usize, name: &str, rating: f32) -> Agent {
    let billing =
        AgentSkill { id: SkillId::from("b"), name: "billing".into(), proficiency: Some(rating) };
    Agent {
        name: Some(name.into()),
        routing: Some(RoutingStatus::Idle),
        presence: Some(Presence::OnQueue),
        since: Some(floor::ago(100)),
        sessions: Some(0),
        skills: Some(vec![billing]),
        profile_read: Some(floor::ago(4)),
        ..floor::agent(n)
    }
}

/// Three who fit, Ada worst and Cleo best; one without the skill, one who is full, one who is away.
fn crew() -> Vec<Agent> {
    let away = Agent {
        routing: Some(RoutingStatus::OffQueue),
        presence: Some(Presence::Away),
        since: Some(floor::ago(192)),
        ..agent(5, "Fay", 5.0)
    };
    vec![
        agent(0, "Ada", 1.0),
        agent(1, "Bo", 3.0),
        Agent { capacity_inherited: true, ..agent(2, "Cleo", 5.0) },
        Agent { skills: Some(vec![]), ..agent(3, "Dov", 5.0) },
        Agent { sessions: Some(3), ..agent(4, "Eli", 5.0) },
        away,
    ]
}

fn with(crew: Vec<Agent>) -> Floor {
    let waits = |n, guest: &str, since| Session {
        guest: Some(guest.into()),
        since: Some(floor::ago(since)),
        queue: Some(queue_id(0)),
        skills: vec![Requirement { id: None, name: "billing".into() }],
        language: None,
        ..Session::bare(session_id(n), SessionState::Waiting)
    };
    let sessions = vec![waits(0, "Iris", 200), waits(1, "Olena", 100)];
    floor::build(vec![floor::queue(0)], crew, sessions)
}

fn console(crew: Vec<Agent>) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(with(crew));
    harness.take_effects();
    harness
}

/// Where each of `names` first stands on the screen, if it does.
fn lines(harness: &Harness, names: &[&str]) -> Vec<Option<usize>> {
    let screen = harness.screen();
    names.iter().map(|name| screen.lines().position(|line| line.contains(name))).collect()
}

#[test]
fn those_who_fit_are_listed_by_rank_beside_their_score() {
    let mut harness = console(crew());
    harness.press("h");
    let screen = harness.screen();
    assert!(screen.contains("3 of 6 fit, tab shows the others"), "{screen}");
    let places = lines(&harness, &["Cleo", "Bo ", "Ada "]);
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{screen}");
    assert!(harness.cursor_row().contains("Cleo"), "{screen}");
    assert_eq!(lines(&harness, &["Dov", "Eli", "Fay"]), [None; 3], "{screen}");
    let row = harness.line("Cleo").unwrap();
    assert!(row.contains("✓ 100     81") && row.contains("0/3?"), "{row}");
    assert!(!harness.line("Bo ").unwrap().contains('?'), "{screen}");
}

#[test]
fn tab_shows_those_who_do_not_fit_with_the_one_thing_they_lack() {
    let mut harness = console(crew());
    harness.press("h tab");
    let screen = harness.screen();
    assert!(screen.contains("3 of 6 fit, tab hides the others"), "{screen}");
    for (name, lack) in [("Dov", "needs billing"), ("Eli", "3/3 sessions"), ("Fay", "AWAY 3m")] {
        let row = harness.line(name).unwrap();
        assert!(row.contains(lack), "{row}");
    }
    assert!(harness.cursor_row().contains("Cleo"), "{screen}");
    assert!(!harness.press("tab").screen().contains("Dov"));
    // The cursor was on one who is hidden now: it is on the best again, and nothing has slipped.
    harness.press("tab G tab");
    assert!(harness.cursor_row().contains("Cleo"), "{}", harness.screen());
    assert!(harness.press("enter").screen().contains("Hand off to an agent?"));
}

#[test]
fn a_filter_that_finds_only_those_who_are_hidden_says_so() {
    let mut harness = console(crew());
    harness.press("h /").type_text("dov").press("enter");
    let said = "Nobody who fits holds “dov”; tab shows the others.";
    assert!(harness.screen().contains(said), "{}", harness.screen());
    assert!(harness.press("tab").cursor_row().contains("Dov"), "{}", harness.screen());
}

#[test]
fn where_nobody_fits_all_are_shown_and_it_is_said_why() {
    let mut harness = console(crew().split_off(3));
    harness.press("h");
    let screen = harness.screen();
    assert!(screen.contains("Nobody fits: 1 at capacity, 1 needs billing"), "{screen}");
    assert!(lines(&harness, &["Dov", "Eli", "Fay"]).iter().all(Option::is_some), "{screen}");
    harness.press("tab");
    assert!(harness.status().contains("all are shown"), "{}", harness.status());
}

#[test]
fn who_is_fair_counts_what_the_shift_has_brought() {
    let mut harness = console(vec![agent(0, "Ada", 4.0), agent(1, "Bo", 4.0)]);
    assert!(harness.press("h").cursor_row().contains("Ada"));
    let mut pulse = pulse(Link::Live);
    pulse.handed = std::sync::Arc::new([(agent_id(0), 4)].into());
    harness.press("esc").pulse(pulse).press("h");
    assert!(harness.cursor_row().contains("Bo"), "{}", harness.screen());
}

#[test]
fn e_explains_score_gate_and_every_term_of_the_rank() {
    let mut harness = console(crew());
    harness.press("h e");
    let screen = harness.screen();
    for text in [
        "Why Cleo for Iris",
        "score       100",
        "✓ Agent qualified and available",
        "rank        81",
        "proficiency 1.00 × 0.35  5 of 5 in billing",
        "the agent's profile, 4 s ago",
        "3 of 3 places free",
        "idle 1m",
        "nobody is known to have had this customer",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
    let last = "handoffs made here in the last 8 hours";
    assert!(screen.contains(last) && !screen.contains('▾'), "{screen}");
    // On a smaller screen it goes on below.
    harness.resize(80, 20);
    let screen = harness.screen();
    assert!(!screen.contains(last) && screen.contains('▾'), "{screen}");
    assert!(harness.press("G").screen().contains(last));
    harness.press("esc");
    assert!(harness.screen().contains("3 of 6 fit"), "{}", harness.screen());
}

#[test]
fn e_tells_how_old_what_each_term_is_made_of_is() {
    let mut crew = crew();
    crew[2].capacity_read = Some(floor::ago(70));
    let mut floor = with(crew);
    let waits = floor.sessions.iter_mut().find(|s| s.id == session_id(0)).unwrap();
    waits.last_agent = Some(agent_id(2));
    waits.last_agent_read = Some(floor::ago(12));
    let mut harness = Harness::bare(110, 40);
    harness.pulse(pulse(Link::Live)).floor(floor).press("h e");
    let screen = harness.screen();
    for text in [
        "Why Cleo for Iris",
        "affinity    1.00 × 0.1   had this customer before",
        "this session's earlier agents, 12 s ago",
        "(the org's default), 1m ago",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn e_tells_each_penalty_what_is_missing_and_the_remedy() {
    let mut floor = with(crew());
    floor.sessions[0].language = Some(Language { id: None, name: "es".into() });
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor).press("h tab /").type_text("dov");
    harness.press("enter e");
    let screen = harness.screen();
    for text in [
        "score       25",
        "−25  no billing",
        "−50  does not speak Spanish",
        "✗ Insufficient qualification. Missing skills: billing. Language",
        "match: false",
        "missing     needs billing",
        "give the agent the skill billing",
        "counts only for those who pass",
    ] {
        assert!(screen.contains(text), "{text}\n{screen}");
    }
}

#[test]
fn e_explains_from_the_agents_pane_for_the_session_under_the_cursor() {
    let mut harness = console(crew());
    assert!(harness.press("2 e").screen().contains("Why Cleo for Iris"), "{}", harness.screen());
    harness.floor(floor::build(vec![], crew(), vec![])).press("esc e");
    // Without one, what is told of the agent is explained.
    assert!(harness.screen().contains("What is told of Ada"), "{}", harness.screen());
}

#[test]
fn a_opens_the_card_with_the_best_who_does_not_hold_the_session() {
    for keys in ["a", "enter a"] {
        let mut harness = console(crew());
        harness.press(keys);
        assert!(harness.line("│ to  ").unwrap().contains("Cleo"), "{}", harness.screen());
        assert!(harness.orders().is_empty());
        harness.press("y");
        assert_eq!(harness.orders()[0].target, Target::Agent(agent_id(2)));
        assert_eq!(harness.orders()[0].session, session_id(0));
    }
    let mut floor = with(crew());
    floor.sessions[0].state = SessionState::Connected;
    floor.sessions[0].agent = Some(agent_id(2));
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(floor).press("/").type_text("iris").press("enter a");
    assert!(harness.line("│ to  ").unwrap().contains("Bo"), "{}", harness.screen());
}

#[test]
fn a_says_what_is_lacking_most_where_nobody_fits() {
    let mut crew = crew().split_off(3);
    crew.push(Agent { skills: Some(vec![]), ..agent(6, "Gus", 1.0) });
    let mut harness = console(crew);
    harness.press("a");
    let said = "No agent fits: 2 need billing, 1 at capacity; h shows them";
    assert!(harness.status().contains(said), "{}", harness.status());
    let mut empty = console(vec![]);
    empty.press("a");
    assert!(empty.status().contains("nobody on the floor"), "{}", empty.status());
}

#[test]
fn a_is_not_pressed_for_a_session_that_came_under_the_cursor_by_itself() {
    let mut harness = console(crew());
    let mut floor = with(crew());
    floor.sessions.remove(0);
    harness.floor(floor::build(floor.queues, floor.agents, floor.sessions)).press("a");
    assert!(harness.status().contains("has moved by itself"), "{}", harness.status());
    assert!(harness.press("a").screen().contains("Olena"));
}

/// The crew while nobody's skills have been read, but for those `read`.
fn half_read(read: &[usize]) -> Vec<Agent> {
    let unread = |agent: Agent| Agent { skills: None, languages: None, ..agent };
    let crew = crew().into_iter().enumerate();
    crew.map(|(n, agent)| if read.contains(&n) { agent } else { unread(agent) }).collect()
}

#[test]
fn a_waits_until_those_who_may_be_better_have_been_read() {
    let mut harness = console(half_read(&[]));
    harness.press("a");
    let status = harness.status();
    assert!(status.contains("Looking for who fits Iris: 5 agents are still being"), "{status}");
    let asked = |command| match command {
        Command::Attend(attention) => Some(attention.agents.len()),
        _ => None,
    };
    assert_eq!(harness.commands().into_iter().filter_map(asked).next_back(), Some(5));
    // Ada fits, but Cleo is not read yet.
    harness.wait(1).floor(with(half_read(&[0])));
    assert!(!harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
    harness.floor(with(crew()));
    assert!(harness.line("│ to  ").unwrap().contains("Cleo"), "{}", harness.screen());
    assert!(!harness.status().contains("Looking"), "{}", harness.status());
}

#[test]
fn a_does_not_wait_long_for_those_who_may_be_better() {
    let mut harness = console(half_read(&[0]));
    harness.press("a").wait(2).press("a").wait(0);
    assert!(!harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
    harness.wait(1);
    assert!(harness.line("│ to  ").unwrap().contains("Ada"), "{}", harness.screen());
    // While nobody fits it waits as long as somebody is being read.
    let mut harness = console(half_read(&[]));
    harness.press("a").wait(14).floor(with(half_read(&[3]))).wait(14);
    assert!(harness.status().contains("4 agents are still"), "{}", harness.status());
    harness.wait(1);
    assert!(harness.status().contains("No agent fits: 4 not read yet"), "{}", harness.status());
}

#[test]
fn any_key_ends_the_waiting() {
    for key in ["esc", "j"] {
        let mut harness = console(half_read(&[]));
        harness.press("a").press(key).floor(with(crew())).wait(5);
        assert!(!harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
        assert_eq!(harness.cursor_row().contains("Olena"), key == "j", "{}", harness.screen());
    }
}

#[test]
fn the_agents_pane_has_the_rank_beside_the_score_and_what_is_lacking() {
    let mut harness = Harness::bare(200, 60);
    harness.pulse(pulse(Link::Live)).floor(with(crew()));
    let row = |name: &str| {
        let line = harness.line(&format!("  {name}  ")).unwrap();
        line.rsplit_once('│').unwrap().1.to_owned()
    };
    let heading = row("agent");
    assert!(heading.contains("rank") && heading.contains("lacks"), "{}", harness.screen());
    assert!(row("Cleo").contains("✓ 100    81  Cleo"), "{}", harness.screen());
    assert!(row("Dov").contains("✗  75     -  Dov"), "{}", harness.screen());
    assert!(row("Dov").contains("needs billing") && row("Eli").contains("3/3 sessions"));
    // A filter for a skill does not find who lacks it.
    harness.press("2 /").type_text("billing").press("enter");
    assert!(harness.line("Dov").is_none() && harness.line("Cleo").is_some());
}
