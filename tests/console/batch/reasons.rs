//! Why a session stays, and who is proposed for it.

use super::*;

#[test]
fn a_reason_can_be_read_on_its_row() {
    let floor = || {
        let sessions = (0..3).map(|n| {
            let mut session = waits(n);
            session.skills.extend((n == 2).then(|| Requirement { id: None, name: "Chess".into() }));
            session
        });
        with(sessions.collect())
    };
    for (width, reason) in [(80, "✗ nobody passes the"), (200, "Ada: needs Chess")] {
        let mut harness = Harness::bare(width, 40);
        harness.pulse(pulse(Link::Live)).floor(floor()).press("3 * a");
        assert!(harness.line("guest02  ").unwrap().contains(reason), "{}", harness.screen());
    }
    // In the picker that is opened for it as well.
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(with(vec![Session {
        skills: vec![Requirement { id: None, name: "Portuguese IV".into() }],
        ..waits(0)
    }]));
    harness.press("h");
    assert!(harness.line("Ada").unwrap().contains("needs Portuguese IV"), "{}", harness.screen());
}

#[test]
fn e_explains_the_proposed_agent_or_says_why_there_is_none() {
    let mut harness = console(4);
    harness.press("* a e");
    assert!(harness.line("╭ Why ").unwrap().contains("for guest00"), "{}", harness.screen());
    harness.press("esc G e");
    let status = harness.status();
    assert!(status.contains("There is no agent for guest03: every agent who"), "{status}");
    harness.press("H /").type_text("vip").press("enter enter e");
    assert!(harness.status().contains("guest03 goes to VIP"), "{}", harness.status());
}

#[test]
fn a_row_without_a_target_always_says_why() {
    let unhappy = |n: usize| changed(2, n, |session| session.sentiment = Some(0.1));
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(unhappy(1)).press("* a");
    assert!(harness.line("guest01").unwrap().contains("✗ guard"), "{}", harness.screen());
    harness.floor(waiting(2));
    let row = harness.line("guest01").unwrap();
    assert!(row.contains("✗ no target yet: ent"), "{}", harness.screen());
}

#[test]
fn the_picker_for_all_does_not_take_the_next_agent_for_one_that_has_gone() {
    let mut harness = console(2);
    harness.press("* h");
    assert!(harness.cursor_row().contains("Ada"), "{}", harness.screen());
    harness.floor(floor::build(queues(), agents().split_off(1), (0..2).map(waits).collect()));
    harness.press("enter");
    assert!(harness.status().contains("has moved by itself"), "{}", harness.status());
    assert!(harness.press("enter").screen().contains("→ Bo"), "{}", harness.screen());
}

#[test]
fn the_plan_says_whom_a_guard_stops_and_of_whom_that_is_not_known_yet() {
    let known = |n: usize| Session { depth: Some(0), sentiment: Some(0.8), ..waits(n) };
    let sessions = vec![
        known(0),
        Session { depth: Some(3), ..known(1) },
        Session { sentiment: Some(0.1), ..known(2) },
        Session { skills: vec![Requirement { id: None, name: "Chess".into() }], ..known(3) },
        Session { depth: None, ..known(4) },
    ];
    let mut harness = Harness::bare(120, 30);
    harness.pulse(pulse(Link::Live)).floor(with(sessions)).press("3 * a");
    let sums = harness.line("sessions → ").unwrap();
    let said =
        "2 sessions → 1 agent; ✗ 2 stopped by a guard; ✗ 1 can't be placed; ? 1 may be stopped";
    let said = [said.to_owned(), said.replace("1 agent", "2 agents")];
    assert!(said.iter().any(|said| sums.contains(said)), "{sums}");
    assert!(harness.screen().contains("y hand 2 off"), "{}", harness.screen());
    let row = |guest: &str| harness.line(guest).unwrap();
    assert!(
        row("guest00").contains("✓ 100") && !row("guest00").contains('?'),
        "{}",
        row("guest00")
    );
    assert!(row("guest01").contains("✗ guard: 3 transfers"), "{}", row("guest01"));
    assert!(row("guest02").contains("✗ guard: sentiment 0.1"), "{}", row("guest02"));
    assert!(row("guest04").contains("? depth not known yet"), "{}", row("guest04"));
    harness.press("y");
    let guests: Vec<String> = sent(&harness).into_iter().map(|(guest, _)| guest).collect();
    assert_eq!(guests, ["guest00", "guest04"]);
}
