//! Back and forward through places, and where one is.

use floorwalker::console::panes::PaneId;

use crate::{floor, harness::Harness};

#[test]
fn back_and_forward_come_to_the_thing_and_not_to_its_row() {
    let mut harness = Harness::live(80, 24);
    harness.press("j j");
    let session = harness.cursor_row();
    harness.press("1 j");
    let queue = harness.cursor_row();
    harness.press("2 [");
    assert_eq!((harness.app.focus(), harness.cursor_row()), (PaneId::Queues, queue.clone()));
    harness.press("[");
    assert_eq!((harness.app.focus(), harness.cursor_row()), (PaneId::Sessions, session.clone()));
    harness.press("G [");
    assert!(harness.status().contains("no place to go back to"), "{}", harness.status());
    // The queue is the third now, by name; its place is where it is.
    harness.press("1 S").press("3 [");
    assert!(harness.cursor_row().contains(queue.split_whitespace().nth(1).unwrap()));
    harness.press("[ ]");
    assert_eq!(harness.app.focus(), PaneId::Queues);
    harness.press("] ]");
    assert!(harness.status().contains("not come back from"), "{}", harness.status());
}

#[test]
fn who_goes_elsewhere_does_not_go_on() {
    let mut harness = Harness::live(80, 24);
    harness.press("1 2 [ 4 ]");
    assert!(harness.status().contains("not come back from"), "{}", harness.status());
    harness.press("[");
    assert_eq!(harness.app.focus(), PaneId::Queues);
}

#[test]
fn a_jump_and_a_find_leave_a_place_behind() {
    let mut harness = Harness::live(80, 24);
    harness.press("j J");
    assert_eq!(harness.app.focus(), PaneId::Audit);
    harness.press("[");
    assert_eq!(harness.app.focus(), PaneId::Sessions);
    let before = harness.cursor_row();
    harness.press(":").type_text("iris vand").press("enter");
    assert_ne!(harness.cursor_row(), before);
    harness.press("[");
    assert_eq!(harness.cursor_row(), before);
}

#[test]
fn what_has_gone_is_not_come_back_to() {
    let mut harness = Harness::live(80, 24);
    harness.press("1 G 2").floor(floor::floor(2, 24, 40)).press("[");
    assert_eq!(harness.app.focus(), PaneId::Queues);
    assert!(harness.status().contains("Back among the queues"), "{}", harness.status());
    assert!(harness.status().contains("not shown there"), "{}", harness.status());
}

#[test]
fn what_is_open_is_closed_first() {
    let mut harness = Harness::live(80, 24);
    harness.press("1 3 enter [");
    assert!(harness.status().contains("esc closes this first"), "{}", harness.status());
}

#[test]
fn the_way_to_where_one_is_stands_on_the_line_of_the_tabs() {
    let tabs = |harness: &Harness, line: usize| {
        harness.screen().lines().nth(line).unwrap().trim().to_owned()
    };
    let mut harness = Harness::live(80, 24);
    assert!(tabs(&harness, 2).starts_with("1 Queues"));
    let guest = "Anna 34";
    assert!(harness.cursor_row().contains(guest), "{}", harness.cursor_row());
    for (keys, way) in [
        ("enter", format!("Sessions › {guest}")),
        ("h", format!("Sessions › {guest} › to an agent")),
        ("enter", format!("Sessions › {guest} › to an agent › card")),
        (":", format!("Sessions › {guest} › to an agent › card › find")),
        ("esc ?", format!("Sessions › {guest} › to an agent › card › keys")),
        ("esc esc e", format!("Sessions › {guest} › to an agent › Nguyễn Thị Mai 12 › explain")),
    ] {
        harness.press(keys);
        assert_eq!(tabs(&harness, 2), way, "{}", harness.screen());
    }
    harness.press(":");
    let long = tabs(&harness, 2);
    assert!(long.starts_with("Sessions › ") && long.ends_with("› explain › find"), "{long}");
    harness.resize(50, 12);
    let short = tabs(&harness, 2);
    assert!(short.starts_with("Sessions › … › ") && short.ends_with("› find"), "{short}");
    harness.resize(200, 60);
    let both = tabs(&harness, 1);
    assert!(both.starts_with("1 Queues") && both.ends_with("› find"), "{both}");
    harness.press("esc esc esc esc esc");
    assert!(tabs(&harness, 1).ends_with("6 Health"), "{}", tabs(&harness, 1));
}

#[test]
fn the_help_is_searched_by_any_words_and_by_keys() {
    let mut harness = Harness::live(80, 24);
    harness.press("? /").type_text("chain audit");
    let screen = harness.screen();
    assert!(screen.contains("Check the audit log's chain") && !screen.contains("Go to the queues"));
    assert_screen!("help_searched", harness);
    harness.press("enter");
    assert!(harness.screen().contains("1 of "), "{}", harness.screen());
    harness.press("/ ctrl-u").type_text("ctrl-f").press("enter");
    assert!(harness.screen().contains("Move a page down."), "{}", harness.screen());
    harness.press("esc");
    assert!(harness.screen().contains("Go to the queues"), "{}", harness.screen());
    harness.press("/").type_text("xyzzy");
    assert!(harness.screen().contains("No key does anything"), "{}", harness.screen());
    harness.press("esc esc");
    assert!(!harness.screen().contains("Keys"), "{}", harness.screen());
}
