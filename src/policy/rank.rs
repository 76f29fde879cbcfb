//! The order among those who pass the gate (SPEC section 5), and how it comes about.
//!
//! A rank is a weighted mean of what is known; what is not known is left out rather than taken for 0.
//! It never decides whether an agent may be handed a session: that is the gate's
//! ([`super::qualification`]), whose score is shown beside the rank and not mixed with it.

mod terms;

use std::{cmp::Ordering, collections::HashMap};

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

pub(super) use self::terms::values;

use super::qualification::{Need, Qualification};
use crate::domain::{
    agent::{Agent, RoutingStatus},
    id::AgentId,
};

/// How much each term counts against the others; only their proportions matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of proficiency in the required skills.
    pub proficiency: f64,
    /// Of free places.
    pub capacity: f64,
    /// Of the time without work.
    pub idle: f64,
    /// Of having had this customer before.
    pub affinity: f64,
    /// Of having been handed few sessions so far.
    pub fairness: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { proficiency: 0.35, capacity: 0.25, idle: 0.2, affinity: 0.1, fairness: 0.1 }
    }
}

/// Why weights can't be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BadWeights {
    /// Below 0, or no number.
    #[error("the weight of {} is {weight}: it must be a number of at least 0", kind.word())]
    Improper {
        /// Whose.
        kind: TermKind,
        /// The weight.
        weight: f64,
    },
    /// Nothing would count.
    #[error("at least one weight must be above 0")]
    Nothing,
}

impl Weights {
    /// The weights, if they are finite, not negative and not all 0.
    ///
    /// # Errors
    /// Names the first weight that is wrong.
    pub fn checked(self) -> Result<Self, BadWeights> {
        for kind in TermKind::ALL {
            let weight = self.of(kind);
            if !weight.is_finite() || weight < 0.0 {
                return Err(BadWeights::Improper { kind, weight });
            }
        }
        let any = TermKind::ALL.into_iter().any(|kind| self.of(kind) > 0.0);
        if any { Ok(self) } else { Err(BadWeights::Nothing) }
    }

    /// The weight of one term.
    pub fn of(&self, kind: TermKind) -> f64 {
        match kind {
            TermKind::Proficiency => self.proficiency,
            TermKind::Capacity => self.capacity,
            TermKind::Idle => self.idle,
            TermKind::Affinity => self.affinity,
            TermKind::Fairness => self.fairness,
        }
    }

    /// Against the largest, 0 to 1: sums can't overflow, and what is no weight counts as none.
    pub(super) fn scaled(&self) -> [f64; 5] {
        let sound = |w: f64| if w.is_finite() { w.max(0.0) } else { 0.0 };
        let weights = TermKind::ALL.map(|kind| sound(self.of(kind)));
        let most = weights.into_iter().fold(0.0, f64::max);
        weights.map(|w| if most > 0.0 { w / most } else { 0.0 })
    }
}

/// What holds besides the agent and the session.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Now.
    pub now: Timestamp,
    /// The agent who had the session before, if any.
    pub last_agent: Option<&'a AgentId>,
    /// When that was read.
    pub last_agent_read: Option<Timestamp>,
    /// Handoffs given to each agent over the shift.
    pub handed: &'a HashMap<AgentId, u32>,
    /// When status and sessions of agents were read.
    pub data_from: Option<Timestamp>,
}

/// One of the things a rank is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TermKind {
    /// How well the required skills are mastered.
    Proficiency,
    /// How much of the capacity is free.
    Capacity,
    /// How long the agent has had nothing to do.
    Idle,
    /// Whether the agent had this customer before.
    Affinity,
    /// How few sessions were handed to the agent over the shift.
    Fairness,
}

impl TermKind {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Proficiency, Self::Capacity, Self::Idle, Self::Affinity, Self::Fairness];

    /// The word on the screen and in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proficiency => "proficiency",
            Self::Capacity => "capacity",
            Self::Idle => "idle",
            Self::Affinity => "affinity",
            Self::Fairness => "fairness",
        }
    }
}

/// One term of a rank, explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Which.
    pub kind: TermKind,
    /// Its weight, as configured.
    pub weight: f64,
    /// 0 (worst) to 1 (best); `None` where it is not known, and then it is left out.
    pub value: Option<f64>,
    /// What the value was made of: `4 of 5 in billing`.
    pub says: String,
    /// Where that comes from.
    pub source: &'static str,
    /// When the source was read; the oldest where there are several, `None` where nobody knows.
    pub read: Option<Timestamp>,
}

