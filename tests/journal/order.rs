//! One order, whoever writes; times that can be searched by; moving, forgetting, hearing of others.

use std::{sync::Arc, time::Duration};

use floorwalker::{
    domain::audit::{AuditEntry, AuditEvent},
    engine::proof::{Claimed, verify},
    store::{Database, Journal, Store},
};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::watch, task::JoinSet};

use super::{
    all, checked, entry, now,
    stores::{Home, in_both_engines},
};

in_both_engines! {
    #[tokio::test]
    many_who_write_make_one_chain
    a_span_of_time_is_found_also_where_a_clock_was_set_back
    a_log_that_moves_keeps_its_chain_its_numbers_and_its_name
    nobody_writes_between_the_parts_of_a_log_that_is_taken_over
    what_is_forgotten_is_told_and_nothing_else_can_be_taken
    a_log_is_proved_while_it_is_purged
    one_hears_of_what_another_writes
}

async fn many_who_write_make_one_chain(home: Home) {
    let stores = [home.open().await, home.open().await, home.open().await];
    let mut writers = JoinSet::new();
    for n in 0..300 {
        let store = stores[n % 3].clone();
        writers.spawn(async move { store.append(entry(&n.to_string()), now()).await.unwrap() });
    }
    let records = writers.join_all().await;
    assert_eq!(records.len(), 300);
    checked(&stores[0]).await.unwrap();
    // What was told to be written stands there as it was told.
    let kept = all(&stores[1]).await;
    for record in records {
        let sealed = &kept[usize::try_from(record.seq - 1).unwrap()];
        assert_eq!(sealed.read().unwrap(), record);
    }
    assert_eq!(stores[0].head().await.unwrap(), stores[2].head().await.unwrap());
}

