//! The moves that would help most: who stands on the line, and what their keys do.

use floorwalker::{
    console::{Settings, app::Message, keys::Keymap},
    domain::{
        agent::{Agent, AgentSkill, Presence, RoutingStatus},
        floor::Floor,
        id::SkillId,
        session::{Requirement, Session, SessionState},
    },
    engine::Link,
};

use crate::{
    floor::{self, agent_id, queue_id, session_id},
    harness::{Harness, pulse, settings},
};

fn agent(n: usize, name: &str, skill: &str, rating: f32) -> Agent {
    let id = SkillId::from(skill);
    let skill = AgentSkill { id, name: skill.into(), proficiency: Some(rating) };
    Agent {
        name: Some(name.into()),
        routing: Some(RoutingStatus::Idle),
        presence: Some(Presence::OnQueue),
        since: Some(floor::ago(100)),
        sessions: Some(0),
        capacity: Some(3),
        skills: Some(vec![skill]),
        languages: Some(vec![]),
        ..floor::agent(n)
    }
}

fn waits(n: usize, guest: &str, skill: &str, seconds: i64) -> Session {
    Session {
        guest: Some(guest.into()),
        since: Some(floor::ago(seconds)),
        queue: Some(queue_id(0)),
        skills: vec![Requirement { id: None, name: skill.into() }],
        ..Session::bare(session_id(n), SessionState::Waiting)
    }
}

/// Four who wait, of whom nobody can help one; and one who has only just come.
fn crowd() -> Vec<Session> {
    vec![
        waits(0, "Iris", "billing", 70),
        waits(1, "Olena", "hardware", 200),
        waits(2, "Bo", "contracts", 900),
        waits(3, "Mai", "billing", 150),
        waits(4, "Zoe", "billing", 5),
    ]
}

fn with(sessions: Vec<Session>) -> Floor {
    let crew = vec![
        agent(0, "Ada", "billing", 1.0),
        agent(1, "Cleo", "billing", 5.0),
        agent(2, "Dov", "hardware", 3.0),
    ];
    floor::build(vec![floor::queue(0)], crew, sessions)
}

/// A console whose next moves have been in sight for long enough to be read.
fn console(width: u16) -> Harness {
    let mut harness = Harness::bare(width, 24);
    harness.pulse(pulse(Link::Live)).floor(with(crowd())).wait(1);
    harness
}

#[test]
fn the_worst_off_stand_with_the_best_who_is_free_for_them() {
    let harness = console(120);
    let said = harness.status();
    // Whom nobody fits is no move; who is best is named once.
    assert_eq!(
        said,
        "next f5 ▲ 3m Olena → Dov  f6 △ 2m Mai → Cleo  f7 △ 1m Iris → Ada",
        "{}",
        harness.screen()
    );
}

#[test]
fn at_80_columns_all_three_fit_where_nothing_else_stood() {
    let mut harness = console(80);
    let said = harness.status();
    assert_eq!(said, "next f5 ▲3m Olena→Dov  f6 △2m Mai→Cleo  f7 △1m Iris→Ada");
    let rows = harness.screen().lines().filter(|line| line.contains("waiting")).count();
    // What is said for a moment takes the place, and gives it back.
    harness.press("r");
    assert_eq!(harness.status(), "Reading everything again");
    harness.wait(60);
    assert!(harness.status().starts_with("next f5 ▲"), "{}", harness.status());
    let now = harness.screen().lines().filter(|line| line.contains("waiting")).count();
    assert_eq!(now, rows);
}

#[test]
fn a_key_goes_to_the_session_and_opens_the_card_and_sends_nothing() {
    let mut harness = console(80);
    harness.press("f6");
    let screen = harness.screen();
    assert!(screen.contains("Hand off to an agent?"), "{screen}");
    assert!(screen.contains("Mai") && screen.contains("Cleo"), "{screen}");
    assert!(harness.orders().is_empty());
    harness.press("esc");
    assert!(harness.cursor_row().contains("Mai"), "{}", harness.screen());
    // From the card it goes as ever.
    harness.press("f6 y");
    let orders = harness.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].session, session_id(3));
    assert_eq!(orders[0].target, floorwalker::domain::handoff::Target::Agent(agent_id(1)));
}

