//! Several handoffs that were confirmed together.

use tokio_util::sync::CancellationToken;

use super::{Engine, Inward};
use crate::{
    domain::handoff::Batch,
    engine::{Event, batch::carry},
    genesys::Genesys,
    store::Store,
};

impl<G: Genesys, S: Store> Engine<G, S> {
    pub(super) async fn hand_over_all(&mut self, batch: Batch) {
        if self.batches.contains_key(&batch.id) {
            return;
        }
        let stop = CancellationToken::new();
        self.batches.insert(batch.id.clone(), stop.clone());
        let Batch { id, orders, at_once, stop_after } = batch;
        let taken = orders.into_iter().filter_map(|o| self.take_order(o));
        let handoffs: Vec<_> = taken.map(|h| async { h.run().await.stage }).collect();
        let inward = self.desk.inward.clone();
        self.tasks.spawn(async move {
            let pace = crate::engine::batch::Pace { at_once, stop_after };
            let told = |progress| {
                let inward = inward.clone();
                async move { drop(inward.send(Inward::Tell(Event::Batch(progress))).await) }
            };
            carry(id, handoffs, pace, stop, told).await;
        });
    }
}
