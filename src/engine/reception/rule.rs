//! A handoff by rule: look at the customer, then order what a person would.

use std::sync::Arc;

use super::{Begun, Front, Reception};
use crate::{
    domain::{
        audit::{AuditEntry, AuditEvent},
        handoff::{Demands, HandoffOrder, Target},
        id::{HandoffId, QueueId},
        inbox::{Mode, Request, State},
        payload::Payload,
        session::{Requirement, SessionState, Standing},
        text::Plain,
    },
    engine::{handoff::DUPLICATE, run::Inward},
    genesys::{Genesys, Lane},
    policy::guard::{Facts, guards, stopping},
    store::{Engaged, Store, TurnedRequest},
};

/// A request that came to another floorwalker is left to that one for so long.
const THEIRS: std::time::Duration = std::time::Duration::from_secs(3);

impl<G: Genesys, S: Store> Reception<G, S> {
    /// Begins what waits to be handed over, as far as there are places.
    pub(super) fn begin_queued(&mut self) {
        // Before there is a floor no queue is known, and none would be found.
        if !self.terms.acts || !self.floor.borrow().loading.queues_known {
            return;
        }
        let theirs = jiff::SignedDuration::try_from(THEIRS).unwrap_or_default();
        let now = self.now();
        let due = |request: &&Arc<Request>| {
            let ours = self.ours.contains(&request.id);
            let free = request.state == State::Queued && !self.begun.contains(&request.id);
            free && (ours || now.duration_since(request.since) > theirs)
        };
        let mut queued: Vec<_> =
            self.known.values().map(|(request, _)| request).filter(due).cloned().collect();
        queued.sort_by_key(|request| request.since);
        for request in queued {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
            self.ours.remove(&request.id);
            self.begun.insert(request.id.clone());
            let desk = Arc::clone(&self.desk);
            self.tasks.spawn(async move {
                let handoff = HandoffId::random();
                let sent = desk.hand_over(&request, &handoff).await;
                let sent = sent.then_some((handoff, place));
                Some(Begun { request: request.id.clone(), sent })
            });
        }
    }

    /// Takes note of what a task has begun: its place is free once it has ended.
    pub(super) fn set_off(&mut self, begun: Begun) {
        self.begun.remove(&begun.request);
        self.held.extend(begun.sent);
    }
}

impl<G: Genesys, S: Store> Front<G, S> {
    /// True if the engine has the order now.
    async fn hand_over(&self, request: &Request, handoff: &HandoffId) -> bool {
        let engaged = Engaged {
            request: request.id.clone(),
            handoff: handoff.clone(),
            owner: self.owner.clone(),
        };
        match self.store.engage(&engaged, &["queued"], self.clock.now()).await {
            Ok(true) => {}
            Ok(false) => return false,
            Err(error) => {
                tracing::error!(%error, "a request is not handed over yet");
                self.tell(Inward::AuditTrouble(Plain::new(&error.to_string()))).await;
                return false;
            }
        }
        match self.order(request, handoff.clone()).await {
            Ok(order) => {
                self.tell(Inward::HandOver(Box::new(order))).await;
                true
            }
            Err(to) => {
                let mut turn = TurnedRequest::new(request.id.clone(), &["handing"], to);
                turn.entry = self.refusal(request, handoff, &turn.to);
                turn.again_in = u32::try_from(pause(request.tries).as_secs()).unwrap_or(30);
                turn.handoff = Some(handoff.clone());
                self.turn(turn).await;
                false
            }
        }
    }

    fn later(&self, request: &Request, because: Plain) -> State {
        State::Deferred { until: self.clock.after(pause(request.tries + 1)), because }
    }

    /// Why the customer's mood, as the bot has told it, is a person's affair: the guard knows it only where
    /// the org does.
    fn mood(&self, request: &Request) -> Option<Plain> {
        let facts = Facts { sentiment: request.plea.sentiment(), ..Facts::default() };
        let asked = guards(facts, false, &self.limits);
        stopping(&asked).map(|guard| Plain::new(&guard.says)).next()
    }

    /// The record of a handoff that a rule did not begin. That it is tried again is none.
    fn refusal(&self, request: &Request, handoff: &HandoffId, to: &State) -> Option<AuditEntry> {
        let reason = to.reason().filter(|_| !matches!(to, State::Deferred { .. }))?;
        let mut entry = self.entry(AuditEvent::HandoffRejected, request);
        entry.handoff = Some(handoff.clone());
        entry.status = Some("rejected");
        entry.error = Some(reason.clone());
        entry.reason = Some(self.masking.plain(&request.plea.driver()));
        Some(entry)
    }

    /// The order of a rule; how the request stands instead, where the customer is not to be moved.
    async fn order(&self, request: &Request, handoff: HandoffId) -> Result<HandoffOrder, State> {
        let failed = |reason: &str| State::Failed { reason: Plain::new(reason) };
        let Some(queue) = &request.queue else {
            return Err(State::Proposed { because: Some("no queue is known for it".into()) });
        };
        if let Some(because) = self.mood(request) {
            return Err(State::Proposed { because: Some(because) });
        }
        let looked = self.genesys.look(&request.session, Lane::Operator).await;
        let looked = looked.map_err(|error| match error.may_pass() {
            true => self.later(request, error.explained()),
            false => failed(&error.explained()),
        });
        let looked = looked?.session;
        let seen = looked.standing();
        if let Some(reason) = stays(&seen, queue) {
            return Err(reason);
        }
        let order = HandoffOrder::new(request.session.clone(), seen, Target::Queue(queue.clone()));
        Ok(HandoffOrder { id: handoff, ..filled(order, request) })
    }
}

/// An order with all that the bot has sent along.
fn filled(order: HandoffOrder, request: &Request) -> HandoffOrder {
    let plea = &request.plea;
    let skill = plea.skill.iter().map(|id| {
        let name = id.with_str(Plain::new);
        Requirement { id: Some(id.clone()), name }
    });
    HandoffOrder {
        reason: plea.driver(),
        demands: Demands { skills: skill.collect(), ..order.demands },
        payload: Payload {
            attributes: plea.attributes.clone(),
            guest: plea.guest.clone(),
            ..order.payload
        },
        request: Some(request.id.clone()),
        ..order
    }
}

/// Why a rule leaves the customer where they are.
fn stays(seen: &Standing, queue: &QueueId) -> Option<State> {
    let failed = |reason: &str| Some(State::Failed { reason: Plain::new(reason) });
    match seen.state {
        SessionState::Bot => None,
        SessionState::Waiting if seen.waits_in(queue) => failed(DUPLICATE),
        // Somebody has moved them on: whether they are to leave that line is a person's to say.
        SessionState::Waiting => {
            let because = Some("the customer waits in another queue already".into());
            Some(State::Proposed { because })
        }
        SessionState::Alerting | SessionState::Transferring => failed(DUPLICATE),
        SessionState::Connected => failed("an agent has the customer already"),
        SessionState::Parked => failed("the customer's agent has parked the conversation"),
        SessionState::Disconnected => failed("the conversation has ended"),
    }
}

/// Where a request goes that nobody hands over any more, of which certainly nothing has left.
pub(super) fn begin_again(request: &Request) -> State {
    match request.mode {
        Mode::Auto => State::Queued,
        Mode::Propose | Mode::Off => State::Proposed { because: None },
    }
}

/// How long a rule waits before it looks again at a full queue.
pub(super) fn pause(tries: u32) -> std::time::Duration {
    let seconds = match tries {
        0 | 1 => 5,
        2 => 10,
        3 => 20,
        _ => 30,
    };
    std::time::Duration::from_secs(seconds)
}
