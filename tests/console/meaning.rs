//! What figures mean, by `e`, and what hangs together, by `T`.

use floorwalker::{
    console::Settings,
    domain::{audit::AuditRecord, id::HandoffId, session::SessionState},
    engine::{Command, Event, Link, Pulse, Reads},
};

use crate::{
    floor::{self, session_id},
    harness::{Harness, pulse, settings},
    inbox,
};

#[test]
fn a_queue_s_figures_come_with_formula_source_and_age() {
    let mut harness = Harness::live(120, 60);
    harness.press("1 e");
    let screen = harness.screen();
    assert!(screen.contains("What is told of VIP"), "{screen}");
    // The column it is sorted by comes first, with the value of the row.
    let rows: Vec<&str> = screen.lines().collect();
    let at = rows.iter().position(|row| row.contains("What is told of")).unwrap();
    assert!(rows[at + 1].contains("▸ waiting") && rows[at + 1].contains("12"), "{screen}");
    let source = "POST /api/v2/analytics/queues/observations/query; read at most 3s ago";
    assert!(rows[at + 3].contains(source), "{screen}");
    assert!(screen.contains("100 × (places − free places) / places"), "{screen}");
    harness.press("esc s e");
    let first = harness.line("▸ longest").unwrap();
    assert!(first.contains("▲ 4m"), "{first}");
    // The age goes on.
    harness.wait(10);
    assert!(harness.screen().contains("read at most 13s ago"), "{}", harness.screen());
}

