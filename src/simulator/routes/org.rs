//! The organisation: who the token is, the OAuth client, skills and languages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::paging::Page;
use crate::simulator::stamp::Stamp;
use crate::simulator::world::World;
use crate::simulator::world::queues::Named;

const DAY: i64 = 86_400_000;

pub(super) fn token(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let organization = json!({"id": world.organization.id, "name": world.organization.name});
    let grant = if call.person.is_some() { "CODE" } else { "CLIENT-CREDENTIALS" };
    Answer::ok(&json!({
        "organization": organization, "homeOrganization": organization, "authorizedScope": [],
        "OAuthClient": {
            "id": world.division.id, "name": "floorwalker", "authorizedGrantType": grant, "scope": [],
            "roleDivisions": roles(world), "state": "active", "organization": organization,
            "dateCreated": Stamp(world.now - 90 * DAY), "dateModified": Stamp(world.now - 30 * DAY),
        },
    }))
}

/// Who the token is, with what each of its roles allows.
pub(super) fn subject(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let mut policies: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for right in super::known().into_iter().filter(|right| call.rights.hold(right)) {
        let mut parts = right.splitn(3, ':');
        if let (Some(domain), Some(entity), Some(action)) =
            (parts.next(), parts.next(), parts.next())
        {
            policies.entry((domain, entity)).or_default().push(action);
        }
    }
    let policies: Vec<Value> = policies
        .into_iter()
        .map(|((domain, entity), actions)| {
            json!({"domain": domain, "entityName": entity, "actions": actions})
        })
        .collect();
    let person = world.signed_in(call.person).map(|person| &world.agents[person]);
    let (id, name) = person
        .map_or((&world.division.id, "floorwalker"), |person| (&person.id, person.name.as_str()));
    let role = json!({"id": world.organization.id, "name": "floorwalker", "policies": policies, "default": false});
    Answer::ok(&json!({
        "id": id, "name": name, "version": 1,
        "grants": [{
            "subjectId": id, "division": division(world), "role": role,
            "grantMadeAt": Stamp(world.now - 30 * DAY),
        }],
    }))
}

pub(super) fn clients(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let client = json!({
        "id": world.division.id, "name": "floorwalker", "accessTokenValiditySeconds": 86_400,
        "authorizedGrantType": "CLIENT-CREDENTIALS", "scope": [], "roleDivisions": roles(world), "state": "active",
        "dateCreated": Stamp(world.now - 90 * DAY), "dateModified": Stamp(world.now - 30 * DAY),
        "selfUri": format!("/api/v2/oauth/clients/{}", world.division.id),
    });
    Answer::ok(&Page { size: 25, number: 1 }.listing(call, vec![client], 1))
}

fn roles(world: &World) -> Value {
    json!([{"roleId": world.organization.id, "divisionId": world.division.id}])
}

/// Skills, by the beginning of a name or by id.
pub(super) fn skills(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    named(call, world, &world.skills, "routing/skills", true)
}

pub(super) fn languages(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    named(call, world, &world.languages, "routing/languages", false)
}

fn named(
    call: &Call,
    world: &World,
    all: &[Named],
    path: &str,
    divisions: bool,
) -> Result<Answer, Failure> {
    let page = Page::read(call, 500)?;
    let name = call.query.one("name").unwrap_or_default().trim_end_matches('*').to_lowercase();
    let ids = call.query.list("id");
    let wanted = |item: &&Named| {
        item.name.to_lowercase().starts_with(&name)
            && (ids.is_empty() || ids.contains(&item.id.as_str()))
    };
    let mut found: Vec<&Named> = all.iter().filter(wanted).collect();
    found.sort_by_key(|item| item.name.to_lowercase());
    if call.query.one("sortOrder") == Some("descending") {
        found.reverse();
    }
    let entities = page.of(&found).iter().map(|item| {
        let mut entity = entity(item, path, world);
        if divisions {
            entity["division"] = division(world);
        }
        entity
    });
    Answer::ok(&page.listing(call, entities.collect(), found.len()))
}

fn entity(item: &Named, path: &str, world: &World) -> Value {
    json!({
        "id": item.id, "name": item.name, "dateModified": Stamp(world.now - 60 * DAY), "state": "active", "version": "1",
        "selfUri": format!("/api/v2/{path}/{}", item.id),
    })
}

/// A skill as the routing operations return it.
pub(super) fn skill(item: &Named, world: &World) -> Value {
    entity(item, "routing/skills", world)
}

/// A language as the routing operations return it.
pub(super) fn language(item: &Named, world: &World) -> Value {
    entity(item, "routing/languages", world)
}

pub(super) fn division(world: &World) -> Value {
    json!({"id": world.division.id, "name": world.division.name, "selfUri": format!("/api/v2/authorization/divisions/{}", world.division.id)})
}
