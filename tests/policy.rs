//! The rules, held against inputs that nobody thought of.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

#[path = "policy/masking.rs"]
mod masking;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
};

use floorwalker::{
    domain::{
        agent::{Agent, AgentLanguage, AgentSkill, Presence, RoutingStatus},
        id::{AgentId, SkillId},
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    policy::{
        distribution::{Pending, distribute},
        guard::{Facts, Limits, evaluate, guards, stopping},
        lack::lack,
        payload::{
            check_attributes, check_conversation, check_history, check_target, fit_summary,
            parse_history,
        },
        qualification::{Need, Qualification, Rules, qualify},
        rank::{Circumstances, Rank, Weights, order, rank},
        skills::resolve_skills,
        trigger::{Reading, evaluate_trigger, share},
    },
};
use jiff::Timestamp;
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

/// Few names in several spellings, so that they meet, and any text at all.
fn word() -> impl Strategy<Value = String> {
    let known = ["billing", "Billing", "refunds", "ärger", "ÄRGER", "en-US", "English", "1", "2"];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(String::from), 1 => any::<String>()]
}

fn plain() -> impl Strategy<Value = Plain> {
    word().prop_map(Plain::from)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    let ends = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    prop_oneof![0..5_i64, ends.0..=ends.1].prop_map(|s| Timestamp::from_second(s).unwrap())
}

/// Small numbers, which meet, and the largest.
fn count() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 0..4_u32, 1 => any::<u32>()]
}

fn requirement() -> impl Strategy<Value = Requirement> {
    (option::of("[123]"), plain())
        .prop_map(|(id, name)| Requirement { id: id.map(|id| id.as_str().into()), name })
}

fn skill() -> impl Strategy<Value = AgentSkill> {
    let any_rating = proptest::num::f32::ANY;
    let rating = option::of(
        prop_oneof![3 => (0..=50_i16).prop_map(|n| f32::from(n) / 10.0), 1 => any_rating],
    );
    ("[123]", plain(), rating).prop_map(|(id, name, proficiency)| AgentSkill {
        id: id.as_str().into(),
        name,
        proficiency,
    })
}

fn routing() -> impl Strategy<Value = RoutingStatus> {
    prop_oneof![
        4 => Just(RoutingStatus::Idle),
        2 => Just(RoutingStatus::Interacting),
        1 => any::<String>().prop_map(|text| RoutingStatus::parse(&text)),
        1 => Just(RoutingStatus::OffQueue),
    ]
}

fn agent() -> impl Strategy<Value = Agent> {
    let presence = option::of(any::<String>().prop_map(|text| Presence::parse(&text)));
    let person =
        ("[a-f]", option::of(plain()), presence, option::of(routing()), option::of(moment()));
    let language = ("[12]", plain()).prop_map(|(id, name)| AgentLanguage {
        id: id.as_str().into(),
        name,
        proficiency: None,
    });
    let able = (option::of(vec(skill(), 0..4)), option::of(vec(language, 0..3)));
    let room = (option::of(count()), option::of(count()), any::<bool>(), option::of(moment()));
    (person, able, room).prop_map(|(person, (skills, languages), room)| Agent {
        id: person.0.as_str().into(),
        name: person.1,
        presence: person.2,
        routing: person.3,
        since: person.4,
        skills,
        languages,
        sessions: room.0,
        capacity: room.1,
        capacity_inherited: room.2,
        profile_read: room.3,
        capacity_read: room.3,
        queues: Vec::new(),
    })
}

fn language() -> impl Strategy<Value = Option<Language>> {
    option::of(plain().prop_map(|name| Language { id: None, name }))
}

fn session() -> impl Strategy<Value = Session> {
    let who = option::of("[a-f]".prop_map(|id| AgentId::from(id.as_str())));
    let asks = (vec(requirement(), 0..3), language());
    ("[a-z]", asks, who.clone(), who).prop_map(|(id, (skills, language), agent, last_agent)| {
        let bare = Session::bare(id.as_str().into(), SessionState::Waiting);
        Session { skills, language, agent, last_agent, ..bare }
    })
}

fn weights() -> impl Strategy<Value = Weights> {
    let weight = || prop_oneof![3 => 0.0..1.0, 1 => proptest::num::f64::ANY];
    (weight(), weight(), weight(), weight(), weight()).prop_map(
        |(proficiency, capacity, idle, affinity, fairness)| Weights {
            proficiency,
            capacity,
            idle,
            affinity,
            fairness,
        },
    )
}

fn handed() -> impl Strategy<Value = HashMap<AgentId, u32>> {
    let id = "[a-f]".prop_map(|id| AgentId::from(id.as_str()));
    proptest::collection::hash_map(id, count(), 0..4)
}

fn rules() -> impl Strategy<Value = Rules> {
    let any = (any::<i32>(), any::<i32>(), any::<i32>());
    let any = any.prop_map(|(skill_penalty, language_penalty, minimum)| Rules {
        skill_penalty,
        language_penalty,
        minimum,
    });
    prop_oneof![3 => Just(Rules::default()), 1 => any]
}

