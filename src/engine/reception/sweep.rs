//! What happens to requests with time: they come up again, are given up, or turn out to be settled.

use std::time::Duration;

use tokio::time::Instant;

use super::{AuditEvent, FREE, Plain, Reception, Request, State, TIDY, rule::begin_again};
use crate::{
    domain::{flight::Owner, id::HandoffId, session::SessionState},
    engine::handoff::recovery::runs,
    genesys::{Genesys, Lane, error::Kind},
    store::{Fate, Store, TurnedRequest},
};

/// How often somebody who is not on the floor any more is looked for.
const LOOK: Duration = Duration::from_secs(15);
/// How long a request may be on its way at somebody whom nobody here can see.
const SILENT: Duration = Duration::from_secs(330);

impl<G: Genesys, S: Store> Reception<G, S> {
    pub(super) async fn sweep(&mut self) {
        self.look().await;
        if self.tidied.is_none_or(|at| at.elapsed() >= TIDY) {
            self.tidied = Some(Instant::now());
            self.tidy().await;
        }
        let open: Vec<_> =
            self.known.values().filter(|(it, _)| it.state.is_open()).cloned().collect();
        let mut moved = false;
        for (request, owner) in open {
            moved |= match &request.state {
                State::Handing { handoff } => {
                    let (handoff, owner) = (handoff.clone(), owner.clone());
                    self.abandoned(&request, &handoff, owner.as_ref()).await
                }
                _ => self.timely(&request).await || self.gone(&request).await,
            };
        }
        if moved {
            self.look().await;
        }
    }

    /// Its time is up, or has come.
    async fn timely(&mut self, request: &Request) -> bool {
        let now = self.now();
        let id = request.id.clone();
        match &request.state {
            _ if request.expires <= now => {
                let entry = Some(self.desk.entry(AuditEvent::RequestExpired, request));
                let turn =
                    TurnedRequest::new(id, &["queued", "proposed", "deferred"], State::Expired);
                self.desk.turn(TurnedRequest { entry, ..turn }).await
            }
            State::Deferred { until, .. } if *until <= now => {
                let to = begin_again(request);
                let turned = self.desk.turn(TurnedRequest::new(id, &["deferred"], to)).await;
                if turned {
                    self.ours.insert(request.id.clone());
                }
                turned
            }
            _ => false,
        }
    }

    /// The customer is not there any more to be handed over.
    async fn gone(&mut self, request: &Request) -> bool {
        let floor = self.floor.borrow().clone();
        let reason = match floor.session(&request.session) {
            Some(session) if session.state == SessionState::Disconnected => Some(LEFT),
            Some(session) => {
                self.met.insert(request.id.clone(), None);
                let since = session.since.is_some_and(|since| since > request.heard);
                let helped = session.state == SessionState::Connected && since;
                helped.then_some("an agent has taken the customer meanwhile")
            }
            None => self.missing(request).await,
        };
        let Some(reason) = reason else { return false };
        let to = State::Declined { reason: reason.into() };
        let turn = TurnedRequest::new(request.id.clone(), FREE, to);
        self.desk.turn(turn).await
    }

    /// Who was on the floor and is no longer is looked for, now and then.
    async fn missing(&mut self, request: &Request) -> Option<&'static str> {
        let looked = self.met.get_mut(&request.id)?;
        if looked.is_some_and(|at| at.elapsed() < LOOK) {
            return None;
        }
        *looked = Some(Instant::now());
        match self.desk.genesys.look(&request.session, Lane::Background).await {
            Ok(detail) if detail.session.state == SessionState::Disconnected => Some(LEFT),
            Err(error) if error.kind == Kind::NotFound => Some(LEFT),
            _ => None,
        }
    }

    /// Whoever handed it over has gone: the log says how far that has come.
    async fn abandoned(
        &self,
        request: &Request,
        handoff: &HandoffId,
        owner: Option<&Owner>,
    ) -> bool {
        let here = &self.desk.owner;
        let silent = jiff::SignedDuration::try_from(SILENT).unwrap_or_default();
        let old = self.now().duration_since(request.since) > silent;
        let gone = match owner {
            Some(owner) if owner == here => false,
            Some(owner) => owner.is_gone(here, runs) || old,
            None => old,
        };
        if !gone {
            return false;
        }
        let to = match self.desk.store.fate(handoff).await {
            Ok(Fate::Unannounced) => begin_again(request),
            Ok(Fate::Ended { event, error }) => ended(handoff, &event, error),
            Ok(Fate::UnderWay) | Err(_) => return false,
        };
        let turn = TurnedRequest::new(request.id.clone(), &["handing"], to);
        self.desk.turn(TurnedRequest { handoff: Some(handoff.clone()), ..turn }).await
    }

    async fn tidy(&mut self) {
        if let Err(error) = self.desk.store.tidy(self.now()).await {
            tracing::warn!(%error, "what is too old is still kept");
        }
        let kept = jiff::SignedDuration::try_from(crate::store::KEPT).unwrap_or_default();
        let now = self.now();
        let before = self.known.len();
        self.known.retain(|_, (it, _)| it.state.is_open() || now.duration_since(it.since) < kept);
        let known = &self.known;
        self.met.retain(|id, _| known.get(id).is_some_and(|(it, _)| it.state.is_open()));
        self.ours.retain(|id| known.get(id).is_some_and(|(it, _)| it.state.is_open()));
        if self.known.len() != before {
            self.show().await;
        }
    }
}

const LEFT: &str = "the customer has left";

/// What the log says of a handoff.
fn ended(handoff: &HandoffId, event: &str, error: Option<Plain>) -> State {
    let reason = || error.unwrap_or_else(|| "it did not work".into());
    match AuditEvent::from_name(event) {
        Some(AuditEvent::HandoffCompleted) => State::Done { handoff: handoff.clone() },
        Some(AuditEvent::HandoffCancelled | AuditEvent::HandoffCompensated) => {
            State::Proposed { because: Some("it was called back".into()) }
        }
        Some(AuditEvent::HandoffRejected) => State::Proposed { because: Some(reason()) },
        _ => State::Failed { reason: reason() },
    }
}
