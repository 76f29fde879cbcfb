//! Checks the chain of what passes by on its way into a file: whoever keeps the file should know.

use crate::{
    domain::audit::{AuditEvent, Fault, Finding, Head, Part, Sealed, Told, Verifier},
    store::{Journal, StoreError},
};

/// Records that are looked through for a purge.
const LATER: u32 = 2048;

/// A chain that is being checked, from its first record on.
pub struct Checked {
    verifier: Verifier,
    found: Option<Finding>,
}

impl Checked {
    /// Begins with the first record of the log that ends with `head`.
    pub fn begin(head: &Head) -> Self {
        Self { verifier: Verifier::new(1, head.log.genesis()), found: None }
    }

    /// Checks the next records. Behind one that is wrong, nothing can be told.
    pub fn see(&mut self, records: &[Sealed]) {
        if self.found.is_none() {
            self.found = records.iter().find_map(|record| self.verifier.check(record).err());
        }
    }

    /// The first record that is not what was written; `head` is where the log ended at the start.
    ///
    /// # Errors
    /// If the log can't be read.
    pub async fn end(
        self,
        journal: &impl Journal,
        head: &Head,
    ) -> Result<Option<Finding>, StoreError> {
        let next = self.verifier.next();
        let wrong = |seq, fault| Ok(Some(Finding { seq, fault }));
        if self.found.is_some() {
            return Ok(self.found);
        }
        if next <= head.size {
            return wrong(next, Fault::Missing);
        }
        if self.verifier.hash() != head.hash {
            return wrong(head.size, Fault::Changed(Part::Public));
        }
        let mut told = self.verifier.told();
        if told.robbed().is_some() {
            // A purge that was written meanwhile speaks of what it removed.
            told.join(Told { bare: Vec::new(), purged: purged(journal, head.size).await? });
        }
        Ok(told.robbed())
    }
}

/// Up to where purges go that stand behind record `size`; nought if there is none.
async fn purged(journal: &impl Journal, size: i64) -> Result<i64, StoreError> {
    let later = journal.sealed(size + 1, LATER).await?;
    let purges = later.iter().filter(|record| record.event == AuditEvent::AuditPurged.name());
    let through = purges.filter_map(|purge| purge.shown().details["through"].as_i64());
    Ok(through.max().unwrap_or(0))
}
