//! How a session is ended: announced, asked for until it is done, told.

use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use super::post::Post;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        id::SessionId,
        supervision::{End, Ended, Supervised},
    },
    genesys::{self, Genesys, error::Kind},
    store::{Store, StoreError},
};

/// Why a session was not ended.
#[derive(Debug, Error)]
pub enum NotEnded {
    /// It could not be announced.
    #[error("{0}: nothing was sent")]
    Store(#[from] StoreError),
    /// It was refused, or nobody knows.
    #[error("{}", .0.explained())]
    Genesys(#[from] genesys::Error),
}

/// When it is asked for again, where trouble may pass.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

impl<G: Genesys, S: Store> Post<G, S> {
    /// Ends a session for good. What was announced already, by us or by a floorwalker that has gone, is
    /// only carried out.
    ///
    /// # Errors
    /// If it could not be announced, and so nothing was asked; or if it was refused.
    pub(super) async fn close(&self, it: &Supervised, why: End) -> Result<(), NotEnded> {
        let now = self.clock.now();
        let entry = AuditEntry {
            status: Some("requested"),
            details: json!({"why": why.name()}),
            ..self.entry(event(why), Some(&it.id))
        };
        if let Some(record) = self.store.ending(&it.id, Ended { at: now, why }, entry, now).await? {
            self.note(record).await;
        }
        let refused = self.disconnect(it).await.err();
        let entry = refused.as_ref().map(|error| self.failure(&it.id, why, error));
        self.finish(&it.id, why, entry, Some(json!({"reason": why.name()}))).await;
        refused.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Ends a session whoever keeps it, or nobody.
    ///
    /// # Errors
    /// As [`Self::close`].
    pub async fn end(&self, session: &SessionId) -> Result<(), NotEnded> {
        let all = self.store.leases(&self.realm.org).await?;
        if let Some(lease) = all.into_iter().find(|lease| lease.it.id == *session) {
            return self.close(&lease.it, End::Released).await;
        }
        let entry = AuditEntry {
            status: Some("requested"),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        self.note(self.store.append(entry, self.clock.now()).await?).await;
        let hold = self.genesys.hold(false);
        let Err(error) = self.genesys.disconnect(session, hold, None).await else { return Ok(()) };
        let entry = self.failure(session, End::Released, &error);
        if let Ok(record) = self.store.append(entry, self.clock.now()).await {
            self.note(record).await;
        }
        Err(error.into())
    }

    /// A session that ended by itself, or that somebody else has ended.
    pub(super) async fn closed(&self, session: &SessionId) {
        let entry = AuditEntry {
            status: Some("ended_elsewhere"),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        let told = json!({"reason": End::Over.name()});
        self.finish(session, End::Over, Some(entry), Some(told)).await;
    }

    /// Lets go of a session that stays open.
    pub(super) async fn release(&self, session: &SessionId) -> bool {
        let entry = self.entry(AuditEvent::SupervisionReleased, Some(session));
        self.finish(session, End::Released, Some(entry), None).await
    }

    /// One that we kept is known to have been there: it can only have ended where it is not found.
    async fn disconnect(&self, it: &Supervised) -> Result<(), genesys::Error> {
        let ask = async || match self.genesys.disconnect(&it.id, it.hold, it.token.as_ref()).await {
            Err(error) if error.kind == Kind::NotFound => Ok(()),
            answer => answer,
        };
        for wait in AGAIN {
            match ask().await {
                Err(error) if may_pass(error.kind) => {
                    tracing::warn!(session = %it.id, %error, "a session is not ended yet");
                    tokio::time::sleep(wait).await;
                }
                answer => return answer,
            }
        }
        ask().await
    }

    fn failure(&self, session: &SessionId, why: End, error: &genesys::Error) -> AuditEntry {
        AuditEntry {
            status: Some("failed"),
            error: Some(error.explained()),
            error_code: error.code.clone(),
            correlation: error.correlation.clone(),
            details: json!({"why": why.name()}),
            ..self.entry(event(why), Some(session))
        }
    }
}

fn event(why: End) -> AuditEvent {
    match why {
        End::Lost => AuditEvent::SessionDisconnected,
        End::Expired | End::Over | End::Released => AuditEvent::SessionTerminated,
    }
}

/// Ending twice harms nobody, so it is asked for again whether or not the first request arrived.
fn may_pass(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Timeout | Kind::Network | Kind::Unreachable | Kind::Server | Kind::RateLimited
    )
}
