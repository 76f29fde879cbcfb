//! The last batch: what has become of each of its orders, as the console has heard of it.
//!
//! What is counted here is counted from the orders' own news, so that the sums and the rows of the
//! batch's popup can't disagree. The engine's word on the batch says only that nothing more follows.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    handoff::{Batch, BatchProgress, Progress, Stage, Target},
    id::{BatchId, HandoffId, SessionId},
    text::Plain,
};

/// A batch that runs or has ended.
#[derive(Debug)]
pub struct BatchRun {
    id: BatchId,
    items: Vec<Item>,
    places: HashMap<HandoffId, usize>,
    stop_after: Option<usize>,
    /// True once the person has asked for nothing more to be begun.
    stopping: bool,
    finished: bool,
}

/// One order of a batch.
#[derive(Debug)]
pub struct Item {
    /// The order.
    pub order: HandoffId,
    /// Its session.
    pub session: SessionId,
    /// The guest's name, which can still be said when the session has ended.
    pub guest: Plain,
    /// Where it goes.
    pub target: Target,
    /// How far it has come; `None` while the engine has not begun it.
    pub stage: Option<Stage>,
}

impl Item {
    fn is_done(&self) -> bool {
        matches!(self.stage, Some(Stage::Accepted { .. } | Stage::Queued))
    }

    fn is_taken_back(&self) -> bool {
        self.stage.as_ref().is_some_and(Stage::is_taken_back)
    }

    fn has_ended(&self) -> bool {
        self.stage.as_ref().is_some_and(Stage::is_final)
    }
}

/// How many of a batch's orders are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub of: usize,
    /// Ended well.
    pub done: usize,
    /// Ended otherwise.
    pub failed: usize,
    /// Called back or taken back.
    pub taken_back: usize,
    /// Begun and not ended.
    pub under_way: usize,
    /// Not begun.
    pub left: usize,
}

impl BatchRun {
    /// A batch that has just been confirmed; `name` knows the guests.
    pub fn new(batch: &Batch, name: impl Fn(&SessionId) -> Plain) -> Self {
        let item = |order: &crate::domain::handoff::HandoffOrder| Item {
            order: order.id.clone(),
            session: order.session.clone(),
            guest: name(&order.session),
            target: order.target.clone(),
            stage: None,
        };
        let places = batch.orders.iter().enumerate().map(|(i, order)| (order.id.clone(), i));
        Self {
            id: batch.id.clone(),
            places: places.collect(),
            items: batch.orders.iter().map(item).collect(),
            stop_after: batch.stop_after,
            stopping: false,
            finished: false,
        }
    }

    /// Which.
    pub fn id(&self) -> &BatchId {
        &self.id
    }

    /// Its orders, in the order in which they are begun.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// True while more will follow.
    pub fn is_running(&self) -> bool {
        !self.finished
    }

    /// True if nothing more is begun because the person has said so.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Takes the news of one order in. False if it is not of this batch.
    pub fn observe(&mut self, news: &Progress) -> bool {
        let place = self.places.get(&news.order.id);
        let Some(item) = place.and_then(|&place| self.items.get_mut(place)) else { return false };
        // The end is the end.
        if news.stage.is_final() || !item.has_ended() {
            item.stage = Some(news.stage.clone());
        }
        true
    }

    /// Takes the engine's word on the batch in. True if it has just ended.
    pub fn observe_all(&mut self, news: &BatchProgress) -> bool {
        let ends = news.id == self.id && news.finished && !self.finished;
        self.finished |= ends;
        ends
    }

    /// Notes that the person wants nothing more to be begun.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Takes that back.
    pub fn go_on(&mut self) {
        self.stopping = false;
    }

    /// The orders that have not been begun.
    pub fn not_begun(&self) -> HashSet<HandoffId> {
        let waits = self.items.iter().filter(|item| item.stage.is_none());
        waits.map(|item| item.order.clone()).collect()
    }

    /// The orders that have been begun and can still be called back.
    pub fn in_grace(&self) -> Vec<HandoffId> {
        let can = |item: &&Item| item.stage.as_ref().is_some_and(Stage::can_cancel);
        self.items.iter().filter(can).map(|item| item.order.clone()).collect()
    }

    /// True once nothing can be stopped or called back any more.
    pub fn has_all_left(&self) -> bool {
        self.items.iter().all(|item| item.stage.as_ref().is_some_and(|stage| !stage.can_cancel()))
    }

    /// How many are where.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { of: self.items.len(), ..Counts::default() };
        for item in &self.items {
            match () {
                () if item.is_done() => counts.done += 1,
                () if item.is_taken_back() => counts.taken_back += 1,
                () if item.has_ended() => counts.failed += 1,
                () if item.stage.is_some() => counts.under_way += 1,
                () => counts.left += 1,
            }
        }
        counts
    }

    /// Why what is left will not be begun; `None` if it will, or if nothing is left.
    pub fn why_stopped(&self) -> Option<String> {
        let left = self.counts().left;
        if left == 0 || !(self.finished || self.stopping) {
            return None;
        }
        let why = match self.stop_after {
            _ if self.stopping => "stopped".to_owned(),
            Some(most) => format!("stopped after {}", failures(most)),
            None => "stopped".to_owned(),
        };
        Some(format!("{why}: {left} not begun"))
    }
}

/// `1 failure`, `3 failures`.
pub fn failures(count: usize) -> String {
    if count == 1 { "1 failure".into() } else { format!("{count} failures") }
}

/// `1 session`, `5 sessions`.
pub fn sessions(count: usize) -> String {
    if count == 1 { "1 session".into() } else { format!("{count} sessions") }
}
