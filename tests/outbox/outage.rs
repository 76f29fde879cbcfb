//! The CRM is down, answers late, or turns one conversation away.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::desk::{Crm, Desk, Mood, owner, successor};
use crate::stores::{Home, in_both_engines};

const MINUTE: Duration = Duration::from_secs(60);

async fn after_an_hour_of_outage_with_a_restart_every_event_arrives_in_its_order(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Says(503)));
    let first = desk.teller(owner("first"), &crm).await;
    let mut written: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut second = None;
    let mut first = Some(first);
    for minute in 0..60 {
        let conversation = format!("c{}", minute % 7);
        desk.write(&conversation, minute).await;
        written.entry(conversation).or_default().push(minute);
        sleep(MINUTE).await;
        if minute == 30 {
            // A process that is killed says nothing to anybody.
            first.take().unwrap().task.abort();
            second = Some(desk.teller(owner("second"), &crm).await);
        }
    }
    assert_eq!(crm.told(), BTreeMap::new());
    let tries = crm.state().calls.len();
    assert!((20..200).contains(&tries), "a target that is down is let alone: {tries}");
    // It is back, and loses its first answers.
    crm.state().mood = Mood::Forgetful;
    while crm.taken().len() < 3 {
        sleep(Duration::from_secs(1)).await;
    }
    crm.state().mood = Mood::Up;
    let up = Instant::now();
    desk.until_empty(10 * MINUTE).await;
    assert_eq!(crm.told(), written, "all of them, each conversation in its order");
    let taken = crm.taken();
    let first = taken.iter().find(|call| call.at >= up).unwrap();
    let took = taken.last().unwrap().at - first.at;
    assert!(
        took < Duration::from_secs(30),
        "nobody waits out what was the target's fault: {took:?}"
    );
    assert!(taken.len() > 60, "some had to be told twice");
    let ids: BTreeSet<_> = taken.iter().map(|call| (&call.id, call.number, &call.body)).collect();
    assert_eq!(ids.len(), 60, "whatever comes twice has its id and its bytes");
    assert_eq!(desk.records("crm_synced").await.len(), 60);
    let failed = desk.records("crm_sync_failed").await;
    assert_eq!(failed.len(), 1, "an outage is told once");
    assert_eq!(failed[0].status.as_deref(), Some("tried again"));
    assert_eq!(failed[0].details["status"], 503);
    drop(second);
}

async fn what_a_killed_process_had_under_way_is_told_by_the_next_at_once(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    crm.state().takes = Duration::from_secs(4);
    desk.write("c", 1).await;
    let first = desk.teller(successor("first"), &crm).await;
    while crm.state().calls.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    first.task.abort();
    let killed = Instant::now();
    // Of the same machine: it is certain that the first has gone.
    let _second = desk.teller(successor("second"), &crm).await;
    desk.until_empty(MINUTE).await;
    assert!(killed.elapsed() < Duration::from_secs(7), "{:?}", killed.elapsed());
    let ids: Vec<_> = crm.state().calls.iter().map(|call| call.id.clone()).collect();
    assert_eq!(ids, ["c-1".into(), "c-1".into()]);
}

async fn of_another_machine_only_time_tells_that_it_has_gone(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    crm.state().takes = Duration::from_secs(4);
    desk.write("c", 1).await;
    let first = desk.teller(owner("first"), &crm).await;
    while crm.state().calls.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    first.task.abort();
    let killed = Instant::now();
    let _second = desk.teller(owner("second"), &crm).await;
    desk.until_empty(MINUTE).await;
    let calls = crm.state().calls.clone();
    let pause = calls[1].at - killed;
    assert!(pause > Duration::from_secs(10) && pause < Duration::from_secs(17), "{pause:?}");
}

