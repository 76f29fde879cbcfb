//! What happens to requests with time: they come up again, are given up, or turn out to be settled.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    AuditEvent, FREE, Front, Plain, REST, Reception, Request, State, TIDY, asks::triggered,
    rule::begin_again,
};
use crate::{
    domain::{flight::Owner, id::HandoffId, session::SessionState},
    engine::{handoff::recovery::runs, run::Inward},
    genesys::{Genesys, Lane, error::Kind},
    store::{Fate, Store, TurnedRequest},
};

/// How often somebody who is not on the floor any more is looked for.
const LOOK: Duration = Duration::from_secs(15);
/// After so long it is looked up how a handoff of our own has ended.
fn late() -> jiff::SignedDuration {
    jiff::SignedDuration::from_secs(30)
}

/// How long a request may be on its way at somebody whom nobody here can see.
const SILENT: Duration = Duration::from_secs(330);

impl<G: Genesys, S: Store> Reception<G, S> {
    pub(super) async fn sweep(&mut self) {
        if self.stirs.any() || self.looked.is_none_or(|at| at.elapsed() >= REST) {
            self.look().await;
        }
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
                let turn = TurnedRequest::new(
                    id,
                    &["queued", "proposed", "deferred"],
                    State::Expired { because: None },
                );
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
    async fn gone(&mut self, request: &Arc<Request>) -> bool {
        let floor = self.floor.borrow().clone();
        let reason = match floor.session(&request.session) {
            Some(session) if session.state == SessionState::Disconnected => Some(LEFT),
            Some(session) => {
                self.met.insert(request.id.clone(), None);
                let since = session.since.is_some_and(|since| since > request.heard);
                let queue = request.queue.as_ref();
                let there = queue.is_some_and(|queue| session.standing().waits_in(queue));
                match session.state {
                    SessionState::Connected if since => Some(HELPED),
                    SessionState::Waiting if since && there => Some(THERE),
                    _ => None,
                }
            }
            None => {
                self.look_for(request);
                None
            }
        };
        match reason {
            Some(reason) => self.desk.close(request, reason).await,
            None => false,
        }
    }

    /// Who was on the floor and is no longer is looked for, now and then. Nobody waits for that here.
    fn look_for(&mut self, request: &Arc<Request>) {
        let Some(looked) = self.met.get_mut(&request.id) else { return };
        if looked.is_some_and(|at| at.elapsed() < LOOK) {
            return;
        }
        *looked = Some(Instant::now());
        let (desk, request) = (Arc::clone(&self.desk), Arc::clone(request));
        self.tasks.spawn(async move {
            let gone = match desk.genesys.look(&request.session, Lane::Background).await {
                Ok(detail) => detail.session.state == SessionState::Disconnected,
                Err(error) => error.kind == Kind::NotFound,
            };
            if gone {
                desk.close(&request, LEFT).await;
            }
            None
        });
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
        // Of our own the end is told, but that may have been lost where much came at once.
        let ours = owner == Some(here);
        let gone = match owner {
            Some(_) if ours => self.now().duration_since(request.since) > late(),
            Some(owner) => owner.is_gone(here, runs) || old,
            None => old,
        };
        if !gone {
            return false;
        }
        let to = match self.desk.store.fate(handoff).await {
            Ok(Fate::Unannounced) if ours && (!old || self.begun.contains(&request.id)) => {
                return false;
            }
            Ok(Fate::Unannounced) => begin_again(request),
            Ok(Fate::Ended { left: false, event, .. }) if is_cut_short(&event) => {
                begin_again(request)
            }
            Ok(Fate::Ended { event, error, .. }) => ended(handoff, &event, error),
            Ok(Fate::UnderWay) | Err(_) => return false,
        };
        let heard = matches!(to, State::Done { .. }).then(|| triggered(None, self.now()));
        let turn = TurnedRequest::new(request.id.clone(), &["handing"], to);
        let handoff = Some(handoff.clone());
        self.desk.turn(TurnedRequest { handoff, heard, ..turn }).await
    }

    async fn tidy(&mut self) {
        if let Err(error) = self.desk.store.tidy(self.now()).await {
            tracing::warn!(%error, "what is too old is still kept");
        }
        let kept = jiff::SignedDuration::try_from(crate::store::KEPT).unwrap_or_default();
        let now = self.now();
        let before = self.known.len();
        let old = |it: &Request| !it.state.is_open() && now.duration_since(it.since) >= kept;
        let forgotten: Vec<_> = self.known.values().filter(|(it, _)| old(it)).collect();
        let forgotten = forgotten.into_iter().map(|(it, _)| it.session.clone()).collect();
        self.desk.tell(Inward::Forgotten(forgotten)).await;
        self.known.retain(|_, (it, _)| !old(it));
        let known = &self.known;
        self.met.retain(|id, _| known.get(id).is_some_and(|(it, _)| it.state.is_open()));
        let under_way = |id: &HandoffId| {
            known.values().any(|(it, _)| it.state.is_open() && it.state.handoff() == Some(id))
        };
        self.held.retain(|id, _| under_way(id));
        self.ours.retain(|id| known.get(id).is_some_and(|(it, _)| it.state.is_open()));
        if self.known.len() != before {
            self.show().await;
        }
    }
}

impl<G: Genesys, S: Store> Front<G, S> {
    /// Ends a request that is settled without anybody here.
    async fn close(&self, request: &Request, because: &str) -> bool {
        let mut entry = self.entry(AuditEvent::RequestExpired, request);
        entry.reason = Some(because.into());
        let to = State::Expired { because: Some(because.into()) };
        let turn = TurnedRequest::new(request.id.clone(), FREE, to);
        self.turn(TurnedRequest { entry: Some(entry), ..turn }).await
    }
}

const HELPED: &str = "an agent has taken the customer meanwhile";
const THERE: &str = "the customer waits in that queue already";
const LEFT: &str = "the customer has left";

/// True for the end of a handoff that was stopped before anything had left, by a crash or by somebody's
/// leaving: the customer still waits for it.
fn is_cut_short(event: &str) -> bool {
    let event = AuditEvent::from_name(event);
    matches!(event, Some(AuditEvent::HandoffFailed | AuditEvent::HandoffCancelled))
}

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
