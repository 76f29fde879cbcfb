//! A log in memory, and records such as a contact centre writes.
#![expect(clippy::unwrap_used, reason = "a test's log that can't be kept should stop it there")]

use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord, Head, LogName, Sealed},
    store::{Journal, StoreError},
};
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

/// When the last of the invented records was written.
pub const NOW: &str = "2026-11-21T12:00:00Z";
/// From one invented record to the next, in ms.
pub const PACE: i64 = 10_000;

/// A log in memory.
pub struct Log {
    name: LogName,
    records: Mutex<Vec<Sealed>>,
    /// False once a record is older than the one before it.
    ordered: AtomicBool,
    written: Notify,
}

impl Log {
    /// An empty one.
    pub fn new(bits: u128) -> Self {
        let records = Mutex::default();
        let ordered = AtomicBool::new(true);
        Self { name: LogName::drawn(bits), records, ordered, written: Notify::new() }
    }

    /// One with `count` invented records, the last written at [`NOW`].
    pub fn invented(count: i64, seed: u64) -> Self {
        let log = Self::new(u128::from(seed));
        log.grow(count, seed);
        log
    }

    /// Adds invented records.
    pub fn grow(&self, count: i64, seed: u64) {
        let mut invention = Invention::new(seed);
        let now = NOW.parse::<Timestamp>().unwrap().as_millisecond();
        for n in 1..=count {
            let at = Timestamp::from_millisecond(now - (count - n) * PACE).unwrap();
            self.append(invention.entry().dated(at));
        }
    }

    /// Adds a record.
    pub fn append(&self, record: AuditRecord) {
        let mut records = self.records();
        let previous = records.last().map_or_else(|| self.name.genesis(), |last| last.hash);
        let seq = records.len() as i64 + 1;
        if records.last().is_some_and(|last| last.at > record.timestamp.as_millisecond()) {
            self.ordered.store(false, Ordering::Relaxed);
        }
        records.push(Sealed::new(&AuditRecord { seq, ..record }, &"0f".repeat(16), previous));
        drop(records);
        self.written.notify_waiters();
    }

    /// Removes the last records, as nobody may.
    pub fn cut(&self, size: usize) {
        self.records().truncate(size);
    }

    /// Its records as they are read.
    pub fn read(&self) -> Vec<AuditRecord> {
        self.records().iter().map(|sealed| sealed.read().unwrap()).collect()
    }

    /// Its records.
    pub fn records(&self) -> MutexGuard<'_, Vec<Sealed>> {
        self.records.lock().unwrap()
    }
}

impl Journal for Log {
    async fn head(&self) -> Result<Head, StoreError> {
        let records = self.records();
        let hash = records.last().map_or_else(|| self.name.genesis(), |last| last.hash);
        Ok(Head { log: self.name.clone(), size: records.len() as i64, hash })
    }

    async fn sealed(&self, from: i64, limit: u32) -> Result<Vec<Sealed>, StoreError> {
        let skip = usize::try_from(from - 1).unwrap_or(0);
        Ok(self.records().iter().skip(skip).take(limit as usize).cloned().collect())
    }

    async fn pick(&self, numbers: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        let records = self.records();
        let at = |seq: &i64| records.get(usize::try_from(seq - 1).ok()?).cloned();
        Ok(numbers.iter().filter_map(at).collect())
    }

    async fn written(&self, from: i64, until: i64) -> Result<Option<(i64, i64)>, StoreError> {
        let records = self.records();
        if !self.ordered.load(Ordering::Relaxed) {
            let mut within = records.iter().filter(|record| (from..until).contains(&record.at));
            let first = within.next().map(|record| record.seq);
            return Ok(
                first.map(|first| (first, within.next_back().map_or(first, |last| last.seq)))
            );
        }
        let first = records.partition_point(|record| record.at < from) as i64 + 1;
        let last = records.partition_point(|record| record.at < until) as i64;
        Ok((first <= last).then_some((first, last)))
    }

    async fn grown(&self, after: i64, patience: Duration) -> Result<bool, StoreError> {
        let grown = || self.records().len() as i64 > after;
        let wait = async {
            loop {
                let written = self.written.notified();
                if grown() {
                    return;
                }
                written.await;
            }
        };
        Ok(tokio::time::timeout(patience, wait).await.is_ok())
    }

    async fn adopt(&self, _: &Head, records: &[Sealed]) -> Result<(), StoreError> {
        self.records().extend_from_slice(records);
        Ok(())
    }

