//! What `/` finds: rows that hold every word somewhere, whatever its case.
//!
//! The one place where the filter's language is read.

/// A filter as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<String>,
}

impl Filter {
    /// Reads a filter.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase).collect();
        Self { text: text.to_owned(), words }
    }

    /// The text it was made of.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// True if `row`, the text of a row's columns, holds every word. Folds `row` in place.
    pub fn passes(&self, row: &mut String) -> bool {
        if row.is_ascii() {
            row.make_ascii_lowercase();
        } else {
            *row = row.to_lowercase();
        }
        self.words.iter().all(|word| row.contains(word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_and_case_does_not() {
        let filter = Filter::new(" zoë  BILL ");
        assert!(filter.passes(&mut "Zoë\nBilling".into()));
        assert!(!filter.passes(&mut "Zoë\nSales".into()));
        assert!(Filter::new("  ").is_empty());
    }
}
