//! Signing in and out, in the audit log of this store: as which user of the org, by whom, from where.

use jiff::Timestamp;

use crate::{
    commands::{Failure, listing::warn, store, who},
    config::{Config, Context},
    domain::{
        audit::{Account, Actor, AuditEntry, AuditEvent},
        text::Plain,
    },
    store::Store,
};

use super::Kept;

/// Writes it down. Where that can't be done, the sign-in is what it is, and it is told.
///
/// # Errors
/// If the org's name is not known, without which nobody signs in to it.
pub async fn note(
    event: AuditEvent,
    (org, config): (&Context, &Config),
    account: Account,
    error: Option<Plain>,
) -> Result<(), Failure> {
    let context = Plain::new(&Kept::of(org)?.name);
    let actor = Actor { account: Some(account), ..who::actor() };
    let status = Some(if error.is_some() { "failed" } else { "done" });
    let entry = AuditEntry {
        status,
        error,
        ..AuditEntry::of(event, actor, context, org.dialect.value.name())
    };
    if let Err(why) = append(config, entry).await {
        warn(&format!("It is not in the audit log: {}", why.message));
    }
    Ok(())
}

async fn append(config: &Config, entry: AuditEntry) -> Result<(), Failure> {
    let store = store::open(config).await?;
    store.append(entry, Timestamp::now()).await?;
    Ok(())
}
