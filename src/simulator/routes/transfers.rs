//! Handoffs over the API: replace a participant, assign a waiting session, change what routing looks for.
//! All of them answer 202: accepted, not done. The course of a move is the world's.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::conversations::key;
use super::org;
use crate::simulator::call::{Answer, Call, Failure, tidy};
use crate::simulator::world::World;
use crate::simulator::world::reroutes::Change;
use crate::simulator::world::transfers::{Refusal, Target};

type Body = Map<String, Value>;

pub(super) fn to_agent(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let target = agent(&body, world)?.ok_or_else(destination_required)?;
    replace(call, world, target, "replace/agent")
}

pub(super) fn to_queue(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let target = queue(&body, world)?.ok_or_else(destination_required)?;
    replace(call, world, target, "replace/queue")
}

/// The older operation, whose body names an agent or a queue.
pub(super) fn either(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let target = match queue(&body, world)? {
        Some(queue) => Some(queue),
        None => agent(&body, world)?,
    };
    replace(call, world, target.ok_or_else(destination_required)?, "replace")
}

fn destination_required() -> Failure {
    Failure::new(
        400,
        "conversations.error.transfer.destination.required",
        "A transfer destination is required",
    )
}

fn text<'a>(body: &'a Body, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn agent(body: &Body, world: &World) -> Result<Option<Target>, Failure> {
    let by_name = |name: &str, of: &dyn Fn(&crate::simulator::world::agents::Agent) -> bool| {
        let found = world.agents.iter().position(of);
        found.ok_or_else(|| {
            Failure::new(400, "postino.error.bad.request", format!("No user is called '{name}'"))
        })
    };
    let found = if let Some(id) = text(body, "userId") {
        world.agent(id).ok_or_else(|| {
            Failure::new(400, "postino.error.bad.request", "The user was not found")
                .param("userId", id)
        })?
    } else if let Some(name) = text(body, "userName") {
        by_name(name, &|agent| agent.email == name)?
    } else if let Some(name) = text(body, "userDisplayName") {
        by_name(name, &|agent| agent.name == name)?
    } else {
        return Ok(None);
    };
    Ok(Some(Target::Agent(found)))
}

fn queue(body: &Body, world: &World) -> Result<Option<Target>, Failure> {
    let missing =
        || Failure::new(400, "conversations.error.queue.not.found", "The queue was not found");
    let found = if let Some(id) = text(body, "queueId") {
        world.queue(id).ok_or_else(missing)?
    } else if let Some(name) = text(body, "queueName") {
        world.queues.iter().position(|queue| queue.name == name).ok_or_else(missing)?
    } else {
        return Ok(None);
    };
    Ok(Some(Target::Queue(found)))
}

fn replace(
    call: &Call,
    world: &mut World,
    target: Target,
    operation: &'static str,
) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    world.replace(key, call.parameter(1), target, operation).map_err(refusal)?;
    Ok(Answer::accepted())
}

pub(super) fn assign(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    let id = text(&body, "id").ok_or_else(|| Failure::bad_request("'id' is required"))?;
    let agent = world.agent(id).ok_or_else(|| {
        Failure::new(400, "postino.error.bad.request", "The user was not found").param("id", id)
    })?;
    world.assign(key, agent).map_err(refusal)?;
    Answer::with(StatusCode::ACCEPTED, &"Accepted")
}

fn refusal(refusal: Refusal) -> Failure {
    let (status, code, message) = match refusal {
        Refusal::NoSuchConversation => {
            (404, "conversation.error.conversation.not.found", "The conversation was not found")
        }
        Refusal::NoSuchParticipant => {
            (404, "conversation.error.participant.not.found", "The participant was not found")
        }
        Refusal::AlreadyMoving => {
            (409, "conversation.error.conflict", "The conversation is already being transferred")
        }
        Refusal::NotConnected => (
            400,
            "conversations.error.transfer.not.connected",
            "Only a connected participant can be transferred",
        ),
        Refusal::NotServing => (
            403,
            "conversation.error.forbidden.not.active.participant",
            "This participant cannot be replaced",
        ),
        Refusal::SameParty => (
            400,
            "conversations.error.transfer.same.party",
            "The conversation is already with this party",
        ),
        Refusal::NotWaiting => (400, "bad.request", "The conversation is not waiting in a queue"),
        Refusal::NoManualAssignment => {
            (403, "not.authorized", "The queue does not allow manual assignment")
        }
    };
    Failure::new(status, code, message)
}

/// Changes priority, skills or language of a session that waits in a queue.
pub(super) fn reroute(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let key = key(call, world)?;
    let body = call.object()?;
    let change = change(&body, world)?;
    let session = world.reroute(key, change).map_err(refusal)?;
    let (priority, language) = (session.priority, session.language);
    let skills = session.skills.clone();
    let skills: Vec<Value> =
        skills.iter().map(|skill| org::skill(&world.skills[*skill], world)).collect();
    Answer::ok(&tidy(json!({
        "priority": priority, "skills": skills, "language": org::language(&world.languages[language], world), "scoredAgents": [],
    })))
}

/// What a reroute asks for, all of it known to exist.
fn change(body: &Body, world: &World) -> Result<Change, Failure> {
    let given = |field: &str| body.get(field).filter(|value| !value.is_null());
    let priority = given("priority").map(|value| {
        value.as_i64().ok_or_else(|| Failure::bad_request("'priority' must be a whole number"))
    });
    let priority = priority.transpose()?;
    if priority.is_some_and(|priority| !(-25_000_000..=25_000_000).contains(&priority)) {
        return Err(Failure::new(
            400,
            "invalid.value",
            "'priority' must be from -25000000 to 25000000",
        ));
    }
    let skill = |value: &Value| {
        let found = world.skills.iter().position(|skill| Some(skill.id.as_str()) == value.as_str());
        found.ok_or_else(|| Failure::bad_request(format!("The skill {value} was not found")))
    };
    let skills = given("skillIds")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().map(skill).collect())
        .transpose()?;
    let language = match text(body, "languageId") {
        None => None,
        Some(id) => Some(
            world
                .languages
                .iter()
                .position(|language| language.id == id)
                .ok_or_else(|| Failure::bad_request("The language was not found"))?,
        ),
    };
    Ok(Change { priority, skills, language })
}
