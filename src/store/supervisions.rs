//! Who keeps which session, and what is to be told of it. Whatever changes is one transaction with the
//! audit record that announces it: a crash finds both or neither.

use std::time::Duration;

use jiff::Timestamp;

use super::StoreError;
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::Owner,
    id::SessionId,
    lease::{Lease, Phase, Realm, Renewal, Tenancy},
    outbox::Letter,
    supervision::Ended,
};

/// So many sessions that are kept by requests, of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The time between two beats of each.
    pub interval: Duration,
    /// How many there are, whichever floorwalker keeps them.
    pub sessions: usize,
}

/// What became of asking for a place for one more session.
#[derive(Clone, Debug, PartialEq)]
pub enum Place<E> {
    /// It is taken, and announced.
    Ours(Box<AuditRecord>),
    /// So many are open, and no more may be.
    Full(usize),
    /// Why it does not fit to those that are kept.
    Unfit(E),
}

/// What became of asking to keep a session that is open already.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun<E> {
    /// It is ours, with all that was known of one that was let go, and that is announced.
    Ours(Box<Lease>, Box<AuditRecord>),
    /// Somebody keeps it.
    Theirs(Owner),
    /// Why it does not fit to those that are kept.
    Unfit(E),
}

/// What became of moving a session on in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum Turned {
    /// It is done, and written down; where the session was before.
    Now(Box<AuditRecord>, Phase),
    /// It was done before, or the session has ended.
    Before,
    /// Somebody else keeps it.
    NotOurs,
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

    /// Takes a place for a session that is about to be opened, if fewer than `most` are open and it
    /// `fits` to all that are.
    fn reserve<E: Send>(
        &self,
        place: &Lease,
        most: usize,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Place<E>, StoreError>> + Send;

    /// Puts the session that was opened into its place; `None` if the place is not `by`'s any more.
    fn fill(
        &self,
        place: &SessionId,
        by: &Owner,
        lease: &Lease,
        entry: AuditEntry,
        letter: &Letter,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<AuditRecord>, StoreError>> + Send;

    /// Begins to keep a session that is open already, if it `fits` to all that are kept. One that was let
    /// go is kept again.
    fn supervise<E: Send>(
        &self,
        lease: &Lease,
        fits: impl Fn(&[Asking]) -> Result<(), E> + Send + Sync,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Begun<E>, StoreError>> + Send;

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

    /// Moves a session on in its life: announces its end, takes that back, or lets it go. With `by` only
    /// if it is kept by them.
    fn turn(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        to: Phase,
        entry: AuditEntry,
        now: Timestamp,
    ) -> impl Future<Output = Result<Turned, StoreError>> + Send;

    /// Ends a supervision, once; its guest's token goes. With `by` only if it is kept by them.
    fn end(
        &self,
        session: &SessionId,
        by: Option<&Owner>,
        end: Ended,
        entry: Option<AuditEntry>,
        letter: Option<&Letter>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Closed, StoreError>> + Send;

    /// Lets all leases of ours run out at once, so that others take the sessions over; but not those of
    /// sessions that are still being opened, which nobody could know yet.
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
