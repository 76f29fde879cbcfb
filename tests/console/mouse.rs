//! The console with a mouse: what it does, and what it never does.

use floorwalker::{
    console::{
        Settings,
        app::{Effect, Message},
        keys::pointer::{Gesture, Pointer},
    },
    engine::Link,
};
use ratatui::layout::Position;

use crate::{
    harness::{Harness, pulse, settings},
    terminals::{PLACES, named, place, troubled},
};

fn mouse(gesture: Gesture, x: u16, y: u16) -> Message {
    Message::Pointer(Pointer { at: Position { x, y }, gesture })
}

fn click(harness: &mut Harness, text: &str) {
    let (x, y) = place(harness, text);
    harness.tell(mouse(Gesture::Click, x, y));
}

/// Clicks on what the footer names.
fn click_footer(harness: &mut Harness, text: &str) {
    let screen = harness.screen();
    let (y, line) = screen.lines().enumerate().last().unwrap();
    let x = line.find(text).unwrap();
    let [x, y] = [x, y].map(|at| u16::try_from(at).unwrap());
    harness.tell(mouse(Gesture::Click, x, y));
}

fn with_mouse(width: u16, height: u16) -> Harness {
    let settings = Settings { mouse: true, ..settings() };
    let mut harness = Harness::with(&settings, width, height);
    harness.pulse(pulse(Link::Live)).floor(named(|n| format!("Name{n:02}x")));
    harness
}

#[test]
fn the_mouse_is_the_terminal_s_until_it_is_asked_for() {
    let mut harness = Harness::live(80, 24);
    let before = harness.screen();
    harness.tell(mouse(Gesture::Click, 10, 8)).tell(mouse(Gesture::WheelDown, 10, 8));
    assert_eq!(harness.screen(), before);
    harness.take_effects();
    assert_eq!(harness.press("m").take_effects(), [Effect::Mouse(true)]);
    assert!(harness.status().contains("Mouse on"), "{}", harness.status());
    harness.tell(mouse(Gesture::Click, 10, 8));
    assert_ne!(harness.cursor_row(), before.lines().find(|line| line.contains('▌')).unwrap());
    assert_eq!(harness.press("m").take_effects().pop(), Some(Effect::Mouse(false)));
}

#[test]
fn a_click_selects_the_row_and_focuses_the_pane() {
    let mut harness = with_mouse(200, 60);
    let (x, y) = place(&harness, "○ waiting");
    harness.tell(mouse(Gesture::Click, x + 20, y + 3));
    let fourth = harness.screen().lines().nth(usize::from(y + 3)).unwrap().to_owned();
    assert!(fourth.starts_with('▌') && harness.cursor_row() == fourth, "{}", harness.screen());
    // What a person has put the cursor on is what a key is about.
    let session = harness.app.cx().session.clone().unwrap();
    harness.press("h");
    let label = harness.app.cx().floor.session(&session).unwrap().label();
    assert!(harness.screen().contains(&format!("{label}")));
    harness.press("esc");
    click(&mut harness, "Queues 6");
    assert!(harness.screen().contains("▸ 1 Queues"), "{}", harness.screen());
    click(&mut harness, " 6 Health");
    assert!(harness.screen().contains("▸ 6 Health"), "{}", harness.screen());
}

#[test]
fn a_click_on_a_heading_sorts_and_again_reverses() {
    let mut harness = with_mouse(80, 24);
    let first = |harness: &Harness| {
        let (_, y) = place(harness, "state");
        harness.screen().lines().nth(usize::from(y) + 1).unwrap().to_owned()
    };
    click(&mut harness, "guest");
    assert!(harness.screen().contains("guest▴"), "{}", harness.screen());
    harness.press("home");
    assert!(first(&harness).contains("5e550000"), "{}", harness.screen());
    click(&mut harness, "guest");
    assert!(harness.screen().contains("guest▾"), "{}", harness.screen());
    harness.press("home");
    assert!(first(&harness).contains("Name39x"), "{}", harness.screen());
    click(&mut harness, "state");
    assert!(harness.screen().contains("state▴"), "{}", harness.screen());
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_leaves_the_cursor_on_its_row() {
    let mut harness = with_mouse(80, 24);
    harness.press("j j j j j j j j j");
    let row = |harness: &Harness| harness.cursor_row().trim_end_matches(['┃', '╎']).to_owned();
    let (cursor, (x, y)) = (row(&harness), place(&harness, "▌"));
    harness.tell(mouse(Gesture::WheelDown, x, y));
    assert_eq!((row(&harness), place(&harness, "▌")), (cursor.clone(), (x, y - 3)));
    harness.tell(mouse(Gesture::WheelDown, x, y)).tell(mouse(Gesture::WheelDown, x, y));
    harness.tell(mouse(Gesture::WheelDown, x, y));
    // Out of sight it would be a row that a key is about and nobody sees.
    assert_ne!(row(&harness), cursor);
    assert_eq!(place(&harness, "▌").1, place(&harness, "state").1 + 1);
    for _ in 0..30 {
        harness.tell(mouse(Gesture::WheelUp, x, y));
    }
    assert!(harness.screen().contains('▌'));
    // Under the pointer, not under the focus.
    let mut harness = with_mouse(200, 30);
    let sessions = harness.cursor_row();
    let (x, y) = place(&harness, "2 Agents 24");
    (0..9).for_each(|_| _ = harness.tell(mouse(Gesture::WheelDown, x, y + 3)));
    assert_eq!(harness.cursor_row(), sessions, "{}", harness.screen());
    let mut harness = with_mouse(80, 24);
    harness.press("?");
    assert!(harness.screen().contains("Go to the queues."));
    harness.tell(mouse(Gesture::WheelDown, 40, 12));
    assert!(!harness.screen().contains("Go to the queues."), "{}", harness.screen());
}

#[test]
fn a_click_presses_what_the_footer_names_but_never_confirms() {
    let mut harness = with_mouse(120, 40);
    click_footer(&mut harness, "h hand off");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
    click(&mut harness, "Name00x");
    harness.press("enter");
    harness.take_effects();
    click_footer(&mut harness, "y confirm  esc");
    assert!(
        harness.orders().is_empty() && harness.status().contains("Press y"),
        "{}",
        harness.status()
    );
    click_footer(&mut harness, "esc back");
    assert!(harness.screen().contains("Hand off to an agent"));
    click_footer(&mut harness, "esc back");
    click_footer(&mut harness, "H to queue");
    assert!(harness.screen().contains("Hand off to a queue"), "{}", harness.screen());
    click_footer(&mut harness, "esc back");
    // A press while a filter is typed must not become its letters, nor lose them.
    harness.press("/").type_text("x").tell(mouse(Gesture::Click, 3, 2));
    assert!(harness.screen().contains("/x"));
}

#[test]
fn a_mouse_can_do_no_harm_anywhere() {
    for keys in PLACES {
        let mut harness = with_mouse(120, 40);
        harness.pulse(troubled(crate::inbox::sample())).event(crate::details::audit_page());
        harness.press(keys).take_effects();
        for y in 0..40 {
            for x in (0..120).step_by(7) {
                for gesture in [Gesture::Click, Gesture::WheelUp, Gesture::WheelDown] {
                    harness.tell(mouse(gesture, x, y));
                }
            }
        }
        assert!(harness.orders().is_empty(), "{keys}");
    }
}
