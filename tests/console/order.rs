//! The order of rows: it holds while a hand is over the keys, and the row under the cursor keeps its line.

use floorwalker::{
    domain::{
        agent::{Agent, RoutingStatus},
        floor::Floor,
        session::{Session, SessionState},
    },
    engine::Link,
};

use crate::{
    floor::{self, agent_id, session_id},
    harness::{Harness, pulse},
};

/// The sample floor with its sessions changed.
fn sessions(change: impl FnOnce(&mut Vec<Session>)) -> Floor {
    let floor = floor::sample();
    let mut sessions = floor.sessions.clone();
    change(&mut sessions);
    floor::build(floor.queues.clone(), floor.agents.clone(), sessions)
}

/// The sessions on the screen, by what tells them apart.
fn rows(harness: &Harness) -> Vec<String> {
    let screen = harness.screen();
    let rows = screen.lines().skip(5).take(17);
    // Names in wide letters take fewer of them.
    let name = |row: &str| row.chars().skip(16).take(16).collect::<String>();
    rows.map(|row| name(row).trim_end_matches([' ', '▲', '△']).to_owned()).collect()
}

fn selected(harness: &Harness) -> String {
    harness.app.cx().session.clone().unwrap().to_string()
}

fn line(harness: &Harness) -> usize {
    harness.screen().lines().position(|line| line.starts_with('▌')).unwrap()
}

/// All of them begin to wait the other way round.
fn turned() -> Floor {
    sessions(|all| {
        for (session, age) in all.iter_mut().zip(1..) {
            session.since = Some(floor::ago(5_000 - age * 7));
        }
    })
}

#[test]
fn rows_keep_their_order_while_a_hand_is_over_the_keys_and_settle_after_it() {
    let mut harness = Harness::live(80, 24);
    let settled = Harness::live(80, 24).floor(turned()).press("g").wait(3).screen();
    harness.press("j");
    let (before, id) = (rows(&harness), selected(&harness));
    harness.floor(turned());
    assert_eq!(rows(&harness), before);
    assert!(harness.line("3 Sessions 40 ≡").is_some(), "{}", harness.screen());
    // Another press, and it holds on.
    harness.wait(1).press("k j").wait(1);
    assert_eq!(rows(&harness), before);
    assert!(harness.app.due().is_some());
    harness.wait(1);
    assert!(harness.line("≡").is_none(), "{}", harness.screen());
    assert_eq!(selected(&harness), id);
    harness.press("g");
    let first = |screen: &str| screen.lines().nth(5).unwrap().to_owned();
    assert_eq!(first(&harness.screen())[3..], first(&settled)[3..]);
}

#[test]
fn who_comes_while_the_order_is_held_comes_last() {
    let floor = sessions(|all| all.truncate(6));
    let mut harness = Harness::live(80, 24);
    harness.floor(floor).press("j");
    let before = rows(&harness);
    // The seventh waits longer than all others.
    harness.floor(sessions(|all| {
        all.truncate(7);
        all[6].state = SessionState::Waiting;
        all[6].since = Some(floor::ago(90_000));
    }));
    let after = rows(&harness);
    assert_eq!((&after[..6], after[6].is_empty()), (&before[..6], false), "{}", harness.screen());
    harness.wait(3);
    assert_eq!(rows(&harness)[0], after[6]);
}

#[test]
fn what_is_asked_for_is_done_at_once() {
    let mut harness = Harness::live(80, 24);
    harness.press("j").floor(turned());
    assert!(harness.line("≡").is_some());
    harness.press("s");
    assert!(harness.line("≡").is_none(), "{}", harness.screen());
    let sorted = rows(&harness);
    harness.floor(floor::sample());
    assert_eq!(rows(&harness), sorted);
    harness.press("/").type_text("bot");
    assert!(harness.line("≡").is_none(), "{}", harness.screen());
}

