//! What anything that matches a query must have, told so that an index can use it. It may let too much
//! through, never too little: the query itself decides.

use super::{
    Needle, Node, Range,
    terms::{Piece, pieces},
};

/// A condition that an index may know something of.
#[derive(Clone, Debug, PartialEq)]
pub enum Narrow {
    /// Nothing is said.
    All,
    /// A term of this field (of any, if `None`) with this piece.
    Term(Option<&'static str>, Piece),
    /// A number of this field within this range.
    Number(&'static str, Range),
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
}

impl Narrow {
    /// False if nothing whose texts all stand within `texts`, letter by letter, can match: a look at a
    /// record before it is read. Only ASCII is looked at, for a few other letters fold to it.
    pub fn may_be_in(&self, texts: &[&str]) -> bool {
        match self {
            Self::Term(_, piece) if piece.text.is_ascii() => {
                let needle = Needle::within(&piece.text);
                texts.iter().any(|text| !text.is_ascii() || needle.is_in(text))
            }
            Self::All | Self::Term(..) | Self::Number(..) => true,
            Self::And(parts) => parts.iter().all(|part| part.may_be_in(texts)),
            Self::Or(parts) => parts.iter().any(|part| part.may_be_in(texts)),
        }
    }
}

/// What a match must have.
pub fn narrow(node: &Node) -> Narrow {
    match node {
        Node::Word(needle) => terms(None, needle.text(), needle.is_whole()),
        // An index knows letters, and no languages.
        Node::Text { needle, .. } if needle.is_language() => Narrow::All,
        Node::Text { field, needle } => terms(Some(field), needle.text(), needle.is_whole()),
        Node::Number { field, range } => Narrow::Number(field, *range),
        Node::And(nodes) => Narrow::And(nodes.iter().map(narrow).collect()),
        Node::Or(nodes) => Narrow::Or(nodes.iter().map(narrow).collect()),
        // Not to have something says nothing of what one has.
        Node::All | Node::Not(_) => Narrow::All,
    }
}

fn terms(field: Option<&'static str>, needle: &str, whole: bool) -> Narrow {
    let pieces = pieces(needle, whole).into_iter();
    Narrow::And(pieces.map(|piece| Narrow::Term(field, piece)).collect())
}

/// The least range that holds the number `name` of every match.
pub fn span(node: &Node, name: &str) -> Range {
    match node {
        Node::Number { field, range } if *field == name => range.meet(Range::ALL),
        Node::And(nodes) => nodes.iter().map(|node| span(node, name)).fold(Range::ALL, Range::meet),
        Node::Or(nodes) => nodes.iter().map(|node| span(node, name)).fold(Range::NONE, Range::join),
        _ => Range::ALL,
    }
}
