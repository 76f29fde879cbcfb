//! Proving the log: every record against the chain, and the chain against checkpoints. Nothing is mended.
//!
//! ```text
//!  record   1 ……… 4096 │ 4097 ……… 8192 │ 8193 ……… head, as it was at the start
//!           ├ read, check ┤             │             each stretch by itself, several at a time:
//!                       └─→ its last hash is what the next one follows
//! ```
//! A stretch needs nothing of the one before but the stored hash of its last record, and that is checked
//! where it belongs. So the first stretch with something wrong holds the first wrong record.

pub mod witness;

use std::{fmt, sync::Arc};

use futures_util::{StreamExt, stream};
use tokio::{
    sync::watch,
    task::{JoinError, spawn_blocking},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    domain::audit::{
        AuditEvent, Checkpoint, Fault, Filed, Finding, Hash, Head, LogName, Part, Told, Verifier,
    },
    store::{Journal, StoreError},
};

/// Records of a stretch: some hundred kilobytes, which stay near the processor.
const STRETCH: u32 = 512;
/// Stretches that are read and checked at a time: reading one must not wait for checking another.
const AT_ONCE: usize = 8;
/// Records that are looked up by their numbers at a time.
const PICKED: usize = 512;

/// What is to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The first record that is checked; 1 is all.
    pub from: i64,
    /// Whose signatures were found to be right.
    pub checkpoints: Vec<Checkpoint>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records that were checked.
    pub checked: i64,
    /// Records there are to check.
    pub of: i64,
}

/// What the hash rests on that the first checked record follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// On the log's name: it is the first record.
    Beginning,
    /// On the checkpoint of this size, which vouches for all before it too.
    Checkpoint(i64),
    /// On the word of the store.
    Store,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The log's head at the start; what was written since was not looked at.
    pub head: Head,
    /// The first record that was checked.
    pub from: i64,
    /// How many were found to be right, in a row.
    pub sound: i64,
    /// What its beginning rests on.
    pub trust: Trust,
    /// The size of the largest checkpoint that holds, if one does.
    pub signed: Option<i64>,
    /// How many checkpoints hold.
    pub agreed: usize,
    /// Checkpoints of other logs: they say nothing of this one.
    pub strangers: Vec<Stranger>,
    /// What the records tell of purges.
    pub told: Told,
    /// The first record that is wrong; `None` if all is as it was written. That a personal part is gone is
    /// told only where nothing else is wrong: a purge that comes later may speak of it.
    pub finding: Option<Finding>,
}

/// Checkpoints of one other log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// How many there are.
    pub count: usize,
    /// How many records the largest one signs.
    pub size: i64,
    /// Their log.
    pub of: LogName,
    /// The log that was to be proved.
    pub here: LogName,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, size, of, here } = self;
        match count {
            1 => write!(f, "the checkpoint of {size} records is of the log {of}")?,
            _ => write!(f, "{count} checkpoints, of up to {size} records, are of the log {of}")?,
        }
        write!(f, ", and this is {here}")
    }
}

