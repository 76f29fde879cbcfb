//! The line that says what just happened.

use jiff::{SignedDuration, Timestamp};

use crate::{domain::text::Plain, engine::Level};

/// The newest notice, for as long as it is worth its line.
#[derive(Debug, Default)]
pub struct Notices(Option<Shown>);

#[derive(Debug)]
struct Shown {
    level: Level,
    text: Plain,
    until: Timestamp,
}

impl Notices {
    /// Shows `text` in place of what was shown.
    pub fn push(&mut self, level: Level, text: &str, now: Timestamp) {
        let seconds = match level {
            Level::Info => 5,
            Level::Warn => 8,
            Level::Error => 15,
        };
        // Time can't run out of range by seconds; if it did, the notice would only go sooner.
        let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        self.0 = Some(Shown { level, text: Plain::new(text), until });
    }

    /// Lets go of what has been shown long enough. True if there was something.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        self.0.take_if(|shown| shown.until <= now).is_some()
    }

    /// What to show.
    pub fn current(&self) -> Option<(Level, &Plain)> {
        self.0.as_ref().map(|shown| (shown.level, &shown.text))
    }
}
