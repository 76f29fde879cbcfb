//! Checkpoints by the clock: while the log grows, its head is signed and handed to places where whoever can
//! write the log can't. What a checkpoint is: see [`crate::domain::audit::checkpoint`].
//!
//! What was written since the last checkpoint is checked before the next one is signed: a signature must not
//! make up for what somebody has changed meanwhile.

pub mod place;

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::place::Place;
use super::{
    Anchored,
    clock::Clock,
    proof::{Claimed, verify},
};
use crate::{
    domain::{
        audit::{Checkpoint, Finding, Head, SignerKey},
        text::Plain,
    },
    store::Journal,
};

/// What has failed is tried again after so long, or earlier where checkpoints are due earlier.
const AGAIN: Duration = Duration::from_secs(60);
/// The last checkpoint may take so long: somebody waits for the end.
const LAST: Duration = Duration::from_secs(2);

/// When and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long between two checkpoints of a log that grows.
    pub every: Duration,
    /// Where each one goes.
    pub places: Vec<Place>,
}

/// Signs until `leave` is called, and once more then. How it goes is told to `told`.
pub async fn run<J: Journal>(
    journal: Arc<J>,
    key: SignerKey,
    terms: Terms,
    clock: Clock,
    told: watch::Sender<Option<Anchored>>,
    leave: CancellationToken,
) {
    let every = terms.every;
    let places = terms.places.into_iter().map(|place| (place, None)).collect();
    let mut notary = Notary { journal, key, places, clock, told, last: None, bad: None };
    loop {
        let wait = if notary.turn().await { every } else { every.min(AGAIN) };
        tokio::select! {
            () = leave.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
        }
    }
    if tokio::time::timeout(LAST, notary.turn()).await.is_err() {
        tracing::warn!("left without a last checkpoint");
    }
}

/// Who signs.
struct Notary<J> {
    journal: Arc<J>,
    key: SignerKey,
    /// With how many records each has.
    places: Vec<(Place, Option<i64>)>,
    clock: Clock,
    told: watch::Sender<Option<Anchored>>,
    /// What was signed last.
    last: Option<Checkpoint>,
    /// The first record that is not what was written, as of the last check.
    bad: Option<Finding>,
}

impl<J: Journal> Notary<J> {
    /// Signs if the log has grown. False if something is to be tried again.
    async fn turn(&mut self) -> bool {
        let trouble = match self.head().await {
            Ok(head) => self.hand_out(head).await,
            Err(why) => Some(why),
        };
        if let Some(why) = &trouble {
            tracing::warn!("checkpoint: {why}");
        }
        let fine = trouble.is_none();
        let size = self.places.iter().map(|(_, has)| *has).min().flatten();
        let at = self.last.as_ref().map(|last| last.at);
        let anchored = Anchored { size, at, trouble, bad: self.bad.clone() };
        self.told.send_if_modified(|old| {
            let changed = old.as_ref() != Some(&anchored);
            if changed {
                *old = Some(anchored);
            }
            changed
        });
        fine
    }

    /// The head, if what was written since the last checkpoint is in order.
    async fn head(&mut self) -> Result<Head, Plain> {
        let plain = |why: String| Plain::new(&why);
        // What was written before this process began is checked as well, once.
        let claimed = match &self.last {
            Some(last) => Claimed { from: last.head.size + 1, checkpoints: vec![last.clone()] },
            None => Claimed { from: 1, checkpoints: Vec::new() },
        };
        let verified = verify(&self.journal, &claimed, &watch::Sender::default()).await;
        let verified = verified.map_err(|e| plain(e.to_string()))?;
        self.bad = verified.finding;
        match (&self.bad, verified.strangers.first()) {
            (None, None) => Ok(verified.head),
            (Some(finding), _) => Err(plain(format!("nothing is signed any more: {finding}"))),
            // It was put in the place of the log that was signed before.
            (_, Some(other)) => Err(plain(format!("nothing is signed any more: {other}"))),
        }
    }

    /// Gives a checkpoint to every place that has not got it. Why one has not, if one has not.
    async fn hand_out(&mut self, head: Head) -> Option<Plain> {
        let size = head.size;
        if self.places.iter().all(|(_, has)| *has == Some(size)) {
            return None;
        }
        let checkpoint = Checkpoint { head, at: self.clock.now() };
        let note = checkpoint.sign(&self.key);
        let mut trouble = None;
        for (place, has) in self.places.iter_mut().filter(|(_, has)| *has != Some(size)) {
            match place.take(&note, &checkpoint).await {
                Ok(()) => *has = Some(size),
                Err(why) => trouble = Some(Plain::new(&format!("{place}: {why}"))),
            }
        }
        // Also what has reached one place only is signed: what comes next has to fit.
        self.last = Some(checkpoint);
        trouble
    }
}