/// Why nothing could be proved.
#[derive(Debug, thiserror::Error)]
pub enum Unproved {
    /// The log can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such record to begin with.
    #[error("there is no record {from}: the log has {size}")]
    Beyond {
        /// The wanted one.
        from: i64,
        /// How many there are.
        size: i64,
    },
    /// A check was broken off.
    #[error("the check was broken off: {0}")]
    Broken(#[from] JoinError),
}

/// Checks a log. Dropped before its end, it stops.
///
/// # Errors
/// If the log can't be read.
pub async fn verify<J: Journal>(
    journal: &Arc<J>,
    claimed: &Claimed,
    progress: &watch::Sender<Progress>,
) -> Result<Verified, Unproved> {
    let head = journal.head().await?;
    let (marks, strangers) = marks(&claimed.checkpoints, &head.log);
    let (from, size) = (claimed.from.max(1), head.size);
    if from > size + 1 {
        return Err(Unproved::Beyond { from, size });
    }
    progress.send_replace(Progress { checked: 0, of: size + 1 - from });
    let mut proof =
        Proof { last: head.log.genesis(), top: None, told: Told::default(), next: from };
    let found = match proof.begin(journal, &marks).await? {
        None => proof.walk(journal, &marks, size, progress).await?,
        found => found,
    };
    if proof.told.robbed().is_some() {
        proof.hear(journal, size).await?;
    }
    let found = match found.or_else(|| proof.end(&head, &marks)) {
        None => surplus(journal).await?,
        found => found,
    };
    let holds =
        |mark: &&Mark| mark.size <= size && found.as_ref().is_none_or(|f| mark.size < f.seq);
    let held = marks.iter().filter(holds);
    let trust = match held.clone().find(|mark| mark.size >= from - 1) {
        _ if from == 1 => Trust::Beginning,
        Some(mark) => Trust::Checkpoint(mark.size),
        None => Trust::Store,
    };
    let (agreed, signed) = (held.clone().count(), held.map(|mark| mark.size).max());
    let sound = found.as_ref().map_or(size + 1, |f| f.seq.min(size + 1)) - from;
    let told = proof.told;
    let (sound, finding) = (sound.max(0), found);
    Ok(Verified { head, from, sound, trust, signed, agreed, strangers, told, finding })
}

/// A signed head.
#[derive(Clone, Copy, Debug)]
struct Mark {
    size: i64,
    hash: Hash,
    /// The size of the one before.
    sound: i64,
}

impl Mark {
    /// What is wrong if the record of its number has this hash.
    fn refute(&self, hash: Hash) -> Option<Finding> {
        let fault = Fault::Recomputed { sound: self.sound };
        (hash != self.hash).then_some(Finding { seq: self.size, fault })
    }
}

/// The checkpoints, in the order of their sizes; and those of other logs.
fn marks(checkpoints: &[Checkpoint], here: &LogName) -> (Vec<Mark>, Vec<Stranger>) {
    let (mut marks, mut strangers) = (Vec::new(), Vec::<Stranger>::new());
    for Checkpoint { head: Head { log, size, hash }, .. } in checkpoints {
        if log == here {
            marks.push(Mark { size: *size, hash: *hash, sound: 0 });
            continue;
        }
        match strangers.iter_mut().find(|stranger| stranger.of == *log) {
            Some(stranger) => {
                stranger.count += 1;
                stranger.size = stranger.size.max(*size);
            }
            None => {
                let (of, here) = (log.clone(), here.clone());
                strangers.push(Stranger { count: 1, size: *size, of, here });
            }
        }
    }
    marks.sort_by_key(|mark| (mark.size, mark.hash.0));
    marks.dedup_by_key(|mark| (mark.size, mark.hash));
    let (mut before, mut size) = (0, 0);
    for mark in &mut marks {
        if mark.size > size {
            (before, size) = (size, mark.size);
        }
        mark.sound = before;
    }
    (marks, strangers)
}

/// How far the proof has come.
struct Proof {
    /// The hash that the next record follows.
    last: Hash,
    /// The latest time of all before the first record, where the store keeps it.
    top: Option<i64>,
    told: Told,
    next: i64,
}

impl Proof {
    /// Finds what the first record follows, and holds what is before it against the checkpoints: its hashes
    /// only, for none of those records is checked.
    async fn begin<J: Journal>(
        &mut self,
        journal: &Arc<J>,
        marks: &[Mark],
    ) -> Result<Option<Finding>, Unproved> {
        let earlier: Vec<Mark> = marks.iter().filter(|m| m.size < self.next).copied().collect();
        let genesis = self.last;
        if let Some(found) = earlier.iter().filter(|m| m.size == 0).find_map(|m| m.refute(genesis))
        {
            return Ok(Some(found));
        }
        for marks in earlier.chunks(PICKED) {
            let numbers: Vec<i64> = marks.iter().map(|m| m.size).filter(|n| *n > 0).collect();
            let records = journal.pick(&numbers).await?;
            for mark in marks.iter().filter(|mark| mark.size > 0) {
                let Some(record) = records.iter().find(|record| record.seq == mark.size) else {
                    return Ok(Some(Finding { seq: mark.size, fault: Fault::Missing }));
                };
                if let Some(found) = mark.refute(record.hash) {
                    return Ok(Some(found));
                }
            }
        }
        if self.next > 1 {
            let before = journal.filed(self.next - 1, 1).await?;
            match before.first().filter(|before| before.sealed.seq == self.next - 1) {
                Some(before) => (self.last, self.top) = (before.sealed.hash, before.top),
                None => return Ok(Some(Finding { seq: self.next - 1, fault: Fault::Missing })),
            }
        }
        Ok(None)
    }

