//! The messages of one session as far as they are known, and which of their rows are in view.
//!
//! Every read tells the newest messages only, so what earlier reads told is kept. Rows are laid out from
//! where the view stands and no further: a frame costs what it shows, however long the talk has been.

use crate::{console::widgets::prose, domain::detail::Utterance};

/// One piece of the transcript.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A message.
    Said(Utterance),
    /// Between two reads more may have been written than one read tells.
    Break,
}

impl Entry {
    /// Its rows in `width` columns of text.
    pub fn rows(&self, width: u16) -> Vec<&str> {
        match self {
            Self::Said(said) => prose::rows(said.text.shown(), width),
            Self::Break => vec![BREAK],
        }
    }
}

const BREAK: &str = "messages may be missing here";

/// A row of the transcript: the entry, and the row in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub entry: usize,
    pub row: usize,
}

/// What is known of the talk, oldest first.
#[derive(Debug, Default)]
pub struct Script(Vec<Entry>);

impl Script {
    /// What is known.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// How many messages are known from the `from`th entry on.
    pub fn count(&self, from: usize) -> usize {
        let rest = self.0.get(from..).unwrap_or_default();
        rest.iter().filter(|entry| matches!(entry, Entry::Said(_))).count()
    }

    /// Takes the newest messages, as one read tells them.
    pub fn take(&mut self, newest: &[Utterance]) {
        // A read that told no message says nothing of those that are known.
        let Some(first) = newest.first() else { return };
        let is_told = |entry: &Entry| matches!(entry, Entry::Said(said) if newest.contains(said));
        let meets = self.0.is_empty() || self.0.iter().any(is_told);
        self.0.retain(|entry| match entry {
            Entry::Said(said) => said.at <= first.at && !newest.contains(said),
            Entry::Break => true,
        });
        if !meets {
            self.0.push(Entry::Break);
        }
        self.0.extend(newest.iter().cloned().map(Entry::Said));
    }

    /// The first row in view when the last one is at the bottom of `height` rows.
    pub fn bottom(&self, width: u16, height: usize) -> Spot {
        let Some(last) = self.0.len().checked_sub(1) else { return Spot::default() };
        let end = Spot { entry: last, row: self.height(last, width).saturating_sub(1) };
        self.up(end, height.saturating_sub(1), width)
    }

    /// `rows` above `spot`, as far as there are any.
    pub fn up(&self, spot: Spot, rows: usize, width: u16) -> Spot {
        let (Spot { mut entry, row }, mut left) = (spot, rows);
        // On a wider screen the entry may have fewer rows than when the view was put there.
        let mut row = row.min(self.height(entry, width).saturating_sub(1));
        while left > row && entry > 0 {
            left -= row + 1;
            entry -= 1;
            row = self.height(entry, width).saturating_sub(1);
        }
        Spot { entry, row: row.saturating_sub(left) }
    }

    /// `rows` below `spot`, as far as there are any.
    pub fn down(&self, spot: Spot, rows: usize, width: u16) -> Spot {
        let (Spot { mut entry, mut row }, mut left) = (spot, rows);
        loop {
            let below = self.height(entry, width).saturating_sub(row + 1);
            if left <= below || entry + 1 >= self.0.len() {
                return Spot { entry, row: row + left.min(below) };
            }
            left -= below + 1;
            (entry, row) = (entry + 1, 0);
        }
    }

    /// The rows from `spot` on: each entry with the number and the text of its row.
    pub fn rows_from(&self, spot: Spot, width: u16) -> impl Iterator<Item = (Spot, &Entry, &str)> {
        let entries = self.0.iter().enumerate().skip(spot.entry);
        entries.flat_map(move |(at, entry)| {
            let rows = entry.rows(width).into_iter().enumerate();
            let rows = rows.skip(if at == spot.entry { spot.row } else { 0 });
            rows.map(move |(row, text)| (Spot { entry: at, row }, entry, text))
        })
    }

    fn height(&self, entry: usize, width: u16) -> usize {
        self.0.get(entry).map_or(0, |entry| entry.rows(width).len())
    }
}
