//! One session as it stands, and its summary.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::{lenient, list, number, number_of, part, time};
use crate::{
    domain::{
        detail::{Attendance, Participant, Purpose, SessionDetail, last_agent},
        guest::GuestToken,
        handoff::Step,
        id::{AgentId, ParticipantId, QueueId, SessionId, SkillId},
        payload::Guest,
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    genesys::{
        Error, Lane, Write,
        client::{Call, Client},
        transport::{Method, Transport},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    id: SessionId,
    #[serde(default, deserialize_with = "lenient")]
    state: Option<String>,
    #[serde(default, deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    state_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    end_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    channel_address: Option<Plain>,
    #[serde(default, deserialize_with = "lenient")]
    from: Option<Guest>,
    #[serde(default, deserialize_with = "lenient")]
    guest_info: Option<Guest>,
    #[serde(default, deserialize_with = "lenient")]
    context: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "list")]
    participants: Vec<Party>,
    #[serde(default, deserialize_with = "lenient")]
    routing_metadata: Option<RoutingMetadata>,
    #[serde(default)]
    intent: Value,
    #[serde(default, deserialize_with = "number")]
    sentiment: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    custom_attributes: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct RoutingMetadata {
    #[serde(default, deserialize_with = "lenient")]
    queue: Option<QueueRef>,
    #[serde(default, deserialize_with = "list")]
    skills: Vec<SkillRef>,
}

#[derive(Deserialize)]
struct QueueRef {
    id: QueueId,
}

#[derive(Deserialize)]
struct SkillRef {
    id: SkillId,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<Plain>,
    #[serde(default, deserialize_with = "number")]
    priority: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    id: ParticipantId,
    #[serde(default, deserialize_with = "lenient")]
    purpose: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    state: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<Plain>,
    #[serde(default, deserialize_with = "lenient")]
    user_id: Option<AgentId>,
    #[serde(default, deserialize_with = "lenient")]
    queue_id: Option<QueueId>,
    #[serde(default, deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    end_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    disconnect_type: Option<Plain>,
}

impl Party {
    fn purpose(&self) -> Purpose {
        let purpose = self.purpose.as_deref().unwrap_or_default();
        match purpose.to_ascii_lowercase().as_str() {
            "customer" | "guest" | "external" => Purpose::Customer,
            "acd" | "queue" => Purpose::Queue,
            "agent" | "user" => Purpose::Agent,
            "bot" | "botflow" | "workflow" => Purpose::Bot,
            _ => Purpose::Other(Plain::new(purpose)),
        }
    }

    fn attendance(&self) -> Attendance {
        let state = self.state.as_deref().unwrap_or_default().to_ascii_lowercase();
        match state.as_str() {
            _ if self.end_time.is_some() => Attendance::Gone,
            "disconnected" | "terminated" => Attendance::Gone,
            "alerting" | "offering" => Attendance::Alerting,
            "parked" => Attendance::Parked,
            _ => Attendance::Connected,
        }
    }

    fn participant(&self) -> Participant {
        Participant {
            id: self.id.clone(),
            purpose: self.purpose(),
            name: self.name.clone().filter(|n| !n.is_empty()),
            agent: self.user_id.clone(),
            queue: self.queue_id.clone(),
            presence: self.attendance(),
            from: self.start_time,
            connected: self.connected_time,
            until: self.end_time,
            ended_by: self.disconnect_type.clone(),
            communication: None,
        }
    }
}

/// Who has a session in a state, and how.
const HOLDERS: [(Purpose, Attendance, SessionState); 5] = [
    (Purpose::Agent, Attendance::Alerting, SessionState::Alerting),
    (Purpose::Agent, Attendance::Connected, SessionState::Connected),
    (Purpose::Agent, Attendance::Parked, SessionState::Parked),
    (Purpose::Queue, Attendance::Connected, SessionState::Waiting),
    (Purpose::Bot, Attendance::Connected, SessionState::Bot),
];

impl Conversation {
    fn detail(self) -> SessionDetail {
        let participants: Vec<Participant> =
            self.participants.iter().map(Party::participant).collect();
        SessionDetail {
            id: self.id.clone(),
            session: self.session(&participants),
            participants,
            messages: Vec::new(),
            message_ids: Vec::new(),
            summary: None,
            // As received: what is handed on must be the same guest.
            guest: self.guest_info.or(self.from),
            gaps: Vec::new(),
            read_at: Timestamp::now(),
        }
    }

    fn session(&self, participants: &[Participant]) -> Session {
        let state = self.told().unwrap_or_else(|| self.shown(participants));
        let holder =
            HOLDERS.iter().find(|(.., s)| *s == state).and_then(|(purpose, presence, _)| {
                let holds = |p: &&Participant| p.purpose == *purpose && p.presence == *presence;
                participants.iter().rev().find(holds)
            });
        let routing = self.routing_metadata.as_ref();
        let queue = routing.and_then(|r| r.queue.as_ref()).map(|q| q.id.clone());
        let skills = routing.map(|r| r.skills.iter().map(requirement).collect());
        #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
        let urgent = |r: &RoutingMetadata| {
            r.skills.iter().filter_map(|s| s.priority).map(|p| p as i64).max()
        };
        let (intent, confidence) = self.intent();
        Session {
            guest: self.guest_name(participants),
            channel: self.channel_address.clone(),
            since: self.state_time.or_else(|| holder.and_then(|h| h.connected.or(h.from))),
            started: self.start_time,
            queue: queue.or_else(|| participants.iter().rev().find_map(|p| p.queue.clone())),
            agent: holder.and_then(|h| h.agent.clone()),
            last_agent: last_agent(participants).cloned(),
            language: self.language(),
            skills: skills.unwrap_or_default(),
            priority: routing.and_then(urgent),
            intent,
            confidence,
            sentiment: self.sentiment.or_else(|| number_of(self.attribute("sentiment_score")?)),
            ..Session::bare(self.id.clone(), state)
        }
    }

    /// The state that the gateway names; `None` for a word this version does not know.
    fn told(&self) -> Option<SessionState> {
        if self.end_time.is_some() {
            return Some(SessionState::Disconnected);
        }
        Some(match self.state.as_deref()?.to_ascii_lowercase().as_str() {
            "bot" => SessionState::Bot,
            "queued" | "waiting" => SessionState::Waiting,
            "alerting" | "offering" => SessionState::Alerting,
            "transferring" => SessionState::Transferring,
            "connected" => SessionState::Connected,
            "parked" => SessionState::Parked,
            "disconnected" | "terminated" | "closed" | "ended" => SessionState::Disconnected,
            _ => return None,
        })
    }

    /// The state that follows from who is there.
    fn shown(&self, participants: &[Participant]) -> SessionState {
        let there = |purpose: &Purpose, presence: Attendance| {
            participants.iter().any(|p| p.purpose == *purpose && p.presence == presence)
        };
        let found = HOLDERS.iter().find(|(purpose, presence, _)| there(purpose, *presence));
        found.map_or(SessionState::Transferring, |(.., state)| *state)
    }

    fn guest_name(&self, participants: &[Participant]) -> Option<Plain> {
        let told = [&self.guest_info, &self.from].into_iter().flatten().find_map(Guest::name);
        let customer = participants.iter().find(|p| p.purpose == Purpose::Customer);
        told.map(Plain::new).or_else(|| customer?.name.clone()).filter(|name| !name.is_empty())
    }

    fn attribute(&self, name: &str) -> Option<&Value> {
        self.custom_attributes.as_ref()?.get(name)
    }

    fn language(&self) -> Option<Language> {
        let locale = self.context.as_ref().and_then(|c| c.get("locale"));
        let tag = locale.or_else(|| self.attribute("preferred_language"))?.as_str()?;
        (!tag.is_empty()).then(|| Language { id: None, name: Plain::new(tag) })
    }

    /// `{"intent", "confidence"}` as S2 has it, or a name alone.
    fn intent(&self) -> (Option<Plain>, Option<f64>) {
        let name = self.intent.get("intent").unwrap_or(&self.intent).as_str();
        let name = name.filter(|name| !name.is_empty()).map(Plain::new);
        (name, self.intent.get("confidence").and_then(number_of))
    }
}

fn requirement(skill: &SkillRef) -> Requirement {
    let name = skill.name.clone().unwrap_or_else(|| skill.id.short().into());
    Requirement { id: Some(skill.id.clone()), name }
}

/// The session as it stands. How often it was passed on only its events tell.
pub async fn look<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<SessionDetail, Error> {
    look_hiding(client, id, lane, None).await
}

/// The same about a guest whose token the gateway knows.
pub async fn look_hiding<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
    token: Option<&GuestToken>,
) -> Result<SessionDetail, Error> {
    let path = format!("/api/v2/conversations/messaging/{}", part(id));
    let call = Call::get("read the session", lane, path).hiding(token);
    let read: Conversation = client.fetch(call).await?;
    let mut detail = read.detail();
    // By the id it was asked for, however the gateway spells it.
    detail.session.id = id.clone();
    detail.id = id.clone();
    Ok(detail)
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default, deserialize_with = "lenient")]
    summary: Option<String>,
}

