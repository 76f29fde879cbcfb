//! Figures of the store in memory.

use floorwalker::{
    domain::{
        audit::AuditRecord,
        stats::{Line, Stats, Tally},
    },
    store::{Extent, Figures, StoreError},
};
use jiff::Timestamp;

use super::Fake;

impl Figures for Fake {
    async fn stats(&self, since: Timestamp, until: Timestamp) -> Result<Stats, StoreError> {
        let mut tally = Tally::default();
        let mut state = self.state();
        state.counted += 1;
        let within = |record: &&AuditRecord| (since..=until).contains(&record.timestamp);
        for record in state.records.iter().filter(within) {
            let session = record.session.as_ref().map(ToString::to_string);
            let handoff = record.handoff.as_ref().map(ToString::to_string);
            tally.take(&Line {
                event: &record.event,
                status: record.status.as_deref(),
                latency_ms: record.latency_ms,
                request_ms: record.request_ms,
                human_ms: record.details["time_to_human_ms"].as_u64(),
                reason: record.reason.as_deref(),
                why: record.details["why"].as_str(),
                handoff: handoff.as_deref(),
                session: session.as_deref(),
                opened_here: true,
            });
        }
        Ok(tally.finish(since, until))
    }

    async fn health(&self) -> Result<Extent, StoreError> {
        let newest = self.state().records.len() as i64;
        Ok(Extent { newest, bytes: Some(4096), free: Some(1 << 30) })
    }

    async fn probe_write(&self, _: Timestamp) -> Result<(), StoreError> {
        let mut state = self.state();
        state.probed += 1;
        if state.store_broken {
            let cause = "the disk is full".into();
            return Err(StoreError { operation: "write the store", cause });
        }
        Ok(())
    }
}
