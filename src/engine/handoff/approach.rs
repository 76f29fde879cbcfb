//! Everything before the request: the order itself, the session as it is, gate and guards, the summary.

use super::{DUPLICATE, Handoff, rejected, send::departure, unsent};
use crate::{
    domain::{
        detail::SessionDetail,
        flight::Departure,
        handoff::{HandoffOrder, Stage, Step, Target},
        session::SessionState,
    },
    genesys::{Genesys, Lane, Plan, Transfer},
    store::Store,
};

/// SPEC section 7's summary where there is none.
const NO_SUMMARY: &str = "Automated context summary";

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// What leaves, and the requests that move it.
    pub(super) async fn approach(&mut self) -> Result<(Departure, Plan), Stage> {
        let first = self.look_before().await?;
        // What is refused is refused before the grace time, not after it.
        self.ask_gate(&first)?;
        self.plan(&first)?;
        self.steps.lap(Step::Check);
        self.summary = self.summarise().await;
        self.steps.lap(Step::Summary);
        self.wait().await;
        self.steps.lap(Step::Grace);
        // Whoever is replaced changes with every transfer: it is read right before.
        let before = self.look_before().await?;
        self.ask_gate(&before)?;
        let (transfer, plan) = self.plan(&before)?;
        self.keep_claim().await?;
        self.steps.lap(Step::Check);
        Ok((departure(&before, &plan, &transfer), plan))
    }

    async fn wait(&self) {
        let wait = self.desk.grace;
        if !wait.is_zero() {
            self.tell(Stage::Grace { until: self.desk.clock.after(wait) }).await;
            tokio::time::sleep(wait).await;
        }
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
            return Err(unsent(reason));
        }
        if !self.order.seen.still_holds(&now) {
            let (was, is) = (self.order.seen.state.word(), now.state.word());
            let reason = format!("the session has changed since you looked ({was}, now {is})");
            return Err(unsent(&reason));
        }
        Ok(detail)
    }

    /// What the next one reads first: the person's own words, else the org's. Without one it goes on.
    async fn summarise(&self) -> String {
        if let Some(given) = &self.order.payload.summary {
            return given.text.clone();
        }
        if !self.desk.genesys.carries_summary(&self.order.target) {
            return String::new();
        }
        match self.desk.genesys.summarise(&self.order.session).await {
            Ok(Some(text)) if !text.trim().is_empty() => text,
            Ok(_) => NO_SUMMARY.to_owned(),
            Err(error) => {
                self.warn(&format!("Handed off without a summary: {error}")).await;
                NO_SUMMARY.to_owned()
            }
        }
    }

    fn plan(&self, before: &SessionDetail) -> Result<(Transfer, Plan), Stage> {
        let transfer = self.transfer(before)?;
        let plan = self.desk.genesys.plan(&transfer);
        Ok((transfer, plan.map_err(|error| unsent(&error.message))?))
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
