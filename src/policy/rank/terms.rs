//! The terms of a rank: what each is worth, and what it says of itself.
//!
//! [`values`] are the numbers alone, for a distribution that asks for a million of them;
//! [`explained`] has them with their words and sources, for one agent at a time.

use jiff::Timestamp;

use super::{Circumstances, Term, TermKind, Weights};
use crate::{
    domain::{
        agent::{Agent, AgentSkill, RoutingStatus},
        floor::seconds_since,
        session::Requirement,
    },
    policy::{qualification::Need, skills, span::span},
};

/// The best rating of a skill (Genesys Cloud rates 0 to 5).
const BEST_RATING: f64 = 5.0;

/// The time without work, in seconds, that is worth half of what can be had for it. The value
/// saturates: whether somebody has waited for one hour or for two should hardly matter.
const HALF_IDLE: f64 = 300.0;

/// What each term is worth, 0 to 1, or `None` where that is not known.
pub mod values {
    use super::*;

    /// The mean rating in the required skills. Unknown where none is required, and where one of them
    /// has not been rated: a mean over the others would promise what nobody has said.
    pub fn proficiency(agent: &Agent, need: Need<'_>) -> Option<f64> {
        let held = agent.skills.as_ref()?;
        let rated = skills::distinct(need.skills).map(|wanted| rating(held, wanted));
        let mut rated: Vec<f64> = rated.collect::<Option<_>>()?;
        // A sum of floating-point numbers depends on their order, and a rank must not.
        rated.sort_by(f64::total_cmp);
        let count = u32::try_from(rated.len()).ok().filter(|&count| count > 0)?;
        Some((rated.iter().sum::<f64>() / f64::from(count)).clamp(0.0, 1.0))
    }

    /// Free places against all.
    pub fn capacity(free: u32, capacity: u32) -> f64 {
        if capacity == 0 { 0.0 } else { f64::from(free.min(capacity)) / f64::from(capacity) }
    }

    /// Time without work; 0 for everybody who has work or is not there.
    pub fn idle(agent: &Agent, now: Timestamp) -> Option<f64> {
        match agent.routing.as_ref()? {
            RoutingStatus::Idle => {
                let seconds = u32::try_from(seconds_since(agent.since?, now)).unwrap_or(u32::MAX);
                let seconds = f64::from(seconds);
                Some(seconds / (seconds + HALF_IDLE))
            }
            _ => Some(0.0),
        }
    }

    /// Whether it is the agent who had the session before; unknown where nobody had.
    pub fn affinity(agent: &Agent, c: &Circumstances<'_>) -> Option<f64> {
        c.last_agent.map(|last| if *last == agent.id { 1.0 } else { 0.0 })
    }

    /// How few of the shift's handoffs the agent was given, against `most`; unknown before the first.
    pub fn fairness(handed: u32, most: u32) -> Option<f64> {
        (most > 0).then(|| 1.0 - f64::from(handed.min(most)) / f64::from(most))
    }
}

/// 0 for a skill the agent does not have, `None` for one that nobody has rated.
fn rating(held: &[AgentSkill], wanted: &Requirement) -> Option<f64> {
    if !skills::has(held, wanted) {
        return Some(0.0);
    }
    skills::proficiency(held, wanted).map(|rating| (rating / BEST_RATING).clamp(0.0, 1.0))
}

/// All terms, in the order of [`TermKind::ALL`].
pub fn explained(
    agent: &Agent,
    need: Need<'_>,
    c: &Circumstances<'_>,
    weights: &Weights,
) -> [Term; 5] {
    [
        proficiency(agent, need),
        capacity(agent, c),
        idle(agent, c),
        affinity(agent, c),
        fairness(agent, c),
    ]
    .map(|term| Term { weight: weights.of(term.kind), ..term })
}

fn proficiency(agent: &Agent, need: Need<'_>) -> Term {
    let of = |held: &Vec<AgentSkill>| {
        let each: Vec<_> = skills::distinct(need.skills).map(|w| in_words(held, w)).collect();
        if each.is_empty() { "no skill is required".into() } else { each.join(", ") }
    };
    Term {
        kind: TermKind::Proficiency,
        weight: 0.0,
        value: values::proficiency(agent, need),
        says: agent.skills.as_ref().map_or("not read yet".into(), of),
        source: "the agent's profile",
        read: agent.profile_read,
    }
}

fn in_words(held: &[AgentSkill], wanted: &Requirement) -> String {
    let name = &wanted.name;
    if !skills::has(held, wanted) {
        return format!("no {name}");
    }
    match skills::proficiency(held, wanted) {
        Some(rating) => {
            let rating = format!("{rating:.1}");
            format!("{} of 5 in {name}", rating.strip_suffix(".0").unwrap_or(&rating))
        }
        None => format!("not rated in {name}"),
    }
}

fn capacity(agent: &Agent, c: &Circumstances<'_>) -> Term {
    let known = agent.free().zip(agent.capacity);
    Term {
        kind: TermKind::Capacity,
        weight: 0.0,
        value: known.map(|(free, capacity)| values::capacity(free, capacity)),
        says: known.map_or("places not known".into(), |(free, capacity)| {
            format!("{free} of {capacity} places free")
        }),
        source: if agent.capacity_inherited {
            "live sessions against capacity (the org's default)"
        } else {
            "live sessions against capacity"
        },
        // Two readings: what is made of them is as old as the older.
        read: agent.capacity_read.into_iter().chain(c.data_from).min(),
    }
}

fn idle(agent: &Agent, c: &Circumstances<'_>) -> Term {
    let says = match (&agent.routing, agent.since) {
        (None, _) => "not read yet".into(),
        (Some(RoutingStatus::Idle), None) => "idle, nobody knows since when".into(),
        (Some(RoutingStatus::Idle), Some(since)) => {
            format!("idle {}", span(seconds_since(since, c.now)))
        }
        (Some(RoutingStatus::Interacting), _) => "with a customer".into(),
        // A status may come without a word.
        (Some(other), _) if other.word().trim().is_empty() => "not idle".into(),
        (Some(other), _) => other.word().into(),
    };
    Term {
        kind: TermKind::Idle,
        weight: 0.0,
        value: values::idle(agent, c.now),
        says,
        source: "routing status",
        read: c.data_from,
    }
}

fn affinity(agent: &Agent, c: &Circumstances<'_>) -> Term {
    let says = match c.last_agent {
        None => "nobody is known to have had this customer before",
        Some(last) if *last == agent.id => "had this customer before",
        Some(_) => "another agent had this customer before",
    };
    Term {
        kind: TermKind::Affinity,
        weight: 0.0,
        value: values::affinity(agent, c),
        says: says.into(),
        source: "this session's earlier agents",
        read: c.last_agent_read,
    }
}

fn fairness(agent: &Agent, c: &Circumstances<'_>) -> Term {
    let handed = c.handed.get(&agent.id).copied().unwrap_or(0);
    let most = c.handed.values().copied().max().unwrap_or(0);
    let says = match (handed, most) {
        (_, 0) => "no handoffs this shift".into(),
        (1, most) => format!("1 handoff this shift, most has {most}"),
        (handed, most) => format!("{handed} handoffs this shift, most has {most}"),
    };
    Term {
        kind: TermKind::Fairness,
        weight: 0.0,
        value: values::fairness(handed, most),
        says,
        source: "handoffs made here in the last 8 hours",
        read: Some(c.now),
    }
}
