//! Bad days: hostile names, tiny screens, an engine that goes away; and frames nobody asked for.

use std::sync::Arc;

use floorwalker::{
    console::{
        app::{App, Message},
        theme::Theme,
    },
    domain::{agent::Agent, floor::Floor, queue::Queue, session::Session},
    engine::{Event, Level, Link, Notice},
};
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    floor,
    harness::{Harness, pulse, settings},
};

const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mEve\u{7}",
    "line\none\r\ttwo",
    "rtl\u{202e}gnp.exe\u{2066}",
    "z\u{200b}w\u{feff}\u{ad}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 family 🇨🇭",
    "ﷺ ꧅ 𒐫",
    "خدمة العملاء",
    "\u{9b}31m",
    "",
    "   ",
];

fn hostile() -> Floor {
    let name = |n: usize| HOSTILE[n % HOSTILE.len()].into();
    let queue = |n| Queue { name: name(n), ..floor::queue(n) };
    let agent = |n| Agent { name: Some(name(n)), ..floor::agent(n) };
    let session = |n| Session {
        guest: Some(name(n)),
        intent: Some(name(n + 1)),
        channel: Some(name(n + 2)),
        ..floor::session(n)
    };
    floor::build(
        (0..10).map(queue).collect(),
        (0..10).map(agent).collect(),
        (0..30).map(session).collect(),
    )
}

/// The bytes that reach a terminal hold no control but our own, and no row is out of line.
#[test]
fn hostile_names_do_no_harm() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut harness = Harness::bare(width, height);
        let mut pulse = pulse(Link::Stale { reason: HOSTILE[0].into() });
        pulse.org = Some(HOSTILE[0].into());
        harness.pulse(pulse).floor(hostile());
        harness.event(Event::Notice(Notice { level: Level::Error, text: HOSTILE[1].into() }));
        for keys in [
            "1",
            "2",
            "3",
            "h",
            "enter",
            "esc esc H",
            "enter",
            "esc esc enter",
            "esc 2 enter",
            "esc 3 t",
            "esc * a",
            "esc h",
            "esc H",
            "esc esc v a y",
            "esc :",
            "e",
        ] {
            let screen = harness.press(keys).screen();
            let bad = screen.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            });
            assert_eq!(bad, None, "{keys}\n{screen}");
            for line in screen.lines() {
                assert!(UnicodeWidthStr::width(line) <= usize::from(width), "{line}");
            }
        }
    }
}

#[test]
fn a_screen_that_is_too_small_says_so_and_does_nothing() {
    let mut harness = Harness::live(20, 5);
    assert_eq!(harness.screen(), "\n     Too small\n    20×5, needs\n       50×12\n");
    harness.take_effects();
    harness.press("h enter y r u");
    assert!(harness.take_effects().is_empty());
    harness.resize(80, 24);
    assert!(harness.screen().contains("3 Sessions 40"));
    harness.resize(20, 5).press("q");
    assert_eq!(harness.take_effects(), [floorwalker::console::app::Effect::Quit]);
}

#[test]
fn no_size_is_too_odd() {
    for keys in [
        "", "t", "h", "h enter", "H", "enter", "?", "? /", ":", ": a", "/", "4", "* a", "* a y",
        "* h", "* H", "v j a y",
    ] {
        let mut harness = Harness::live(80, 24);
        harness.event(crate::details::audit_page()).press(keys);
        for width in [1, 2, 5, 19, 49, 50, 51, 79, 99, 100, 159, 160, 300] {
            for height in [1, 2, 3, 11, 12, 13, 29, 30, 39, 40, 100] {
                harness.resize(width, height).press("j k");
                harness.screen();
            }
        }
    }
}

#[test]
fn an_engine_that_stops_leaves_the_picture_and_says_so() {
    let mut harness = Harness::live(80, 24);
    harness.tell(Message::EngineGone).wait(20);
    let screen = harness.screen();
    assert!(screen.contains("✗ stopped") && screen.contains("The engine has stopped"), "{screen}");
    assert!(screen.contains("Anna 34"));
    harness.press("j k tab");
}

