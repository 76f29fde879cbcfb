//! How long each step of a handoff takes.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::handoff::Step;

/// The time of each step so far; a step that is gone through twice counts both times.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    since: Instant,
    times: Vec<(Step, Duration)>,
}

impl Steps {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), times: Vec::new() }
    }

    /// What went on since the last lap was this step.
    pub(super) fn lap(&mut self, step: Step) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        match self.times.iter_mut().find(|(known, _)| *known == step) {
            Some((_, sum)) => *sum += took,
            None => self.times.push((step, took)),
        }
    }

    pub(super) fn times(&self) -> &[(Step, Duration)] {
        &self.times
    }
}
