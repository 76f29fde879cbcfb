//! How a session is ended: announced, asked for until it is done, told.

use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use super::post::Post;
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        id::SessionId,
        lease::{Lease, Phase},
        session::SessionState,
        supervision::{End, Supervised},
    },
    genesys::{self, Genesys, Lane, error::Kind},
    store::{Store, StoreError, Turned},
};

/// When it is asked for again, where trouble may pass.
const AGAIN: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// Why a session that was to be ended is not.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NotClosed {
    /// It could not be announced, and so nothing was asked.
    #[error("{0}: nothing was sent")]
    Unannounced(StoreError),
    /// Somebody else keeps it now.
    #[error("another floorwalker keeps it now")]
    Elsewhere,
    /// It was asked for and refused; it is open still, and kept on where a person has asked.
    #[error("{}", .0.explained())]
    Refused(genesys::Error),
}

impl<G: Genesys, S: Store> Post<G, S> {
    /// Ends a session for good. What was announced already, by us or by a floorwalker that has gone, is
    /// only carried out.
    ///
    /// # Errors
    /// If it is not ended. Nobody is told then that it was.
    pub(super) async fn close(&self, it: &Supervised, why: End) -> Result<(), NotClosed> {
        let entry = AuditEntry {
            status: Some("requested"),
            details: json!({"why": why.name()}),
            ..self.entry(event(why), Some(&it.id))
        };
        // A person may end what anybody keeps; a rule ends only what is ours.
        let by = (why != End::Released).then_some(&self.realm.owner);
        let now = self.clock.now();
        let was = match self.store.turn(&it.id, by, Phase::Ending(why), entry, now).await {
            Ok(Turned::Now(record, was)) => {
                self.note(*record).await;
                Some(was)
            }
            Ok(Turned::Before) => None,
            Ok(Turned::NotOurs) => return Err(NotClosed::Elsewhere),
            Err(error) => return Err(NotClosed::Unannounced(error)),
        };
        match self.disconnect(it).await {
            Ok(()) => {
                self.finish(&it.id, by, why, None, Some(json!({"reason": why.name()}))).await;
                Ok(())
            }
            Err(error) => {
                let entry = self.failure(&it.id, why, &error);
                match (why, was) {
                    // As it was before: a person has asked, and knows.
                    (End::Released, was) => {
                        self.turn(&it.id, was.unwrap_or(Phase::Open), entry).await;
                    }
                    // A rule asks until it is answered; it is written down once that it was not.
                    (_, Some(_)) if may_pass(error.kind) => {
                        if let Ok(record) = self.store.append(entry, self.clock.now()).await {
                            self.note(record).await;
                        }
                    }
                    (_, None) if may_pass(error.kind) => {}
                    _ => _ = self.turn(&it.id, Phase::Released, entry).await,
                }
                Err(NotClosed::Refused(error))
            }
        }
    }

    /// Ends a session whoever keeps it, or nobody.
    ///
    /// # Errors
    /// As [`Self::close`].
    pub async fn end(&self, session: &SessionId) -> Result<(), NotClosed> {
        let all = self.store.leases(&self.realm.org).await.map_err(NotClosed::Unannounced)?;
        let there = |lease: &Lease| lease.it.id == *session && lease.phase != Phase::Opening;
        if let Some(lease) = all.into_iter().find(there) {
            return self.close(&lease.it, End::Released).await;
        }
        let entry = AuditEntry {
            status: Some("requested"),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        let record = self.store.append(entry, self.clock.now()).await;
        self.note(record.map_err(NotClosed::Unannounced)?).await;
        let hold = self.genesys.hold(false);
        let Err(error) = self.genesys.disconnect(session, hold, None).await else { return Ok(()) };
        let entry = self.failure(session, End::Released, &error);
        if let Ok(record) = self.store.append(entry, self.clock.now()).await {
            self.note(record).await;
        }
        Err(NotClosed::Refused(error))
    }

    /// A session that ended by itself, or that somebody else has ended.
    pub(super) async fn closed(&self, session: &SessionId) {
        let entry = AuditEntry {
            status: Some("ended_elsewhere"),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        let told = json!({"reason": End::Over.name()});
        self.finish(session, Some(&self.realm.owner), End::Over, Some(entry), Some(told)).await;
    }

    /// Lets go of a session that stays open. One that was opened here counts until its time is up, and
    /// can be kept again with its token.
    pub(super) async fn release(&self, it: &Supervised) -> bool {
        let entry = self.entry(AuditEvent::SupervisionReleased, Some(&it.id));
        match it.opened_here {
            true => self.turn(&it.id, Phase::Released, entry).await,
            false => self.finish(&it.id, None, End::Released, Some(entry), None).await,
        }
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
                    if self.is_over(&it.id).await {
                        return Ok(());
                    }
                }
                answer => return answer,
            }
        }
        ask().await
    }

    /// Whether a session is known to have ended: a request whose answer was lost may have done it.
    async fn is_over(&self, session: &SessionId) -> bool {
        match self.genesys.look(session, Lane::Operator).await {
            Ok(found) => found.session.state == SessionState::Disconnected,
            Err(error) => error.kind == Kind::NotFound,
        }
    }

    /// A session that was let go and whose time is up: what became of it is written down, and told where
    /// it is known.
    pub(super) async fn run_out(&self, session: &SessionId) {
        let over = self.is_over(session).await;
        let entry = AuditEntry {
            status: Some(if over { "ended_elsewhere" } else { "time_is_up" }),
            details: json!({"why": End::Expired.name()}),
            ..self.entry(AuditEvent::SessionTerminated, Some(session))
        };
        let told = over.then(|| json!({"reason": End::Over.name()}));
        self.finish(session, None, End::Released, Some(entry), told).await;
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