#[test]
fn a_background_panic_is_a_notice() {
    let mut harness = Harness::live(80, 24);
    harness.tell(Message::Trouble("A background task has failed: \u{1b}[2J".into()));
    assert!(harness.status().starts_with("▲ A background task has failed: \u{fffd}[2J"));
}

#[test]
fn without_a_change_there_is_no_frame() {
    let mut app = App::new(&settings(), Size::new(80, 24), floor::now());
    let floor = Arc::new(floor::sample());
    let live = Arc::new(pulse(Link::Live));
    app.update(Message::Pulse(Arc::clone(&live)), floor::now());
    app.update(Message::Floor(Arc::clone(&floor)), floor::now());
    assert!(app.take_dirty());
    let same = floor::now() + jiff::SignedDuration::from_millis(400);
    app.update(Message::Tick, same);
    app.update(Message::Floor(floor), same);
    app.update(Message::Pulse(Arc::new((*live).clone())), same);
    assert!(!app.take_dirty(), "nothing on the screen can have changed");
    app.update(Message::Tick, floor::now() + jiff::SignedDuration::from_secs(1));
    assert!(app.take_dirty(), "the clock has moved on");
}

#[test]
fn drawing_twice_draws_the_same() {
    let mut harness = Harness::live(200, 60);
    harness.press("h");
    let draw = || {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
        harness.app.draw(&mut buffer);
        buffer
    };
    assert_eq!(draw().diff(&draw()), vec![]);
}

#[test]
fn what_is_unknown_is_never_zero() {
    let mut harness = Harness::bare(200, 60);
    harness.pulse(pulse(Link::Live));
    let header = harness.screen().lines().next().unwrap().to_owned();
    assert!(header.contains("waiting -") && header.contains("idle -"), "{header}");
    let bare = Session::bare(floor::session_id(1), floorwalker::domain::session::SessionState::Bot);
    harness.floor(floor::build(vec![], vec![], vec![bare]));
    let row = harness.cursor_row();
    let row = row.split('│').next().unwrap();
    assert!(!row.replace("5e550000", "").contains('0'), "{row}");
}

#[test]
fn every_role_has_a_look_without_colour() {
    assert_ne!(
        Theme::Mono.style(floorwalker::console::theme::Role::Alarm),
        Theme::Mono.style(floorwalker::console::theme::Role::Text)
    );
}

#[test]
fn the_header_gives_up_its_bar_before_its_figures() {
    let mut harness = Harness::live(80, 24);
    let mut pulse = pulse(Link::Retrying { at: floor::now(), reason: "down".into() });
    pulse.data_from = Some(floor::ago(84));
    let header = harness.pulse(pulse).press("p").line("Contoso").unwrap();
    assert!(header.contains("✗ retrying now, 1m old  API 80% left "), "{header}");
    assert!(!header.contains('…') && !header.contains('▰'), "{header}");
}

#[test]
fn a_popup_over_wide_characters_keeps_its_edges() {
    let wide = |n| Session { guest: Some("司".repeat(20).as_str().into()), ..floor::session(n) };
    let sessions = || floor::build(vec![floor::queue(0)], vec![], (0..30).map(wide).collect());
    for width in 100..112 {
        let mut harness = Harness::bare(width, 24);
        harness.pulse(pulse(Link::Live)).floor(sessions()).press("?");
        let screen = harness.screen();
        let rows = screen.lines().filter(|line| line.contains('│'));
        let at = |line: &str, edge| line.find(edge).map(|at| line[..at].width());
        let top = screen.lines().find_map(|line| Some((at(line, '╭')?, at(line, '╮')?))).unwrap();
        for row in rows {
            assert_eq!(at(row, '│').unwrap(), top.0, "{width}: {screen}");
            assert_eq!(row[..row.rfind('│').unwrap()].width(), top.1, "{width}: {screen}");
        }
    }
}
