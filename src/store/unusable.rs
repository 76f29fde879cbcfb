//! The store that could not be opened.
//!
//! The floor can be watched without one; handing over can't be done, because nothing may be sent that
//! is not written down first. Everything asked of it fails with the reason.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use super::{
    Adopted, Asking, Begun, Call, Change, Claim, Claimed, Closed, Deeds, Deliveries, Engaged,
    Extent, Fate, Figures, Journal, Outbox, Place, Received, Requests, Store, StoreError,
    Supervisions, Turned, TurnedRequest,
    deliveries::{Choice, Noted, Replayed, Route, Settled, Taking},
};
use crate::domain::{
    audit::{AuditEntry, AuditRecord, Head, Sealed},
    deed::DeedFlight,
    flight::{Departure, Flight, Owner},
    id::{AgentId, DeedId, HandoffId, SessionId},
    inbox::{Answer, Heard, Print, Request},
    lease::{Lease, Phase, Realm, Renewal, Tenancy},
    outbox::{Letter, Parcel, Posted, Standing, Tray},
    stats::Stats,
    supervision::Ended,
    text::Plain,
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
        _: &[Letter],
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

impl Deeds for Unusable {
    async fn begin_deed(
        &self,
        _: AuditEntry,
        _: &DeedFlight,
        _: Timestamp,
    ) -> Result<AuditRecord, StoreError> {
        Err(self.0.clone())
    }

    async fn finish_deed(
        &self,
        _: AuditEntry,
        _: &DeedId,
        _: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn deeds(&self) -> Result<Vec<DeedFlight>, StoreError> {
        Err(self.0.clone())
    }
}

impl Supervisions for Unusable {
    async fn open_sessions(&self, _: &Tenancy, _: Timestamp) -> Result<usize, StoreError> {
        Err(self.0.clone())
    }

    async fn reserve<E: Send>(
        &self,
        _: &Lease,
        _: usize,
        _: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        _: AuditEntry,
        _: Timestamp,
    ) -> Result<Place<E>, StoreError> {
        Err(self.0.clone())
    }

    async fn fill(
        &self,
        _: &SessionId,
        _: &Owner,
        _: &Lease,
        _: AuditEntry,
        _: &Letter,
        _: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn supervise<E: Send>(
        &self,
        _: &Lease,
        _: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        _: AuditEntry,
        _: Timestamp,
    ) -> Result<Begun<E>, StoreError> {
        Err(self.0.clone())
    }

    async fn keep(
        &self,
        _: &Realm,
        _: &[Renewal],
        _: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        Err(self.0.clone())
    }

    async fn beating(&self, _: &Owner, _: &SessionId, _: i64) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn adopt(
        &self,
        _: &Realm,
        _: impl Fn(&Owner) -> bool + Send + Sync,
        _: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<Adopted>, StoreError> {
        Err(self.0.clone())
    }

    async fn turn(
        &self,
        _: &SessionId,
        _: Option<&Owner>,
        _: Phase,
        _: AuditEntry,
        _: Timestamp,
    ) -> Result<Turned, StoreError> {
        Err(self.0.clone())
    }

    async fn end(
        &self,
        _: &SessionId,
        _: Option<&Owner>,
        _: Ended,
        _: Option<AuditEntry>,
        _: Option<&Letter>,
        _: Timestamp,
    ) -> Result<Closed, StoreError> {
        Err(self.0.clone())
    }

    async fn hand_over(
        &self,
        _: &Realm,
        _: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn leases(&self, _: &Tenancy) -> Result<Vec<Lease>, StoreError> {
        Err(self.0.clone())
    }

    async fn attend(&self, _: &Realm, _: Timestamp) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn depart_keeper(&self, _: &Owner) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn keepers(&self, _: &Tenancy) -> Result<Vec<(Owner, Timestamp)>, StoreError> {
        Err(self.0.clone())
    }
}

impl Outbox for Unusable {
    async fn post(&self, _: &Letter) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn letters(&self, _: i64, _: u32) -> Result<Vec<(i64, Letter)>, StoreError> {
        Err(self.0.clone())
    }
}

impl Requests for Unusable {
    async fn receive(
        &self,
        _: &Tenancy,
        _: &[Call],
        _: Timestamp,
    ) -> Result<Vec<Received>, StoreError> {
        Err(self.0.clone())
    }

    async fn answers(&self, _: &Tenancy, _: &[Print]) -> Result<Vec<Option<Answer>>, StoreError> {
        Err(self.0.clone())
    }

    async fn answer(&self, _: &Tenancy, _: &Print, _: &Answer) -> Result<Answer, StoreError> {
        Err(self.0.clone())
    }

    async fn engage(
        &self,
        _: &Engaged,
        _: &[&'static str],
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn turn_request(
        &self,
        _: TurnedRequest,
        _: Timestamp,
    ) -> Result<Option<(Request, Option<AuditRecord>)>, StoreError> {
        Err(self.0.clone())
    }

    async fn changes(&self, _: &Tenancy, _: i64, _: u32) -> Result<Vec<Change>, StoreError> {
        Err(self.0.clone())
    }

    async fn history(&self, _: &Tenancy, _: &SessionId) -> Result<Vec<Heard>, StoreError> {
        Err(self.0.clone())
    }

    async fn fate(&self, _: &HandoffId) -> Result<Fate, StoreError> {
        Err(self.0.clone())
    }

    async fn tidy(&self, _: Timestamp) -> Result<(), StoreError> {
        Err(self.0.clone())
    }
}

impl Figures for Unusable {
    async fn stats(&self, _: Timestamp, _: Timestamp) -> Result<Stats, StoreError> {
        Err(self.0.clone())
    }

    async fn health(&self) -> Result<Extent, StoreError> {
        Err(self.0.clone())
    }

    async fn probe_write(&self, _: Timestamp) -> Result<(), StoreError> {
        Err(self.0.clone())
    }
}

impl Deliveries for Unusable {
    async fn trays(&self, _: &Plain, _: &Owner, _: Timestamp) -> Result<Vec<Tray>, StoreError> {
        Err(self.0.clone())
    }

    async fn take(
        &self,
        _: &Taking,
        _: impl Fn(&Owner) -> bool + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<Parcel>, StoreError> {
        Err(self.0.clone())
    }

    async fn settle(
        &self,
        _: &Settled,
        _: impl Fn(&Standing) -> (Standing, Option<AuditEntry>) + Send + Sync,
        _: Timestamp,
    ) -> Result<Noted, StoreError> {
        Err(self.0.clone())
    }

    async fn give_up(
        &self,
        _: &Route,
        _: Timestamp,
        _: u32,
        _: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn lapse(
        &self,
        _: &Route,
        _: Timestamp,
        _: impl Fn(u64) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Option<AuditRecord>, StoreError> {
        Err(self.0.clone())
    }

    async fn untold(&self) -> Result<Vec<Posted>, StoreError> {
        Err(self.0.clone())
    }

    async fn replay(
        &self,
        _: &Choice,
        _: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        _: Timestamp,
    ) -> Result<Replayed, StoreError> {
        Err(self.0.clone())
    }
}

impl Journal for Unusable {
    async fn head(&self) -> Result<Head, StoreError> {
        Err(self.0.clone())
    }

    async fn sealed(&self, _: i64, _: u32) -> Result<Vec<Sealed>, StoreError> {
        Err(self.0.clone())
    }

    async fn pick(&self, _: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        Err(self.0.clone())
    }

    async fn written(&self, _: i64, _: i64) -> Result<Option<(i64, i64)>, StoreError> {
        Err(self.0.clone())
    }

    async fn grown(&self, _: i64, _: Duration) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn adopt(&self, _: &Head, _: &[Sealed]) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn purge(
        &self,
        _: i64,
        _: AuditEntry,
        _: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        Err(self.0.clone())
    }
}