/// What has a summary made (S0).
pub fn summary_request(id: &SessionId) -> Write {
    Write {
        step: Step::Summary,
        operation: "have a summary made",
        method: Method::Post,
        path: format!("/api/v2/conversations/{}/summary", part(id)),
        body: json!({"type": "transfer", "conversationId": id}),
        required: false,
    }
}

/// Has a summary made. Making one twice harms nobody, so it is asked for as a read is.
pub async fn summarise<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<Option<String>, Error> {
    let Write { operation, path, body, .. } = summary_request(id);
    let call = Call::query(operation, lane, &path, &body);
    let made: Summary = client.fetch(call).await?;
    Ok(made.summary.filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Value) -> SessionDetail {
        serde_json::from_value::<Conversation>(body).unwrap().detail()
    }

    #[test]
    fn what_is_unknown_does_not_fail_and_numbers_may_be_text() {
        let session = read(json!({
            "id": "c", "state": "queued", "intent": {"intent": "billing", "confidence": "0.32"},
            "sentiment": "0.4", "context": {"locale": "en-US", "moon": "full"}, "weather": [1],
            "routingMetadata": {"queue": {"id": "q"}, "skills": [{"id": "s", "priority": "7"}, "x"]},
            "participants": [{"id": "p", "purpose": "ghost"}, 5],
        }))
        .session;
        assert_eq!((session.state, session.confidence), (SessionState::Waiting, Some(0.32)));
        assert_eq!((session.sentiment, session.priority), (Some(0.4), Some(7)));
        assert_eq!((session.skills.len(), session.queue), (1, Some("q".into())));
        assert_eq!(session.language.unwrap().name.as_str(), "en-US");
        assert_eq!(session.depth, None);
        let odd = read(json!({"id": "c", "state": 5, "intent": "NaN", "sentiment": "NaN",
            "participants": {}, "guestInfo": [], "from": null, "routingMetadata": "none"}));
        assert_eq!(odd.session.state, SessionState::Transferring, "nobody is there");
        assert_eq!((odd.session.sentiment, odd.guest), (None, None));
    }

    #[test]
    fn a_state_nobody_knows_follows_from_who_is_there() {
        let with = |party: Value| {
            read(json!({"id": "c", "state": "dreaming", "participants": [party]})).session
        };
        let agent =
            with(json!({"id": "p", "purpose": "agent", "userId": "a", "state": "connected"}));
        assert_eq!((agent.state, agent.agent), (SessionState::Connected, Some("a".into())));
        assert_eq!(with(json!({"id": "p", "purpose": "acd"})).state, SessionState::Waiting);
        assert_eq!(with(json!({"id": "p", "purpose": "bot"})).state, SessionState::Bot);
    }

    #[test]
    fn the_guest_is_kept_as_received() {
        let guest =
            json!({"id": "guest-8842-xyz", "name": "Jane", "email": null, "externalId": "7"});
        let full = read(json!({"id": "c", "guestInfo": guest, "from": {"id": "other"}}));
        assert_eq!(json!(full.guest), guest);
        assert_eq!(full.session.guest.as_deref(), Some("Jane"));
        let from = read(json!({"id": "c", "from": {"id": "g", "type": "user"}}));
        assert_eq!(json!(from.guest), json!({"id": "g", "type": "user"}));
    }
}
