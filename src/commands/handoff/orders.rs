//! From sessions and a wish to orders: how each session stands, where it goes, what is asked for.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    desk::Counter,
    names::{Named, demands, find},
    report::{End, Head},
    wish::{Destination, Wish},
};
use crate::{
    commands::Failure,
    domain::{
        agent::Agent,
        handoff::{Demands, HandoffOrder, Target},
        id::{AgentId, BatchId, SessionId},
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    engine::{SHIFT, snapshot::Snapshot},
    genesys::{Genesys, Lane},
    policy::{
        distribution::{Pending, Placed, distribute},
        qualification::Need,
        rank::Circumstances,
    },
    store::Store,
};

/// How often capacities that a distribution turns on are read before it is taken as it is.
const ROUNDS: usize = 3;

/// One session of the command.
pub struct Item {
    /// Which, and where to.
    pub head: Head,
    /// Since when it has waited, if it waits.
    pub waiting: Option<Timestamp>,
    /// The rank of the agent it goes to, where agents were compared.
    pub score: Option<f64>,
    /// What is to become of it.
    pub fate: Fate,
}

/// What is to become of a session.
pub enum Fate {
    /// It is to be handed over.
    Order(Box<HandoffOrder>),
    /// Nothing more: this is its end.
    Ended(End),
}

/// All sessions, and the floor they were seen on.
pub struct Items {
    /// In the order in which they were given.
    pub list: Vec<Item>,
    /// The floor.
    pub shot: Snapshot,
}

/// Makes an order for every session that is not known to have ended.
pub async fn orders<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    mut shot: Snapshot,
    wish: &Wish,
    mut known: HashMap<SessionId, End>,
) -> Result<Items, Failure> {
    let demands = demands(wish, &shot)?;
    let fixed = fixed_target(wish, &shot)?;
    let mut seen = Vec::new();
    for id in &wish.sessions {
        seen.push(match known.remove(id) {
            Some(end) => Err((id.clone(), end)),
            None => look(counter, &shot, id).await,
        });
    }
    let open: Vec<&Session> = seen.iter().filter_map(|s| s.as_ref().ok()).collect();
    let mut aims = match fixed {
        Some(target) => to_one(counter, &mut shot, &open, target).await?,
        None => best(counter, &mut shot, &open, &demands).await?,
    };
    let batch = (open.len() > 1).then(BatchId::random);
    let make = |one: Result<Session, (SessionId, End)>| match one {
        Ok(session) => {
            let aim = aims.remove(&session.id).unwrap_or_default();
            item(&session, aim, &shot, |order| fill(order, wish, &demands, batch.as_ref()))
        }
        Err((id, end)) => ended(id, end, &shot),
    };
    let list = seen.into_iter().map(make).collect();
    Ok(Items { list, shot })
}

/// Where one session goes, or why it goes nowhere.
#[derive(Default)]
struct Aim {
    target: Option<Target>,
    score: Option<f64>,
    why_not: Option<String>,
}

impl From<Placed> for Aim {
    fn from(placed: Placed) -> Self {
        let target = placed.agent.map(Target::Agent);
        Self { target, score: placed.score, why_not: placed.why_not }
    }
}

fn fixed_target(wish: &Wish, shot: &Snapshot) -> Result<Option<Target>, Failure> {
    Ok(match &wish.to {
        Destination::Best => None,
        Destination::Agent(word) => {
            let all = shot.floor.agents.iter();
            let named = all.map(|a| Named { id: a.id.clone(), name: a.name.clone() });
            Some(Target::Agent(find("agent", word, named)?))
        }
        Destination::Queue(word) => {
            let all = shot.floor.queues.iter();
            let named = all.map(|q| Named { id: q.id.clone(), name: Some(q.name.clone()) });
            Some(Target::Queue(find("queue", word, named)?))
        }
    })
}

/// All to one target. An agent is given no more than there are places: the gate of each handoff sees a
/// floor that does not show yet what the one before has taken.
async fn to_one<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    shot: &mut Snapshot,
    sessions: &[&Session],
    target: Target,
) -> Result<HashMap<SessionId, Aim>, Failure> {
    let mut places = None;
    if let Target::Agent(id) = &target {
        shot.measure(&*counter.desk.genesys, std::slice::from_ref(id)).await?;
        counter.show(shot);
        // Where there is no place at all, the gate says so better.
        let free = shot.floor.agent(id).and_then(Agent::free).filter(|free| *free > 0);
        places = free.and_then(|free| usize::try_from(free).ok());
    }
    let aim = |(index, session): (usize, &&Session)| {
        let full = places.is_some_and(|places| index >= places);
        let why_not = full.then(|| "the agent's places go to those before it".into());
        let target = (!full).then(|| target.clone());
        (session.id.clone(), Aim { target, score: None, why_not })
    };
    Ok(sessions.iter().enumerate().map(aim).collect())
}

