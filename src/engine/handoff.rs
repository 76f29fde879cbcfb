//! One handoff, from the order to a person.
//!
//! ```text
//!  check → claim → audit (on disk) → look, guards, gate → summary → grace ─┐
//!    ┌─────────────────────────────────────────────────────────────────────┘
//!    └→ look, guards, gate, claim → context → departure (on disk) → transfer → follow ─┬→ reason → audit
//!                                                                                      └→ take back
//! ```
//! (SPEC section 7.) Whatever goes wrong before the transfer, nothing has moved. What goes wrong after
//! it is settled by reading, never by sending again; what a crash leaves is settled the same way by
//! whoever starts next.

mod after;
mod approach;
mod back;
mod claims;
mod ending;
mod follow;
mod gate;
pub(super) mod reads;
mod record;
pub(super) mod recovery;
mod rehearsal;
mod send;
mod steps;
mod told;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{after::errand, steps::Steps};
use super::{
    assembly::Assembly,
    clock::Clock,
    reception::{Halt, Settled},
    run::Inward,
};
use crate::{
    domain::{
        audit::{Actor, AuditEvent},
        flight::{Departure, Owner},
        floor::Floor,
        handoff::{HandoffOrder, Stage, Step},
        id::QueueId,
        text::Plain,
    },
    genesys::{
        Error, Genesys, Plan, Sent, Write,
        retry::{TRIES, TRIES_IN_A_BATCH},
    },
    policy::{
        Handbook,
        guard::{Facts, Guard, GuardKind},
    },
    store::Store,
};

pub use self::{
    after::{ALL_DAY, Owed},
    ending::Ending,
    recovery::recover,
    rehearsal::Rehearsal,
};

/// SPEC section 7's text for a second attempt.
pub(super) const DUPLICATE: &str =
    "Conversation already in transfer state. Preventing duplicate handoff.";
/// How long an agent is alerted where the queue does not tell.
const ALERTING: Duration = Duration::from_secs(30);
/// How much longer than the alert the outcome is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// After a request of which nobody knows whether it arrived: how long its effect is looked for.
const DOUBT: Duration = Duration::from_secs(12);
/// … and at least, where it left before a crash long ago.
const LEAST_DOUBT: Duration = Duration::from_secs(2);
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
    /// Which process this is.
    pub owner: Owner,
    /// The org, as the config names it.
    pub context: Plain,
    /// How long it can be called back (SPEC section 7: 3 s, 0 to 10).
    pub grace: Duration,
    /// How long a handoff waits for a place in a full queue before it is refused.
    pub defer: Duration,
    /// How long the effect of a request is looked for that nobody has answered: a slow server or a proxy
    /// may act on it yet.
    pub late: Duration,
    /// The numbers of the rules.
    pub handbook: Handbook,
    /// The newest floor: what the gate is asked of right before sending.
    pub floor: watch::Receiver<Arc<Floor>>,
    /// The longest pause before what follows a handoff and has failed is tried again: a console has all
    /// day, a command is waited for.
    pub patience: Duration,
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

impl<G, S> Desk<G, S> {
    /// The desk of handoffs by rule: nobody sits in front of them to call one back, and who waits for a
    /// place in a full queue waits in the inbox.
    pub fn for_rules(&self) -> Self {
        Self {
            genesys: Arc::clone(&self.genesys),
            store: Arc::clone(&self.store),
            actor: self.actor.clone(),
            owner: self.owner.clone(),
            context: self.context.clone(),
            grace: Duration::ZERO,
            defer: Duration::ZERO,
            handbook: self.handbook.clone(),
            floor: self.floor.clone(),
            leaving: self.leaving.clone(),
            inward: self.inward.clone(),
            ..*self
        }
    }
}

impl Terrain {
    /// What concerns this order.
    pub fn around(order: &HandoffOrder, assembly: &Assembly) -> Self {
        let from = order.seen.queue.as_ref();
        Self {
            assignable: from.filter(|q| assembly.assignable(q)).cloned().into_iter().collect(),
            alerting: from.and_then(|q| assembly.alerting_timeout(q)),
        }
    }
}

/// What a person holds a handoff by.
#[derive(Clone, Debug, Default)]
pub struct Reins {
    /// Calls it back while nothing has left.
    pub cancel: CancellationToken,
    /// Takes it back while it rings.
    pub back: CancellationToken,
}

