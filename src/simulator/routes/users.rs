//! Users: listed, searched, one by one, with skills, languages, status and capacity.

use serde_json::{Value, json};

use super::people_wire::{self, Expand};
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::paging::Page;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::agents::Agent;

/// The API takes so many ids in one call.
const MOST_IDS: usize = 100;

pub(super) fn list(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let page = Page::read(call, 500)?;
    let ids = call.query.list("id");
    if ids.len() > MOST_IDS {
        return Err(Failure::new(
            400,
            "max.user.ids",
            format!("A maximum of {MOST_IDS} user ids can be requested"),
        ));
    }
    let active = call.query.one("state").is_none_or(|state| state == "active" || state == "any");
    let wanted = |agent: &&Agent| active && (ids.is_empty() || ids.contains(&agent.id.as_str()));
    let mut found: Vec<&Agent> = world.agents.iter().filter(wanted).collect();
    found.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    if call.query.one("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("descending")) {
        found.reverse();
    }
    let expand = Expand::read(call);
    let entities =
        page.of(&found).iter().map(|agent| people_wire::user(agent, world, expand)).collect();
    Answer::ok(&page.listing(call, entities, found.len()))
}

fn agent<'a>(call: &Call, world: &'a World) -> Result<&'a Agent, Failure> {
    let index = world.agent(call.parameter(0)).ok_or_else(|| Failure::not_found("user"))?;
    Ok(&world.agents[index])
}

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&people_wire::user(agent(call, world)?, world, Expand::read(call)))
}

/// Who has signed in: a supervisor, who is on no queue.
pub(super) fn me(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    if call.person.is_none() {
        return Err(Failure::bad_request(
            "This request requires a user context. Client credentials cannot be used for requests to this \
             resource.",
        ));
    }
    let me = world.signed_in(call.person).ok_or_else(|| Failure::not_found("user"))?;
    Answer::ok(&people_wire::user(&world.agents[me], world, Expand::read(call)))
}

pub(super) fn skills(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    page_of(call, people_wire::skills(agent(call, world)?, world))
}

pub(super) fn languages(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    page_of(call, people_wire::languages(agent(call, world)?, world))
}

fn page_of(call: &Call, rows: Vec<Value>) -> Result<Answer, Failure> {
    let page = Page::read(call, 500)?;
    Answer::ok(&page.listing(call, page.of(&rows).to_vec(), rows.len()))
}

/// Somebody unknown has never logged in: off queue, not an error.
pub(super) fn status(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    match agent(call, world) {
        Ok(agent) => Answer::ok(&people_wire::routing_status(agent)),
        Err(_) => Answer::ok(
            &json!({"userId": call.parameter(0), "status": "OFF_QUEUE", "startTime": Stamp(world.now)}),
        ),
    }
}

pub(super) fn utilization(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let agent = agent(call, world)?;
    let medium = |capacity: usize| json!({"maximumCapacity": capacity, "interruptableMediaTypes": [], "includeNonAcd": false});
    Answer::ok(&json!({
        "utilization": {
            "call": medium(1), "callback": medium(1), "chat": medium(4), "email": medium(1), "message": medium(agent.capacity),
        },
        "labelUtilizations": {}, "maxInboundCalls": 1,
        "level": if agent.inherits_capacity { "Organization" } else { "Agent" },
    }))
}

pub(super) fn search(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let number = |key: &str, default: u64| body.get(key).and_then(Value::as_u64).unwrap_or(default);
    let (size, page_number) = (number("pageSize", 25), number("pageNumber", 1));
    if !(1..=500).contains(&size) || page_number == 0 {
        return Err(Failure::bad_request(
            "pageSize must be from 1 to 500 and pageNumber at least 1",
        ));
    }
    let page = Page {
        size: usize::try_from(size).unwrap_or(25),
        number: usize::try_from(page_number).unwrap_or(1),
    };
    let criteria: Vec<&Value> =
        body.get("query").and_then(Value::as_array).into_iter().flatten().collect();
    let mut found: Vec<&Agent> =
        world.agents.iter().filter(|agent| criteria.iter().all(|one| meets(agent, one))).collect();
    found.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    if body.get("sortOrder").and_then(Value::as_str) == Some("DESC") {
        found.reverse();
    }
    let expand: Vec<&str> = body
        .get("expand")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let expand = Expand::of(&expand);
    let results: Vec<Value> =
        page.of(&found).iter().map(|agent| people_wire::user(agent, world, expand)).collect();
    Answer::ok(&json!({
        "total": found.len(), "pageCount": found.len().div_ceil(page.size), "pageSize": page.size, "pageNumber": page.number,
        "types": ["users"], "results": results,
    }))
}

/// Whether an agent meets one criterion; fields that are not searched here never match.
fn meets(agent: &Agent, criterion: &Value) -> bool {
    let text = |key: &str| criterion.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(group) =
        criterion.get("group").and_then(Value::as_array).filter(|group| !group.is_empty())
    {
        return group.iter().any(|inner| meets(agent, inner));
    }
    let fields: Vec<&str> = criterion
        .get("fields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut wanted: Vec<String> = vec![text("value").to_lowercase()];
    wanted.extend(
        criterion
            .get("values")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_lowercase),
    );
    wanted.retain(|value| !value.is_empty());
    let of = |field: &&str| match *field {
        "name" => agent.name.to_lowercase(),
        "id" => agent.id.clone(),
        "email" | "username" => agent.email.clone(),
        "department" => agent.department.to_lowercase(),
        "title" => agent.title.to_lowercase(),
        "state" => "active".to_owned(),
        _ => String::new(),
    };
    let fits = |have: &str, want: &str| match text("type") {
        "EXACT" | "TERM" | "TERMS" => have == want,
        "STARTS_WITH" => {
            have.split_whitespace().any(|word| word.starts_with(want)) || have.starts_with(want)
        }
        _ => have.contains(want),
    };
    let hit = text("type") == "MATCH_ALL"
        || fields.iter().map(of).any(|have| wanted.iter().any(|want| fits(&have, want)));
    hit != (text("operator") == "NOT")
}
