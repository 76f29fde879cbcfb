//! The engine on a paused clock, with a store that counts how often it is asked.

use std::{sync::Arc, time::Duration};

use floorwalker::{domain::stats::Outcome, engine::Handle};

use crate::fake::{Agent, Fake, carry_out, order, ready};

const NO_GRACE: Duration = Duration::ZERO;
/// How often figures are read when nothing happens.
const EVERY: Duration = Duration::from_secs(30);

/// Waits for figures that tell of so many handoffs.
async fn ended(handle: &mut Handle, total: u64) {
    let told = |pulse: &Arc<floorwalker::engine::Pulse>| {
        pulse.figures.as_ref().is_some_and(|figures| figures.handoffs.total() == total)
    };
    handle.pulse.wait_for(told).await.unwrap();
}

/// How often the store was asked for figures, and tried.
fn asked(fake: &Fake) -> (usize, usize) {
    let state = fake.state();
    (state.counted, state.probed)
}

#[tokio::test(start_paused = true)]
async fn an_idle_engine_reads_twice_a_minute_and_shows_what_it_had() {
    let fake = Fake::new(3, 2, 5);
    let mut handle = fake.engine(NO_GRACE);
    ended(&mut handle, 0).await;
    handle.pulse.wait_for(|pulse| pulse.store.is_some()).await.unwrap();
    let first = handle.pulse.borrow().clone();
    let (counted, probed) = asked(&fake);
    tokio::time::sleep(EVERY * 20).await;
    let last = handle.pulse.borrow().clone();
    let (stats, then) = (first.figures.as_ref().unwrap(), last.figures.as_ref().unwrap());
    assert!(Arc::ptr_eq(stats, then), "nothing has changed but the time");
    assert_eq!(first.store, last.store);
    let asked = asked(&fake);
    let (counts, probes) = (asked.0 - counted, asked.1 - probed);
    assert!((19..=21).contains(&counts), "{counts} readings in ten minutes");
    assert!((19..=21).contains(&probes), "{probes} tries in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn a_handoff_that_has_ended_is_in_the_figures_at_once() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    ended(&mut handle, 0).await;
    let start = tokio::time::Instant::now();
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(stages.last().unwrap().word(), "accepted");
    let end = tokio::time::Instant::now();
    ended(&mut handle, 1).await;
    assert!(end.elapsed() < Duration::from_secs(2), "{:?}", end.elapsed());
    let pulse = handle.pulse.borrow().clone();
    let figures = pulse.figures.as_ref().unwrap();
    assert_eq!(figures.acceptance, Some(1.0));
    let latency = figures.latency_ms.p50.unwrap();
    let took = (end - start).as_secs_f64() * 1000.0;
    assert!((3000.0..=took).contains(&latency), "{latency} ms of {took}");
    assert_eq!(figures.time_to_human_ms.p50, Some(latency));
    assert_eq!(pulse.ended.of(Outcome::Accepted), 1);
    assert_eq!(pulse.store.as_ref().unwrap().records, 2);
    fake.state().agent = Agent::Refuses;
    carry_out(&mut handle, order(2, 5)).await;
    ended(&mut handle, 2).await;
    let pulse = handle.pulse.borrow().clone();
    assert_eq!(pulse.figures.as_ref().unwrap().acceptance, Some(0.5));
    assert_eq!((pulse.ended.of(Outcome::Refused), pulse.ended.total()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn many_handoffs_that_end_together_are_counted_together() {
    let fake = Fake::new(3, 60, 60);
    let mut handle = ready(&fake, NO_GRACE).await;
    ended(&mut handle, 0).await;
    let counted = fake.state().counted;
    for n in 0..50 {
        let order = Box::new(order(n, n as usize));
        handle.commands.send(floorwalker::engine::Command::Handoff(order)).await.unwrap();
    }
    ended(&mut handle, 50).await;
    let readings = fake.state().counted - counted;
    assert!(readings <= 8, "{readings} readings for fifty handoffs");
    assert_eq!(handle.pulse.borrow().ended.total(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_can_not_be_written_is_told_and_so_is_that_it_can_again() {
    let fake = Fake::new(3, 10, 5);
    let mut handle = ready(&fake, NO_GRACE).await;
    let told = |pulse: &Arc<floorwalker::engine::Pulse>| {
        pulse.store.as_ref().map(|store| store.trouble.is_some())
    };
    handle.pulse.wait_for(|pulse| told(pulse) == Some(false)).await.unwrap();
    fake.state().store_broken = true;
    let since = tokio::time::Instant::now();
    // Nobody does anything: it is found by trying.
    let pulse = handle.pulse.wait_for(|pulse| told(pulse) == Some(true)).await.unwrap().clone();
    assert!(since.elapsed() <= EVERY * 2);
    assert_eq!(pulse.audit_trouble, None);
    let trouble = pulse.store.as_ref().unwrap().trouble.clone().unwrap();
    assert_eq!(&*trouble, "write the store: the disk is full");
    // An act meets it too, and its word counts.
    let stages = carry_out(&mut handle, order(1, 4)).await;
    assert_eq!(stages.last().unwrap().word(), "failed");
    let met = handle.pulse.wait_for(|pulse| pulse.audit_trouble.is_some()).await.unwrap().clone();
    assert_eq!(met.store.as_ref().unwrap().trouble, met.audit_trouble);
    // Longer than until the next write of that handoff, and not until the one after it.
    tokio::time::sleep(Duration::from_secs(16)).await;
    fake.state().store_broken = false;
    let since = tokio::time::Instant::now();
    handle
        .pulse
        .wait_for(|pulse| told(pulse) == Some(false) && pulse.audit_trouble.is_none())
        .await
        .unwrap();
    assert!(since.elapsed() <= Duration::from_secs(2), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_was_just_written_need_not_be_tried() {
    let fake = Fake::new(3, 60, 60);
    let mut handle = ready(&fake, NO_GRACE).await;
    ended(&mut handle, 0).await;
    let probed = fake.state().probed;
    for n in 0..20 {
        carry_out(&mut handle, order(n, n as usize)).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(fake.state().probed, probed);
}
