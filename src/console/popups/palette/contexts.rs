//! `ctx` and a few letters: of all there is only the orgs of the configuration, so that no customer of that
//! name is chosen in one's place.

use std::sync::Arc;

use super::{
    finder::{Asks, Finder},
    index::{Index, Kind},
};
use crate::console::orgs::Org;

/// The word that leaves nothing but orgs.
const WORD: &str = "ctx";

/// What is looked for among the orgs alone, if `query` asks for that.
pub fn asked(query: &str) -> Option<&str> {
    let (word, rest) = query.split_once(char::is_whitespace).unwrap_or((query, ""));
    word.eq_ignore_ascii_case(WORD).then(|| rest.trim())
}

/// Takes them in, by their names and places.
pub fn push(orgs: &[Org], index: &mut Index) {
    for (row, org) in orgs.iter().enumerate() {
        index.push(Kind::Context, row, &format!("{} {}", org.name, org.place));
    }
}

/// Which of them hold every word, best first; all of them where there is none.
pub fn fitting(orgs: &Arc<[Org]>, words: &str) -> Vec<(Kind, usize)> {
    if words.is_empty() {
        return (0..orgs.len()).map(|row| (Kind::Context, row)).collect();
    }
    let mut index = Index::default();
    push(orgs, &mut index);
    let mut finder = Finder::new(index);
    finder.search(words, &Asks { has_id: &|_, _| false, is_quiet: &|_| false });
    let all = (0..finder.len()).filter_map(|place| finder.best(place));
    all.map(|entry| (entry.kind, entry.row as usize)).collect()
}
