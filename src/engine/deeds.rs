//! What a signed-in person does in a session themselves, from the order to its end.
//!
//! ```text
//!  look → may it be done here? → audit (on disk, with what a crash must find) → request ─┬→ audit
//!                                                         no answer: read until it shows ─┘
//! ```
//! As with handoffs, whatever goes wrong before the request, nothing has left; what goes wrong after it is settled
//! by reading, never by sending again: a customer must not get the same words twice. What a crash leaves is
//! settled the same way by whoever starts next.

mod follow;
mod listen;
mod record;
mod recovery;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{handoff::Desk, run::Inward};
use crate::{
    domain::{
        deed::{Deed, DeedKind, DeedNews, DeedOrder, DeedStage, Seat},
        detail::SessionDetail,
        id::AgentId,
        text::Plain,
    },
    genesys::{Acted, Error, Genesys, Lane, client::Call},
    policy::deed::{saying, seat},
    store::Store,
};

pub use recovery::{lapse_all, recover};

/// Why nothing is done without a person.
pub const NOBODY: &str = "this is done by a person, and a client's own token has none: set sign_in = \"person\" and run \
                          `floorwalker login`";

/// One deed on its way.
pub struct Doing<G, S> {
    desk: Arc<Desk<G, S>>,
    order: DeedOrder,
    taken: Timestamp,
    started: Instant,
    /// Where it is done, once that is known.
    seat: Option<Seat>,
    /// True once its announcement is on disk: from then on its end is written once, by whoever has it.
    announced: bool,
    /// True if a crash had cut it short.
    resumed: bool,
    acted: Option<Acted>,
    error: Option<Error>,
}

/// How a deed has ended.
#[derive(Debug)]
pub struct DeedEnding {
    /// Its last stage.
    pub stage: DeedStage,
    /// The error that it ended with, if one did.
    pub error: Option<Error>,
    /// The message that was made, where one was.
    pub message: Option<crate::domain::id::MessageId>,
}

/// What would be sent.
#[derive(Debug)]
pub struct DeedRehearsal {
    /// The request, exactly as it would go out; `None` where nothing would.
    pub call: Option<Call>,
    /// Why nothing would.
    pub refused: Option<DeedStage>,
}

impl<G: Genesys, S: Store> Doing<G, S> {
    /// A deed that has not begun.
    pub fn new(desk: Arc<Desk<G, S>>, order: DeedOrder) -> Self {
        let taken = desk.clock.now();
        Self {
            desk,
            order,
            taken,
            started: Instant::now(),
            seat: None,
            announced: false,
            resumed: false,
            acted: None,
            error: None,
        }
    }

    /// Carries it out to its end, and tells that.
    pub async fn run(&mut self) -> DeedEnding {
        self.tell(DeedStage::Asked).await;
        let stage = match self.carry_out().await {
            Ok(end) | Err(end) => end,
        };
        self.conclude(&stage).await;
        let message = self.acted.as_ref().and_then(|acted| acted.message.clone());
        DeedEnding { stage, error: self.error.take(), message }
    }

    /// What it would send. Reads and nothing else.
    pub async fn rehearse(mut self) -> DeedRehearsal {
        match self.approach().await {
            Ok(call) => DeedRehearsal { call: Some(call), refused: None },
            Err(refused) => DeedRehearsal { call: None, refused: Some(refused) },
        }
    }

    /// `Err` is an end that came before anything left, or a refusal.
    async fn carry_out(&mut self) -> Result<DeedStage, DeedStage> {
        let call = self.approach().await?;
        self.begin().await.map_err(|reason| DeedStage::Failed {
            reason: Plain::new(&format!("{reason}: nothing was sent")),
        })?;
        self.announced = true;
        self.tell(DeedStage::Requesting).await;
        match self.desk.genesys.act(call).await {
            Ok(acted) => self.acted = Some(acted),
            // Following it shows whether it happened.
            Err(error) if error.may_have_happened() => {
                self.error = Some(error);
                self.tell(DeedStage::Doubtful).await;
            }
            Err(error) => return Err(self.failed(error)),
        }
        Ok(self.follow().await)
    }

    /// The session as it is; where it is done, and by which request.
    async fn approach(&mut self) -> Result<Call, DeedStage> {
        let me = self.me().ok_or_else(|| rejected(NOBODY))?;
        if !self.desk.genesys.does_deeds() {
            return Err(rejected("a messaging gateway has no route for it"));
        }
        let now = self.look().await.map_err(|error| self.failed(error))?;
        let kind = self.order.deed.kind();
        if kind != DeedKind::Leave && !self.order.seen.still_holds(&now.session.standing()) {
            let (was, is) = (self.order.seen.state.word(), now.session.state.word());
            let reason = format!("the session has changed since you looked ({was}, now {is})");
            return Err(rejected(&reason));
        }
        let seat = seat(kind, &me, &now).map_err(rejected)?;
        if let Deed::Say(text) = &self.order.deed {
            // The channel may take less than was known when it was written.
            let channel = now.session.channel.as_deref();
            saying(text.expose(), channel).map_err(|why| rejected(&why.to_string()))?;
        }
        let call = self.desk.genesys.deed(&self.order, &seat);
        self.seat = Some(seat);
        call.map_err(|error| rejected(&error.message))
    }

    /// Who is signed in.
    fn me(&self) -> Option<AgentId> {
        self.desk.actor.account.as_ref().map(|account| account.id.as_str().into())
    }

    async fn look(&self) -> Result<SessionDetail, Error> {
        let now = self.desk.genesys.look(&self.order.session, Lane::Operator).await?;
        self.inward(Inward::Sighted(Box::new(now.session.clone()))).await;
        Ok(now)
    }

    fn failed(&mut self, error: Error) -> DeedStage {
        let reason = error.explained();
        self.error = Some(error);
        DeedStage::Failed { reason }
    }

    async fn tell(&self, stage: DeedStage) {
        let news = DeedNews { order: self.order.clone(), stage };
        self.inward(Inward::Deed(Box::new(news))).await;
    }

    async fn inward(&self, news: Inward) {
        // With the engine gone there is nobody to tell; the audit log has it all the same.
        let _ = self.desk.inward.send(news).await;
    }
}

fn rejected(reason: &str) -> DeedStage {
    DeedStage::Rejected { reason: Plain::new(reason) }
}
