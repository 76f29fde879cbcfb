//! Tables: the selection stays on its id, filters find, sorts sort, columns stay in line.

use floorwalker::{
    domain::{
        floor::Floor,
        session::{Session, SessionState},
    },
    engine::Link,
};

use crate::{
    floor,
    harness::{Harness, pulse},
};

/// The sample floor with its sessions changed.
fn sessions(change: impl FnOnce(&mut Vec<Session>)) -> Floor {
    let floor = floor::sample();
    let mut sessions = floor.sessions.clone();
    change(&mut sessions);
    floor::build(floor.queues.clone(), floor.agents.clone(), sessions)
}

fn selected(harness: &Harness) -> String {
    harness.app.cx().session.clone().unwrap().to_string()
}

fn screen_row(harness: &Harness) -> usize {
    harness.screen().lines().position(|line| line.starts_with('▌')).unwrap()
}

#[test]
fn the_selection_follows_the_id_through_sorts_and_floors() {
    let mut harness = Harness::live(80, 24);
    harness.press("j j j");
    let id = selected(&harness);
    for _ in 0..12 {
        harness.press("s");
        assert_eq!(selected(&harness), id);
        assert!(harness.screen().contains('▌'));
        harness.press("S");
        assert_eq!(selected(&harness), id);
    }
    // Half of the others go, and all the rest begin to wait anew.
    harness.floor(sessions(|all| {
        let mut n = 0;
        all.retain(|session| {
            n += 1;
            n % 2 == 0 || session.id.to_string() == id
        });
        all.iter_mut().for_each(|session| session.since = Some(floor::ago(1)));
    }));
    assert_eq!(selected(&harness), id);
}

#[test]
fn until_a_key_is_pressed_the_first_rows_stay_in_sight_whatever_comes_before_the_selected_one() {
    let waits = |session: &Session| session.state == SessionState::Waiting;
    let mut harness = Harness::bare(80, 24);
    harness.pulse(pulse(Link::Live)).floor(sessions(|all| all.retain(|it| !waits(it))));
    let id = selected(&harness);
    harness.floor(floor::sample());
    assert_eq!(selected(&harness), id);
    let screen = harness.screen();
    let first = screen.lines().skip_while(|line| !line.contains("state▴")).nth(1).unwrap();
    assert!(first.contains("○ waiting") && screen.contains("\n▌ "), "{screen}");
    harness.press("down").floor(sessions(|all| all.retain(|it| !waits(it))));
    let (id, row) = (selected(&harness), screen_row(&harness));
    harness.floor(floor::sample());
    assert_eq!(
        (selected(&harness), screen_row(&harness)),
        (id, row),
        "a hand has been at the keys"
    );
}

#[test]
fn the_selected_row_keeps_its_line_when_rows_come_and_go_above() {
    let mut harness = Harness::live(80, 24);
    harness.press("pagedown j j");
    let (id, row) = (selected(&harness), screen_row(&harness));
    let first = floor::sample().sessions[1].id.clone();
    harness.floor(sessions(|all| all.retain(|session| session.id != first)));
    assert_eq!((selected(&harness), screen_row(&harness)), (id, row));
}

#[test]
fn a_session_that_ends_gives_its_place_to_a_neighbour_and_says_so() {
    let mut harness = Harness::live(80, 24);
    harness.press("j j");
    let (id, row) = (selected(&harness), screen_row(&harness));
    harness.floor(sessions(|all| all.retain(|session| session.id.to_string() != id)));
    assert_ne!(selected(&harness), id);
    assert_eq!(screen_row(&harness), row);
    assert!(harness.status().contains("has ended"), "{}", harness.status());
}

#[test]
fn the_filter_is_live_and_words_add_up() {
    let mut harness = Harness::live(80, 24);
    harness.press("/").type_text("WAIT bill");
    let screen = harness.screen();
    assert!(screen.contains("3 Sessions 3 of 40 /WAIT bill"), "{screen}");
    harness.press("enter");
    // Kept: keys are keys again.
    harness.press("j");
    assert!(harness.screen().contains("/WAIT bill"));
    harness.press("esc");
    assert!(harness.screen().contains("3 Sessions 40 "), "{}", harness.screen());
    harness.press("/").type_text("nobody").press("enter");
    assert!(harness.screen().contains("No session holds “nobody”. esc clears the filter."));
    harness.press("/ esc");
    assert!(harness.screen().contains("3 Sessions 40 "));
}

#[test]
fn a_filter_that_grows_finds_what_a_new_look_finds() {
    for text in ["wait bill", "bot refund", "zzz", "a e"] {
        let mut harness = Harness::live(80, 24);
        harness.press("s /").type_text(text);
        let grown = harness.screen();
        assert_eq!(harness.floor(floor::sample()).screen(), grown);
        // Widened again, everything is back.
        harness.press("esc g");
        assert_eq!(harness.screen(), Harness::live(80, 24).press("s g").screen());
    }
}

#[test]
fn keys_are_text_while_a_filter_is_typed() {
    let mut harness = Harness::live(80, 24);
    harness.take_effects();
    harness.press("/").type_text("qyhu?1");
    assert!(harness.take_effects().is_empty());
    assert!(harness.screen().contains("/qyhu?1"));
    harness.press("ctrl-u").type_text("zo").press("left backspace");
    assert!(harness.screen().contains("/o"), "{}", harness.screen());
}

#[test]
fn a_paste_into_a_filter_is_one_harmless_line() {
    let mut harness = Harness::live(80, 24);
    harness
        .press("/")
        .tell(floorwalker::console::app::Message::Paste("iris\u{1b}[2J\r\ny\u{202e}".into()));
    assert!(harness.orders().is_empty());
    assert!(harness.screen().contains("/iris"), "{}", harness.screen());
}

