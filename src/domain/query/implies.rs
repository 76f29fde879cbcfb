//! Whether all that one query finds another finds too: then what was found need only be looked through
//! again. A careful guess by the form of the two, which may say no too often and never yes.

use std::ops::Bound;

use super::{Needle, Node, Range};

/// Comparisons that a guess may take. Two queries that nest deeply can be held against each other in more
/// ways than there is time for; to look through all rows is cheaper by then.
const MOST: u32 = 10_000;

/// True if all that matches `node` matches `other`.
pub fn implies(node: &Node, other: &Node) -> bool {
    within(&mut MOST.clone(), node, other)
}

/// The same with so many comparisons left: without any, no.
fn within(left: &mut u32, node: &Node, other: &Node) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    match (node, other) {
        (_, Node::All) => true,
        (Node::Or(nodes), _) => nodes.iter().all(|node| within(left, node, other)),
        (_, Node::And(others)) => others.iter().all(|other| within(left, node, other)),
        (Node::And(nodes), _) if nodes.iter().any(|node| within(left, node, other)) => true,
        (_, Node::Or(others)) => others.iter().any(|other| within(left, node, other)),
        (Node::Not(node), Node::Not(other)) => within(left, other, node),
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
    match other.is_whole() || other.is_language() {
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
