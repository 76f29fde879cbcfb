//! A user as the API writes it, bare or with what `expand` asks for. Which users are listed is the routes'
//! business.

use serde_json::{Value, json};

use super::org;
use crate::simulator::call::Call;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::agents::Agent;
use crate::simulator::world::sessions::Stage;

/// What `expand` can add; the rest of the API's list is accepted and adds nothing here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expand {
    pub(super) routing_status: bool,
    presence: bool,
    summary: bool,
    skills: bool,
    languages: bool,
    last_login: bool,
    out_of_office: bool,
}

impl Expand {
    pub(super) fn read(call: &Call) -> Self {
        Self::of(&call.query.list("expand"))
    }

    pub(super) fn of(fields: &[&str]) -> Self {
        let has = |name| fields.contains(&name);
        Self {
            routing_status: has("routingStatus"),
            presence: has("presence"),
            summary: has("conversationSummary"),
            skills: has("skills"),
            languages: has("languages"),
            last_login: has("dateLastLogin"),
            out_of_office: has("outOfOffice"),
        }
    }
}

/// A user.
pub(super) fn user(agent: &Agent, world: &World, expand: Expand) -> Value {
    let mut user = json!({
        "id": agent.id, "name": agent.name, "division": org::division(world), "department": agent.department, "title": agent.title,
        "email": agent.email, "username": agent.email, "state": "active", "version": 7, "acdAutoAnswer": false,
        "chat": {"jabberId": format!("{}@conference.example", agent.id)},
        "primaryContactInfo": [{"address": agent.email, "mediaType": "EMAIL", "type": "PRIMARY"}],
        "selfUri": format!("/api/v2/users/{}", agent.id),
    });
    let mut add = |wanted: bool, field: &str, value: &dyn Fn() -> Value| {
        if wanted {
            user[field] = value();
        }
    };
    add(expand.routing_status, "routingStatus", &|| routing_status(agent));
    add(expand.presence, "presence", &|| presence(agent, world));
    add(expand.summary, "conversationSummary", &|| summary(agent, world));
    add(expand.skills, "skills", &|| Value::Array(skills(agent, world)));
    add(expand.languages, "languages", &|| Value::Array(languages(agent, world)));
    add(expand.last_login, "dateLastLogin", &|| json!(Stamp(agent.presence_since - 3_600_000)));
    add(expand.out_of_office, "outOfOffice", &|| json!({"active": false, "indefinite": false}));
    user
}

/// A user as a reference.
pub(super) fn reference(agent: &Agent) -> Value {
    json!({"id": agent.id, "name": agent.name, "selfUri": format!("/api/v2/users/{}", agent.id)})
}

pub(super) fn routing_status(agent: &Agent) -> Value {
    json!({"userId": agent.id, "status": agent.status.name(), "startTime": Stamp(agent.status_since)})
}

fn presence(agent: &Agent, world: &World) -> Value {
    let definition = &world.presences[agent.presence as usize];
    json!({
        "source": "PURECLOUD", "primary": true, "message": "", "modifiedDate": Stamp(agent.presence_since),
        "presenceDefinition": {
            "id": definition, "systemPresence": agent.presence.user(), "selfUri": format!("/api/v2/presencedefinitions/{definition}"),
        },
        "selfUri": format!("/api/v2/users/{}/presences/PURECLOUD", agent.id),
    })
}

fn summary(agent: &Agent, world: &World) -> Value {
    let talking = |key: &&u32| {
        world.sessions.get(key).is_some_and(|session| session.stage == Stage::Connected)
    };
    let medium = |active: usize, acw: usize| json!({"contactCenter": {"active": active, "acw": acw}, "enterprise": {"active": 0, "acw": 0}});
    let active = agent.active.iter().filter(talking).count();
    json!({
        "userId": agent.id, "message": medium(active, agent.wrapping.len()), "call": medium(0, 0), "callback": medium(0, 0),
        "chat": medium(0, 0), "email": medium(0, 0), "socialExpression": medium(0, 0), "video": medium(0, 0),
    })
}

pub(super) fn skills(agent: &Agent, world: &World) -> Vec<Value> {
    let row = |(skill, level): &(usize, f64)| {
        let skill = &world.skills[*skill];
        json!({
            "id": skill.id, "name": skill.name, "proficiency": level, "state": "active",
            "skillUri": format!("/api/v2/routing/skills/{}", skill.id),
            "selfUri": format!("/api/v2/users/{}/routingskills/{}", agent.id, skill.id),
        })
    };
    agent.skills.iter().map(row).collect()
}

pub(super) fn languages(agent: &Agent, world: &World) -> Vec<Value> {
    let row = |(language, level): &(usize, f64)| {
        let language = &world.languages[*language];
        json!({
            "id": language.id, "name": language.name, "proficiency": level, "state": "active",
            "languageUri": format!("/api/v2/routing/languages/{}", language.id),
            "selfUri": format!("/api/v2/users/{}/routinglanguages/{}", agent.id, language.id),
        })
    };
    agent.languages.iter().map(row).collect()
}
