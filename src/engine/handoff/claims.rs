//! The right to move a session: taken before anything is written, kept while it runs, given back.

use super::{CLAIM, DUPLICATE, Handoff, approach::check, recovery::runs, rejected};
use crate::{
    domain::{handoff::Stage, text::Plain},
    engine::{reception::FREE, run::Inward},
    genesys::Genesys,
    store::{Claim, Claimed, Engaged, Store, StoreError},
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    pub(super) async fn claim(&self) -> Result<(), Stage> {
        check(&self.order)?;
        let failed = |error: StoreError| Stage::Failed { reason: Plain::new(&error.to_string()) };
        let claimed = match self.ask_claim().await.map_err(failed)? {
            Claimed::Theirs(Some(owner)) if owner.is_gone(&self.desk.owner, runs) => {
                // It was cut short there: what became of it is known in a moment, and until then it
                // may still be moving.
                self.inward(Inward::Abandoned).await;
                Claimed::Theirs(Some(owner))
            }
            claimed => claimed,
        };
        match claimed {
            Claimed::Ours => {
                self.engage().await?;
                self.tell(Stage::Claimed).await;
                Ok(())
            }
            Claimed::Theirs(_) => Err(rejected(DUPLICATE)),
        }
    }

    /// Takes the bot's request that this answers, if it answers one. `Err` if somebody else has.
    async fn engage(&self) -> Result<(), Stage> {
        let Some(request) = self.order.request.clone() else { return Ok(()) };
        let (handoff, owner) = (self.order.id.clone(), self.desk.owner.clone());
        let engaged = Engaged { request, handoff, owner };
        let taken = self.desk.store.engage(&engaged, FREE, self.desk.clock.now()).await;
        let refused = match taken {
            Ok(true) => return Ok(()),
            Ok(false) => rejected(DUPLICATE),
            Err(error) => Stage::Failed { reason: Plain::new(&error.to_string()) },
        };
        self.release().await;
        Err(refused)
    }

    /// Reading may have taken as long as a claim lasts: without it nothing is sent.
    pub(super) async fn keep_claim(&self) -> Result<(), Stage> {
        match self.ask_claim().await {
            Ok(Claimed::Ours) => Ok(()),
            Ok(Claimed::Theirs(_)) => Err(rejected(DUPLICATE)),
            Err(error) => {
                Err(Stage::Failed { reason: Plain::new(&format!("{error}: nothing was sent")) })
            }
        }
    }

    async fn ask_claim(&self) -> Result<Claimed, StoreError> {
        self.desk.store.claim(&self.ours(), self.desk.clock.now(), CLAIM).await
    }

    pub(super) fn ours(&self) -> Claim {
        Claim {
            session: self.order.session.canonical(),
            handoff: self.order.id.clone(),
            owner: self.desk.owner.clone(),
        }
    }

    pub(super) async fn release(&self) {
        if let Err(error) = self.desk.store.release(&self.ours()).await {
            // It ends by its time.
            tracing::warn!(%error, "a claim was not given back");
        }
    }
}
