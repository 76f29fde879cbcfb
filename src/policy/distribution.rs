//! Many sessions over the best agents, within what each can hold (SPEC section 7).
//!
//! A plan and nothing more: it is shown before anything is sent, and each handoff asks the gate again
//! when its turn comes. The same input makes the same plan.

use std::collections::HashSet;

use super::{
    lack::lack,
    qualification::{Need, Rules, qualify},
    rank::{Circumstances, Weights, mean, seniority, values},
};
use crate::domain::{
    agent::Agent,
    id::{AgentId, SessionId},
    session::Session,
};

/// A session to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Pending<'a> {
    /// Which.
    pub session: &'a SessionId,
    /// What it asks for.
    pub need: Need<'a>,
    /// The agent who has it now, and so can't be given it.
    pub holder: Option<&'a AgentId>,
    /// The agent who had it before, if any.
    pub last_agent: Option<&'a AgentId>,
}

impl<'a> From<&'a Session> for Pending<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            session: &session.id,
            need: Need::from(session),
            holder: session.agent.as_ref(),
            last_agent: session.last_agent.as_ref(),
        }
    }
}

/// What the plan has for one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Which.
    pub session: SessionId,
    /// Who is to have it.
    pub agent: Option<AgentId>,
    /// Why nobody is.
    pub why_not: Option<String>,
    /// The agent's rank when it was this session's turn, 0 to 100, where anything was known.
    pub score: Option<f64>,
}

/// Places `sessions` in their order (the one that waits longest comes first) on `agents`, each with
/// the one who then ranks best. Every placement takes a place, ends the agent's idling and counts as a
/// handoff; where free places are not known, an agent is given one session.
///
/// Of `c`, the last agent is not looked at: each session brings its own.
pub fn distribute(
    sessions: &[Pending<'_>],
    agents: &[Agent],
    c: &Circumstances<'_>,
    weights: &Weights,
    rules: Rules,
) -> Vec<Placed> {
    let mut plan = Plan {
        seats: seats(agents, c),
        most: c.handed.values().copied().max().unwrap_or(0),
        fits: Vec::new(),
        c: *c,
        weights: weights.scaled(),
        rules,
    };
    let mut seen = HashSet::new();
    let each = sessions.iter().map(|pending| {
        if seen.insert(pending.session) {
            plan.place(pending)
        } else {
            nowhere(pending, "it is in the list already".into())
        }
    });
    each.collect()
}

/// An agent, as the plan has it so far.
struct Seat<'a> {
    agent: &'a Agent,
    /// Sessions that can still be planned.
    left: u32,
    planned: u32,
    /// Handoffs of the shift and of the plan.
    handed: u32,
}

/// Every agent once, in the order in which ties are settled.
fn seats<'a>(agents: &'a [Agent], c: &Circumstances<'_>) -> Vec<Seat<'a>> {
    let mut seen = HashSet::new();
    let mut once: Vec<&Agent> = agents.iter().filter(|agent| seen.insert(&agent.id)).collect();
    once.sort_by(|a, b| seniority(a, b));
    let seat = |agent: &'a Agent| Seat {
        agent,
        left: agent.free().unwrap_or_else(|| agent.capacity.map_or(1, |capacity| capacity.min(1))),
        planned: 0,
        handed: c.handed.get(&agent.id).copied().unwrap_or(0),
    };
    once.into_iter().map(seat).collect()
}

/// An agent who passes the gate, and what does not change while planning.
#[derive(Clone, Copy)]
struct Fit {
    proficiency: Option<f64>,
}

struct Plan<'a> {
    seats: Vec<Seat<'a>>,
    /// The most handoffs that any agent has.
    most: u32,
    /// Who passes the gate for each need met so far, by seat: sessions often ask for the same.
    fits: Vec<(Need<'a>, Vec<Option<Fit>>)>,
    c: Circumstances<'a>,
    weights: [f64; 5],
    rules: Rules,
}

impl<'a> Plan<'a> {
    fn place(&mut self, pending: &Pending<'a>) -> Placed {
        let need = self.known(pending.need);
        let best = self.best(need, pending);
        let seat = best.and_then(|(at, score)| Some((self.seats.get_mut(at)?, score)));
        let Some((seat, score)) = seat else {
            return nowhere(pending, self.why_not(need, pending));
        };
        seat.left = seat.left.saturating_sub(1);
        seat.planned = seat.planned.saturating_add(1);
        seat.handed = seat.handed.saturating_add(1);
        self.most = self.most.max(seat.handed);
        let agent = Some(seat.agent.id.clone());
        Placed { session: pending.session.clone(), agent, why_not: None, score }
    }

