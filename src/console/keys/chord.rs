//! One press of a key with its modifiers.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::InputRequest;

use crate::domain::{nearest::alike, text::Plain};

/// A key with its modifiers. Shift is kept only where the character does not already say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    key: Key,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Char(char),
    F(u8),
    Named(Named),
}

macro_rules! named {
    ($($name:ident $spelling:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        enum Named { $($name),+ }

        impl Named {
            const ALL: &'static [Self] = &[$(Self::$name),+];

            fn name(self) -> &'static str {
                match self { $(Self::$name => $spelling),+ }
            }
        }
    };
}

named! {
    Enter "enter"
    Esc "esc"
    Tab "tab"
    Space "space"
    Backspace "backspace"
    Delete "delete"
    Up "up"
    Down "down"
    Left "left"
    Right "right"
    PageUp "pageup"
    PageDown "pagedown"
    Home "home"
    End "end"
}

/// What a chord means while text is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Change the text.
    Change(InputRequest),
    /// Keep the text and go on.
    Keep,
    /// Drop the text.
    Drop,
}

impl Chord {
    /// The chord of a terminal event; `None` for a release and for keys we have no word for.
    pub fn read(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let (key, back_tab) = match event.code {
            KeyCode::Char(' ') => (Key::Named(Named::Space), false),
            KeyCode::Char(c) if !c.is_control() => (Key::Char(c), false),
            KeyCode::F(n) => (Key::F(n), false),
            KeyCode::BackTab => (Key::Named(Named::Tab), true),
            code => (Key::Named(named(code)?), false),
        };
        Some(Self {
            key,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
            shift: back_tab
                || (event.modifiers.contains(KeyModifiers::SHIFT) && !matches!(key, Key::Char(_))),
        })
    }

    /// True if it completes what is typed into a query.
    pub fn completes(self) -> bool {
        let held = self.ctrl || self.alt || self.shift;
        self.key == Key::Named(Named::Tab) && !held
    }

    /// True if it saves a query that is typed.
    pub fn saves(self) -> bool {
        (self.key, self.ctrl, self.alt) == (Key::Char('s'), true, false)
    }

    /// What it means while text is being typed; `None` if nothing.
    pub fn edit(self) -> Option<Edit> {
        use InputRequest as R;
        let change = |request| Some(Edit::Change(request));
        match (self.key, self.ctrl, self.alt) {
            (Key::Char(c), false, false) => change(R::InsertChar(c)),
            (Key::Char('u'), true, false) => change(R::DeleteLine),
            (Key::Char('w'), true, false) => change(R::DeletePrevWord),
            (Key::Char('a'), true, false) => change(R::GoToStart),
            (Key::Char('e'), true, false) => change(R::GoToEnd),
            (Key::Named(name), false, false) => match name {
                Named::Space => change(R::InsertChar(' ')),
                Named::Backspace => change(R::DeletePrevChar),
                Named::Delete => change(R::DeleteNextChar),
                Named::Left => change(R::GoToPrevChar),
                Named::Right => change(R::GoToNextChar),
                Named::Home => change(R::GoToStart),
                Named::End => change(R::GoToEnd),
                Named::Enter => Some(Edit::Keep),
                Named::Esc => Some(Edit::Drop),
                _ => None,
            },
            _ => None,
        }
    }
}

fn named(code: KeyCode) -> Option<Named> {
    Some(match code {
        KeyCode::Enter => Named::Enter,
        KeyCode::Esc => Named::Esc,
        KeyCode::Tab => Named::Tab,
        KeyCode::Backspace => Named::Backspace,
        KeyCode::Delete => Named::Delete,
        KeyCode::Up => Named::Up,
        KeyCode::Down => Named::Down,
        KeyCode::Left => Named::Left,
        KeyCode::Right => Named::Right,
        KeyCode::PageUp => Named::PageUp,
        KeyCode::PageDown => Named::PageDown,
        KeyCode::Home => Named::Home,
        KeyCode::End => Named::End,
        _ => return None,
    })
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.key {
            Key::Char(c) => write!(f, "{c}"),
            Key::F(n) => write!(f, "f{n}"),
            Key::Named(name) => f.write_str(name.name()),
        }
    }
}

/// A spelling that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no key {spelling:?}; {}", meant(.nearest))]
pub struct UnknownKey {
    /// What was written.
    pub spelling: String,
    /// The key that was meant, as far as one can tell.
    pub nearest: Option<String>,
}

fn meant(nearest: &Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None => "write a character, or enter, pageup, f1, ctrl-x, …".to_owned(),
    }
}

impl FromStr for Chord {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let chord = Self::spelled(text);
        // What no terminal sends would be a key that does nothing.
        chord.filter(|chord| chord.stand_in().is_none()).ok_or_else(|| UnknownKey {
            spelling: text.to_owned(),
            nearest: chord.or_else(|| guess(text)).map(|chord| chord.sent().to_string()),
        })
    }
}

