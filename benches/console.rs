//! The console's two promises on a large floor: a frame in under half a millisecond, and a press
//! drawn in under one.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on may panic")]

#[path = "../tests/support/floor.rs"]
mod floor;

use std::sync::Arc;

use divan::{Bencher, black_box};
use floorwalker::{
    console::{
        Settings,
        app::{App, Message},
    },
    domain::floor::Floor,
    engine::{Link, Pulse},
};
use jiff::tz::TimeZone;
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
};

const SIZE: Size = Size { width: 200, height: 60 };

fn main() {
    divan::main();
}

/// A console that shows 500 queues, 5,000 agents and 10,000 sessions.
fn console() -> App {
    showing(floor::floor(500, 5_000, 10_000))
}

fn showing(floor: Floor) -> App {
    let zone = Some(TimeZone::UTC);
    let settings = Settings { zone, now: floor::now, ..Settings::new("contoso".into()) };
    let mut app = App::new(&settings, SIZE, floor::now());
    let pulse = Pulse { link: Link::Live, data_from: Some(floor::ago(3)), ..Pulse::default() };
    app.update(Message::Pulse(Arc::new(pulse)), floor::now());
    app.update(Message::Floor(Arc::new(floor)), floor::now());
    app
}

fn screen() -> Buffer {
    Buffer::empty(Rect::from((ratatui::layout::Position::ORIGIN, SIZE)))
}

/// What the shell does for a frame, but for the write.
fn draw(app: &App, shown: &mut Buffer, next: &mut Buffer) -> usize {
    next.reset();
    app.draw(next);
    let changed = shown.diff_iter(next).count();
    std::mem::swap(shown, next);
    changed
}

#[divan::bench]
fn frame(bencher: Bencher<'_, '_>) {
    let (app, mut shown, mut next) = (console(), screen(), screen());
    bencher.bench_local(|| draw(black_box(&app), &mut shown, &mut next));
}

/// What a small floor costs, to tell the screen's share from the rows'.
#[divan::bench]
fn frame_of_a_small_floor(bencher: Bencher<'_, '_>) {
    let (app, mut shown, mut next) = (showing(floor::sample()), screen(), screen());
    bencher.bench_local(|| draw(black_box(&app), &mut shown, &mut next));
}

#[divan::bench(args = ["j", "down", "pagedown", "tab", "enter", "h", "s", "/", ":"])]
fn press_to_frame(bencher: Bencher<'_, '_>, key: &str) {
    let chord = key.parse().unwrap_or_else(|error| unreachable!("{error}"));
    let (mut shown, mut next) = (screen(), screen());
    bencher.with_inputs(console).bench_local_values(|mut app| {
        app.update(Message::Press(chord), floor::now());
        let changed = draw(&app, &mut shown, &mut next);
        (app, changed)
    });
}

/// The last of these letters, typed into the palette, until what it finds is on the screen.
#[divan::bench(args = ["a", "an", "ann", "zoe", "billing", "anna 13", "5e55"])]
fn palette_letter_to_frame(bencher: Bencher<'_, '_>, text: &str) {
    let press = |app: &mut App, c: char| {
        let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
        app.update(Message::Press(key.parse().unwrap()), floor::now());
        app.shown();
    };
    let (mut shown, mut next) = (screen(), screen());
    let typed = || {
        let mut app = console();
        press(&mut app, ':');
        text.chars().take(text.chars().count() - 1).for_each(|c| press(&mut app, c));
        app
    };
    bencher.with_inputs(typed).bench_local_values(|mut app| {
        press(&mut app, text.chars().last().unwrap());
        let changed = draw(&app, &mut shown, &mut next);
        (app, changed)
    });
}

/// A poll's answer: order, filter and figures are made anew.
#[divan::bench]
fn new_floor(bencher: Bencher<'_, '_>) {
    let mut app = console();
    let floor = floor::floor(500, 5_000, 10_000);
    bencher.with_inputs(|| Arc::new(floor.clone())).bench_local_values(|floor| {
        app.update(Message::Floor(floor), floor::now());
    });
}
