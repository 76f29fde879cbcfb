//! The org, its queues, and the names of skills and languages.

use std::{collections::HashMap, hash::Hash, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    query::PAGE,
    wire::{Listing, Named, number, whole},
};
use crate::{
    domain::{
        id::{LanguageId, QueueId, SkillId},
        text::Plain,
    },
    genesys::{
        Dialect, Directory, Error, Lane, Patch, QueueFacts,
        client::{Call, Client},
        listing::{MOST_PAGES, endless},
        rights::who_asks,
        transport::Transport,
    },
};

#[derive(Deserialize)]
struct TokenInfo {
    organization: Option<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    id: QueueId,
    #[serde(default)]
    name: Plain,
    media_settings: Option<MediaSettings>,
    enable_manual_assignment: Option<bool>,
}

#[derive(Deserialize)]
struct MediaSettings {
    message: Option<MessageSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSettings {
    #[serde(default, deserialize_with = "number")]
    alerting_timeout_seconds: Option<f64>,
    service_level: Option<ServiceLevel>,
}

#[derive(Deserialize)]
struct ServiceLevel {
    #[serde(default, deserialize_with = "number")]
    percentage: Option<f64>,
}

#[derive(Deserialize)]
struct Entry {
    id: Option<String>,
    #[serde(default)]
    name: Plain,
}

impl From<Queue> for QueueFacts {
    fn from(queue: Queue) -> Self {
        let message = queue.media_settings.and_then(|m| m.message);
        let message = message.as_ref();
        Self {
            id: queue.id,
            name: queue.name,
            manual_assignment: queue.enable_manual_assignment == Some(true),
            alerting_timeout: message
                .and_then(|m| whole(m.alerting_timeout_seconds))
                .map(|s| Duration::from_secs(s.into())),
            service_target: message.and_then(|m| m.service_level.as_ref()?.percentage),
        }
    }
}

/// Reads the directory. Without queues there is no floor; what else fails leaves a gap, since ids
/// can be shown in place of names.
pub async fn read<T: Transport>(client: &Client<T>, lane: Lane) -> Result<Patch, Error> {
    let queues = pages::<_, Queue>(client, "read queues", lane, "/api/v2/routing/queues").await?;
    let mut directory = Directory {
        queues: queues.into_iter().map(QueueFacts::from).collect(),
        ..Directory::default()
    };
    let mut gaps = Vec::new();
    let skills = pages(client, "read skills", lane, "/api/v2/routing/skills").await;
    directory.skills = names::<SkillId>(skills, &mut gaps);
    let languages = pages(client, "read languages", lane, "/api/v2/routing/languages").await;
    directory.languages = names::<LanguageId>(languages, &mut gaps);
    let path = who_asks(Dialect::Platform).to_owned();
    match client.fetch::<TokenInfo>(Call::get("read the org", lane, path)).await {
        Ok(info) => directory.org = info.organization.and_then(|o| o.name).map(Plain::from),
        Err(error) => gaps.push(error.explained()),
    }
    directory.gaps = gaps;
    Ok(Patch::Directory(directory))
}

fn names<K: Hash + Eq + for<'a> From<&'a str>>(
    entries: Result<Vec<Entry>, Error>,
    gaps: &mut Vec<Plain>,
) -> HashMap<K, Plain> {
    let entries = entries.unwrap_or_else(|error| {
        gaps.push(error.explained());
        Vec::new()
    });
    entries.into_iter().filter_map(|e| Some((K::from(&e.id?), e.name))).collect()
}

/// Reads a listing to its end.
async fn pages<T: Transport, E: DeserializeOwned>(
    client: &Client<T>,
    operation: &'static str,
    lane: Lane,
    path: &str,
) -> Result<Vec<E>, Error> {
    let mut all = Vec::new();
    for number in 1..=MOST_PAGES {
        let path = format!("{path}?pageSize={PAGE}&pageNumber={number}");
        let page: Listing<E> = client.fetch(Call::get(operation, lane, path)).await?;
        let goes_on = page.goes_on(number, PAGE) && !page.entities.is_empty();
        all.extend(page.entities);
        if !goes_on {
            return Ok(all);
        }
    }
    Err(endless(operation))
}
