//! The chain in its store, in both engines: one order however many write, whole after every crash, and
//! found out when somebody was at it.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

#[path = "journal/crash.rs"]
mod crash;
#[path = "journal/crimes.rs"]
mod crimes;
#[path = "journal/older.rs"]
mod older;
#[path = "journal/order.rs"]
mod order;
#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
mod stores;

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent, Finding, Sealed, Told, Verifier},
    store::{Database, Journal},
};
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-21T10:00:00.123Z".parse().unwrap()
}

fn entry(reason: &str) -> AuditEntry {
    let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
    let entry = AuditEntry::of(AuditEvent::HandoffInitiated, actor, "acme".into(), "gateway");
    AuditEntry { reason: Some(reason.into()), session: Some("c-1".into()), ..entry }
}

/// All records, in their order.
async fn all(store: &Database) -> Vec<Sealed> {
    store.sealed(1, 1_000_000).await.unwrap()
}

/// Checks the whole log.
async fn checked(store: &Database) -> Result<Told, Finding> {
    let head = store.head().await.unwrap();
    let mut verifier = Verifier::new(1, head.log.genesis());
    for sealed in all(store).await {
        verifier.check(&sealed)?;
    }
    assert_eq!((verifier.next() - 1, verifier.hash()), (head.size, head.hash));
    let told = verifier.told();
    told.robbed().map_or(Ok(told), Err)
}
