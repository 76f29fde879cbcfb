//! What becomes of a batch that was sent.

use floorwalker::{
    console::app::Message,
    domain::handoff::{BatchProgress, Progress, Stage},
    engine::Event,
};
use jiff::SignedDuration;

use super::*;

fn news(harness: &Harness, n: usize, stage: Stage) -> Event {
    let order = batches(harness)[0].orders[n].clone();
    Event::Handoff(Box::new(Progress {
        order,
        stage,
        taken: harness.now,
        at: harness.now,
        request_took: None,
        steps: Vec::new(),
    }))
}

fn ended(harness: &Harness, (done, failed, skipped): (usize, usize, usize)) -> Event {
    let batch = &batches(harness)[0];
    let (id, of) = (batch.id.clone(), batch.orders.len());
    let taken_back = of - done - failed - skipped;
    let finished = true;
    Event::Batch(BatchProgress { id, of, done, failed, taken_back, skipped, finished })
}

#[test]
fn progress_and_result_are_told_and_stay_for_b() {
    let mut harness = console(3);
    harness.press("* a y");
    assert!(harness.screen().contains("0/3 done, 3 in line"), "{}", harness.screen());
    let until = harness.now + SignedDuration::from_secs(2);
    let event = news(&harness, 0, Stage::Grace { until });
    harness.event(event);
    let event = news(&harness, 1, Stage::Accepted { agent: agent_id(0) });
    harness.event(event);
    let event = news(&harness, 2, Stage::Failed { reason: "no route".into() });
    harness.event(event);
    let screen = harness.screen();
    assert!(screen.contains("1/3 done, ✗ 1 failed, ⠿ 1 under way"), "{screen}");
    assert!(harness.line("guest00").unwrap().contains("leaves in 3s"), "{screen}");
    assert!(harness.line("guest02").unwrap().contains("no route"), "{screen}");
    // Hidden, it goes on in the status line.
    harness.press("esc").wait(10);
    assert!(harness.status().contains("Batch 1/3 done"), "{}", harness.status());
    let event = news(&harness, 0, Stage::Queued);
    harness.event(event);
    let event = ended(&harness, (2, 1, 0));
    harness.event(event);
    let status = harness.status();
    assert!(status.contains("Batch: 2 of 3 handed off, 1 failed; B shows them"), "{status}");
    harness.wait(60).press("B");
    let screen = harness.screen();
    assert!(screen.contains("2/3 done, ✗ 1 failed"), "{screen}");
    harness.press("G");
    assert!(harness.screen().contains("✗ guest02: no route"), "{}", harness.screen());
    harness.press("B");
    assert!(!harness.screen().contains("2/3 done"), "{}", harness.screen());
}

#[test]
fn what_somebody_wanted_back_has_not_failed() {
    let mut harness = console(3);
    harness.press("* a y");
    for (n, stage) in [Stage::Queued, Stage::TakenBack, Stage::Cancelled].into_iter().enumerate() {
        let event = news(&harness, n, stage);
        harness.event(event);
    }
    let screen = harness.screen();
    assert!(screen.contains("1/3 done, ↩ 2 taken back"), "{screen}");
    assert!(!screen.contains("failed"), "{screen}");
    let event = ended(&harness, (1, 0, 0));
    harness.event(event);
    let status = harness.status();
    assert!(status.starts_with("Batch: 1 of 3 handed off, 2 taken back; B shows"), "{status}");
}

#[test]
fn an_order_of_a_batch_nobody_can_tell_of_is_told_by_itself() {
    let mut harness = console(2);
    harness.press("* a y");
    let event = news(&harness, 0, Stage::Unknown { reason: "no answer".into() });
    harness.event(event);
    assert!(harness.status().contains("Nobody can tell where guest00"), "{}", harness.status());
}

#[test]
fn x_begins_nothing_more_and_u_calls_back_what_is_in_its_grace_time() {
    let mut harness = console(3);
    harness.press("* a y u");
    assert!(harness.status().contains("None of them is in its grace"), "{}", harness.status());
    let until = harness.now + SignedDuration::from_secs(2);
    for n in [0, 1] {
        let event = news(&harness, n, Stage::Grace { until });
        harness.event(event);
    }
    let batch = batches(&harness).remove(0);
    harness.take_effects();
    harness.press("u X X");
    let sent = harness.commands();
    let cancel = |n: usize| Command::Cancel(batch.orders[n].id.clone());
    assert_eq!(sent, [cancel(0), cancel(1), Command::StopBatch(batch.id.clone())]);
    assert!(harness.screen().contains("stopped: 1 not begun"), "{}", harness.screen());
}

