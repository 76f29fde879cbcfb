//! One conversation read closely: its participants, its last messages, its summary.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::wire::{number, time};
use crate::{
    domain::{
        detail::{Attendance, Participant, Purpose, SessionDetail, Speaker, Utterance},
        id::{AgentId, MessageId, ParticipantId, QueueId, SessionId, SkillId},
        session::{Language, Requirement, Session, SessionState},
        text::Plain,
    },
    genesys::{
        Error, Lane,
        client::{Call, Client},
        error::Kind,
        transport::Transport,
    },
};

/// Messages that the detail shows.
const MESSAGES: usize = 30;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
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
    fn purpose(&self) -> Purpose {
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

    fn participant(&self) -> Participant {
        let last = self.messages.last();
        Participant {
            id: self.id.clone(),
            purpose: self.purpose(),
            name: self.name.clone().filter(|n| !n.is_empty()),
            agent: self.user_id.clone(),
            queue: self.queue_id.clone(),
            presence: self.attendance(),
            from: self.start_time.or_else(|| last.and_then(|m| m.start_alerting_time)),
            connected: self.connected_time.or_else(|| last.and_then(|m| m.connected_time)),
            until: self.end_time,
            ended_by: last.and_then(|m| m.disconnect_type.clone()),
        }
    }
}

impl Conversation {
    fn detail(&self, read_at: Timestamp) -> SessionDetail {
        let participants: Vec<Participant> =
            self.participants.iter().map(Party::participant).collect();
        SessionDetail {
            id: self.id.clone(),
            session: self.session(&participants),
            participants,
            messages: Vec::new(),
            summary: None,
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
        let mut known: Vec<_> =
            all.filter_map(|m| Some((m.message_time, m.message_id.clone()?))).collect();
        known.sort();
        // Guest and agent each list a message of the other's side as well.
        known.dedup_by(|a, b| a.1 == b.1);
        let from = known.len().saturating_sub(MESSAGES);
        known.into_iter().skip(from).map(|(_, id)| id).collect()
    }
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

async fn conversation<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<Conversation, Error> {
    let path = format!("/api/v2/conversations/{id}");
    client.fetch(Call::get("read the session", lane, path)).await
}

/// The session as it stands.
pub async fn look<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<SessionDetail, Error> {
    Ok(conversation(client, id, lane).await?.detail(Timestamp::now()))
}

/// The session with its messages, summary and sentiment.
pub async fn detail<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
) -> Result<SessionDetail, Error> {
    let conversation = conversation(client, id, Lane::Screen).await?;
    let mut detail = conversation.detail(Timestamp::now());
    let wanted = conversation.newest_messages();
    let (messages, summary, sentiment) =
        tokio::join!(messages(client, id, &wanted), summary(client, id), sentiment(client, id));
    let mut gaps = Vec::new();
    let (said, feeling) = messages.unwrap_or_else(|e| {
        gaps.push(e.explained());
        Default::default()
    });
    detail.messages = said;
    detail.summary = known(summary, &mut gaps);
    detail.session.sentiment = known(sentiment, &mut gaps).or(feeling);
    detail.gaps = gaps;
    Ok(detail)
}

/// An org without summaries or analytics answers 404: that is no gap, there is just nothing.
fn known<V>(read: Result<Option<V>, Error>, gaps: &mut Vec<Plain>) -> Option<V> {
    match read {
        Ok(value) => value,
        Err(error) if error.kind == Kind::NotFound => None,
        Err(error) => {
            gaps.push(error.explained());
            None
        }
    }
}

#[derive(Deserialize)]
struct Messages {
    #[serde(default)]
    entities: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default, deserialize_with = "time")]
    timestamp: Option<Timestamp>,
    direction: Option<String>,
    normalized_message: Option<Normalized>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Normalized {
    text: Option<Plain>,
    originating_entity: Option<String>,
    enrichment: Option<Enrichment>,
}

#[derive(Deserialize)]
struct Enrichment {
    #[serde(rename = "sentimentV2")]
    sentiment: Option<Tagged>,
}

