//! Queues now: the observations query. Two rows a queue, as in the real API: sessions by queue and media
//! type, agents by queue alone.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::live::metric_of;
use super::staff;
use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::filter::Filter;
use crate::simulator::stamp::Stamp;
use crate::simulator::vocabulary::{OBSERVED_DIMENSIONS, OBSERVED_METRICS, OBSERVED_SESSIONS};
use crate::simulator::world::World;
use crate::simulator::world::agents::Presence;
use crate::simulator::world::sessions::Session;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    system_to_organization_mappings: BTreeMap<&'static str, [&'a str; 1]>,
    results: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    group: BTreeMap<&'static str, &'a str>,
    data: Vec<Metric<'a>>,
}

#[derive(Debug, Serialize)]
struct Metric<'a> {
    metric: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    qualifier: Option<&'a str>,
    stats: Stats,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observations: Vec<Observation<'a>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calculated_metric_value: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Observation<'a> {
    observation_date: Stamp,
    conversation_id: &'a str,
    session_id: &'a str,
    participant_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    direction: &'static str,
    routing_priority: i64,
    address_from: &'a str,
}

/// More observations than this are cut to the oldest and the newest half.
const OBSERVED: usize = 100;

pub(super) fn query(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let metrics = names(body.get("metrics"), "metrics")?
        .ok_or_else(|| Failure::bad_request("'metrics' is required"))?;
    let details = names(body.get("detailMetrics"), "detailMetrics")?.unwrap_or_default();
    if body.get("filter").is_none_or(Value::is_null) {
        return Err(Failure::bad_request("'filter' is required"));
    }
    let filter = Filter::read(body.get("filter"), OBSERVED_DIMENSIONS)?;
    let world = &*world;
    let mut of_queue: Vec<Vec<&Session>> = vec![Vec::new(); world.queues.len()];
    for session in world.open_sessions().filter(|session| metric_of(session).is_some()) {
        if let Some(queue) = session.queue {
            of_queue[queue].push(session);
        }
    }
    let mut results = Vec::new();
    for (queue, sessions) in of_queue.iter().enumerate() {
        let id = world.queues[queue].id.as_str();
        let admits = |media: Option<&str>| {
            filter.admits(&|dimension| {
                if dimension == "queueId" { Some(id) } else { media.and(Some("message")) }.into()
            })
        };
        if admits(Some("message")) {
            results.extend(session_row(id, sessions, &metrics, &details, world));
        }
        // Agents have no media type: a filter on one media type must not hide them.
        if admits(None) || admits(Some("message")) {
            results.extend(agent_row(id, queue, &metrics, world));
        }
    }
    let mappings = Presence::ALL
        .iter()
        .map(|presence| (presence.analytics(), [world.presences[*presence as usize].as_str()]));
    Answer::ok(&Response { system_to_organization_mappings: mappings.collect(), results })
}

fn names<'a>(value: Option<&'a Value>, key: &str) -> Result<Option<Vec<&'a str>>, Failure> {
    let Some(list) = value.and_then(Value::as_array) else { return Ok(None) };
    let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    match names.iter().find(|name| !OBSERVED_METRICS.know(name)) {
        Some(unknown) => Err(Failure::bad_request(format!("{key}: unknown metric '{unknown}'"))),
        None => Ok(Some(names)),
    }
}

fn session_row<'a>(
    id: &'a str,
    sessions: &[&'a Session],
    metrics: &[&'a str],
    details: &[&str],
    world: &'a World,
) -> Option<Row<'a>> {
    let wanted = metrics.iter().chain(details).filter(|metric| OBSERVED_SESSIONS.know(metric));
    let mut seen: Vec<&str> = Vec::new();
    let mut data = Vec::new();
    for metric in wanted {
        let Some(known) = OBSERVED_METRICS
            .iter()
            .find(|known| known == metric)
            .filter(|known| !seen.contains(known))
        else {
            continue;
        };
        seen.push(known);
        data.extend(session_metric(known, sessions, details.contains(metric), world));
    }
    (!data.is_empty())
        .then(|| Row { group: BTreeMap::from([("queueId", id), ("mediaType", "message")]), data })
}

fn session_metric<'a>(
    metric: &'static str,
    sessions: &[&'a Session],
    detailed: bool,
    world: &'a World,
) -> Option<Metric<'a>> {
    let counted = metric
        .strip_prefix("oLongest")
        .map_or(metric, |rest| if rest == "Waiting" { "oWaiting" } else { "oInteracting" });
    let mut these: Vec<&Session> =
        sessions.iter().filter(|session| metric_of(session) == Some(counted)).copied().collect();
    let longest = these.iter().map(|session| world.now - session.since).max()?;
    let stats = match counted == metric {
        true => Stats { count: Some(these.len()), calculated_metric_value: None },
        false => Stats { count: None, calculated_metric_value: Some(longest) },
    };
    let cut = detailed && these.len() > OBSERVED;
    these.sort_by_key(|session| session.since);
    let skip = if cut { OBSERVED / 2..these.len() - OBSERVED / 2 } else { 0..0 };
    let shown = these.iter().enumerate().filter(|(n, _)| detailed && !skip.contains(n));
    let observations = shown.map(|(_, session)| observation(session, world)).collect();
    Some(Metric { metric, qualifier: None, stats, truncated: cut.then_some(true), observations })
}

fn observation<'a>(session: &'a Session, world: &'a World) -> Observation<'a> {
    Observation {
        observation_date: Stamp(session.since),
        conversation_id: &session.id,
        session_id: &session.holder().communication,
        participant_name: &session.guest,
        user_id: session.agent.map(|agent| world.agents[agent].id.as_str()),
        direction: "inbound",
        routing_priority: session.priority,
        address_from: &session.address,
    }
}

fn agent_row<'a>(
    id: &'a str,
    queue: usize,
    metrics: &[&'a str],
    world: &'a World,
) -> Option<Row<'a>> {
    let wanted: Vec<&&str> =
        metrics.iter().filter(|metric| !OBSERVED_SESSIONS.know(metric)).collect();
    if wanted.is_empty() {
        return None;
    }
    let seats: Vec<staff::Seat> = staff::seats(world, queue).collect();
    let data: Vec<Metric> = wanted
        .into_iter()
        .flat_map(|metric| staff::data(metric, &seats, world))
        .map(|datum| Metric {
            metric: datum.metric,
            qualifier: datum.qualifier,
            stats: Stats { count: datum.count, calculated_metric_value: None },
            truncated: None,
            observations: Vec::new(),
        })
        .collect();
    (!data.is_empty()).then(|| Row { group: BTreeMap::from([("queueId", id)]), data })
}
