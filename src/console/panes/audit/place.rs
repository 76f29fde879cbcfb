//! Where the cursor stands in the log, for who comes back to it.

use super::Audit;

impl Audit {
    /// The number of the record under the cursor; none while the newest is followed, whichever that is.
    pub fn selected_seq(&self) -> Option<i64> {
        self.grid.selected().copied().filter(|_| !self.follows)
    }

    /// Puts the cursor on the record of this number. False if it is not among those shown.
    pub fn go(&mut self, seq: i64) -> bool {
        self.grid.select(&seq, &self.rows);
        let reached = self.grid.selected() == Some(&seq);
        self.follows &= !reached || self.grid.at_top();
        reached
    }
}