#[derive(Deserialize)]
struct Tagged {
    tag: Option<String>,
}

impl Message {
    /// `inbound` is the guest; bot and agent both are `outbound`.
    fn speaker(&self) -> Speaker {
        let bot = self.normalized_message.as_ref().and_then(|n| n.originating_entity.as_deref());
        match (self.direction.as_deref(), bot) {
            (Some("inbound"), _) => Speaker::Guest,
            (_, Some("Bot")) => Speaker::Bot,
            _ => Speaker::Agent,
        }
    }

    fn utterance(&self) -> Option<Utterance> {
        let text = self.normalized_message.as_ref()?.text.clone().filter(|t| !t.is_empty())?;
        Some(Utterance { at: self.timestamp?, by: self.speaker(), text })
    }

    fn feeling(&self) -> Option<f64> {
        let enrichment = self.normalized_message.as_ref()?.enrichment.as_ref()?;
        match enrichment.sentiment.as_ref()?.tag.as_deref()? {
            "Positive" => Some(1.0),
            "Neutral" => Some(0.5),
            "Negative" => Some(0.0),
            _ => None,
        }
    }
}

/// The messages, and how the guest felt over the last ones.
async fn messages<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    wanted: &[MessageId],
) -> Result<(Vec<Utterance>, Option<f64>), Error> {
    if wanted.is_empty() {
        return Ok(Default::default());
    }
    let path = format!("/api/v2/conversations/messages/{id}/messages/bulk");
    let call = Call::query("read messages", Lane::Screen, &path, &json!(wanted));
    let mut listing: Messages = client.fetch(call).await?;
    // The answer's order is not promised.
    listing.entities.sort_by_key(|m| m.timestamp);
    let guests = listing.entities.iter().filter(|m| m.speaker() == Speaker::Guest);
    let feelings: Vec<f64> = guests.rev().filter_map(Message::feeling).take(5).collect();
    #[expect(clippy::cast_precision_loss, reason = "at most five")]
    let feeling =
        (!feelings.is_empty()).then(|| feelings.iter().sum::<f64>() / feelings.len() as f64);
    Ok((listing.entities.iter().filter_map(Message::utterance).collect(), feeling))
}

#[derive(Deserialize)]
struct Summaries {
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    text: Option<Plain>,
    status: Option<String>,
}

async fn summary<T: Transport>(client: &Client<T>, id: &SessionId) -> Result<Option<Plain>, Error> {
    let path = format!("/api/v2/conversations/{id}/summaries");
    let call = Call::get("read the summary", Lane::Screen, path);
    let summaries: Summaries = client.fetch(call).await?;
    let complete = summaries.summary.filter(|s| s.status.as_deref() == Some("Completed"));
    Ok(complete.and_then(|s| s.text).filter(|t| !t.is_empty()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    #[serde(default, deserialize_with = "number")]
    sentiment_score: Option<f64>,
}

async fn sentiment<T: Transport>(client: &Client<T>, id: &SessionId) -> Result<Option<f64>, Error> {
    let path = format!("/api/v2/speechandtextanalytics/conversations/{id}");
    let call = Call::get("read the sentiment", Lane::Screen, path);
    let analysis: Analysis = client.fetch(call).await?;
    Ok(analysis.sentiment_score.map(from_score))
}

/// The scale is not published: the vendor's own screens show −100 to 100, other sources −1 to 1. Told
/// apart by size, and brought to 0 to 1.
fn from_score(score: f64) -> f64 {
    let unit = if score.abs() > 1.0 { score / 100.0 } else { score };
    (unit.clamp(-1.0, 1.0) + 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentiment_of_either_scale_becomes_a_share() {
        assert_eq!(from_score(-100.0), 0.0);
        assert_eq!(from_score(50.0), 0.75);
        assert_eq!(from_score(0.5), 0.75);
        assert_eq!(from_score(0.0), 0.5);
        assert_eq!(from_score(1e9), 1.0);
    }
}
