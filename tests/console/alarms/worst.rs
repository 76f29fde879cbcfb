//! The worst alarm comes first, and one that becomes worse than somebody knows is raised anew.

use super::*;

#[test]
fn n_goes_to_the_worst_first_and_to_what_has_just_rung_before_that() {
    let loud = LATE.replace("Late", "Lost").replace("5m", "20m") + "bell = true\n";
    let mut harness = console(&format!("{LATE}{loud}"));
    let late = |n: usize| waiting(n, if n < 2 { 0 } else { 1 }, 400 + i64::try_from(n).unwrap());
    harness.floor(floor_of((0..5).map(late).collect())).wait(1).press("n");
    assert!(harness.status().contains("Late in Technical Support: 3"), "{}", harness.status());
    harness.press("n");
    assert!(harness.status().contains("Late in Billing: 2 sessions"), "{}", harness.status());
    harness.press("N");
    assert!(harness.status().contains("Late in Technical Support: 3"), "{}", harness.status());
    // One of the queue last gone to: what was said to be next is.
    let mut sessions: Vec<Session> = (0..5).map(late).collect();
    sessions.push(waiting(6, 2, 350));
    harness.press("n").floor(floor_of(sessions.clone())).wait(1).press("n");
    assert!(harness.status().contains("Österreich: 1 session for"), "{}", harness.status());
    // However few, what asks for a bell is the worst.
    sessions.push(waiting(7, 0, 2_000));
    harness.floor(floor_of(sessions)).wait(1).press("n n N");
    assert!(harness.status().contains("Lost in Billing: 1 session"), "{}", harness.status());
}

#[test]
fn what_was_acknowledged_is_still_counted_and_is_raised_anew_when_it_grows() {
    let mut harness = console(&format!("{LATE}bell = true\n"));
    let late = |those: &[usize]| floor_of(those.iter().map(|n| waiting(*n, 0, 400)).collect());
    harness.floor(late(&[0, 1])).wait(70).press("n A");
    assert!(header(&harness).contains("✓ 1 ack  "), "{}", header(&harness));
    rings(&mut harness);
    // One has gone and another has come: as many as somebody knows of.
    harness.floor(late(&[1, 2])).wait(1);
    assert!(!header(&harness).contains("alarm"), "{}", header(&harness));
    harness.floor(late(&[0, 1, 2])).wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
    assert!(!header(&harness).contains("ack"), "{}", header(&harness));
    assert_eq!(rings(&mut harness), [Effect::Bell]);
    // None of those that were acknowledged.
    harness.press("A").floor(late(&[0])).wait(1);
    assert!(header(&harness).contains("✓ 1 ack  "), "{}", header(&harness));
    harness.floor(late(&[5])).wait(1);
    assert!(header(&harness).contains("▲ 1 alarm  "), "{}", header(&harness));
}
