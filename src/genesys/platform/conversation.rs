//! One conversation as it stands: its participants, and what they make of its state.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::wire::{number, time};
use crate::{
    domain::{
        detail::{Attendance, Participant, Purpose, SessionDetail, last_agent},
        id::{AgentId, MessageId, ParticipantId, QueueId, SessionId, SkillId},
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    genesys::{
        Error, Lane,
        client::{Call, Client},
        error::Kind,
        path::part,
        transport::Transport,
    },
};

/// Messages that the detail shows.
const MESSAGES: usize = 30;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    id: SessionId,
    #[serde(default, deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    end_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    inactivity_timeout: Option<Timestamp>,
    participants: Vec<Party>,
    #[serde(default)]
    recent_transfers: Vec<RecentTransfer>,
}

#[derive(Deserialize)]
struct RecentTransfer {
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    id: ParticipantId,
    name: Option<Plain>,
    #[serde(default)]
    purpose: String,
    user_id: Option<AgentId>,
    monitored_participant_id: Option<ParticipantId>,
    coached_participant_id: Option<ParticipantId>,
    barged_participant_id: Option<ParticipantId>,
    queue_id: Option<QueueId>,
    #[serde(default, deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    end_time: Option<Timestamp>,
    conversation_routing_data: Option<RoutingData>,
    #[serde(default)]
    messages: Vec<Communication>,
}

#[derive(Deserialize)]
struct RoutingData {
    #[serde(default, deserialize_with = "number")]
    priority: Option<f64>,
    language: Option<LanguageRef>,
    #[serde(default)]
    skills: Vec<SkillRef>,
}

#[derive(Deserialize)]
struct LanguageRef {
    id: Option<crate::domain::id::LanguageId>,
    name: Option<Plain>,
}

