//! What tab makes of a query: the field's name, its value, or the name of what was saved.
//!
//! The first tab puts in what all that fits have in common; each further one takes the next that fits.

use std::collections::BTreeSet;

use tui_input::Input;

use crate::{
    console::{
        theme::Role,
        widgets::{paint, prose::Line},
    },
    domain::{
        query::{Field, Kind, Needle, Saved, find},
        text::Plain,
    },
};

/// Tells the values that rows have in a field.
pub type Values<'a> = &'a mut dyn FnMut(&'static Field, &mut BTreeSet<String>);

/// More than these nobody looks through.
const MOST: usize = 200;

/// What fits where the caret is.
#[derive(Debug)]
pub struct Offer {
    /// Characters before what is replaced, and how many are.
    from: usize,
    length: usize,
    all: Vec<String>,
    /// Which of them stands there; `None` for what they have in common.
    chosen: Option<usize>,
    shared: String,
}

impl Offer {
    /// What fits; `None` if nothing does.
    pub fn new(
        input: &Input,
        fields: &'static [Field],
        saved: &Saved,
        values: Values<'_>,
    ) -> Option<Self> {
        let before: Vec<char> = input.value().chars().take(input.cursor()).collect();
        let from = begin(&before);
        let typed: String = before.get(from..)?.iter().collect();
        let mut all = fitting(&typed, fields, saved, values);
        all.truncate(MOST);
        let shared = shared(&all)?;
        let grows = shared.chars().count() > typed.chars().count();
        let chosen = if grows || all.len() == 1 { None } else { Some(0) };
        Some(Self { from, length: typed.chars().count(), all, chosen, shared })
    }

    /// The next one, in place of what stands there.
    pub fn next(mut self) -> Option<Self> {
        self.length = self.text().chars().count();
        self.chosen = Some(self.chosen.map_or(0, |at| (at + 1) % self.all.len().max(1)));
        Some(self)
    }

    /// True if there is more than one.
    pub fn is_open(&self) -> bool {
        self.all.len() > 1
    }

    fn text(&self) -> &str {
        self.chosen.and_then(|at| self.all.get(at)).unwrap_or(&self.shared)
    }

    /// `input` with it, the caret behind it.
    pub fn put(&self, input: &Input) -> Input {
        let chars = input.value().chars();
        let before: String = chars.clone().take(self.from).collect();
        let after: String = chars.skip(self.from + self.length).collect();
        let caret = self.from + self.text().chars().count();
        Input::new(format!("{before}{}{after}", self.text())).with_cursor(caret)
    }

    /// All that fit in `width` columns, beginning with the chosen one.
    pub fn line(&self, width: u16) -> Line {
        let from = self.chosen.unwrap_or(0);
        let mut line = Line::new();
        for (at, text) in self.all.iter().enumerate().skip(from) {
            let text = Plain::new(text);
            if line.columns() + paint::columns(&text) + 3 > width {
                return line.and(Role::Quiet, "…");
            }
            let role = if Some(at) == self.chosen { Role::Strong } else { Role::Quiet };
            line = line.and(role, text.as_str()).and(Role::Quiet, "  ");
        }
        line
    }
}

/// Where the piece begins that the caret stands in: a phrase belongs to the field before it.
fn begin(before: &[char]) -> usize {
    let mut quoted = false;
    let mut from = 0;
    for (at, c) in before.iter().enumerate() {
        match c {
            '"' => quoted = !quoted,
            c if !quoted && (c.is_whitespace() || matches!(c, '(' | ')' | '!')) => {
                // `!=` compares; any other `!` turns round what follows it.
                let compares = *c == '!' && before.get(at + 1) == Some(&'=');
                from = if compares { from } else { at + 1 };
            }
            _ => {}
        }
    }
    from
}

fn fitting(
    typed: &str,
    fields: &'static [Field],
    saved: &Saved,
    values: Values<'_>,
) -> Vec<String> {
    if let Some(name) = typed.strip_prefix('@') {
        return saved.keys().filter(|key| key.starts_with(name)).map(|k| format!("@{k}")).collect();
    }
    let Some(at) = typed.find([':', '=', '!', '<', '>']) else { return names(typed, fields) };
    let (name, rest) = typed.split_at(at);
    let value = rest.trim_start_matches([':', '=', '!', '<', '>']);
    let operator = rest.strip_suffix(value).unwrap_or_default();
    let Some(field) = find(fields, name).filter(|field| field.kind == Kind::Text) else {
        return Vec::new();
    };
    let mut all = BTreeSet::new();
    values(field, &mut all);
    let begun = Needle::within(value.trim_start_matches('"'));
    let fits = |value: &&String| Needle::within(value).text().starts_with(begun.text());
    all.iter().filter(fits).map(|value| format!("{name}{operator}{}", quoted(value))).collect()
}

/// The fields whose names begin so; by another name of theirs only where that alone does.
fn names(typed: &str, fields: &'static [Field]) -> Vec<String> {
    let lower = typed.to_lowercase();
    let begins = |name: &&str| name.starts_with(&lower);
    let name = |field: &'static Field| {
        let sign = if field.kind == Kind::Text { ":" } else { "" };
        field.names().find(begins).map(|name| format!("{name}{sign}"))
    };
    fields.iter().filter_map(name).collect()
}

/// The only field's name, as it is completed, of which the word before the caret is the beginning.
pub fn begun(input: &Input, fields: &'static [Field]) -> Option<String> {
    let before: Vec<char> = input.value().chars().take(input.cursor()).collect();
    let typed: String = before.get(begin(&before)..)?.iter().collect();
    let is_word = !typed.is_empty() && typed.chars().all(char::is_alphanumeric);
    let mut fitting = if is_word { names(&typed, fields) } else { Vec::new() };
    fitting.pop().filter(|_| fitting.is_empty())
}

/// As a query has to spell it.
fn quoted(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '"');
    match value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// What all of them begin with; `None` if there are none.
fn shared(all: &[String]) -> Option<String> {
    let mut shared = all.first()?.clone();
    for text in all {
        let same = shared.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
        shared = shared.chars().take(same).collect();
    }
    Some(shared)
}
