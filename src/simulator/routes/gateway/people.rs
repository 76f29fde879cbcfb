//! Agents: whether they are available and for which skills, and the languages they speak.

use serde_json::{Value, json};

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::routes::users as published;
use crate::simulator::world::World;
use crate::simulator::world::agents::{Agent, Presence, RoutingStatus};

fn agent<'a>(call: &Call, world: &'a World) -> Result<&'a Agent, Failure> {
    let index = world.agent(call.parameter(0)).ok_or_else(|| {
        Failure::new(404, "user.not.found", "The requested user was not found")
            .param("userId", call.parameter(0))
    })?;
    Ok(&world.agents[index])
}

pub(super) fn availability(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let agent = agent(call, world)?;
    // Nobody can be had for anything while they are off queue.
    let there = agent.presence == Presence::OnQueue;
    let row = |(skill, level): &(usize, f64)| {
        let skill = &world.skills[*skill];
        let state = if there && *level > 0.0 { "Available" } else { "Unavailable" };
        json!({"skill": {"id": skill.id, "name": skill.name}, "state": state})
    };
    let skills: Vec<Value> = agent.skills.iter().map(row).collect();
    Answer::ok(&json!({"state": state(agent), "skillAvailability": skills}))
}

/// What an agent does, in the gateway's words: available is only who would get the next session. Someone
/// who let an alert pass is not at their desk.
pub(super) fn state(agent: &Agent) -> &'static str {
    match (agent.presence, agent.status) {
        (Presence::OnQueue, RoutingStatus::NotResponding) => "Away",
        (Presence::OnQueue, _) if agent.is_free() => "Available",
        (Presence::OnQueue, _) => "Busy",
        // Available for colleagues, but not on queue.
        (Presence::Available, _) => "Away",
        (other, _) => other.user(),
    }
}

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let agent = agent(call, world)?;
    let languages: Vec<&str> =
        agent.languages.iter().map(|(known, _)| tag(&world.languages[*known].name)).collect();
    Answer::ok(&json!({"id": agent.id, "name": agent.name, "languages": languages}))
}

/// Who asks for `expand` speaks the published dialect.
pub(super) fn one_of_both(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    match call.query.list("expand").is_empty() {
        true => one(call, world),
        false => published::one(call, world),
    }
}

/// Languages by the names that the floor knows them by.
const TAGS: [(&str, &str); 12] = [
    ("English", "en-US"),
    ("Spanish", "es-ES"),
    ("French", "fr-FR"),
    ("German", "de-DE"),
    ("Portuguese", "pt-BR"),
    ("Polish", "pl-PL"),
    ("Japanese", "ja-JP"),
    ("Chinese", "zh-CN"),
    ("Korean", "ko-KR"),
    ("Arabic", "ar-EG"),
    ("Hindi", "hi-IN"),
    ("Vietnamese", "vi-VN"),
];

/// The tag of a language; `und` for one without.
pub(super) fn tag(name: &str) -> &'static str {
    TAGS.iter().find(|(known, _)| *known == name).map_or("und", |(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::cast::Cast;

    #[test]
    fn every_language_of_the_floor_has_a_tag() {
        for language in Cast::load().unwrap().floor.languages {
            assert_ne!(tag(&language), "und", "{language}");
        }
    }
}