#[test]
fn the_heading_shows_what_it_is_sorted_by() {
    let mut harness = Harness::live(80, 24);
    assert!(harness.line("guest").unwrap().contains("state▴"));
    harness.press("S");
    assert!(harness.line("guest").unwrap().contains("state▾"));
    harness.press("s");
    assert!(harness.line("time").unwrap().contains("guest▴"));
    let first = harness.screen();
    let first = first.lines().nth(5).unwrap();
    assert!(first.contains("5e550000"), "{first}");
}

#[test]
fn what_is_unknown_comes_last_whichever_way() {
    let mut harness = Harness::live(80, 24);
    // The last column at this size, before the scroll bar.
    let column = |harness: &Harness| {
        let screen = harness.screen();
        let value = |row: &str| {
            row.trim_end_matches(['┃', '╎']).split_whitespace().last().map(str::to_owned)
        };
        screen.lines().skip(5).take(17).filter_map(value).collect::<Vec<_>>()
    };
    // What has no room is not sorted by.
    harness.press("s s s s s");
    assert!(harness.line("guest").unwrap().contains("sure▴"), "{}", harness.screen());
    harness.press("g");
    assert!(column(&harness)[0].starts_with("▾0.0"), "{:?}", column(&harness));
    harness.press("G");
    assert_eq!(column(&harness).last().unwrap(), "-");
    harness.press("S g");
    assert!(column(&harness)[0].starts_with("0.9"), "{:?}", column(&harness));
    harness.press("G");
    assert_eq!(column(&harness).last().unwrap(), "-");
}

#[test]
fn columns_stay_in_line_whatever_the_script() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let harness = Harness::live(size.0, size.1);
        let screen = harness.screen();
        let column = |line: &str, c: char| {
            line.char_indices()
                .filter(|(_, d)| *d == c)
                .map(|(at, _)| unicode_width::UnicodeWidthStr::width(&line[..at]))
                .next_back()
        };
        // The scroll bar is the last column of the sessions in every one of their rows.
        let bars: Vec<_> = screen
            .lines()
            .filter(|line| line.contains("○ waiting"))
            .filter_map(|line| {
                let end = line.find('│').unwrap_or(line.len());
                column(&line[..end], '┃').or_else(|| column(&line[..end], '╎'))
            })
            .collect();
        assert!(bars.len() > 5, "{screen}");
        assert!(bars.iter().all(|bar| *bar == bars[0]), "{bars:?}\n{screen}");
    }
}

#[test]
fn the_scores_are_for_the_session_under_the_cursor() {
    let mut harness = Harness::live(200, 60);
    let scores = |harness: &Harness| {
        let screen = harness.screen();
        screen
            .lines()
            .skip(2)
            .take(20)
            .map(|l| l.split('│').nth(1).unwrap_or("").chars().take(9).collect())
            .collect::<Vec<String>>()
    };
    let before = scores(&harness);
    assert!(before.iter().any(|score| score.contains("✓ 100")), "{before:?}");
    harness.press("j");
    assert_ne!(scores(&harness), before);
}

#[test]
fn sorted_by_score_the_best_come_first_and_follow_the_session() {
    let mut harness = Harness::live(80, 24);
    harness.press("2");
    assert!(harness.line("agent").unwrap().contains("score▾"), "{}", harness.screen());
    let screen = harness.screen();
    assert!(screen.lines().nth(5).unwrap().contains("✓ 100"), "{screen}");
    // Another session has others on top; a chosen order stays.
    harness.press("3 j 2");
    assert!(harness.screen().lines().nth(5).unwrap().contains("▌  ✓"), "{}", harness.screen());
    harness.press("s 3 j 2");
    assert!(harness.line("score").unwrap().contains("agent▴"), "{}", harness.screen());
}

#[test]
fn agents_come_in_the_order_of_the_picker() {
    let names = |harness: &Harness, skip: usize| -> Vec<String> {
        let screen = harness.screen();
        let rows = screen.lines().filter(|line| line.contains(" ✓ 100")).take(3);
        rows.map(|row| row.chars().skip(skip).take(9).collect()).collect()
    };
    let mut harness = Harness::live(80, 24);
    let pane = names(harness.press("2"), 16);
    assert!(!pane.is_empty());
    assert_eq!(names(harness.press("3 h"), 18), pane);
}

#[test]
fn without_a_session_agents_come_by_status() {
    let mut harness = Harness::live(80, 24);
    harness.floor(sessions(Vec::clear)).press("2");
    assert!(harness.line("agent").unwrap().contains("status▴"), "{}", harness.screen());
}

#[test]
fn home_end_and_pages_reach_both_ends() {
    let mut harness = Harness::live(80, 24);
    let first = selected(&harness);
    harness.press("G");
    let last = selected(&harness);
    assert_ne!(first, last);
    harness.press("pageup pageup pageup pageup");
    assert_eq!(selected(&harness), first);
    harness.press("pagedown pagedown pagedown pagedown j j");
    assert_eq!(selected(&harness), last);
    harness.press("home");
    assert_eq!(selected(&harness), first);
}

#[test]
fn names_that_are_not_read_yet_and_loading_are_said() {
    let mut harness = Harness::bare(120, 40);
    let floor = floor::sample();
    let mut loading = floor.loading;
    loading.profiles = 7;
    let floor =
        Floor::new(floor.queues.clone(), floor.agents.clone(), floor.sessions.clone(), loading);
    harness.pulse(pulse(Link::Live)).floor(floor);
    assert!(harness.screen().contains("7 of 24 loaded"), "{}", harness.screen());
    assert!(harness.screen().contains("a6e00000"));
}
