//! What is wrong in a configuration, and in which line: every key knows where it stands.
//!
//! The text of a line is never repeated: who writes a secret where none belongs must not find it in a log.

use std::{fmt, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::domain::nearest::nearest;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; `None` where it is of no line.
    pub line: Option<usize>,
    /// What it is, and what it should be.
    pub what: String,
}

impl Fault {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self { line: Some(line), what: what.into() }
    }

    /// What somebody finds wrong who knows more than the file says. `what` begins with the key, whose line in
    /// `text` is told.
    pub fn of(text: &str, what: String) -> Self {
        match Places::of(text) {
            Ok((places, _)) => places.unusable(what),
            Err(_) => Self { line: None, what },
        }
    }

    /// For people, with the file's name.
    pub fn said(&self, file: &str) -> impl fmt::Display {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{file}{line}: {}", self.what)
    }
}

/// A key with its value's place.
struct Place {
    key: String,
    span: Range<usize>,
    line: usize,
}

/// Where everything in a file stands.
pub(super) struct Places<'a> {
    text: &'a str,
    all: Vec<Place>,
}

impl<'a> Places<'a> {
    /// Reads where everything stands.
    ///
    /// # Errors
    /// If it is no TOML.
    pub fn of(text: &'a str) -> Result<(Self, Spanned<DeTable<'a>>), Fault> {
        let mut places = Self { text, all: Vec::new() };
        let table = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            Fault::at(places.line(span.start), unparsed(text, &span, error.message()))
        })?;
        places.note("", table.get_ref());
        Ok((places, table))
    }

    /// The line of this place in the text.
    pub fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// The line in which `key` is given.
    pub fn line_of(&self, key: &str) -> Option<usize> {
        self.all.iter().find(|place| place.key == key).map(|place| place.line)
    }

    /// What kept a value from being read.
    pub fn unread(&self, error: &toml::de::Error) -> Fault {
        let what = plainly(error.message());
        let Some(span) = error.span() else { return Fault { line: None, what } };
        let holds = |place: &&Place| place.span.start <= span.start && span.end <= place.span.end;
        let place = self.all.iter().filter(holds).min_by_key(|place| place.span.len());
        match place {
            Some(place) => Fault::at(self.line(span.start), format!("{}: {what}", place.key)),
            None => Fault::at(self.line(span.start), what),
        }
    }

    /// What no rule can work with: `what` begins with the key.
    pub fn unusable(&self, what: String) -> Fault {
        let word = what.split([' ', ':']).next().unwrap_or_default();
        let key = word.trim_start_matches('[').trim_end_matches(']');
        Fault { line: self.line_of(key), what }
    }

    fn note(&mut self, before: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = dotted(before, key.get_ref());
            let line = self.line(key.span().start);
            self.all.push(Place { key: name.clone(), span: value.span(), line });
            if let DeValue::Table(inner) = value.get_ref() {
                self.note(&name, inner);
            }
        }
    }

    /// The keys in `table` that are not among the `known` ones; a table without any may have all.
    pub fn unknown(&self, before: &str, table: &DeTable<'_>, known: &toml::Table) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (key, value) in table {
            let name = dotted(before, key.get_ref());
            match (known.get(key.get_ref().as_ref()), value.get_ref()) {
                (None, _) => {
                    let like = dotted(before, meant(key.get_ref(), known));
                    let never = match key.get_ref().as_ref() {
                        "client_secret" => " A secret itself never stands here.",
                        _ => "",
                    };
                    let what = format!("there is no option {name}; did you mean {like}?{never}");
                    faults.push(Fault::at(self.line(key.span().start), what));
                }
                (Some(toml::Value::Table(known)), DeValue::Table(inner)) if !known.is_empty() => {
                    faults.extend(self.unknown(&name, inner, known));
                }
                _ => {}
            }
        }
        faults
    }
}

/// The key that was meant: one that goes on as `word` does, else the one most like it.
fn meant<'a>(word: &str, known: &'a toml::Table) -> &'a str {
    let keys = || known.keys().map(String::as_str);
    let longer = keys().find(|key| word.len() > 2 && key.starts_with(word));
    longer.or_else(|| nearest(word, keys())).unwrap_or_default()
}

/// A key in a table, as TOML spells it.
pub(super) fn dotted(before: &str, key: &str) -> String {
    if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") }
}

/// Why a text is no TOML, with the key that it is about.
fn unparsed(text: &str, span: &Range<usize>, message: &str) -> String {
    let word = text.get(span.clone()).unwrap_or_default();
    let begin = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    match line.split_once('=') {
        _ if message == "duplicate key" => format!("{word} is given twice"),
        Some((key, value)) if value.trim().starts_with(char::is_alphabetic) => {
            format!("{}: it is true, false, a number, or a \"text\" in quotation marks", key.trim())
        }
        Some((key, _)) => format!("{}: {message}", key.trim()),
        None => message.to_owned(),
    }
}

/// Why a value can't be read, in words for who has written it. What was found is not repeated.
fn plainly(message: &str) -> String {
    let expected = message.split_once(", expected ").map(|(_, expected)| expected);
    match expected.filter(|_| message.starts_with("invalid ")) {
        Some("u32" | "u64" | "usize") => "it must be a whole number that is not negative".into(),
        Some("i32") => "it must be a whole number".into(),
        Some("f64") => "it must be a number".into(),
        Some("a boolean") => "it must be true or false".into(),
        Some("a string") => "it must be a text".into(),
        Some("a sequence") => "it must be a list".into(),
        Some("a map") => "it must be a section".into(),
        Some(expected) => format!("it must be {expected}"),
        None => with_nearest(message),
    }
}

/// What was said of a word that is none of those expected, with the one that is most like it.
fn with_nearest(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown variant"), words.next()) {
        (true, Some(wrong)) => {
            let like = nearest(wrong, words).unwrap_or_default();
            format!("there is no value {wrong:?}; did you mean {like:?}?")
        }
        (false, Some(wrong)) if message.starts_with("unknown field") => {
            let like = nearest(wrong, words).unwrap_or_default();
            format!("there is no option {wrong:?} here; did you mean {like:?}?")
        }
        _ => message.to_owned(),
    }
}
