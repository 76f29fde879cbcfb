//! What the bodies of the gateway's transfers must look like, and in which words they are refused. Nothing
//! is moved here.

use serde_json::{Map, Value};

use crate::simulator::call::Failure;
use crate::simulator::world::World;
use crate::simulator::world::transfers::Target;

pub(super) type Fields = Map<String, Value>;

/// The gateway passes on so many messages at most.
const HISTORY_MOST: i64 = 500;
const ATTRIBUTES_MOST: usize = 50;
const ATTRIBUTE_LENGTH_MOST: usize = 256;

/// A text field that is not empty.
pub(super) fn text<'a>(body: &'a Fields, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn object<'a>(body: &'a Fields, field: &str) -> Option<&'a Fields> {
    body.get(field).and_then(Value::as_object)
}

fn required(field: &str) -> Failure {
    Failure::bad_request(format!("'{field}' is required"))
}

/// A handoff with history and summary.
pub(super) struct Handoff {
    pub(super) to: Value,
    pub(super) target: Target,
    pub(super) history_size: i64,
    pub(super) summary: Value,
    pub(super) reason: Value,
}

impl Handoff {
    pub(super) fn read(body: &Fields, world: &World) -> Result<Self, Failure> {
        let to = object(body, "transferTo").ok_or_else(|| required("transferTo"))?;
        let given = |field: &str, fits: fn(&Value) -> bool| {
            body.get(field).filter(|value| fits(value)).cloned().ok_or_else(|| required(field))
        };
        given("includeHistory", Value::is_boolean)?;
        Ok(Self {
            target: target(to, world)?,
            history_size: history_size(body)?,
            to: Value::Object(to.clone()),
            summary: given("summary", Value::is_string)?,
            reason: given("reason", Value::is_string)?,
        })
    }
}

fn history_size(body: &Fields) -> Result<i64, Failure> {
    let given = body.get("historySize").ok_or_else(|| required("historySize"))?;
    let size = given.as_i64().filter(|size| (1..=HISTORY_MOST).contains(size));
    size.ok_or_else(|| {
        let message = format!(
            "History size {given} exceeds gateway limits. Must be between 1 and {HISTORY_MOST}."
        );
        Failure::new(400, "history.size.exceeded", message)
    })
}

/// An id must be of the type it is given as.
fn target(to: &Fields, world: &World) -> Result<Target, Failure> {
    let id = text(to, "id").ok_or_else(|| required("transferTo.id"))?;
    let found = match text(to, "type") {
        Some("user") => world.agent(id).map(Target::Agent),
        Some("queue") => world.queue(id).map(Target::Queue),
        _ => return Err(Failure::bad_request("'transferTo.type' must be 'user' or 'queue'")),
    };
    found.ok_or_else(|| {
        let kind = text(to, "type").unwrap_or_default();
        let message = format!("Transfer target type mismatch: '{id}' is not the id of a {kind}");
        Failure::new(400, "transfer.target.mismatch", message)
    })
}

/// A handoff with the guest and the bot's attributes.
pub(super) struct Action {
    pub(super) queue: String,
    pub(super) guest: Value,
    pub(super) guest_id: String,
    pub(super) attributes: Value,
}

impl Action {
    pub(super) fn read(body: &Fields) -> Result<Self, Failure> {
        if text(body, "type") != Some("webchat") {
            return Err(Failure::bad_request("'type' must be 'webchat'"));
        }
        let guest = object(body, "guestInfo").ok_or_else(|| required("guestInfo"))?;
        let guest_id = text(guest, "id").ok_or_else(|| required("guestInfo.id"))?;
        Ok(Self {
            queue: text(body, "queueId").ok_or_else(|| required("queueId"))?.to_owned(),
            guest_id: guest_id.to_owned(),
            guest: Value::Object(guest.clone()),
            attributes: attributes(body)?,
        })
    }
}

fn attributes(body: &Fields) -> Result<Value, Failure> {
    let wrong = |message: String| Failure::new(400, "custom.attributes.invalid", message);
    let given = match body.get("customAttributes") {
        None => Fields::new(),
        Some(Value::Object(given)) => given.clone(),
        Some(_) => return Err(wrong("'customAttributes' must be an object".to_owned())),
    };
    if given.len() > ATTRIBUTES_MOST {
        return Err(wrong(format!("At most {ATTRIBUTES_MOST} custom attributes are allowed")));
    }
    for (name, value) in &given {
        let value = value
            .as_str()
            .ok_or_else(|| wrong(format!("The custom attribute '{name}' must be a string")))?;
        if value.chars().count() > ATTRIBUTE_LENGTH_MOST {
            return Err(wrong(format!(
                "The custom attribute '{name}' is longer than {ATTRIBUTE_LENGTH_MOST} characters"
            )));
        }
    }
    Ok(Value::Object(given))
}

/// A queue, and the skills to look for with their priorities.
pub(super) struct RoutingMetadata {
    pub(super) queue: usize,
    pub(super) skills: Vec<(usize, Option<i64>)>,
}

impl RoutingMetadata {
    pub(super) fn read(body: &Fields, world: &World) -> Result<Self, Failure> {
        let wanted = object(body, "routingMetadata");
        let id =
            wanted.and_then(|wanted| object(wanted, "queue")).and_then(|queue| text(queue, "id"));
        let id = id.ok_or_else(|| {
            Failure::bad_request("Missing required queue ID for routing metadata update")
        })?;
        let queue = world.queue(id).ok_or_else(|| {
            Failure::bad_request(format!("The queue '{id}' was not found")).param("queueId", id)
        })?;
        let skills = match wanted.and_then(|wanted| wanted.get("skills")) {
            None => Vec::new(),
            Some(Value::Array(rows)) => {
                rows.iter().map(|row| skill(row, world)).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(Failure::bad_request("'skills' must be an array")),
        };
        Ok(Self { queue, skills })
    }

    /// The priority of the whole: that of its most urgent skill.
    pub(super) fn priority(&self) -> i64 {
        self.skills.iter().filter_map(|(_, priority)| *priority).max().unwrap_or(0)
    }
}

fn skill(row: &Value, world: &World) -> Result<(usize, Option<i64>), Failure> {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    let found = world.skills.iter().position(|skill| skill.id == id);
    let skill =
        found.ok_or_else(|| Failure::bad_request(format!("The skill '{id}' was not found")))?;
    let whole = |value: &Value| {
        value.as_i64().ok_or_else(|| Failure::bad_request("'priority' must be a whole number"))
    };
    Ok((skill, row.get("priority").map(whole).transpose()?))
}

/// The queue of a transfer by participant. Fields are taken in either spelling.
pub(super) fn participant_transfer(body: &Value, world: &World) -> Result<usize, Failure> {
    let given = |one: &str, other: &str| {
        body.get(one).or_else(|| body.get(other)).and_then(Value::as_str).unwrap_or_default()
    };
    let queue = (given("transfer_type", "transferType") == "queue")
        .then(|| world.queue(given("queue_id", "queueId")))
        .flatten();
    // A queue that is switched off is refused as one that does not exist.
    queue.filter(|queue| !world.queues[*queue].paused).ok_or_else(|| {
        Failure::new(
            400,
            "transfer.payload.invalid",
            "Transfer payload format verification failed. Check queue_id and transfer_type.",
        )
    })
}
