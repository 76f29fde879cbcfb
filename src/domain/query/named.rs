//! Which fields a query names: what is unknown of them is unknown to the query.

use std::collections::BTreeSet;

use super::Node;

/// The fields that `node` names.
pub fn names(node: &Node) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    gather(node, &mut names);
    names
}

fn gather(node: &Node, names: &mut BTreeSet<&'static str>) {
    match node {
        Node::All | Node::Word(_) => {}
        Node::Text { field, .. } | Node::Number { field, .. } => _ = names.insert(field),
        Node::Not(node) => gather(node, names),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| gather(node, names)),
    }
}
