//! What every agent does, and what rarely changes of each: name, skills, languages, capacity.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt::Write as _,
};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{
    query::{BATCH, PAGE, is_one_of, of_all_queues, unless_same},
    wire::{Listing, number, rows, time, whole},
};
use crate::{
    domain::{
        agent::{AgentLanguage, AgentSkill, Presence, RoutingStatus},
        id::{AgentId, LanguageId, QueueId, SkillId},
        text::Plain,
    },
    genesys::{
        AgentState, Ask, Error, Lane, Patch, Profile,
        client::{Call, Client, decode},
        path::part,
        transport::Transport,
    },
};

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Activity<'a> {
    results: Option<Vec<Group<'a>>>,
}

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Group<'a> {
    #[serde(default = "Vec::new")]
    entities: Vec<Member<'a>>,
}

/// One agent in one queue: an agent in three queues comes three times.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    user_id: Option<AgentId>,
    queue_id: Option<QueueId>,
    #[serde(borrow)]
    routing_status: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "time")]
    routing_status_date: Option<Timestamp>,
    #[serde(borrow)]
    system_presence: Option<Cow<'a, str>>,
    /// Whether the agent has joined the queue: a member who has not gets no session of it.
    #[serde(borrow)]
    queue_membership_status: Option<Cow<'a, str>>,
}

impl Member<'_> {
    /// Only a clear no counts: the words of this field are not published.
    fn has_joined(&self) -> bool {
        !self.queue_membership_status.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("inactive"))
    }
}

/// Every member of every queue.
pub async fn states<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    const OPERATION: &str = "read agents";
    let path = format!("/api/v2/analytics/routing/activity/query?pageSize={BATCH}");
    let answers = of_all_queues(client, (OPERATION, &path), (ask, lane), |queues| {
        json!({
            "metrics": [
                {"metric": "oOnQueueUsers", "details": true},
                {"metric": "oOffQueueUsers", "details": true},
            ],
            "groupBy": ["queueId"],
            "filter": is_one_of("queueId", queues),
        })
    });
    let answers = answers.await?;
    unless_same(ask, &answers, || {
        let mut agents: HashMap<AgentId, AgentState> = HashMap::new();
        for answer in &answers {
            let activity: Activity<'_> = decode(OPERATION, answer)?;
            let groups = rows(OPERATION, answer, activity.results)?;
            for member in groups.into_iter().flat_map(|group| group.entities) {
                add(&mut agents, member);
            }
        }
        Ok(Patch::Agents(agents.into_values().collect()))
    })
}

fn add(agents: &mut HashMap<AgentId, AgentState>, member: Member<'_>) {
    let joined = member.has_joined();
    let Some(id) = member.user_id else { return };
    let state = match agents.entry(id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            let id = place.key().clone();
            place.insert(AgentState {
                id,
                presence: member.system_presence.as_deref().map(Presence::parse),
                routing: member.routing_status.as_deref().map(RoutingStatus::parse),
                since: member.routing_status_date,
                queues: Vec::new(),
            })
        }
    };
    if let Some(queue) = member.queue_id
        && joined
        && !state.queues.contains(&queue)
    {
        state.queues.push(queue);
    }
}

#[derive(Deserialize)]
struct User {
    id: AgentId,
    #[serde(default)]
    name: Plain,
    skills: Option<Vec<Rated>>,
    languages: Option<Vec<Rated>>,
}

#[derive(Deserialize)]
struct Rated {
    id: Option<String>,
    #[serde(default)]
    name: Plain,
    #[serde(default, deserialize_with = "number")]
    proficiency: Option<f64>,
}

impl Rated {
    #[expect(clippy::cast_possible_truncation, reason = "a rating from 0 to 5")]
    fn rating(&self) -> Option<f32> {
        self.proficiency.map(|p| p as f32)
    }

    fn skill(self) -> Option<AgentSkill> {
        let proficiency = self.rating();
        Some(AgentSkill { id: SkillId::from(&*self.id?), name: self.name, proficiency })
    }

    fn language(self) -> Option<AgentLanguage> {
        let proficiency = self.rating();
        Some(AgentLanguage { id: LanguageId::from(&*self.id?), name: self.name, proficiency })
    }
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        // Both were asked for and empty fields are left out of answers: absent means none.
        let skills = user.skills.unwrap_or_default();
        let languages = user.languages.unwrap_or_default();
        Self {
            id: user.id,
            name: user.name,
            skills: Some(skills.into_iter().filter_map(Rated::skill).collect()),
            languages: Some(languages.into_iter().filter_map(Rated::language).collect()),
        }
    }
}

/// The profiles of the first hundred agents that are wanted.
pub async fn profiles<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    let mut path =
        format!("/api/v2/users?pageSize={PAGE}&expand=skills&expand=languages&state=any");
    for id in ask.agents.iter().take(PAGE) {
        // Writing to a String can't fail.
        let _ = write!(path, "&id={}", part(id));
    }
    let page: Listing<User> = client.fetch(Call::get("read agents' skills", lane, path)).await?;
    Ok(Patch::Profiles(page.entities.into_iter().map(Profile::from).collect()))
}

#[derive(Deserialize)]
struct Utilization {
    #[serde(default)]
    utilization: HashMap<String, Media>,
    level: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Media {
    #[serde(default, deserialize_with = "number")]
    maximum_capacity: Option<f64>,
}

/// How many messaging sessions the first agent that is wanted may hold.
pub async fn capacity<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    const OPERATION: &str = "read an agent's capacity";
    let Some(id) = ask.agents.first() else { return Ok(Patch::Profiles(Vec::new())) };
    let path = format!("/api/v2/routing/users/{}/utilization", part(id));
    let answer: Utilization = client.fetch(Call::get(OPERATION, lane, path)).await?;
    let message = answer.utilization.get("message").and_then(|m| whole(m.maximum_capacity));
    Ok(Patch::Capacity {
        agent: id.clone(),
        capacity: message,
        inherited: answer.level.as_deref() == Some("Organization"),
    })
}
