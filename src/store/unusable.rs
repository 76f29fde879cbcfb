//! The store that could not be opened.
//!
//! The floor can be watched without one; handing over can't be done, because nothing may be sent that
//! is not written down first. Everything asked of it fails with the reason.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use super::{Claim, Claimed, Store, StoreError};
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::{Departure, Flight, Owner},
    id::{AgentId, HandoffId},
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

    async fn claim(&self, _: &Claim, _: Timestamp, _: Duration) -> Result<Claimed, StoreError> {
        Err(self.0.clone())
    }

    async fn release(&self, _: &Claim) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn begin(
        &self,
        _: AuditEntry,
        _: &Flight,
        _: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        Err(self.0.clone())
    }

    async fn depart(&self, _: &Claim, _: &Departure) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn finish(
        &self,
        _: AuditEntry,
        _: &HandoffId,
        _: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn flights(&self) -> Result<Vec<Flight>, StoreError> {
        Err(self.0.clone())
    }

    async fn take_over(
        &self,
        _: &Flight,
        _: &Owner,
        _: Timestamp,
        _: Duration,
    ) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn handed(&self, _: Timestamp) -> Result<HashMap<AgentId, u32>, StoreError> {
        Err(self.0.clone())
    }
}
