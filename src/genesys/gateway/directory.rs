//! The queues, and what the OAuth client may do.

use serde::Deserialize;
use serde_json::Value;

use super::wire::{Listing, PAGE, lenient, number_of, whole};
use crate::{
    domain::{id::QueueId, text::Plain},
    genesys::{
        Dialect, Directory, Error, Lane, Patch, QueueFacts,
        client::{Call, Client},
        listing::{MOST_PAGES, endless},
        rights::{OAuthClient, who_asks},
        transport::Transport,
    },
};

/// Requests that a directory takes: one page of queues, and the client.
pub const COST: usize = 2;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    id: QueueId,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<Plain>,
    #[serde(default)]
    media_settings: Value,
}

impl From<Queue> for QueueFacts {
    fn from(queue: Queue) -> Self {
        let alerting = queue.media_settings.pointer("/message/alertingTimeoutSeconds");
        let alerting = whole(alerting.and_then(number_of));
        Self {
            name: queue.name.unwrap_or_else(|| queue.id.short().into()),
            id: queue.id,
            // There is no route to assign by hand.
            manual_assignment: false,
            alerting_timeout: alerting.map(|s| std::time::Duration::from_secs(s.into())),
            service_target: None,
        }
    }
}

/// Reads the directory. Without queues there is no floor; a client that can't be read leaves a gap.
pub async fn read<T: Transport>(client: &Client<T>, lane: Lane) -> Result<Patch, Error> {
    let mut directory = Directory { queues: queues(client, lane).await?, ..Directory::default() };
    let call = Call::get("read the OAuth client", lane, who_asks(Dialect::Gateway).to_owned());
    match client.fetch::<OAuthClient>(call).await {
        Ok(own) if !own.lacks().is_empty() => {
            let lacks = own.lacks().join(", ");
            let text = format!(
                "The OAuth client lacks {lacks}: what needs them will be refused — add the scopes and get a new token"
            );
            directory.gaps.push(Plain::new(&text));
        }
        Ok(_) => {}
        Err(error) => directory.gaps.push(error.explained()),
    }
    Ok(Patch::Directory(directory))
}

async fn queues<T: Transport>(client: &Client<T>, lane: Lane) -> Result<Vec<QueueFacts>, Error> {
    const OPERATION: &str = "read queues";
    let mut all = Vec::new();
    for number in 1..=MOST_PAGES {
        let path = format!("/api/v2/routing/queues?pageSize={PAGE}&pageNumber={number}");
        let page: Listing<Queue> = client.fetch(Call::get(OPERATION, lane, path)).await?;
        let goes_on = page.goes_on(number);
        all.extend(page.entities.into_iter().map(QueueFacts::from));
        if !goes_on {
            return Ok(all);
        }
    }
    Err(endless(OPERATION))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{domain::rights::Need, genesys::rights::GATEWAY};

    #[test]
    fn a_missing_scope_is_told_where_the_client_tells_its_scopes() {
        let lacks = |body| serde_json::from_value::<OAuthClient>(body).unwrap().lacks();
        let scopes: Vec<&str> = GATEWAY.iter().map(Need::right).collect();
        assert!(lacks(json!({"id": "x"})).is_empty());
        assert!(lacks(json!({"scopes": scopes})).is_empty());
        assert!(lacks(json!({"scope": scopes.join(" ")})).is_empty());
        assert_eq!(lacks(json!({"scopes": scopes[1..]})), ["messaging:conversation:transfer"]);
    }
}
