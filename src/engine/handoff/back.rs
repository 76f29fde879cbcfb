//! Taking a handoff back while it still rings: a transfer of its own, to where the session came from
//! (SPEC section 7's compensation).

use std::time::Duration;

use tokio::time::Instant;

use super::{DOUBT, Handoff, PATIENCE, follow::origin, reads::Reads, send::departure};
use crate::{
    domain::{
        audit::AuditEvent, detail::SessionDetail, flight::Departure, handoff::Stage, text::Plain,
    },
    genesys::{Genesys, Lane, Transfer},
    policy::outcome::{Outcome, outcome},
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Transfers it back. Whatever hinders that is told, and the handoff goes on as if nobody had asked.
    pub(super) async fn turn_back(
        &mut self,
        onward: &Departure,
        reads: &mut Reads,
    ) -> Option<Stage> {
        match self.try_back(onward).await {
            Ok(patience) => reads.until = Instant::now() + patience,
            Err(reason) => {
                self.departure = Some(onward.clone());
                self.warn(&format!("The handoff could not be taken back: {reason}")).await;
                let rings = reads.until.saturating_duration_since(Instant::now());
                let until = Some(self.desk.clock.after(rings.saturating_sub(PATIENCE)));
                self.tell(Stage::Alerting { until }).await;
            }
        }
        None
    }

    /// How long to wait for it to be back.
    async fn try_back(&mut self, onward: &Departure) -> Result<Duration, Plain> {
        let Some(origin) = origin(&self.order) else {
            return Err("it came from a bot, which can't be given it back".into());
        };
        let looked = self.desk.genesys.look(&self.order.session, Lane::Operator).await;
        let now = looked.map_err(|error| error.explained())?;
        // Who did not answer may have been followed by somebody whom routing has found: that is no
        // handoff of ours to take back.
        if outcome(&onward.known, &now, &onward.target) != Outcome::Alerting {
            return Err("it no longer rings".into());
        }
        let transfer = self.back_transfer(&now, origin)?;
        let plan = self.desk.genesys.plan(&transfer).map_err(|error| error.message)?;
        self.record(AuditEvent::CompensationInitiated, None).await?;
        let onward_known = Some(onward.known.clone());
        let leaving = Departure { onward: onward_known, ..departure(&now, &plan, &transfer) };
        let written = self.desk.store.depart(&self.ours(), &leaving).await;
        if !written.map_err(|error| Plain::new(&error.to_string()))? {
            return Err("somebody else sees to it now".into());
        }
        self.departure = Some(leaving);
        self.tell(Stage::TakingBack).await;
        match self.desk.genesys.send(&plan.transfer, self.tries()).await {
            Ok(_) => {
                self.returning = true;
                Ok(PATIENCE)
            }
            Err(error) if error.may_have_happened() => {
                self.returning = true;
                Ok(DOUBT)
            }
            Err(error) => {
                // It did not leave: what is on disk must say so too.
                let _ = self.desk.store.depart(&self.ours(), onward).await;
                Err(error.explained())
            }
        }
    }

    /// Nothing but the move: the context has gone along already.
    fn back_transfer(
        &self,
        now: &SessionDetail,
        origin: crate::domain::handoff::Target,
    ) -> Result<Transfer, Plain> {
        let participant = now.alerting().or_else(|| now.replaceable());
        let participant = participant.ok_or("nobody in the session can be replaced")?.id.clone();
        Ok(Transfer {
            handoff: self.order.id.clone(),
            at: self.desk.clock.now(),
            session: self.order.session.clone(),
            participant,
            customer: None,
            target: origin,
            waits_in: None,
            assignable: false,
            demands: Default::default(),
            payload: Default::default(),
            summary: self.summary.clone(),
            reason: "taken back before it was answered".into(),
        })
    }
}