/// Any JSON, three levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::num::f64::ANY.prop_map(|f| json!(f)),
        proptest::num::f64::ANY.prop_map(|f| json!(f.to_string())),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An agent with what an order looks at.
type Candidate = (Agent, Qualification, Rank);

fn candidates(
    agents: Vec<Agent>,
    session: &Session,
    handed: &HashMap<AgentId, u32>,
) -> Vec<Candidate> {
    let need = Need::from(session);
    let last_agent = session.last_agent.as_ref();
    let c = Circumstances {
        now: Timestamp::UNIX_EPOCH,
        last_agent,
        last_agent_read: None,
        handed,
        data_from: None,
    };
    let measured = |agent: Agent| {
        let qualification = qualify(&agent, need, Rules::default());
        let rank = rank(&agent, need, &c, &Weights::default());
        (agent, qualification, rank)
    };
    agents.into_iter().map(measured).collect()
}

fn compare(a: &Candidate, b: &Candidate) -> Ordering {
    order((&a.0, &a.1, &a.2), (&b.0, &b.1, &b.2))
}

/// Agents as the plan counts them: the first of an id, with the most it may be given.
fn limits_of(agents: &[Agent]) -> HashMap<&AgentId, u32> {
    let mut limits = HashMap::new();
    for agent in agents {
        let unknown = || agent.capacity.unwrap_or(1).min(1);
        limits.entry(&agent.id).or_insert_with(|| agent.free().unwrap_or_else(unknown));
    }
    limits
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_score_never_depends_on_the_order_of_skills(
        agent in agent(),
        asked in vec(requirement(), 0..5).prop_flat_map(|asked| (Just(asked.clone()), Just(asked).prop_shuffle())),
        turned in any::<bool>(),
        handed in handed(),
    ) {
        let mut other = agent.clone();
        if turned && let Some(skills) = &mut other.skills {
            skills.reverse();
        }
        let (one, two) = (Need { skills: &asked.0, language: None }, Need { skills: &asked.1, language: None });
        let (a, b) = (qualify(&agent, one, Rules::default()), qualify(&other, two, Rules::default()));
        prop_assert_eq!(a.raw, b.raw);
        prop_assert_eq!(a.verdict.passes(), b.verdict.passes());
        let c = Circumstances { now: Timestamp::UNIX_EPOCH, last_agent: None, last_agent_read: None, handed: &handed, data_from: None };
        let score = |agent, need| rank(agent, need, &c, &Weights::default()).score.map(f64::to_bits);
        prop_assert_eq!(score(&agent, one), score(&other, two));
    }

    #[test]
    fn a_skill_asked_for_again_changes_nothing(agent in agent(), mut asked in vec(requirement(), 1..4)) {
        let once = qualify(&agent, Need { skills: &asked, language: None }, Rules::default()).raw;
        asked.push(asked[0].clone());
        let again = qualify(&agent, Need { skills: &asked, language: None }, Rules::default()).raw;
        prop_assert_eq!(once, again);
    }

    #[test]
    fn a_rank_is_a_number_from_0_to_100(
        agent in agent(), session in session(), handed in handed(), weights in weights(),
        rules in rules(), now in moment(),
    ) {
        let need = Need::from(&session);
        let last_agent = session.last_agent.as_ref();
        let c = Circumstances { now, last_agent, last_agent_read: None, handed: &handed, data_from: Some(now) };
        let rank = rank(&agent, need, &c, &weights);
        prop_assert!(rank.score.is_none_or(|score| (0.0..=100.0).contains(&score)), "{rank:?}");
        for term in &rank.terms {
            prop_assert!(term.value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{term:?}");
            prop_assert!(!term.says.is_empty());
        }
        let measured = qualify(&agent, need, rules);
        let missing = lack(&agent, need, &measured, now, rules);
        prop_assert_eq!(missing.is_none(), measured.verdict.passes());
        let told = missing.is_none_or(|m| !m.short.starts_with(' ') && !m.remedy.is_empty());
        prop_assert!(told, "{agent:?}");
    }

    #[test]
    fn the_order_is_total(agents in vec(agent(), 3), session in session(), handed in handed()) {
        let all = candidates(agents, &session, &handed);
        for a in &all {
            prop_assert_eq!(compare(a, a), Ordering::Equal);
            for b in &all {
                prop_assert_eq!(compare(a, b), compare(b, a).reverse());
                for c in &all {
                    if compare(a, b).is_le() && compare(b, c).is_le() {
                        prop_assert!(compare(a, c).is_le());
                    }
                }
            }
        }
    }

    #[test]
    fn those_who_pass_come_first(agents in vec(agent(), 0..12), session in session(), handed in handed()) {
        let mut all = candidates(agents, &session, &handed);
        all.sort_by(compare);
        prop_assert!(all.is_sorted_by_key(|(_, measured, _)| !measured.verdict.passes()));
    }

    #[test]
    fn a_distribution_stays_within_every_capacity_and_places_a_session_once(
        agents in vec(agent(), 0..8), sessions in vec(session(), 0..16), handed in handed(),
        weights in weights(), rules in rules(), now in moment(),
    ) {
        let pending: Vec<Pending<'_>> = sessions.iter().map(Pending::from).collect();
        let c = Circumstances { now, last_agent: None, last_agent_read: None, handed: &handed, data_from: None };
        let plan = distribute(&pending, &agents, &c, &weights, rules);
        prop_assert_eq!(plan.len(), sessions.len());
        let mut placed = HashSet::new();
        let mut given: HashMap<&AgentId, u32> = HashMap::new();
        for (one, session) in plan.iter().zip(&sessions) {
            prop_assert_eq!(&one.session, &session.id);
            prop_assert_eq!(one.agent.is_none(), one.why_not.is_some());
            let Some(id) = &one.agent else { continue };
            prop_assert!(placed.insert(&one.session), "placed twice");
            prop_assert_ne!(session.agent.as_ref(), Some(id), "given to who has it");
            let agent = agents.iter().find(|agent| agent.id == *id).unwrap();
            prop_assert!(qualify(agent, Need::from(session), rules).verdict.passes());
            *given.entry(id).or_default() += 1;
        }
        let limits = limits_of(&agents);
        for (id, count) in given {
            prop_assert!(count <= limits[id], "{id} is given {count}");
        }
        prop_assert_eq!(plan, distribute(&pending, &agents, &c, &weights, rules));
    }

    #[test]
    fn a_trigger_continues_only_what_meets_its_threshold(
        intent in option::of(any::<String>()), value in json(),
        number in proptest::num::f64::ANY, threshold in proptest::num::f64::ANY,
    ) {
        for reading in [share(&value), Reading::Known(number), Reading::Missing] {
            let decision = evaluate_trigger(intent.as_deref(), &reading, threshold);
            let meets = match reading {
                Reading::Known(n) => (0.0..=1.0).contains(&n) && n >= threshold,
                Reading::Missing => 0.0 >= threshold,
                Reading::Invalid(_) => false,
            };
            prop_assert_eq!(decision.handoff, !meets);
        }
    }

    #[test]
    fn an_evaluation_fails_only_by_what_is_known(
        depth in option::of(any::<u32>()), confidence in option::of(proptest::num::f64::ANY),
        sentiment in option::of(proptest::num::f64::ANY), triggered in any::<bool>(),
    ) {
        let limits = Limits::default();
        let told = evaluate(depth, confidence, sentiment, &limits);
        let keys: Vec<String> =
            serde_json::to_value(&told).unwrap().as_object().unwrap().keys().cloned().collect();
        prop_assert_eq!(keys.len(), 7);
        let all = guards(Facts { depth, confidence, sentiment }, false, &limits);
        prop_assert_eq!(stopping(&all).next().is_none(), told.evaluation_passed);
        let lenient = guards(Facts { depth, confidence, sentiment }, triggered, &limits);
        prop_assert!(stopping(&lenient).count() <= stopping(&all).count());
    }

    #[test]
    fn a_payload_is_accepted_only_within_its_limits(
        text in any::<String>(), size in any::<i64>(), kind in any::<String>(), max in 0..64_usize,
        attributes in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..4),
    ) {
        prop_assert_eq!(check_history(size).is_ok(), (1..=500).contains(&size));
        prop_assert!(parse_history(&text).is_ok_and(|n| (1..=500).contains(&n)) || parse_history(&text).is_err());
        prop_assert!(check_conversation(&text).is_err());
        for kind in [kind.as_str(), "user", "queue"] {
            prop_assert!(check_target(kind, &text).is_err() || !text.trim().is_empty());
        }
        let fine = |(key, value): (&String, &String)| {
            (1..=64).contains(&key.chars().count()) && value.chars().count() <= 256
        };
        let attributes: BTreeMap<String, String> = attributes;
        prop_assert_eq!(check_attributes(&attributes).is_ok(), attributes.iter().all(fine));
        let fitted = fit_summary(&text, max);
        prop_assert!(serde_json::to_string(&fitted.sent).unwrap().len() - 2 <= max);
        prop_assert!(fitted.cut || fitted.sent == text || text.trim().is_empty());
    }

    #[test]
    fn a_word_is_a_skill_an_ambiguity_or_nothing(names in vec(word(), 0..4), directory in vec(("[123]", plain()), 0..5)) {
        let directory: Vec<(SkillId, Plain)> =
            directory.into_iter().map(|(id, name)| (id.as_str().into(), name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let of = directory.iter().map(|(id, name)| (id, name));
        if let Ok(found) = resolve_skills(&names, of) {
            prop_assert!(found.len() <= names.len());
            for one in found {
                let id = one.id.unwrap();
                prop_assert!(directory.contains(&(id, one.name)));
            }
        }
    }
}
