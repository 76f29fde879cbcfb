//! The one table: columns, sort, filter, scroll, and a selection by id.
//!
//! ```text
//!   rows (the floor's, by id) ──observe──▶ order: Vec<row number>   filtered and sorted
//!                                            │
//!                              selected: Key ├─ cursor   where in the order the selected key is
//!                                            └─ top      the first row on screen
//! ```
//! Rows have no identity, keys do: whatever comes and goes, the selection stays on its key and keeps
//! its line on the screen. Filtering and sorting happen in [`Grid::observe`] and on a key, never
//! while drawing; drawing formats only the rows it shows.

mod column;
mod draw;
mod filter;
mod order;
mod point;

use tui_input::Input;

use super::super::keys::{Action, Chord, Edit};
use crate::console::theme::Role;

pub use column::{Align, Column};
pub use draw::Look;
pub use filter::Filter;
pub use order::Rank;

/// What a table shows: its columns, and how a row fills them.
pub trait Sheet {
    /// One row.
    type Row;
    /// What a row is known by.
    type Key: Clone + PartialEq;
    /// What has to be known besides the row.
    type Cx;

    /// The columns, from left to right.
    const COLUMNS: &'static [Column];

    /// What `row` is known by.
    fn key(row: &Self::Row) -> Self::Key;

    /// Where `row` belongs when the table is sorted by `column`; `None`, the unknown, comes last.
    fn rank(row: &Self::Row, column: usize, cx: &Self::Cx) -> Option<Rank>;

    /// Writes the text of `column` into `out` and says what it is.
    fn cell(row: &Self::Row, column: usize, cx: &Self::Cx, out: &mut String) -> Role;

    /// False for a column that has nothing to tell of anybody now.
    fn has(_column: usize, _cx: &Self::Cx) -> bool {
        true
    }

    /// True for a row one may overlook.
    fn faint(_row: &Self::Row, _cx: &Self::Cx) -> bool {
        false
    }
}

/// In place of a column for a table whose rows stay in the order they come in.
pub const UNSORTED: usize = u16::MAX as usize;

/// A table's state.
#[derive(Debug)]
pub struct Grid<S: Sheet> {
    order: Vec<u32>,
    total: usize,
    selected: Option<S::Key>,
    cursor: usize,
    top: usize,
    page: usize,
    sort: Sort,
    filter: Filter,
    typing: Option<Input>,
}

/// Why the cursor had to leave its row by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The row is no longer there at all.
    Gone,
    /// The row is there, but the filter no longer finds it.
    Hidden,
    /// The row is there and shown, but is no longer what one looks for.
    Taken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort {
    column: usize,
    reversed: bool,
}

impl<S: Sheet> Grid<S> {
    /// An empty table, sorted by `column`.
    pub fn new(column: usize) -> Self {
        Self {
            order: Vec::new(),
            total: 0,
            selected: None,
            cursor: 0,
            top: 0,
            page: 1,
            sort: Sort { column, reversed: false },
            filter: Filter::default(),
            typing: None,
        }
    }

    /// How many rows the screen has for this table, its heading left out.
    pub fn resize(&mut self, page: u16) {
        self.page = usize::from(page).max(1);
        self.reveal();
    }

    /// Filters and sorts again, and says if the cursor could not stay on its row.
    pub fn observe(&mut self, rows: &[S::Row], cx: &S::Cx) -> Option<Slip> {
        self.total = rows.len();
        order::fill::<S>(&mut self.order, rows, &self.filter, self.sort, cx);
        self.settle(rows)
    }

    /// Finds the selected key again and keeps its line on the screen.
    fn settle(&mut self, rows: &[S::Row]) -> Option<Slip> {
        let line = self.cursor.saturating_sub(self.top);
        let found = self.selected.as_ref().and_then(|key| {
            self.order.iter().position(|&i| rows.get(i as usize).is_some_and(|r| S::key(r) == *key))
        });
        match found {
            Some(cursor) => {
                self.cursor = cursor;
                self.top = cursor.saturating_sub(line);
                self.reveal();
                None
            }
            None => {
                let left = self.selected.take();
                // The nearest neighbour: what has moved up into the place.
                self.go(self.cursor, rows);
                let hidden = |key| rows.iter().any(|row| S::key(row) == key);
                left.map(|key| if hidden(key) { Slip::Hidden } else { Slip::Gone })
            }
        }
    }

    /// Moves the cursor to a place in the order, or as near as there is one.
    fn go(&mut self, place: usize, rows: &[S::Row]) {
        self.cursor = place.min(self.order.len().saturating_sub(1));
        self.selected = self.row(self.cursor, rows).map(S::key);
        self.reveal();
    }

