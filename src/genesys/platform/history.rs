//! The slow but complete sources: the details query, which knows guests, channels and transfers, and
//! the bots' reporting turns, the only source of an intent's confidence.
//!
//! Both lag behind. They add to the floor what the live queries don't tell; they never overrule them.

use std::{borrow::Cow, collections::HashMap};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    query::{PAGE, is, is_absent, is_one_of, last_31_days},
    wire::{number, rows, time},
};
use crate::{
    domain::{
        id::{AgentId, FlowId, ParticipantId, QueueId, SessionId},
        session::{Language, Session, SessionState},
        text::Plain,
    },
    genesys::{
        Ask, Error, Intent, Lane, Patch, Scope,
        client::{Call, Client, decode},
        path::part,
        transport::Transport,
    },
};

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Details<'a> {
    conversations: Option<Vec<Conversation<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "'de: 'a")]
struct Conversation<'a> {
    conversation_id: SessionId,
    #[serde(default, deserialize_with = "time")]
    conversation_start: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    conversation_end: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    inactivity_timeout: Option<Timestamp>,
    #[serde(default = "Vec::new")]
    participants: Vec<Participant<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "'de: 'a")]
struct Participant<'a> {
    #[serde(borrow)]
    purpose: Option<Cow<'a, str>>,
    participant_name: Option<Plain>,
    user_id: Option<AgentId>,
    #[serde(default = "Vec::new")]
    sessions: Vec<Stay<'a>>,
}

/// A participant's stay; `session` in the API's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "'de: 'a")]
struct Stay<'a> {
    monitored_participant_id: Option<ParticipantId>,
    coached_participant_id: Option<ParticipantId>,
    barged_participant_id: Option<ParticipantId>,
    message_type: Option<Plain>,
    flow: Option<Flow>,
    #[serde(default = "Vec::new")]
    segments: Vec<Segment<'a>>,
}

impl Stay<'_> {
    fn listens(&self) -> bool {
        let Self { monitored_participant_id, coached_participant_id, .. } = self;
        monitored_participant_id.is_some()
            || coached_participant_id.is_some()
            || self.barged_participant_id.is_some()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flow {
    flow_id: Option<FlowId>,
    starting_language: Option<Plain>,
    ending_language: Option<Plain>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Segment<'a> {
    #[serde(default, deserialize_with = "time")]
    segment_start: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    segment_end: Option<Timestamp>,
    #[serde(borrow)]
    segment_type: Option<Cow<'a, str>>,
    queue_id: Option<QueueId>,
    #[serde(borrow)]
    disconnect_type: Option<Cow<'a, str>>,
}

impl<'a> Conversation<'a> {
    fn purpose(&self, purposes: &'static [&'static str]) -> impl Iterator<Item = &Participant<'a>> {
        let of = move |p: &&Participant<'_>| {
            p.purpose.as_deref().is_some_and(|purpose| purposes.contains(&purpose))
                && !p.sessions.iter().any(Stay::listens)
        };
        self.participants.iter().filter(of)
    }

    fn session(self) -> Session {
        let customer = self.purpose(&["customer", "external"]).next();
        let guest = customer.and_then(|c| c.participant_name.clone()).filter(|n| !n.is_empty());
        let channel = customer.and_then(|c| c.sessions.iter().find_map(|s| s.message_type.clone()));
        let flow = self.flows().last();
        let language = flow
            .and_then(|f| f.ending_language.clone().or_else(|| f.starting_language.clone()))
            .map(|name| Language { id: None, name });
        let apart = self.apart();
        Session {
            guest,
            channel,
            language,
            flow: flow.and_then(|f| f.flow_id.clone()),
            started: self.conversation_start,
            expires: self.inactivity_timeout,
            depth: Some(self.transfers()),
            since: apart.and_then(|(_, _, segment)| segment.segment_start),
            agent: apart.and_then(|(_, who, _)| who.user_id.clone()),
            last_agent: self.last_agent(),
            monitor: self.monitor(),
            queue: apart.and_then(|(_, _, segment)| segment.queue_id.clone()),
            ..Session::bare(self.conversation_id.clone(), self.state(apart.map(|(s, ..)| s)))
        }
    }

    /// Who listens in now, whatever the API calls them.
    fn monitor(&self) -> Option<AgentId> {
        let there = |stay: &Stay<'_>| {
            stay.listens() && stay.segments.iter().any(|segment| segment.segment_end.is_none())
        };
        let listener = self.participants.iter().find(|p| p.sessions.iter().any(there))?;
        listener.user_id.clone()
    }

    fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.participants.iter().flat_map(|p| &p.sessions).filter_map(|s| s.flow.as_ref())
    }

    /// The agent with whom the session is, where no live query tells of it: parked, or handed over by
    /// a bot past every queue, for live sessions are asked for by queue.
    fn apart(&self) -> Option<(SessionState, &Participant<'a>, &Segment<'a>)> {
        let state = |segment: &Segment<'_>| match segment.segment_type.as_deref() {
            _ if segment.segment_end.is_some() => None,
            Some("parked") => Some(SessionState::Parked),
            Some("interact") if segment.queue_id.is_none() => Some(SessionState::Connected),
            _ => None,
        };
        self.purpose(&["agent"]).find_map(|agent| {
            let mut segments = agent.sessions.iter().flat_map(|stay| &stay.segments);
            segments.find_map(|segment| Some((state(segment)?, agent, segment)))
        })
    }

    /// The agent who had it last and has it no longer. Who was only asked in has not had it.
    fn last_agent(&self) -> Option<AgentId> {
        let with_customer = |segment: &&Segment<'_>| {
            matches!(segment.segment_type.as_deref(), Some("interact" | "hold" | "parked"))
        };
        let left = |agent: &Participant<'a>| {
            let segments = agent.sessions.iter().flat_map(|stay| &stay.segments);
            let ends = segments.filter(with_customer).map(|segment| segment.segment_end);
            // None as soon as one has not ended: then the agent has it still.
            ends.collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        let gone = self.purpose(&["agent"]).filter_map(|p| Some((left(p)?, p.user_id.clone()?)));
        gone.max_by_key(|(end, _)| *end).map(|(_, agent)| agent)
    }

    /// Only what no live query tells and "ended" are of use: all others are told sooner elsewhere.
    fn state(&self, apart: Option<SessionState>) -> SessionState {
        match self.conversation_end {
            Some(_) => SessionState::Disconnected,
            None => apart.unwrap_or(SessionState::Transferring),
        }
    }

    /// How often a bot or an agent has passed the session on.
    fn transfers(&self) -> u32 {
        let passed_on = |segment: &&Segment<'_>| {
            matches!(
                segment.disconnect_type.as_deref(),
                Some("transfer" | "consultTransfer" | "forwardTransfer" | "conferenceTransfer")
            )
        };
        let stays = self.purpose(&["agent", "botflow", "workflow"]).flat_map(|p| &p.sessions);
        let count = stays.filter(|stay| stay.segments.iter().any(|s| passed_on(&s))).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// What is known of sessions that have just come.
