//! Which chord asks for which action: data, embedded, and checked by a test.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{
    action::{Action, UnknownAction},
    chord::{Chord, UnknownKey},
};

/// The keymap that comes with the program.
pub const DEFAULT: &str = include_str!("../../../assets/keymap.toml");

/// Chords and their actions.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    actions: HashMap<Chord, Action>,
    chords: BTreeMap<Action, Vec<Chord>>,
}

/// Why a keymap is not one.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// Not TOML, or not of this form.
    #[error(transparent)]
    Form(#[from] toml::de::Error),
    /// An action nobody knows.
    #[error(transparent)]
    Action(#[from] UnknownAction),
    /// A key nobody knows.
    #[error(transparent)]
    Key(#[from] UnknownKey),
    /// One key, two meanings.
    #[error("{chord} is given to both {first} and {second}")]
    Twice {
        /// The key.
        chord: Chord,
        /// One meaning.
        first: Action,
        /// The other.
        second: Action,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: BTreeMap<String, Vec<String>>,
}

impl Keymap {
    /// Reads a keymap file.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let file: File = toml::from_str(text)?;
        let mut map = Self::default();
        for (name, spellings) in &file.keys {
            let action: Action = name.parse()?;
            for spelling in spellings {
                map.bind(spelling.parse()?, action)?;
            }
        }
        Ok(map)
    }

    /// The keymap that comes with the program. A test holds it to be readable; were it not, the
    /// console would still draw, with no keys.
    pub fn embedded() -> Self {
        Self::parse(DEFAULT).unwrap_or_default()
    }

    fn bind(&mut self, chord: Chord, action: Action) -> Result<(), KeymapError> {
        match self.actions.insert(chord, action) {
            Some(first) if first != action => {
                Err(KeymapError::Twice { chord, first, second: action })
            }
            _ => {
                self.chords.entry(action).or_default().push(chord);
                Ok(())
            }
        }
    }

    /// What `chord` asks for.
    pub fn action(&self, chord: Chord) -> Option<Action> {
        self.actions.get(&chord).copied()
    }

    /// The keys that ask for `action`, the preferred one first.
    pub fn chords(&self, action: Action) -> &[Chord] {
        self.chords.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The preferred key of `action`, as the footer writes it.
    pub fn hint(&self, action: Action) -> String {
        self.chords(action).first().map_or_else(|| "-".to_owned(), Chord::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_keymap_gives_every_action_a_key() {
        let map = Keymap::parse(DEFAULT).unwrap();
        for action in Action::ALL {
            assert!(!map.chords(*action).is_empty(), "{action} has no key");
        }
    }

    #[test]
    fn a_key_cannot_mean_two_things() {
        let error = Keymap::parse("[keys]\nup = [\"k\"]\ndown = [\"k\"]").unwrap_err();
        assert_eq!(error.to_string(), "k is given to both down and up");
    }
}
