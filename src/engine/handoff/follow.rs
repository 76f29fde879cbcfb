//! What becomes of a transfer: the session is read until it shows, never sent again.

use std::time::Duration;

use tokio::time::Instant;

use super::{ALERTING, DOUBT, Handoff, LEAST_DOUBT, PATIENCE, reads::Reads};
use crate::{
    domain::{
        detail::SessionDetail,
        flight::Departure,
        handoff::{Stage, Target},
        id::SkillId,
        session::{Language, SessionState},
        text::Plain,
    },
    genesys::{Genesys, Lane},
    policy::outcome::{Outcome, outcome},
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Reads the session until it shows what has become of the transfer.
    pub(super) async fn follow(&mut self) -> Stage {
        let Some(departure) = self.onward() else { return unwritten() };
        if departure.in_place && self.error.is_none() {
            // The answer itself says that it waits there with its new routing.
            return Stage::Queued;
        }
        let mut reads = Reads::new(self.patience());
        let mut seen = Outcome::Nothing;
        let (leaving, back) = (self.desk.leaving.clone(), self.reins.back.clone());
        let mut asked_back = false;
        loop {
            tokio::select! {
                () = reads.wait() => {}
                () = leaving.cancelled() => return left(),
                () = back.cancelled(), if !asked_back => {
                    asked_back = true;
                    if let Some(end) = self.turn_back(&departure, &mut reads).await {
                        return end;
                    }
                }
            }
            match self.desk.genesys.look(&self.order.session, Lane::Operator).await {
                Ok(detail) => {
                    self.sighted(&detail).await;
                    let now = self.outcome(&departure, &detail);
                    if now != seen {
                        seen = now;
                        if let Some(end) = self.settle(&seen, &mut reads).await {
                            return end;
                        }
                    }
                    // Only what is read once the time is up says that nothing will come.
                    if reads.is_over() {
                        return self.unsettled(&seen);
                    }
                }
                Err(error) if reads.is_hopeless() => {
                    return Stage::Unknown { reason: error.explained() };
                }
                Err(_) => {}
            }
            if reads.claim_is_due() && self.keep_claim().await.is_err() {
                tracing::warn!(session = %self.order.session, "the claim was not kept");
            }
        }
    }

    /// What the session shows of the way it was sent on.
    fn outcome(&self, departure: &Departure, now: &SessionDetail) -> Outcome {
        if departure.in_place {
            return self.outcome_in_place(now);
        }
        if self.returning
            && let Some(back) = &self.departure
            && arrived(&outcome(&back.known, now, &back.target))
        {
            return Outcome::Returned;
        }
        outcome(&departure.known, now, &departure.target)
    }

    fn outcome_in_place(&self, now: &SessionDetail) -> Outcome {
        let demands = &self.order.demands;
        let sorted = |mut ids: Vec<Option<SkillId>>| {
            ids.sort();
            ids
        };
        let asked = sorted(demands.skills.iter().map(|s| s.id.clone()).collect());
        let has = sorted(now.session.skills.iter().map(|s| s.id.clone()).collect());
        let skilled = asked.is_empty() || asked == has;
        let id = |of: &Option<Language>| of.as_ref().and_then(|l| l.id.clone());
        let spoken =
            demands.language.is_none() || id(&demands.language) == id(&now.session.language);
        let placed = demands.priority.is_none() || demands.priority == now.session.priority;
        match now.session.state {
            SessionState::Disconnected => Outcome::Ended,
            SessionState::Waiting if skilled && spoken && placed => Outcome::Queued,
            _ => Outcome::Nothing,
        }
    }

    /// What an outcome means for the handoff; `None` while it is open.
    async fn settle(&mut self, seen: &Outcome, reads: &mut Reads) -> Option<Stage> {
        Some(match seen {
            Outcome::Nothing => return None,
            Outcome::Alerting => {
                // It did arrive, whatever the answer was.
                self.error = None;
                let rings = self.terrain.alerting.unwrap_or(ALERTING);
                reads.until = Instant::now() + rings + PATIENCE;
                let until = Some(self.desk.clock.after(rings));
                self.tell(Stage::Alerting { until }).await;
                return None;
            }
            Outcome::Accepted(agent) => Stage::Accepted { agent: agent.clone() },
            Outcome::Queued => Stage::Queued,
            Outcome::Returned => Stage::TakenBack,
            Outcome::Refused => Stage::Refused,
            Outcome::TimedOut => Stage::TimedOut,
            Outcome::Ended => {
                let reason = "the customer left before anybody answered".into();
                Stage::Failed { reason }
            }
            Outcome::Elsewhere(agent) => {
                let reason = Plain::new(&format!("another agent has it ({})", agent.short()));
                Stage::Failed { reason }
            }
        })
    }

    /// The time is up, and the conversation, which can be read, does not tell.
    fn unsettled(&self, seen: &Outcome) -> Stage {
        match (&self.error, seen) {
            // It was looked for and is not there: it did not happen.
            (Some(error), _) => Stage::Failed { reason: error.explained() },
            (None, Outcome::Alerting) => Stage::Unknown {
                reason: "it still rings past its time: look at the session".into(),
            },
            (None, _) => {
                let reason = "Genesys Cloud accepted the request and nothing came of it: look at the session";
                Stage::Unknown { reason: reason.into() }
            }
        }
    }

    fn patience(&self) -> Duration {
        match (&self.error, &self.departure) {
            (None, _) => PATIENCE,
            // What left before a crash has had its time since.
            (Some(_), Some(left)) if self.resumed => {
                let age = self.desk.clock.now().duration_since(left.at);
                let age = Duration::try_from(age).unwrap_or_default();
                DOUBT.saturating_sub(age).max(LEAST_DOUBT)
            }
            (Some(error), left) if error.may_still_happen() => {
                let since = left.as_ref().map(|left| self.desk.clock.now().duration_since(left.at));
                let since = since.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default();
                self.desk.late.saturating_sub(since).max(DOUBT)
            }
            (Some(_), _) => DOUBT,
        }
    }

    /// What left for the target, also where what has left last is the way back.
    fn onward(&self) -> Option<Departure> {
        let departure = self.departure.clone()?;
        Some(match departure.onward.clone() {
            Some(known) => Departure { known, target: self.order.target.clone(), ..departure },
            None => departure,
        })
    }
}

/// Whoever it came from has it again, or is being asked.
fn arrived(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Queued | Outcome::Alerting | Outcome::Accepted(_))
}

fn left() -> Stage {
    let reason = "floorwalker was left before the outcome was known: look at the session";
    Stage::Unknown { reason: reason.into() }
}

fn unwritten() -> Stage {
    Stage::Failed { reason: "nothing was sent".into() }
}

/// Where a session is transferred back to: the queue it waited in, or the agent who had it.
pub(super) fn origin(order: &crate::domain::handoff::HandoffOrder) -> Option<Target> {
    match order.seen.state {
        SessionState::Waiting => order.seen.queue.clone().map(Target::Queue),
        SessionState::Connected => order.seen.agent.clone().map(Target::Agent),
        _ => None,
    }
}