    /// Checks all stretches up to record `size`.
    async fn walk<J: Journal>(
        &mut self,
        journal: &Arc<J>,
        marks: &[Mark],
        size: i64,
        progress: &watch::Sender<Progress>,
    ) -> Result<Option<Finding>, Unproved> {
        let (first, base) = (self.next, (self.last, self.top));
        let stretches = (first..=size).step_by(STRETCH as usize).map(|from| {
            let until = (from + i64::from(STRETCH)).min(size + 1);
            let inside = |mark: &&Mark| (from..until).contains(&mark.size);
            let marks = marks.iter().filter(inside).copied().collect();
            Stretch { from, until, marks, base: (from == first).then_some(base) }
        });
        let checks = stretches.map(|stretch| {
            AbortOnDropHandle::new(tokio::spawn(stretch.check(Arc::clone(journal))))
        });
        let mut checks = stream::iter(checks).buffered(AT_ONCE);
        while let Some(checked) = checks.next().await {
            let Checked { follows, last, told, next, finding } = checked??;
            if follows != self.last {
                // It was written to meanwhile: the two have seen different records.
                return Ok(Some(changed(self.next - 1)));
            }
            self.told.join(told);
            if finding.is_some() {
                return Ok(finding);
            }
            (self.last, self.next) = (last, next);
            progress.send_modify(|progress| progress.checked = next - first);
        }
        Ok(None)
    }

    /// A purge that was written while the log was checked speaks of what it removed.
    async fn hear<J: Journal>(&mut self, journal: &Arc<J>, size: i64) -> Result<(), Unproved> {
        for later in journal.sealed(size + 1, STRETCH).await? {
            if later.event == AuditEvent::AuditPurged.name() {
                let through = later.shown().details["through"].as_i64();
                self.told.purged = self.told.purged.max(through.unwrap_or(0));
            }
        }
        Ok(())
    }

    /// What can only be told once every record was seen.
    fn end(&self, head: &Head, marks: &[Mark]) -> Option<Finding> {
        if self.last != head.hash {
            return Some(changed(head.size));
        }
        let signed = marks.iter().map(|mark| mark.size).max().filter(|signed| *signed > head.size);
        let cut = |signed| Finding { seq: head.size + 1, fault: Fault::Truncated { signed } };
        self.told.robbed().or_else(|| signed.map(cut))
    }
}

fn changed(seq: i64) -> Finding {
    Finding { seq, fault: Fault::Changed(Part::Public) }
}

/// What stands before the first record.
async fn surplus<J: Journal>(journal: &Arc<J>) -> Result<Option<Finding>, StoreError> {
    let first = journal.filed(i64::MIN / 2, 1).await?;
    let seq = first.first().map(|first| first.sealed.seq).filter(|seq| *seq < 1);
    Ok(seq.map(|seq| Finding { seq, fault: Fault::Surplus }))
}

/// Records that are checked together.
struct Stretch {
    from: i64,
    /// Not this one any more.
    until: i64,
    marks: Vec<Mark>,
    /// The hash that the first record follows and the latest time before it; `None` if that is what the
    /// record before is stored with.
    base: Option<(Hash, Option<i64>)>,
}

/// What became of a stretch.
struct Checked {
    follows: Hash,
    last: Hash,
    told: Told,
    next: i64,
    finding: Option<Finding>,
}

impl Stretch {
    async fn check<J: Journal>(self, journal: Arc<J>) -> Result<Checked, Unproved> {
        let from = if self.base.is_some() { self.from } else { self.from - 1 };
        let records = journal.filed(from, STRETCH + 1).await?;
        Ok(spawn_blocking(move || self.judge(&records)).await?)
    }

    fn judge(&self, records: &[Filed]) -> Checked {
        let ((follows, top), records) = match (self.base, records.split_first()) {
            (Some(base), _) => (base, records),
            (None, Some((before, rest))) if before.sealed.seq == self.from - 1 => {
                ((before.sealed.hash, before.top), rest)
            }
            // The stretch before has found that it is missing.
            (None, _) => ((Hash([0; 32]), None), records),
        };
        let mut verifier = Verifier::new(self.from, follows).behind(top);
        let finding = self.find(&mut verifier, records);
        let (last, next) = (verifier.hash(), verifier.next());
        Checked { follows, last, next, told: verifier.told(), finding }
    }

    fn find(&self, verifier: &mut Verifier, records: &[Filed]) -> Option<Finding> {
        let mut marks = self.marks.iter().peekable();
        for record in records.iter().take_while(|record| record.sealed.seq < self.until) {
            if let Err(finding) = verifier.check_filed(record) {
                return Some(finding);
            }
            while let Some(mark) = marks.next_if(|mark| mark.size == record.sealed.seq) {
                let found = mark.refute(record.sealed.hash);
                if found.is_some() {
                    return found;
                }
            }
        }
        let next = verifier.next();
        (next < self.until).then_some(Finding { seq: next, fault: Fault::Missing })
    }
}
