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
//!
//! While a hand is over the keys, a steady table keeps its order whatever comes: rows that stay keep their
//! places, new ones come last. It settles [`HELD`] after the last press.

mod column;
mod draw;
mod order;
mod point;
mod sheet;
mod table;

use jiff::{SignedDuration, Timestamp};

use super::{
    super::keys::{Action, Chord},
    ask::Ask,
};

pub use column::{Align, Choice, Column, Space, WIDTHS, choices, read_choices, write_choices};
pub use draw::Look;
pub use order::{Rank, passing};
pub use sheet::{Sheet, Timed};
pub use table::Table;

/// For how long after a press rows keep their order.
const HELD: SignedDuration = SignedDuration::from_secs(2);

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
    width: u16,
    sort: Sort,
    /// True once a person has chosen the order.
    ordered: bool,
    ask: Ask,
    choices: Vec<Choice>,
    /// Which columns had something to tell when it was last looked.
    tells: Vec<bool>,
    /// Whether rows keep their order while a hand is over the keys.
    steady: bool,
    /// The keys in their order, to keep it.
    keys: Vec<S::Key>,
    /// When a key was last pressed for it.
    touched: Option<Timestamp>,
    /// True while the order is not the one that it is sorted by.
    held: bool,
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
            width: 0,
            sort: Sort { column, reversed: false },
            ordered: false,
            ask: Ask::among(S::FIELDS),
            choices: choices(S::COLUMNS),
            tells: Vec::new(),
            steady: false,
            keys: Vec::new(),
            touched: None,
            held: false,
        }
    }

    /// The same, whose rows keep their order while a hand is over the keys.
    #[must_use]
    pub fn steady(self) -> Self {
        Self { steady: true, ..self }
    }

    /// How many columns and rows the screen has for this table, its heading left out.
    pub fn resize(&mut self, width: u16, page: u16) {
        self.width = width;
        self.page = usize::from(page).max(1);
        self.reveal();
    }

    /// Filters and sorts again, and says if the cursor could not stay on its row.
    pub fn observe(&mut self, rows: &[S::Row], cx: &S::Cx) -> Option<Slip> {
        self.total = rows.len();
        self.tells = (0..S::COLUMNS.len()).map(|column| S::has(column, cx)).collect();
        order::fill::<S>(&mut self.order, rows, self.ask.query(), self.sort, cx);
        let holds = self.touched.is_some_and(|at| cx.now() < settles(at));
        self.held = self.steady && holds && order::hold::<S>(&mut self.order, &self.keys, rows);
        self.note_order(rows);
        self.settle(rows)
    }

    /// Notes which row is where, so that the order can be kept.
    fn note_order(&mut self, rows: &[S::Row]) {
        if self.steady {
            self.keys.clear();
            let shown = self.order.iter().filter_map(|&i| rows.get(i as usize));
            self.keys.extend(shown.map(S::key));
        }
    }

    /// True while rows are kept in an order that is not the one they are sorted by.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Keeps the order from now on as if a key had been pressed for it: whoever has just opened a table is
    /// about to choose from it.
    pub fn hold_from(&mut self, now: Timestamp) {
        self.touched = Some(now);
    }

    /// Keeps the order no longer.
    pub fn release(&mut self) {
        self.touched = None;
    }

    /// Finds the selected key again and keeps its line on the screen. Until a key is pressed it is the beginning
    /// that is kept there: where a list comes piece by piece, its first rows may come last.
    fn settle(&mut self, rows: &[S::Row]) -> Option<Slip> {
        let line = self.cursor.saturating_sub(self.top);
        let found = self.selected.as_ref().and_then(|key| {
            self.order.iter().position(|&i| rows.get(i as usize).is_some_and(|r| S::key(r) == *key))
        });
        match found {
            Some(cursor) => {
                self.cursor = cursor;
                self.top = if self.touched.is_none() { 0 } else { cursor.saturating_sub(line) };
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

    /// Puts the cursor on the first row, for a table whose cursor nobody has moved.
    pub fn go_home(&mut self, rows: &[S::Row]) {
        self.go(0, rows);
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

    /// True once a person has chosen the order.
    pub fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// What is looked for.
    pub fn filter(&self) -> &Ask {
        &self.ask
    }

    /// True while a query is typed.
    pub fn is_typing(&self) -> bool {
        self.ask.is_typing()
    }

    /// Moves, sorts, or opens and clears the filter. False if `action` means nothing to a table.
    pub fn handle(&mut self, action: Action, rows: &[S::Row], cx: &S::Cx) -> bool {
        let page = self.page;
        self.touched = Some(cx.now());
        match action {
            Action::Up => self.go(self.cursor.saturating_sub(1), rows),
            Action::Down => self.go(self.cursor.saturating_add(1), rows),
            Action::PageUp => self.go(self.cursor.saturating_sub(page), rows),
            Action::PageDown => self.go(self.cursor.saturating_add(page), rows),
            Action::Home => self.go(0, rows),
            Action::End => self.go(usize::MAX, rows),
            Action::Sort => self.sort_by(self.next_column(cx), false, rows, cx),
            Action::Reverse => self.sort_by(self.sort.column, !self.sort.reversed, rows, cx),
            Action::Filter => self.ask.open(),
            Action::Back if !self.ask.is_empty() => {
                if self.ask.look_for(String::new(), cx.now()) {
                    self.fill(rows, cx);
                }
            }
            _ => return false,
        }
        true
    }

    /// A press while the filter is being typed.
    pub fn edit(&mut self, chord: Chord, rows: &[S::Row], cx: &S::Cx) {
        self.touched = Some(cx.now());
        let before = self.ask.query().clone();
        let differs = self.ask.edit(chord, cx.now(), &mut |field, values| {
            for row in rows {
                S::text(row, field.name, cx, &mut |text| {
                    if !text.is_empty() && !values.contains(text) {
                        values.insert(text.to_owned());
                    }
                    false
                });
            }
        });
        if !differs {
            return;
        }
        // What asks for more can only take rows away; what stays is sorted already.
        if self.ask.query().implies(&before) {
            order::narrow::<S>(&mut self.order, rows, self.ask.query(), cx);
            self.note_order(rows);
            self.settle(rows);
        } else {
            self.fill(rows, cx);
        }
    }

    /// What was asked for is done at once; what comes of itself afterwards waits.
    fn fill(&mut self, rows: &[S::Row], cx: &S::Cx) {
        self.release();
        self.observe(rows, cx);
        self.touched = Some(cx.now());
    }

    /// Sorts by `column` from the next look on.
    pub fn order_by(&mut self, column: usize) {
        self.sort = Sort { column, reversed: false };
    }

    fn sort_by(&mut self, column: usize, reversed: bool, rows: &[S::Row], cx: &S::Cx) {
        self.sort_as(column, reversed);
        self.fill(rows, cx);
    }

    /// The next one on the screen that can be sorted by.
    fn next_column(&self, cx: &S::Cx) -> usize {
        let sorts = |c: &usize| S::COLUMNS.get(*c).is_some_and(|column| column.sorts.is_some());
        let shown: Vec<usize> =
            self.places(self.width, cx).iter().map(|place| place.column).filter(sorts).collect();
        let at = shown.iter().position(|column| *column == self.sort.column);
        let next = at.map_or(0, |at| at + 1);
        shown.get(next).or_else(|| shown.first()).copied().unwrap_or(self.sort.column)
    }
}

/// When the order of rows settles that a key was pressed for at this moment.
fn settles(touched: Timestamp) -> Timestamp {
    touched.checked_add(HELD).unwrap_or(touched)
}
