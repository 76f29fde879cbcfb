//! An index beside the log: which records may hold what is looked for. It never decides; the query does,
//! on the record itself. So every index gives the same results, and without one they are only slower.
//!
//! An index is filled behind the log, never in the way of who writes it, and can be thrown away and filled
//! anew. It says up to which record it goes and of which log it is; what lies behind has to be read.

mod plan;

use std::{future::Future, ops::RangeInclusive};

use super::StoreError;
use crate::domain::{
    audit::{Hash, Head, LogName, Sealed},
    query::Narrow,
};

pub use plan::{Among, Plan, Reach};
pub(super) use plan::{Leaf, MOST, leaves, reach};

/// Something that knows which records may hold what.
pub trait Search: Send + Sync + 'static {
    /// How far it goes; `None` if it is empty.
    fn indexed(&self) -> impl Future<Output = Result<Option<Indexed>, StoreError>> + Send;

    /// Throws away what it holds, to be filled with the log that ends with `head`.
    fn renew(&self, head: &Head) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Files records that follow `after`. False, with nothing filed, if it no longer ends there: somebody
    /// else was faster.
    fn file(
        &self,
        after: &Indexed,
        records: &[Sealed],
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes itself faster where filling it has left it slow.
    fn tidy(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Where to look for what must have this.
    fn plan(&self, narrow: &Narrow) -> impl Future<Output = Result<Plan, StoreError>> + Send;

    /// The greatest numbers within `numbers`, in descending order and at most `limit`, of records that a
    /// plan reaches. `None` if it was thrown away since the plan was made.
    fn candidates(
        &self,
        plan: &Plan,
        numbers: RangeInclusive<i64>,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Vec<i64>>, StoreError>> + Send;
}

/// How far an index goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Of which log it is.
    pub log: LogName,
    /// Its last record.
    pub upto: i64,
    /// That record's hash.
    pub hash: Hash,
    /// How many records the log had when it was begun: purges among them are done.
    pub begun: i64,
}

/// No index: everything has to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unindexed;

impl Search for Unindexed {
    async fn indexed(&self) -> Result<Option<Indexed>, StoreError> {
        Ok(None)
    }

    async fn renew(&self, _: &Head) -> Result<(), StoreError> {
        Ok(())
    }

    async fn file(&self, _: &Indexed, _: &[Sealed]) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn tidy(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn plan(&self, _: &Narrow) -> Result<Plan, StoreError> {
        Ok(Plan { generation: 0, indexed: None, reach: Reach::All })
    }

    async fn candidates(
        &self,
        _: &Plan,
        _: RangeInclusive<i64>,
        _: u32,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        Ok(None)
    }
}
