//! What the console remembers from one time to the next.

use floorwalker::{
    console::{
        Settings,
        app::{Effect, begin::Begin},
        memory::Memory,
    },
    domain::session::SessionState,
    engine::Link,
};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

/// A console that begins with what another has left.
fn again(memory: &Memory) -> Harness {
    let mut harness = Harness::bare(80, 24);
    harness.app.recall(memory, &settings());
    harness.pulse(pulse(Link::Live)).floor(floor::sample());
    harness
}

fn left(harness: &Harness) -> Memory {
    harness.app.memory(&settings())
}

#[test]
fn filters_sort_columns_focus_and_marks_come_back() {
    let mut harness = Harness::live(80, 24);
    harness.press("/").type_text("state:waiting").press("enter s s S g space space");
    harness.press("C j j j j space esc");
    harness
        .press("1 /")
        .type_text("waiting>0")
        .press("ctrl-s")
        .type_text("busy")
        .press("enter enter");
    assert!(harness.take_effects().contains(&Effect::Remember));
    let queues = harness.screen();
    harness.press("3");
    let sessions = harness.screen();
    assert!(sessions.contains("* 2 marked"), "{sessions}");
    harness.press("1");
    let memory = left(&harness);
    let mut harness = again(&memory);
    // Rows have their order, and the pane that had the focus has it again.
    let body = |screen: &str| -> Vec<String> {
        screen
            .lines()
            .skip(3)
            .take(18)
            .map(|l| l.trim_start_matches(['▌', ' ']).to_owned())
            .collect()
    };
    assert_eq!(body(&harness.screen()), body(&queues));
    harness.press("3 g");
    let titles =
        |screen: &str| screen.lines().skip(3).take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(titles(&harness.screen()), titles(&sessions), "{}", harness.screen());
    harness.press("1 / ctrl-u").type_text("@busy");
    assert!(!harness.screen().contains("no filter is saved"), "{}", harness.screen());
    assert_eq!(left(&again(&memory)), memory);
}

#[test]
fn marks_of_sessions_that_are_gone_or_taken_do_not_come_back() {
    let mut harness = Harness::live(80, 24);
    harness.press("space space space");
    let memory = left(&harness);
    assert_eq!(memory.look.marks.len(), 3);
    let mut harness = Harness::bare(80, 24);
    harness.app.recall(&memory, &settings());
    // Left again before anything was read, nothing is lost.
    assert_eq!(left(&harness).look.marks, memory.look.marks);
    let floor = floor::sample();
    let mut sessions = floor.sessions.clone();
    sessions.retain(|session| session.id != memory.look.marks[0]);
    for session in &mut sessions {
        if session.id == memory.look.marks[1] {
            session.state = SessionState::Connected;
        }
    }
    let floor = floor::build(floor.queues.clone(), floor.agents.clone(), sessions);
    harness.pulse(pulse(Link::Live)).floor(floor);
    assert!(harness.screen().contains("* 1 marked"), "{}", harness.screen());
    assert_eq!(left(&harness).look.marks, memory.look.marks[2..]);
}

#[test]
fn nothing_chosen_is_nothing_remembered() {
    let mut harness = Harness::live(80, 24);
    harness.press("j j 2 j 3");
    let memory = left(&harness);
    assert!(memory.look.panes.is_empty() && memory.filters.is_empty(), "{memory:?}");
}

#[test]
fn a_filter_that_was_asked_for_at_the_start_holds_for_that_time_alone() {
    let mut begin = Begin::default();
    begin.filter("state:waiting", floor::now()).unwrap();
    let asked = Settings { begin, ..settings() };
    let start = |memory: &Memory| {
        let mut harness = Harness::with(&asked, 80, 24);
        harness.app.recall(memory, &asked);
        harness.pulse(pulse(Link::Live)).floor(floor::sample());
        assert!(harness.screen().contains("/state:waiting"), "{}", harness.screen());
        harness
    };
    let filter = |harness: &Harness| {
        let memory = harness.app.memory(&asked);
        memory.look.panes.get("sessions").and_then(|standing| standing.filter.clone())
    };
    assert_eq!(filter(&start(&Memory::default())), None);
    // What was remembered before it is remembered on.
    let mut before = Harness::live(80, 24);
    before.press("/").type_text("state:bot").press("enter");
    let memory = left(&before);
    assert_eq!(filter(&start(&memory)).as_deref(), Some("state:bot"));
    // What somebody types instead counts, and so does that it is cleared.
    let mut harness = start(&memory);
    harness.press("/ ctrl-u").type_text("state:alerting").press("enter");
    assert_eq!(filter(&harness).as_deref(), Some("state:alerting"));
    harness.press("esc");
    assert_eq!(filter(&harness), None);
}

#[test]
fn what_is_remembered_and_means_nothing_any_more_is_left_out() {
    let mut harness = Harness::live(80, 24);
    harness.press("s C space esc");
    let mut memory = left(&harness);
    let standing = memory.look.panes.get_mut("sessions").unwrap();
    standing.sort = Some("no more".into());
    standing.columns = Some(vec!["no more".into()]);
    standing.filter = Some("nomore:1".into());
    memory.look.focus = Some("no more".into());
    let harness = again(&memory);
    assert!(harness.screen().contains("3 Sessions"), "{}", harness.screen());
    assert!(harness.screen().contains("column 1: no field \"nomore\""), "{}", harness.screen());
}
