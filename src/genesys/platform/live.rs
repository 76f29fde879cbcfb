//! Every live session of the org, from two queries: those in queues and with agents, and those that
//! bots hold.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    query::{BATCH, is, messages_of, of_all_queues, unless_same},
    wire::{number, rows, time},
};
use crate::{
    domain::{
        id::{AgentId, FlowId, LanguageId, QueueId, SessionId, SkillId},
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    genesys::{
        Ask, Error, Lane, Patch, Print,
        client::{Call, Client, decode},
        listing::{MOST_PAGES, endless},
        transport::{Answer, Transport},
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
    entities: Vec<Entity<'a>>,
}

/// One conversation in one state. `activityDate` is when it entered that state.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    #[serde(default, deserialize_with = "time")]
    activity_date: Option<Timestamp>,
    #[serde(borrow)]
    metric: Option<Cow<'a, str>>,
    conversation_id: Option<SessionId>,
    queue_id: Option<QueueId>,
    user_id: Option<AgentId>,
    flow_id: Option<FlowId>,
    participant_name: Option<Plain>,
    #[serde(default)]
    requested_routing_skill_ids: Vec<SkillId>,
    requested_language_id: Option<LanguageId>,
    #[serde(default, deserialize_with = "number")]
    routing_priority: Option<f64>,
}

impl Entity<'_> {
    /// Names of skills and languages are put in where the directory is known: here they are ids.
    fn session(self, state: SessionState) -> Option<Session> {
        let language = self.requested_language_id;
        #[expect(clippy::cast_possible_truncation, reason = "the API allows ±25,000,000")]
        let priority = self.routing_priority.map(|p| p as i64);
        Some(Session {
            since: self.activity_date,
            queue: self.queue_id,
            agent: self.user_id,
            flow: self.flow_id,
            guest: self.participant_name.filter(|n| !n.is_empty()),
            language: language.map(|id| Language { name: id.short().into(), id: Some(id) }),
            skills: self
                .requested_routing_skill_ids
                .into_iter()
                .map(|id| Requirement { name: id.short().into(), id: Some(id) })
                .collect(),
            priority,
            ..Session::bare(self.conversation_id?, state)
        })
    }
}

fn state(metric: Option<&str>) -> Option<SessionState> {
    match metric? {
        "oWaiting" => Some(SessionState::Waiting),
        "oAlerting" => Some(SessionState::Alerting),
        "oInteracting" => Some(SessionState::Connected),
        _ => None,
    }
}

/// Sessions in queues and with agents.
pub async fn sessions<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    const OPERATION: &str = "read live sessions";
    let path = format!("/api/v2/analytics/conversations/activity/query?pageSize={BATCH}");
    let answers = of_all_queues(client, (OPERATION, &path), (ask, lane), |queues| {
        json!({
            "metrics": detailed(&["oWaiting", "oAlerting", "oInteracting"]),
            "groupBy": ["queueId"],
            "filter": messages_of(queues),
        })
    });
    let answers = answers.await?;
    unless_same(ask, &answers, || {
        let mut all = Vec::new();
        for answer in &answers {
            let entities =
                entities(OPERATION, answer)?.into_iter().flat_map(|group| group.entities);
            all.extend(entities.filter_map(|e| {
                let state = state(e.metric.as_deref())?;
                e.session(state)
            }));
        }
        Ok(Patch::Sessions(newest_of_each(all)))
    })
}

fn entities<'a>(operation: &'static str, answer: &'a Answer) -> Result<Vec<Group<'a>>, Error> {
    let activity: Activity<'_> = decode(operation, answer)?;
    rows(operation, answer, activity.results)
}

/// Sessions that bots hold.
pub async fn bots<T: Transport>(client: &Client<T>, ask: &Ask, lane: Lane) -> Result<Patch, Error> {
    const OPERATION: &str = "read bot sessions";
    let mut all = Vec::new();
    for page in 1..=MOST_PAGES {
        let query = json!({
            "metrics": detailed(&["oFlow"]),
            "groupBy": ["flowId"],
            "filter": {"type": "and", "predicates": [is("mediaType", "message")]},
        });
        let path =
            format!("/api/v2/analytics/flows/activity/query?pageSize={BATCH}&pageNumber={page}");
        let reply = client.call(Call::query(OPERATION, lane, &path, &query)).await?;
        let print = Print::of([reply.answer.body.as_sent()].into_iter());
        // Only one page is known again: whether another follows is known once it has been read.
        if page == 1 && ask.seen.is(print) {
            return Ok(Patch::Same);
        }
        let groups = entities(OPERATION, &reply.answer)?;
        let last = groups.len() < BATCH;
        if !last {
            ask.seen.forget();
        }
        let entities = groups.into_iter().flat_map(|group| group.entities);
        all.extend(entities.filter_map(|e| e.session(SessionState::Bot)));
        if last {
            if page == 1 {
                ask.seen.keep(print);
            }
            return Ok(Patch::Bots(newest_of_each(all)));
        }
    }
    Err(endless(OPERATION))
}

fn detailed(metrics: &[&str]) -> Value {
    metrics.iter().map(|m| json!({"metric": m, "details": true})).collect()
}

/// A conversation on its way from one state to the next can be listed under both: the later one is
/// where it is.
fn newest_of_each(mut sessions: Vec<Session>) -> Vec<Session> {
    sessions.sort_by(|a, b| a.id.cmp(&b.id).then(b.since.cmp(&a.since)));
    sessions.dedup_by(|a, b| a.id == b.id);
    sessions.shrink_to_fit();
    sessions
}
