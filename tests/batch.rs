//! A batch: so many at a time, until all are done, too many have failed, or somebody has stopped it.

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use floorwalker::{
    domain::{
        handoff::{BatchProgress, Stage},
        id::BatchId,
    },
    engine::batch::{Pace, carry},
};
use tokio_util::sync::CancellationToken;

type Task = Pin<Box<dyn Future<Output = Stage> + Send>>;

fn task(future: impl Future<Output = Stage> + Send + 'static) -> Task {
    Box::pin(future)
}

fn failed() -> Stage {
    Stage::Failed { reason: "no".into() }
}

/// Carries tasks out; everything that was told of it.
async fn carried(tasks: Vec<Task>, pace: Pace, stop: CancellationToken) -> Vec<BatchProgress> {
    let mut told = Vec::new();
    let end = carry(BatchId::random(), tasks, pace, stop, |progress| {
        told.push(progress);
        ready(())
    })
    .await;
    assert_eq!(told.last(), Some(&end));
    told
}

fn counts(progress: &BatchProgress) -> (usize, usize, usize, bool) {
    (progress.done, progress.failed, progress.skipped, progress.finished)
}

#[tokio::test]
async fn no_more_are_under_way_at_a_time_than_were_asked_for() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let one = || {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        task(async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            Stage::Queued
        })
    };
    let tasks = (0..20).map(|_| one()).collect();
    let pace = Pace { at_once: 3, stop_after: None };
    let told = carried(tasks, pace, CancellationToken::new()).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
    let done: Vec<_> = told.iter().map(|p| p.done).collect();
    assert_eq!(done, (1..=20).chain([20]).collect::<Vec<_>>(), "told after each, and at the end");
    assert!(told.iter().rev().skip(1).all(|p| !p.finished && p.of == 20));
}

#[tokio::test]
async fn after_so_many_failures_nothing_more_is_begun() {
    let began = Arc::new(AtomicUsize::new(0));
    let one = |stage: Stage| {
        let began = Arc::clone(&began);
        task(async move {
            began.fetch_add(1, Ordering::SeqCst);
            stage
        })
    };
    let stages = [Stage::Queued, failed(), Stage::Refused, Stage::Queued, Stage::Queued];
    let tasks = stages.map(one).into();
    let pace = Pace { at_once: 1, stop_after: Some(2) };
    let told = carried(tasks, pace, CancellationToken::new()).await;
    assert_eq!(counts(told.last().unwrap()), (1, 2, 2, true));
    assert_eq!(began.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_somebody_wanted_back_stops_nothing_and_is_counted_apart() {
    let stages = [Stage::Cancelled, Stage::TakenBack, Stage::Queued, failed(), Stage::Queued];
    let tasks = stages.map(|stage| task(ready(stage))).into();
    let pace = Pace { at_once: 1, stop_after: Some(1) };
    let told = carried(tasks, pace, CancellationToken::new()).await;
    let end = told.last().unwrap();
    assert_eq!((counts(end), end.taken_back), ((1, 1, 1, true), 2));
}

#[tokio::test]
async fn what_is_under_way_when_it_is_stopped_is_seen_to_its_end() {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let first = task(async move {
        stopping.cancel();
        // The batch hears of it before this one ends.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Stage::Accepted { agent: "a".into() }
    });
    let tasks = vec![first, task(ready(Stage::Queued)), task(ready(Stage::Queued))];
    let pace = Pace { at_once: 1, stop_after: None };
    let told = carried(tasks, pace, stop).await;
    assert_eq!(counts(told.last().unwrap()), (1, 0, 2, true));
}

#[tokio::test]
async fn one_that_panics_has_failed_and_the_others_go_on() {
    let tasks = vec![task(async { panic!("on purpose") }), task(ready(Stage::Queued))];
    let pace = Pace { at_once: 0, stop_after: None };
    let told = carried(tasks, pace, CancellationToken::new()).await;
    assert_eq!(counts(told.last().unwrap()), (1, 1, 0, true), "none at a time means one");
}

#[tokio::test]
async fn an_empty_batch_is_finished_at_once() {
    let pace = Pace { at_once: 4, stop_after: Some(1) };
    let told = carried(Vec::new(), pace, CancellationToken::new()).await;
    assert_eq!(told.iter().map(counts).collect::<Vec<_>>(), [(0, 0, 0, true)]);
}
