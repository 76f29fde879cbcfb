//! What records add to an index, whichever it is.

use super::vocabulary::{Vocabulary, token};
use crate::domain::{
    audit::{AuditRecord, Sealed},
    query::{Kind, Subject, terms},
};

/// What records add to the tables, row by row. It goes there as one JSON text a table: a statement for
/// each row would cost several times the writing.
#[derive(Default)]
pub struct Rows {
    terms: Vec<(i64, String)>,
    postings: Vec<(i64, String)>,
    numbers: Vec<(usize, f64, i64)>,
}

/// The same as texts of JSON: an array of arrays each.
pub struct Written {
    /// Id and term.
    pub terms: String,
    /// Number of the record, and its terms' tokens with a space between.
    pub postings: String,
    /// Place of the field, number, and number of the record.
    pub numbers: String,
}

impl Rows {
    /// What these records add, with ids for what the vocabulary does not know.
    pub fn of(records: &[Sealed], vocabulary: &mut Vocabulary) -> Self {
        let mut rows = Self::default();
        for sealed in records {
            // One that can't be read is found as it is shown.
            rows.add(&sealed.shown(), sealed.seq, vocabulary);
        }
        // FTS5 gathers what comes in ascending order, and writes at once what does not.
        rows.terms.sort_unstable();
        rows
    }

    fn add(&mut self, record: &AuditRecord, seq: i64, vocabulary: &mut Vocabulary) {
        let mut tokens = Vec::new();
        for (place, term) in terms::of(record) {
            let Some((id, is_new)) = vocabulary.id(place, &term) else { continue };
            tokens.push(token(id));
            if is_new {
                self.terms.push((id, term));
            }
        }
        self.postings.push((seq, tokens.join(" ")));
        for (place, field) in AuditRecord::FIELDS.iter().enumerate() {
            if let (Kind::Span { .. }, Some(number)) = (field.kind, record.number(field.name)) {
                self.numbers.push((place, number, seq));
            }
        }
    }

    /// Writes them as JSON.
    pub fn written(&self) -> Result<Written, sqlx::Error> {
        let encoded = |e| sqlx::Error::Encode(Box::new(e));
        Ok(Written {
            terms: serde_json::to_string(&self.terms).map_err(encoded)?,
            postings: serde_json::to_string(&self.postings).map_err(encoded)?,
            numbers: serde_json::to_string(&self.numbers).map_err(encoded)?,
        })
    }
}
