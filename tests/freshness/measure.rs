//! The measuring: the witness says what changed when, the floor's watcher when it showed, the transport
//! when each request was sent, and the ledger how many there were.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use floorwalker::{
    domain::{floor::Floor, id::SessionId},
    simulator::Options,
};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    simulated,
    site::{Site, live},
};

/// How often the witness is asked.
const LOOK: Duration = Duration::from_millis(400);
/// The queries that are read every five seconds.
const LIVE: [&str; 4] = [
    "POST /api/v2/analytics/conversations/activity/query",
    "POST /api/v2/analytics/flows/activity/query",
    "POST /api/v2/analytics/routing/activity/query",
    "POST /api/v2/analytics/queues/observations/query",
];

/// A session's place: its state's word, or none once it is over.
type Place = Option<String>;

/// A change as the witness told it.
struct Change {
    at: Timestamp,
    session: SessionId,
    to: Place,
}

/// A floor, and when it was shown.
struct Shown {
    at: Timestamp,
    rows: HashMap<SessionId, (String, Option<Timestamp>)>,
}

/// What was found.
pub struct Measured {
    pub changes: usize,
    pub slowest: Duration,
    /// The most requests in any sixty seconds.
    pub busiest: u32,
    median: Duration,
    slowest_of: String,
    /// Requests by route, and the seconds from the first to the last of each.
    requests: BTreeMap<String, (u32, f64)>,
    parked: usize,
}

impl Measured {
    /// Runs a large floor for so long.
    pub async fn over(time: Duration) -> Self {
        let options = Options {
            queues: 100,
            agents: 2000,
            sessions: 1000,
            rate_limit: 300,
            ..Options::default()
        };
        let site = Site::open(options).await;
        let mut handle = site.engine();
        live(&mut handle).await;
        let shown = tokio::spawn(watch_floors(handle.floor.clone(), time + Duration::from_secs(8)));
        let (changes, parked) = watch_world(&site.floor, time).await;
        let shown = shown.await.unwrap();
        let requests = site.watch.requests();
        let ledger = site.floor.ledger().await;
        let counted = ledger["requests"].as_array().unwrap().iter();
        let counted: u64 = counted.map(|row| row["count"].as_u64().unwrap()).sum();
        // One token is the witness's own; a request may be under way.
        assert!(counted.abs_diff(requests.len() as u64 + 1) <= 2, "the ledger counts {counted}");
        let mut delays: Vec<(Duration, String)> =
            changes.iter().map(|c| delay(c, &shown)).collect();
        delays.sort();
        let (slowest, slowest_of) = delays.last().cloned().unwrap_or_default();
        let median = delays.get(delays.len() / 2).cloned().unwrap_or_default().0;
        site.close();
        Self {
            changes: changes.len(),
            slowest,
            busiest: busiest(&requests),
            median,
            slowest_of,
            requests: by_route(&requests),
            parked,
        }
    }

    /// Requests a minute: the live ones by their pace, the others by minutes begun, for so many of them
    /// are allowed in each and they come at its start.
    pub fn a_minute(&self) -> f64 {
        let longest = self.requests.values().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
        let minutes = (longest / 60.0).ceil().max(1.0);
        let of = |(route, (count, seconds)): (&String, &(u32, f64))| {
            if LIVE.contains(&route.as_str()) {
                return f64::from(count.saturating_sub(1)) * 60.0 / seconds.max(5.0);
            }
            f64::from(*count) / minutes
        };
        self.requests.iter().map(of).sum()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} changes, median {:?}", self.changes, self.median)?;
        writeln!(f, "slowest {:?}: {}", self.slowest, self.slowest_of)?;
        writeln!(f, "{} were parked, of which no live query tells", self.parked)?;
        writeln!(f, "{:.1} requests a minute, {} in the busiest", self.a_minute(), self.busiest)?;
        for (route, (count, seconds)) in &self.requests {
            writeln!(f, "{count:5} in {seconds:5.1} s  {route}")?;
        }
        Ok(())
    }
}

