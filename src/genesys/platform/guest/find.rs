//! Which conversation a guest is in. No word on the guest's socket names it.
//!
//! A guest's own message, told back, has the address by which the org knows them (`channel.from.id`), and
//! analytics find a session by `addressFrom`. That the two are the same is what the documents suggest and
//! captured data of other channels show; for web messaging it is unconfirmed, and so is how far the
//! queries are behind. Where an org answers otherwise, opening a session says that its conversation was
//! not found, and no other is ever taken for it.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::query::{is, is_absent, last_31_days};
use crate::{
    domain::id::SessionId,
    genesys::{
        Error, Lane,
        client::{Call, Client},
        transport::Transport,
    },
};

const FIND: &str = "find the guest's conversation";

#[derive(Deserialize)]
struct Activity {
    #[serde(default)]
    results: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    entities: Vec<Row>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    conversations: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    conversation_id: Option<SessionId>,
}

/// The open conversation of an address, if it shows yet: where queues and agents have it, where bots
/// have it, and in the slow source of both.
pub async fn conversation<T: Transport>(
    client: &Client<T>,
    address: &str,
) -> Result<Option<SessionId>, Error> {
    let live = ["oWaiting", "oAlerting", "oInteracting"];
    let in_queue = activity(client, "conversations", &live, address).await;
    if matches!(in_queue, Ok(Some(_))) {
        return in_queue;
    }
    let with_bot = activity(client, "flows", &["oFlow"], address).await;
    if matches!(with_bot, Ok(Some(_))) {
        return with_bot;
    }
    // A right that is missing for one of the three hides nothing as long as another may be asked.
    details(client, address).await.or_else(|error| in_queue.or(with_bot).map_err(|_| error))
}

async fn activity<T: Transport>(
    client: &Client<T>,
    of: &str,
    metrics: &[&str],
    address: &str,
) -> Result<Option<SessionId>, Error> {
    let metrics: Vec<Value> =
        metrics.iter().map(|metric| json!({"metric": metric, "details": true})).collect();
    let query = json!({
        "metrics": metrics,
        "groupBy": ["conversationId"],
        "filter": {
            "type": "and",
            "predicates": [is("mediaType", "message"), is("addressFrom", address)],
        },
    });
    let path = format!("/api/v2/analytics/{of}/activity/query");
    let found: Activity = client.fetch(Call::query(FIND, Lane::Operator, &path, &query)).await?;
    let mut rows = found.results.into_iter().flat_map(|group| group.entities);
    Ok(rows.find_map(|row| row.conversation_id))
}

async fn details<T: Transport>(
    client: &Client<T>,
    address: &str,
) -> Result<Option<SessionId>, Error> {
    let query = json!({
        "interval": last_31_days(Timestamp::now()),
        "order": "desc",
        "orderBy": "conversationStart",
        "paging": {"pageSize": 1, "pageNumber": 1},
        "conversationFilters": [{"type": "and", "predicates": [is_absent("conversationEnd")]}],
        "segmentFilters": [{
            "type": "and",
            "predicates": [is("mediaType", "message"), is("addressFrom", address)],
        }],
    });
    let path = "/api/v2/analytics/conversations/details/query";
    let found: Details = client.fetch(Call::query(FIND, Lane::Operator, path, &query)).await?;
    Ok(found.conversations.into_iter().find_map(|row| row.conversation_id))
}
