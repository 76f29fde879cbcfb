//! Counts and service levels of the queues.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use serde::Deserialize;
use serde_json::json;

use super::{
    query::{BATCH, half_hour, is_one_of, messages_of, of_all_queues, unless_same},
    wire::{number, rows, whole},
};
use crate::{
    domain::{
        agent::RoutingStatus,
        id::QueueId,
        queue::{ServiceLevel, Staff},
    },
    genesys::{
        Ask, Error, Lane, Patch, QueueCounts,
        client::{Call, Client, decode},
        transport::Transport,
    },
};

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Observations<'a> {
    results: Option<Vec<Observation<'a>>>,
}

/// Counts of sessions come grouped by queue and medium, counts of people by queue alone.
#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Observation<'a> {
    #[serde(borrow)]
    group: Group<'a>,
    #[serde(default = "Vec::new")]
    data: Vec<Datum<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    queue_id: Option<QueueId>,
    #[serde(borrow)]
    media_type: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Datum<'a> {
    #[serde(borrow)]
    metric: Option<Cow<'a, str>>,
    #[serde(borrow)]
    qualifier: Option<Cow<'a, str>>,
    stats: Option<Stats>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    #[serde(default, deserialize_with = "number")]
    count: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    calculated_metric_value: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    numerator: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    denominator: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    target: Option<f64>,
}

/// The counts of every queue. One that is absent from the answer has nothing to count.
pub async fn counts<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    const OPERATION: &str = "read queue counts";
    let path = "/api/v2/analytics/queues/observations/query";
    let answers = of_all_queues(client, (OPERATION, path), (ask, lane), |queues| {
        // User metrics have no medium: asking for messages only would leave them out.
        json!({
            "filter": is_one_of("queueId", queues),
            "metrics": ["oWaiting", "oAlerting", "oInteracting", "oLongestWaiting", "oUserRoutingStatuses"],
        })
    });
    let answers = answers.await?;
    unless_same(ask, &answers, || {
        let mut counts: HashMap<QueueId, QueueCounts> =
            ask.queues.iter().map(|id| (id.clone(), QueueCounts::NONE)).collect();
        for answer in &answers {
            let observations: Observations<'_> = decode(OPERATION, answer)?;
            for observation in rows(OPERATION, answer, observations.results)? {
                count(&mut counts, observation, ask.now);
            }
        }
        Ok(Patch::Queues(counts))
    })
}

fn count(
    counts: &mut HashMap<QueueId, QueueCounts>,
    observation: Observation<'_>,
    now: jiff::Timestamp,
) {
    let Some(queue) = observation.group.queue_id.and_then(|id| counts.get_mut(&id)) else { return };
    if observation.group.media_type.is_none_or(|medium| medium == "message") {
        observation.data.into_iter().for_each(|datum| note(queue, datum, now));
    }
}

fn note(queue: &mut QueueCounts, datum: Datum<'_>, now: jiff::Timestamp) {
    let Some(stats) = datum.stats else { return };
    let read = whole(stats.count);
    let count = read.unwrap_or(0);
    match datum.metric.as_deref() {
        Some("oWaiting") => queue.waiting = read,
        Some("oAlerting") => queue.alerting = read,
        Some("oInteracting") => queue.interacting = read,
        Some("oLongestWaiting") => {
            queue.longest_since = whole(stats.calculated_metric_value)
                .filter(|&ms| ms > 0)
                .and_then(|ms| now.checked_sub(Duration::from_millis(ms.into())).ok());
        }
        Some("oUserRoutingStatuses") => {
            let staff = queue.staff.get_or_insert_with(Staff::default);
            match datum.qualifier.as_deref().map(RoutingStatus::parse) {
                Some(RoutingStatus::Idle) => staff.idle = count,
                Some(RoutingStatus::Interacting) => staff.interacting = count,
                Some(RoutingStatus::NotResponding) => staff.not_responding = count,
                Some(RoutingStatus::Communicating) => staff.communicating = count,
                Some(RoutingStatus::OffQueue) => staff.off_queue = count,
                Some(RoutingStatus::Other(_)) | None => {}
            }
        }
        _ => {}
    }
}

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Aggregates<'a> {
    results: Option<Vec<Aggregate<'a>>>,
}

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Aggregate<'a> {
    #[serde(borrow)]
    group: Group<'a>,
    #[serde(default = "Vec::new")]
    data: Vec<Bucket<'a>>,
}

#[derive(Deserialize)]
#[serde(bound = "'de: 'a")]
struct Bucket<'a> {
    #[serde(default = "Vec::new")]
    metrics: Vec<Datum<'a>>,
}

/// Service levels of the current half hour. Queues without traffic are absent: no data, not 0 %.
pub async fn levels<T: Transport>(
    client: &Client<T>,
    ask: &Ask,
    lane: Lane,
) -> Result<Patch, Error> {
    const OPERATION: &str = "read service levels";
    let mut levels = HashMap::new();
    for queues in ask.queues.chunks(BATCH) {
        let query = json!({
            "interval": half_hour(ask.now),
            "groupBy": ["queueId", "mediaType"],
            "filter": messages_of(queues),
            "metrics": ["oServiceLevel"],
        });
        let path = "/api/v2/analytics/conversations/aggregates/query";
        let reply = client.call(Call::query(OPERATION, lane, path, &query)).await?;
        let answer: Aggregates<'_> = decode(OPERATION, &reply.answer)?;
        for aggregate in rows(OPERATION, &reply.answer, answer.results)? {
            let data = aggregate.data.into_iter().flat_map(|bucket| bucket.metrics);
            let level = data.filter_map(|datum| datum.stats).filter_map(level).reduce(add);
            if let (Some(id), Some(level)) = (aggregate.group.queue_id, level) {
                levels.insert(id, level);
            }
        }
    }
    Ok(Patch::Levels(levels))
}

fn level(stats: Stats) -> Option<ServiceLevel> {
    Some(ServiceLevel {
        in_time: whole(stats.numerator)?,
        answered: whole(stats.denominator)?,
        target: stats.target,
    })
}

/// Ratios are not averaged: numerators and denominators are added.
fn add(a: ServiceLevel, b: ServiceLevel) -> ServiceLevel {
    ServiceLevel {
        in_time: a.in_time.saturating_add(b.in_time),
        answered: a.answered.saturating_add(b.answered),
        target: a.target.or(b.target),
    }
}
