//! What somebody knew of when they acknowledged an alarm, and whether it has become clearly worse since.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{At, Found};

/// Of so many rows that were acknowledged one more is nothing new.
const SHARE: u32 = 4;

/// The rows that were there when an alarm was acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    count: u32,
    /// Which they were, sorted; empty where only their number is remembered.
    rows: Vec<u64>,
}

/// A row as it is known again within one run. An id is long, and an alarm may match thousands.
pub fn trace(row: &At) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

impl Known {
    /// What was found when somebody acknowledged it.
    pub fn new(found: Option<&Found>) -> Self {
        let Some(found) = found else { return Self::default() };
        let mut rows = found.rows.clone();
        rows.sort_unstable();
        Self { count: found.count, rows }
    }

    /// So many, of an earlier run.
    pub fn counted(count: u32) -> Self {
        Self { count, rows: Vec::new() }
    }

    /// How many there were.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// True if more is wrong than somebody knows of: clearly more rows, or none of those that were there.
    pub fn is_outgrown(&self, found: &Found) -> bool {
        let is_known = |row: &u64| self.rows.binary_search(row).is_ok();
        let clearly = self.count.saturating_add((self.count / SHARE).max(1));
        found.count >= clearly || (!self.rows.is_empty() && !found.rows.iter().any(is_known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ids: std::ops::Range<u32>) -> Found {
        let at = |n: u32| At::Session(n.to_string().as_str().into());
        let rows = ids.clone().map(|n| trace(&at(n))).collect();
        Found { count: ids.len().try_into().unwrap(), worst: at(0), rows }
    }

    #[test]
    fn it_is_outgrown_by_clearly_more_rows_or_by_none_that_is_known() {
        let two = Known::new(Some(&found(0..2)));
        assert!(!two.is_outgrown(&found(0..2)) && !two.is_outgrown(&found(1..2)));
        assert!(!two.is_outgrown(&found(1..3)), "one has gone, another has come");
        assert!(two.is_outgrown(&found(0..3)) && two.is_outgrown(&found(2..4)));
        let many = Known::new(Some(&found(0..100)));
        assert!(!many.is_outgrown(&found(0..124)) && many.is_outgrown(&found(0..125)));
        let earlier = Known::counted(2);
        assert!(!earlier.is_outgrown(&found(5..7)) && earlier.is_outgrown(&found(5..8)));
    }
}
