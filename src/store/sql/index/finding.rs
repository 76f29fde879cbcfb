//! How conditions are looked up in an index, whichever it is.

use super::{
    place,
    vocabulary::{ids, token},
};
use crate::{
    domain::query::{Narrow, Range, terms::Piece},
    store::search::{Among, Leaf, MOST, leaves},
};

/// All pieces of a query together may stand for so many terms; a list is opened for each.
const MOST_TERMS: usize = 4 * MOST;
/// A piece of one or two letters is looked for in vocabularies up to this size, term by term.
pub const SMALL: i64 = 20_000;

/// What looks single conditions up.
pub trait Lookup {
    /// The terms that hold a piece, of one field if `is_one`, with ids from the first to the second; unless
    /// they are more than `most`.
    fn terms(
        &mut self,
        ids: (i64, i64),
        is_one: bool,
        piece: &Piece,
        most: usize,
    ) -> impl Future<Output = Result<Leaf, sqlx::Error>> + Send;

    /// The records whose number lies in a range, unless they are more than [`MOST`].
    fn numbers(
        &mut self,
        place: i64,
        range: Range,
    ) -> impl Future<Output = Result<Leaf, sqlx::Error>> + Send;
}

/// What is found for each of the conditions.
pub async fn found(at: &mut impl Lookup, narrow: &Narrow) -> Result<Vec<Leaf>, sqlx::Error> {
    let mut found = Vec::new();
    let mut left = MOST_TERMS;
    for leaf in leaves(narrow) {
        let leaf = match leaf {
            Narrow::Term(None, piece) => {
                at.terms((0, i64::MAX), false, piece, MOST.min(left)).await?
            }
            Narrow::Term(Some(field), piece) => match place(field) {
                Some(place) => at.terms(ids(place), true, piece, MOST.min(left)).await?,
                None => Leaf::Frequent,
            },
            Narrow::Number(field, range) => match place(field).map(i64::try_from) {
                Some(Ok(place)) => at.numbers(place, *range).await?,
                _ => Leaf::Frequent,
            },
            _ => Leaf::Frequent,
        };
        if let Leaf::Terms(terms) = &leaf {
            left -= terms.len();
        }
        found.push(leaf);
    }
    Ok(found)
}

/// A condition in words: the tokens of the terms, with what stands for *and* and for *or* between them.
pub fn expression(among: &Among, and: &str, or: &str) -> String {
    let inner = |part: &Among| expression(part, and, or);
    match among {
        Among::Any(terms) => joined(&terms.iter().map(|id| token(*id)).collect::<Vec<_>>(), or),
        Among::And(parts) => joined(&parts.iter().map(inner).collect::<Vec<_>>(), and),
        Among::Or(parts) => joined(&parts.iter().map(inner).collect::<Vec<_>>(), or),
    }
}

fn joined(parts: &[String], by: &str) -> String {
    format!("({})", parts.join(by))
}

/// Records by their numbers and by their terms, the newest `limit` of them, each once.
pub fn newest(mut one: Vec<i64>, other: Vec<i64>, limit: u32) -> Vec<i64> {
    one.extend(other);
    one.sort_unstable_by(|a, b| b.cmp(a));
    one.dedup();
    one.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{audit::AuditRecord, query::Subject};

    #[test]
    fn each_field_has_a_letter_for_its_tokens() {
        assert!(AuditRecord::FIELDS.len() <= 26);
        let (first, last) = ids(25);
        assert_eq!(
            (token(0), token(first), token(first + 36)),
            ("a0".into(), "z0".into(), "z01".into())
        );
        assert!(last < i64::MAX && token(last).starts_with('z'));
    }

    #[test]
    fn conditions_are_told_in_the_words_of_either_engine() {
        let any = Among::Any(vec![0, 1]);
        let both = Among::And(vec![any.clone(), Among::Or(vec![Among::Any(vec![2]), any])]);
        assert_eq!(expression(&both, " AND ", " OR "), "((a0 OR a1) AND ((a2) OR (a0 OR a1)))");
        assert_eq!(expression(&both, "&", "|"), "((a0|a1)&((a2)|(a0|a1)))");
    }

    #[test]
    fn the_newest_come_first_and_once() {
        assert_eq!(newest(vec![2, 9], vec![9, 7, 1], 3), [9, 7, 2]);
    }
}