    /// Where in `fits` the need stands, asking the gate if it is new.
    fn known(&mut self, need: Need<'a>) -> usize {
        if let Some(at) = self.fits.iter().position(|(known, _)| *known == need) {
            return at;
        }
        let fit = |seat: &Seat<'_>| {
            let passes = qualify(seat.agent, need, self.rules).verdict.passes();
            passes.then(|| Fit { proficiency: values::proficiency(seat.agent, need) })
        };
        let fits = self.seats.iter().map(fit).collect();
        self.fits.push((need, fits));
        self.fits.len() - 1
    }

    /// Everybody who passes the gate and does not have the session, with the number of the seat.
    fn candidates(
        &self,
        need: usize,
        holder: Option<&AgentId>,
    ) -> impl Iterator<Item = (usize, &Seat<'a>, Fit)> {
        let fits = self.fits.get(need).into_iter().flat_map(|(_, fits)| fits);
        let seats = self.seats.iter().enumerate().zip(fits);
        seats.filter_map(move |((at, seat), fit)| {
            (holder != Some(&seat.agent.id)).then_some((at, seat, (*fit)?))
        })
    }

    /// The seat that ranks best among those with a place left, and its rank.
    fn best(&self, need: usize, pending: &Pending<'_>) -> Option<(usize, Option<f64>)> {
        let c = Circumstances { last_agent: pending.last_agent, ..self.c };
        let mut best: Option<(usize, Option<f64>)> = None;
        for (at, seat, fit) in self.candidates(need, pending.holder) {
            if seat.left == 0 {
                continue;
            }
            let score = mean(&self.weights, self.values(seat, fit, &c));
            // Seats stand in the order of ties: only a better one takes over.
            if best.is_none_or(|(_, known)| score > known) {
                best = Some((at, score));
            }
        }
        best
    }

    /// The terms of a rank, as if what is planned had happened.
    fn values(&self, seat: &Seat<'_>, fit: Fit, c: &Circumstances<'_>) -> [Option<f64>; 5] {
        let places = seat.agent.free().zip(seat.agent.capacity);
        let capacity = places
            .map(|(free, capacity)| values::capacity(free.saturating_sub(seat.planned), capacity));
        let idle = if seat.planned > 0 { Some(0.0) } else { values::idle(seat.agent, c.now) };
        [
            fit.proficiency,
            capacity,
            idle,
            values::affinity(seat.agent, c),
            values::fairness(seat.handed, self.most),
        ]
    }

    fn why_not(&self, need: usize, pending: &Pending<'_>) -> String {
        if self.candidates(need, pending.holder).next().is_some() {
            return "every agent who passes the gate is full by then".into();
        }
        let others = self.seats.iter().filter(|seat| pending.holder != Some(&seat.agent.id));
        let measured = others.map(|s| (s.agent, qualify(s.agent, pending.need, self.rules)));
        // The first of equals, so the order of ties holds here too.
        let nearest = measured.reduce(|a, b| if b.1.raw > a.1.raw { b } else { a });
        let Some((agent, measured)) = nearest else { return "there is nobody else".into() };
        match lack(agent, pending.need, &measured, self.c.now, self.rules) {
            Some(lack) => {
                format!("nobody passes the gate; the nearest is {}: {}", agent.label(), lack.short)
            }
            None => "nobody passes the gate".into(),
        }
    }
}

