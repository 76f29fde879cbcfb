//! The log as any other table, for what is chosen about it. What is looked for is its finder's.

use jiff::Timestamp;

use super::Audit;
use crate::console::widgets::{
    ask::Ask,
    grid::{Choice, Column, Space, Table},
};

impl Table for Audit {
    fn columns(&self) -> &'static [Column] {
        self.grid.columns()
    }

    fn choices(&self) -> &[Choice] {
        self.grid.choices()
    }

    fn choose(&mut self, choices: Vec<Choice>) {
        self.grid.choose(choices);
    }

    fn width(&self, column: usize) -> Option<u16> {
        self.grid.width(column)
    }

    fn space(&self) -> Space {
        self.grid.space()
    }

    fn sorting(&self) -> Option<(usize, bool)> {
        self.grid.sorting()
    }

    fn sort_as(&mut self, column: usize, reversed: bool) {
        self.grid.sort_as(column, reversed);
    }

    fn ask(&self) -> &Ask {
        self.finder.asked()
    }

    fn ask_mut(&mut self) -> &mut Ask {
        self.finder.asked_mut()
    }

    fn look_for(&mut self, text: String, now: Timestamp) {
        self.finder.look_for(text, now);
    }

    fn under_cursor(&self) -> Option<String> {
        self.grid.under_cursor()
    }

    /// New records come first, and old ones stay where they are.
    fn held_until(&self) -> Option<Timestamp> {
        None
    }
}
