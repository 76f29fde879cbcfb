//! A text while it is looked through: its letters folded, what is taken already, and what takes its place.

use std::{borrow::Cow, cell::Cell};

use super::letters::{fold, is_invisible};

/// Stands for what is masked.
pub const BULLET: char = '•';
/// More between two groups of digits is no separator of one number.
const WIDEST_GAP: usize = 3;

/// The text. Places are numbers of characters.
pub struct Scan {
    raw: Vec<char>,
    folded: Vec<char>,
    /// What belongs to something that was found; the others see a gap there.
    taken: Vec<bool>,
    cuts: Vec<Cut>,
    /// How often a character was looked at.
    looks: Cell<usize>,
}

struct Cut {
    from: usize,
    to: usize,
    mask: String,
}

impl Scan {
    /// Of a text in which nothing has been found yet.
    pub fn new(text: &str) -> Self {
        let raw: Vec<char> = text.chars().collect();
        let folded: Vec<char> = raw.iter().map(|c| fold(*c)).collect();
        let taken = vec![false; raw.len()];
        Self { raw, folded, taken, cuts: Vec::new(), looks: Cell::new(0) }
    }

    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// The folded character at a place, whoever it belongs to; nul outside.
    pub fn any(&self, at: usize) -> char {
        self.looks.set(self.looks.get() + 1);
        self.folded.get(at).copied().unwrap_or('\0')
    }

    /// The same; nul also where it is taken.
    pub fn at(&self, at: usize) -> char {
        if self.taken.get(at).copied().unwrap_or(true) { '\0' } else { self.any(at) }
    }

    /// The character before a place.
    pub fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\0', |before| self.at(before))
    }

    /// The characters as they were written.
    pub fn written(&self, from: usize, to: usize) -> String {
        self.raw.get(from..to).unwrap_or_default().iter().collect()
    }

    pub fn is_digit(&self, at: usize) -> bool {
        self.at(at).is_ascii_digit()
    }

    /// The first place from `from` on where `is` does not hold.
    pub fn end(&self, from: usize, is: impl Fn(char) -> bool) -> usize {
        let mut at = from;
        while at < self.len() && is(self.at(at)) {
            at += 1;
        }
        at
    }

    /// Where the digits of the script that begins at `from` end.
    pub fn same_script(&self, from: usize) -> usize {
        let zero = |at: usize| {
            let raw = self.raw.get(at).map_or(0, |c| u32::from(*c));
            raw.wrapping_sub(self.at(at).to_digit(10).unwrap_or(0))
        };
        let mut at = from;
        while self.is_digit(at) && zero(at) == zero(from) {
            at += 1;
        }
        at
    }

    pub fn any_taken(&self, from: usize, to: usize) -> bool {
        self.taken.get(from..to).unwrap_or_default().contains(&true)
    }

    /// Nobody else is to look at this.
    pub fn keep(&mut self, from: usize, to: usize) {
        self.taken.get_mut(from..to).unwrap_or_default().fill(true);
    }

    /// Puts `mask` in place of this.
    pub fn cut(&mut self, from: usize, to: usize, mask: String) {
        self.keep(from, to);
        self.cuts.push(Cut { from, to, mask });
    }

    /// Whether what would be kept just before `to` reads on into what follows: then nothing is kept.
    pub fn reads_on(&self, to: usize) -> bool {
        let next = self.any(to);
        next == '@' || is_joint(next) || next.is_alphanumeric() || self.gap(to, Self::any).is_some()
    }

    /// Whether what would be kept from `from` on continues what stands before.
    pub fn continues(&self, from: usize) -> bool {
        let before = from.checked_sub(1).map_or('\0', |before| self.any(before));
        is_joint(before) || before.is_alphanumeric()
    }

    /// Past what may stand between two groups of one number; `None` if no digit follows.
    pub fn separator(&self, from: usize) -> Option<usize> {
        self.gap(from, Self::at)
    }

    fn gap(&self, from: usize, look: fn(&Self, usize) -> char) -> Option<usize> {
        let (mut at, mut width, mut dot) = (from, 0, false);
        loop {
            let c = look(self, at);
            match c {
                ' ' | '-' | '/' | '(' | ')' | '_' | '.' if width < WIDEST_GAP => width += 1,
                c if is_invisible(c) => {}
                c if c.is_ascii_digit() && at > from && !(dot && width > 1) => return Some(at),
                _ => return None,
            }
            // A dot among spaces ends a sentence, or a date.
            dot |= c == '.';
            at += 1;
        }
    }

    /// What has come of it.
    pub fn finish(mut self, text: &str) -> Cow<'_, str> {
        if self.cuts.is_empty() {
            return Cow::Borrowed(text);
        }
        self.cuts.sort_by_key(|cut| cut.from);
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for cut in &self.cuts {
            out.push_str(&self.written(at, cut.from));
            out.push_str(&cut.mask);
            at = cut.to;
        }
        out.push_str(&self.written(at, self.len()));
        Cow::Owned(out)
    }

    #[cfg(test)]
    pub fn looks(&self) -> usize {
        self.looks.get()
    }
}

/// What secrets are made of.
pub fn is_joint(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '/' | '=' | '-')
}
