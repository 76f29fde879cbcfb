//! A table whatever its rows are: what is chosen about it, kept and brought back.

use jiff::Timestamp;

use super::{Choice, Column, Grid, Sheet, Sort, Space};
use crate::console::widgets::ask::Ask;

/// What can be chosen about a table.
pub trait Table {
    /// All its columns.
    fn columns(&self) -> &'static [Column];

    /// Which of them show, in which order and how wide.
    fn choices(&self) -> &[Choice];

    /// Chooses which columns show.
    fn choose(&mut self, choices: Vec<Choice>);

    /// How wide a column is on the screen, about; `None` if it is not there.
    fn width(&self, column: usize) -> Option<u16>;

    /// What there is for its columns.
    fn space(&self) -> Space;

    /// What a person has chosen to sort it by, and whether the other way round.
    fn sorting(&self) -> Option<(usize, bool)>;

    /// Sorts it so from the next look on.
    fn sort_as(&mut self, column: usize, reversed: bool);

    /// What is looked for in it.
    fn ask(&self) -> &Ask;

    /// The same, to be told things.
    fn ask_mut(&mut self) -> &mut Ask;

    /// Looks for something else from the next look on.
    fn look_for(&mut self, text: String, now: Timestamp);

    /// The id of the row under the cursor, as text.
    fn under_cursor(&self) -> Option<String>;

    /// When the order of its rows, which is held, is to settle.
    fn held_until(&self) -> Option<Timestamp>;
}

impl<S: Sheet> Table for Grid<S> {
    fn columns(&self) -> &'static [Column] {
        S::COLUMNS
    }

    fn choices(&self) -> &[Choice] {
        &self.choices
    }

    fn choose(&mut self, choices: Vec<Choice>) {
        self.choices = choices;
    }

    fn width(&self, column: usize) -> Option<u16> {
        let Space { width, .. } = self.space();
        let places = super::column::places(S::COLUMNS, &self.choices, width, |_| true);
        places.iter().find(|place| place.column == column).map(|place| place.width)
    }

    fn space(&self) -> Space {
        let width = self.width.saturating_sub(super::draw::GUTTER + 1);
        Space { width, tells: self.tells.clone() }
    }

    fn sorting(&self) -> Option<(usize, bool)> {
        self.is_ordered().then_some((self.sort.column, self.sort.reversed))
    }

    fn sort_as(&mut self, column: usize, reversed: bool) {
        self.sort = Sort { column, reversed };
        self.ordered = true;
    }

    fn ask(&self) -> &Ask {
        &self.ask
    }

    fn ask_mut(&mut self) -> &mut Ask {
        &mut self.ask
    }

    fn look_for(&mut self, text: String, now: Timestamp) {
        self.ask.look_for(text, now);
    }

    fn under_cursor(&self) -> Option<String> {
        self.selected().map(ToString::to_string)
    }

    fn held_until(&self) -> Option<Timestamp> {
        self.touched.filter(|_| self.held).map(super::settles)
    }
}
