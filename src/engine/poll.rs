//! Keeping the floor fresh: one task a feed, each at its own pace.
//!
//! One request in flight a feed; a feed that fails backs off alone. Live feeds are what the screen
//! shows. The others share an allowance, so that all of floorwalker's reading stays near sixty requests
//! a minute whatever the size of the floor.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{Mutex, mpsc, watch},
    time::Instant,
};

use super::{
    assembly::Known,
    clock::Clock,
    link::{BREAK, Trouble},
};
use crate::{
    domain::id::QueueId,
    genesys::{Ask, Error, Feed, Genesys, Lane, Pace, Patch, Scope, Seen},
};

/// Requests a minute that background feeds may make together: four live feeds every five seconds
/// make 48, and with the token there is room for eleven under sixty.
const ALLOWANCE: usize = 11;
const MINUTE: Duration = Duration::from_secs(60);
/// Between the first looks at each flow: soon, but after the names of the agents, which would
/// otherwise wait for the next minute's allowance.
const FIRST_LOOKS: Duration = Duration::from_secs(2);
/// The longest pause of a feed that keeps failing.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// What a feed's task reports.
#[derive(Debug)]
pub struct Report {
    /// Which feed.
    pub feed: Feed,
    /// When it was asked.
    pub asked: Instant,
    /// The same by the wall clock.
    pub asked_at: Timestamp,
    /// What came of it.
    pub result: Result<Patch, Trouble>,
}

/// What all feeds share.
#[derive(Debug)]
pub struct Feeder<G> {
    /// Where to read.
    pub genesys: Arc<G>,
    /// The wall clock.
    pub clock: Clock,
    /// What is known so far.
    pub known: watch::Receiver<Arc<Known>>,
    /// Changes when somebody wants everything on screen now.
    pub refresh: watch::Receiver<u64>,
    /// Where reports go.
    pub reports: mpsc::Sender<Report>,
    /// What background feeds may still ask.
    pub allowance: Arc<Allowance>,
}

impl<G> Clone for Feeder<G> {
    fn clone(&self) -> Self {
        Self {
            genesys: Arc::clone(&self.genesys),
            clock: self.clock,
            known: self.known.clone(),
            refresh: self.refresh.clone(),
            reports: self.reports.clone(),
            allowance: Arc::clone(&self.allowance),
        }
    }
}