/// How an agent compares with others for one session.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rank {
    /// 0 to 100: the weighted mean of the terms that are known; `None` if none of them is.
    pub score: Option<f64>,
    /// The terms, in the order of [`TermKind::ALL`].
    pub terms: [Term; 5],
}

/// Ranks `agent` for `need`.
pub fn rank(agent: &Agent, need: Need<'_>, c: &Circumstances<'_>, weights: &Weights) -> Rank {
    let terms = terms::explained(agent, need, c, weights);
    let values = std::array::from_fn(|i| terms[i].value);
    Rank { score: mean(&weights.scaled(), values), terms }
}

/// What ranks many agents without a word: what is the same for all of them is worked out once.
#[derive(Clone, Copy, Debug)]
pub struct Scorer<'a> {
    c: Circumstances<'a>,
    weights: [f64; 5],
    most: u32,
}

impl<'a> Scorer<'a> {
    /// For these circumstances. `most` is what the agent who was handed most sessions was handed.
    pub fn new(c: Circumstances<'a>, weights: &Weights, most: u32) -> Self {
        Self { c, weights: weights.scaled(), most }
    }

    /// The score that [`rank`] gives.
    pub fn score(&self, agent: &Agent, need: Need<'_>) -> Option<f64> {
        let handed = self.c.handed.get(&agent.id).copied().unwrap_or(0);
        let places = agent.free().zip(agent.capacity);
        let worth = [
            values::proficiency(agent, need),
            places.map(|(free, capacity)| values::capacity(free, capacity)),
            values::idle(agent, self.c.now),
            values::affinity(agent, &self.c),
            values::fairness(handed, self.most),
        ];
        mean(&self.weights, worth)
    }
}

/// The weighted mean of the known values, 0 to 100. `weights` are [scaled](Weights::scaled).
pub(super) fn mean(weights: &[f64; 5], values: [Option<f64>; 5]) -> Option<f64> {
    let known = || weights.iter().zip(values).filter_map(|(weight, v)| Some((weight, v?)));
    let all: f64 = known().map(|(weight, _)| weight).sum();
    let sum: f64 = known().map(|(weight, value)| weight * value).sum();
    (all > 0.0).then(|| (100.0 * sum / all).clamp(0.0, 100.0))
}

/// An agent as an order sees one.
pub type Ranked<'a> = (&'a Agent, &'a Qualification, &'a Rank);

/// The order of candidates, the best first. Those who pass come by rank, then by the longest time
/// idle, name and id; after them those who fail, by raw score, name and id. It is a total order.
pub fn order(a: Ranked<'_>, b: Ranked<'_>) -> Ordering {
    order_scored((a.0, a.1, a.2.score), (b.0, b.1, b.2.score))
}

/// An agent with nothing but the score of its rank.
pub type Scored<'a> = (&'a Agent, &'a Qualification, Option<f64>);

/// [`order`], for ranks without their terms.
pub fn order_scored(a: Scored<'_>, b: Scored<'_>) -> Ordering {
    let (passes, other_passes) = (a.1.verdict.passes(), b.1.verdict.passes());
    other_passes.cmp(&passes).then_with(|| {
        if passes {
            descending(a.2, b.2).then_with(|| seniority(a.0, b.0))
        } else {
            // `None` is the least of all, so it comes last here.
            b.1.raw.cmp(&a.1.raw).then_with(|| by_name(a.0, b.0))
        }
    })
}

fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The longest idle first, then by name and id: how ties are settled.
pub(super) fn seniority(a: &Agent, b: &Agent) -> Ordering {
    let idle_since = |agent: &Agent| {
        let since = agent.since.filter(|_| agent.routing == Some(RoutingStatus::Idle));
        (since.is_none(), since)
    };
    idle_since(a).cmp(&idle_since(b)).then_with(|| by_name(a, b))
}

/// Those without a name come last.
fn by_name(a: &Agent, b: &Agent) -> Ordering {
    let key = |agent: &Agent| agent.name.is_none();
    key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.id.cmp(&b.id))
}

#[cfg(test)]
mod tests;
