//! Everything before the request: the order itself, the session as it is, gate and guards, the summary.

use std::time::Duration;

use tokio::time::Instant;

use super::{DUPLICATE, Handoff, gate::Shut, rejected, send::departure, unsent};
use crate::{
    domain::{
        detail::SessionDetail,
        flight::Departure,
        handoff::{HandoffOrder, Stage, Step, Target},
        session::SessionState,
    },
    engine::reception::Halt,
    genesys::{Error, Genesys, Lane, Plan, Transfer},
    policy::{
        guard::Facts,
        payload::{
            NO_SUMMARY, check_attributes, check_body, check_conversation, check_history,
            check_target,
        },
    },
    store::Store,
};

/// When a look whose answer was lost is repeated.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
/// When a full queue is looked at again, at first; then every [`LONGEST_DEFERRED`].
const DEFERRED: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(10)];
/// The longest time between two looks at a full queue: a third of what a claim lasts at the very most.
const LONGEST_DEFERRED: Duration = Duration::from_secs(20);

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// What leaves, and the requests that move it.
    pub(super) async fn approach(&mut self) -> Result<(Departure, Plan), Stage> {
        let mut first = self.look_before().await?;
        self.weigh(&mut first).await;
        // What is refused is refused before the grace time, not after it.
        let first = self.admitted(first).await?;
        self.plan(&first)?;
        self.steps.lap(Step::Check);
        self.summary = self.summarise().await;
        self.steps.lap(Step::Summary);
        self.wait().await;
        self.steps.lap(Step::Grace);
        // Whoever is replaced changes with every transfer: it is read right before.
        let before = self.look_before().await?;
        let before = self.admitted(before).await?;
        let (transfer, plan) = self.plan(&before)?;
        self.keep_claim().await?;
        self.steps.lap(Step::Check);
        Ok((departure(&before, &plan, &transfer), plan))
    }

    /// The session as gate and guards let it pass. At a full queue it is held here for a while, for there
    /// will be a place; nothing has left, and the session is read again each time.
    async fn admitted(&mut self, mut looked: SessionDetail) -> Result<SessionDetail, Stage> {
        let mut pauses = DEFERRED.into_iter().chain(std::iter::repeat(LONGEST_DEFERRED));
        loop {
            let reason = match self.ask_door(&looked) {
                Ok(()) => return Ok(looked),
                Err(Shut::Refused(stage)) => return Err(stage),
                Err(Shut::Guarded(reason)) => {
                    self.halt = Some(Halt::Guards);
                    return Err(unsent(&reason));
                }
                Err(Shut::Closed(reason)) => {
                    self.halt = Some(Halt::Closed);
                    return Err(unsent(&reason));
                }
                Err(Shut::Full(reason)) => reason,
            };
            let since = self.deferred.get_or_insert_with(Instant::now).elapsed();
            let left = self.desk.defer.saturating_sub(since);
            if left.is_zero() {
                self.halt = Some(Halt::Closed);
                return Err(unsent(&reason));
            }
            let pause = pauses.next().unwrap_or(LONGEST_DEFERRED).min(left);
            let (until, expires) = (self.desk.clock.after(pause), self.desk.clock.after(left));
            self.tell(Stage::Deferred { until, expires }).await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.desk.leaving.cancelled() => return Err(Stage::Cancelled),
            }
            self.keep_claim().await?;
            looked = self.look_before().await?;
            // Minutes have gone by.
            self.weigh(&mut looked).await;
        }
    }

    async fn wait(&self) {
        let wait = self.desk.grace;
        if !wait.is_zero() {
            self.tell(Stage::Grace { until: self.desk.clock.after(wait) }).await;
            tokio::time::sleep(wait).await;
        }
    }

    /// Reads the session; an end if it is no longer what the person decided on.
    pub(super) async fn look_before(&mut self) -> Result<SessionDetail, Stage> {
        let detail = self.look().await.map_err(|error| self.failed(error))?;
        self.sighted(&detail).await;
        let now = detail.session.standing();
        if now.state == SessionState::Transferring || now.state == SessionState::Alerting {
            return Err(rejected(DUPLICATE));
        }
        if let Some(reason) = now.state.refuses_handoff() {
            return Err(unsent(reason));
        }
        if !self.order.seen.still_holds(&now) {
            let (was, is) = (self.order.seen.state.word(), now.state.word());
            let reason = format!("the session has changed since you looked ({was}, now {is})");
            return Err(unsent(&reason));
        }
        Ok(detail)
    }

    /// Reads what the guards ask for. It does not change in a grace time, so once is enough.
    pub(super) async fn weigh(&mut self, looked: &mut SessionDetail) {
        self.desk.genesys.weigh(looked, Lane::Operator).await;
        self.weighed = Facts::from(&looked.session);
        self.sighted(looked).await;
    }

    /// Reads the session, and again where the answer was lost: nothing has left yet, and a customer who
    /// waits is worth a second look.
    async fn look(&self) -> Result<SessionDetail, Error> {
        let mut waits = LOOK_AGAIN.into_iter();
        loop {
            match (self.desk.genesys.look(&self.order.session, Lane::Operator).await, waits.next())
            {
                (Err(error), Some(wait)) if error.may_have_happened() => {
                    tracing::info!(%error, "looking again");
                    tokio::time::sleep(wait).await;
                }
                (looked, _) => return looked,
            }
        }
    }

    /// What the next one reads first: the person's own words, else the org's. Without one it goes on.
    pub(super) async fn summarise(&self) -> String {
        if let Some(given) = &self.order.payload.summary {
            return given.text.clone();
        }
        if !self.desk.genesys.carries_summary(&self.order.target) {
            return String::new();
        }
        match self.desk.genesys.summarise(&self.order.session, Lane::Operator).await {
            Ok(Some(text)) if !text.trim().is_empty() => text,
            Ok(_) => NO_SUMMARY.to_owned(),
            Err(error) => {
                self.warn(&format!("Handed off without a summary: {error}")).await;
                NO_SUMMARY.to_owned()
            }
        }
    }

    pub(super) fn plan(&self, before: &SessionDetail) -> Result<(Transfer, Plan), Stage> {
        let transfer = self.transfer(before)?;
        let plan = self.desk.genesys.plan(&transfer);
        let plan = plan.map_err(|error| unsent(&error.message))?;
        let sizes = plan.writes().map(|write| write.body.to_string().len());
        check_body(sizes.max().unwrap_or(0)).map_err(|error| unsent(&error.to_string()))?;
        Ok((transfer, plan))
    }

    /// What is to be asked for, of the session as it was just read.
    fn transfer(&self, before: &SessionDetail) -> Result<Transfer, Stage> {
        let Some(replaced) = before.replaceable() else {
            return Err(unsent("nobody in the session can be replaced"));
        };
        let waits = before.session.state == SessionState::Waiting;
        let waits_in = before.session.queue.clone().filter(|_| waits);
        let mut payload = self.order.payload.clone();
        // What was read goes along only with what needs it: an order with nothing to tell takes the
        // plainer way of a dialect that has two.
        if !payload.attributes.is_empty() || !self.order.reason.is_empty() {
            payload.guest = payload.guest.or_else(|| before.guest.clone());
        }
        Ok(Transfer {
            handoff: self.order.id.clone(),
            at: self.desk.clock.now(),
            session: self.order.session.clone(),
            participant: replaced.id.clone(),
            customer: before.customer().map(|p| p.id.clone()),
            assignable: waits_in.as_ref().is_some_and(|q| self.terrain.assignable.contains(q)),
            waits_in,
            target: self.order.target.clone(),
            demands: self.order.demands.clone(),
            payload,
            summary: self.summary.clone(),
            reason: self.order.reason.clone(),
        })
    }
}

/// What can be known without asking anybody (SPEC section 7).
pub(super) fn check(order: &HandoffOrder) -> Result<(), Stage> {
    let checked =
        order.session.with_str(check_conversation).map(drop).and_then(|()| match &order.target {
            Target::Agent(id) => id.with_str(|id| check_target("user", id)).map(drop),
            Target::Queue(id) => id.with_str(|id| check_target("queue", id)).map(drop),
        });
    let payload = &order.payload;
    checked
        .and_then(|()| check_history(payload.history.into()).map(drop))
        .and_then(|()| check_attributes(&payload.attributes))
        .map_err(|error| rejected(&error.to_string()))
}
