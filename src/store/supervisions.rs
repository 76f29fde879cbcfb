//! Who keeps which session, and what is to be told of it. Whatever changes is one transaction with the
//! audit record that announces it: a crash finds both or neither.

use jiff::Timestamp;

use super::StoreError;
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::Owner,
    id::SessionId,
    lease::{Lease, Realm, Renewal, Tenancy},
    outbox::Letter,
    supervision::Ended,
};

/// What became of asking for a place for one more session.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// It is taken, and announced.
    Ours(Box<AuditRecord>),
    /// So many are open, and no more may be.
    Full(usize),
}

/// What became of asking to keep a session that is open already.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// It is ours, and that is announced.
    Ours(Box<AuditRecord>),
    /// Somebody keeps it.
    Theirs(Owner),
}

/// What became of ending a supervision.
#[derive(Clone, Debug, PartialEq)]
pub enum Closed {
    /// It is done, with the record that was asked for.
    Now(Option<Box<AuditRecord>>),
    /// It was done before, or it is not ours to do.
    Before,
}

/// A session that was taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The session, ours now.
    pub lease: Lease,
    /// Who kept it before.
    pub from: Owner,
    /// The record that announces it.
    pub record: AuditRecord,
}

/// Something that keeps supervisions.
pub trait Supervisions: Send + Sync + 'static {
    /// So many sessions opened by floorwalkers are really open: one whose time is up is not, whoever
    /// has failed to say so.
    fn open_sessions(
        &self,
        org: &Tenancy,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Takes a place for a session that is about to be opened, if fewer than `most` are open.
    fn reserve(
        &self,
        place: &Lease,
        most: usize,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Place, StoreError>> + Send;

    /// Puts the session that was opened into its place.
    fn fill(
        &self,
        place: &SessionId,
        lease: &Lease,
        entry: AuditEntry,
        letter: &Letter,
        now: Timestamp,
    ) -> impl Future<Output = Result<AuditRecord, StoreError>> + Send;

    /// Begins to keep a session that is open already. One whose keeper's lease has run out may be taken.
    fn supervise(
        &self,
        lease: &Lease,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;

    /// Renews the leases of many sessions at once, and writes down what has been learnt of them. Those
    /// that are not ours any more. A sequence never goes back.
    fn keep(
        &self,
        realm: &Realm,
        kept: &[Renewal],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<SessionId>, StoreError>> + Send;

    /// Writes down that a beat of this number is about to leave. False if the session is not ours any more:
    /// then it must not.
    fn beating(
        &self,
        owner: &Owner,
        session: &SessionId,
        sequence: i64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes over what nobody keeps: whose lease has run out, or whose owner has gone for certain.
    fn adopt(
        &self,
        realm: &Realm,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Adopted>, StoreError>> + Send;

    /// Announces that a session is to be ended, whoever keeps it. `None` if that is announced already,
    /// or it has ended.
    fn ending(
        &self,
        session: &SessionId,
        end: Ended,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<AuditRecord>, StoreError>> + Send;

    /// Ends a supervision, once; its guest's token goes.
    fn end(
        &self,
        session: &SessionId,
        end: Ended,
        entry: Option<AuditEntry>,
        letter: Option<&Letter>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Closed, StoreError>> + Send;

    /// Lets all leases of ours run out at once, so that others take the sessions over.
    fn hand_over(
        &self,
        realm: &Realm,
        entry: impl Fn(&Lease) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;

    /// All supervisions of an org that have not ended, whoever keeps them.
    fn leases(&self, org: &Tenancy) -> impl Future<Output = Result<Vec<Lease>, StoreError>> + Send;

    /// Says that we are there and take sessions over.
    fn attend(
        &self,
        realm: &Realm,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Says that we are there no longer.
    fn depart_keeper(&self, owner: &Owner) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Who has said to be there, and when.
    fn keepers(
        &self,
        org: &Tenancy,
    ) -> impl Future<Output = Result<Vec<(Owner, Timestamp)>, StoreError>> + Send;
}

/// What is to be told to other systems, durable and in order. Delivery is somebody else's.
pub trait Outbox: Send + Sync + 'static {
    /// Puts a letter in.
    fn post(&self, letter: &Letter) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Letters numbered above `after`, oldest first.
    fn letters(
        &self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(i64, Letter)>, StoreError>> + Send;
}
