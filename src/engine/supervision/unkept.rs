//! How a session is ended that no floorwalker of this store keeps.

use serde_json::json;
use thiserror::Error;

use super::post::Post;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        id::SessionId,
        session::SessionState,
        supervision::End,
    },
    genesys::{self, Genesys, Lane},
    store::{Store, StoreError},
};

/// Why a session was not ended.
#[derive(Debug, Error)]
pub enum NotEnded {
    /// It could not be written down first; nothing was sent.
    #[error("{0}: nothing was sent")]
    Store(#[from] StoreError),
    /// It is not there, or may not be ended.
    #[error("{0}")]
    Genesys(#[from] genesys::Error),
}

impl<G: Genesys, S: Store> Post<G, S> {
    /// Ends a session that nobody keeps. Unlike one that is kept it may be anybody's word: it is read
    /// first, because for what was never there "not found" is no success.
    ///
    /// # Errors
    /// If it can't be read, could not be announced, or was refused.
    pub async fn end_unkept(&self, session: &SessionId) -> Result<(), NotEnded> {
        let found = self.genesys.look(session, Lane::Operator).await?.session;
        if found.state == SessionState::Disconnected {
            return Ok(());
        }
        let entry = |status| AuditEntry {
            status: Some(status),
            details: json!({"why": End::Released.name()}),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        let record = self.store.append(entry("requested"), self.clock.now()).await?;
        self.note(record).await;
        let hold = self.genesys.hold(false);
        let Err(error) = self.genesys.disconnect(session, hold, None).await else { return Ok(()) };
        let failed = AuditEntry {
            error: Some(error.explained()),
            error_code: error.code.clone(),
            correlation: error.correlation.clone(),
            ..entry("failed")
        };
        if let Ok(record) = self.store.append(failed, self.clock.now()).await {
            self.note(record).await;
        }
        Err(error.into())
    }
}
