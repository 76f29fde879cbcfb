//! Agents: whether they are available and for which skills, and the languages they speak.

use serde_json::{Value, json};

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::cast::tag;
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
