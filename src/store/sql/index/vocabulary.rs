//! The terms that were filed last, so that most need not be looked for.

use std::collections::HashMap;

use crate::domain::{audit::AuditRecord, query::Subject};

/// Counters have so many bits; the place of the field stands before them.
const COUNTER: u32 = 40;
/// So many terms of a field are remembered twice over.
const REMEMBERED: usize = 25_000;

/// The ids of all terms of a field.
pub fn ids(place: usize) -> (i64, i64) {
    let place = i64::try_from(place).unwrap_or_default();
    (place << COUNTER, ((place + 1) << COUNTER) - 1)
}

/// How an id is written in the postings: a letter for the field, the counter in as few characters as can
/// be.
pub fn token(id: i64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let place = u8::try_from(id >> COUNTER).unwrap_or_default();
    let mut counter = usize::try_from(id & ((1 << COUNTER) - 1)).unwrap_or_default();
    let mut token = String::from(char::from(b'a' + place));
    loop {
        token.extend(DIGITS.get(counter % 36).map(|digit| char::from(*digit)));
        counter /= 36;
        if counter == 0 {
            return token;
        }
    }
}

/// Where terms are that others have filed.
pub trait Known {
    /// The last `most` terms with ids from `least` to `greatest`, the last one first.
    fn terms(
        &mut self,
        least: i64,
        greatest: i64,
        most: i64,
    ) -> impl Future<Output = Result<Vec<(i64, String)>, sqlx::Error>> + Send;
}

/// What was filed last.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// Which filling of the index it knows, and up to which record.
    known: Option<(i64, i64)>,
    fields: Vec<Terms>,
}

/// The terms of one field: those seen since the last change of guard, and those before.
#[derive(Debug, Default)]
struct Terms {
    next: i64,
    young: HashMap<String, i64>,
    old: HashMap<String, i64>,
}

impl Vocabulary {
    /// Takes in what others have filed, up to this record of this filling.
    pub async fn follow(
        &mut self,
        from: &mut impl Known,
        generation: i64,
        upto: i64,
    ) -> Result<(), sqlx::Error> {
        if self.known == Some((generation, upto)) {
            return Ok(());
        }
        if self.known.is_none_or(|(known, _)| known != generation) {
            let field = |place| Terms { next: ids(place).0, ..Terms::default() };
            self.fields = (0..AuditRecord::FIELDS.len()).map(field).collect();
        }
        // Not before it is done: what fails half way is taken in again.
        self.known = None;
        for (place, field) in self.fields.iter_mut().enumerate() {
            field.follow(from, ids(place).1).await?;
        }
        self.known = Some((generation, upto));
        Ok(())
    }

    /// The id of a term, and whether it is a new one.
    pub fn id(&mut self, place: usize, term: &str) -> Option<(i64, bool)> {
        Some(self.fields.get_mut(place)?.id(term))
    }

    /// What was added is filed up to this record.
    pub fn filed(&mut self, generation: i64, upto: i64) {
        self.known = Some((generation, upto));
    }

    /// Nothing is known any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Terms {
    async fn follow(&mut self, from: &mut impl Known, last: i64) -> Result<(), sqlx::Error> {
        let most = i64::try_from(REMEMBERED).unwrap_or(i64::MAX);
        for (id, term) in from.terms(self.next, last, most).await?.into_iter().rev() {
            self.next = id + 1;
            self.remember(term, id);
        }
        Ok(())
    }

    fn id(&mut self, term: &str) -> (i64, bool) {
        if let Some(id) = self.young.get(term) {
            return (*id, false);
        }
        let known = self.old.get(term).copied();
        let id = known.unwrap_or(self.next);
        self.next = self.next.max(id + 1);
        self.remember(term.to_owned(), id);
        (id, known.is_none())
    }

    fn remember(&mut self, term: String, id: i64) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(term, id);
    }
}
