//! A log in memory: the real chain, and no disk behind it. Whoever attacks it may change what it holds.

use std::{sync::Mutex, time::Duration};

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord, Head, LogName, Sealed},
    store::{Journal, StoreError},
};
use jiff::Timestamp;
use tokio::sync::watch;

/// A log in memory.
pub struct Ledger {
    log: Mutex<LogName>,
    records: Mutex<Vec<Sealed>>,
    size: watch::Sender<i64>,
}

/// 2026-11-21T16:00:00Z, in ms.
const START: i64 = 1_795_276_800_000;

impl Ledger {
    /// A log with `count` records, a second apart.
    pub fn of(count: i64) -> Self {
        let ledger = Self {
            log: Mutex::new(LogName::drawn(0x00c0_ffee)),
            records: Mutex::default(),
            size: watch::Sender::new(0),
        };
        (0..count).for_each(|_| _ = ledger.append(entry(AuditEvent::HandoffInitiated)));
        ledger
    }

    /// Another log with the same records.
    pub fn copy(&self) -> Self {
        let (log, records) = (self.log(), self.records.lock().unwrap().clone());
        let size = watch::Sender::new(*self.size.borrow());
        Self { log: log.into(), records: records.into(), size }
    }

    pub fn append(&self, entry: AuditEntry) -> AuditRecord {
        let mut records = self.records.lock().unwrap();
        let seq = i64::try_from(records.len()).unwrap() + 1;
        let at = Timestamp::from_millisecond(START + seq * 1000).unwrap();
        let record = AuditRecord { seq, ..entry.dated(at) };
        let previous = records.last().map_or_else(|| self.log().genesis(), |last| last.hash);
        records.push(Sealed::new(&record, &format!("{seq:032x}"), previous));
        self.size.send_replace(seq);
        record
    }

    pub fn log(&self) -> LogName {
        self.log.lock().unwrap().clone()
    }

    /// What somebody does who can write the store.
    pub fn attack(&self, crime: impl FnOnce(&mut Vec<Sealed>)) {
        crime(&mut self.records.lock().unwrap());
    }

    /// Computes every hash anew, as whoever knows this program could.
    pub fn recompute(&self) {
        let mut previous = self.log().genesis();
        for sealed in self.records.lock().unwrap().iter_mut() {
            sealed.hash = previous.then(&sealed.record);
            previous = sealed.hash;
        }
    }

    /// Every record as an export tells it.
    pub fn lines(&self) -> Vec<String> {
        let (log, records) = (self.log(), self.records.lock().unwrap());
        let before = std::iter::once(log.genesis()).chain(records.iter().map(|sealed| sealed.hash));
        records.iter().zip(before).map(|(sealed, before)| sealed.line(&log, before)).collect()
    }
}

/// An entry by somebody, with some words.
pub fn entry(event: AuditEvent) -> AuditEntry {
    let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
    let mut entry = AuditEntry::of(event, actor, "acme".into(), "platform");
    entry.session = Some("7f8e9d0c-1111-4222-8333-444455556666".into());
    entry.reason = Some("wants \"her\" money back, 12 €".into());
    entry.request_ms = Some(61.25);
    entry.details =
        serde_json::json!({ "history": 50, "share": 0.1, "é": [true, null, "\u{1f600}"] });
    entry
}

impl Journal for Ledger {
    async fn head(&self) -> Result<Head, StoreError> {
        let (log, records) = (self.log(), self.records.lock().unwrap());
        let size = records.last().map_or(0, |last| last.seq);
        let hash = records.last().map_or_else(|| log.genesis(), |last| last.hash);
        Ok(Head { log, size, hash })
    }

    async fn sealed(&self, from: i64, limit: u32) -> Result<Vec<Sealed>, StoreError> {
        let records = self.records.lock().unwrap();
        let start = records.partition_point(|sealed| sealed.seq < from);
        Ok(records[start..].iter().take(limit as usize).cloned().collect())
    }

    async fn pick(&self, numbers: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        let records = self.records.lock().unwrap();
        let one = |seq: &i64| records.iter().find(|sealed| sealed.seq == *seq).cloned();
        Ok(numbers.iter().filter_map(one).collect())
    }

    async fn written(&self, from: i64, until: i64) -> Result<Option<(i64, i64)>, StoreError> {
        let records = self.records.lock().unwrap();
        let within = records.iter().filter(|s| (from..until).contains(&s.at)).map(|s| s.seq);
        Ok(within.clone().min().zip(within.max()))
    }

    async fn grown(&self, after: i64, patience: Duration) -> Result<bool, StoreError> {
        let mut size = self.size.subscribe();
        let grown = size.wait_for(|size| *size > after);
        Ok(tokio::time::timeout(patience, grown).await.is_ok())
    }

    async fn adopt(&self, head: &Head, records: &[Sealed]) -> Result<(), StoreError> {
        let refused = |cause: &str| StoreError { operation: "adopt records", cause: cause.into() };
        let here = self.head().await?;
        if here.size > 0 && here.log != head.log {
            return Err(refused("they are of another log"));
        }
        let previous = if here.size > 0 { here.hash } else { head.log.genesis() };
        let mut verifier = floorwalker::domain::audit::Verifier::new(here.size + 1, previous);
        let checked = records.iter().try_for_each(|sealed| verifier.check(sealed));
        checked.map_err(|finding| refused(&finding.to_string()))?;
        *self.log.lock().unwrap() = head.log.clone();
        let mut kept = self.records.lock().unwrap();
        kept.extend_from_slice(records);
        self.size.send_replace(kept.last().map_or(0, |last| last.seq));
        Ok(())
    }

    async fn purge(
        &self,
        through: i64,
        entry: AuditEntry,
        _now: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        let record = self.append(entry);
        let mut purged = 0;
        for sealed in self.records.lock().unwrap().iter_mut() {
            if sealed.seq <= through && sealed.event != AuditEvent::AuditPurged.name() {
                purged += u64::from(sealed.personal.take().is_some());
            }
        }
        Ok((purged, record))
    }
}
