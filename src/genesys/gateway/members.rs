//! Who works where: the members of every queue, page after page, put together to one row an agent.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

use serde::Deserialize;
use tokio::time::Instant;

use super::{
    locked,
    turns::{again, first},
    wire::{Listing, PAGE, lenient, part},
};
use crate::{
    domain::{
        agent::{Presence, RoutingStatus},
        id::{AgentId, QueueId},
        text::Plain,
    },
    genesys::{
        AgentState, Ask, Error, Lane, Patch,
        client::{Call, Client},
        error::Kind,
        listing::{MOST_PAGES, endless},
        transport::Transport,
    },
};

const OPERATION: &str = "read the members of a queue";

#[derive(Clone, Debug, Deserialize)]
struct Member {
    id: AgentId,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<Plain>,
    #[serde(default, deserialize_with = "lenient")]
    status: Option<String>,
}

/// What an agent does, by what follows from it for a handoff.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Would get the next session.
    Available,
    /// Is there and has no room.
    Busy,
    /// Anything else, as it was spelt.
    Other(String),
}

impl Standing {
    /// `Available` in S0, `available` in S3.
    pub fn parse(text: &str) -> Self {
        match text {
            _ if text.eq_ignore_ascii_case("available") => Self::Available,
            _ if text.eq_ignore_ascii_case("busy") => Self::Busy,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// In the platform's words, and so that the gate finds available who is `Available` and nobody else.
    fn words(&self) -> (Presence, RoutingStatus) {
        match self {
            Self::Available => (Presence::OnQueue, RoutingStatus::Idle),
            // Not interacting, which would say that there may be room.
            Self::Busy => (Presence::OnQueue, RoutingStatus::Other("busy".into())),
            Self::Other(text) => (Presence::parse(text), RoutingStatus::OffQueue),
        }
    }
}

/// What has been read of the members so far.
#[derive(Debug, Default)]
pub struct Members {
    /// Held while a page is read: there is one reader.
    reading: tokio::sync::Mutex<Reading>,
    /// What a look at one agent has told since.
    seen: Mutex<HashMap<AgentId, (Instant, Standing)>>,
}

#[derive(Debug, Default)]
struct Reading {
    /// The members of each queue, and when they were read.
    lists: HashMap<QueueId, (Instant, Vec<Member>)>,
    /// The queue that is being read, and what has been read of it.
    current: Option<QueueId>,
    pages: u32,
    part: Vec<Member>,
}

impl Members {
    /// What an agent does was read by itself.
    pub fn note(&self, agent: &AgentId, standing: Standing) {
        locked(&self.seen).insert(agent.clone(), (Instant::now(), standing));
    }

    /// Reads the pages whose turn it is, and tells of everybody.
    pub async fn read<T: Transport>(
        &self,
        client: &Client<T>,
        ask: &Ask,
        lane: Lane,
    ) -> Result<Patch, Error> {
        let mut reading = self.reading.lock().await;
        let known: HashSet<&QueueId> = ask.queues.iter().collect();
        reading.lists.retain(|id, _| known.contains(id));
        let mut finished = 0;
        let mut pages = 0;
        while finished < ask.queues.len() && pages < reading.share(&ask.queues, lane) {
            pages += 1;
            if reading.page(client, &ask.queues, lane).await? {
                finished += 1;
            }
        }
        let mut seen = locked(&self.seen);
        let patch = together(&reading.lists, &seen);
        seen.retain(|_, (at, _)| reading.lists.values().any(|(read, _)| read < at));
        Ok(patch)
    }
}

impl Reading {
    /// How many pages one read may take.
    fn share(&self, queues: &[QueueId], lane: Lane) -> usize {
        if self.lists.len() < queues.len() { first(lane) } else { again(lane) }
    }

    /// Reads the next page. True if it was the last one of its queue.
    async fn page<T: Transport>(
        &mut self,
        client: &Client<T>,
        queues: &[QueueId],
        lane: Lane,
    ) -> Result<bool, Error> {
        let Some(queue) = self.turn(queues) else { return Ok(true) };
        self.pages += 1;
        let number = self.pages;
        let path = format!(
            "/api/v2/routing/queues/{}/members?pageSize={PAGE}&pageNumber={number}",
            part(&queue)
        );
        let page = client.fetch::<Listing<Member>>(Call::get(OPERATION, lane, path)).await;
        // One whose pages never end is given up as one that fails is.
        let ends = |page: &Listing<Member>| number < MOST_PAGES || !page.goes_on(number);
        match page.and_then(|page| if ends(&page) { Ok(page) } else { Err(endless(OPERATION)) }) {
            Ok(page) => {
                let goes_on = page.goes_on(number);
                self.part.extend(page.entities);
                if !goes_on {
                    let members = std::mem::take(&mut self.part);
                    self.lists.insert(queue, (Instant::now(), members));
                    self.pages = 0;
                }
                Ok(!goes_on)
            }
            Err(error) => {
                // The next read begins with the next queue: one that fails must not hide the others.
                self.part.clear();
                self.pages = 0;
                let gone = error.kind == Kind::NotFound;
                if gone {
                    self.lists.insert(queue, (Instant::now(), Vec::new()));
                }
                if gone { Ok(true) } else { Err(error) }
            }
        }
    }

    /// The queue that the next page is of: the one that is being read, else the next one.
    fn turn(&mut self, queues: &[QueueId]) -> Option<QueueId> {
        let place = self.current.as_ref().and_then(|id| queues.iter().position(|q| q == id));
        if self.pages == 0 || place.is_none() {
            self.part.clear();
            self.pages = 0;
            let next = place.map_or(0, |place| place + 1);
            self.current = queues.get(next).or_else(|| queues.first()).cloned();
        }
        self.current.clone()
    }
}

/// One agent in one queue, when that was read.
type Place<'a> = (&'a QueueId, Instant, Option<Standing>);

/// One row an agent. Two queues can differ: who has not joined one of them is away for that one only.
fn together(
    lists: &HashMap<QueueId, (Instant, Vec<Member>)>,
    seen: &HashMap<AgentId, (Instant, Standing)>,
) -> Patch {
    let mut names = HashMap::new();
    let mut rows: HashMap<&AgentId, Vec<Place<'_>>> = HashMap::new();
    for (queue, (at, members)) in lists {
        for member in members {
            let standing = member.status.as_deref().map(Standing::parse);
            rows.entry(&member.id).or_default().push((queue, *at, standing));
            if let Some(name) = member.name.as_ref().filter(|name| !name.is_empty()) {
                names.insert(member.id.clone(), name.clone());
            }
        }
    }
    let agents = rows.into_iter().map(|(id, of)| agent(id, &of, seen.get(id))).collect();
    Patch::Members { agents, names }
}

fn agent(id: &AgentId, of: &[Place<'_>], seen: Option<&(Instant, Standing)>) -> AgentState {
    let there = |standing: &Option<Standing>| {
        matches!(standing, Some(Standing::Available | Standing::Busy))
    };
    let listed = of.iter().filter_map(|(.., standing)| standing.as_ref()).min();
    let works = of.iter().any(|(.., standing)| there(standing));
    let queues = of.iter().filter(|(.., s)| !works || there(s) || s.is_none());
    let newest = of.iter().map(|(_, at, _)| *at).max();
    let since = seen.filter(|(at, _)| newest.is_none_or(|read| *at > read)).map(|(_, s)| s);
    let words = since.or(listed).map(Standing::words);
    let (presence, routing) = words.unzip();
    let mut queues: Vec<QueueId> = queues.map(|(queue, ..)| (*queue).clone()).collect();
    queues.sort_unstable();
    AgentState { id: id.clone(), presence, routing, since: None, queues }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(at: Instant, of: &[(&str, &str)]) -> (Instant, Vec<Member>) {
        let member = |(id, status): &(&str, &str)| Member {
            id: (*id).into(),
            name: Some((*id).into()),
            status: Some((*status).into()).filter(|s: &String| !s.is_empty()),
        };
        (at, of.iter().map(member).collect())
    }

    fn row(patch: &Patch, id: &str) -> AgentState {
        let Patch::Members { agents, .. } = patch else { panic!("{patch:?}") };
        agents.iter().find(|a| a.id == id.into()).unwrap().clone()
    }

    #[test]
    fn who_has_not_joined_a_queue_is_away_for_that_one_only() {
        let now = Instant::now();
        let lists = HashMap::from([
            ("p".into(), list(now, &[("a", "away"), ("b", "meal"), ("c", "")])),
            ("q".into(), list(now, &[("a", "available"), ("b", "meal"), ("d", "busy")])),
        ]);
        let patch = together(&lists, &HashMap::new());
        let a = row(&patch, "a");
        assert_eq!((a.routing, a.queues), (Some(RoutingStatus::Idle), vec!["q".into()]));
        let b = row(&patch, "b");
        assert_eq!((b.routing, b.queues.len()), (Some(RoutingStatus::OffQueue), 2));
        assert_eq!(b.presence, Some(Presence::Meal));
        assert_eq!((row(&patch, "c").routing, row(&patch, "c").presence), (None, None));
        assert_eq!(row(&patch, "d").routing, Some(RoutingStatus::Other("busy".into())));
    }

    #[test]
    fn a_later_look_at_the_agent_counts_more() {
        let (early, late) = (Instant::now(), Instant::now() + std::time::Duration::from_secs(1));
        let lists = HashMap::from([("q".into(), list(early, &[("a", "available")]))]);
        let seen = |at| HashMap::from([("a".into(), (at, Standing::parse("Meeting")))]);
        let routing = |seen| row(&together(&lists, &seen), "a").routing;
        assert_eq!(routing(seen(late)), Some(RoutingStatus::OffQueue));
        assert_eq!(routing(seen(early)), Some(RoutingStatus::Idle));
    }
}