impl Chord {
    /// The chord of this spelling, whether a terminal sends it or not.
    fn spelled(text: &str) -> Option<Self> {
        let (mut rest, mut held) = (text, [false; 3]);
        for (slot, prefix) in held.iter_mut().zip(["ctrl-", "alt-", "shift-"]) {
            // "ctrl--" is ctrl and minus; a bare "-" is minus.
            if let Some(shorter) = rest.strip_prefix(prefix).filter(|r| !r.is_empty()) {
                (rest, *slot) = (shorter, true);
            }
        }
        let [ctrl, alt, shift] = held;
        key(rest).map(|key| Self { key, ctrl, alt, shift })
    }

    /// What a terminal sends for it. Each step takes a modifier or a capital away.
    fn sent(self) -> Self {
        self.stand_in().map_or(self, Self::sent)
    }

    /// What a terminal sends instead, if it can't send this.
    fn stand_in(self) -> Option<Self> {
        let Key::Char(c) = self.key else { return None };
        if self.shift {
            let key = Key::Char(c.to_uppercase().next().unwrap_or(c));
            return Some(Self { key, shift: false, ..self });
        }
        if !self.ctrl {
            return None;
        }
        let named = match c.to_ascii_lowercase() {
            'i' => Named::Tab,
            'm' => Named::Enter,
            '[' => Named::Esc,
            small if small != c => return Some(Self { key: Key::Char(small), ..self }),
            _ => return None,
        };
        Some(Self { key: Key::Named(named), ctrl: false, ..self })
    }
}

fn key(text: &str) -> Option<Key> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        // What can't be shown can't be told apart in a file or in the help, either.
        let shown = Plain::new(text).as_str() == text && c != ' ';
        return shown.then_some(Key::Char(c));
    }
    if let Some(name) = Named::ALL.iter().find(|name| name.name() == text) {
        return Some(Key::Named(*name));
    }
    let number = text.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(Key::F(number))
}

/// What other programs call keys.
const ELSEWHERE: [(&str, &str); 12] = [
    ("return", "enter"),
    ("ret", "enter"),
    ("cr", "enter"),
    ("del", "delete"),
    ("bs", "backspace"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("c", "ctrl"),
    ("control", "ctrl"),
    ("m", "alt"),
    ("meta", "alt"),
    ("s", "shift"),
];

/// The key that is most like `text`, if any is like it.
fn guess(text: &str) -> Option<Chord> {
    let small = text.to_lowercase().replace('+', "-").replace(' ', "space");
    let mut parts: Vec<&str> = small.split('-').collect();
    let last = parts.pop()?;
    let known = |word: &str| ELSEWHERE.iter().find(|(name, _)| *name == word).map(|(_, key)| *key);
    let held = |part: &&str| known(part).or_else(|| alike(part, ["ctrl", "alt", "shift"]));
    let mut held: Vec<&str> = parts.iter().map(held).collect::<Option<_>>()?;
    // In the order they are written in.
    held.sort_by_key(|held| ["ctrl", "alt", "shift"].iter().position(|name| name == held));
    held.dedup();
    let names = Named::ALL.iter().map(|name| name.name());
    let key = match key(last) {
        Some(_) => last,
        None => known(last).or_else(|| alike(last, names))?,
    };
    held.push(key);
    Chord::spelled(&held.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_displayed_can_be_parsed() {
        for text in ["q", "S", "?", "-", "ctrl--", "ctrl-c", "alt-x", "shift-tab", "f12", "space"] {
            assert_eq!(text.parse::<Chord>().unwrap().to_string(), text);
        }
        for text in ["", "ctrl-", "f13", "return", " ", "ctrl-I", "ctrl-[", "shift-a", "ctrl-X"] {
            assert!(text.parse::<Chord>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_was_meant_is_told_from_how_others_write_it() {
        for (text, meant) in [
            ("return", Some("enter")),
            ("Escape", Some("esc")),
            ("page-up", None),
            ("pgup", Some("pageup")),
            ("C-x", Some("ctrl-x")),
            ("Ctrl+X", Some("ctrl-x")),
            ("alt-ctrl-x", Some("ctrl-alt-x")),
            ("ctlr-p", Some("ctrl-p")),
            ("shift-g", Some("G")),
            ("ctrl-i", Some("tab")),
            ("F1", Some("f1")),
            (" ", Some("space")),
            ("ctrl-ctrl-x", Some("ctrl-x")),
            ("ctrl-shift-x", Some("ctrl-x")),
            ("hyper-x", None),
            ("\u{202e}", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Chord>().unwrap_err().nearest.as_deref(), meant, "{text:?}");
        }
    }

    #[test]
    fn a_capital_is_a_character_and_not_shift() {
        let event = KeyEvent::new(KeyCode::Char('S'), KeyModifiers::SHIFT);
        assert_eq!(Chord::read(event).unwrap().to_string(), "S");
        let event = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Chord::read(event).unwrap().to_string(), "shift-tab");
    }
}