#[test]
fn a_gateway_has_other_sources() {
    let settings = Settings { lists_sessions: false, ..settings() };
    let mut harness = Harness::with(&settings, 120, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    harness.press("1 e");
    assert!(harness.screen().contains("GET /api/v2/routing/queues/{id}; read"));
    assert!(!harness.screen().contains("observations"), "{}", harness.screen());
}

#[test]
fn sessions_agents_and_health_are_explained_as_well() {
    let mut harness = Harness::live(120, 60);
    harness.press("3 e");
    let screen = harness.screen();
    assert!(screen.contains("▸ state") && screen.contains("○ waiting"), "{screen}");
    assert!(screen.contains("botflows"), "{screen}");
    // By score, an agent's own explanation; by anything else, the figures.
    harness.press("esc 2 e");
    assert!(harness.screen().contains("Why "), "{}", harness.screen());
    harness.press("esc s e");
    assert!(harness.screen().contains("▸ agent"), "{}", harness.screen());
    harness.press("esc 6 e");
    let screen = harness.screen();
    assert!(screen.contains("the console's health") && screen.contains("inin-ratelimit"));
    assert!(screen.contains("accepted / (accepted + refused + timed out)"), "{screen}");
}

#[test]
fn the_sums_of_the_header_are_explained_with_the_values_that_it_shows() {
    let mut harness = Harness::live(120, 90);
    let header = harness.line(" on queue ").unwrap();
    harness.press("6 e");
    for (name, means) in [
        ("waiting", "sessions that wait for an agent"),
        ("longest", "since when the session waits that waits longest"),
        ("bot", "sessions that a bot has"),
        ("talking", "sessions with an agent"),
        ("on queue", "who are on the queue"),
        ("idle", "nothing to do"),
        ("SL", "of all queues together"),
    ] {
        let screen = harness.screen();
        let rows: Vec<&str> = screen.lines().collect();
        let at = rows.iter().position(|row| row.contains(means));
        let row = rows[at.unwrap_or_else(|| panic!("{name}\n{screen}")) - 1];
        let told = row.split(name).nth(1).unwrap().split('│').next().unwrap().trim();
        assert!(header.contains(&format!("{name} {told}")), "{name} {told:?}: {header}");
    }
}

#[test]
fn what_a_bot_asks_for_is_explained() {
    let mut harness = inbox::console(vec![inbox::request(1, 200, inbox::proposed())]);
    harness.resize(120, 60).press("5 e");
    let screen = harness.screen();
    assert!(screen.contains("What is told of what a bot asks for"), "{screen}");
    assert!(screen.contains("▸ state") && screen.contains("proposed"), "{screen}");
    assert!(screen.contains("the bot's webhook, kept in the store"), "{screen}");
    assert!(harness.line("  language ").is_some(), "{screen}");
    harness.press("esc").pulse(inbox::telling(vec![]));
    harness.press("e");
    assert!(harness.status().contains("There is no request under the cursor"));
}

#[test]
fn an_agent_s_score_is_explained_from_the_card_which_is_read_again_after_that() {
    let mut harness = Harness::live(120, 40);
    harness.press("g h enter e");
    assert!(harness.screen().contains("Why "), "{}", harness.screen());
    harness.press("esc");
    assert!(harness.screen().contains("Hand off to an agent?"), "{}", harness.screen());
    let mut to_a_queue = Harness::live(120, 40);
    to_a_queue.press("g H j enter e");
    assert!(to_a_queue.status().contains("queues have none"), "{}", to_a_queue.screen());
}

#[test]
fn every_column_of_every_table_is_explained() {
    for (pane, last) in [("1", "SL's hour"), ("2 s", "queues"), ("3", "beats")] {
        let mut harness = Harness::live(200, 100);
        harness.press(pane).press("e");
        assert!(harness.line(&format!("  {last} ")).is_some(), "{last}\n{}", harness.screen());
    }
}

#[test]
fn what_has_gone_is_said_to_have_gone() {
    let mut harness = Harness::live(120, 40);
    harness.press("1 e").floor(floor::build(vec![], vec![], vec![]));
    assert!(harness.screen().contains("no longer on the floor"), "{}", harness.screen());
}

#[test]
fn without_a_session_an_agent_s_figures_are_explained() {
    let mut harness = Harness::bare(120, 40);
    harness.pulse(pulse(Link::Live)).floor(floor::floor(2, 4, 0));
    harness.press("2 e");
    assert!(harness.screen().contains("What is told of"), "{}", harness.screen());
}

/// A console whose log has three records of a handoff of the session under the cursor.
fn logged(width: u16, height: u16) -> Harness {
    let mut harness = Harness::live(width, height);
    harness.event(crate::details::audit_page());
    harness
}

#[test]
fn a_queue_with_its_sessions_people_and_handoffs() {
    let mut harness = logged(100, 40);
    harness.press("1 T");
    let screen = harness.screen();
    assert!(screen.contains("What hangs together"), "{screen}");
    let row = |harness: &Harness, text: &str| harness.line(text).unwrap_or_default();
    assert!(row(&harness, "▾ VIP").contains("● open  waiting 12  talking 16"), "{screen}");
    // Many sessions begin folded.
    assert!(screen.contains("├─ ▸ ○ waiting") && !screen.contains("customer"), "{screen}");
    harness.press("j space");
    let screen = harness.screen();
    assert!(screen.contains("├─ ▾ ○ waiting") && screen.contains("customer  "), "{screen}");
    harness.press("space");
    assert!(!harness.screen().contains("customer"), "{}", harness.screen());
    // The root itself.
    harness.press("g space");
    assert!(harness.screen().contains("▸ VIP") && !harness.screen().contains("├─"));
}

#[test]
fn enter_goes_to_the_row() {
    let mut harness = logged(100, 40);
    harness.press("1 T j");
    let guest = harness.cursor_row();
    let name = guest.split_whitespace().nth(5).unwrap().to_owned();
    harness.press("enter");
    assert!(!harness.screen().contains("What hangs together"), "{}", harness.screen());
    let row = harness.screen();
    let row = row.lines().find(|line| line.starts_with('▌')).unwrap();
    assert!(row.contains(&name), "{name}\n{row}");
    harness.press("T g enter");
    assert!(harness.screen().contains("━▸ 1 Queues"), "{}", harness.screen());
    assert!(harness.cursor_row().contains("VIP"), "{}", harness.screen());
}

#[test]
fn a_session_with_the_handoffs_that_the_log_has_of_it() {
    let handoff = Some(HandoffId::from("4a0d0ff0"));
    let written = |seq| AuditRecord {
        session: Some(session_id(1)),
        handoff: handoff.clone(),
        agent: Some(floor::agent_id(0)),
        ..crate::details::record(seq)
    };
    let records = vec![written(4), written(1)];
    let (session, event) = (session_id(1), records[0].event.to_string());
    let mut harness = Harness::live(100, 40);
    harness.event(Event::AuditPage { records, complete: true });
    let held = floorwalker::domain::session::Session {
        agent: Some(floor::agent_id(0)),
        ..floor::session(6)
    };
    let held = floorwalker::domain::session::Session { id: session, ..held };
    assert_eq!(held.state, SessionState::Connected);
    harness.floor(floor::build(vec![floor::queue(1)], vec![floor::agent(0)], vec![held]));
    harness.press("3 T");
    let screen = harness.screen();
    assert!(screen.contains("agent     Ada Okonkwo"), "{screen}");
    assert!(screen.contains("└─ "), "{screen}");
    assert!(screen.contains("▸ handoff   → Ada Okonkwo"), "{screen}");
    // A record opens as it does from the log.
    harness.press("G space G enter");
    let screen = harness.screen();
    assert!(screen.contains("Record ") && screen.contains(&event), "{event}\n{screen}");
    harness.press("esc");
    assert!(harness.screen().contains("What hangs together"), "{}", harness.screen());
}

#[test]
fn a_session_with_who_took_part_before_and_how_they_left() {
    let mut harness = Harness::live(100, 40);
    harness.press("3");
    let session = harness.app.cx().session.clone().unwrap();
    let mut detail = crate::details::detail(0);
    detail.id = session.clone();
    harness.press("T");
    let asked = |command: &Command| matches!(command, Command::Attend(to) if to.detail.is_some());
    assert!(harness.commands().iter().any(asked), "it is read closely");
    let reason = "read the session: no answer in time".into();
    harness.event(Event::NoDetail { session: session.clone(), reason });
    let screen = harness.screen();
    assert!(screen.contains("▲ not read: read the session") && screen.contains("customer  "));
    harness.event(Event::Detail(Box::new(detail.clone())));
    let screen = harness.screen();
    for party in &detail.participants {
        let there = |line: &str| line.contains("─ ") && line.contains(party.purpose.word());
        assert!(screen.lines().any(there), "{party:?}\n{screen}");
    }
    // Who has not gone is there until now; of who has it may not be known until when.
    assert!(screen.contains("13:58:27 – now      ● customer"), "{screen}");
    assert!(screen.contains("13:58:27 – -        × bot"), "{screen}");
    // What fails later takes nothing away.
    let reason = "no answer".into();
    harness.event(Event::NoDetail { session, reason });
    assert_eq!(harness.screen(), screen);
    harness.press("esc");
    let last = harness.commands().pop();
    assert!(matches!(last, Some(Command::Attend(to)) if to.detail.is_none()));
    let mut plain = Harness::with(&Settings { ascii: true, ..settings() }, 100, 40);
    plain.pulse(pulse(Link::Live)).floor(floor::sample()).press("3 T");
    plain.event(Event::Detail(Box::new(detail)));
    assert!(plain.screen().contains("13:58:27 - now      @ customer"), "{}", plain.screen());
}

#[test]
fn what_stands_for_no_row_says_so() {
    let mut harness = logged(100, 40);
    harness.pulse(Pulse::default()).press("3 T j j enter");
    assert!(harness.screen().contains("No row of its own"), "{}", harness.screen());
    harness.press("space");
    assert!(harness.screen().contains("Nothing hangs below this"), "{}", harness.screen());
    assert!(harness.app.cx().session.as_ref() != Some(&session_id(999)));
}

#[test]
fn each_source_tells_when_it_was_read_last() {
    let read = Reads {
        queues: Some(floor::ago(4)),
        agents: Some(floor::ago(6)),
        levels: Some(floor::ago(42)),
        capacity: Some(floor::ago(600)),
        ..Reads::default()
    };
    let mut harness = Harness::bare(140, 70);
    harness.pulse(Pulse { read, ..pulse(Link::Live) }).floor(floor::sample());
    harness.press("1 e");
    let screen = harness.screen();
    for told in [
        "observations/query; read 4s ago",
        "routing/activity/query; read 6s ago",
        "aggregates/query; every 60 s; read 42s ago",
        "10m ago",
        "from what is on the screen; read at most 3s ago",
    ] {
        assert!(screen.contains(told), "{told}\n{screen}");
    }
    // What has not been read says nothing of an age.
    assert!(harness.line("GET /api/v2/routing/queues; at the start, then rarely").is_some());
    assert!(!screen.contains("then rarely; read 4s"), "{screen}");
}

#[test]
fn what_health_tells_is_explained_with_the_values_that_the_pane_shows() {
    let mut harness = Harness::bare(200, 70);
    harness.pulse(crate::health::well()).floor(floor::sample());
    harness.press("6 e");
    for (name, value) in [
        ("link", "● live"),
        ("token", "replaced in 12m"),
        ("budget", "252 of 300 left"),
        ("heartbeats", "2 kept here, 1 by others"),
        ("intake", "http://127.0.0.1:8790"),
        ("outbox", "crm waiting 3 told 1,042 dead 1; wfm no address"),
        ("store", "18,204 audit records"),
    ] {
        let screen = harness.screen();
        let told = screen.lines().any(|row| {
            row.split_once(&format!("  {name} ")).is_some_and(|(_, rest)| rest.contains(value))
        });
        assert!(told, "{name}\n{screen}");
    }
    // What nobody knows is still no number.
    let mut harness = Harness::live(200, 70);
    harness.press("6 e");
    let row = harness.line("  store  ").unwrap();
    assert!(row.contains(" -"), "{row}");
}

#[test]
fn the_signs_before_a_session_are_explained() {
    let mut harness = Harness::live(120, 60);
    harness.press("3 e");
    assert!(harness.screen().contains("before it ! says"), "{}", harness.screen());
}
