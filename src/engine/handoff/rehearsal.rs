//! A handoff that is not carried out: what it would send now, and what would refuse it. Nothing is
//! claimed, written down or sent; the session is read, and nothing else.

use super::{Ending, Handoff, approach::check};
use crate::{
    domain::handoff::Stage,
    genesys::{Genesys, Plan, Write},
    store::Store,
};

/// What stands for a summary that is made only when the handoff is carried out.
const MADE_THEN: &str = "<the summary of the answer to the request before>";

/// What a handoff would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// The request that would have the summary made, where one goes along that nobody has written.
    pub summary: Option<Write>,
    /// The requests, where they can be made up.
    pub plan: Option<Plan>,
    /// Why it would not send them.
    pub refused: Option<Ending>,
}

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// Goes through everything up to the first write.
    pub async fn rehearse(mut self) -> Rehearsal {
        match self.go_through().await {
            Ok((summary, plan, refused)) => {
                Rehearsal { summary, plan: Some(plan), refused: refused.map(Ending::early) }
            }
            Err(stage) => {
                let ending = Ending { error: self.error, ..Ending::early(stage) };
                Rehearsal { summary: None, plan: None, refused: Some(ending) }
            }
        }
    }

    /// The requests, and what gate or guards have against them. `Err` where there are none to show.
    async fn go_through(&mut self) -> Result<(Option<Write>, Plan, Option<Stage>), Stage> {
        check(&self.order)?;
        let mut before = self.look_before().await?;
        self.weigh(&mut before).await;
        let refused = self.ask_gate(&before).err();
        let request = self.summary_request();
        self.summary = match &request {
            Some(_) => MADE_THEN.to_owned(),
            None => self.summarise().await,
        };
        let (_, plan) = self.plan(&before)?;
        Ok((request, plan, refused))
    }

    /// What [`Self::summarise`] would send that is more than a read.
    fn summary_request(&self) -> Option<Write> {
        let wanted = self.order.payload.summary.is_none()
            && self.desk.genesys.carries_summary(&self.order.target);
        self.desk.genesys.summary_request(&self.order.session).filter(|_| wanted)
    }
}
