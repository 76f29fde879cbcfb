//! Queues and their members.

use serde_json::{Value, json};

use super::org;
use super::people_wire::{self, Expand};
use crate::simulator::call::{Answer, Call, Failure, tidy};
use crate::simulator::paging::Page;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::agents::Agent;
use crate::simulator::world::queues::Queue;
use crate::simulator::world::sessions::Stage;

pub(super) fn list(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let page = Page::read(call, 500)?;
    let ids = call.query.list("id");
    let divisions = call.query.list("divisionId");
    // No queue here has a peer.
    let peers = call.query.flag("hasPeer")? == Some(true) || !call.query.list("peerId").is_empty();
    let name = call.query.one("name").map(Pattern::new);
    let wanted = |queue: &&Queue| {
        !peers
            && (ids.is_empty() || ids.contains(&queue.id.as_str()))
            && (divisions.is_empty() || divisions.contains(&world.division.id.as_str()))
            && name.as_ref().is_none_or(|pattern| pattern.fits(&queue.name))
    };
    let mut found: Vec<&Queue> = world.queues.iter().filter(wanted).collect();
    found.sort_by_key(|queue| queue.name.to_lowercase());
    if call.query.one("sortOrder") == Some("desc") {
        found.reverse();
    }
    let entities = page.of(&found).iter().map(|queue| entity(queue, world)).collect();
    Answer::ok(&page.listing(call, entities, found.len()))
}

/// A name, exact unless it begins or ends with an asterisk.
struct Pattern {
    text: String,
    open_start: bool,
    open_end: bool,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        Self {
            open_start: text.starts_with('*'),
            open_end: text.ends_with('*'),
            text: text.trim_matches('*').to_owned(),
        }
    }

    fn fits(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        match (self.open_start, self.open_end) {
            (false, false) => name == self.text,
            (true, false) => name.ends_with(&self.text),
            (false, true) => name.starts_with(&self.text),
            (true, true) => name.contains(&self.text),
        }
    }
}

pub(super) fn index(call: &Call, world: &World) -> Result<usize, Failure> {
    world
        .queue(call.parameter(0))
        .ok_or_else(|| Failure::new(404, "resource.not.found", "The requested queue was not found"))
}

pub(super) fn one(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let queue = index(call, world)?;
    Answer::ok(&entity(&world.queues[queue], world))
}

pub(super) fn entity(queue: &Queue, world: &World) -> Value {
    let joined = |agent: &&usize| {
        let agent = &world.agents[**agent];
        agent.queues.iter().any(|(member, joined)| *joined && world.queues[*member].id == queue.id)
    };
    let medium = |seconds: u32| {
        json!({
            "enableAutoAnswer": false, "alertingTimeoutSeconds": seconds,
            "serviceLevel": {"percentage": queue.target, "durationMs": queue.target_ms},
        })
    };
    let mut message = medium(queue.alerting_seconds);
    message["enableInactivityTimeout"] = json!(queue.inactivity_seconds.is_some());
    if let Some(seconds) = queue.inactivity_seconds {
        message["inactivityTimeoutSettings"] =
            json!({"timeoutSeconds": seconds, "actionType": "DISCONNECT"});
    }
    json!({
        "id": queue.id, "name": queue.name, "division": org::division(world), "description": "",
        "dateCreated": Stamp(queue.created), "dateModified": Stamp(queue.created), "createdBy": world.division.id,
        "memberCount": queue.members.len(), "userMemberCount": queue.members.len(),
        "joinedMemberCount": queue.members.iter().filter(joined).count(),
        "mediaSettings": {"call": medium(8), "callback": medium(30), "chat": medium(30), "email": medium(300), "message": message},
        "skillEvaluationMethod": "BEST", "scoringMethod": "TimestampAndPriority", "lastAgentRoutingMode": "Disabled",
        "acwSettings": {"wrapupPrompt": "OPTIONAL"}, "routingRules": [],
        "enableManualAssignment": queue.manual_assignment, "enableTranscription": true, "autoAnswerOnly": true,
        "selfUri": format!("/api/v2/routing/queues/{}", queue.id),
    })
}

/// Members come in a truncated listing: no total, no page count.
pub(super) fn members(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    Answer::ok(&Roll::read(call, world)?.page(call, world))
}