#[test]
fn a_move_keeps_its_key_and_one_that_has_changed_is_not_believed_at_once() {
    let mut harness = console(120);
    let mut crowd = crowd();
    // Olena is served: her key is free for whoever comes next, and the others keep theirs.
    crowd.retain(|session| session.id != session_id(1));
    crowd.push(waits(5, "Uma", "hardware", 400));
    harness.floor(with(crowd));
    let said = harness.status();
    assert!(said.starts_with("next f5 ▲ 6m Uma → Dov  f6 △ 2m Mai → Cleo"), "{said}");
    harness.press("f5");
    let said = "f5 is Uma → Dov now: look, then press it again";
    assert_eq!(harness.status(), said);
    // What is said stands over the line, and tells what it hides.
    harness.wait(1).press("f5");
    assert!(harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
}

#[test]
fn a_key_that_has_only_just_come_to_mean_anything_is_not_believed_at_once() {
    let mut harness = Harness::bare(120, 24);
    harness.pulse(pulse(Link::Live)).floor(with(Vec::new())).wait(60);
    harness.floor(with(crowd())).press("f5");
    assert_eq!(harness.status(), "f5 is Olena → Dov now: look, then press it again");
    harness.wait(1).press("f5");
    assert!(harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
}

#[test]
fn what_a_notice_covers_is_not_gone_to_before_it_is_read() {
    // The line was covered when its first move came to be another.
    let served = || with(crowd().into_iter().filter(|it| it.id != session_id(1)).collect());
    let mut harness = console(120);
    harness.press("r").floor(served()).wait(4);
    assert_eq!(harness.status(), "Reading everything again");
    harness.press("f7");
    assert!(harness.screen().contains("Hand off to an agent?"), "read before it was covered");
    let mut harness = console(120);
    let mut next = crowd();
    next[1] = waits(5, "Uma", "hardware", 400);
    harness.press("r").floor(with(next.clone())).wait(4).press("f5");
    assert!(!harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
    assert_eq!(harness.status(), "f5 is Uma → Dov now: look, then press it again");
    // In sight for less than a moment is not read either.
    let mut harness = console(120);
    harness.floor(with(next.clone())).press("r").wait(3).press("f5");
    assert_eq!(harness.status(), "f5 is Uma → Dov now: look, then press it again");
    // What was named goes with its move.
    harness.floor(with(crowd()));
    assert_eq!(harness.status().split("  ").next(), Some("next f5 ▲ 3m Olena → Dov"));
    harness.press("f5");
    assert!(!harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
    // Nor is what an error stands over; what is said of it stands over the error.
    let mut harness = console(120);
    harness.tell(Message::Trouble("The disk is full".into())).floor(with(next)).wait(3);
    harness.press("f5");
    assert_eq!(harness.status(), "f5 is Uma → Dov now: look, then press it again");
    harness.wait(2).press("f5");
    assert!(harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
}

#[test]
fn from_a_move_one_goes_back_to_where_one_was() {
    let mut harness = console(80);
    harness.press("3 j");
    let before = harness.cursor_row();
    harness.press("f6 esc");
    assert!(harness.cursor_row().contains("Mai") && !before.contains("Mai"), "{before}");
    harness.press("[");
    assert_eq!(harness.cursor_row(), before);
    harness.press("]");
    assert!(harness.cursor_row().contains("Mai"), "{}", harness.screen());
    // One that the filter hides was not gone to, and leaves no place behind.
    let mut harness = console(80);
    harness.press("/").type_text("iris").press("enter f6 [");
    assert!(harness.status().contains("no place to go back to"), "{}", harness.status());
}

#[test]
fn a_line_that_becomes_shorter_fast_enough_needs_no_help() {
    let mut harness = Harness::bare(120, 24);
    for (at, waiting) in [(240, 40), (180, 30), (120, 20), (60, 10), (0, 4)] {
        let mut queue = floor::queue(0);
        queue.waiting = Some(waiting);
        let read =
            floorwalker::engine::Pulse { data_from: Some(floor::ago(at)), ..pulse(Link::Live) };
        let mut floor = with(vec![waits(0, "Iris", "billing", 70)]);
        floor = floor::build(vec![queue], floor.agents.clone(), floor.sessions.clone());
        harness.pulse(read).floor(floor);
    }
    assert_eq!(harness.status(), "");
    harness.press("f5");
    assert!(harness.status().contains("No such move"), "{}", harness.status());
}

#[test]
fn it_stands_among_the_sessions_only_and_says_nothing_where_nothing_may_be_done() {
    let mut harness = console(80);
    harness.press("2");
    assert_eq!(harness.status(), "");
    harness.press("f5");
    assert!(harness.status().contains("3 goes there"), "{}", harness.status());
    harness.press("3 enter f5");
    assert!(harness.screen().contains("esc closes this first"), "{}", harness.screen());
    let settings = Settings { read_only: true, ..settings() };
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(Link::Live)).floor(with(crowd()));
    assert_eq!(harness.status(), "");
    harness.press("f5");
    assert!(harness.status().contains("Read-only"), "{}", harness.status());
}

#[test]
fn a_session_that_the_filter_hides_is_not_gone_to() {
    let mut harness = console(80);
    harness.press("/").type_text("iris").press("enter f6");
    assert!(harness.status().contains("Mai is hidden by the filter"), "{}", harness.status());
    assert!(!harness.screen().contains("Hand off to an agent?"));
}

/// Whom a guard stops comes last, marked, and never takes a free agent from somebody else.
#[test]
fn what_a_guard_would_stop_comes_last_and_says_so() {
    let mut crowd = crowd();
    crowd[1].sentiment = Some(0.11);
    crowd[3].sentiment = Some(0.9);
    let mut harness = Harness::bare(120, 24);
    harness.pulse(pulse(Link::Live)).floor(with(crowd.clone())).wait(1);
    assert_eq!(
        harness.status(),
        "next f5 △ 2m Mai → Cleo  f6 △ 1m Iris → Ada  f7 ▲ 3m Olena → Dov ⊘ guard",
        "{}",
        harness.screen()
    );
    // Every move before it opens a card that could be sent.
    for key in ["f5", "f6"] {
        harness.press(key);
        assert!(harness.screen().contains("y confirm"), "{key}\n{}", harness.screen());
        harness.press("esc");
    }
    harness.press("f7");
    assert!(harness.screen().contains("▲ Stopped: sentiment 0.11"), "{}", harness.screen());
    // Where one agent could serve both, it is for whom nothing stops.
    crowd[3].sentiment = Some(0.1);
    crowd.truncate(4);
    let crew = vec![agent(0, "Ada", "billing", 1.0)];
    let floor = floor::build(vec![floor::queue(0)], crew, crowd);
    let mut harness = Harness::bare(120, 24);
    harness.pulse(pulse(Link::Live)).floor(floor).wait(1);
    assert_eq!(harness.status(), "next f5 △ 1m Iris → Ada");
}

#[test]
fn names_share_the_columns_there_are_and_cuts_are_marked() {
    let crew = vec![
        agent(0, "Ada Okonkwo", "billing", 5.0),
        agent(1, "Maximiliana von Hohenstein", "hardware", 5.0),
    ];
    let crowd = vec![waits(0, "Bo", "billing", 70), waits(1, "Chloé Dupont", "hardware", 200)];
    let floor = || floor::build(vec![floor::queue(0)], crew.clone(), crowd.clone());
    let said = |width| {
        let mut harness = Harness::bare(width, 24);
        harness.pulse(pulse(Link::Live)).floor(floor()).wait(1);
        harness.status()
    };
    let whole = "next f5 ▲ 3m Chloé Dupont → Maximiliana von Hohenstein  f6 △ 1m Bo → Ada Okonkwo";
    assert_eq!(said(120), whole);
    let tight = said(80);
    assert!(tight.contains("Chloé Dupont → Maximiliana von Hohenst…"), "{tight}");
    assert!(tight.ends_with("Bo → Ada Okonkwo"), "what is short is whole: {tight}");
    let tighter = said(60);
    assert!(tighter.contains("Chloé Dupo…→Maximilian…"), "{tighter}");
}

#[test]
fn a_move_without_a_key_is_not_offered() {
    let keymap = Keymap::embedded().laid_over("[keys]\nnext-first = []\n").unwrap();
    let mut harness = Harness::with(&Settings { keymap, ..settings() }, 120, 24);
    harness.pulse(pulse(Link::Live)).floor(with(crowd())).wait(1);
    assert_eq!(harness.status(), "next f6 △ 2m Mai → Cleo  f7 △ 1m Iris → Ada");
}