pub async fn newcomers<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    let wanted: Vec<_> = ask.newcomers.iter().take(PAGE).collect();
    if wanted.is_empty() {
        return Ok(Patch::Histories { of: Vec::new(), scope: Scope::Some });
    }
    let filter = is_one_of("conversationId", &wanted);
    let of = details(client, ask, 1, lane, json!([filter])).await?;
    Ok(Patch::Histories { of, scope: Scope::Some })
}

/// One page of all open sessions.
pub async fn open<T: Transport>(client: &Client<T>, ask: &Ask, lane: Lane) -> Result<Patch, Error> {
    let filter = json!({"type": "and", "predicates": [is_absent("conversationEnd")]});
    let of = details(client, ask, ask.page, lane, json!([filter])).await?;
    // `totalHits` is approximate and pages drift: a short page is the end.
    let scope = if of.len() >= PAGE { Scope::Page } else { Scope::LastPage };
    Ok(Patch::Histories { of, scope })
}

async fn details<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    page: u32,
    lane: Lane,
    filters: Value,
) -> Result<Vec<Session>, Error> {
    const OPERATION: &str = "read session details";
    let query = json!({
        "interval": last_31_days(ask.now),
        "order": "asc",
        "orderBy": "conversationStart",
        "paging": {"pageSize": PAGE, "pageNumber": page},
        "conversationFilters": filters,
        "segmentFilters": [
            {"type": "and", "predicates": [is("mediaType", "message"), is_absent("segmentEnd")]},
        ],
    });
    let path = "/api/v2/analytics/conversations/details/query";
    let reply = client.call(Call::query(OPERATION, lane, path, &query)).await?;
    let details: Details<'_> = decode(OPERATION, &reply.answer)?;
    let conversations = rows(OPERATION, &reply.answer, details.conversations)?;
    Ok(conversations.into_iter().map(Conversation::session).collect())
}

#[derive(Deserialize)]
struct Turns {
    #[serde(default)]
    entities: Vec<Turn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Turn {
    conversation: Option<Reference>,
    intent: Option<TurnIntent>,
    #[serde(default, deserialize_with = "time")]
    date_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    date_completed: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Reference {
    id: SessionId,
}

#[derive(Deserialize)]
struct TurnIntent {
    name: Option<Plain>,
    #[serde(default, deserialize_with = "number")]
    confidence: Option<f64>,
}

/// What the first flow in turn believed last of each of its sessions.
pub async fn intents<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    /// The most the API gives in one page.
    const TURNS: usize = 250;
    let mut newest: HashMap<SessionId, Intent> = HashMap::new();
    let Some(flow) = ask.flows.first() else { return Ok(Patch::Intents(newest)) };
    let turns = format!("divisions/reportingturns?pageSize={TURNS}");
    let path = format!("/api/v2/analytics/botflows/{}/{turns}", part(flow));
    let turns: Turns = client.fetch(Call::get("read bot turns", lane, path)).await?;
    for turn in turns.entities {
        let (Some(session), Some(at)) =
            (turn.conversation, turn.date_completed.or(turn.date_created))
        else {
            continue;
        };
        let Some(intent) = turn.intent else { continue };
        let said = Intent { name: intent.name, confidence: intent.confidence, at };
        match newest.get(&session.id) {
            Some(known) if known.at >= at => {}
            _ => drop(newest.insert(session.id, said)),
        }
    }
    Ok(Patch::Intents(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_monitors_coaches_or_barges_in_is_not_who_has_it() {
        for field in ["monitoredParticipantId", "coachedParticipantId", "bargedParticipantId"] {
            let segments = json!([{"segmentType": "interact"}]);
            let wire = json!({"conversationId": "c", "participants": [
                {"purpose": "agent", "userId": "robin", "sessions": [{field: "a", "segments": segments}]},
                {"purpose": "agent", "userId": "ada", "sessions": [{"segments": segments}]},
            ]});
            let text = wire.to_string();
            let session = serde_json::from_str::<Conversation<'_>>(&text).unwrap().session();
            assert_eq!(session.agent, Some("ada".into()), "{field}");
            assert_eq!(session.monitor, Some("robin".into()), "{field}");
        }
    }
}
