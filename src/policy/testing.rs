//! What the tests of the rules are made of.

use jiff::{Timestamp, ToSpan};

use crate::domain::{
    agent::{Agent, AgentLanguage, AgentSkill, Presence, RoutingStatus},
    id::LanguageId,
};

/// So many seconds into the tests' day.
pub fn at(second: i64) -> Timestamp {
    "2026-11-21T10:00:00Z".parse::<Timestamp>().expect("a time") + second.seconds()
}

/// A skill whose id is its name.
pub fn skill(name: &str, proficiency: f32) -> AgentSkill {
    AgentSkill { id: name.into(), name: name.into(), proficiency: Some(proficiency) }
}

/// An idle agent who speaks English, knows billing and holds none of three sessions.
pub fn agent(id: &str) -> Agent {
    Agent {
        id: id.into(),
        name: Some(id.into()),
        presence: Some(Presence::OnQueue),
        routing: Some(RoutingStatus::Idle),
        since: Some(at(0)),
        skills: Some(vec![skill("billing", 4.0)]),
        languages: Some(vec![AgentLanguage {
            id: LanguageId::from("l1"),
            name: "English".into(),
            proficiency: None,
        }]),
        sessions: Some(0),
        capacity: Some(3),
        capacity_inherited: false,
        profile_read: None,
        capacity_read: None,
        queues: Vec::new(),
    }
}
