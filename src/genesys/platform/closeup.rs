//! What a close look at a conversation adds: its last messages, its summary, its sentiment.
//!
//! Each comes from a read of its own, and an org may lack any of them: what can't be read is a gap,
//! never a failure.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{
    conversation::look,
    wire::{number, time},
};
use crate::{
    domain::{
        detail::{SessionDetail, Speaker, Utterance},
        id::{AgentId, MessageId, SessionId},
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

/// The session with its messages, summary and sentiment.
pub async fn detail<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
) -> Result<SessionDetail, Error> {
    let lane = Lane::Look;
    let mut detail = look(client, id, lane).await?;
    let (messages, summary, sentiment) = tokio::join!(
        messages(client, id, &detail.message_ids, lane),
        summary(client, id, lane),
        sentiment(client, id, lane)
    );
    let mut gaps = Vec::new();
    let (said, feeling) = messages.unwrap_or_else(|e| {
        gaps.push(e.explained());
        Default::default()
    });
    detail.messages = said;
    detail.summary = known(summary, &mut gaps).as_deref().map(Plain::new);
    detail.session.sentiment = known(sentiment, &mut gaps).or(feeling);
    detail.gaps = gaps;
    Ok(detail)
}

/// Adds how the customer feels: what the org's analytics say, else what the last messages were tagged.
pub async fn weigh<T: Transport>(client: &Client<T>, detail: &mut SessionDetail, lane: Lane) {
    let id = detail.id.clone();
    let mut gaps = Vec::new();
    let mut mood = known(sentiment(client, &id, lane).await, &mut gaps);
    if mood.is_none() {
        let tagged = messages(client, &id, &detail.message_ids, lane).await;
        mood = known(tagged.map(|(_, feeling)| feeling), &mut gaps);
    }
    detail.session.sentiment = mood;
    detail.gaps.extend(gaps);
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
    created_by: Option<User>,
    normalized_message: Option<Normalized>,
}

#[derive(Deserialize)]
struct User {
    id: Option<AgentId>,
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
        let author = self.created_by.as_ref().and_then(|user| user.id.clone());
        Some(Utterance { at: self.timestamp?, by: self.speaker(), author, text: text.into() })
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
    lane: Lane,
) -> Result<(Vec<Utterance>, Option<f64>), Error> {
    if wanted.is_empty() {
        return Ok(Default::default());
    }
    let path = format!("/api/v2/conversations/messages/{}/messages/bulk", part(id));
    let call = Call::query("read messages", lane, &path, &json!(wanted));
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

/// The words of these messages.
pub async fn words<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    wanted: &[MessageId],
) -> Result<Vec<Utterance>, Error> {
    Ok(messages(client, id, wanted, Lane::Operator).await?.0)
}

#[derive(Deserialize)]
struct Summaries {
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    text: Option<String>,
    status: Option<String>,
}

/// The summary that the org has made, once it is complete. An org without summaries answers 404.
pub async fn summary<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<Option<String>, Error> {
    let path = format!("/api/v2/conversations/{}/summaries", part(id));
    let summaries: Summaries = match client.fetch(Call::get("read the summary", lane, path)).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        read => read?,
    };
    let complete = summaries.summary.filter(|s| s.status.as_deref() == Some("Completed"));
    Ok(complete.and_then(|s| s.text).filter(|t| !t.is_empty()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    #[serde(default, deserialize_with = "number")]
    sentiment_score: Option<f64>,
}

async fn sentiment<T: Transport>(
    client: &Client<T>,
    id: &SessionId,
    lane: Lane,
) -> Result<Option<f64>, Error> {
    let path = format!("/api/v2/speechandtextanalytics/conversations/{}", part(id));
    let call = Call::get("read the sentiment", lane, path);
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
