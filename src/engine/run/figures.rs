//! The figures of the shift, and how the store is: read now and then by a task of their own, and after a
//! handoff has ended. What they are shown as changes no more often than somebody would notice.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, Unit};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use super::{Engine, Inward};
use crate::{
    domain::{
        audit::AuditRecord,
        stats::{Outcome, Outcomes, Stats},
        text::Plain,
    },
    engine::{SHIFT, StoreHealth, clock::Clock},
    genesys::{Genesys, client::Traffic},
    store::{Extent, Store, StoreError},
};

/// How often figures are read when nothing happens.
const EVERY: Duration = Duration::from_secs(30);
/// A store that could not be written is tried again so long after [`LEAST`]: nothing is handed off meanwhile.
const AGAIN: Duration = Duration::from_millis(500);
/// The least time between two readings, however many handoffs end.
const LEAST: Duration = Duration::from_secs(1);
/// Two looks at one token differ by less than this.
const JITTER: SignedDuration = SignedDuration::from_secs(2);

/// What the task has read.
#[derive(Debug)]
pub enum News {
    /// The figures of the shift.
    Stats(Box<Stats>),
    /// How much there is of the store.
    Extent(Extent),
    /// Whether the store could be written, when that was tried.
    Probe(Instant, Result<(), StoreError>),
}

/// What the task is told.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// Handoffs that have ended.
    ended: u64,
    /// When something was written last, unless that has failed since.
    written: Option<Instant>,
    /// True once something could not be written, until something is.
    fails: bool,
}

/// What is known of it.
#[derive(Debug)]
pub(super) struct Figures {
    heard: watch::Sender<Heard>,
    stats: Option<Arc<Stats>>,
    store: Option<StoreHealth>,
    /// When a record could not be written.
    troubled: Option<Instant>,
    ended: Outcomes,
    /// Ends with the engine.
    _task: JoinSet<()>,
}

impl Figures {
    /// Starts the task.
    pub fn start<S: Store>(store: &Arc<S>, clock: Clock, inward: mpsc::Sender<Inward>) -> Self {
        let (heard, hears) = watch::channel(Heard::default());
        let mut task = JoinSet::new();
        task.spawn(keep(Arc::clone(store), clock, hears, inward));
        let ended = Outcomes::default();
        Self { heard, stats: None, store: None, troubled: None, ended, _task: task }
    }

    /// A record is on disk.
    pub fn audited(&mut self, record: &AuditRecord) {
        self.troubled = None;
        if let Some(store) = &mut self.store {
            store.records = store.records.max(record.seq);
            store.trouble = None;
        }
        let end = Outcome::of(&record.event, record.status.as_deref());
        if let Some(outcome) = end {
            self.ended.count(outcome);
        }
        self.heard.send_if_modified(|heard| {
            (heard.written, heard.fails) = (Some(Instant::now()), false);
            heard.ended += u64::from(end.is_some());
            end.is_some()
        });
    }

    /// Records are in the log, whoever has written them.
    pub fn grown(&mut self, records: &[AuditRecord]) {
        let newest = records.iter().map(|record| record.seq).max().unwrap_or(0);
        if let Some(store) = &mut self.store {
            store.records = store.records.max(newest);
        }
        // The shift's figures are everybody's; those of this process are counted where it writes.
        let is_end =
            |record: &AuditRecord| Outcome::of(&record.event, record.status.as_deref()).is_some();
        if records.iter().any(is_end) {
            self.heard.send_modify(|heard| heard.ended += 1);
        }
    }

    /// A record could not be written.
    pub fn troubled(&mut self) {
        self.troubled = Some(Instant::now());
        self.heard.send_if_modified(|heard| {
            let news = !heard.fails;
            (heard.written, heard.fails) = (None, true);
            news
        });
    }

    /// The figures of the shift.
    pub fn stats(&self) -> Option<Arc<Stats>> {
        self.stats.clone()
    }

    /// How handoffs of this process have ended.
    pub fn ended(&self) -> Outcomes {
        self.ended
    }

    /// How the store is. What an act has met counts for more than what was tried.
    pub fn store(&self, trouble: Option<&Plain>) -> Option<StoreHealth> {
        match (self.store.clone(), trouble) {
            (Some(known), Some(trouble)) => {
                Some(StoreHealth { trouble: Some(trouble.clone()), ..known })
            }
            (None, Some(trouble)) => {
                Some(StoreHealth { trouble: Some(trouble.clone()), ..StoreHealth::default() })
            }
            (known, None) => known,
        }
    }
}

