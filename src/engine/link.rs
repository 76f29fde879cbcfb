//! How the connection is, from how the feeds fare.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::Link;
use crate::{
    domain::text::Plain,
    genesys::{Error, Feed, Pace},
};

/// Answers older than so many paces make the floor stale.
const STALE_AFTER: u32 = 3;

/// How the live feeds fare.
#[derive(Debug)]
pub struct Health {
    live: HashMap<Feed, Fare>,
}

#[derive(Debug)]
struct Fare {
    every: Duration,
    /// When the newest good answer was asked for.
    good: Option<(Instant, Timestamp)>,
    trouble: Option<Trouble>,
}

/// A feed that fails.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Why.
    pub error: Error,
    /// When it is tried again.
    pub again: Timestamp,
}

impl Health {
    /// Watches those of `feeds` that are live.
    pub fn new(feeds: &[(Feed, Pace)]) -> Self {
        let fare = |pace: &Pace| Fare { every: pace.every, good: None, trouble: None };
        let live = feeds.iter().filter(|(_, p)| p.live).map(|(feed, p)| (*feed, fare(p))).collect();
        Self { live }
    }

    /// True for a feed that the screen shows.
    pub fn is_live(&self, feed: Feed) -> bool {
        self.live.contains_key(&feed)
    }

    /// A feed was answered; `asked` is when it was asked.
    pub fn good(&mut self, feed: Feed, asked: Instant, at: Timestamp) {
        if let Some(fare) = self.live.get_mut(&feed) {
            fare.good = Some((asked, at));
            fare.trouble = None;
        }
    }

    /// A feed has failed. The directory counts for all, because nothing can be asked without it.
    pub fn bad(&mut self, feed: Feed, trouble: &Trouble) {
        for (known, fare) in &mut self.live {
            let needs_directory = feed == Feed::Directory && fare.good.is_none();
            if *known == feed || needs_directory {
                fare.trouble = Some(trouble.clone());
            }
        }
    }

    /// When the oldest of what is on screen was read.
    pub fn data_from(&self) -> Option<Timestamp> {
        self.live.values().map(|f| f.good.map(|(_, at)| at)).min().flatten()
    }

    /// The link, in one word and a reason.
    pub fn link(&self) -> Link {
        let troubles: Vec<&Trouble> =
            self.live.values().filter_map(|f| f.trouble.as_ref()).collect();
        let first = troubles.iter().min_by_key(|t| t.again);
        match first {
            Some(next) if troubles.len() == self.live.len() => {
                Link::Retrying { at: next.again, reason: next.error.explained() }
            }
            Some(next) => Link::Stale { reason: next.error.explained() },
            None if self.live.values().any(|f| f.good.is_none()) => Link::Connecting,
            None => self.late().map_or(Link::Live, |reason| Link::Stale { reason }),
        }
    }

    fn late(&self) -> Option<Plain> {
        let late =
            |f: &&Fare| f.good.is_none_or(|(asked, _)| asked.elapsed() > f.every * STALE_AFTER);
        let count = self.live.values().filter(late).count();
        (count > 0)
            .then(|| "answers are late: the request budget or the network does not keep up".into())
    }
}
