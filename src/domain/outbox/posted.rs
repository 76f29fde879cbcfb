//! What became of a letter, for people.

use jiff::Timestamp;
use serde::Serialize;

use super::Destination;
use crate::domain::{id::SessionId, text::Plain};

/// Where a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// It waits to be told.
    Waiting,
    /// It was told.
    Delivered,
    /// It was given up.
    Dead,
}

impl Whereabouts {
    /// The word in the store and for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// What this word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Dead].into_iter().find(|place| place.word() == word)
    }
}

/// A letter with what became of it, for people. What is sent is not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Posted {
    /// Its own id.
    pub id: Plain,
    /// Whom it is for.
    pub destination: Destination,
    /// What it concerns.
    pub conversation: SessionId,
    /// The org it is of, as the config names it.
    pub context: Plain,
    /// Where it is.
    pub state: Whereabouts,
    /// When it was written.
    pub written: Timestamp,
    /// The tries so far.
    pub attempts: u32,
    /// When it is tried again, where it waits for that.
    pub again: Option<Timestamp>,
    /// The HTTP status of the last answer, if there was one.
    pub status: Option<u16>,
    /// Why the last try failed, or why it was given up.
    pub error: Option<Plain>,
}
