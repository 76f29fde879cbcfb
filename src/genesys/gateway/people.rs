//! What agents can do: skills from the availability, languages and the name from the user. Two requests
//! an agent, so a few at a time.

use std::{collections::HashSet, sync::Mutex};

use serde::Deserialize;

use super::{
    Skills, locked,
    members::{Members, Standing},
    wire::{lenient, list, part},
};
use crate::{
    domain::{
        agent::{AgentLanguage, AgentSkill},
        id::{AgentId, LanguageId, SkillId},
        text::Plain,
    },
    genesys::{
        Ask, Error, Lane, Patch, Profile,
        client::{Call, Client},
        error::Kind,
        transport::Transport,
    },
};

/// How many agents are read at once while nobody waits for them.
const SHARE: usize = 5;
/// … and of those that somebody is looking at.
const SHOWN: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    /// An availability has a state: what has none is none.
    state: String,
    #[serde(default, deserialize_with = "list")]
    skill_availability: Vec<SkillState>,
}

#[derive(Deserialize)]
struct SkillState {
    skill: Skill,
    #[serde(default, deserialize_with = "lenient")]
    state: Option<String>,
}

#[derive(Deserialize)]
struct Skill {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<SkillId>,
    name: Plain,
}

impl Availability {
    /// Skills that can be had now. Of somebody who is not there none can, which says nothing of what the
    /// agent knows: then they are unknown until the agent is back.
    fn skills(self, known: &Skills) -> Option<Vec<AgentSkill>> {
        let there = Standing::parse(&self.state) == Standing::Available;
        let mut skills = Vec::new();
        for SkillState { skill, state } in self.skill_availability {
            // Some gateways give a name alone.
            let id = skill.id.unwrap_or_else(|| SkillId::from(skill.name.as_str()));
            known.learn(&id, &skill.name);
            if state.is_some_and(|s| s.eq_ignore_ascii_case("available")) {
                skills.push(AgentSkill { id, name: skill.name, proficiency: None });
            }
        }
        (there || !skills.is_empty()).then_some(skills)
    }
}

#[derive(Deserialize)]
struct User {
    #[serde(default, deserialize_with = "lenient")]
    name: Option<Plain>,
    #[serde(default, deserialize_with = "list")]
    languages: Vec<String>,
}

impl User {
    fn languages(self) -> Vec<AgentLanguage> {
        let language = |tag: String| AgentLanguage {
            id: LanguageId::from(&*tag),
            name: tag.into(),
            proficiency: None,
        };
        self.languages.into_iter().map(language).collect()
    }
}

/// Who has been read.
#[derive(Debug, Default)]
pub struct People {
    met: Mutex<HashSet<AgentId>>,
}

impl People {
    /// What the next read takes of the allowance. Whoever was never read comes first and takes nothing of
    /// it: the pace alone keeps that slow, and a card without skills is worth nothing.
    pub fn cost(&self, ask: &Ask) -> usize {
        let met = locked(&self.met);
        let again = ask.agents.first().is_some_and(|id| met.contains(id));
        if again { 2 * ask.agents.len().min(SHARE) } else { 0 }
    }

    /// The profiles of the first few agents that are wanted.
    pub async fn read<T: Transport>(
        &self,
        client: &Client<T>,
        members: &Members,
        skills: &Skills,
        ask: &Ask,
        lane: Lane,
    ) -> Result<Patch, Error> {
        let most = match lane {
            Lane::Background | Lane::Heartbeat => SHARE,
            Lane::Screen | Lane::Look => SHOWN,
            Lane::Operator => usize::MAX,
        };
        let mut profiles = Vec::new();
        for id in ask.agents.iter().take(most) {
            locked(&self.met).insert(id.clone());
            profiles.push(profile(client, members, skills, id, lane).await?);
        }
        Ok(Patch::Profiles(profiles))
    }
}

async fn profile<T: Transport>(
    client: &Client<T>,
    members: &Members,
    skills: &Skills,
    id: &AgentId,
    lane: Lane,
) -> Result<Profile, Error> {
    let path = format!("/api/v2/routing/users/{}/availability", part(id));
    let call = Call::get("read an agent's availability", lane, path);
    let availability = there(client.fetch::<Availability>(call).await)?;
    let path = format!("/api/v2/users/{}", part(id));
    let user = there(client.fetch::<User>(Call::get("read an agent", lane, path)).await)?;
    if let Some(availability) = &availability {
        members.note(id, Standing::parse(&availability.state));
    }
    Ok(Profile {
        id: id.clone(),
        name: user.as_ref().and_then(|u| u.name.clone()).unwrap_or_default(),
        skills: availability.and_then(|a| a.skills(skills)),
        languages: user.map(User::languages),
    })
}

/// Somebody who was removed meanwhile is read as one of whom nothing is known, and not again and again.
fn there<V>(read: Result<V, Error>) -> Result<Option<V>, Error> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn skills(body: Value) -> Option<Vec<String>> {
        let read: Availability = serde_json::from_value(body).unwrap();
        let skills = read.skills(&Skills::default())?;
        Some(skills.iter().map(|s| s.name.to_string()).collect())
    }

    #[test]
    fn only_what_is_available_counts_as_a_skill() {
        let row =
            |name: &str, state: &str| json!({"skill": {"id": name, "name": name}, "state": state});
        let rows = json!([row("billing", "Available"), row("refunds", "Unavailable"), {"odd": 1}]);
        let there = json!({"state": "Available", "skillAvailability": rows, "new": true});
        assert_eq!(skills(there), Some(vec!["billing".into()]));
        let none = json!({"state": "Available"});
        assert_eq!(skills(none), Some(vec![]));
        let away = json!({"state": "Meal", "skillAvailability": [row("billing", "Unavailable")]});
        assert_eq!(skills(away), None, "nobody can say");
    }
}
