//! What one check has found: how it is, and what to do about it.

use std::fmt;

use serde::Serialize;

use super::super::listing::{Reader, Row};
use crate::domain::text::Plain;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but not as it could.
    Warn,
    /// It does not work.
    Fail,
    /// It was not looked at.
    Skipped,
}

impl State {
    /// A glyph and a word.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Ok => "✓ ok",
            Self::Warn => "! warn",
            Self::Fail => "✗ fail",
            Self::Skipped => "- skipped",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// What one check has found. Its texts are harmless on any terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub says: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// With which exit code a command fails for it.
    #[serde(skip)]
    pub code: u8,
}

impl Finding {
    fn new(state: State, check: &str, says: impl fmt::Display, remedy: Option<String>) -> Self {
        let remedy = remedy.map(|text| one_line(&text));
        Self { check: one_line(check), state, says: one_line(&says.to_string()), remedy, code: 0 }
    }

    /// As it should be.
    pub fn ok(check: &str, says: impl fmt::Display) -> Self {
        Self::new(State::Ok, check, says, None)
    }

    /// It works, but not as it could.
    pub fn warn(check: &str, says: impl fmt::Display, remedy: impl Into<String>) -> Self {
        Self::new(State::Warn, check, says, Some(remedy.into()))
    }

    /// It does not work, for which a command fails with exit code 1.
    pub fn fail(check: &str, says: impl fmt::Display, remedy: impl Into<String>) -> Self {
        Self { code: 1, ..Self::new(State::Fail, check, says, Some(remedy.into())) }
    }

    /// The same, for which a command fails with this exit code.
    #[must_use]
    pub fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// There is nothing to look at.
    pub fn skipped(check: &str, says: impl fmt::Display) -> Self {
        Self::new(State::Skipped, check, says, None)
    }

    /// It was not looked at, because something before it failed.
    pub fn because(check: &str, why: &str) -> Self {
        Self::skipped(check, format!("not looked at, because {why}"))
    }
}

fn one_line(text: &str) -> String {
    let mut whole = String::new();
    for line in text.lines().map(Plain::new).filter(|line| !line.is_empty()) {
        let between = match whole.chars().last() {
            None => "",
            Some(end) if end.is_ascii_punctuation() => " ",
            Some(_) => " — ",
        };
        whole.push_str(between);
        whole.push_str(&line);
    }
    whole
}

/// That none of these was looked at.
pub fn none_of<'a>(checks: &'a [&'a str], why: &'a str) -> impl Iterator<Item = Finding> {
    checks.iter().map(move |check| Finding::because(check, why))
}

impl Row for Finding {
    const COLUMNS: &'static [&'static str] = &["check", "state", "says", "remedy"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let state = self.state.word().to_owned();
        vec![Some(self.check.clone()), Some(state), Some(self.says.clone()), self.remedy.clone()]
    }
}
