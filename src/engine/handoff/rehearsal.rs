//! A handoff that is not carried out: what it would send now, and what would refuse it. Nothing is
//! claimed, written down or sent; the session is read, and nothing else.

use super::{Ending, Handoff, approach::check};
use crate::{
    domain::{handoff::Stage, session::Session},
    genesys::{Genesys, Plan},
    policy::guard::{Facts, guards, stopping},
    store::Store,
};

/// What a handoff would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// The requests, where they can be made up.
    pub plan: Option<Plan>,
    /// Why it would not send them.
    pub refused: Option<Ending>,
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Goes through everything up to the first write.
    pub async fn rehearse(mut self) -> Rehearsal {
        match self.go_through().await {
            Ok((plan, refused)) => {
                Rehearsal { plan: Some(plan), refused: refused.map(Ending::early) }
            }
            Err(stage) => {
                let ending = Ending { error: self.error, ..Ending::early(stage) };
                Rehearsal { plan: None, refused: Some(ending) }
            }
        }
    }

    /// The requests, and what gate or guards have against them. `Err` where there are none to show.
    async fn go_through(&mut self) -> Result<(Plan, Option<Stage>), Stage> {
        check(&self.order)?;
        let before = self.look_before().await?;
        let refused = self.ask_gate(&before).err().or_else(|| self.ask_guards(&before.session));
        self.summary = self.summarise().await;
        let (_, plan) = self.plan(&before)?;
        Ok((plan, refused))
    }

    /// A guard that fails stops it unless the person has said why not.
    fn ask_guards(&self, read: &Session) -> Option<Stage> {
        if self.order.waiver.is_some() {
            return None;
        }
        let floor = self.desk.floor.borrow().clone();
        let session = floor.session(&self.order.session).unwrap_or(read);
        let book = &self.desk.handbook;
        let facts = Facts::from(session);
        let threshold = book.thresholds.of(session.queue.as_ref(), session.intent.as_deref());
        let triggered = facts.confidence.is_some_and(|c| c < threshold);
        let all = guards(facts, triggered, &book.limits);
        let failed: Vec<_> = stopping(&all).map(|guard| guard.says.as_str()).collect();
        (!failed.is_empty()).then(|| super::unsent(&failed.join("; ")))
    }
}