/// How a session stands: as the floor has it, or as it is read by itself.
async fn look<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    shot: &Snapshot,
    id: &SessionId,
) -> Result<Session, (SessionId, End)> {
    if let Some(row) = shot.floor.session(id) {
        return Ok(row.clone());
    }
    let looked = counter.desk.genesys.look(id, Lane::Operator).await;
    looked.map(|detail| detail.session).map_err(|error| (id.clone(), End::unread(&error)))
}

/// Whoever is best for each, within what each can hold. Those who wait longest choose first.
async fn best<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    shot: &mut Snapshot,
    sessions: &[&Session],
    demands: &Demands,
) -> Result<HashMap<SessionId, Aim>, Failure> {
    let now = counter.desk.clock.now();
    let shift = SignedDuration::try_from(SHIFT).unwrap_or_default();
    let handed = counter.desk.store.handed(now.checked_sub(shift).unwrap_or(now)).await?;
    let wants: Vec<Wants> = in_line(sessions).into_iter().map(|s| Wants::of(s, demands)).collect();
    let circumstances = Circumstances {
        now,
        last_agent: None,
        last_agent_read: None,
        handed: &handed,
        data_from: Some(now),
    };
    let place = |agents: &[Agent]| {
        let pending: Vec<Pending<'_>> = wants.iter().map(Wants::pending).collect();
        let book = &counter.desk.handbook;
        distribute(&pending, agents, &circumstances, &book.weights, book.rules)
    };
    let mut placed = place(&shot.floor.agents);
    for _ in 0..ROUNDS {
        let chosen: Vec<AgentId> = placed.iter().filter_map(|p| p.agent.clone()).collect();
        if !shot.measure(&*counter.desk.genesys, &chosen).await? {
            break;
        }
        placed = place(&shot.floor.agents);
    }
    counter.show(shot);
    Ok(placed.into_iter().map(|p| (p.session.clone(), Aim::from(p))).collect())
}

fn in_line<'a>(sessions: &[&'a Session]) -> Vec<&'a Session> {
    let mut line = sessions.to_vec();
    line.sort_by_key(|s| (s.state != SessionState::Waiting, s.since, s.id.clone()));
    line
}

/// What a session asks for, with what the person asks for besides.
struct Wants<'a> {
    session: &'a Session,
    skills: Vec<Requirement>,
    language: Option<Language>,
}

impl<'a> Wants<'a> {
    fn of(session: &'a Session, demands: &Demands) -> Self {
        let skills = session.skills.iter().chain(&demands.skills).cloned().collect();
        let language = demands.language.clone().or_else(|| session.language.clone());
        Self { session, skills, language }
    }

    fn pending(&self) -> Pending<'_> {
        let need = Need { skills: &self.skills, language: self.language.as_ref() };
        Pending { need, ..Pending::from(self.session) }
    }
}

fn fill(
    order: HandoffOrder,
    wish: &Wish,
    demands: &Demands,
    batch: Option<&BatchId>,
) -> HandoffOrder {
    HandoffOrder {
        demands: demands.clone(),
        payload: wish.payload.clone(),
        reason: wish.reason.clone(),
        waiver: wish.waiver.clone(),
        batch: batch.cloned(),
        ..order
    }
}

fn item(
    session: &Session,
    aim: Aim,
    shot: &Snapshot,
    fill: impl FnOnce(HandoffOrder) -> HandoffOrder,
) -> Item {
    let head = Head {
        id: session.id.clone(),
        guest: session.guest.clone(),
        target_name: aim.target.as_ref().and_then(|target| name(target, shot)),
        target: aim.target.clone(),
    };
    let fate = match aim.target {
        Some(target) => {
            let order = HandoffOrder::new(session.id.clone(), session.standing(), target);
            Fate::Order(Box::new(fill(order)))
        }
        None => {
            let why = aim.why_not.unwrap_or_else(|| "nobody fits".into());
            Fate::Ended(End::untried("rejected", Plain::new(&why), 3))
        }
    };
    let waiting = session.since.filter(|_| session.state == SessionState::Waiting);
    Item { head, waiting, score: aim.score, fate }
}

fn ended(id: SessionId, end: End, shot: &Snapshot) -> Item {
    let guest = shot.floor.session(&id).and_then(|s| s.guest.clone());
    let head = Head { id, guest, target: None, target_name: None };
    Item { head, waiting: None, score: None, fate: Fate::Ended(end) }
}

fn name(target: &Target, shot: &Snapshot) -> Option<Plain> {
    match target {
        Target::Agent(id) => shot.floor.agent(id).and_then(|a| a.name.clone()),
        Target::Queue(id) => shot.floor.queue(id).map(|q| q.name.clone()),
    }
}