#[derive(Deserialize)]
struct SkillRef {
    id: SkillId,
    name: Option<Plain>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Communication {
    id: Option<Plain>,
    #[serde(default)]
    state: String,
    #[serde(rename = "type")]
    channel: Option<Plain>,
    disconnect_type: Option<Plain>,
    #[serde(default, deserialize_with = "time")]
    connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    start_alerting_time: Option<Timestamp>,
    #[serde(default)]
    messages: Vec<MessageRef>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageRef {
    message_id: Option<MessageId>,
    #[serde(default, deserialize_with = "time")]
    message_time: Option<Timestamp>,
}

impl Party {
    /// Who has this one monitored, coached or barged in on.
    fn supervised(&self) -> Option<&ParticipantId> {
        let monitored = self.monitored_participant_id.as_ref();
        let coached = self.coached_participant_id.as_ref();
        monitored.or(coached).or(self.barged_participant_id.as_ref())
    }

    /// Whether it is there beside another one, which serves the customer. Who stays when that one has gone
    /// has taken the conversation over.
    fn listens(&self, all: &[Self]) -> bool {
        let Some(supervised) = self.supervised() else { return false };
        let left = |it: &Self| it.id == *supervised && it.attendance() == Attendance::Gone;
        self.attendance() == Attendance::Gone || !all.iter().any(left)
    }

    fn purpose(&self, all: &[Self]) -> Purpose {
        // Whatever it is called: who listens in serves nobody, and must not be taken for who does.
        if self.listens(all) {
            return Purpose::Listener;
        }
        if self.supervised().is_some() {
            return Purpose::Agent;
        }
        match self.purpose.to_ascii_lowercase().as_str() {
            "customer" | "external" => Purpose::Customer,
            "acd" => Purpose::Queue,
            "agent" | "user" => Purpose::Agent,
            "workflow" | "botflow" => Purpose::Bot,
            _ => Purpose::Other(Plain::new(&self.purpose)),
        }
    }

    /// The newest stay in the conversation is what the participant does now.
    fn attendance(&self) -> Attendance {
        if self.end_time.is_some() {
            return Attendance::Gone;
        }
        match self.messages.last().map(|m| m.state.as_str()) {
            Some("alerting" | "offering" | "contacting" | "dialing") => Attendance::Alerting,
            Some("parked") => Attendance::Parked,
            Some("disconnected" | "terminated") => Attendance::Gone,
            _ => Attendance::Connected,
        }
    }

    fn participant(&self, all: &[Self]) -> Participant {
        let last = self.messages.last();
        Participant {
            id: self.id.clone(),
            purpose: self.purpose(all),
            name: self.name.clone().filter(|n| !n.is_empty()),
            agent: self.user_id.clone(),
            queue: self.queue_id.clone(),
            presence: self.attendance(),
            from: self.start_time.or_else(|| last.and_then(|m| m.start_alerting_time)),
            connected: self.connected_time.or_else(|| last.and_then(|m| m.connected_time)),
            until: self.end_time,
            ended_by: last.and_then(|m| m.disconnect_type.clone()),
            communication: last.and_then(|m| m.id.clone()),
        }
    }
}

impl Conversation {
    /// The session as the conversation tells it, without its messages.
    pub fn detail(&self, read_at: Timestamp) -> SessionDetail {
        let participants: Vec<Participant> =
            self.participants.iter().map(|it| it.participant(&self.participants)).collect();
        SessionDetail {
            id: self.id.clone(),
            session: self.session(&participants),
            participants,
            messages: Vec::new(),
            message_ids: self.newest_messages(),
            summary: None,
            guest: None,
            gaps: Vec::new(),
            read_at,
        }
    }

    fn session(&self, participants: &[Participant]) -> Session {
        let (state, holder) = self.standing(participants);
        let customer = participants.iter().find(|p| p.purpose == Purpose::Customer);
        let channels = self.participants.iter().flat_map(|p| &p.messages);
        let routing =
            self.participants.iter().rev().find_map(|p| p.conversation_routing_data.as_ref());
        let language = routing.and_then(|r| r.language.as_ref()).and_then(|l| {
            let name = l.name.clone().or_else(|| l.id.as_ref().map(|id| id.short().into()))?;
            Some(Language { id: l.id.clone(), name })
        });
        let skill = |s: &SkillRef| Requirement {
            id: Some(s.id.clone()),
            name: s.name.clone().unwrap_or_else(|| s.id.short().into()),
        };
        #[expect(clippy::cast_possible_truncation, reason = "the API allows ±25,000,000")]
        let priority = routing.and_then(|r| r.priority).map(|p| p as i64);
        Session {
            guest: customer.and_then(|c| c.name.clone()),
            channel: channels.filter_map(|m| m.channel.clone()).next(),
            since: holder.and_then(|h| h.connected.or(h.from)),
            started: self.start_time,
            queue: participants.iter().rev().find_map(|p| p.queue.clone()),
            agent: holder.and_then(|h| h.agent.clone()),
            last_agent: last_agent(participants).cloned(),
            monitor: listener(participants),
            language,
            skills: routing.map(|r| r.skills.iter().map(skill).collect()).unwrap_or_default(),
            priority,
            depth: Some(transfers(participants)),
            expires: self.inactivity_timeout,
            ..Session::bare(self.id.clone(), state)
        }
    }

    fn standing<'p>(&self, all: &'p [Participant]) -> (SessionState, Option<&'p Participant>) {
        let there = |purpose: Purpose, presence: Attendance| {
            all.iter().rev().find(|p| p.purpose == purpose && p.presence == presence)
        };
        if self.end_time.is_some() {
            return (SessionState::Disconnected, None);
        }
        let order = [
            (Purpose::Agent, Attendance::Alerting, SessionState::Alerting),
            (Purpose::Agent, Attendance::Connected, SessionState::Connected),
            (Purpose::Agent, Attendance::Parked, SessionState::Parked),
            (Purpose::Queue, Attendance::Connected, SessionState::Waiting),
            (Purpose::Bot, Attendance::Connected, SessionState::Bot),
        ];
        let found = order.into_iter().find_map(|(p, a, s)| Some((s, there(p, a)?)));
        let moving = self.recent_transfers.iter().any(|t| t.state.as_deref() == Some("Pending"));
        match found {
            Some((SessionState::Alerting, holder)) => (SessionState::Alerting, Some(holder)),
            other if moving => (SessionState::Transferring, other.map(|(_, holder)| holder)),
            Some((state, holder)) => (state, Some(holder)),
            None => (SessionState::Transferring, None),
        }
    }

    /// Ids of the newest messages, oldest first.
    fn newest_messages(&self) -> Vec<MessageId> {
        let all = self.participants.iter().flat_map(|p| &p.messages).flat_map(|m| &m.messages);
        // Guest and agent each list a message of the other's side as well, at a time of their own or at none.
        let mut times: HashMap<&MessageId, Option<Timestamp>> = HashMap::new();
        for message in all {
            let Some(id) = &message.message_id else { continue };
            let known = times.entry(id).or_default();
            *known = known.iter().copied().chain(message.message_time).min();
        }
        let mut known: Vec<_> = times.into_iter().map(|(id, time)| (time, id.clone())).collect();
        known.sort();
        let from = known.len().saturating_sub(MESSAGES);
        known.into_iter().skip(from).map(|(_, id)| id).collect()
    }
}

/// Who listens in now.
fn listener(participants: &[Participant]) -> Option<AgentId> {
    let listens = |p: &&Participant| p.purpose == Purpose::Listener && p.is_there();
    participants.iter().rev().find(listens)?.agent.clone()
}

/// How often a bot or an agent has passed the session on.
fn transfers(participants: &[Participant]) -> u32 {
    let passed_on = |p: &&Participant| {
        matches!(p.purpose, Purpose::Agent | Purpose::Bot)
            && p.connected.is_some()
            && p.ended_by.as_deref().is_some_and(|t| t.starts_with("transfer"))
    };
    u32::try_from(participants.iter().filter(passed_on).count()).unwrap_or(u32::MAX)
}

/// Reads a conversation. One that is not the one asked for is none: whoever holds it would be replaced.
pub async fn conversation<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<Conversation, Error> {
    const OPERATION: &str = "read the session";
    let path = format!("/api/v2/conversations/{}", part(id));
    let read: Conversation = client.fetch(Call::get(OPERATION, lane, path)).await?;
    if read.id.canonical() != id.canonical() {
        let text = format!("the answer is of another session, {}", read.id);
        return Err(Error::new(OPERATION, Kind::Decode, text));
    }
    Ok(Conversation { id: id.clone(), ..read })
}

/// The session as it stands.
pub async fn look<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<SessionDetail, Error> {
    Ok(conversation(client, id, lane).await?.detail(Timestamp::now()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A conversation of a customer, an agent and a supervisor, who stand to each other as this says.
    fn read(agent: &str, supervisor: &Value) -> SessionDetail {
        let mut robin = json!({
            "id": "s", "purpose": "user", "userId": "robin",
            "messages": [{"id": "cs", "state": "connected", "connectedTime": "2026-01-01T10:05:00Z"}],
        });
        let fields = supervisor.as_object().unwrap().clone();
        robin.as_object_mut().unwrap().extend(fields);
        let wire = json!({
            "id": "c", "startTime": "2026-01-01T10:00:00Z",
            "participants": [
                {"id": "g", "purpose": "customer", "messages": [{"id": "cg", "state": "connected"}]},
                {"id": "a", "purpose": "agent", "userId": "ada",
                 "messages": [{"id": "ca", "state": agent, "connectedTime": "2026-01-01T10:01:00Z"}]},
                robin,
            ],
        });
        let read: Conversation = serde_json::from_value(wire).unwrap();
        read.detail(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn who_monitors_coaches_or_barges_in_is_not_who_serves() {
        for field in ["monitoredParticipantId", "coachedParticipantId", "bargedParticipantId"] {
            let now = read("connected", &json!({field: "a"}));
            assert_eq!(now.replaceable().unwrap().agent, Some("ada".into()), "{field}");
            assert_eq!(now.session.agent, Some("ada".into()), "{field}");
            assert_eq!(now.session.monitor, Some("robin".into()), "{field}");
            // Of somebody who is not told of it can't be said that they have gone.
            let now = read("connected", &json!({field: "unheard-of"}));
            assert_eq!(now.replaceable().unwrap().agent, Some("ada".into()), "{field}");
        }
    }

    #[test]
    fn who_monitored_and_has_taken_over_serves() {
        let now = read("disconnected", &json!({"monitoredParticipantId": "a"}));
        assert_eq!(now.session.state, SessionState::Connected);
        assert_eq!((now.session.agent, now.session.monitor), (Some("robin".into()), None));
        assert_eq!(now.session.last_agent, Some("ada".into()));
        // Who has gone as well has listened, as far as anybody knows.
        let left = json!({"monitoredParticipantId": "a", "endTime": "2026-01-01T10:09:00Z"});
        let now = read("disconnected", &left);
        assert_eq!(now.session.last_agent, Some("ada".into()));
    }

    #[test]
    fn a_message_is_there_once_whenever_it_is_said_to_have_come() {
        let list = |ids: &[(&str, Option<&str>)]| -> Value {
            let each = |(id, time): &(&str, Option<&str>)| json!({"messageId": id, "messageTime": time.map(|t| format!("2026-01-01T10:00:{t}Z"))});
            ids.iter().map(each).collect()
        };
        let guest = list(&[("m1", Some("01")), ("m2", Some("02")), ("m3", Some("03"))]);
        let agent = list(&[("m1", None), ("m2", Some("09")), ("m4", Some("04"))]);
        let wire = json!({"id": "c", "participants": [
            {"id": "g", "messages": [{"messages": guest}]},
            {"id": "a", "messages": [{"messages": agent}]},
        ]});
        let read: Conversation = serde_json::from_value(wire).unwrap();
        assert_eq!(read.newest_messages(), ["m1", "m2", "m3", "m4"].map(MessageId::from));
    }
}
