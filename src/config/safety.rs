//! `[safety]`: what keeps a hand from doing what it did not mean.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error};

use crate::domain::nearest::nearest;

/// A console that locks itself sooner would lock itself under its owner's hands.
const SHORTEST_MINUTES: u64 = 1;
const LONGEST_MINUTES: u64 = 24 * 60;

/// What keeps a hand from doing what it did not mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safety {
    /// How long a console waits for a key before it locks itself; `None` for as long as it runs.
    pub lock_after: Option<Duration>,
    /// A batch of more sessions than this is confirmed by typing their number.
    pub typed_above: usize,
    /// The colour that the org is known by on the screen.
    pub colour: Option<Colour>,
}

/// A colour that one org is known by, so that it is not taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "a colour")]
pub enum Colour {
    Red,
    Yellow,
    Green,
    Blue,
    Magenta,
    Cyan,
}

/// Nobody checks a longer plan by eye.
const TYPED_ABOVE: usize = 10;

impl Default for Safety {
    fn default() -> Self {
        Self { lock_after: None, typed_above: TYPED_ABOVE, colour: None }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    lock_after_minutes: u64,
    typed_above: usize,
    colour: Shade,
}

/// A colour, or none.
#[derive(Clone, Copy, Default)]
pub(super) struct Shade(Option<Colour>);

impl<'de> Deserialize<'de> for Shade {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = Colour::ALL.iter().find(|(name, _)| *name == text);
        match (found, text.as_str()) {
            (Some((_, colour)), _) => Ok(Self(Some(*colour))),
            (None, "none") => Ok(Self(None)),
            (None, text) => {
                let names = Colour::ALL.iter().map(|(name, _)| *name).chain(["none"]);
                let like = nearest(text, names).unwrap_or_default();
                Err(D::Error::custom(format!(
                    "there is no colour {text:?}; did you mean {like:?}?"
                )))
            }
        }
    }
}

impl Default for Written {
    fn default() -> Self {
        Self { lock_after_minutes: 0, typed_above: TYPED_ABOVE, colour: Shade::default() }
    }
}

impl Written {
    pub(super) fn read(&self) -> Result<Safety, String> {
        let lock_after = match self.lock_after_minutes {
            0 => None,
            minutes @ SHORTEST_MINUTES..=LONGEST_MINUTES => Some(Duration::from_secs(60 * minutes)),
            minutes => {
                return Err(format!(
                    "safety.lock_after_minutes is {minutes}: it has to be 0 (never) to {LONGEST_MINUTES}"
                ));
            }
        };
        let colour = self.colour.colour();
        Ok(Safety { lock_after, typed_above: self.typed_above, colour })
    }
}

impl Shade {
    /// The colour, if it is one.
    pub(super) fn colour(self) -> Option<Colour> {
        self.0
    }
}

impl Colour {
    /// All of them, as the file spells them.
    pub const ALL: [(&'static str, Self); 6] = [
        ("red", Self::Red),
        ("yellow", Self::Yellow),
        ("green", Self::Green),
        ("blue", Self::Blue),
        ("magenta", Self::Magenta),
        ("cyan", Self::Cyan),
    ];

    /// As the file spells it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, colour)| *colour == self).map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn safety(text: &str) -> Result<Safety, String> {
        let config = Config::parse(&format!("[safety]\n{text}"), "config.toml");
        config.map(|config| config.safety).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_written_holds() {
        let red = Some(Colour::Red);
        let read = safety("lock_after_minutes = 15\ntyped_above = 3\ncolour = 'red'").unwrap();
        let lock_after = Some(Duration::from_secs(900));
        assert_eq!(read, Safety { lock_after, typed_above: 3, colour: red });
        assert_eq!(safety("colour = 'none'").unwrap(), Safety::default());
    }

    #[test]
    fn what_can_t_be_used_is_said() {
        let error = safety("lock_after_minutes = 2000").unwrap_err();
        assert!(error.contains("safety.lock_after_minutes is 2000"), "{error}");
        assert!(safety("colour = 'mauve'").is_err());
    }
}
