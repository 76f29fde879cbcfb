//! Several handoffs, so many at a time, until all are done or too many have failed.

use std::collections::VecDeque;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::{
    handoff::{BatchProgress, Stage},
    id::BatchId,
};

pub use super::run::Inward;

/// How a batch is gone through.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many may be under way at a time.
    pub at_once: usize,
    /// After so many failures nothing more is begun.
    pub stop_after: Option<usize>,
}

/// Carries all of them out, each a handoff that begins when it is first asked for, and tells how far it
/// has come after each. What is under way when it is stopped is seen to its end; the rest is not begun.
pub async fn carry<H, F>(
    id: BatchId,
    handoffs: Vec<H>,
    pace: Pace,
    stop: CancellationToken,
    mut told: impl FnMut(BatchProgress) -> F,
) -> BatchProgress
where
    H: Future<Output = Stage> + Send + 'static,
    F: Future<Output = ()>,
{
    let of = handoffs.len();
    let (done, failed, taken_back, skipped) = (0, 0, 0, 0);
    let mut progress = BatchProgress { id, of, done, failed, taken_back, skipped, finished: false };
    let mut waiting: VecDeque<H> = handoffs.into();
    let mut under_way = JoinSet::new();
    loop {
        let stopped =
            stop.is_cancelled() || pace.stop_after.is_some_and(|most| progress.failed >= most);
        if stopped {
            progress.skipped += waiting.len();
            waiting.clear();
        }
        while under_way.len() < pace.at_once.max(1)
            && let Some(next) = waiting.pop_front()
        {
            under_way.spawn(next);
        }
        let ended = tokio::select! {
            ended = under_way.join_next() => ended,
            () = stop.cancelled(), if !waiting.is_empty() => continue,
        };
        match ended {
            None => break,
            Some(Ok(Stage::Accepted { .. } | Stage::Queued)) => progress.done += 1,
            // Whoever wants one back has not seen the others fail.
            Some(Ok(stage)) if stage.is_taken_back() => progress.taken_back += 1,
            // A task that panicked has failed too; its flight is settled by whoever looks next.
            Some(_) => progress.failed += 1,
        }
        told(progress.clone()).await;
    }
    progress.finished = true;
    told(progress.clone()).await;
    progress
}
