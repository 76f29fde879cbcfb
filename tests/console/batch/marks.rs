//! Marking sessions.

use super::*;

#[test]
fn space_marks_and_moves_on_and_no_column_jumps() {
    let mut harness = console(4);
    let columns = |harness: &Harness| -> String {
        harness.line("guest00").unwrap().chars().skip(2).collect()
    };
    let before = columns(&harness);
    harness.press("space");
    assert_eq!(marked(&harness), ["guest00"]);
    assert!(harness.cursor_row().contains("guest01"), "{}", harness.cursor_row());
    assert_eq!(columns(&harness), before);
    harness.press("j space");
    assert_eq!(marked(&harness), ["guest00", "guest02"]);
    assert!(title(&harness).contains("* 2 marked"), "{}", title(&harness));
    harness.press("k space");
    assert_eq!(marked(&harness), ["guest00"]);
}

#[test]
fn a_range_follows_the_cursor_until_it_is_kept_or_dropped() {
    let mut harness = console(6);
    harness.press("space j v j j");
    assert_eq!(marked(&harness), ["guest00", "guest02", "guest03", "guest04"]);
    assert!(title(&harness).contains("range"), "{}", title(&harness));
    harness.press("k");
    assert_eq!(marked(&harness), ["guest00", "guest02", "guest03"]);
    // Upwards as well, over where it began.
    harness.press("k k");
    assert_eq!(marked(&harness), ["guest00", "guest01", "guest02"]);
    harness.press("esc");
    assert_eq!(marked(&harness), ["guest00"]);
    assert!(harness.status().contains("range is dropped"), "{}", harness.status());
    for keep in ["v", "space"] {
        harness.press("g v j").press(keep).press("G");
        assert_eq!(marked(&harness), ["guest00", "guest01"], "{keep}");
    }
}

#[test]
fn a_star_marks_all_that_the_filter_shows_and_unmarks_them_again() {
    let mut harness = console(12);
    harness.press("space /").type_text("guest1").press("enter *");
    assert_eq!(marked(&harness), ["guest10", "guest11"]);
    assert!(title(&harness).contains("3 marked, 1 hidden"), "{}", title(&harness));
    harness.press("*");
    assert!(marked(&harness).is_empty());
    assert!(title(&harness).contains("1 marked, 1 hidden"), "{}", title(&harness));
    // Esc clears the filter first, and the marks only then.
    harness.press("esc");
    assert_eq!(marked(&harness), ["guest00"]);
    harness.press("esc");
    assert!(marked(&harness).is_empty());
    assert!(harness.status().contains("1 session unmarked"), "{}", harness.status());
    harness.press("esc");
    assert!(harness.status().contains("Nothing to go back from"), "{}", harness.status());
}

#[test]
fn marks_stay_with_their_sessions_on_a_new_floor_and_go_with_them() {
    let mut harness = console(4);
    harness.press("space space");
    // Somebody who has waited longer comes on top.
    harness.floor(changed(4, 3, |session| session.since = Some(floor::ago(900))));
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
    harness.floor(with(vec![waits(1), waits(2)]));
    assert_eq!(marked(&harness), ["guest01"]);
    assert!(title(&harness).contains("1 marked"), "{}", title(&harness));
}

#[test]
fn a_new_floor_puts_nobody_into_a_range() {
    let mut harness = console(4);
    harness.press("v j");
    harness.floor(changed(5, 4, |session| session.since = Some(floor::ago(395))));
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
}

#[test]
fn sorting_ends_a_range_where_it_is() {
    let mut harness = console(6);
    harness.press("v j s").press("G");
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
    assert!(!title(&harness).contains("range"), "{}", title(&harness));
}

/// Who waits, who is with a bot, and two whom agents have.
fn of_all_kinds() -> Floor {
    let mut sessions: Vec<Session> = (0..5).map(waits).collect();
    sessions[1].state = SessionState::Bot;
    for (n, state) in [(2, SessionState::Alerting), (3, SessionState::Connected)] {
        (sessions[n].state, sessions[n].agent) = (state, Some(agent_id(0)));
    }
    sessions[4].state = SessionState::Parked;
    with(sessions)
}

#[test]
fn many_at_a_time_are_only_those_whom_no_agent_has() {
    let mut harness = console(1);
    harness.floor(of_all_kinds()).press("*");
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
    let status = harness.status();
    assert!(status.contains("Left out: 3 with an agent or on the way to one"), "{status}");
    assert!(!harness.press("a").screen().contains("Takes"), "{}", harness.screen());
    // One by one they can be marked all the same; a star then unmarks them too.
    harness.press("esc /").type_text("guest03").press("enter space esc");
    assert_eq!(marked(&harness), ["guest00", "guest01", "guest03"]);
    harness.press("*");
    assert!(marked(&harness).is_empty(), "{}", harness.screen());
    // A range leaves them out as well.
    harness.press("g v G");
    assert_eq!(marked(&harness), ["guest00", "guest01"]);
    assert!(title(&harness).contains("range without 3"), "{}", title(&harness));
}

#[test]
fn what_the_filter_hides_is_said_on_the_plan() {
    let mut harness = console(12);
    harness.press("space space /").type_text("guest1").press("enter * a");
    let screen = harness.screen();
    assert!(screen.contains("△ 2 of them are hidden by the filter"), "{screen}");
    assert!(screen.contains("Hand 4 sessions off?"), "{screen}");
    for told in ["3 sessions → 2 agents", "longest wait", "stops after", "guest00", "guest11"] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
    // Taken out, they are no longer told of.
    harness.press("g -");
    let screen = harness.screen();
    assert!(screen.contains("△ 1 of them is hidden by the filter"), "{screen}");
    harness.press("g -");
    assert!(!harness.screen().contains("by the filter"), "{}", harness.screen());
    // Where there is no room for a line, the title has it.
    let mut harness = Harness::bare(50, 12);
    harness.pulse(pulse(Link::Live)).floor(waiting(12));
    harness.press("space /").type_text("guest1").press("enter * a");
    assert!(harness.line("Hand 3 sessions off?").unwrap().contains("△ 1 hidden"));
    // Without a filter there is nothing to say.
    let mut harness = console(2);
    harness.press("* a");
    assert!(!harness.screen().contains("by the filter"), "{}", harness.screen());
}