async fn one_conversation_that_is_turned_away_holds_up_no_other(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    crm.state().grudges.insert("odd".into(), Mood::Says(400));
    let _teller = desk.teller(owner("a"), &crm).await;
    desk.write("odd", 1).await;
    desk.write("odd", 2).await;
    for n in 0..30 {
        desk.write(&format!("c{n}"), 1).await;
        sleep(Duration::from_secs(20)).await;
    }
    let told = crm.told();
    assert_eq!((told.len(), told.get("odd")), (30, None));
    let late: Vec<_> = desk.untold().await.iter().map(|letter| letter.id.clone()).collect();
    assert_eq!(late, ["odd-1".into(), "odd-2".into()]);
    let odd: Vec<i64> =
        crm.state().calls.iter().filter(|c| c.conversation == "odd").map(|c| c.number).collect();
    assert!(
        odd.len() > 5 && odd.iter().all(|n| *n == 1),
        "the second waits for the first: {odd:?}"
    );
    crm.state().grudges.clear();
    desk.until_empty(6 * MINUTE).await;
    assert_eq!(crm.told()["odd"], [1, 2]);
    assert_eq!(desk.records("crm_sync_failed").await.len(), 1);
}

async fn many_conversations_do_not_hammer_a_target_that_is_down(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Says(500)));
    for n in 0..200 {
        desk.write(&format!("c{n}"), 1).await;
    }
    let _teller = desk.teller(owner("a"), &crm).await;
    sleep(10 * MINUTE).await;
    let tries = crm.state().calls.len();
    assert!((5..40).contains(&tries), "{tries}");
    crm.state().mood = Mood::Up;
    desk.until_empty(10 * MINUTE).await;
    assert_eq!(crm.told().len(), 200);
}

async fn a_target_is_not_tried_before_it_wants_to_be(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Busy(120)));
    desk.write("a", 1).await;
    let _teller = desk.teller(owner("a"), &crm).await;
    sleep(Duration::from_secs(10)).await;
    desk.write("b", 1).await;
    crm.state().mood = Mood::Up;
    desk.until_empty(5 * MINUTE).await;
    let calls = crm.state().calls.clone();
    assert_eq!(calls.len(), 3);
    let pause = calls[1].at - calls[0].at;
    assert!(pause >= Duration::from_secs(120) && pause < Duration::from_secs(123), "{pause:?}");
}

async fn a_letter_written_here_is_told_at_once_and_one_of_others_within_a_second(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    let teller = desk.teller(owner("a"), &crm).await;
    sleep(Duration::from_millis(2500)).await;
    for (number, wakes, bound) in [(1, true, 100), (2, false, 1100)] {
        let written = Instant::now();
        desk.write("c", number).await;
        if wakes {
            teller.wake.notify_one();
        }
        while crm.told().values().flatten().all(|told| *told != number) {
            sleep(Duration::from_millis(10)).await;
        }
        let took = written.elapsed();
        assert!(took < Duration::from_millis(bound), "{number}: {took:?}");
        sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_waits_a_moment_for_what_is_on_its_way() {
    for (takes, told) in [(500, true), (4000, false)] {
        let (desk, crm) = (Desk::open(Home::file()).await, Crm::new(Mood::Up));
        crm.state().takes = Duration::from_millis(takes);
        desk.write("c", 1).await;
        let teller = desk.teller(owner("a"), &crm).await;
        while crm.state().calls.is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
        let left = Instant::now();
        teller.leave.cancel();
        teller.task.await.unwrap();
        assert!(left.elapsed() < Duration::from_millis(1100), "{:?}", left.elapsed());
        assert_eq!(desk.untold().await.is_empty(), told, "{takes}");
    }
}

in_both_engines! {
    #[tokio::test(start_paused = true)]
    after_an_hour_of_outage_with_a_restart_every_event_arrives_in_its_order
    what_a_killed_process_had_under_way_is_told_by_the_next_at_once
    of_another_machine_only_time_tells_that_it_has_gone
    one_conversation_that_is_turned_away_holds_up_no_other
    many_conversations_do_not_hammer_a_target_that_is_down
    a_target_is_not_tried_before_it_wants_to_be
    a_letter_written_here_is_told_at_once_and_one_of_others_within_a_second
}
