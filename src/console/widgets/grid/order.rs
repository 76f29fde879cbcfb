//! Which rows, in which order.

use std::{cell::RefCell, collections::HashMap};

use super::{Sheet, Sort, column::Direction};
use crate::domain::{
    query::{Field, Needle, Query, Subject},
    text::Plain,
};

/// Where a row belongs in a sorted column.
#[derive(Clone, Debug)]
pub enum Rank {
    /// By number.
    Number(i64),
    /// By text, in lower case.
    Text(String),
    /// By a name, whatever its case.
    Name(Plain),
}

impl Rank {
    /// By text, whatever its case.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }

    /// What decides between most rows at once, the number or how the text begins, and the text itself where it
    /// goes on: it is folded here, once, and not again with each comparison.
    fn split(self) -> (u128, String) {
        match self {
            // With the sign turned round, numbers compare as their bits do.
            Self::Number(number) => (u128::from(number.cast_unsigned() ^ (1 << 63)), String::new()),
            Self::Text(text) => split(text),
            Self::Name(name) if name.is_ascii() && name.len() <= HEAD => {
                (head(name.bytes().map(|byte| byte.to_ascii_lowercase())), String::new())
            }
            Self::Name(name) => split(name.to_lowercase()),
        }
    }
}

/// So many bytes are compared at once.
const HEAD: usize = 16;

fn split(folded: String) -> (u128, String) {
    let head = head(folded.bytes());
    (head, if folded.len() > HEAD { folded } else { String::new() })
}

/// The first bytes, so that they compare as the text does.
fn head(bytes: impl Iterator<Item = u8>) -> u128 {
    let mut head = [0; HEAD];
    for (place, byte) in head.iter_mut().zip(bytes) {
        *place = byte;
    }
    u128::from_be_bytes(head)
}

/// A row to be sorted: small, and compared without a look at the row or its rank.
struct Place {
    unknown: bool,
    head: u128,
    /// Its number among those that pass.
    at: u32,
}

/// Fills `order` with the numbers of the rows that pass, sorted. Rows that rank equal stay in the
/// order they came in, which is by id.
pub fn fill<S: Sheet>(
    order: &mut Vec<u32>,
    rows: &[S::Row],
    query: &Query,
    sort: Sort,
    cx: &S::Cx,
) {
    let falls = falls::<S>(sort);
    let (mut places, mut rests, mut passing) = (Vec::new(), Vec::new(), Vec::new());
    for ((number, row), at) in passing_rows::<S>(rows, query, cx).zip(0..) {
        let rank = S::rank(row, sort.column, cx);
        let unknown = rank.is_none();
        let (head, rest) = rank.map(Rank::split).unwrap_or_default();
        // The unknown comes last, whichever way the rest is turned.
        places.push(Place { unknown, head: if falls && !unknown { !head } else { head }, at });
        rests.push(rest);
        passing.push(number);
    }
    let rest = |a: &Place, b: &Place| match (rests.get(a.at as usize), rests.get(b.at as usize)) {
        (a, b) if falls => b.cmp(&a),
        (a, b) => a.cmp(&b),
    };
    places.sort_unstable_by(|a, b| {
        let heads = a.unknown.cmp(&b.unknown).then(a.head.cmp(&b.head));
        heads.then_with(|| rest(a, b)).then(a.at.cmp(&b.at))
    });
    order.clear();
    order.extend(places.iter().filter_map(|place| passing.get(place.at as usize)));
}

/// Takes the rows out of `order` that don't pass.
pub fn narrow<S: Sheet>(order: &mut Vec<u32>, rows: &[S::Row], query: &Query, cx: &S::Cx) {
    let lent = RefCell::default();
    order.retain(|&i| {
        rows.get(i as usize).is_some_and(|row| query.matches(&Seen::<S> { row, cx, lent: &lent }))
    });
}

/// Puts `order` into the order of `keys`, what is not among them last. False if it was so already.
pub fn hold<S: Sheet>(order: &mut Vec<u32>, keys: &[S::Key], rows: &[S::Row]) -> bool {
    let before: HashMap<&S::Key, usize> = keys.iter().zip(0..).collect();
    let place = |row: &u32| {
        let key = rows.get(*row as usize).map(S::key);
        key.and_then(|key| before.get(&key).copied()).unwrap_or(usize::MAX)
    };
    let mut placed: Vec<(usize, u32)> = order.iter().map(|row| (place(row), *row)).collect();
    if placed.is_sorted_by_key(|(place, _)| *place) {
        return false;
    }
    placed.sort_by_key(|(place, _)| *place);
    order.clear();
    order.extend(placed.iter().map(|(_, row)| *row));
    true
}

/// The rows that pass, in the order they came in.
pub fn passing<'a, S: Sheet>(
    rows: &'a [S::Row],
    query: &'a Query,
    cx: &'a S::Cx,
) -> impl Iterator<Item = &'a S::Row> {
    passing_rows::<S>(rows, query, cx).map(|(_, row)| row)
}

fn passing_rows<'a, S: Sheet>(
    rows: &'a [S::Row],
    query: &'a Query,
    cx: &'a S::Cx,
) -> impl Iterator<Item = (u32, &'a S::Row)> {
    let lent = RefCell::default();
    let passes = move |row: &S::Row| query.matches(&Seen::<S> { row, cx, lent: &lent });
    (0..).zip(rows).filter(move |(_, row)| query.is_all() || passes(row))
}

/// A row as something that can be looked for.
struct Seen<'a, S: Sheet> {
    row: &'a S::Row,
    cx: &'a S::Cx,
    /// Lent from row to row, to write cells into.
    lent: &'a RefCell<String>,
}

impl<S: Sheet> Subject for Seen<'_, S> {
    const FIELDS: &'static [Field] = S::FIELDS;

    fn text(&self, field: &str, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        S::text(self.row, field, self.cx, passes)
    }

    fn number(&self, field: &str) -> Option<f64> {
        S::number(self.row, field, self.cx)
    }

    fn word(&self, needle: &Needle) -> bool {
        S::word(self.row, self.cx, &mut self.lent.borrow_mut(), &mut |text| needle.is_in(text))
    }
}

/// True if the greatest comes first.
pub fn falls<S: Sheet>(sort: Sort) -> bool {
    let direction = S::COLUMNS.get(sort.column).and_then(|column| column.sorts);
    (direction == Some(Direction::Falling)) != sort.reversed
}