#[test]
fn what_was_not_begun_is_free_again() {
    let mut harness = console(3);
    harness.press("* a y");
    let event = news(&harness, 0, Stage::Failed { reason: "no route".into() });
    harness.event(event);
    let event = ended(&harness, (0, 1, 2));
    harness.event(event);
    let screen = harness.screen();
    assert!(screen.contains("stopped after 3 failures: 2 not begun"), "{screen}");
    assert!(harness.line("guest01").unwrap().contains("⊘ not begun"), "{screen}");
    harness.press("esc j");
    assert!(harness.cursor_row().contains("guest01"), "{}", harness.cursor_row());
    assert!(!harness.cursor_row().contains('⠿'), "{}", harness.cursor_row());
    harness.press("h");
    assert!(harness.screen().contains("Hand off to an agent"), "{}", harness.screen());
}

#[test]
fn one_batch_at_a_time() {
    let mut harness = console(3);
    harness.press("space a y esc space a y");
    assert_eq!(batches(&harness).len(), 1);
    assert!(harness.status().contains("Another batch is under way"), "{}", harness.status());
}

#[test]
fn a_batch_that_could_not_be_sent_leaves_nothing_behind() {
    let mut harness = console(2);
    harness.press("* a y");
    let batch = batches(&harness).remove(0);
    harness.tell(Message::Unsent(Command::Batch(batch)));
    assert!(harness.status().contains("Not sent"), "{}", harness.status());
    assert!(!harness.screen().contains('⠿'), "{}", harness.screen());
    harness.wait(20).press("B");
    assert!(harness.status().contains("no batch yet"), "{}", harness.status());
}

#[test]
fn stopping_calls_back_what_has_begun_and_stops_the_rest() {
    let mut harness = console(3);
    harness.press("* a y");
    let until = harness.now + SignedDuration::from_secs(2);
    let event = news(&harness, 1, Stage::Grace { until });
    harness.event(event);
    let batch = batches(&harness).remove(0);
    harness.take_effects();
    harness.tell(Message::Stopping);
    let expected = [Command::StopBatch(batch.id), Command::Cancel(batch.orders[1].id.clone())];
    assert_eq!(harness.commands(), expected);
}

#[test]
fn thousands_are_marked_planned_and_sent_without_a_pause() {
    let mut harness = Harness::bare(80, 24);
    let mut floor = floor::floor(6, 200, 0);
    let sessions = (0..5_000).map(|n| Session { since: Some(floor::ago(9)), ..waits(n) }).collect();
    floor = floor::build(floor.queues, floor.agents, sessions);
    harness.pulse(pulse(Link::Live)).floor(floor);
    let began = std::time::Instant::now();
    harness.press("* H /").type_text("vip").press("enter enter y");
    harness.type_text("5000").press("enter esc");
    let batch = batches(&harness).remove(0);
    assert_eq!(batch.orders.len(), 5_000);
    for n in 0..100 {
        let event = news_of(&harness, &batch.orders[n], Stage::Queued);
        harness.event(event);
    }
    // Far more than it takes, far less than a search through all for each would.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

fn news_of(harness: &Harness, order: &HandoffOrder, stage: Stage) -> Event {
    let (order, at) = (order.clone(), harness.now);
    let steps = Vec::new();
    Event::Handoff(Box::new(Progress { order, stage, taken: at, at, request_took: None, steps }))
}

#[test]
fn a_stop_that_could_not_be_sent_can_be_tried_again() {
    let mut harness = console(3);
    harness.press("* a y X");
    let id = batches(&harness).remove(0).id;
    harness.take_effects();
    harness.tell(Message::Unsent(Command::StopBatch(id.clone())));
    assert!(harness.status().contains("Not stopped"), "{}", harness.status());
    assert!(harness.screen().contains("0/3 done, 3 in line"), "{}", harness.screen());
    harness.press("X");
    assert_eq!(harness.commands(), [Command::StopBatch(id)]);
}
