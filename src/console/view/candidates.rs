//! Who could take a session: every agent measured, and those who fit in the order of their rank. The
//! picker, the best agent's card and the agents' pane all go by it.
//!
//! Thousands are ranked on one press, so ranks come without words here; those are made for one agent
//! at a time, where somebody asks for them.

use std::collections::BTreeMap;

use super::{Ctx, Refusal};
use crate::{
    console::keys::Action,
    domain::{agent::Agent, id::AgentId, session::Session},
    policy::{
        lack::lack,
        qualification::{Need, Qualification, Verdict, qualify},
        rank::{Circumstances, Scorer, order_scored},
    },
};

/// An agent, measured against a session.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Who.
    pub agent: &'a Agent,
    /// Score and gate.
    pub measured: Qualification,
    /// 0 to 100, for those who fit and of whom something is known.
    pub rank: Option<f64>,
    /// Whether the agent has the session already.
    pub holds: bool,
}

impl Candidate<'_> {
    /// True if the agent may be handed the session.
    pub fn fits(&self) -> bool {
        !self.holds && self.measured.verdict.passes()
    }
}

/// Everybody.
#[derive(Debug)]
pub struct Candidates<'a> {
    /// Those who fit, the best first.
    pub fit: Vec<Candidate<'a>>,
    /// Those who do not, in no order: nobody may want to see them.
    pub rest: Vec<Candidate<'a>>,
}

/// What holds for the ranks of a session.
pub fn circumstances<'a>(session: &'a Session, cx: &'a Ctx) -> Circumstances<'a> {
    Circumstances {
        now: cx.now,
        last_agent: session.last_agent.as_ref(),
        last_agent_read: session.last_agent_read,
        handed: &cx.pulse.handed,
        data_from: cx.pulse.data_from,
    }
}

/// What ranks agents for a session.
pub fn scorer<'a>(session: &'a Session, cx: &'a Ctx) -> Scorer<'a> {
    Scorer::new(circumstances(session, cx), &cx.handbook.weights, cx.most_handed)
}

impl<'a> Candidates<'a> {
    /// Everybody on the floor, for `session` and what its bot demands.
    pub fn of(session: &Session, cx: &'a Ctx) -> Self {
        let session = &*cx.as_asked(session);
        let (need, scorer) = (Need::from(session), scorer(session, cx));
        let candidate = |agent: &'a Agent| {
            let measured = qualify(agent, need, cx.handbook.rules);
            let holds = session.agent.as_ref() == Some(&agent.id);
            let mut candidate = Candidate { agent, measured, rank: None, holds };
            if candidate.fits() {
                candidate.rank = scorer.score(agent, need);
            }
            candidate
        };
        let all = cx.floor.agents.iter().map(candidate);
        let (mut fit, rest): (Vec<_>, Vec<_>) = all.partition(Candidate::fits);
        sort(&mut fit);
        Self { fit, rest }
    }

    /// Everybody, those who fit first. Whoever has the session comes last: nobody can be given it less.
    pub fn everybody(self) -> Vec<Candidate<'a>> {
        let Self { fit: mut all, mut rest } = self;
        sort(&mut rest);
        all.extend(rest);
        all.sort_by_key(|candidate| candidate.holds);
        all
    }

    /// What those who do not fit lack most: `7 need Billing, 3 at capacity`.
    pub fn shortage(&self, session: &Session, cx: &Ctx) -> String {
        let session = &*cx.as_asked(session);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for candidate in &self.rest {
            *counts.entry(lacking(candidate, session, cx)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        let told = counts.iter().take(LACKS).map(|(what, n)| match what.strip_prefix("needs ") {
            Some(skill) if *n > 1 => format!("{n} need {skill}"),
            _ => format!("{n} {what}"),
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// How many lacks are told: the rest is a long tail that nobody can do much about.
const LACKS: usize = 2;

fn sort(candidates: &mut [Candidate<'_>]) {
    let key = |c: &Candidate<'_>| c.rank;
    candidates.sort_unstable_by(|a, b| {
        order_scored((a.agent, &a.measured, key(a)), (b.agent, &b.measured, key(b)))
    });
}

/// What one lacks, in words that are the same for all who lack it.
fn lacking(candidate: &Candidate<'_>, session: &Session, cx: &Ctx) -> String {
    let Candidate { agent, measured, holds, .. } = candidate;
    match &measured.verdict {
        _ if *holds => "has it already".into(),
        Verdict::NotAvailable => "not available".into(),
        Verdict::AtCapacity { .. } => "at capacity".into(),
        _ => lacked(agent, measured, session, cx).unwrap_or_default(),
    }
}

/// The one thing that an agent is missing, in few words.
pub fn missing(
    agent: &Agent,
    measured: &Qualification,
    session: &Session,
    cx: &Ctx,
) -> Option<String> {
    lacked(agent, measured, &cx.as_asked(session), cx)
}

fn lacked(agent: &Agent, measured: &Qualification, session: &Session, cx: &Ctx) -> Option<String> {
    let lack = lack(agent, Need::from(session), measured, cx.now, cx.handbook.rules);
    lack.map(|lack| lack.short)
}

/// Who ranks best for a session.
#[derive(Debug)]
pub struct Best {
    /// The best of those who may have it; or what is lacking most if there is nobody.
    pub agent: Result<AgentId, Refusal>,
    /// Who might be better, but has not been read yet; those on a queue first.
    pub unread: Vec<AgentId>,
}

/// Who ranks best for `session` of those who may have it.
pub fn best(session: &Session, cx: &Ctx) -> Best {
    let candidates = Candidates::of(session, cx);
    let is_unread = |c: &&Candidate<'_>| !c.holds && c.measured.verdict == Verdict::NotKnown;
    let mut unread: Vec<&Agent> =
        candidates.rest.iter().filter(is_unread).map(|candidate| candidate.agent).collect();
    unread.sort_by_key(|agent| agent.on_queue() != Some(true));
    let agent = match candidates.fit.first() {
        Some(best) => Ok(best.agent.id.clone()),
        None if candidates.rest.is_empty() => {
            Err("No agent fits: there is nobody on the floor".into())
        }
        None => {
            let (lacks, key) =
                (candidates.shortage(session, cx), cx.keymap.hint(Action::HandoffAgent));
            Err(format!("No agent fits: {lacks}; {key} shows them").into())
        }
    };
    Best { agent, unread: unread.into_iter().map(|agent| agent.id.clone()).collect() }
}
