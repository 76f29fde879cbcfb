//! What a rank is made of, and the order that follows.

use super::*;
use crate::{
    domain::session::Requirement,
    policy::{
        qualification::{Rules, Verdict, qualify},
        testing::{agent, at, skill},
    },
};

fn wanted(names: &[&str]) -> Vec<Requirement> {
    names.iter().map(|name| Requirement { id: None, name: (*name).into() }).collect()
}

/// The rank 300 s into the day: an agent idle since its beginning has half of what idling is worth.
fn ranked(agent: &Agent, skills: &[&str], last: Option<&str>, handed: &[(&str, u32)]) -> Rank {
    let skills = wanted(skills);
    let last = last.map(AgentId::from);
    let handed = handed.iter().map(|(id, n)| (AgentId::from(*id), *n)).collect();
    let c = Circumstances {
        now: at(300),
        last_agent: last.as_ref(),
        last_agent_read: Some(at(280)),
        handed: &handed,
        data_from: Some(at(290)),
    };
    rank(agent, Need { skills: &skills, language: None }, &c, &Weights::default())
}

fn term(rank: &Rank, kind: TermKind) -> (Option<f64>, &str) {
    let term = rank.terms.iter().find(|t| t.kind == kind).unwrap();
    (term.value, &term.says)
}

#[test]
fn the_default_weights_are_those_of_the_specification() {
    let weights = TermKind::ALL.map(|kind| Weights::default().of(kind));
    assert_eq!(weights, [0.35, 0.25, 0.2, 0.1, 0.1]);
    assert!(Weights::default().checked().is_ok());
}

#[test]
fn weights_must_be_numbers_of_which_one_counts() {
    let with = |idle| Weights { idle, ..Weights::default() }.checked();
    for bad in [f64::NAN, f64::INFINITY, -0.1] {
        assert!(matches!(with(bad), Err(BadWeights::Improper { kind: TermKind::Idle, .. })));
    }
    assert!(with(0.0).is_ok());
    let none = Weights { proficiency: 0.0, capacity: 0.0, idle: 0.0, affinity: 0.0, fairness: 0.0 };
    assert_eq!(none.checked(), Err(BadWeights::Nothing));
    let text = with(-0.1).unwrap_err().to_string();
    assert_eq!(text, "the weight of idle is -0.1: it must be a number of at least 0");
}

#[test]
fn the_score_is_the_weighted_mean_of_what_is_known() {
    let rank = ranked(&agent("a"), &["billing"], Some("a"), &[("a", 1), ("b", 4)]);
    // 0.35 · 0.8 + 0.25 · 1 + 0.2 · 0.5 + 0.1 · 1 + 0.1 · 0.75
    assert!((rank.score.unwrap() - 80.5).abs() < 1e-9, "{rank:?}");
    let rank = ranked(&agent("a"), &[], None, &[]);
    assert!((rank.score.unwrap() - 100.0 * 0.35 / 0.45).abs() < 1e-9, "{rank:?}");
}

#[test]
fn nothing_known_is_no_rank() {
    let blank = Agent { routing: None, sessions: None, skills: None, ..agent("a") };
    assert_eq!(ranked(&blank, &["billing"], None, &[]).score, None);
    let none = Weights { proficiency: 0.0, capacity: 0.0, idle: 0.0, affinity: 0.0, fairness: 0.0 };
    assert_eq!(mean(&none.scaled(), [Some(1.0); 5]), None);
}

#[test]
fn the_largest_weights_do_not_overflow() {
    let m = f64::MAX;
    let huge = Weights { proficiency: m, capacity: m, idle: m, affinity: m, fairness: m };
    assert_eq!(mean(&huge.scaled(), [Some(1.0); 5]), Some(100.0));
}

