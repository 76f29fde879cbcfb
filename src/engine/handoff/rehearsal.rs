//! A handoff that is not carried out: what it would send now, and what would refuse it. Nothing is
//! claimed, written down or sent; the session is read, and nothing else.

use super::{Ending, Handoff, approach::check};
use crate::{
    domain::handoff::Stage,
    genesys::{Genesys, Plan},
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
        let refused = self.ask_gate(&before).err();
        self.summary = self.summarise().await;
        let (_, plan) = self.plan(&before)?;
        Ok((plan, refused))
    }
}
