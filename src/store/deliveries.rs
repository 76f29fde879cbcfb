//! What becomes of what is to be told: who delivers which letter, what came of it, what was given up.

use jiff::Timestamp;

use super::StoreError;
use crate::domain::{
    audit::{AuditEntry, AuditRecord},
    flight::Owner,
    outbox::{Destination, Fate, Parcel, Posted, Standing, Tray},
    text::Plain,
};

/// One target of one org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The org, as the config names it.
    pub context: Plain,
    /// Whom it is for.
    pub to: Destination,
}

/// Who wants to deliver, and how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Taking {
    /// To which target.
    pub route: Route,
    /// Who delivers.
    pub by: Owner,
    /// Until when what is taken is theirs.
    pub until: Timestamp,
    /// So many at a time, whoever delivers them.
    pub at_once: u32,
    /// After so many failures in a row one at a time is enough to find out.
    pub down: u32,
    /// So many at most for whoever asks now.
    pub most: u32,
}

/// What one try has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// To which target.
    pub route: Route,
    /// The letter's number.
    pub number: i64,
    /// Who has tried.
    pub by: Owner,
    /// What becomes of it.
    pub fate: Fate,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Why it failed, where it did.
    pub error: Option<Plain>,
}

/// What a settling has done.
#[derive(Clone, Debug, PartialEq)]
pub enum Noted {
    /// It is written down, with the record that was asked for.
    Now(Option<Box<AuditRecord>>),
    /// It is somebody else's by now, or was settled before.
    NotOurs,
}

/// Which letters are to be told after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Those of these ids.
    Events(Vec<Plain>),
    /// All that were given up.
    AllDead,
}

/// What became of asking for letters to be told after all.
#[derive(Clone, Debug, PartialEq)]
pub enum Replayed {
    /// They will be. These were meant, as they are now.
    Done(Vec<Posted>),
    /// None will be: there is no letter of this id.
    Unknown(Plain),
    /// None will be: this one was not given up.
    NotDead(Box<Posted>),
}

/// Something that keeps what becomes of letters. Whatever is decided of one is a transaction, with the
/// audit record that tells it.
pub trait Deliveries: Send + Sync + 'static {
    /// What is in the outbox of an org, by destination. What others hold than `by` may be due: they may
    /// have gone.
    fn trays(
        &self,
        context: &Plain,
        by: &Owner,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Tray>, StoreError>> + Send;

    /// Takes letters that are due: of each conversation the first that waits, of a target that is let
    /// alone none, of one that is down one. What somebody holds who is `gone` is free.
    fn take(
        &self,
        taking: &Taking,
        gone: impl Fn(&Owner) -> bool + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Parcel>, StoreError>> + Send;

    /// Writes down what a try has come to. `weigh` says from how the target stood how it stands now, and
    /// what the audit log is told. Once a target that was down answers, what waited for it is due.
    fn settle(
        &self,
        settled: &Settled,
        weigh: impl Fn(&Standing) -> (Standing, Option<AuditEntry>) + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Noted, StoreError>> + Send;

    /// Gives up what is to be told since `before` or longer and nobody is delivering, the oldest first, at
    /// most `limit`, each with a record.
    fn give_up(
        &self,
        route: &Route,
        before: Timestamp,
        limit: u32,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;

    /// Gives up what has grown as old without ever having been tried, because nobody was there to tell it
    /// or it had no target: all at once, with one record that is told how many there were.
    fn lapse(
        &self,
        route: &Route,
        before: Timestamp,
        entry: impl Fn(u64) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<AuditRecord>, StoreError>> + Send;

    /// Letters that have not been told, of all orgs, the oldest first.
    fn untold(&self) -> impl Future<Output = Result<Vec<Posted>, StoreError>> + Send;

    /// Has letters that were given up told after all, each with a record and under the id it has: all that
    /// are chosen, or none.
    fn replay(
        &self,
        choice: &Choice,
        entry: impl Fn(&Posted) -> AuditEntry + Send + Sync,
        now: Timestamp,
    ) -> impl Future<Output = Result<Replayed, StoreError>> + Send;
}
