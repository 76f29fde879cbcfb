//! What people want done with requests, and what has become of those that are handed over.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Ask, AuditEvent, FREE, Halt, Plain, Reception, Request, RequestId, Settled, Stage, State,
    rule::pause,
};
use crate::{
    domain::{
        id::SessionId,
        inbox::{HANDOFF_TRIGGERED, Heard, Mode},
    },
    engine::{Event, Level, handoff::DUPLICATE, run::Inward},
    genesys::Genesys,
    policy::intake::{AT_CAPACITY, metadata},
    store::{Store, TurnedRequest},
};

impl<G: Genesys, S: Store> Reception<G, S> {
    pub(super) async fn obey(&mut self, ask: Ask) {
        match ask {
            Ask::Decline(id, reason) => self.decline(&id, reason).await,
            Ask::Defer(id, pause) => self.defer(&id, pause).await,
            Ask::Replay(id) => self.replay(&id).await,
            Ask::History(session) => return self.recall(session),
            Ask::Ended(settled) => self.ended(*settled).await,
            Ask::Look => {}
        }
        self.look().await;
    }

    async fn decline(&mut self, id: &RequestId, reason: Plain) {
        let Some(request) = self.get(id).cloned() else { return self.missed().await };
        let mut entry = self.desk.entry(AuditEvent::RequestDeclined, &request);
        entry.reason = Some(reason.clone());
        let to = State::Declined { reason };
        let turn = TurnedRequest { entry: Some(entry), ..free(id, to) };
        if !self.desk.turn(turn).await {
            self.missed().await;
        }
    }

    async fn defer(&mut self, id: &RequestId, pause: Duration) {
        let Some(request) = self.get(id).cloned() else { return self.missed().await };
        let until = self.after(pause);
        let mut entry = self.desk.entry(AuditEvent::RequestDeferred, &request);
        entry.details["until"] = serde_json::json!(format!("{until:.3}"));
        let because = format!("{} asks again then", self.desk.actor.user);
        let to = State::Deferred { until, because: Plain::new(&because) };
        // It must not be given up before somebody was asked again.
        let expires = Some(self.after(pause + self.terms.expire).max(request.expires));
        // Whoever put it off decides, or another person: no rule any more.
        let mode = Some(Mode::Propose);
        let turn = TurnedRequest { entry: Some(entry), expires, mode, ..free(id, to) };
        if !self.desk.turn(turn).await {
            self.missed().await;
        }
    }

    /// By the same rules as at first, whoever decided then: a person has now.
    async fn replay(&mut self, id: &RequestId) {
        let Some(request) = self.get(id).cloned() else { return self.missed().await };
        let entry = Some(self.desk.entry(AuditEvent::RequestReplayed, &request));
        let expires = Some(self.after(self.terms.expire));
        let over = &["failed", "expired"];
        let turn = TurnedRequest::new(id.clone(), over, State::Queued);
        self.ours.insert(id.clone());
        if !self.desk.turn(TurnedRequest { entry, expires, ..turn }).await {
            self.ours.remove(id);
            self.missed().await;
        }
    }

    async fn missed(&self) {
        let text = "Not done: somebody else has just dealt with it, or it is gone";
        self.desk.notice(Level::Warn, text.into()).await;
    }

    fn recall(&mut self, session: SessionId) {
        let desk = Arc::clone(&self.desk);
        self.tasks.spawn(async move {
            match desk.store.history(&desk.org, &session).await {
                Ok(heard) => desk.tell(Inward::Tell(Event::History { session, heard })).await,
                Err(error) => desk.notice(Level::Warn, error.to_string()).await,
            }
            None
        });
    }

    /// What becomes of a request whose handoff has ended.
    async fn ended(&mut self, settled: Settled) {
        self.held.remove(&settled.handoff);
        let Some(request) = self.get(&settled.request).cloned() else { return };
        let to = self.after_handoff(&request, &settled);
        let mut turn = TurnedRequest::new(request.id.clone(), &["handing"], to);
        if let State::Done { .. } = &turn.to {
            let went = metadata(&settled.target, &request.plea);
            turn.heard = Some(triggered(Some(went), self.now()));
        }
        turn.again_in = u32::try_from(pause(request.tries).as_secs()).unwrap_or(30);
        turn.handoff = Some(settled.handoff);
        self.desk.turn(turn).await;
    }

    fn after_handoff(&self, request: &Request, settled: &Settled) -> State {
        let reason = settled.stage.reason().cloned();
        let said = |word: &str| reason.clone().unwrap_or_else(|| word.into());
        let proposed = |because: &str| State::Proposed { because: Some(said(because)) };
        match (&settled.stage, settled.halt) {
            (Stage::Accepted { .. } | Stage::Queued, _) => {
                State::Done { handoff: settled.handoff.clone() }
            }
            (Stage::Cancelled | Stage::TakenBack, _) => proposed("it was called back"),
            (Stage::Rejected { .. }, Some(Halt::Closed)) if request.mode == Mode::Auto => {
                let until = self.after(pause(request.tries));
                State::Deferred { until, because: AT_CAPACITY.into() }
            }
            (_, Some(Halt::Unreached)) if request.mode == Mode::Auto => {
                let until = self.after(pause(request.tries));
                State::Deferred { until, because: said("Genesys Cloud could not be reached") }
            }
            (Stage::Rejected { .. } | Stage::Failed { .. }, Some(_)) => proposed("it was stopped"),
            // Somebody else has the claim, or has left it behind: the next look at the customer tells.
            (Stage::Rejected { reason }, None)
                if request.mode == Mode::Auto && reason.contains(DUPLICATE) =>
            {
                let until = self.after(pause(request.tries));
                State::Deferred { until, because: DUPLICATE.into() }
            }
            // Nothing has left, and a person may find another way.
            (Stage::Rejected { .. }, None) if request.mode != Mode::Auto => proposed("refused"),
            (stage, _) => State::Failed { reason: said(stage.word()) },
        }
    }
}

/// The line of a conversation's history that says that it was handed over, and where to, if that is known.
pub(super) fn triggered(metadata: Option<Value>, timestamp: Timestamp) -> Heard {
    let event = Some(HANDOFF_TRIGGERED.into());
    Heard { event, intent: None, text: None, metadata, timestamp }
}

fn free(id: &RequestId, to: State) -> TurnedRequest {
    TurnedRequest::new(id.clone(), FREE, to)
}
