//! What somebody may do who can write the store, and what is found of it.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use floorwalker::{
    domain::audit::{
        AuditEntry, AuditEvent, AuditRecord, Checkpoint, Fault, Finding, Head, LogName, Part,
        Sealed,
    },
    engine::proof::{Claimed, Progress, Trust, Unproved, Verified, verify},
    store::{Journal, StoreError},
};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::ledger::{Ledger, entry};

/// Three stretches, the last not full.
const RECORDS: i64 = 9000;
/// Sealing them takes longer than checking them.
static WHOLE: LazyLock<Ledger> = LazyLock::new(|| Ledger::of(RECORDS));

pub async fn head(journal: &Ledger) -> Checkpoint {
    Checkpoint { head: journal.head().await.unwrap(), at: Timestamp::UNIX_EPOCH }
}

/// Checkpoints of some sizes.
fn checkpoints(journal: &Ledger, sizes: &[i64]) -> Vec<Checkpoint> {
    let mut checkpoints = Vec::new();
    journal.attack(|records| {
        checkpoints = sizes
            .iter()
            .map(|&size| Checkpoint {
                head: Head { log: LogName::drawn(0x00c0_ffee), size, hash: at(records, size).hash },
                at: Timestamp::UNIX_EPOCH,
            })
            .collect();
    });
    checkpoints
}

fn at(records: &mut [Sealed], seq: i64) -> &mut Sealed {
    records.iter_mut().find(|sealed| sealed.seq == seq).unwrap()
}

async fn prove<J: Journal>(
    journal: &Arc<J>,
    from: i64,
    checkpoints: &[Checkpoint],
) -> Result<Verified, Unproved> {
    let claimed = Claimed { from, checkpoints: checkpoints.to_vec() };
    verify(journal, &claimed, &watch::Sender::default()).await
}

/// The finding after a crime, with checkpoints that were made before it.
async fn found(sizes: &[i64], crime: impl FnOnce(&Ledger)) -> Option<Finding> {
    let ledger = Arc::new(WHOLE.copy());
    let checkpoints = checkpoints(&ledger, sizes);
    crime(&ledger);
    prove(&ledger, 1, &checkpoints).await.unwrap().finding
}