impl<G: Genesys, S: Store> Engine<G, S> {
    pub(super) fn count(&mut self, news: News) {
        let figures = &mut self.figures;
        match news {
            News::Stats(stats) => {
                if !figures.stats.as_ref().is_some_and(|known| known.tells_the_same(&stats)) {
                    figures.stats = Some(Arc::from(stats));
                }
            }
            News::Extent(extent) => {
                let store = figures.store.get_or_insert_default();
                store.records = store.records.max(extent.newest);
                store.bytes = extent.bytes.map(|bytes| roughly(bytes, 3));
                store.free = extent.free.map(|bytes| roughly(bytes, 2));
            }
            News::Probe(at, Ok(())) => {
                figures.store.get_or_insert_default().trouble = None;
                // Nothing else might be written for long, because nothing is sent while nothing can be.
                if figures.troubled.is_none_or(|since| since <= at) {
                    figures.troubled = None;
                    figures.heard.send_if_modified(|heard| {
                        heard.fails = false;
                        false
                    });
                    self.audit_trouble = None;
                } else {
                    // It has failed since: that is tried as well.
                    figures.heard.send_modify(|heard| heard.fails = true);
                }
            }
            News::Probe(_, Err(error)) => {
                let trouble = Plain::new(&error.to_string());
                figures.store.get_or_insert_default().trouble = Some(trouble);
            }
        }
        self.beat();
    }

    /// When the token is replaced, to the second. Every look has another idea of that by a moment: the
    /// first one is kept.
    pub(super) fn token_until(&self, traffic: &Traffic) -> Option<Timestamp> {
        let left = traffic.token_until?.saturating_duration_since(Instant::now());
        let until = self.desk.clock.after(left);
        let until = until.round(Unit::Second).unwrap_or(until);
        let shown = self.ports.pulse.borrow().token_until;
        Some(shown.filter(|shown| shown.duration_since(until).abs() < JITTER).unwrap_or(until))
    }
}

/// Reads until the engine has gone.
async fn keep<S: Store>(
    store: Arc<S>,
    clock: Clock,
    mut heard: watch::Receiver<Heard>,
    inward: mpsc::Sender<Inward>,
) {
    let mut due = interval(EVERY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut fails = false;
    loop {
        let why = tokio::select! {
            _ = due.tick() => Why::Due,
            changed = heard.changed() => match changed {
                Ok(()) => Why::Heard,
                Err(_) => return,
            },
            () = sleep(AGAIN), if fails => Why::Again,
        };
        let Heard { written, fails: met, .. } = *heard.borrow_and_update();
        if why != Why::Again && read(&*store, clock, &inward).await.is_none() {
            return;
        }
        let lately = written.is_some_and(|at| at.elapsed() < EVERY);
        if why == Why::Due && measure(&*store, &inward).await.is_none() {
            return;
        }
        if (why == Why::Due && !lately) || fails || met {
            let Some(written) = probe(&*store, clock, &inward).await else { return };
            fails = !written;
        }
        sleep(LEAST).await;
    }
}

/// Why the store is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// It is time.
    Due,
    /// Handoffs have ended, or something could not be written.
    Heard,
    /// It could not be written when it was tried last.
    Again,
}

/// Reads the figures. `None` once nobody listens.
async fn read<S: Store>(store: &S, clock: Clock, inward: &mpsc::Sender<Inward>) -> Option<()> {
    let now = clock.now();
    let shift = SignedDuration::try_from(SHIFT).unwrap_or_default();
    let since = now.checked_sub(shift).unwrap_or(now);
    match store.stats(since, now).await {
        Ok(stats) => tell(inward, News::Stats(Box::new(stats))).await,
        Err(error) => {
            tracing::warn!(%error, "the figures are not counted");
            Some(())
        }
    }
}

/// Looks how large the store is. `None` once nobody listens.
async fn measure<S: Store>(store: &S, inward: &mpsc::Sender<Inward>) -> Option<()> {
    match store.health().await {
        Ok(extent) => tell(inward, News::Extent(extent)).await,
        Err(error) => {
            tracing::warn!(%error, "the store is not measured");
            Some(())
        }
    }
}

/// Tries to write. True if that went well; `None` once nobody listens.
async fn probe<S: Store>(store: &S, clock: Clock, inward: &mpsc::Sender<Inward>) -> Option<bool> {
    let at = Instant::now();
    let tried = store.probe_write(clock.now()).await;
    let written = tried.is_ok();
    tell(inward, News::Probe(at, tried)).await?;
    Some(written)
}

async fn tell(inward: &mpsc::Sender<Inward>, news: News) -> Option<()> {
    inward.send(Inward::Figures(news)).await.ok()
}

/// So many digits, and noughts: what is free on a disk is another number every moment.
fn roughly(bytes: u64, digits: u32) -> u64 {
    let length = bytes.checked_ilog10().map_or(1, |log| log + 1);
    let unit = 10_u64.pow(length.saturating_sub(digits));
    bytes / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_roughly() {
        assert_eq!(roughly(38_123_456_789, 2), 38_000_000_000);
        assert_eq!(roughly(123_456, 3), 123_000);
        assert_eq!([roughly(0, 2), roughly(7, 2), roughly(99, 2)], [0, 7, 99]);
        assert_eq!(roughly(u64::MAX, 2), 18_000_000_000_000_000_000);
    }
}
