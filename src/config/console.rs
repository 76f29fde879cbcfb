//! `[console]`: what the console may do with a terminal.

use std::{collections::BTreeMap, fmt};

use clap::ValueEnum;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use crate::domain::nearest::nearest;

/// What the console may do with a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Console {
    /// The colours that the file asks for; `NO_COLOR` counts for more.
    pub theme: Palette,
    /// The colours that the command line asks for, whatever else does.
    pub asked: Option<Palette>,
    /// Whether everything is drawn with ASCII alone; `None` where the locale decides.
    pub ascii: Option<bool>,
    /// Whether the mouse is the console's from the start.
    pub mouse: bool,
    /// Whether as little as possible goes over the line.
    pub low_bandwidth: bool,
    /// Whether time alone changes the screen: clocks, ages, what is left.
    pub clock: bool,
}

impl Default for Console {
    fn default() -> Self {
        Written::default().settled()
    }
}

/// A set of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Palette {
    /// The terminal's own sixteen.
    #[default]
    Terminal,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// None: bold, underlined and reversed alone.
    Mono,
}

impl Palette {
    const ALL: [(&'static str, Self); 4] = [
        ("terminal", Self::Terminal),
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("mono", Self::Mono),
    ];

    /// As the file spells it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, palette)| *palette == self).map_or("", |(name, _)| name)
    }

    fn named(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, palette)| *palette).ok_or_else(|| {
            let like = nearest(text, Self::ALL.iter().map(|(name, _)| *name)).unwrap_or_default();
            format!("there is no theme {text:?}; did you mean {like:?}?")
        })
    }
}

impl<'de> Deserialize<'de> for Palette {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::named(&text).map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    theme: Palette,
    ascii: Ascii,
    mouse: bool,
    low_bandwidth: bool,
    clock: bool,
    /// The columns of the panes, by their names.
    pub(super) columns: BTreeMap<String, Vec<String>>,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            theme: Palette::default(),
            ascii: Ascii::default(),
            mouse: false,
            low_bandwidth: false,
            clock: true,
            columns: BTreeMap::new(),
        }
    }
}

impl Written {
    pub(super) fn settled(self) -> Console {
        let Self { theme, ascii, mouse, low_bandwidth, clock, columns: _ } = self;
        Console { theme, asked: None, ascii: ascii.0, mouse, low_bandwidth, clock }
    }
}

#[derive(Default)]
struct Ascii(Option<bool>);

impl<'de> Deserialize<'de> for Ascii {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsciiVisitor).map(Self)
    }
}

struct AsciiVisitor;

impl Visitor<'_> for AsciiVisitor {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or \"auto\"")
    }

    fn visit_bool<E: Error>(self, wanted: bool) -> Result<Self::Value, E> {
        Ok(Some(wanted))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "auto" => Ok(None),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parsed(text: &str) -> Result<Console, String> {
        let text = format!("[console]\n{text}");
        Config::parse(&text, "config.toml").map(|c| c.console).map_err(|e| e.to_string())
    }

    #[test]
    fn what_the_terminal_can_is_told() {
        assert_eq!(parsed(""), Ok(Console::default()));
        let told = parsed(
            "theme = 'light'\nascii = true\nmouse = true\nlow_bandwidth = true\nclock = false",
        );
        let expected = Console {
            theme: Palette::Light,
            asked: None,
            ascii: Some(true),
            mouse: true,
            low_bandwidth: true,
            clock: false,
        };
        assert_eq!(told, Ok(expected));
        assert_eq!(parsed("ascii = 'auto'").unwrap().ascii, None);
        assert_eq!(parsed("ascii = false").unwrap().ascii, Some(false));
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_is_like_it() {
        for (text, expected) in [
            ("theme = 'drak'", "there is no theme \"drak\"; did you mean \"dark\"?"),
            ("theme = 'lite'", "did you mean \"light\"?"),
            ("ascii = 'maybe'", "true, false or \"auto\""),
            ("mous = true", "there is no option console.mous; did you mean console.mouse?"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected) && error.contains(":2: "), "{error}");
        }
    }
}