fn nowhere(pending: &Pending<'_>, why_not: String) -> Placed {
    let session = pending.session.clone();
    Placed { session, agent: None, why_not: Some(why_not), score: None }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::{
        domain::{
            agent::RoutingStatus,
            session::{Requirement, SessionState},
        },
        policy::{
            rank::rank,
            testing::{agent, at, skill},
        },
    };

    fn sessions(count: usize) -> Vec<Session> {
        (0..count)
            .map(|n| Session::bare(format!("s{n}").as_str().into(), SessionState::Waiting))
            .collect()
    }

    fn asking(skill: &str) -> Session {
        let skills = vec![Requirement { id: None, name: skill.into() }];
        Session { skills, ..Session::bare(skill.into(), SessionState::Waiting) }
    }

    const NONE: Weights =
        Weights { proficiency: 0.0, capacity: 0.0, idle: 0.0, affinity: 0.0, fairness: 0.0 };

    fn plan_of(sessions: &[Session], agents: &[Agent], handed: &[(&str, u32)]) -> Vec<Placed> {
        weighed(sessions, agents, handed, &Weights::default())
    }

    fn weighed(
        sessions: &[Session],
        agents: &[Agent],
        handed: &[(&str, u32)],
        weights: &Weights,
    ) -> Vec<Placed> {
        let pending: Vec<Pending<'_>> = sessions.iter().map(Pending::from).collect();
        let handed = handed.iter().map(|(id, n)| (AgentId::from(*id), *n)).collect();
        let c = Circumstances {
            now: at(300),
            last_agent: None,
            last_agent_read: None,
            handed: &handed,
            data_from: None,
        };
        distribute(&pending, agents, &c, weights, Rules::default())
    }

    /// Who gets what, as `a b -`.
    fn plan(sessions: &[Session], agents: &[Agent]) -> String {
        in_short(&plan_of(sessions, agents, &[]))
    }

    fn in_short(plan: &[Placed]) -> String {
        let who = |p: &Placed| p.agent.as_ref().map_or("-".into(), ToString::to_string);
        plan.iter().map(who).collect::<Vec<_>>().join(" ")
    }

    fn why_not(sessions: &[Session], agents: &[Agent]) -> String {
        plan_of(sessions, agents, &[]).pop().unwrap().why_not.expect("nobody has it")
    }

    #[test]
    fn a_capacity_is_never_exceeded() {
        let almost = Agent { sessions: Some(2), ..agent("a") };
        assert_eq!(plan(&sessions(5), &[almost, agent("b")]), "b a b b -");
        let full = "every agent who passes the gate is full by then";
        assert_eq!(why_not(&sessions(4), &[agent("a")]), full);
    }

    #[test]
    fn an_unknown_capacity_is_one() {
        let unknown = Agent { capacity: None, ..agent("a") };
        assert_eq!(plan(&sessions(2), &[unknown]), "a -");
        let unread = Agent { sessions: None, ..agent("a") };
        assert_eq!(plan(&sessions(2), std::slice::from_ref(&unread)), "a -");
        assert_eq!(plan(&sessions(1), &[Agent { capacity: Some(0), ..unread }]), "-");
    }

    #[test]
    fn work_is_spread() {
        let twins = [agent("a"), agent("b")];
        assert_eq!(plan(&sessions(4), &twins), "a b a b");
    }

    #[test]
    fn fairness_counts_what_was_handed_and_what_is_planned() {
        let mut agents = [agent("a"), agent("b")];
        agents.iter_mut().for_each(|agent| agent.capacity = Some(10));
        let plan = plan_of(&sessions(3), &agents, &[("a", 4)]);
        assert_eq!(in_short(&plan), "b a b");
        let only = Weights { fairness: 1.0, ..NONE };
        let plan = weighed(&sessions(4), &agents, &[("a", 2)], &only);
        assert_eq!(in_short(&plan), "b b a b");
    }

    #[test]
    fn places_that_are_planned_are_taken() {
        let two = Agent { capacity: Some(2), ..agent("a") };
        let four = Agent { capacity: Some(4), sessions: Some(1), ..agent("b") };
        let only = Weights { capacity: 1.0, ..NONE };
        assert_eq!(in_short(&weighed(&sessions(2), &[two, four], &[], &only)), "a b");
    }

    #[test]
    fn skill_decides_and_the_first_come_first() {
        let good = Agent { skills: Some(vec![skill("billing", 5.0)]), ..agent("z") };
        let weak = Agent { skills: Some(vec![skill("billing", 1.0)]), ..agent("a") };
        let one = Session { id: "later".into(), ..asking("billing") };
        let good = Agent { capacity: Some(1), ..good };
        assert_eq!(plan(&[asking("billing"), one], &[weak, good]), "z a");
    }

    #[test]
    fn the_last_agent_is_preferred_and_the_holder_left_out() {
        let twins = [agent("a"), agent("b")];
        let again = Session { last_agent: Some("b".into()), ..sessions(1).remove(0) };
        assert_eq!(plan(std::slice::from_ref(&again), &twins), "b");
        let held = Session { agent: Some("b".into()), ..again };
        assert_eq!(plan(std::slice::from_ref(&held), &twins), "a");
        assert_eq!(why_not(&[held], &twins[1..]), "there is nobody else");
    }

    #[test]
    fn the_score_is_the_rank() {
        let (a, s) = (agent("a"), asking("billing"));
        let handed = HashMap::new();
        let c = Circumstances {
            now: at(300),
            last_agent: None,
            last_agent_read: None,
            handed: &handed,
            data_from: None,
        };
        let expected = rank(&a, Need::from(&s), &c, &Weights::default()).score;
        assert!(expected.is_some());
        assert_eq!(plan_of(&[s], &[a], &[])[0].score, expected);
    }

    #[test]
    fn who_gets_nothing_is_told_what_the_nearest_lacks() {
        let away = Agent { routing: Some(RoutingStatus::OffQueue), ..agent("a") };
        let agents = [away, agent("b")];
        let expected = "nobody passes the gate; the nearest is b: needs sales";
        assert_eq!(why_not(&[asking("sales")], &agents), expected);
        assert_eq!(why_not(&sessions(1), &[]), "there is nobody else");
    }

    #[test]
    fn a_session_or_an_agent_listed_twice_is_one() {
        let session = sessions(1).remove(0);
        assert_eq!(plan(&[session.clone(), session.clone()], &[agent("a")]), "a -");
        assert_eq!(
            why_not(&[session.clone(), session], &[agent("a")]),
            "it is in the list already"
        );
        let narrow = Agent { capacity: Some(1), ..agent("a") };
        assert_eq!(plan(&sessions(2), &[narrow.clone(), narrow]), "a -");
    }
}