#[test]
fn a_table_that_no_key_was_pressed_for_is_not_held() {
    let mut harness = Harness::live(200, 60);
    harness.press("j").floor(turned());
    for _ in 0..3 {
        let floor = floor::sample();
        let mut agents = floor.agents.clone();
        agents.iter_mut().for_each(|agent| agent.sessions = Some(0));
        harness.floor(floor::build(floor.queues.clone(), agents, floor.sessions.clone()));
        harness.floor(turned());
        let title = harness.line(" Agents ").unwrap();
        assert!(!title.split(" Agents ").nth(1).unwrap().contains('≡'), "{title}");
    }
}

#[test]
fn an_order_that_nothing_changes_is_not_said_to_be_held() {
    let mut harness = Harness::live(80, 24);
    harness.press("j").floor(floor::sample());
    assert!(harness.line("≡").is_none(), "{}", harness.screen());
}

#[test]
fn the_line_holds_when_rows_go_above_and_below_and_come_back() {
    for held in [true, false] {
        let mut harness = Harness::live(80, 24);
        harness.press("pagedown j j j");
        if !held {
            harness.wait(3);
        }
        let (id, place) = (selected(&harness), line(&harness));
        let shown: Vec<String> = rows(&harness);
        let gone = |n: usize| {
            move |all: &mut Vec<Session>| {
                let keep = all.iter().position(|session| session.id.to_string() == id).unwrap();
                let kept = all[keep].id.clone();
                // Every n-th goes, above and below.
                let mut at = 0;
                all.retain(|session| {
                    at += 1;
                    session.id == kept || at % n != 0
                });
            }
        };
        harness.floor(sessions(gone(5)));
        assert_eq!(line(&harness), place, "{}", harness.screen());
        harness.floor(floor::sample());
        assert_eq!(line(&harness), place);
        let back = rows(&harness);
        assert!(back.iter().filter(|row| shown.contains(row)).count() > 8, "{back:?}");
    }
}

#[test]
fn only_what_is_on_the_screen_is_sorted_by() {
    let mut harness = Harness::live(80, 24);
    let headings = |harness: &mut Harness| -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..6 {
            harness.press("s");
            let screen = harness.screen();
            let heading = screen.lines().nth(4).unwrap();
            let sorted = heading.split_whitespace().find(|word| word.ends_with(['▴', '▾']));
            all.push(sorted.unwrap_or_else(|| panic!("{heading}")).to_owned());
        }
        all
    };
    let narrow = headings(&mut harness);
    assert_eq!(narrow, ["guest▴", "time▾", "queue▴", "intent·handoff▴", "sure▴", "state▴"]);
    harness.resize(250, 60);
    assert!(harness.screen().contains("language"));
    harness.press("s s s");
    assert!(harness.line("left▴").is_some(), "{}", harness.screen());
}

/// Two who wait, and three free agents: whoever has more sessions comes later.
fn agents(held: [u32; 3]) -> Floor {
    let agent = |n: usize| Agent {
        name: Some(["Ada", "Bo", "Cleo"][n].into()),
        routing: Some(RoutingStatus::Idle),
        since: Some(floor::ago(100)),
        sessions: Some(held[n]),
        capacity: Some(4),
        id: agent_id(n),
        ..floor::agent(0)
    };
    let waits = |n| Session::bare(session_id(n), SessionState::Waiting);
    let crew = [0, 1, 2].map(agent).into();
    floor::build(vec![floor::queue(0)], crew, vec![waits(0), waits(1)])
}

/// The names in the order in which they stand below each other.
fn named(harness: &Harness, names: &[&str]) -> Vec<String> {
    let screen = harness.screen();
    let on = |line: &str| names.iter().find(|name| line.contains(**name)).map(ToString::to_string);
    screen.lines().filter_map(on).collect()
}