/// One handoff on its way.
pub struct Handoff<G, S> {
    desk: Arc<Desk<G, S>>,
    order: HandoffOrder,
    terrain: Terrain,
    reins: Reins,
    started: Instant,
    taken: Timestamp,
    steps: Steps,
    /// True once `handoff_initiated` is on disk: from then on its end is written once, by whoever has it.
    announced: bool,
    /// What the guards said when they were last asked.
    guards: Vec<Guard>,
    /// What was read of the session for the guards alone.
    weighed: Facts,
    /// Which guards may fail; `None` while none was asked.
    waived: Option<Vec<GuardKind>>,
    /// Since when it waits for a place in a full queue.
    deferred: Option<Instant>,
    /// What stopped it, where that passes or a person may pass it over.
    halt: Option<Halt>,
    /// The summary that goes along.
    summary: String,
    /// What leaves, once it may have left.
    departure: Option<Departure>,
    /// What follows once the target has the session.
    after: Vec<Write>,
    /// True if a crash had cut it short.
    resumed: bool,
    /// True while it is being transferred back to where it came from.
    returning: bool,
    sent: Option<Sent>,
    error: Option<Error>,
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// A handoff that has not begun.
    pub fn new(desk: Arc<Desk<G, S>>, order: HandoffOrder, terrain: Terrain, reins: Reins) -> Self {
        let taken = desk.clock.now();
        Self {
            desk,
            order,
            terrain,
            reins,
            started: Instant::now(),
            taken,
            steps: Steps::new(),
            announced: false,
            guards: Vec::new(),
            weighed: Facts::default(),
            waived: None,
            deferred: None,
            halt: None,
            summary: String::new(),
            departure: None,
            after: Vec::new(),
            resumed: false,
            returning: false,
            sent: None,
            error: None,
        }
    }

    /// Carries it out to its end, and tells that.
    pub async fn run(mut self) -> Ending {
        let end = match self.claim().await {
            Err(refused) => refused,
            Ok(()) => {
                self.steps.lap(Step::Claim);
                match self.carry_out().await {
                    Ok(end) | Err(end) => end,
                }
            }
        };
        self.wind_up(end).await
    }

    /// From the claim to the outcome. `Err` is an end that came early.
    async fn carry_out(&mut self) -> Result<Stage, Stage> {
        self.announce().await?;
        self.steps.lap(Step::Record);
        self.tell(Stage::Recorded).await;
        // Until the moment it leaves it can be called back, however long the reading takes.
        let cancel = self.reins.cancel.clone();
        let (mut departure, plan) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Stage::Cancelled),
            ready = self.approach() => ready?,
        };
        if cancel.is_cancelled() {
            return Err(Stage::Cancelled);
        }
        let Plan { before: context, transfer, after, .. } = plan;
        self.after = after;
        self.send_context(context).await?;
        departure.owed = self.after.iter().map(errand).collect();
        self.depart(departure).await?;
        self.send(&transfer).await?;
        if cancel.is_cancelled() {
            self.warn("It was too late to call the handoff back: it had left.").await;
        }
        Ok(self.follow().await)
    }

    /// Everything that remains to be done once the outcome is known.
    async fn wind_up(mut self, end: Stage) -> Ending {
        self.steps.lap(Step::Outcome);
        let took = self.started.elapsed();
        let owed = match &end {
            Stage::Queued | Stage::Accepted { .. } => self.send_after().await,
            _ => Vec::new(),
        };
        self.conclude(&end).await;
        self.release().await;
        // What follows may be tried for minutes; the customer is where they are.
        self.report(&end).await;
        let owed = self.pay(owed).await;
        let request_took = self.sent.map(|sent| sent.took);
        Ending { stage: end, error: self.error, request_took, took, owed }
    }

    async fn announce(&mut self) -> Result<(), Stage> {
        self.begin().await.map_err(|reason| Stage::Failed {
            reason: Plain::new(&format!("{reason}: nothing was sent")),
        })?;
        self.announced = true;
        Ok(())
    }

    /// In a batch nobody waits for the single one.
    fn tries(&self) -> u32 {
        if self.order.batch.is_some() { TRIES_IN_A_BATCH } else { TRIES }
    }

    /// Tells whoever sees to the bot's request that this answers, if it answers one.
    async fn report(&self, end: &Stage) {
        let Some(request) = self.order.request.clone() else { return };
        let (handoff, target) = (self.order.id.clone(), self.order.target.clone());
        let unreached =
            self.departure.is_none() && self.error.as_ref().is_some_and(Error::may_pass);
        let halt = self.halt.or(unreached.then_some(Halt::Unreached));
        let settled = Settled { request, handoff, target, stage: end.clone(), halt };
        self.inward(Inward::Settled(Box::new(settled))).await;
    }

    fn failed(&mut self, error: Error) -> Stage {
        let reason = error.explained();
        self.error = Some(error);
        Stage::Failed { reason }
    }
}

fn rejected(reason: &str) -> Stage {
    Stage::Rejected { reason: Plain::new(reason) }
}

fn unsent(reason: &str) -> Stage {
    rejected(&format!("Nothing was sent: {reason}."))
}

/// The event that an end is in the audit log.
fn event_of(end: &Stage) -> AuditEvent {
    match end {
        Stage::Accepted { .. } | Stage::Queued => AuditEvent::HandoffCompleted,
        Stage::Rejected { .. } => AuditEvent::HandoffRejected,
        Stage::Cancelled => AuditEvent::HandoffCancelled,
        Stage::TakenBack => AuditEvent::HandoffCompensated,
        _ => AuditEvent::HandoffFailed,
    }
}
