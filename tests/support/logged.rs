//! The log of a store in memory, as those see it who follow, search and prove it: a real chain over its
//! records.

use std::time::Duration;

use floorwalker::{
    domain::audit::{AuditEntry, AuditRecord, Head, LogName, Sealed},
    store::{Journal, StoreError},
};
use jiff::Timestamp;

use super::Fake;

impl Fake {
    fn chain(&self) -> Result<Vec<Sealed>, StoreError> {
        let panics = self.state().log_panics;
        assert!(!panics, "broken on purpose");
        let state = self.state();
        if state.log_broken {
            let cause = "no connection".into();
            return Err(StoreError { operation: "read the audit log", cause });
        }
        let mut previous = log().genesis();
        let sealed = state.records.iter().map(|record| {
            let sealed = Sealed::new(record, &"0".repeat(32), previous);
            previous = sealed.hash;
            sealed
        });
        Ok(sealed.collect())
    }
}

fn log() -> LogName {
    LogName::drawn(0x00c0_ffee)
}

fn refused<T>() -> Result<T, StoreError> {
    Err(StoreError { operation: "write the audit log", cause: "not in this test".into() })
}

impl Journal for Fake {
    async fn head(&self) -> Result<Head, StoreError> {
        let chain = self.chain()?;
        let hash = chain.last().map_or_else(|| log().genesis(), |last| last.hash);
        Ok(Head { log: log(), size: chain.len() as i64, hash })
    }

    async fn sealed(&self, from: i64, limit: u32) -> Result<Vec<Sealed>, StoreError> {
        let chain = self.chain()?.into_iter();
        Ok(chain.filter(|sealed| sealed.seq >= from).take(limit as usize).collect())
    }

    async fn pick(&self, numbers: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        let chain = self.chain()?;
        let one = |seq: &i64| chain.iter().find(|sealed| sealed.seq == *seq).cloned();
        Ok(numbers.iter().filter_map(one).collect())
    }

    async fn written(&self, from: i64, until: i64) -> Result<Option<(i64, i64)>, StoreError> {
        let chain = self.chain()?;
        let within = chain.iter().filter(|s| (from..until).contains(&s.at)).map(|s| s.seq);
        Ok(within.clone().min().zip(within.max()))
    }

    async fn grown(&self, after: i64, patience: Duration) -> Result<bool, StoreError> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let grown = self.chain()?.last().is_some_and(|last| last.seq > after);
            if grown || tokio::time::Instant::now() >= until {
                return Ok(grown);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn adopt(&self, _: &Head, _: &[Sealed]) -> Result<(), StoreError> {
        refused()
    }

    async fn purge(
        &self,
        _: i64,
        _: AuditEntry,
        _: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        refused()
    }
}
