//! Whether all that one query finds another finds too: then what was found need only be looked through
//! again. A careful guess by the form of the two, which may say no too often and never yes.

use std::ops::Bound;

use super::{Needle, Node, Range};

/// True if all that matches `node` matches `other`.
pub fn implies(node: &Node, other: &Node) -> bool {
    match (node, other) {
        (_, Node::All) => true,
        (Node::Or(nodes), _) => nodes.iter().all(|node| implies(node, other)),
        (_, Node::And(others)) => others.iter().all(|other| implies(node, other)),
        (Node::And(nodes), _) if nodes.iter().any(|node| implies(node, other)) => true,
        (_, Node::Or(others)) => others.iter().any(|other| implies(node, other)),
        (Node::Not(node), Node::Not(other)) => implies(other, node),
        (Node::Word(needle), Node::Word(other)) => holds(needle, other),
        (Node::Text { field, needle }, Node::Text { field: other_field, needle: other }) => {
            field == other_field && holds(needle, other)
        }
        (Node::Number { field, range }, Node::Number { field: other_field, range: other }) => {
            field == other_field && lies_in(range, other)
        }
        _ => false,
    }
}

/// True if every text with `needle` in it has `other` in it.
fn holds(needle: &Needle, other: &Needle) -> bool {
    match other.is_whole() {
        true => needle == other,
        false => needle.text().contains(other.text()),
    }
}

fn lies_in(range: &Range, other: &Range) -> bool {
    let low = match (range.low, other.low) {
        (_, Bound::Unbounded) => true,
        (Bound::Unbounded, _) => false,
        (Bound::Included(low), Bound::Excluded(least)) => low > least,
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(least) | Bound::Excluded(least),
        ) => low >= least,
    };
    let high = match (range.high, other.high) {
        (_, Bound::Unbounded) => true,
        (Bound::Unbounded, _) => false,
        (Bound::Included(high), Bound::Excluded(most)) => high < most,
        (
            Bound::Included(high) | Bound::Excluded(high),
            Bound::Included(most) | Bound::Excluded(most),
        ) => high <= most,
    };
    low && high
}
