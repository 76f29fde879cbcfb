//! What an index files things under, and how a query finds it there: engine-free, so that every index files
//! alike.
//!
//! A *term* is a stretch of letters, digits, hyphens and underscores, in lower case: a word, an id. Whatever
//! holds a text holds each stretch of it within one of its terms; that is all that an index has to know.
//! Stretches longer than [`LONGEST`] are filed in pieces that overlap by so much that no piece of up to
//! [`LONGEST_PIECE`] is lost at a seam.

use std::collections::BTreeSet;

use super::{Kind, Subject, fold};

/// Terms have at most so many characters.
pub const LONGEST: usize = 64;
/// A piece of so many characters is within one term, wherever in a stretch it is.
pub const LONGEST_PIECE: usize = 32;

/// The terms of `subject`, each with the place of its field among the fields.
pub fn of<S: Subject>(subject: &S) -> BTreeSet<(usize, String)> {
    let mut terms = BTreeSet::new();
    for (place, field) in S::FIELDS.iter().enumerate().filter(|(_, f)| f.kind == Kind::Text) {
        subject.text(field.name, &mut |text| {
            let folded = fold::fold(text);
            terms.extend(stretches(&folded).flat_map(|(_, s)| filed(s)).map(|t| (place, t)));
            // To be asked for the next one.
            false
        });
    }
    terms
}

/// A part of what is looked for that has to be within one term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its letters, folded.
    pub text: String,
    /// True if it is a term by itself, not only within one.
    pub whole: bool,
}

/// The parts of a folded needle; `whole` if nothing stands before or behind it.
pub fn pieces(needle: &str, whole: bool) -> Vec<Piece> {
    let piece = |(at, stretch): (usize, &str)| {
        let ends_here = (at > 0 && at + stretch.len() < needle.len()) || whole;
        let short = stretch.chars().count() <= LONGEST;
        match ends_here && short {
            true => Piece { text: stretch.to_owned(), whole: true },
            false => Piece { text: stretch.chars().take(LONGEST_PIECE).collect(), whole: false },
        }
    };
    stretches(needle).map(piece).collect()
}

/// The stretches of a folded text, each with the byte at which it begins.
fn stretches(folded: &str) -> impl Iterator<Item = (usize, &str)> {
    let apart = |c: char| !(c.is_alphanumeric() || c == '-' || c == '_');
    let mut at = 0;
    folded.split_inclusive(apart).filter_map(move |part| {
        let begins = at;
        at += part.len();
        let stretch = part.trim_end_matches(apart);
        (!stretch.is_empty()).then_some((begins, stretch))
    })
}

/// A stretch as it is filed.
fn filed(stretch: &str) -> Vec<String> {
    // A byte is never more than a character.
    if stretch.len() <= LONGEST {
        return vec![stretch.to_owned()];
    }
    let chars: Vec<char> = stretch.chars().collect();
    let last = chars.len().saturating_sub(LONGEST_PIECE).max(1);
    let from = (0..last).step_by(LONGEST_PIECE);
    from.filter_map(|at| Some(chars.get(at..)?.iter().take(LONGEST).collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_short_piece_of_a_stretch_is_within_one_of_its_terms() {
        for length in [1_usize, 63, 64, 65, 95, 96, 97, 128, 200] {
            let stretch: String = (0..length).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
            let filed = filed(&stretch);
            assert!(filed.iter().all(|term| term.len() <= LONGEST), "{filed:?}");
            for at in 0..=length.saturating_sub(LONGEST_PIECE) {
                let piece = &stretch[at..length.min(at + LONGEST_PIECE)];
                assert!(filed.iter().any(|term| term.contains(piece)), "{length} {at}");
            }
        }
    }

    #[test]
    fn what_stands_between_others_is_a_whole_term() {
        let told = |needle: &str, whole| {
            let told = |p: Piece| format!("{}{}", p.text, if p.whole { "!" } else { "" });
            pieces(needle, whole).into_iter().map(told).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told("needs a person", false), "needs a! person");
        assert_eq!(told(" a ", false), "a!");
        assert_eq!(told("accepted", true), "accepted!");
        assert_eq!(told("f47ac10b-58cc", false), "f47ac10b-58cc");
        assert_eq!(told("…", false), "");
        assert_eq!(told(&"x".repeat(80), true), "x".repeat(32));
    }
}
