//! One handoff, from the order to a person.
//!
//! ```text
//!  check → claim → audit (on disk) → look → grace → look, gate, claim → transfer → follow → audit
//! ```
//! (SPEC section 7.) Whatever goes wrong before the transfer, nothing has left. What goes wrong after
//! it is settled by reading, never by sending again.

mod gate;
mod reads;
mod record;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::reads::Reads;
use super::{clock::Clock, run::Inward};
use crate::{
    domain::{
        audit::{Actor, AuditEvent},
        detail::SessionDetail,
        floor::Floor,
        handoff::{HandoffOrder, Stage, Target},
        id::{ParticipantId, QueueId},
        session::SessionState,
        text::Plain,
    },
    genesys::{Error, Genesys, Lane, Sent, Transfer, error::Kind},
    policy::{
        outcome::{Outcome, outcome},
        qualification::Rules,
    },
    store::Store,
};

/// SPEC section 7's text for a second attempt.
const DUPLICATE: &str = "Conversation already in transfer state. Preventing duplicate handoff.";
/// How long an agent is alerted where the queue does not tell.
const ALERTING: Duration = Duration::from_secs(30);
/// How much longer than the alert the outcome is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// After a request of which nobody knows whether it arrived: how long its effect is looked for.
const DOUBT: Duration = Duration::from_secs(12);
/// How long a conversation that can't be read is asked for past the time of its outcome.
const HOPELESS: Duration = Duration::from_secs(600);
/// A claim is renewed while a handoff runs; it outlives every wait of a handoff, and no crash for long.
const CLAIM: Duration = Duration::from_secs(300);

/// What a handoff needs besides its order.
#[derive(Debug)]
pub struct Desk<G, S> {
    /// Where to send it.
    pub genesys: Arc<G>,
    /// Where it is written down.
    pub store: Arc<S>,
    /// The wall clock.
    pub clock: Clock,
    /// Who does it.
    pub actor: Actor,
    /// The org, as the config names it.
    pub context: Plain,
    /// How long it can be called back (SPEC section 7: 3 s, 0 to 10).
    pub grace: Duration,
    /// The gate's numbers.
    pub rules: Rules,
    /// The newest floor: what the gate is asked of right before sending.
    pub floor: watch::Receiver<Arc<Floor>>,
    /// Cancelled when nobody will wait for an outcome any longer.
    pub leaving: CancellationToken,
    /// Where news goes.
    pub inward: mpsc::Sender<Inward>,
}

/// What the floor knows of the queues an order may concern.
#[derive(Clone, Debug, Default)]
pub struct Terrain {
    /// Queues from which a waiting session may be assigned.
    pub assignable: Vec<QueueId>,
    /// How long agents are alerted, where the session's queue tells.
    pub alerting: Option<Duration>,
}

/// One handoff on its way.
pub struct Handoff<G, S> {
    desk: Arc<Desk<G, S>>,
    order: HandoffOrder,
    terrain: Terrain,
    started: Instant,
    taken: Timestamp,
    sent: Option<Sent>,
    participant: Option<ParticipantId>,
    error: Option<Error>,
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// A handoff that has not begun.
    pub fn new(desk: Arc<Desk<G, S>>, order: HandoffOrder, terrain: Terrain) -> Self {
        let taken = desk.clock.now();
        Self {
            desk,
            order,
            terrain,
            started: Instant::now(),
            taken,
            sent: None,
            participant: None,
            error: None,
        }
    }

    /// Carries it out to its end. `cancel` calls it back while nothing has left.
    pub async fn run(mut self, cancel: CancellationToken) {
        let end = match self.claim().await {
            Err(refused) => refused,
            Ok(()) => {
                let end = match self.carry_out(&cancel).await {
                    Ok(end) | Err(end) => end,
                };
                self.release().await;
                end
            }
        };
        self.conclude(end).await;
    }

    async fn claim(&self) -> Result<(), Stage> {
        check(&self.order)?;
        let HandoffOrder { session, id, .. } = &self.order;
        match self.desk.store.claim(session, id, self.desk.clock.now(), CLAIM).await {
            Ok(true) => {
                self.tell(Stage::Claimed).await;
                Ok(())
            }
            Ok(false) => Err(rejected(DUPLICATE)),
            Err(error) => Err(Stage::Failed { reason: Plain::new(&error.to_string()) }),
        }
    }

