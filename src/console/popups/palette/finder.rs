//! From what is typed to the names that are meant, best first.
//!
//! ```text
//!   all names ──bits, then letters──▶ those that hold every word, by how ──nucleo──▶ the best of them, ranked
//! ```
//! Every letter more is looked for only among what the letters before have left. Only as many are ranked as
//! anybody would scroll through: who wants another types on.

use std::cmp::Reverse;

use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::index::{Entry, Fit, Index, Word};

/// Names that are ranked; nobody reads further.
const RANKED: usize = 200;

/// What the finder has to ask.
pub struct Asks<'a> {
    /// Whether the id of what the entry names begins like this.
    pub has_id: &'a dyn Fn(&Entry, &str) -> bool,
    /// Whether it can't be done now.
    pub is_quiet: &'a dyn Fn(&Entry) -> bool,
}

/// What is looked for, and what has been found.
#[derive(Debug)]
pub struct Finder {
    index: Index,
    query: String,
    words: Vec<Word>,
    /// The entries that hold every word, by how the worst of them is held.
    found: [Vec<u32>; FITS],
    /// Those of the query before, while the next is looked for.
    before: Vec<u32>,
    ranked: Vec<Ranked>,
    matcher: Matcher,
    letters: (Vec<char>, Vec<char>),
}

const FITS: usize = Fit::Told as usize + 1;

/// How an entry ranks, the least first, and which it is.
type Ranked = (u8, bool, Reverse<u32>, usize, u32);

impl Finder {
    /// Looks in `index`.
    pub fn new(index: Index) -> Self {
        Self {
            index,
            query: String::new(),
            words: Vec::new(),
            found: std::array::from_fn(|_| Vec::new()),
            before: Vec::new(),
            ranked: Vec::new(),
            matcher: Matcher::new(Config::DEFAULT),
            letters: (Vec::new(), Vec::new()),
        }
    }

    /// Looks for every word of `query`.
    pub fn search(&mut self, query: &str, asks: &Asks<'_>) {
        let narrows = !self.words.is_empty() && query.starts_with(&self.query);
        self.words = query.split_whitespace().map(Word::new).collect();
        query.clone_into(&mut self.query);
        // A word that has just become long enough for an id finds what it did not before.
        let narrows = narrows && !self.words.iter().any(Word::may_be_id);
        self.before.clear();
        if narrows {
            self.before.extend(self.found.iter().flatten());
        }
        self.found.iter_mut().for_each(Vec::clear);
        if !self.words.is_empty() {
            let count = u32::try_from(self.index.entries().len()).unwrap_or(u32::MAX);
            match narrows {
                true => (0..self.before.len()).for_each(|at| self.look(self.before[at], asks)),
                false => (0..count).for_each(|number| self.look(number, asks)),
            }
        }
        self.rank(asks);
    }

    /// Keeps the entry if it holds every word.
    fn look(&mut self, number: u32, asks: &Asks<'_>) {
        let Some(entry) = self.index.entries().get(number as usize) else { return };
        let fit = |word: &Word| match self.index.fit(entry, word) {
            Some(Fit::Begins) => Some(Fit::Begins),
            _ if word.may_be_id() && (asks.has_id)(entry, &word.text) => Some(Fit::Begins),
            fit => fit,
        };
        let worst = self.words.iter().map(fit).try_fold(Fit::Begins, |a, b| Some(a.max(b?)));
        if let Some(worst) = worst {
            self.found[worst as usize].push(number);
        }
    }

    /// Ranks the best of what was found.
    fn rank(&mut self, asks: &Asks<'_>) {
        self.ranked.clear();
        let by_fit = self.found.iter().zip(0_u8..);
        let all = by_fit.flat_map(|(found, fit)| found.iter().map(move |number| (fit, *number)));
        for (fit, number) in all.take(RANKED) {
            let Some(entry) = self.index.entries().get(number as usize) else { continue };
            let name = self.index.name(entry);
            let (of_name, of_word) = &mut self.letters;
            let mut score = 0;
            for word in &self.words {
                let name = Utf32Str::new(name, of_name);
                let word = Utf32Str::new(&word.text, of_word);
                score += u32::from(self.matcher.fuzzy_match(name, word).unwrap_or(0));
            }
            self.ranked.push((fit, (asks.is_quiet)(entry), Reverse(score), name.len(), number));
        }
        self.ranked.sort_unstable();
    }

    /// What was found, best first, as far as it is ranked.
    pub fn best(&self, place: usize) -> Option<&Entry> {
        self.ranked.get(place).and_then(|ranked| self.index.entries().get(ranked.4 as usize))
    }

    /// How many are ranked.
    pub fn len(&self) -> usize {
        self.ranked.len()
    }

    /// How many were found.
    pub fn found(&self) -> usize {
        self.found.iter().map(Vec::len).sum()
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.index.entries().len()
    }
}