fn public(seq: i64) -> Option<Finding> {
    Some(Finding { seq, fault: Fault::Changed(Part::Public) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_has_touched_is_as_it_was_written() {
    let ledger = Arc::new(WHOLE.copy());
    let checkpoints = checkpoints(&ledger, &[1, 4096, 4097, RECORDS]);
    let (told, progress) = watch::channel(Progress::default());
    let claimed = Claimed { from: 1, checkpoints };
    let verified = verify(&ledger, &claimed, &told).await.unwrap();
    assert_eq!((verified.finding, verified.sound), (None, RECORDS));
    assert_eq!((verified.trust, verified.signed), (Trust::Beginning, Some(RECORDS)));
    assert_eq!(*progress.borrow(), Progress { checked: RECORDS, of: RECORDS });
    let empty = prove(&Arc::new(Ledger::of(0)), 1, &[]).await.unwrap();
    assert_eq!((empty.finding, empty.sound, empty.signed), (None, 0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_byte_anywhere_is_found() {
    // In the middle, on both sides of where stretches meet, at both ends.
    for seq in [1, 4096, 4097, 5000, RECORDS] {
        let bytes = [0, 7, 100].map(|byte| {
            found(&[], move |ledger| {
                ledger.attack(|records| {
                    let record = &mut at(records, seq).record;
                    let other = if record.as_bytes()[byte] == b'x' { "y" } else { "x" };
                    record.replace_range(byte..=byte, other);
                });
            })
        });
        for finding in bytes {
            assert_eq!(finding.await, public(seq));
        }
        let hash = |records: &mut Vec<Sealed>| at(records, seq).hash.0[31] ^= 1;
        assert_eq!(found(&[], |ledger| ledger.attack(hash)).await, public(seq));
    }
    let two = |records: &mut Vec<Sealed>| {
        at(records, 8999).record.clear();
        at(records, 4097).at += 1;
    };
    let first = Finding { seq: 4097, fault: Fault::Changed(Part::Columns) };
    assert_eq!(found(&[], |ledger| ledger.attack(two)).await, Some(first), "the first one counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_swapped_or_slipped_in_is_found() {
    for seq in [1, 4096, 4097, 5000] {
        let gone = |records: &mut Vec<Sealed>| records.retain(|sealed| sealed.seq != seq);
        let missing = Some(Finding { seq, fault: Fault::Missing });
        assert_eq!(found(&[], |ledger| ledger.attack(gone)).await, missing);
        let swapped = |records: &mut Vec<Sealed>| {
            let (one, two) = (at(records, seq).clone(), at(records, seq + 1).clone());
            *at(records, seq) = Sealed { seq, ..two };
            *at(records, seq + 1) = Sealed { seq: seq + 1, ..one };
        };
        let displaced = Some(Finding { seq, fault: Fault::Displaced { by: seq + 1 } });
        assert_eq!(found(&[], |ledger| ledger.attack(swapped)).await, displaced);
        // The one that is slipped in says that it is number `seq`, and the others move up.
        let inserted = |records: &mut Vec<Sealed>| {
            let mut forged = at(records, seq).clone();
            forged.record = forged.record.replace("acme", "acne");
            records.iter_mut().filter(|s| s.seq >= seq).for_each(|s| s.seq += 1);
            records.push(forged);
            records.sort_by_key(|sealed| sealed.seq);
        };
        assert_eq!(found(&[], |ledger| ledger.attack(inserted)).await, public(seq));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_that_was_cut_is_seen_by_whoever_has_a_checkpoint() {
    let cut = |ledger: &Ledger| ledger.attack(|records| records.truncate(8000));
    assert_eq!(found(&[], cut).await, None, "the chain alone does not know");
    assert_eq!(found(&[8000], cut).await, None);
    let truncated = Finding { seq: 8001, fault: Fault::Truncated { signed: RECORDS } };
    assert_eq!(found(&[8001, RECORDS, 5], cut).await, Some(truncated));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_computed_anew_is_seen_by_whoever_has_a_checkpoint() {
    let crime = |ledger: &Ledger| {
        ledger.attack(|records| {
            let record = &mut at(records, 5000).record;
            *record = record.replace("acme", "acne");
        });
        ledger.recompute();
    };
    assert_eq!(found(&[], crime).await, None, "the chain alone does not know");
    assert_eq!(found(&[3000, 4999], crime).await, None);
    let recomputed = |seq, sound| Some(Finding { seq, fault: Fault::Recomputed { sound } });
    assert_eq!(found(&[8192, 3000, 7000, 4097], crime).await, recomputed(7000, 4097));
    assert_eq!(found(&[5000], crime).await, recomputed(5000, 0));
    assert_eq!(found(&[RECORDS], crime).await, recomputed(RECORDS, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_before_the_first_record_rests_on_the_store_or_on_a_checkpoint() {
    let ledger = Arc::new(WHOLE.copy());
    let all = checkpoints(&ledger, &[100, 5999, 7000]);
    ledger.attack(|records| at(records, 50).record.clear());
    for (checkpoints, trust) in [
        (&all[..0], Trust::Store),
        (&all[..1], Trust::Store),
        (&all[..2], Trust::Checkpoint(5999)),
        (&all[2..], Trust::Checkpoint(7000)),
    ] {
        let verified = prove(&ledger, 6000, checkpoints).await.unwrap();
        assert_eq!((verified.finding, verified.sound), (None, RECORDS - 5999));
        assert_eq!(verified.trust, trust);
    }
    ledger.attack(|records| at(records, 5999).hash.0[0] ^= 1);
    let recomputed = Finding { seq: 5999, fault: Fault::Recomputed { sound: 100 } };
    let verified = prove(&ledger, 6000, &all).await.unwrap();
    assert_eq!((verified.finding, verified.trust), (Some(recomputed), Trust::Store));
    assert_eq!(prove(&ledger, 6000, &[]).await.unwrap().finding, public(6000));
    ledger.attack(|records| records.retain(|sealed| sealed.seq != 5999));
    let missing = Finding { seq: 5999, fault: Fault::Missing };
    assert_eq!(prove(&ledger, 6000, &[]).await.unwrap().finding, Some(missing));
    let beyond = prove(&ledger, RECORDS + 2, &[]).await.unwrap_err();
    assert!(matches!(beyond, Unproved::Beyond { size: RECORDS, .. }));
    assert_eq!(prove(&ledger, RECORDS + 1, &[]).await.unwrap().sound, 0);
}

#[tokio::test]
async fn a_checkpoint_of_another_log_is_refused_by_name() {
    let ledger = Arc::new(Ledger::of(3));
    let mut checkpoint = head(&ledger).await;
    checkpoint.head.log = LogName::drawn(0xdead);
    let ours = head(&ledger).await;
    let verified = prove(&ledger, 1, &[checkpoint.clone(), ours, checkpoint]).await.unwrap();
    let refused = verified.strangers[0].to_string();
    assert!(refused.contains("dead") && refused.contains("c0ffee"), "{refused}");
    assert!(refused.starts_with("2 checkpoints, of up to 3 records"), "{refused}");
    let all = (verified.finding, verified.agreed, verified.signed, verified.strangers.len());
    assert_eq!(all, (None, 1, Some(3), 1), "what is ours is proved all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_purged_is_told_and_what_was_robbed_is_found() {
    let ledger = Arc::new(Ledger::of(5000));
    let mut purge = entry(AuditEvent::AuditPurged);
    purge.details = serde_json::json!({ "through": 4500 });
    let (purged, _) = ledger.purge(4500, purge, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(purged, 4500);
    let verified = prove(&ledger, 1, &[]).await.unwrap();
    assert_eq!((verified.finding, verified.told.bare), (None, vec![1..=4500]));
    ledger.attack(|records| at(records, 4501).personal = None);
    let robbed = Finding { seq: 4501, fault: Fault::Robbed };
    assert_eq!(prove(&ledger, 1, &[]).await.unwrap().finding, Some(robbed));
}

/// A log that is written to whenever somebody reads it.
struct Busy(Ledger);

impl Journal for Busy {
    async fn head(&self) -> Result<Head, StoreError> {
        self.0.head().await
    }

    async fn sealed(&self, from: i64, limit: u32) -> Result<Vec<Sealed>, StoreError> {
        self.0.append(entry(AuditEvent::HandoffCompleted));
        self.0.sealed(from, limit).await
    }

    async fn pick(&self, numbers: &[i64]) -> Result<Vec<Sealed>, StoreError> {
        self.0.pick(numbers).await
    }

    async fn written(&self, from: i64, until: i64) -> Result<Option<(i64, i64)>, StoreError> {
        self.0.written(from, until).await
    }

    async fn grown(&self, after: i64, patience: Duration) -> Result<bool, StoreError> {
        self.0.grown(after, patience).await
    }

    async fn adopt(&self, head: &Head, records: &[Sealed]) -> Result<(), StoreError> {
        self.0.adopt(head, records).await
    }

    async fn purge(
        &self,
        through: i64,
        entry: AuditEntry,
        now: Timestamp,
    ) -> Result<(u64, AuditRecord), StoreError> {
        self.0.purge(through, entry, now).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_grows_meanwhile_is_proved_up_to_where_it_was() {
    let busy = Arc::new(Busy(WHOLE.copy()));
    let verified = prove(&busy, 1, &[]).await.unwrap();
    assert_eq!((verified.finding, verified.head.size, verified.sound), (None, RECORDS, RECORDS));
    assert!(busy.head().await.unwrap().size > RECORDS);
}
