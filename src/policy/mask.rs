//! What people write to each other, without what nobody needs to read over their shoulder: card and
//! account numbers, addresses, phone numbers, secrets and codes.
//!
//! Applied where words come to be shown, never to what is sent. Each finder looks at every character a
//! bounded number of times, whatever is written, and what it takes is no part of anything for those after
//! it. What is masked stays as it is when it is masked again: the little that is kept stands between
//! bullets and what no number goes on after.

mod email;
mod iban;
mod letters;
mod numbers;
mod passcode;
mod scan;
mod secret;

use std::borrow::Cow;

use self::scan::Scan;
use crate::domain::{detail::Words, text::Plain};

/// Whether words are masked before they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Masking {
    /// They are.
    #[default]
    On,
    /// They are shown as they were written.
    Off,
}

impl Masking {
    /// `words`, fit to be shown.
    pub fn fit(self, words: &Words) -> Words {
        words.fitted(|text| self.plain(text))
    }

    /// `text`, fit to be shown.
    pub fn plain(self, text: &Plain) -> Plain {
        match self {
            Self::Off => text.clone(),
            Self::On => match masked(text) {
                Cow::Borrowed(_) => text.clone(),
                Cow::Owned(text) => text.into(),
            },
        }
    }
}

/// Two things that are glued together may take a round each; more than a few of them nobody writes.
const ROUNDS: usize = 4;

/// `text` with bullets for what is nobody's business.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        let mut scan = Scan::new(&shown);
        find(&mut scan);
        let Cow::Owned(rest) = scan.finish(&shown) else { break };
        shown = Cow::Owned(rest);
    }
    shown
}

/// In this order: what is surely something goes before what only looks like it.
fn find(scan: &mut Scan) {
    email::mask(scan);
    numbers::keep_ids_and_dates(scan);
    iban::mask(scan);
    numbers::mask_cards(scan);
    secret::mask(scan);
    passcode::mask(scan);
    numbers::mask_phones(scan);
}

#[cfg(test)]
mod tests;
