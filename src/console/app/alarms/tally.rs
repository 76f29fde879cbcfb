//! What each alarm finds on a floor: how many rows in which queue, and the worst of them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::{
    config::alarms::{Alarm, Each, Of},
    console::{
        panes::{agents::AgentSheet, inbox::RequestSheet, sessions::SessionSheet},
        view::{
            Ctx,
            alarms::{Armed, At, Found, Tally, is_named, trace},
            queue_sheet::QueueSheet,
            words,
        },
        widgets::grid::{Sheet, passing},
    },
    domain::{
        agent::Agent,
        id::QueueId,
        inbox::Request,
        queue::{Queue, QueueState},
        session::Session,
    },
};

/// How bad a row is: the least is the worst.
type Badness = (i64, i64);

/// What is found of each alarm, in their order; nothing of one whose rows are not known. `before` tells what
/// the nth found when it was last looked at the same: it need not be looked at again for what does not age.
pub fn all(
    cx: &Ctx,
    engine_gone: bool,
    mut before: impl FnMut(usize) -> Option<Tally>,
) -> Vec<Option<Tally>> {
    let one = |(nth, armed): (usize, &Armed)| {
        if !is_known(armed.alarm.of, cx, engine_gone) {
            return None;
        }
        let found = if armed.ages { None } else { before(nth) };
        Some(found.unwrap_or_else(|| tally(armed, cx)))
    };
    cx.alarms.all().iter().enumerate().map(one).collect()
}

/// True if the rows are those of now.
fn is_known(of: Of, cx: &Ctx, engine_gone: bool) -> bool {
    let loading = cx.floor.loading;
    let floor = !engine_gone && !cx.is_stale();
    match of {
        Of::Sessions => floor && loading.sessions_known,
        Of::Queues => floor && loading.queues_known,
        Of::Agents => floor && loading.agents_known,
        // It is the store's, whatever the link is like.
        Of::Inbox => !engine_gone && cx.pulse.inbox.is_some(),
    }
}

fn tally(armed: &Armed, cx: &Ctx) -> Tally {
    let floor = &cx.floor;
    let mut count = Count::new(&armed.alarm, cx);
    match armed.alarm.of {
        Of::Sessions => count.all::<SessionSheet>(&floor.sessions, armed, cx, session),
        Of::Queues => {
            count.all::<QueueSheet>(&floor.queues, armed, cx, queue);
            count.unknown = unknown(armed, &floor.queues);
        }
        Of::Agents => count.agents(armed, cx),
        Of::Inbox => {
            let rows = cx.pulse.inbox.as_ref().map_or(&[][..], |inbox| &inbox.requests);
            count.all::<RequestSheet>(rows, armed, cx, |row| request(row));
        }
    }
    let found = count.found.into_iter().map(|(queue, (found, _))| (queue, found)).collect();
    Tally { found, unknown: count.unknown }
}

/// A row as it counts: in which queue, where it is found again, and how bad it is.
type Row = (Option<QueueId>, At, Badness);

struct Count {
    each: Each,
    /// The queues that it is limited to.
    only: Option<HashSet<QueueId>>,
    found: HashMap<Option<QueueId>, (Found, Badness)>,
    unknown: HashSet<QueueId>,
}

impl Count {
    fn new(alarm: &Alarm, cx: &Ctx) -> Self {
        let only = (!alarm.queues.is_empty()).then(|| {
            let named = cx.floor.queues.iter().filter(|queue| is_named(queue, &alarm.queues));
            named.map(|queue| queue.id.clone()).collect()
        });
        Self { each: alarm.each, only, found: HashMap::new(), unknown: HashSet::new() }
    }

    fn all<S: Sheet<Cx = Ctx>>(
        &mut self,
        rows: &[S::Row],
        armed: &Armed,
        cx: &Ctx,
        row: impl Fn(&S::Row) -> Row,
    ) {
        for (queue, at, badness) in passing::<S>(rows, &armed.query, cx).map(row) {
            let is_in = |only: &HashSet<QueueId>| queue.as_ref().is_some_and(|q| only.contains(q));
            if self.only.as_ref().is_none_or(is_in) {
                self.add(queue, at, badness);
            }
        }
    }

    /// Agents are on several queues at once, and counted once.
    fn agents(&mut self, armed: &Armed, cx: &Ctx) {
        for row in passing::<AgentSheet>(&cx.floor.agents, &armed.query, cx) {
            let joined = |only: &HashSet<QueueId>| row.queues.iter().any(|id| only.contains(id));
            if self.only.as_ref().is_none_or(joined) {
                let (at, badness) = agent(row);
                self.add(None, at, badness);
            }
        }
    }

    fn add(&mut self, queue: Option<QueueId>, at: At, badness: Badness) {
        let place = queue.filter(|_| self.each == Each::Queue);
        let row = trace(&at);
        match self.found.get_mut(&place) {
            None => {
                self.found.insert(place, (Found { count: 1, worst: at, rows: vec![row] }, badness));
            }
            Some((found, worst)) => {
                found.count = found.count.saturating_add(1);
                found.rows.push(row);
                if badness < *worst {
                    (found.worst, *worst) = (at, badness);
                }
            }
        }
    }
}

/// What is longest so comes first; what is not known comes last.
fn since(at: Option<Timestamp>) -> i64 {
    at.map_or(i64::MAX, Timestamp::as_second)
}

fn session(row: &Session) -> Row {
    let badness = (words::urgency(row.state), since(row.since));
    (row.queue.clone(), At::Session(row.id.clone()), badness)
}

fn queue(row: &Queue) -> Row {
    let badness = (since(row.longest_since), -i64::from(row.waiting.unwrap_or(0)));
    (Some(row.id.clone()), At::Queue(row.id.clone()), badness)
}

fn agent(row: &Agent) -> (At, Badness) {
    (At::Agent(row.id.clone()), (0, since(row.since)))
}

fn request(row: &Request) -> Row {
    let badness = (i64::from(!row.state.is_open()), row.received.as_second());
    (row.queue.clone(), At::Request(row.id.clone()), badness)
}

/// Queues of which nobody knows what the alarm asks for.
fn unknown(armed: &Armed, queues: &[Queue]) -> HashSet<QueueId> {
    let names = armed.query.names();
    let lacks = |queue: &&Queue| {
        names.iter().any(|name| match *name {
            "state" => queue.state == QueueState::Unknown,
            "waiting" | "longest" => queue.waiting.is_none(),
            "alerting" => queue.alerting.is_none(),
            "talking" => queue.interacting.is_none(),
            "on" | "idle" => queue.staff.is_none(),
            "free" | "load" => queue.slots.is_none(),
            "sl" => queue.service_level.is_none(),
            _ => false,
        })
    };
    queues.iter().filter(lacks).map(|queue| queue.id.clone()).collect()
}
