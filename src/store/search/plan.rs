//! From what a match must have to where an index has it: the same for every index.
//!
//! Each condition is looked up by itself ([`leaves`]) and becomes the terms of the vocabulary that satisfy
//! it, or the numbers of the records. A condition that very many satisfy is not looked up further: what is
//! that frequent is found soon by reading the newest records, one after the other.

use std::collections::BTreeSet;

use crate::{domain::query::Narrow, store::Indexed};

/// What more terms, or more records, than this satisfy is frequent. Then reading finds a page of a hundred
/// within fifty thousand of a million records, at the worst.
pub const MOST: usize = 2048;

/// Where an index has what is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which filling of the index this is about.
    pub generation: i64,
    /// How far the index went when the plan was made; records behind that are not in it.
    pub indexed: Option<Indexed>,
    /// What it reaches.
    pub reach: Reach,
}

/// Which records may match.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Any.
    All,
    /// Those with such terms, and these besides.
    Some {
        /// Terms that they have, if that says anything.
        terms: Option<Among>,
        /// Numbers of records.
        numbers: BTreeSet<i64>,
    },
}

/// A condition on the terms of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Among {
    /// One of these terms of the vocabulary; never empty.
    Any(Vec<i64>),
    /// All of these conditions; never empty.
    And(Vec<Among>),
    /// One of these conditions; never empty.
    Or(Vec<Among>),
}

/// What was found for a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// Too much, or nothing is known.
    Frequent,
    /// These terms satisfy it.
    Terms(Vec<i64>),
    /// These records do.
    Records(Vec<i64>),
}

/// The conditions that have to be looked up, in the order in which [`reach`] takes them.
pub fn leaves(narrow: &Narrow) -> Vec<&Narrow> {
    match narrow {
        Narrow::All => Vec::new(),
        Narrow::Term(..) | Narrow::Number(..) => vec![narrow],
        Narrow::And(parts) | Narrow::Or(parts) => parts.iter().flat_map(leaves).collect(),
    }
}

/// What is reached, given what was found for each of the [`leaves`].
pub fn reach(narrow: &Narrow, found: &mut impl Iterator<Item = Leaf>) -> Reach {
    match narrow {
        Narrow::All => Reach::All,
        Narrow::Term(..) | Narrow::Number(..) => found.next().map_or(Reach::All, Reach::of),
        Narrow::And(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| reach(part, found)).collect();
            Reach::all_of(parts)
        }
        Narrow::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| reach(part, found)).collect();
            Reach::one_of(parts)
        }
    }
}

impl Reach {
    fn of(leaf: Leaf) -> Self {
        match leaf {
            Leaf::Frequent => Self::All,
            Leaf::Terms(terms) => {
                let terms = (!terms.is_empty()).then_some(Among::Any(terms));
                Self::Some { terms, numbers: BTreeSet::new() }
            }
            Leaf::Records(numbers) => {
                Self::Some { terms: None, numbers: numbers.into_iter().collect() }
            }
        }
    }

    /// What is within all parts, or a little more: of parts that can't be put together one is enough.
    fn all_of(parts: Vec<Self>) -> Self {
        let mut together = Vec::new();
        let mut listed: Option<BTreeSet<i64>> = None;
        let mut mixed = None;
        for part in parts {
            match part {
                Self::All => {}
                Self::Some { terms: Some(terms), numbers } if numbers.is_empty() => {
                    together.push(terms);
                }
                Self::Some { terms: None, numbers } => {
                    listed = Some(listed.map_or(numbers.clone(), |known| &known & &numbers));
                }
                part @ Self::Some { .. } => mixed = Some(part),
            }
        }
        match (listed, together.is_empty()) {
            (Some(numbers), _) => Self::Some { terms: None, numbers },
            (None, false) => {
                Self::Some { terms: one_or(together, Among::And), numbers: BTreeSet::new() }
            }
            (None, true) => mixed.unwrap_or(Self::All),
        }
    }

    fn one_of(parts: Vec<Self>) -> Self {
        let mut together = Vec::new();
        let mut listed = BTreeSet::new();
        for part in parts {
            let Self::Some { terms, numbers } = part else { return Self::All };
            together.extend(terms);
            listed.extend(numbers);
        }
        Self::Some { terms: one_or(together, Among::Or), numbers: listed }
    }
}

fn one_or(mut parts: Vec<Among>, several: impl Fn(Vec<Among>) -> Among) -> Option<Among> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(several(parts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::query::Range;

    fn leaf() -> Narrow {
        Narrow::Number("latency", Range::ALL)
    }

    fn reached(narrow: &Narrow, found: &[Leaf]) -> Reach {
        assert_eq!(leaves(narrow).len(), found.len());
        reach(narrow, &mut found.iter().cloned())
    }

    fn some(terms: Option<Among>, numbers: &[i64]) -> Reach {
        Reach::Some { terms, numbers: numbers.iter().copied().collect() }
    }

    #[test]
    fn conditions_are_put_together_without_losing_a_record() {
        use Leaf::{Frequent, Records, Terms};
        let (a, b) = (|| Among::Any(vec![1]), || Among::Any(vec![2, 3]));
        let (t1, t2) = (Terms(vec![1]), Terms(vec![2, 3]));
        let none = Terms(vec![]);
        let and = Narrow::And(vec![leaf(), leaf()]);
        let or = Narrow::Or(vec![leaf(), leaf()]);
        let ands = [
            ([t1.clone(), t2.clone()], some(Some(Among::And(vec![a(), b()])), &[])),
            ([t1.clone(), Frequent], some(Some(a()), &[])),
            ([Frequent, Frequent], Reach::All),
            ([t1.clone(), none.clone()], some(None, &[])),
            ([Records(vec![4, 5]), Records(vec![5, 6])], some(None, &[5])),
            ([Records(vec![4, 5]), t1.clone()], some(None, &[4, 5])),
        ];
        for (found, expected) in ands {
            assert_eq!(reached(&and, &found), expected, "all of {found:?}");
        }
        let ors = [
            ([t1.clone(), t2], some(Some(Among::Or(vec![a(), b()])), &[])),
            ([t1.clone(), Frequent], Reach::All),
            ([t1.clone(), none], some(Some(a()), &[])),
            ([Records(vec![4]), t1], some(Some(a()), &[4])),
        ];
        for (found, expected) in ors {
            assert_eq!(reached(&or, &found), expected, "one of {found:?}");
        }
        assert_eq!(reached(&Narrow::And(vec![]), &[]), Reach::All);
        assert_eq!(reached(&Narrow::Or(vec![Narrow::All, leaf()]), &[Records(vec![])]), Reach::All);
    }

    #[test]
    fn what_can_t_be_put_together_is_still_narrowed() {
        let mixed = || Narrow::Or(vec![leaf(), leaf()]);
        let found = [Leaf::Terms(vec![1]), Leaf::Records(vec![4])];
        let both = Narrow::And(vec![mixed(), Narrow::All]);
        assert_eq!(reached(&both, &found), some(Some(Among::Any(vec![1])), &[4]));
        let with_term = Narrow::And(vec![mixed(), leaf()]);
        let found = [&found[..], &[Leaf::Terms(vec![9])]].concat();
        assert_eq!(reached(&with_term, &found), some(Some(Among::Any(vec![9])), &[]));
    }
}
