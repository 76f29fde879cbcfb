//! The way to the task that takes in what bots ask for.

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinSet};

use super::{Engine, Inward};
use crate::{
    domain::{handoff::HandoffOrder, inbox::Inbox, text::Plain},
    engine::{
        Event, Level, Notice, Ports, Settings,
        handoff::{Handoff, Terrain},
        reception::{Ask, Reception, Settled},
    },
    genesys::Genesys,
    store::Store,
};

/// The way to the reception.
#[derive(Debug)]
pub(super) struct Front {
    /// Gone once we leave: that is how the task learns of it.
    pub asks: Option<mpsc::Sender<Ask>>,
    /// What it has told last.
    pub told: Option<Arc<Inbox>>,
    /// Where webhooks are taken in.
    pub at: Option<Plain>,
}

impl Front {
    /// Has the store looked at. One look more or less does not matter.
    pub fn look(&self) {
        let _ = self.ask(Ask::Look);
    }

    /// Tells how the handoff of a request has ended. What does not get through is found in the store.
    pub fn ended(&self, settled: Box<Settled>) {
        if !self.ask(Ask::Ended(settled)) {
            tracing::warn!("the end of a request's handoff is told later");
        }
    }

    /// False if there is no room for more.
    fn ask(&self, ask: Ask) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.try_send(ask).is_ok())
    }
}

impl<G: Genesys, S: Store> Engine<G, S> {
    pub(super) async fn pass_in(&mut self, ask: Ask) {
        if !self.front.ask(ask) {
            let text = "Too much at once: nothing was done, try again in a moment".into();
            self.tell(Event::Notice(Notice { level: Level::Error, text })).await;
        }
    }

    /// As an order of a person's, but that nobody waits in front of it.
    pub(super) fn hand_over_by_rule(&mut self, order: HandoffOrder) {
        if self.handoffs.contains_key(&order.id) {
            return;
        }
        let terrain = Terrain::around(&order, &self.assembly);
        let held = self.handoffs.entry(order.id.clone()).or_default();
        let reins = held.reins.clone();
        let handoff = Handoff::new(Arc::clone(&self.rules), order, terrain, reins);
        self.tasks.spawn(async move { drop(handoff.run().await) });
    }
}

/// Starts the task among `tasks`.
pub(super) fn start<G: Genesys, S: Store>(
    genesys: &Arc<G>,
    store: &Arc<S>,
    settings: &Settings,
    ports: &mut Ports,
    inward: mpsc::Sender<Inward>,
    tasks: &mut JoinSet<()>,
) -> Front {
    let (asks, asked) = mpsc::channel(256);
    // The engine keeps the floor; the reception only looks at it.
    let floor = ports.floor.subscribe();
    let (_, none) = mpsc::channel(1);
    let arrivals = std::mem::replace(&mut ports.arrivals, none);
    let (genesys, store) = (Arc::clone(genesys), Arc::clone(store));
    let reception = Reception::new(genesys, store, settings, floor, inward);
    tasks.spawn(reception.run(arrivals, asked));
    Front { asks: Some(asks), told: None, at: settings.intake.at.clone() }
}