#[test]
fn what_is_no_weight_counts_as_none() {
    let bad = Weights {
        proficiency: f64::NAN,
        capacity: 1.0,
        idle: -1.0,
        affinity: f64::INFINITY,
        fairness: 1.0,
    };
    assert_eq!(bad.scaled(), [0.0, 1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn proficiency_is_the_same_in_any_order() {
    // Of these three the sum differs in its last digit with the order.
    let skills = vec![skill("a", 0.5), skill("b", 1.0), skill("c", 1.5)];
    let able = Agent { skills: Some(skills), ..agent("a") };
    let value = |names: &[&str]| term(&ranked(&able, names, None, &[]), TermKind::Proficiency).0;
    assert_eq!(value(&["a", "b", "c"]), value(&["c", "b", "a"]));
}

#[test]
fn proficiency_is_the_mean_over_the_required() {
    let both =
        Agent { skills: Some(vec![skill("billing", 4.0), skill("refunds", 2.5)]), ..agent("a") };
    let rank = ranked(&both, &["billing", "Refunds", "BILLING"], None, &[]);
    let told = (Some(0.65), "4 of 5 in billing, 2.5 of 5 in Refunds");
    assert_eq!(term(&rank, TermKind::Proficiency), told);
    let rank = ranked(&both, &["billing", "sales"], None, &[]);
    assert_eq!(term(&rank, TermKind::Proficiency), (Some(0.4), "4 of 5 in billing, no sales"));
}

#[test]
fn proficiency_is_unknown_without_a_skill_or_a_rating() {
    let unrated = |proficiency| {
        let skills =
            vec![AgentSkill { proficiency, ..skill("refunds", 0.0) }, skill("billing", 4.0)];
        Agent { skills: Some(skills), ..agent("a") }
    };
    use crate::domain::agent::AgentSkill;
    for nothing in [None, Some(f32::NAN)] {
        let rank = ranked(&unrated(nothing), &["billing", "refunds"], None, &[]);
        let told = (None, "4 of 5 in billing, not rated in refunds");
        assert_eq!(term(&rank, TermKind::Proficiency), told);
    }
    let rank = ranked(&agent("a"), &[], None, &[]);
    assert_eq!(term(&rank, TermKind::Proficiency), (None, "no skill is required"));
    let unread = Agent { skills: None, ..agent("a") };
    let rank = ranked(&unread, &[], None, &[]);
    assert_eq!(term(&rank, TermKind::Proficiency), (None, "not read yet"));
}

#[test]
fn capacity_is_the_free_share() {
    let told = |sessions, capacity| {
        let rank = ranked(&Agent { sessions, capacity, ..agent("a") }, &[], None, &[]);
        let (value, says) = term(&rank, TermKind::Capacity);
        (value, says.to_owned())
    };
    assert_eq!(told(Some(1), Some(4)), (Some(0.75), "3 of 4 places free".into()));
    assert_eq!(told(Some(9), Some(4)), (Some(0.0), "0 of 4 places free".into()));
    assert_eq!(told(Some(0), Some(0)), (Some(0.0), "0 of 0 places free".into()));
    assert_eq!(told(None, Some(4)), (None, "places not known".into()));
}

#[test]
fn idling_saturates_and_work_is_no_idling() {
    let told = |routing, since| {
        let rank = ranked(&Agent { routing, since, ..agent("a") }, &[], None, &[]);
        let (value, says) = term(&rank, TermKind::Idle);
        (value, says.to_owned())
    };
    use RoutingStatus as R;
    assert_eq!(told(Some(R::Idle), Some(at(0))), (Some(0.5), "idle 5m".into()));
    assert_eq!(told(Some(R::Idle), Some(at(999))), (Some(0.0), "idle 0s".into()));
    let ever = told(Some(R::Idle), Some(Timestamp::MIN)).0.unwrap();
    assert!(ever > 0.99 && ever <= 1.0);
    assert_eq!(told(Some(R::Idle), None).0, None);
    assert_eq!(told(Some(R::Interacting), Some(at(0))), (Some(0.0), "with a customer".into()));
    assert_eq!(told(Some(R::OffQueue), Some(at(0))), (Some(0.0), "off queue".into()));
    assert_eq!(told(Some(R::Other("".into())), None), (Some(0.0), "not idle".into()));
    assert_eq!(told(None, Some(at(0))), (None, "not read yet".into()));
}

#[test]
fn affinity_is_for_who_had_the_customer_before() {
    let told = |last| term(&ranked(&agent("a"), &[], last, &[]), TermKind::Affinity).0;
    assert_eq!(told(Some("a")), Some(1.0));
    assert_eq!(told(Some("b")), Some(0.0));
    assert_eq!(told(None), None);
}

#[test]
fn fairness_is_against_who_was_handed_most() {
    let told = |handed: &[(&str, u32)]| {
        let rank = ranked(&agent("a"), &[], None, handed);
        let (value, says) = term(&rank, TermKind::Fairness);
        (value, says.to_owned())
    };
    let one = (Some(0.75), "1 handoff this shift, most has 4".into());
    assert_eq!(told(&[("a", 1), ("b", 4)]), one);
    assert_eq!(told(&[("b", 4)]), (Some(1.0), "0 handoffs this shift, most has 4".into()));
    assert_eq!(told(&[("a", 4)]).0, Some(0.0));
    assert_eq!(told(&[]), (None, "no handoffs this shift".into()));
    assert_eq!(told(&[("b", 0)]).0, None);
}

#[test]
fn every_term_tells_its_source_and_age() {
    let agent = Agent {
        capacity_inherited: true,
        profile_read: Some(at(5)),
        capacity_read: Some(at(7)),
        ..agent("a")
    };
    let rank = ranked(&agent, &["billing"], None, &[]);
    let told: Vec<_> = rank.terms.iter().map(|t| (t.source, t.read)).collect();
    let expected = [
        ("the agent's profile", Some(at(5))),
        ("live sessions against capacity (the org's default)", Some(at(7))),
        ("routing status", Some(at(290))),
        ("this session's earlier agents", Some(at(280))),
        ("handoffs made here in the last 8 hours", Some(at(300))),
    ];
    assert_eq!(told, expected);
}

/// Names in order, of agents with these scores and qualifications.
fn in_order(mut all: Vec<(Agent, Qualification, Rank)>) -> Vec<String> {
    all.sort_by(|a, b| order((&a.0, &a.1, &a.2), (&b.0, &b.1, &b.2)));
    all.into_iter().map(|(agent, ..)| agent.id.to_string()).collect()
}

fn scored(agent: Agent, score: Option<f64>) -> (Agent, Qualification, Rank) {
    let measured = qualify(&agent, Need { skills: &[], language: None }, Rules::default());
    let rank = Rank { score, ..ranked(&agent, &[], None, &[]) };
    (agent, measured, rank)
}

#[test]
fn those_who_pass_come_by_rank_and_those_who_fail_by_score() {
    let failing = |id: &str, raw| {
        let (agent, _, rank) = scored(agent(id), Some(100.0));
        (agent, Qualification { raw, verdict: Verdict::NotAvailable }, rank)
    };
    let all = vec![
        failing("f-unread", None),
        failing("f-75", Some(75)),
        failing("f-0", Some(0)),
        scored(agent("p-none"), None),
        scored(agent("p-low"), Some(10.0)),
        scored(agent("p-high"), Some(90.0)),
    ];
    assert_eq!(in_order(all), ["p-high", "p-low", "p-none", "f-75", "f-0", "f-unread"]);
}

#[test]
fn ties_go_to_the_longest_idle_then_name_then_id() {
    let named = |id: &str, name: Option<&str>, since| {
        scored(Agent { name: name.map(Into::into), since, ..agent(id) }, Some(50.0))
    };
    let mut busy = agent("busy");
    (busy.routing, busy.since) = (Some(RoutingStatus::Interacting), Some(at(-999)));
    let all = vec![
        scored(busy, Some(50.0)),
        named("e", None, Some(at(5))),
        named("d", Some("Bo"), Some(at(5))),
        named("c", Some("Bo"), Some(at(5))),
        named("b", Some("Al"), Some(at(5))),
        named("a", Some("Zo"), Some(at(1))),
    ];
    assert_eq!(in_order(all), ["a", "b", "c", "d", "e", "busy"]);
}

#[test]
fn a_score_without_words_is_the_one_with_them() {
    let handed = HashMap::from([("a".into(), 2), ("b".into(), 5)]);
    let last = AgentId::from("b");
    let agents = [
        agent("a"),
        Agent { sessions: Some(2), routing: Some(RoutingStatus::Interacting), ..agent("b") },
        Agent { skills: None, capacity: None, since: None, ..agent("c") },
    ];
    let asked = wanted(&["billing", "refunds"]);
    let need = Need { skills: &asked, language: None };
    for last_agent in [None, Some(&last)] {
        let c = Circumstances {
            now: at(600),
            last_agent,
            last_agent_read: None,
            handed: &handed,
            data_from: None,
        };
        let scorer = Scorer::new(c, &Weights::default(), 5);
        for agent in &agents {
            let ranked = rank(agent, need, &c, &Weights::default());
            assert_eq!(scorer.score(agent, need), ranked.score, "{}", agent.id);
        }
    }
}
