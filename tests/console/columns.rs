//! Columns: chosen by key or by the configuration, hidden, moved, widened.

use std::collections::BTreeMap;

use floorwalker::console::{Settings, app::begin::Begin};

use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

fn heading(harness: &Harness) -> String {
    harness.screen().lines().nth(4).unwrap().trim().to_owned()
}

fn titles(harness: &Harness) -> Vec<String> {
    heading(harness)
        .split("  ")
        .map(|t| t.trim_matches([' ', '▴', '▾']).to_owned())
        .filter(|t| !t.is_empty())
        .collect()
}

#[test]
fn columns_are_hidden_moved_and_widened_and_show_at_once() {
    let mut harness = Harness::live(80, 24);
    assert_eq!(titles(&harness), ["state", "guest", "time", "queue", "intent·handoff", "sure"]);
    harness.press("C");
    assert!(harness.screen().contains("Columns of Sessions"), "{}", harness.screen());
    // Hide the time, and put the queue first.
    harness.press("j j space").press("j j v g v").press("esc");
    // What was left over is used.
    let shown = ["queue", "state", "guest", "intent·handoff", "sure", "mood"];
    assert_eq!(titles(&harness), shown);
    let before = heading(&harness);
    harness.press("C + + + + esc");
    let state = |heading: String| heading.find("state").unwrap();
    assert!(state(heading(&harness)) > state(before), "{}", heading(&harness));
    // All as at first.
    harness.press("C S esc");
    assert_eq!(titles(&harness), ["state", "guest", "time", "queue", "intent·handoff", "sure"]);
}

#[test]
fn a_hidden_column_is_not_sorted_by_and_the_last_one_stays() {
    let mut harness = Harness::live(80, 24);
    harness.press("C j space esc s");
    assert!(heading(&harness).contains("time▾"), "{}", heading(&harness));
    // Down to the last one.
    harness.press("C g");
    for _ in 0..20 {
        harness.press("space j");
    }
    assert!(harness.screen().contains("✓"), "{}", harness.screen());
    harness.press("esc");
    assert_eq!(titles(&harness).len(), 1, "{}", harness.screen());
}

#[test]
fn panes_without_columns_say_so() {
    let mut harness = Harness::live(80, 24);
    harness.press("6 C");
    assert!(harness.status().contains("There are no columns here"), "{}", harness.status());
}

fn beginning(columns: &[(&str, &[&str])], filters: &[&str]) -> Result<Settings, String> {
    let mut begin = Begin::default();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let columns: BTreeMap<String, Vec<String>> =
        columns.iter().map(|(pane, all)| ((*pane).to_owned(), names(all))).collect();
    begin.columns(&columns)?;
    filters.iter().try_for_each(|text| begin.filter(text, floor::now()))?;
    Ok(Settings { begin, ..settings() })
}

#[test]
fn the_configuration_says_which_columns_there_are() {
    let settings = beginning(&[("sessions", &["guest:30", "sure", "intent"])], &[]).unwrap();
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(floorwalker::engine::Link::Live)).floor(floor::sample());
    assert_eq!(titles(&harness), ["guest", "sure", "intent·handoff"]);
    assert_eq!(heading(&harness).find("sure"), Some(33), "{}", heading(&harness));
    for (pane, columns, why) in [
        (
            "session",
            &["guest"][..],
            "is called so; did you mean sessions? There are queues, agents",
        ),
        ("health", &["guest"], "no pane with columns is called so; there are queues, agents"),
        ("sessions", &["gest"], "no column \"gest\"; did you mean guest? There are state, guest"),
        ("queues", &["queue:999"], "3 to 200"),
    ] {
        let error = beginning(&[(pane, columns)], &[]).unwrap_err();
        assert!(error.contains(why) && error.contains(pane), "{error}");
    }
}

#[test]
fn the_command_line_says_what_is_looked_for_at_first() {
    let settings = beginning(&[], &["state:waiting", "queues=waiting>0"]).unwrap();
    let mut harness = Harness::with(&settings, 80, 24);
    harness.pulse(pulse(floorwalker::engine::Link::Live)).floor(floor::sample());
    assert!(
        harness.screen().contains("3 Sessions 15 of 40 /state:waiting"),
        "{}",
        harness.screen()
    );
    harness.press("1");
    assert!(harness.screen().contains("/waiting>0"), "{}", harness.screen());
    for (text, why) in [
        ("conf<x", "the filter of sessions, column 6: conf takes"),
        ("queues=wating>0", "the filter of queues, column 1: no field \"wating\""),
        ("health=x", "health can't be filtered"),
        ("audit=latency>", "the filter of audit, column 9"),
    ] {
        let error = beginning(&[], &[text]).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_column_that_is_chosen_and_has_no_room_says_so() {
    let mut harness = Harness::live(80, 24);
    harness.press("C");
    let row = |harness: &Harness, title: &str| {
        let is_row = |line: &&str| line.contains(&format!("✓ {title} "));
        harness.screen().lines().find(is_row).unwrap().to_owned()
    };
    for (title, fits) in [("guest", true), ("sure", true), ("mood", false), ("agent", false)] {
        assert_eq!(!row(&harness, title).contains("△ no room"), fits, "{}", harness.screen());
    }
    // Nobody's heartbeat is kept: that it does not show is not for want of room.
    assert!(row(&harness, "beats").contains("empty now"), "{}", harness.screen());
    // With less before it there is room, at once; and on a wide screen there is for all.
    harness.press("j j j j space");
    harness.press("g j j space");
    assert!(!row(&harness, "mood").contains("no room"), "{}", harness.screen());
    harness.resize(300, 60);
    assert!(harness.line("no room").is_none(), "{}", harness.screen());
    assert!(harness.line("✓ agent").is_some(), "{}", harness.screen());
}
