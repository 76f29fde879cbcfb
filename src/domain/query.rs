//! The language in which things are looked for: audit records, and the rows of every table.
//!
//! ```text
//! refund                    a word: in any text of it, whatever the case
//! "needs a person"          a phrase, spaces and all; \" and \\ inside it
//! queue:bill                within one field
//! status=accepted           the whole field
//! latency>500  wait>=1m30s  numbers and spans of time: < <= > >= = != (and `:` for `=`)
//! since:2h  until:2026-11-21  at>2026-11-21T10:00Z
//!                           times: a span (so long ago), a day, a moment (UTC unless it says otherwise),
//!                           now, today, yesterday. `at:` means all that a time names: the day, the minute
//! !x  not x                 whatever is not x, also where nothing is known of it
//! a b  a and b  a or b      `and` binds closer than `or`; parentheses bind closest
//! @late                     what was saved under this name, where names are known ([`Query::read`])
//! ```
//!
//! What can be looked at says which fields it has ([`Subject`]); a name that none of them has is an error
//! with the nearest one, at its column, and so is a value that is in none of a field's words ([`Takes`]). This module knows no store: what an index may leave out is told by
//! [`Narrow`], and [`Query::matches`] alone decides.

mod field;
mod fold;
mod implies;
mod lexer;
mod moment;
mod named;
mod narrow;
mod parser;
pub mod terms;
mod value;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use super::text::Plain;

pub use field::{Field, Kind, Takes, find};
pub use fold::Needle;
pub use narrow::Narrow;
pub use value::Range;

/// Something that can be looked for.
pub trait Subject {
    /// The fields that it has, each with its kind.
    const FIELDS: &'static [Field];

    /// True if one of the texts of this field passes.
    fn text(&self, field: &str, passes: &mut dyn FnMut(&str) -> bool) -> bool;

    /// The number of this field: spans in ms, times in ms since 1970. `None` where nothing is known of it.
    fn number(&self, field: &str) -> Option<f64>;

    /// True if one of its texts holds `needle`.
    fn word(&self, needle: &Needle) -> bool {
        Self::FIELDS
            .iter()
            .filter(|f| f.kind == Kind::Text)
            .any(|field| self.text(field.name, &mut |text| needle.is_in(text)))
    }
}

/// Queries that were saved under names.
pub type Saved = BTreeMap<String, String>;

/// What somebody looks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    root: Node,
}

/// Why a query could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {}: {message}", at + 1)]
pub struct Misread {
    /// Where: characters before it.
    pub at: usize,
    /// What is wrong, and what to do.
    pub message: Plain,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All,
    Word(Needle),
    Text { field: &'static str, needle: Needle },
    Number { field: &'static str, range: Range },
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
}

impl Default for Query {
    fn default() -> Self {
        Self { root: Node::All }
    }
}

impl Query {
    /// Reads a query about an `S`. Spans of time count back from `now`.
    ///
    /// # Errors
    /// If it can't be read, with the column.
    pub fn parse<S: Subject>(text: &str, now: Timestamp) -> Result<Self, Misread> {
        Self::of(text, S::FIELDS, None, now)
    }

    /// Reads a query about what has `fields`, in which `@name` stands for what was `saved` under it.
    ///
    /// # Errors
    /// If it can't be read, with the column.
    pub fn read(
        text: &str,
        fields: &'static [Field],
        saved: &Saved,
        now: Timestamp,
    ) -> Result<Self, Misread> {
        Self::of(text, fields, Some(saved), now)
    }

    fn of(
        text: &str,
        fields: &'static [Field],
        saved: Option<&Saved>,
        now: Timestamp,
    ) -> Result<Self, Misread> {
        let left = &Cell::new(parser::MOST_PIECES);
        let root = parser::parse(text, parser::Terms { fields, now, saved, depth: 0, left })?;
        Ok(Self { root })
    }

    /// True if it lets everything through.
    pub fn is_all(&self) -> bool {
        self.root == Node::All
    }

    /// True if `subject` is what is looked for.
    pub fn matches<S: Subject>(&self, subject: &S) -> bool {
        self.root.matches(subject)
    }

    /// True if whatever matches this is certain to match `other` too. That it is not certain says nothing.
    pub fn implies(&self, other: &Self) -> bool {
        implies::implies(&self.root, &other.root)
    }

    /// The fields that it names.
    pub fn names(&self) -> BTreeSet<&'static str> {
        named::names(&self.root)
    }

    /// What anything that matches must have, as far as an index can tell.
    pub fn narrow(&self) -> Narrow {
        narrow::narrow(&self.root)
    }

    /// The least range that holds the number `field` of everything that matches.
    pub fn span(&self, field: &str) -> Range {
        narrow::span(&self.root, field)
    }
}

impl Node {
    fn matches<S: Subject>(&self, subject: &S) -> bool {
        match self {
            Self::All => true,
            Self::Word(needle) => subject.word(needle),
            Self::Text { field, needle } => subject.text(field, &mut |text| needle.is_in(text)),
            Self::Number { field, range } => {
                subject.number(field).is_some_and(|number| range.holds(number))
            }
            Self::Not(node) => !node.matches(subject),
            Self::And(nodes) => nodes.iter().all(|node| node.matches(subject)),
            Self::Or(nodes) => nodes.iter().any(|node| node.matches(subject)),
        }
    }
}

#[cfg(test)]
mod tests;
