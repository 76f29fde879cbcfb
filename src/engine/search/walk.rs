//! A walk through the log, from its end to its beginning, in steps that grow.

use crate::{
    domain::{
        audit::{AuditRecord, Head, Sealed},
        query::{Narrow, Query},
    },
    store::{Indexed, Journal, Plan, Reach, Search, StoreError},
};

use super::Quest;

/// The first step, unless a page is larger.
const FIRST: usize = 128;
/// The longest: some thousands of records are read in some ms.
pub const LARGEST: usize = 4096;

/// Where a walk is.
pub struct Walk<'a, J, S> {
    journal: &'a J,
    index: &'a S,
    query: &'a Query,
    narrow: Narrow,
    /// What was not looked at lies below this record …
    below: i64,
    /// … and not below this one.
    least: i64,
    /// How many records the next step looks at.
    stride: usize,
    /// Up to here the index names candidates.
    upto: i64,
    plan: Option<Plan>,
}

impl<'a, J: Journal, S: Search> Walk<'a, J, S> {
    /// Begins at the newest record of the times and numbers that the query is about.
    pub async fn begin(
        journal: &'a J,
        index: &'a S,
        quest: &Quest<'a>,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let query = quest.query;
        let head = journal.head().await?;
        let (mut least, mut greatest) = whole(query, "seq");
        let (from, until) = whole(query, "at");
        if (from, until) != (i64::MIN, i64::MAX) {
            // A record of this very ms counts.
            let within = match from <= until {
                true => journal.written(from, until.saturating_add(1)).await?,
                false => None,
            };
            let (first, last) = within.unwrap_or((i64::MAX, i64::MIN));
            (least, greatest) = (least.max(first), greatest.min(last));
        }
        let below = quest.below.unwrap_or(i64::MAX);
        let below = below.min(head.size.saturating_add(1)).min(greatest.saturating_add(1));
        // One more than a page tells whether there is another.
        let stride = if query.is_all() { limit + 1 } else { FIRST.max(limit + 1) };
        let stride = stride.min(LARGEST);
        let mut walk = Self {
            journal,
            index,
            query,
            narrow: query.narrow(),
            below,
            least: least.max(1),
            stride,
            upto: 0,
            plan: None,
        };
        if !query.is_all() && walk.rest().is_some() {
            walk.consult(&head).await?;
        }
        Ok(walk)
    }

    /// What was not looked at lies below this record; `None` at the end.
    pub fn rest(&self) -> Option<i64> {
        (self.below > self.least).then_some(self.below)
    }

    /// The next records that match, newest first; `None` at the end.
    pub async fn step(&mut self) -> Result<Option<Vec<AuditRecord>>, StoreError> {
        if self.rest().is_none() {
            return Ok(None);
        }
        let records = if self.below - 1 > self.upto || self.plan.is_none() {
            self.read().await?
        } else {
            self.pick().await?
        };
        self.stride = (self.stride * 2).min(LARGEST);
        Ok(Some(records.iter().filter_map(|sealed| self.test(sealed)).collect()))
    }

    /// The record, if it matches. Most that are read without the index don't, and show it at a glance.
    fn test(&self, sealed: &Sealed) -> Option<AuditRecord> {
        let texts = [&*sealed.record, sealed.personal.as_deref().unwrap_or_default()];
        if !self.narrow.may_be_in(&texts) {
            return None;
        }
        Some(sealed.shown()).filter(|record| self.query.matches(record))
    }

    /// Asks the index where to look, if it is of this log. One that fails is none.
    async fn consult(&mut self, head: &Head) -> Result<(), StoreError> {
        let plan = match self.index.plan(&self.narrow).await {
            Ok(plan) => plan,
            Err(e) => {
                tracing::warn!("searching without the index: {e}");
                return Ok(());
            }
        };
        let Some(indexed) = plan.indexed.clone() else { return Ok(()) };
        if plan.reach != Reach::All && belongs(self.journal, &indexed, head).await? {
            (self.upto, self.plan) = (indexed.upto, Some(plan));
        }
        Ok(())
    }

    /// The records of the next stretch, down to where the index begins to know them.
    async fn read(&mut self) -> Result<Vec<Sealed>, StoreError> {
        let known = if self.plan.is_some() { self.upto + 1 } else { 1 };
        let stride = i64::try_from(self.stride).unwrap_or(i64::MAX);
        let from = (self.below - stride).max(self.least).max(known);
        let count = u32::try_from(self.below - from).unwrap_or(u32::MAX);
        let mut records = self.journal.sealed(from, count).await?;
        records.reverse();
        self.below = from;
        Ok(records)
    }

    /// The next records that the index names.
    async fn pick(&mut self) -> Result<Vec<Sealed>, StoreError> {
        let Some(plan) = &self.plan else { return Ok(Vec::new()) };
        let within = self.least..=self.below - 1;
        let limit = u32::try_from(self.stride).unwrap_or(u32::MAX);
        match self.index.candidates(plan, within, limit).await {
            Ok(Some(numbers)) => {
                let is_end = numbers.len() < self.stride;
                let last = numbers.last().copied().filter(|_| !is_end);
                self.below = last.unwrap_or(self.least);
                self.journal.pick(&numbers).await
            }
            // It was thrown away meanwhile, or has failed: from here on everything is read.
            Ok(None) => {
                self.plan = None;
                Ok(Vec::new())
            }
            Err(e) => {
                tracing::warn!("searching on without the index: {e}");
                self.plan = None;
                Ok(Vec::new())
            }
        }
    }
}

/// True if an index is of the log that ends with `head`, as it is now.
pub async fn belongs(
    journal: &impl Journal,
    indexed: &Indexed,
    head: &Head,
) -> Result<bool, StoreError> {
    if indexed.log != head.log || indexed.upto > head.size {
        return Ok(false);
    }
    if indexed.upto == 0 {
        return Ok(true);
    }
    let last = journal.pick(&[indexed.upto]).await?;
    Ok(last.first().is_some_and(|sealed| sealed.hash == indexed.hash))
}

/// The whole numbers of this field that the query is about.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float stops at the ends")]
fn whole(query: &Query, field: &str) -> (i64, i64) {
    let span = query.span(field);
    (span.least().floor() as i64, span.greatest().ceil() as i64)
}
