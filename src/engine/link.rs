//! How the connection is, from how the feeds fare.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp, Unit};
use tokio::time::Instant;

use super::{Link, Reads};
use crate::{
    domain::text::Plain,
    genesys::{Error, Feed, Pace},
};

/// Answers older than so many paces make the floor stale.
const STALE_AFTER: u32 = 3;

/// An answer that takes longer than this is worth a word, unless the line is one on which they use to.
const PATIENCE: Duration = Duration::from_secs(3);

/// So many times what answers take of late is too long on a slow line.
const SLOWER: u32 = 2;

/// How the live feeds fare.
#[derive(Debug)]
pub struct Health {
    live: HashMap<Feed, Fare>,
    /// When each feed was asked that was answered last, also of those that the screen does not show.
    read: HashMap<Feed, Timestamp>,
}

#[derive(Debug)]
struct Fare {
    every: Duration,
    /// When the newest good answer was asked for.
    good: Option<(Instant, Timestamp)>,
    /// When it came, and what answers take of late.
    came: Option<Instant>,
    takes: Duration,
    trouble: Option<Trouble>,
}

impl Fare {
    /// Since when an answer is awaited that should have come by now.
    fn awaited(&self) -> Option<Timestamp> {
        let ((asked, at), came) = self.good.zip(self.came).filter(|_| self.trouble.is_none())?;
        // As the feed does: counted from the question, but not without a break.
        let next = (asked + self.every).max(came + self.every / BREAK);
        let patience = PATIENCE.max(self.takes * SLOWER);
        (Instant::now() > next + patience).then(|| after(at, next - asked))
    }
}

/// The part of its pace that a feed pauses for at least.
pub const BREAK: u32 = 5;

/// To the second, so that it is the same as long as it is the same answer.
fn after(at: Timestamp, span: Duration) -> Timestamp {
    let later = SignedDuration::try_from(span).ok().and_then(|span| at.checked_add(span).ok());
    let later = later.unwrap_or(at);
    later.round(Unit::Second).unwrap_or(later)
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
        let fare = |pace: &Pace| Fare {
            every: pace.every,
            good: None,
            came: None,
            takes: Duration::ZERO,
            trouble: None,
        };
        let live = feeds.iter().filter(|(_, p)| p.live).map(|(feed, p)| (*feed, fare(p))).collect();
        Self { live, read: HashMap::new() }
    }

    /// True for a feed that the screen shows.
    pub fn is_live(&self, feed: Feed) -> bool {
        self.live.contains_key(&feed)
    }

    /// A feed was answered; `asked` is when it was asked.
    pub fn good(&mut self, feed: Feed, asked: Instant, at: Timestamp) {
        self.read.insert(feed, at);
        if let Some(fare) = self.live.get_mut(&feed) {
            // One quick answer does not make a slow line a fast one.
            fare.takes = asked.elapsed().max(fare.takes * 7 / 8);
            fare.came = Some(Instant::now());
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

    /// When each kind of thing was read last. Of what comes by several feeds the oldest counts.
    pub fn reads(&self) -> Reads {
        let at = |feed| self.read.get(&feed).copied();
        let bots = self.live.contains_key(&Feed::Bots);
        Reads {
            directory: at(Feed::Directory),
            queues: at(Feed::Queues),
            sessions: if bots {
                at(Feed::Sessions).min(at(Feed::Bots))
            } else {
                at(Feed::Sessions)
            },
            agents: at(Feed::Agents),
            levels: at(Feed::Levels),
            profiles: at(Feed::Profiles),
            capacity: at(Feed::Capacity),
            details: at(Feed::Reconcile),
            intents: at(Feed::Intents),
        }
    }

    /// Since when an answer is awaited that should have come by now: a server that takes a question and says
    /// nothing looks like one that is well until the time limit is over.
    pub fn awaited(&self) -> Option<Timestamp> {
        self.live.values().filter_map(Fare::awaited).min()
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

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const EVERY: Duration = Duration::from_secs(5);

    fn health() -> Health {
        Health::new(&[(Feed::Queues, Pace { every: EVERY, live: true })])
    }

    /// An answer that takes so long, and the pause until the next question.
    async fn answered(health: &mut Health, at: Timestamp, takes: Duration) {
        let asked = Instant::now();
        advance(takes).await;
        health.good(Feed::Queues, asked, at);
        assert_eq!(health.awaited(), None);
        advance(EVERY.saturating_sub(takes).max(EVERY / BREAK)).await;
        assert_eq!(health.awaited(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_told_after_a_moment() {
        let (mut health, at) = (health(), Timestamp::UNIX_EPOCH);
        assert_eq!(health.awaited(), None);
        answered(&mut health, at, Duration::from_millis(200)).await;
        advance(PATIENCE).await;
        assert_eq!(health.awaited(), None);
        advance(Duration::from_millis(1)).await;
        let since = at + SignedDuration::from_secs(5);
        assert_eq!(health.awaited(), Some(since), "since it was asked");
        advance(Duration::from_secs(4)).await;
        assert_eq!(health.awaited(), Some(since));
        assert_eq!(health.link(), Link::Live, "which is not late yet");
        health.good(Feed::Queues, Instant::now(), at);
        assert_eq!(health.awaited(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_that_works_is_no_news() {
        let (mut health, at) = (health(), Timestamp::UNIX_EPOCH);
        for seconds in [4, 4, 0, 4, 6] {
            let takes = Duration::from_secs(seconds);
            let asked = Instant::now();
            advance(takes).await;
            // From the second answer on it is known what they take.
            assert!(health.awaited().is_none() || health.live[&Feed::Queues].good.is_none());
            health.good(Feed::Queues, asked, at);
            advance(EVERY.saturating_sub(takes).max(EVERY / BREAK)).await;
        }
        advance(Duration::from_secs(11)).await;
        assert_eq!(health.awaited(), None);
        advance(Duration::from_secs(2)).await;
        assert!(health.awaited().is_some());
    }
}