/// The members of a queue that a call asks for, in its order.
pub(super) struct Roll<'a> {
    pub(super) queue: usize,
    pub(super) page: Page,
    pub(super) found: Vec<(&'a Agent, bool)>,
}

impl<'a> Roll<'a> {
    pub(super) fn read(call: &Call, world: &'a World) -> Result<Self, Failure> {
        let queue = index(call, world)?;
        let page = Page::read(call, 100)?;
        Ok(Self { queue, page, found: found(call, world, queue)? })
    }

    pub(super) fn page(&self, call: &Call, world: &World) -> Value {
        let (page, expand) = (self.page, Expand::read(call));
        let id = &world.queues[self.queue].id;
        let rows = page.of(&self.found).iter();
        let entities = rows.map(|(agent, joined)| member(agent, *joined, id, world, expand));
        page.truncated(call, entities.collect(), page.number * page.size < self.found.len())
    }
}

fn found<'a>(
    call: &Call,
    world: &'a World,
    queue: usize,
) -> Result<Vec<(&'a Agent, bool)>, Failure> {
    let filter = MemberFilter::read(call)?;
    let mut found: Vec<(&Agent, bool)> = world.queues[queue]
        .members
        .iter()
        .map(|agent| (&world.agents[*agent], world.agents[*agent].joined(queue)))
        .filter(|(agent, joined)| filter.admits(agent, *joined, world))
        .collect();
    found.sort_by(|(one, _), (other, _)| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    if call.query.one("sortOrder") == Some("desc") {
        found.reverse();
    }
    Ok(found)
}

fn member(agent: &Agent, joined: bool, queue: &str, world: &World, expand: Expand) -> Value {
    tidy(json!({
        "id": agent.id, "name": agent.name, "user": people_wire::user(agent, world, expand), "ringNumber": 1, "joined": joined,
        "memberBy": "user", "routingStatus": expand.routing_status.then(|| people_wire::routing_status(agent)),
        "selfUri": format!("/api/v2/routing/queues/{queue}/members/{}", agent.id),
    }))
}

struct MemberFilter {
    joined: Option<bool>,
    by_group: bool,
    name: String,
    statuses: Vec<String>,
    presences: Vec<String>,
    skills: Vec<String>,
    languages: Vec<String>,
}

impl MemberFilter {
    fn read(call: &Call) -> Result<Self, Failure> {
        let list = |key| call.query.list(key).iter().map(|value| loose(value)).collect();
        Ok(Self {
            joined: call.query.flag("joined")?,
            by_group: call.query.one("memberBy") == Some("group"),
            name: call.query.one("name").unwrap_or_default().to_lowercase(),
            statuses: list("routingStatus"),
            presences: list("presence"),
            skills: list("skills"),
            languages: list("languages"),
        })
    }

    fn admits(&self, agent: &Agent, joined: bool, world: &World) -> bool {
        let any =
            |wanted: &[String], have: &str| wanted.is_empty() || wanted.contains(&loose(have));
        let all = |wanted: &[String], have: &[String]| {
            wanted.iter().all(|text| have.iter().any(|name| name.contains(text)))
        };
        let skills: Vec<String> =
            agent.skills.iter().map(|(skill, _)| loose(&world.skills[*skill].name)).collect();
        let languages: Vec<String> =
            agent.languages.iter().map(|(known, _)| loose(&world.languages[*known].name)).collect();
        !self.by_group
            && self.joined.is_none_or(|wanted| wanted == joined)
            && agent.name.to_lowercase().contains(&self.name)
            && any(&self.statuses, agent.status.name())
            && any(&self.presences, agent.presence.analytics())
            && all(&self.skills, &skills)
            && all(&self.languages, &languages)
    }
}

/// Without case, blanks and underscores: presences are spelt in several ways.
fn loose(text: &str) -> String {
    text.chars()
        .filter(|letter| !matches!(letter, ' ' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

pub(super) fn estimated_wait(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let queue = index(call, world)?;
    let waiting = world
        .open_sessions()
        .filter(|session| session.queue == Some(queue) && session.stage == Stage::Waiting)
        .count();
    Answer::ok(
        &json!({"results": [{"intent": "MESSAGE", "formula": "BEST", "estimatedWaitTimeSeconds": 20 + 35 * waiting}]}),
    )
}
