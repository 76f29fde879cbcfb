//! Which rows, in which order.

use std::cmp::Ordering;

use super::{Filter, Sheet, Sort, column::Direction};

/// Where a row belongs in a sorted column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// By number.
    Number(i64),
    /// By text, in lower case.
    Text(String),
}

impl Rank {
    /// By text, whatever its case.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// Fills `order` with the numbers of the rows that pass, sorted. Rows that rank equal stay in the
/// order they came in, which is by id.
pub fn fill<S: Sheet>(
    order: &mut Vec<u32>,
    rows: &[S::Row],
    filter: &Filter,
    sort: Sort,
    cx: &S::Cx,
) {
    let passing = passing::<S>(rows, filter, cx);
    let mut ranked: Vec<(Option<Rank>, u32)> =
        passing.map(|(i, row)| (S::rank(row, sort.column, cx), i)).collect();
    let falls = falls::<S>(sort);
    ranked.sort_unstable_by(|(a, i), (b, j)| compare(a, b, falls).then(i.cmp(j)));
    order.clear();
    order.extend(ranked.into_iter().map(|(_, i)| i));
}

/// Takes the rows out of `order` that don't pass.
pub fn narrow<S: Sheet>(order: &mut Vec<u32>, rows: &[S::Row], filter: &Filter, cx: &S::Cx) {
    let mut text = String::new();
    order.retain(|&i| {
        rows.get(i as usize).is_some_and(|row| passes::<S>(row, filter, cx, &mut text))
    });
}

fn passing<'a, S: Sheet>(
    rows: &'a [S::Row],
    filter: &'a Filter,
    cx: &'a S::Cx,
) -> impl Iterator<Item = (u32, &'a S::Row)> {
    let mut text = String::new();
    (0..).zip(rows).filter(move |(_, row)| passes::<S>(row, filter, cx, &mut text))
}

/// Whether the text of a row's searched columns passes; `text` is only lent, to be used again.
fn passes<S: Sheet>(row: &S::Row, filter: &Filter, cx: &S::Cx, text: &mut String) -> bool {
    if filter.is_empty() {
        return true;
    }
    text.clear();
    for (column, _) in S::COLUMNS.iter().enumerate().filter(|(_, column)| column.searched) {
        S::cell(row, column, cx, text);
        text.push('\n');
    }
    filter.passes(text)
}

/// True if the greatest comes first.
pub fn falls<S: Sheet>(sort: Sort) -> bool {
    let direction = S::COLUMNS.get(sort.column).and_then(|column| column.sorts);
    (direction == Some(Direction::Falling)) != sort.reversed
}

/// The unknown comes last, whichever way the rest is turned.
fn compare(a: &Option<Rank>, b: &Option<Rank>, falls: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if falls => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
