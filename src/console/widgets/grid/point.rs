//! A table under the mouse: which row and which column stand where, and what a gesture there does.

use ratatui::layout::{Position, Rect};

use super::{Grid, Sheet, column, draw};
use crate::console::keys::{
    Action,
    pointer::{Gesture, NOTCH, Pointer},
};

impl<S: Sheet> Grid<S> {
    /// The place, in the order, of the row on the nth line under the heading.
    pub fn row_at(&self, line: u16) -> Option<usize> {
        let place = self.top + usize::from(line);
        (usize::from(line) < self.page && place < self.order.len()).then_some(place)
    }

    /// The column in the nth column of the screen from the left edge of `area`.
    pub fn column_at(&self, x: u16, area: Rect, cx: &S::Cx) -> Option<usize> {
        let places = self.places(area.width, cx);
        let at = x.checked_sub(draw::GUTTER)?;
        let under = |place: &&column::Place| (place.x..place.x + place.width).contains(&at);
        places.iter().find(under).map(|place| place.column)
    }

    /// Does what `pointer` asks for in a table that is drawn in `area`, and says which action that
    /// amounts to: moving, or, on a heading, sorting.
    pub fn point(
        &mut self,
        pointer: Pointer,
        area: Rect,
        rows: &[S::Row],
        cx: &S::Cx,
    ) -> Option<Action> {
        if pointer.gesture != Gesture::Click || pointer.at.y != area.y {
            return self.pick(pointer, area, rows);
        }
        let Position { x, .. } = pointer.at;
        let column = self.column_at(x.checked_sub(area.x)?, area, cx)?;
        S::COLUMNS.get(column)?.sorts?;
        let again = self.sort.column == column;
        self.sort_by(column, again && !self.sort.reversed, rows, cx);
        Some(if again { Action::Reverse } else { Action::Sort })
    }

    /// As [`point`](Self::point), for a table that is not sorted by its heading.
    pub fn pick(&mut self, pointer: Pointer, area: Rect, rows: &[S::Row]) -> Option<Action> {
        let Some(turn) = pointer.turn() else {
            let line = pointer.at.y.checked_sub(area.y + 1)?;
            let place = self.row_at(line).filter(|_| area.contains(pointer.at))?;
            self.go(place, rows);
            return Some(Action::Down);
        };
        if self.order.is_empty() {
            return None;
        }
        self.scroll(turn == Action::Down, rows);
        Some(turn)
    }

    /// Moves the window; the cursor stays on its row as long as that is to be seen.
    fn scroll(&mut self, down: bool, rows: &[S::Row]) {
        let last = self.order.len().saturating_sub(self.page);
        let notch = usize::from(NOTCH);
        self.top = if down { (self.top + notch).min(last) } else { self.top.saturating_sub(notch) };
        self.go(self.cursor.clamp(self.top, self.top + self.page - 1), rows);
    }
}
