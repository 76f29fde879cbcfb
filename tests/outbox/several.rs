//! Several processes on one store.

use std::{collections::BTreeMap, time::Duration};

use floorwalker::{
    domain::outbox::{Destination, Fate, Standing},
    store::{
        Deliveries,
        deliveries::{Noted, Route, Settled, Taking},
    },
};
use jiff::ToSpan;
use tokio::time::sleep;

use crate::desk::{Crm, Desk, Mood, held, owner};
use crate::stores::{Home, in_both_engines};

async fn two_processes_never_tell_one_conversation_at_the_same_time(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    crm.state().takes = Duration::from_millis(700);
    crm.state().grudges.insert("c3".into(), Mood::Says(409));
    let _first = desk.teller(owner("first"), &crm).await;
    let _second = desk.teller(owner("second"), &crm).await;
    let mut written: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for number in 0..60 {
        let conversation = format!("c{}", number % 12);
        desk.write(&conversation, number).await;
        written.entry(conversation).or_default().push(number);
        sleep(Duration::from_millis(90)).await;
    }
    sleep(Duration::from_secs(20)).await;
    crm.state().grudges.clear();
    desk.until_empty(Duration::from_secs(120)).await;
    let clashes = crm.state().clashes.clone();
    let at_once = crm.state().most_at_once;
    assert_eq!(clashes, Vec::<String>::new());
    assert!((2..=4).contains(&at_once), "{at_once}");
    assert_eq!(crm.told(), written);
    assert_eq!(crm.taken().len(), 60, "each once");
    let records = desk.records("crm_synced").await;
    assert_eq!(records.len(), 60);
    assert!(records.iter().all(|record| record.request_ms.is_some_and(|ms| ms >= 700.0)));
}

async fn what_is_of_another_org_is_not_told_here(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    let ours = desk.write("ours", 1).await;
    let theirs = desk.write_for("another", "theirs", 2).await;
    let _teller = desk.teller(owner("a"), &crm).await;
    sleep(Duration::from_secs(30)).await;
    let told: Vec<_> = crm.taken().into_iter().map(|call| call.id).collect();
    assert_eq!(told, [ours]);
    let untold: Vec<_> = desk.untold().await.into_iter().map(|letter| letter.id).collect();
    assert_eq!(untold, [theirs]);
}

async fn two_spellings_of_a_conversation_are_one_order(home: Home) {
    let (desk, crm) = (Desk::open(home).await, Crm::new(Mood::Up));
    crm.state().grudges.insert("ABC".into(), Mood::Says(500));
    desk.write("ABC", 1).await;
    desk.write("abc", 2).await;
    let _teller = desk.teller(owner("a"), &crm).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(crm.taken().len(), 0);
    crm.state().grudges.clear();
    desk.until_empty(Duration::from_secs(400)).await;
    let numbers: Vec<_> = crm.taken().iter().map(|call| call.number).collect();
    assert_eq!(numbers, [1, 2]);
}

async fn once_a_target_is_back_nobody_waits_out_what_was_its_fault(home: Home) {
    let desk = Desk::open(home).await;
    let (now, route) =
        (desk.clock.now(), Route { context: "test".into(), to: Destination::CrmSession });
    desk.write("a", 1).await;
    desk.write("b", 1).await;
    let later = now + 300.seconds();
    let (by, until) = (owner("x"), now + 15.seconds());
    let taking = Taking { route, by, until, at_once: 4, down: 3, most: 8 };
    let taken = held(desk.store.take(&taking, |_| false, now)).await.unwrap();
    assert_eq!(taken.len(), 2);
    let down = Standing { failures: 3, again: Some(now), ..Standing::default() };
    for (parcel, fate, standing) in
        [(&taken[0], Fate::Again(later), down), (&taken[1], Fate::Delivered, Standing::default())]
    {
        let trays = held(desk.store.trays(&"test".into(), &taking.by, now)).await.unwrap();
        let tray = trays.iter().find(|tray| tray.to == Destination::CrmSession).unwrap();
        assert!(!tray.due, "what we hold and what waits for its time is not due");
        let (route, by, number) = (taking.route.clone(), taking.by.clone(), parcel.number);
        let settled = Settled { route, number, by, fate, status: None, error: None };
        let weigh = |_: &Standing| (standing.clone(), None);
        let noted = held(desk.store.settle(&settled, weigh, now)).await.unwrap();
        assert_eq!(noted, Noted::Now(None));
        let again = held(desk.store.settle(&settled, weigh, now)).await.unwrap();
        assert_eq!(again, Noted::NotOurs, "once");
    }
    let next = held(desk.store.take(&taking, |_| false, now)).await.unwrap();
    assert_eq!(next.iter().map(|parcel| parcel.attempts).collect::<Vec<_>>(), [2]);
}

in_both_engines! {
    #[tokio::test(start_paused = true)]
    two_processes_never_tell_one_conversation_at_the_same_time
    what_is_of_another_org_is_not_told_here
    two_spellings_of_a_conversation_are_one_order
    once_a_target_is_back_nobody_waits_out_what_was_its_fault
}
