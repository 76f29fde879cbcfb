//! The console without a terminal: press keys, read the screen.

use std::sync::Arc;

use floorwalker::{
    console::{
        Settings,
        app::{App, Effect, Message},
        theme::Theme,
    },
    domain::{floor::Floor, handoff::HandoffOrder},
    engine::{Command, Event, Gauge, Link, Pulse},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect, Size},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    floor,
    seen::{Names, Seen},
};

/// A console, its clock, and what it has asked for.
pub struct Harness {
    /// The console.
    pub app: App,
    /// The time.
    pub now: Timestamp,
    /// Every effect since [`Harness::take_effects`].
    pub effects: Vec<Effect>,
    size: Size,
}

/// The settings tests run with.
pub fn settings() -> Settings {
    Settings {
        theme: Theme::Terminal,
        zone: Some(TimeZone::UTC),
        now: floor::now,
        ..Settings::new("contoso".into())
    }
}

/// A pulse of a link that is `link`, with data from three seconds ago.
pub fn pulse(link: Link) -> Pulse {
    Pulse {
        waiting: None,
        link,
        data_from: Some(floor::ago(3)),
        gauge: Gauge { allowed: 300, left: 252, spent: 48, lanes: [4, 8, 20, 4, 12] },
        org: Some("Contoso Care".into()),
        audit_trouble: None,
        handed: Arc::default(),
        ward: None,
        ..Pulse::default()
    }
}

impl Harness {
    /// A console that has read nothing.
    pub fn bare(width: u16, height: u16) -> Self {
        Self::with(&settings(), width, height)
    }

    /// A console that has read nothing, with these settings.
    pub fn with(settings: &Settings, width: u16, height: u16) -> Self {
        let (size, now) = (Size { width, height }, floor::now());
        let app = App::new(settings, size, now);
        Self { app, now, effects: Vec::new(), size }
    }

    /// A console that shows the sample floor over a live link.
    pub fn live(width: u16, height: u16) -> Self {
        let mut harness = Self::bare(width, height);
        harness.pulse(pulse(Link::Live)).floor(floor::sample());
        harness
    }

    /// Brings a message in.
    pub fn tell(&mut self, message: Message) -> &mut Self {
        self.type_ahead(message);
        self.app.shown();
        self
    }

    /// Tells the app something without a frame after it.
    pub fn type_ahead(&mut self, message: Message) -> &mut Self {
        self.app.update(message, self.now);
        self.effects.extend(self.app.take_effects());
        self
    }

    /// Presses keys, by their names in the keymap file, with spaces between.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.tell(Message::Press(key.parse().unwrap()));
        }
        self
    }

    /// Types text, character by character.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
            self.press(&key);
        }
        self
    }

    /// A new floor.
    pub fn floor(&mut self, floor: Floor) -> &mut Self {
        self.tell(Message::Floor(Arc::new(floor)))
    }

    /// A new pulse.
    pub fn pulse(&mut self, pulse: Pulse) -> &mut Self {
        self.tell(Message::Pulse(Arc::new(pulse)))
    }

    /// News from the engine.
    pub fn event(&mut self, event: Event) -> &mut Self {
        self.tell(Message::Engine(event))
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self.tell(Message::Tick)
    }

    /// Another size.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = Size { width, height };
        self.tell(Message::Resize(self.size))
    }

    /// The cells of the screen.
    pub fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, self.size)));
        self.app.draw(&mut buffer);
        buffer
    }

    /// What is seen of the screen.
    pub fn seen(&self) -> Seen {
        let (text, width) = (self.screen(), usize::from(self.size.width));
        let names = Names::of(self.app.cx().theme);
        Seen { text, styles: names.rows(&self.buffer().content, width) }
    }

    /// The screen, without trailing blanks.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let rows = buffer.content.chunks(usize::from(self.size.width));
        let row = |cells: &[Cell]| {
            let (mut line, mut covered) = (String::new(), 0);
            for cell in cells {
                if covered == 0 {
                    line.push_str(cell.symbol());
                    covered = cell.symbol().width();
                }
                covered = covered.saturating_sub(1);
            }
            line.trim_end().to_owned()
        };
        rows.map(row).collect::<Vec<_>>().join("\n")
    }

    /// The line of the screen that holds `text`.
    pub fn line(&self, text: &str) -> Option<String> {
        self.screen().lines().find(|line| line.contains(text)).map(str::to_owned)
    }

    /// The row under the cursor.
    pub fn cursor_row(&self) -> String {
        self.line("▌").unwrap_or_default()
    }

    /// The status line.
    pub fn status(&self) -> String {
        let screen = self.screen();
        let lines: Vec<&str> = screen.lines().collect();
        lines[lines.len() - 2].trim().to_owned()
    }

    /// The effects since this was last asked.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The commands among the effects so far.
    pub fn commands(&self) -> Vec<Command> {
        let command = |effect: &Effect| match effect {
            Effect::Send(command) => Some(command.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(command).collect()
    }

    /// The orders among the effects so far.
    pub fn orders(&self) -> Vec<HandoffOrder> {
        let order = |command| match command {
            Command::Handoff(order) => Some(*order),
            _ => None,
        };
        self.commands().into_iter().filter_map(order).collect()
    }
}
