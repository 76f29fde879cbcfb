//! A bare list of ratatui's in the same pseudo-terminal, for scale: what of a key's way is the machine's, the
//! terminal's and the library's.

use std::env;

use crossterm::event::{self, Event, KeyCode};
use portable_pty::CommandBuilder;
use ratatui::{
    style::Style,
    widgets::{Block, List, ListState},
};

/// Set for the process that is to be the list.
const ASKED: &str = "FLOORWALKER_PACE_BARE";

/// As many rows as nobody scrolls through.
const ROWS: usize = 100;

/// This program again, as the list.
pub fn command(test: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", test, "--nocapture"]);
    command.env(ASKED, "1");
    command.env("TERM", "xterm-256color");
    command
}

/// The list, until its terminal has gone; nothing in a process that is not to be it.
pub fn run() {
    if env::var_os(ASKED).is_none() {
        return;
    }
    let row = |n: usize| {
        let (minutes, seconds) = (n % 60, n % 61);
        format!(
            "○ waiting  guest-{n:<12} {minutes:>3}:{seconds:02}  Billing  refund request  0.{n:02}  English"
        )
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    let mut state = ListState::default().with_selected(Some(0));
    let mut terminal = ratatui::init();
    loop {
        let list = || List::new(rows.iter().map(String::as_str)).block(Block::bordered());
        let list = || list().highlight_style(Style::new().reversed());
        let drawn =
            terminal.draw(|frame| frame.render_stateful_widget(list(), frame.area(), &mut state));
        let (Ok(_), Ok(event)) = (drawn, event::read()) else { return };
        match event {
            Event::Key(key) if key.code == KeyCode::Char('j') => state.select_next(),
            Event::Key(key) if key.code == KeyCode::Char('k') => state.select_previous(),
            _ => {}
        }
    }
}
