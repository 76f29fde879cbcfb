//! What a table is told of its rows.

use std::{fmt::Display, hash::Hash};

use jiff::Timestamp;

use super::{Column, Rank};
use crate::{console::theme::Role, domain::query::Field};

/// What tells the time.
pub trait Timed {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// What a table shows: its columns, and how a row fills them.
pub trait Sheet {
    /// One row.
    type Row;
    /// What a row is known by.
    type Key: Clone + Eq + Hash + Display;
    /// What has to be known besides the row.
    type Cx: Timed;

    /// The columns, from left to right.
    const COLUMNS: &'static [Column];

    /// What a query can name.
    const FIELDS: &'static [Field] = &[];

    /// What `row` is known by.
    fn key(row: &Self::Row) -> Self::Key;

    /// Where `row` belongs when the table is sorted by `column`; `None`, the unknown, comes last.
    fn rank(row: &Self::Row, column: usize, cx: &Self::Cx) -> Option<Rank>;

    /// Writes the text of `column` into `out` and says what it is.
    fn cell(row: &Self::Row, column: usize, cx: &Self::Cx, out: &mut String) -> Role;

    /// True if one of the texts that `row` has in `field` passes.
    fn text(
        _row: &Self::Row,
        _field: &str,
        _cx: &Self::Cx,
        _passes: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        false
    }

    /// The number that `row` has in `field`, spans in ms; `None` where nothing is known of it.
    fn number(_row: &Self::Row, _field: &str, _cx: &Self::Cx) -> Option<f64> {
        None
    }

    /// True if the text of one of the searched columns passes; `lent` is to write it into.
    fn word(
        row: &Self::Row,
        cx: &Self::Cx,
        lent: &mut String,
        passes: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        let searched = Self::COLUMNS.iter().zip(0..).filter(|(column, _)| column.searched);
        searched.map(|(_, column)| column).any(|column| {
            lent.clear();
            Self::cell(row, column, cx, lent);
            passes(lent)
        })
    }

    /// As [`cell`](Self::cell), for a column whose text depends on the room it has: a chart.
    fn fitted(
        row: &Self::Row,
        column: usize,
        _width: u16,
        cx: &Self::Cx,
        out: &mut String,
    ) -> Role {
        Self::cell(row, column, cx, out)
    }

    /// False for a column that has nothing to tell of anybody now.
    fn has(_column: usize, _cx: &Self::Cx) -> bool {
        true
    }

    /// True for a row one may overlook.
    fn faint(_row: &Self::Row, _cx: &Self::Cx) -> bool {
        false
    }
}
