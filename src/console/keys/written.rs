//! A keymap file as it was written: which keys it gives to which action, on which line, and what in it can't
//! be read. Whether its keys get in each other's way is [`Keymap`](super::Keymap)'s to say.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use toml::Spanned;

use super::{Action, Chord};

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which line, from 1 on.
    pub line: usize,
    /// What, and what could be written instead.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The keys of one action.
#[derive(Debug)]
pub struct Entry {
    /// Which action.
    pub action: Action,
    /// The line of its name.
    pub line: usize,
    /// Its keys, each with its line. None: it has none.
    pub chords: Vec<(Chord, usize)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

/// Reads a file. What can be read of it, and what can't.
pub fn read(text: &str) -> (Vec<Entry>, Vec<Fault>) {
    let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let line = line(error.span().map_or(0, |span| span.start));
            return (Vec::new(), vec![Fault { line, what: error.message().to_owned() }]);
        }
    };
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for (name, spellings) in &file.keys {
        let mut chords = Vec::new();
        for spelling in spellings {
            let line = line(spelling.span().start);
            match spelling.get_ref().parse() {
                Ok(chord) => chords.push((chord, line)),
                Err(error) => {
                    let error: super::chord::UnknownKey = error;
                    faults.push(Fault { line, what: error.to_string() });
                }
            }
        }
        let line = line(name.span().start);
        match name.get_ref().parse() {
            Ok(action) => entries.push(Entry { action, line, chords }),
            Err(error) => {
                let error: super::action::UnknownAction = error;
                faults.push(Fault { line, what: error.to_string() });
            }
        }
    }
    (entries, faults)
}