/// Notes each floor until the time is over.
async fn watch_floors(mut floor: watch::Receiver<Arc<Floor>>, time: Duration) -> Vec<Shown> {
    let mut all = Vec::new();
    let watching = async {
        loop {
            let now = Arc::clone(&floor.borrow_and_update());
            let row = |s: &floorwalker::domain::session::Session| {
                (s.id.clone(), (s.state.word().to_owned(), s.since))
            };
            all.push(Shown { at: Timestamp::now(), rows: now.sessions.iter().map(row).collect() });
            if floor.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(time, watching).await;
    all
}

/// Asks the witness again and again what has changed; what is parked is only counted.
async fn watch_world(floor: &simulated::Floor, time: Duration) -> (Vec<Change>, usize) {
    let (mut changes, mut parked) = (Vec::new(), 0);
    let mut known: Option<HashMap<SessionId, (String, Timestamp)>> = None;
    let started = Instant::now();
    while started.elapsed() < time {
        let world = floor.world().await;
        let asked: Timestamp = world["now"].as_str().unwrap().parse().unwrap();
        let mut now = HashMap::new();
        for session in world["sessions"].as_array().unwrap() {
            let text = |field: &str| session[field].as_str().unwrap();
            let since: Timestamp = text("since").parse().unwrap();
            now.insert(SessionId::from(text("id")), (text("state").to_owned(), since));
        }
        if let Some(before) = &known {
            for (id, (state, since)) in &now {
                if before.get(id).is_none_or(|(_, was)| was != since) {
                    match state.as_str() {
                        "parked" => parked += 1,
                        _ => changes.push(Change {
                            at: *since,
                            session: id.clone(),
                            to: Some(state.clone()),
                        }),
                    }
                }
            }
            let gone =
                before.iter().filter(|(id, (state, _))| !now.contains_key(id) && state != "parked");
            changes.extend(gone.map(|(id, _)| Change { at: asked, session: id.clone(), to: None }));
        }
        known = Some(now);
        tokio::time::sleep(LOOK).await;
    }
    (changes, parked)
}

/// How long after a change the floor showed it, or something later.
fn delay(change: &Change, shown: &[Shown]) -> (Duration, String) {
    let what = format!("{} to {:?} at {}", change.session, change.to, change.at);
    let shows = |floor: &&Shown| {
        let row = floor.rows.get(&change.session);
        match &change.to {
            None => row.is_none(),
            Some(state) => row.is_some_and(|(now, since)| {
                since.is_some_and(|s| s > change.at) || (now == state && *since == Some(change.at))
            }),
        }
    };
    let first = shown.iter().filter(|floor| floor.at >= change.at).find(shows);
    // What was overtaken by the session's end has nothing to be shown any more.
    let ended = || {
        let later = shown.iter().find(|floor| {
            floor.at >= change.at + Duration::from_millis(1)
                && !floor.rows.contains_key(&change.session)
        });
        later.map(|floor| floor.at)
    };
    let at = first.map(|floor| floor.at).or_else(ended);
    let delay =
        at.map_or(Duration::MAX, |at| Duration::try_from(at - change.at).unwrap_or_default());
    (delay, what)
}

fn by_route(requests: &[(Instant, String)]) -> BTreeMap<String, (u32, f64)> {
    let mut routes: BTreeMap<String, (u32, Instant, Instant)> = BTreeMap::new();
    for (at, route) in requests {
        let row = routes.entry(family(route)).or_insert((0, *at, *at));
        (row.0, row.2) = (row.0 + 1, *at);
    }
    let seconds =
        |(count, first, last): (u32, Instant, Instant)| (count, (last - first).as_secs_f64());
    routes.into_iter().map(|(route, row)| (route, seconds(row))).collect()
}

/// A route without the ids in it.
fn family(route: &str) -> String {
    let part = |part: &str| if part.len() == 36 { "{id}".to_owned() } else { part.to_owned() };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn busiest(requests: &[(Instant, String)]) -> u32 {
    let minute = Duration::from_secs(60);
    let from = |(index, (at, _)): (usize, &(Instant, String))| {
        requests[index..].iter().take_while(|(later, _)| *later < *at + minute).count()
    };
    u32::try_from(requests.iter().enumerate().map(from).max().unwrap_or(0)).unwrap()
}
