//! The gate and the queue guard, asked right before a handoff leaves.
//!
//! The console has asked both when the card was confirmed; in the grace time an agent may have gone
//! and a queue may have filled. The newest floor decides.

use super::{Handoff, rejected};
use crate::{
    domain::{
        detail::SessionDetail,
        floor::Floor,
        handoff::{Stage, Target},
        queue::QueueState,
        session::Session,
    },
    genesys::Genesys,
    policy::qualification::{Need, Rules, qualify},
    store::Store,
};

impl<G: Genesys, S: Store> Handoff<G, S> {
    /// `Err` if the target does not take the session now.
    pub(super) fn ask_gate(&self, before: &SessionDetail) -> Result<(), Stage> {
        let floor = self.desk.floor.borrow().clone();
        // What the session asks for is told by its row, which also knows what a bot has found out.
        let session = floor.session(&self.order.session).unwrap_or(&before.session);
        match refuses(&floor, session, &self.order.target, self.desk.handbook.rules) {
            Some(reason) => Err(rejected(&format!("Nothing was sent: {reason}."))),
            None => Ok(()),
        }
    }
}

fn refuses(floor: &Floor, session: &Session, target: &Target, rules: Rules) -> Option<String> {
    match target {
        Target::Agent(id) => {
            let Some(agent) = floor.agent(id) else {
                return Some("the agent is no member of any queue now".into());
            };
            let verdict = qualify(agent, Need::from(session), rules).verdict;
            (!verdict.passes()).then(|| verdict.reason())
        }
        Target::Queue(id) => {
            let Some(queue) = floor.queue(id) else { return Some("Queue not found".into()) };
            let state = match queue.state {
                QueueState::Open | QueueState::Unknown => return None,
                QueueState::Full => "full",
                QueueState::Unstaffed => "unstaffed",
                QueueState::Paused => "paused",
                QueueState::Missing => return Some("Queue not found".into()),
            };
            Some(format!("{} is {state}", queue.name))
        }
    }
}
