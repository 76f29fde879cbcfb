//! What all tables have in common for the app: an order that is held settles once the hand is gone.

use jiff::Timestamp;

use super::App;
use crate::console::panes::PaneId;

impl App {
    /// When the first table's order is to settle.
    pub(super) fn settles(&self) -> Option<Timestamp> {
        let held = |id: PaneId| self.panes.view(id).table()?.held_until();
        PaneId::ALL.into_iter().filter_map(held).min()
    }

    /// Settles what is due.
    pub(super) fn settle_tables(&mut self) {
        for id in PaneId::ALL {
            let view = self.panes.view_mut(id);
            let until = view.table().and_then(|table| table.held_until());
            if until.is_some_and(|until| until <= self.cx.now) {
                view.observe(&self.cx);
                self.dirty = true;
            }
        }
    }
}