    /// Reading may have taken as long as a claim lasts: without it nothing is sent.
    async fn keep_claim(&self) -> Result<(), Stage> {
        let HandoffOrder { session, id, .. } = &self.order;
        match self.desk.store.claim(session, id, self.desk.clock.now(), CLAIM).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(rejected(DUPLICATE)),
            Err(error) => {
                Err(Stage::Failed { reason: Plain::new(&format!("{error}: nothing was sent")) })
            }
        }
    }

    async fn release(&self) {
        if let Err(error) = self.desk.store.release(&self.order.session, &self.order.id).await {
            // It ends by its time.
            tracing::warn!(%error, "a claim was not given back");
        }
    }

    /// From the claim to the outcome. `Err` is an end that came early.
    async fn carry_out(&mut self, cancel: &CancellationToken) -> Result<Stage, Stage> {
        self.record(AuditEvent::HandoffInitiated, None).await.map_err(|reason| Stage::Failed {
            reason: Plain::new(&format!("{reason}: nothing was sent")),
        })?;
        self.tell(Stage::Recorded).await;
        // Until the moment it leaves it can be called back, however long the reading takes.
        let before = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Stage::Cancelled),
            ready = self.approach() => ready?,
        };
        if cancel.is_cancelled() {
            return Err(Stage::Cancelled);
        }
        self.send(&before).await?;
        if cancel.is_cancelled() {
            self.warn("It was too late to call the handoff back: it had left.").await;
        }
        Ok(self.follow(&before).await)
    }

    /// Everything before the request: the session as it is right before.
    async fn approach(&mut self) -> Result<SessionDetail, Stage> {
        self.look_before().await?;
        let wait = self.desk.grace;
        if !wait.is_zero() {
            self.tell(Stage::Grace { until: self.desk.clock.after(wait) }).await;
            tokio::time::sleep(wait).await;
        }
        // Whoever is replaced changes with every transfer: it is read right before.
        let before = self.look_before().await?;
        self.ask_gate(&before)?;
        self.keep_claim().await?;
        Ok(before)
    }

    /// Reads the session; an end if it is no longer what the person decided on.
    async fn look_before(&mut self) -> Result<SessionDetail, Stage> {
        let looked = self.desk.genesys.look(&self.order.session, Lane::Operator).await;
        let detail = looked.map_err(|error| self.failed(error))?;
        self.sighted(&detail).await;
        let now = detail.session.standing();
        if now.state == SessionState::Transferring || now.state == SessionState::Alerting {
            return Err(rejected(DUPLICATE));
        }
        if let Some(reason) = now.state.refuses_handoff() {
            return Err(rejected(&format!("Nothing was sent: {reason}.")));
        }
        if !self.order.seen.still_holds(&now) {
            let (was, is) = (self.order.seen.state.word(), now.state.word());
            return Err(rejected(&format!(
                "Nothing was sent: the session has changed since you looked ({was}, now {is})."
            )));
        }
        Ok(detail)
    }

    async fn send(&mut self, before: &SessionDetail) -> Result<(), Stage> {
        let Some(replaced) = before.replaceable() else {
            return Err(rejected("Nothing was sent: nobody in the session can be replaced."));
        };
        let waits = before.session.state == SessionState::Waiting;
        let by_hand = |queue| self.terrain.assignable.contains(queue);
        let transfer = Transfer {
            session: self.order.session.clone(),
            participant: replaced.id.clone(),
            target: self.order.target.clone(),
            assignable: waits && before.session.queue.as_ref().is_some_and(by_hand),
        };
        self.participant = Some(replaced.id.clone());
        self.tell(Stage::Requesting).await;
        match self.desk.genesys.transfer(&transfer).await {
            Ok(sent) => {
                self.sent = Some(sent);
                self.tell(Stage::Requested).await;
                Ok(())
            }
            // Following it shows whether it happened.
            Err(error) if error.may_have_happened() => {
                self.error = Some(error);
                Ok(())
            }
            Err(error) if error.kind == Kind::Conflict => {
                self.error = Some(error);
                Err(rejected(DUPLICATE))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Reads the session until it shows what has become of the transfer.
    async fn follow(&mut self, before: &SessionDetail) -> Stage {
        let known: Vec<ParticipantId> = before.participants.iter().map(|p| p.id.clone()).collect();
        let mut reads = Reads::new(self.patience());
        let mut seen = Outcome::Nothing;
        let leaving = self.desk.leaving.clone();
        loop {
            tokio::select! {
                () = reads.wait() => {}
                () = leaving.cancelled() => return left(),
            }
            match self.desk.genesys.look(&self.order.session, Lane::Operator).await {
                Ok(detail) => {
                    self.sighted(&detail).await;
                    let now = outcome(&known, &detail, &self.order.target);
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
        match self.error {
            Some(_) => DOUBT,
            None => PATIENCE,
        }
    }

    fn failed(&mut self, error: Error) -> Stage {
        let reason = error.explained();
        self.error = Some(error);
        Stage::Failed { reason }
    }
}

/// What can be known without asking anybody (SPEC section 7).
fn check(order: &HandoffOrder) -> Result<(), Stage> {
    if !order.session.is_uuid() {
        return Err(rejected(&format!("Invalid conversation ID format: {}", order.session)));
    }
    let empty = match &order.target {
        Target::Agent(id) => id.with_str(str::is_empty),
        Target::Queue(id) => id.with_str(str::is_empty),
    };
    if empty {
        return Err(rejected("Missing required queue ID for routing metadata update"));
    }
    Ok(())
}

fn rejected(reason: &str) -> Stage {
    Stage::Rejected { reason: Plain::new(reason) }
}

fn left() -> Stage {
    let reason = "floorwalker was left before the outcome was known: look at the session";
    Stage::Unknown { reason: reason.into() }
}
