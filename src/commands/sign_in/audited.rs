//! Signing in and out, in the audit log of this store: as which user of the org, by whom, from where.

use jiff::Timestamp;
use serde_json::json;

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

/// What is written down.
pub struct Note {
    /// What was done.
    pub event: AuditEvent,
    /// As whom.
    pub account: Account,
    /// What went wrong.
    pub error: Option<Plain>,
    /// Whose sign-in this has replaced.
    pub replaced: Option<Account>,
}

impl Note {
    /// That it was done.
    pub fn of(event: AuditEvent, account: Account) -> Self {
        Self { event, account, error: None, replaced: None }
    }

    /// The same in place of somebody else's.
    #[must_use]
    pub fn replacing(self, other: Account) -> Self {
        Self { replaced: Some(other), ..self }
    }

    /// Writes it down. Where that can't be done, the sign-in is what it is, and it is told.
    ///
    /// # Errors
    /// If the org's name is not known, without which nobody signs in to it.
    pub async fn write(self, org: &Context, config: &Config) -> Result<(), Failure> {
        let context = Plain::new(&Kept::of(org)?.name);
        let actor = Actor { account: Some(self.account), ..who::actor() };
        let status = Some(if self.error.is_some() { "failed" } else { "done" });
        let entry = AuditEntry::of(self.event, actor, context, org.dialect.value.name());
        let mut entry = AuditEntry { status, error: self.error, ..entry };
        if let Some(other) = self.replaced {
            entry.details["replaced_user"] = json!(other.id);
            entry.details["replaced_name"] = json!(other.name);
        }
        if let Err(why) = append(config, entry).await {
            warn(&format!("It is not in the audit log: {}", why.message));
        }
        Ok(())
    }
}

async fn append(config: &Config, entry: AuditEntry) -> Result<(), Failure> {
    let store = store::open(config).await?;
    store.append(entry, Timestamp::now()).await?;
    Ok(())
}