    /// Scrolls as little as shows the cursor, and never past the end.
    fn reveal(&mut self) {
        let last_top = self.order.len().saturating_sub(self.page);
        let lowest = self.cursor.saturating_sub(self.page - 1);
        self.top = self.top.clamp(lowest, self.cursor.max(lowest)).min(last_top);
    }

    fn row<'a>(&self, place: usize, rows: &'a [S::Row]) -> Option<&'a S::Row> {
        self.order.get(place).and_then(|&i| rows.get(i as usize))
    }

    /// The key under the cursor.
    pub fn selected(&self) -> Option<&S::Key> {
        self.selected.as_ref()
    }

    /// Lets the row under the cursor go its way: at the next look the cursor stays where it is.
    pub fn let_go(&mut self) {
        self.selected = None;
    }

    /// Puts the cursor on `key` if it is among the rows shown.
    pub fn select(&mut self, key: &S::Key, rows: &[S::Row]) {
        let place = self
            .order
            .iter()
            .position(|&i| rows.get(i as usize).is_some_and(|row| S::key(row) == *key));
        if let Some(place) = place {
            self.go(place, rows);
        }
    }

    /// The rows on screen.
    pub fn visible<'a>(&'a self, rows: &'a [S::Row]) -> impl Iterator<Item = &'a S::Row> {
        (self.top..self.top + self.page).map_while(move |place| self.row(place, rows))
    }

    /// All rows that pass the filter, in their order.
    pub fn shown<'a>(&'a self, rows: &'a [S::Row]) -> impl Iterator<Item = &'a S::Row> {
        (0..self.order.len()).map_while(move |place| self.row(place, rows))
    }

    /// Rows that pass the filter.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// True if no row passes the filter.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// All rows.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many rows follow the cursor.
    pub fn below(&self) -> usize {
        self.order.len().saturating_sub(self.cursor + 1)
    }

    /// True if the cursor is on the first row.
    pub fn at_top(&self) -> bool {
        self.cursor == 0
    }

    /// The column it is sorted by.
    pub fn sorted_by(&self) -> usize {
        self.sort.column
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The text being typed into the filter, while it is.
    pub fn typing(&self) -> Option<&Input> {
        self.typing.as_ref()
    }

    /// Moves, sorts, or opens and clears the filter. False if `action` means nothing to a table.
    pub fn handle(&mut self, action: Action, rows: &[S::Row], cx: &S::Cx) -> bool {
        let page = self.page;
        match action {
            Action::Up => self.go(self.cursor.saturating_sub(1), rows),
            Action::Down => self.go(self.cursor.saturating_add(1), rows),
            Action::PageUp => self.go(self.cursor.saturating_sub(page), rows),
            Action::PageDown => self.go(self.cursor.saturating_add(page), rows),
            Action::Home => self.go(0, rows),
            Action::End => self.go(usize::MAX, rows),
            Action::Sort => self.sort_by(self.next_column(), false, rows, cx),
            Action::Reverse => self.sort_by(self.sort.column, !self.sort.reversed, rows, cx),
            Action::Filter => self.typing = Some(self.filter.text().into()),
            Action::Back if !self.filter.is_empty() => self.set_filter("", rows, cx),
            _ => return false,
        }
        true
    }

    /// A press while the filter is being typed.
    pub fn edit(&mut self, chord: Chord, rows: &[S::Row], cx: &S::Cx) {
        let Some(input) = &mut self.typing else { return };
        match chord.edit() {
            Some(Edit::Change(request)) => {
                input.handle(request);
                let text = input.value().to_owned();
                self.set_filter(&text, rows, cx);
            }
            Some(Edit::Keep) => self.typing = None,
            Some(Edit::Drop) => {
                self.typing = None;
                self.set_filter("", rows, cx);
            }
            None => {}
        }
    }

    fn set_filter(&mut self, text: &str, rows: &[S::Row], cx: &S::Cx) {
        if text == self.filter.text() {
            return;
        }
        // One letter more can only take rows away; what stays is sorted already.
        let narrows = text.starts_with(self.filter.text());
        self.filter = Filter::new(text);
        if narrows {
            order::narrow::<S>(&mut self.order, rows, &self.filter, cx);
            self.settle(rows);
        } else {
            self.observe(rows, cx);
        }
    }

    /// Sorts by `column` from the next look on.
    pub fn order_by(&mut self, column: usize) {
        self.sort = Sort { column, reversed: false };
    }

    fn sort_by(&mut self, column: usize, reversed: bool, rows: &[S::Row], cx: &S::Cx) {
        self.sort = Sort { column, reversed };
        self.observe(rows, cx);
    }

    fn next_column(&self) -> usize {
        let count = S::COLUMNS.len();
        let sortable = |&c: &usize| S::COLUMNS.get(c).is_some_and(|column| column.sorts.is_some());
        (1..=count).map(|step| (self.sort.column + step) % count).find(sortable).unwrap_or(0)
    }
}
