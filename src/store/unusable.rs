//! The store that could not be opened.
//!
//! The floor can be watched without one; handing over can't be done, because nothing may be sent that
//! is not written down first. Everything asked of it fails with the reason.

use std::time::Duration;

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    id::{HandoffId, SessionId},
};

/// A store that fails with the reason it could not be opened for.
#[derive(Clone, Debug)]
pub struct Unusable(pub StoreError);

impl Store for Unusable {
    async fn append(&self, _: AuditEntry, _: Timestamp) -> Result<AuditRecord, StoreError> {
        Err(self.0.clone())
    }

    async fn page(&self, _: Option<i64>, _: u32) -> Result<Vec<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn claim(
        &self,
        _: &SessionId,
        _: &HandoffId,
        _: Timestamp,
        _: Duration,
    ) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn release(&self, _: &SessionId, _: &HandoffId) -> Result<(), StoreError> {
        Err(self.0.clone())
    }
}