#[test]
fn in_a_picker_no_row_jumps_between_look_and_enter() {
    for (opens, title) in [("h", "Hand off to an agent"), ("* h", "Hand 2 sessions off")] {
        let mut harness = Harness::bare(100, 24);
        harness.pulse(pulse(Link::Live)).floor(agents([0, 1, 2])).press(opens);
        let before = ["Ada", "Bo", "Cleo"];
        assert_eq!(named(&harness, &before), before, "{}", harness.screen());
        // What is next under the hand stays next, though Cleo comes first by now.
        harness.floor(agents([3, 3, 0]));
        assert_eq!(named(&harness, &before), before, "{}", harness.screen());
        assert!(harness.line(title).unwrap().contains('≡'), "{}", harness.screen());
        harness.press("j");
        assert!(harness.cursor_row().contains("Bo"), "{}", harness.screen());
        harness.wait(1);
        assert_eq!(named(&harness, &before), before);
        assert!(harness.app.due().is_some());
        harness.wait(1);
        assert_eq!(named(&harness, &before), ["Cleo", "Ada", "Bo"], "{}", harness.screen());
        assert!(harness.cursor_row().contains("Bo") && harness.line("≡").is_none());
    }
}

#[test]
fn where_a_queue_is_chosen_none_jumps_and_the_next_is_not_taken_for_one_that_has_gone() {
    let queues = |waiting: [u32; 3]| {
        let queue = |n: usize| {
            let mut queue = floor::queue(n);
            queue.name = ["Alpha", "Beta", "Gamma"][n].into();
            queue.waiting = Some(waiting[n]);
            queue
        };
        let Floor { agents, sessions, .. } = agents([0, 0, 0]);
        floor::build([0, 1, 2].map(queue).into(), agents, sessions)
    };
    for opens in ["H", "* H"] {
        let mut harness = Harness::bare(100, 24);
        // By how many wait.
        harness.pulse(pulse(Link::Live)).floor(queues([30, 20, 10])).press(opens).press("s s g");
        let before = ["Alpha", "Beta", "Gamma"];
        assert_eq!(named(&harness, &before), before, "{}", harness.screen());
        harness.floor(queues([1, 2, 3]));
        assert_eq!(named(&harness, &before), before, "{}", harness.screen());
        harness.wait(3);
        assert_eq!(named(&harness, &before), ["Gamma", "Beta", "Alpha"], "{}", harness.screen());
        let Floor { mut queues, agents, sessions, .. } = queues([3, 2, 1]);
        queues.remove(0);
        harness.floor(floor::build(queues, agents, sessions)).press("enter");
        assert!(harness.status().contains("has moved by itself"), "{}", harness.screen());
    }
}

#[test]
fn what_is_wrong_moves_no_row() {
    let reason = "the server at the other end of a very long line has not said anything for so long that \
                  nobody waits for it any more, and this is the whole of what is known of it";
    for (width, height, keys) in [(80, 24, "j j"), (100, 32, "2 j j"), (200, 60, "1 j j")] {
        let mut harness = Harness::live(width, height);
        harness.press(keys);
        let before = harness.screen();
        harness.pulse(pulse(Link::Stale { reason: reason.into() }));
        let after = harness.screen();
        assert!(after.contains("nobody waits for it any more"), "{after}");
        // What stands in front of each row; titles and figures also say that they are stale.
        let fronts = |screen: &str| -> Vec<String> {
            let rows = screen.lines().skip(3).take(usize::from(height) - 8);
            rows.map(|row| row.chars().take(12).collect()).collect()
        };
        assert_eq!(fronts(&before), fronts(&after), "{before}\n{after}");
    }
    // The row under the cursor is not hidden by it.
    let mut harness = Harness::live(80, 24);
    harness.press("j pagedown");
    let row = harness.cursor_row();
    harness.pulse(pulse(Link::Stale { reason: reason.into() }));
    let front = |row: &str| row.chars().take(20).collect::<String>();
    assert_eq!(front(&harness.cursor_row()), front(&row), "{}", harness.screen());
}