async fn a_span_of_time_is_found_also_where_a_clock_was_set_back(home: Home) {
    let store = home.open().await;
    let at = |minute: i64| now() + SignedDuration::from_mins(minute);
    let minutes = [0, 10, 20, 90, 30, 40, 100, 35, 110];
    for minute in minutes {
        let record = store.append(entry("x"), at(minute)).await.unwrap();
        assert_eq!(record.timestamp, at(minute));
    }
    for (from, until) in [(0, 200), (15, 35), (30, 31), (35, 41), (90, 101), (0, 1), (111, 200)] {
        let span = (at(from).as_millisecond(), at(until).as_millisecond());
        let found = store.written(span.0, span.1).await.unwrap();
        let numbers = (1..).zip(minutes).filter(|(_, minute)| (from..until).contains(minute));
        let numbers: Vec<i64> = numbers.map(|(seq, _)| seq).collect();
        let Some((first, last)) = found else {
            assert!(numbers.is_empty(), "{from} to {until}: {numbers:?}");
            continue;
        };
        assert!(numbers.iter().all(|seq| (first..=last).contains(seq)), "{from} to {until}");
    }
    // Whoever waited for their turn wrote after the one before.
    let record = store.append(entry("x"), at(110) - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(record.timestamp, at(110));
    checked(&store).await.unwrap();
}

async fn a_log_that_moves_keeps_its_chain_its_numbers_and_its_name(home: Home) {
    let folder = tempfile::tempdir().unwrap();
    let from = Database::open(&folder.path().join("old.db")).await.unwrap();
    for n in 0..40 {
        from.append(entry(&n.to_string()), now()).await.unwrap();
    }
    let purge = AuditEntry { event: AuditEvent::AuditPurged, ..entry("law") };
    from.purge(10, purge, now()).await.unwrap();
    let (head, records) = (from.head().await.unwrap(), all(&from).await);
    let to = home.open().await;
    assert!(
        to.adopt(&head, &records[..20]).await.is_err(),
        "what was purged comes with who did it"
    );
    assert_eq!(to.head().await.unwrap().size, 0);
    to.adopt(&head, &records).await.unwrap();
    assert_eq!(to.head().await.unwrap(), head);
    assert_eq!(all(&to).await, records);
    // It goes on where it was.
    assert_eq!(to.append(entry("next"), now()).await.unwrap().seq, head.size + 1);
    assert_eq!(checked(&to).await.unwrap().bare, [1..=10]);
    // What does not follow is refused as a whole.
    let before = to.head().await.unwrap();
    assert!(to.adopt(&head, &records[5..]).await.is_err());
    from.append(entry("a"), now()).await.unwrap();
    from.append(entry("b"), now()).await.unwrap();
    let other = all(&from).await;
    assert!(to.adopt(&head, &other[42..]).await.is_err(), "it follows another record");
    assert_eq!(to.head().await.unwrap(), before);
    let another = Database::open(&folder.path().join("another.db")).await.unwrap();
    another.append(entry("x"), now()).await.unwrap();
    let refused = another.adopt(&head, &records).await.unwrap_err();
    assert!(refused.cause.contains(head.log.as_str()), "{refused}");
}

async fn nobody_writes_between_the_parts_of_a_log_that_is_taken_over(home: Home) {
    let folder = tempfile::tempdir().unwrap();
    let from = Database::open(&folder.path().join("from.db")).await.unwrap();
    for n in 0..40 {
        from.append(entry(&n.to_string()), now()).await.unwrap();
    }
    let (log, records) = (from.head().await.unwrap().log, all(&from).await);
    let (to, other) = (home.open().await, home.open().await);
    let here = to.head().await.unwrap();
    // One that is given up has never been.
    let mut adoption = to.adoption(&here, &log).await.unwrap().unwrap();
    adoption.take(&records[..20]).await.unwrap();
    drop(adoption);
    assert_eq!(other.head().await.unwrap(), here);
    let mut adoption = to.adoption(&here, &log).await.unwrap().unwrap();
    adoption.take(&records[..20]).await.unwrap();
    let writing = other.clone();
    let waits = tokio::spawn(async move { writing.append(entry("other"), now()).await.unwrap() });
    // Whoever reads does not wait, and sees nothing of it.
    assert_eq!(other.head().await.unwrap(), here);
    adoption.take(&records[20..]).await.unwrap();
    assert!(!waits.is_finished());
    adoption.keep().await.unwrap();
    assert_eq!(waits.await.unwrap().seq, 41, "behind all that came");
    checked(&to).await.unwrap();
    // Whoever looked before somebody else wrote begins nothing.
    let here = to.head().await.unwrap();
    other.append(entry("again"), now()).await.unwrap();
    assert!(to.adoption(&here, &log).await.unwrap().is_none());
}

async fn what_is_forgotten_is_told_and_nothing_else_can_be_taken(home: Home) {
    let store = home.open().await;
    for n in 0..10 {
        store.append(entry(&format!("secret {n}")), now()).await.unwrap();
    }
    let purge = || AuditEntry { event: AuditEvent::AuditPurged, ..entry("the law") };
    let (count, record) = store.purge(4, purge(), now()).await.unwrap();
    assert_eq!((count, record.seq), (4, 11));
    assert_eq!(record.details, serde_json::json!({ "through": 4, "records": 4 }));
    assert_eq!(checked(&store).await.unwrap().bare, [1..=4]);
    let records = store.page(None, 20).await.unwrap();
    let known = |seq: i64| records.iter().find(|record| record.seq == seq).unwrap();
    assert!(known(4).purged && known(4).reason.is_none() && known(4).session.is_some());
    assert!(!known(5).purged && known(5).reason.as_deref() == Some("secret 4"));
    // Another purge counts what there is left, and leaves what tells of purges.
    let (count, _) = store.purge(11, purge(), now()).await.unwrap();
    assert_eq!(count, 6);
    assert_eq!(checked(&store).await.unwrap().bare, [1..=10]);
}

async fn a_log_is_proved_while_it_is_purged(home: Home) {
    let (store, other) = (home.open().await, Arc::new(home.open().await));
    let written = (0..20_000).map(|n| store.append(entry(&format!("secret {n}")), now()));
    futures_util::future::try_join_all(written).await.unwrap();
    let proved = async || {
        let claimed = Claimed { from: 1, checkpoints: Vec::new() };
        let verified = verify(&other, &claimed, &watch::Sender::default()).await.unwrap();
        assert_eq!(verified.finding, None);
        verified.told.bare
    };
    let purge = AuditEntry { event: AuditEvent::AuditPurged, ..entry("the law") };
    let purging = tokio::spawn(async move { store.purge(20_000, purge, now()).await.unwrap() });
    while !purging.is_finished() {
        proved().await;
    }
    assert_eq!(purging.await.unwrap().0, 20_000);
    assert_eq!(proved().await, [1..=20_000]);
}

async fn one_hears_of_what_another_writes(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    assert!(!one.grown(0, Duration::from_millis(1)).await.unwrap());
    let hears = tokio::spawn(async move {
        let grown = one.grown(0, Duration::from_secs(60)).await.unwrap();
        (grown, one)
    });
    other.append(entry("x"), Timestamp::now()).await.unwrap();
    let (grown, one) = hears.await.unwrap();
    assert!(grown);
    assert!(one.grown(0, Duration::ZERO).await.unwrap(), "what is there is there at once");
    assert!(!one.grown(1, Duration::ZERO).await.unwrap());
}
