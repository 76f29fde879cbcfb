//! Text compared whatever its case: letter by letter, so that a piece folds as it does within the whole.

use crate::domain::language::Sought;

/// Something to be found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    folded: String,
    whole: bool,
    /// The language that it is, where texts are languages.
    language: Option<Sought>,
}

impl Needle {
    /// Anywhere in a text.
    pub fn within(text: &str) -> Self {
        Self { folded: fold(text), whole: false, language: None }
    }

    /// The text, from its first letter to its last.
    pub fn whole(text: &str) -> Self {
        Self { folded: fold(text), whole: true, language: None }
    }

    /// The same among texts that are languages.
    #[must_use]
    pub fn of_language(self) -> Self {
        Self { language: Some(Sought::new(&self.folded, self.whole)), ..self }
    }

    /// True if texts are languages, in which a piece of a word says nothing.
    pub fn is_language(&self) -> bool {
        self.language.is_some()
    }

    /// The text to be found, folded.
    pub fn text(&self) -> &str {
        &self.folded
    }

    /// True if nothing may stand before or behind it.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// True if it is in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        if let Some(language) = &self.language {
            return language.is(text);
        }
        // Nearly all text is ASCII, and then nothing has to be copied.
        if text.is_ascii() {
            return match self.whole {
                true => text.eq_ignore_ascii_case(&self.folded),
                false => ascii_contains(text.as_bytes(), self.folded.as_bytes()),
            };
        }
        let text = fold(text);
        if self.whole { text == self.folded } else { text.contains(&self.folded) }
    }
}

/// `text` in lower case.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Not str::to_lowercase: that folds a sigma by what follows it.
    text.chars().flat_map(char::to_lowercase).collect()
}

fn ascii_contains(text: &[u8], folded: &[u8]) -> bool {
    let Some((first, rest)) = folded.split_first() else { return true };
    let Some(last) = text.len().checked_sub(folded.len()) else { return false };
    let starts = text.iter().take(last + 1).enumerate();
    starts.filter(|(_, byte)| byte.to_ascii_lowercase() == *first).any(|(at, _)| {
        text.get(at + 1..at + folded.len()).is_some_and(|here| here.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_in_any_script() {
        let table = [
            ("Refund", "FUN", true),
            ("refund", "funk", false),
            ("ÜBERGABE", "über", true),
            ("Straße", "STRASSE", false),
            // A sigma at the end of a word is another letter in the middle of one.
            ("ΟΔΟΣΑ", "οδοσ", true),
            ("ΟΔΟΣ", "ΟΔΟΣ", true),
            // The Kelvin sign is a k.
            ("300 \u{212a}", "300 k", true),
            ("abc", "", true),
            ("", "a", false),
            ("aab", "ab", true),
        ];
        for (text, piece, expected) in table {
            assert_eq!(Needle::within(piece).is_in(text), expected, "{piece:?} in {text:?}");
        }
        assert!(Needle::whole("ACCEPTED").is_in("accepted"));
        assert!(!Needle::whole("accept").is_in("accepted"));
    }
}