    async fn purge(
        &self,
        through: i64,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        self.append(entry.dated(now));
        let mut records = self.records();
        let told = records.last().unwrap().read().unwrap();
        let mut count = 0;
        for record in records.iter_mut().take_while(|record| record.seq <= through) {
            count += u64::from(record.personal.take().is_some());
        }
        Ok((count, told))
    }
}

/// Invents what happens on a floor: handoffs, each announced and ended, some refused, some failing.
pub struct Invention {
    rng: Rng,
    open: Option<AuditEntry>,
    queues: Vec<String>,
    agents: Vec<String>,
}

const USERS: [&str; 12] = [
    "mara",
    "nora",
    "jonas",
    "tariq",
    "wanjiku",
    "zoë",
    "óscar",
    "佐藤",
    "ines",
    "pavel",
    "lea",
    "svc-floor",
];
const REASONS: [&str; 8] = [
    "The customer asks for a refund",
    "Intent 'billing' confidence 0.6 is below threshold 0.75",
    "Rückerstattung dauert zu lange",
    "Needs a person who speaks Spanish",
    "Order 7731-AB lost in transit, third call",
    "Escalated by the floor: service level at risk",
    "The bot could not tell what was wanted",
    "請求書について (billing)",
];
const ERRORS: [&str; 4] = [
    "Queue not found",
    "Too many requests: wait 12 s",
    "conversation is already being transferred",
    "The agent did not answer",
];

impl Invention {
    /// The same every time for one seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let queues = (0..40).map(|_| uuid(&mut rng)).collect();
        let agents = (0..120).map(|_| uuid(&mut rng)).collect();
        Self { rng, open: None, queues, agents }
    }

    /// The next record.
    pub fn entry(&mut self) -> AuditEntry {
        match self.open.take() {
            Some(open) => self.ended(open),
            None => {
                let entry = self.begun();
                self.open = Some(entry.clone());
                entry
            }
        }
    }

    fn one_of(&mut self, texts: &[&str]) -> String {
        texts[self.rng.usize(..texts.len())].to_owned()
    }

    fn begun(&mut self) -> AuditEntry {
        let actor = Actor {
            user: self.one_of(&USERS).into(),
            host: format!("desk-{}", self.rng.u8(..20)).into(),
            tty: self.rng.bool().then(|| format!("pts/{}", self.rng.u8(..8)).into()),
            ssh_origin: self.rng.bool().then(|| format!("192.0.2.{}", self.rng.u8(..)).into()),
            account: None,
        };
        let event = AuditEvent::HandoffInitiated;
        let mut entry = AuditEntry::of(event, actor, "acme.example".into(), "platform");
        entry.handoff = Some(uuid(&mut self.rng).as_str().into());
        entry.session = Some(uuid(&mut self.rng).as_str().into());
        entry.reason = Some(self.one_of(&REASONS).into());
        let queue = self.rng.usize(..self.queues.len());
        entry.queue = Some(self.queues[queue].as_str().into());
        entry.transfer = Some("replace_queue".into());
        entry.details = serde_json::json!({"history": 50, "why": self.one_of(&REASONS)});
        entry
    }

    fn ended(&mut self, mut entry: AuditEntry) -> AuditEntry {
        entry.latency_ms = Some(1000 + self.rng.u64(..30_000));
        entry.request_ms = Some(f64::from(self.rng.u32(2000..40_000)) / 100.0);
        entry.correlation = Some(uuid(&mut self.rng).into());
        entry.participant = Some(uuid(&mut self.rng).as_str().into());
        let agent = self.rng.usize(..self.agents.len());
        entry.agent = Some(self.agents[agent].as_str().into());
        entry.details = serde_json::json!({"steps_ms": {"claim": 0.41, "transfer": 61.2}});
        (entry.event, entry.status) = match self.rng.u8(..100) {
            0..80 => (AuditEvent::HandoffCompleted, Some("accepted")),
            80..97 => (AuditEvent::HandoffRejected, Some("refused")),
            _ => {
                entry.error = Some(self.one_of(&ERRORS).into());
                entry.error_code = Some("bad.request".into());
                (AuditEvent::HandoffFailed, None)
            }
        };
        if self.rng.u32(..20_000) == 0 {
            entry.reason = Some("A zeppelin over the car park".into());
        }
        entry
    }
}

fn uuid(rng: &mut Rng) -> String {
    Uuid::from_u128(rng.u128(..)).to_string()
}