/// Reads one feed until nobody listens any more.
pub async fn keep<G: Genesys>(mut feeder: Feeder<G>, feed: Feed, pace: Pace) {
    let mut turn = Turn::default();
    while let Some(ask) = feeder.question(feed, &mut turn).await {
        if !pace.live {
            feeder.allowance.take(feeder.genesys.cost(feed, &ask)).await;
        }
        let (asked, asked_at) = (Instant::now(), feeder.clock.now());
        let lane = if pace.live { Lane::Screen } else { Lane::Background };
        let outcome = feeder.genesys.read(feed, &ask, lane).await;
        let pause = turn.note(&outcome, pace);
        // Counted from the question, so that feeds that began together stay together and the floor
        // is of one moment; but an org that answers slowly is not asked without a break.
        let next = match outcome {
            Ok(_) => (asked + pause).max(Instant::now() + pause / BREAK),
            Err(_) => Instant::now() + pause,
        };
        let result = outcome.map_err(|error| {
            tracing::warn!(?feed, %error, ?pause, "a read failed");
            Trouble { error, again: feeder.clock.after(pause) }
        });
        // A refresh also ends a pause: the person has perhaps just mended the network.
        let hurried = pace.live || result.is_err();
        if feeder.reports.send(Report { feed, asked, asked_at, result }).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            changed = feeder.refresh.changed(), if hurried => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

/// Where a feed is in what it reads bit by bit, and how often it has failed in a row.
#[derive(Debug, Default)]
struct Turn {
    page: u32,
    /// Flows asked so far, and how many there were when the last one was asked.
    flow: usize,
    flows: usize,
    failures: u32,
    /// What was answered last, which the engine has taken in, and for which queues.
    seen: Seen,
    queues: Arc<[QueueId]>,
}

impl Turn {
    /// Takes note of an answer; how long to pause before the next question.
    fn note(&mut self, outcome: &Result<Patch, Error>, pace: Pace) -> Duration {
        match outcome {
            Ok(patch) => {
                self.failures = 0;
                let more = matches!(patch, Patch::Histories { scope: Scope::Page, .. });
                self.page = if more { self.page + 1 } else { 0 };
                if more {
                    // The next page follows as soon as the allowance lets it.
                    Duration::ZERO
                } else if self.flow < self.flows {
                    FIRST_LOOKS
                } else {
                    pace.every
                }
            }
            Err(error) => {
                self.failures = (self.failures + 1).min(6);
                let doubled = Duration::from_secs(1) * 2_u32.pow(self.failures);
                let least = if pace.live { pace.every } else { Duration::ZERO };
                let wait = doubled.max(least).min(LONGEST_BACKOFF);
                // The server's own word is never cut short.
                let asked = error.retry_after.unwrap_or(Duration::ZERO);
                wait.mul_f64(0.75 + fastrand::f64() / 4.0).max(asked)
            }
        }
    }
}

impl<G> Feeder<G> {
    /// Waits until there is something to ask for. `None` when the engine is gone.
    async fn question(&mut self, feed: Feed, turn: &mut Turn) -> Option<Ask> {
        loop {
            let known = Arc::clone(&self.known.borrow_and_update());
            if let Some(ask) = ask(feed, &known, turn, self.clock.now()) {
                return Some(ask);
            }
            self.known.changed().await.ok()?;
        }
    }
}

/// What to ask for; `None` while there is nothing to ask.
fn ask(feed: Feed, known: &Known, turn: &mut Turn, now: Timestamp) -> Option<Ask> {
    if turn.queues != known.queues {
        (turn.seen, turn.queues) = (Seen::default(), Arc::clone(&known.queues));
    }
    let mut ask = Ask {
        now,
        queues: Arc::clone(&known.queues),
        flows: Vec::new(),
        agents: Vec::new(),
        newcomers: Vec::new(),
        watched: known.watched.clone(),
        page: turn.page + 1,
        seen: turn.seen.clone(),
    };
    match feed {
        Feed::Directory => return Some(ask),
        Feed::Profiles => ask.agents.clone_from(&known.unprofiled),
        Feed::Capacity => ask.agents.clone_from(&known.unmeasured),
        Feed::Newcomers => ask.newcomers.clone_from(&known.newcomers),
        Feed::Intents => {
            // One flow a turn, so that many bots cost no more than one.
            turn.flows = known.flows.len();
            let index = turn.flow.checked_rem(turn.flows)?;
            turn.flow = turn.flow.wrapping_add(1);
            ask.flows.extend(known.flows.get(index).cloned());
        }
        _ => {}
    }
    let wanted = match feed {
        Feed::Profiles | Feed::Capacity => !ask.agents.is_empty(),
        Feed::Newcomers => !ask.newcomers.is_empty(),
        _ => !known.queues.is_empty(),
    };
    wanted.then_some(ask)
}

/// So many requests in any minute, shared by all background feeds, first come first served.
#[derive(Debug, Default)]
pub struct Allowance {
    sent: Mutex<VecDeque<Instant>>,
}

impl Allowance {
    /// Waits until `count` more fit into the minute, and counts them.
    pub async fn take(&self, count: usize) {
        // Held while waiting: that is what makes it first come, first served.
        let mut sent = self.sent.lock().await;
        for _ in 0..count {
            while let Some(&oldest) = sent.front().filter(|_| sent.len() >= ALLOWANCE) {
                tokio::time::sleep_until(oldest + MINUTE).await;
                sent.pop_front();
            }
            sent.push_back(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_first_looks_at_flows_leave_room_for_names() {
        let known = Known {
            queues: vec!["q".into()].into(),
            flows: vec!["a".into(), "b".into()],
            ..Known::default()
        };
        let pace = Pace { every: Duration::from_secs(20), live: false };
        let (mut turn, answer) = (Turn::default(), Ok(Patch::Intents(HashMap::new())));
        let mut pauses = Vec::new();
        for _ in 0..3 {
            assert!(ask(Feed::Intents, &known, &mut turn, Timestamp::UNIX_EPOCH).is_some());
            pauses.push(turn.note(&answer, pace));
        }
        assert_eq!(pauses, [FIRST_LOOKS, pace.every, pace.every]);
    }
}
