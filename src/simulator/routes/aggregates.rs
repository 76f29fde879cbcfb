//! Figures over a stretch of time, by queue: the aggregates query. Groups and metrics without traffic are
//! absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::simulator::call::{Answer, Call, Failure};
use crate::simulator::filter::Filter;
use crate::simulator::stamp::{self, Millis, Stamp};
use crate::simulator::vocabulary::{AGGREGATE_DIMENSIONS, AGGREGATE_METRICS, Words};
use crate::simulator::world::World;
use crate::simulator::world::figures::{Count, Span};
use crate::simulator::world::queues::Queue;

/// No more buckets than this in one answer.
const BUCKETS: Millis = 2_000;

pub(super) fn query(call: &Call, world: &mut World) -> Result<Answer, Failure> {
    let body = call.object()?;
    let text = body
        .get("interval")
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::bad_request("'interval' is required"))?;
    let (start, end) = stamp::interval(text)
        .ok_or_else(|| Failure::new(400, "invalid.date", format!("'{text}' is not an interval")))?;
    let metrics = words(&body, "metrics", AGGREGATE_METRICS)?;
    if metrics.is_empty() {
        return Err(Failure::bad_request("'metrics' is required"));
    }
    let step = granularity(body.get("granularity").and_then(Value::as_str), end - start)?;
    let filter = Filter::read(body.get("filter"), AGGREGATE_DIMENSIONS)?;
    let group_by = words(&body, "groupBy", AGGREGATE_DIMENSIONS)?;
    let mut groups: BTreeMap<Vec<(&str, &str)>, Vec<&Queue>> = BTreeMap::new();
    for queue in world.queues.iter().filter(|queue| passes(&filter, queue)) {
        let key = group_by
            .iter()
            .filter_map(|dimension| Some((*dimension, value(dimension, queue)?)))
            .collect();
        groups.entry(key).or_default().push(queue);
    }
    let rows = groups.iter().filter_map(|(key, queues)| {
        let data = buckets(queues, &metrics, (start, end), step);
        let group: BTreeMap<_, _> = key.iter().copied().collect();
        (!data.is_empty()).then(|| json!({"group": group, "data": data}))
    });
    Answer::ok(&json!({"results": rows.collect::<Vec<_>>()}))
}

/// A list of words, all of which must be known.
fn words<'a>(
    body: &'a Map<String, Value>,
    key: &str,
    known: Words,
) -> Result<Vec<&'a str>, Failure> {
    let list = body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |value: &'a Value| {
        let word = value.as_str().filter(|word| known.know(word));
        word.ok_or_else(|| Failure::bad_request(format!("{key}: unknown value {value}")))
    };
    list.iter().map(read).collect()
}

fn value<'a>(dimension: &str, queue: &'a Queue) -> Option<&'a str> {
    match dimension {
        "queueId" => Some(&queue.id),
        "mediaType" => Some("message"),
        "direction" | "originatingDirection" => Some("inbound"),
        _ => None,
    }
}

fn passes(filter: &Filter, queue: &Queue) -> bool {
    filter.admits(&|dimension| value(dimension, queue).into())
}

/// Reads `PT30M` and its like; absent means one bucket.
fn granularity(text: Option<&str>, whole: Millis) -> Result<Millis, Failure> {
    let Some(text) = text else { return Ok(whole) };
    let wrong =
        || Failure::bad_request(format!("granularity: '{text}' is not a duration such as PT30M"));
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let day = jiff::SpanRelativeTo::days_are_24_hours();
    let step = span.total((jiff::Unit::Minute, day)).map_err(|_| wrong())?;
    #[expect(clippy::cast_possible_truncation, reason = "minutes of an interval")]
    let step = step as Millis * 60_000;
    if step < 60_000 || whole / step > BUCKETS {
        return Err(wrong());
    }
    Ok(step)
}

fn buckets(
    queues: &[&Queue],
    metrics: &[&str],
    (start, end): (Millis, Millis),
    step: Millis,
) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut from = start;
    while from < end {
        let to = (from + step).min(end);
        let counts: Vec<(&Queue, Count)> =
            queues.iter().map(|queue| (*queue, queue.figures.between(from, to))).collect();
        let row: Vec<Value> = metrics
            .iter()
            .filter_map(|metric| Some(json!({"metric": metric, "stats": stats(metric, &counts)?})))
            .collect();
        if !row.is_empty() {
            rows.push(
                json!({"interval": format!("{}/{}", Stamp(from), Stamp(to)), "metrics": row}),
            );
        }
        from = to;
    }
    rows
}

fn stats(metric: &str, counts: &[(&Queue, Count)]) -> Option<Value> {
    let number = |of: &dyn Fn(&Count) -> u64| {
        let sum: u64 = counts.iter().map(|(_, count)| of(count)).sum();
        (sum > 0).then(|| json!({"count": sum}))
    };
    let span = |of: &dyn Fn(&Count) -> Span| span_stats(counts.iter().map(|(_, count)| of(count)));
    match metric {
        "nOffered" => number(&|count| count.offered),
        "nConnected" => number(&|count| count.wait.count),
        "nTransferred" | "nBlindTransferred" => number(&|count| count.transferred),
        "nOverSla" => number(&|count| count.wait.count - count.within_target),
        "nAlertExpired" => number(&|count| count.unanswered),
        "oServiceLevel" => service_level(counts),
        "tWait" => span(&|count| count.wait),
        "tAnswered" | "tAcd" => span(&|count| count.wait),
        "tAlert" => span(&|count| count.alert),
        "tAbandon" => span(&|count| count.abandon),
        "tHandle" | "tTalk" | "tTalkComplete" => span(&|count| count.handle),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and milliseconds of hours are far below 2^52"
)]
fn span_stats(spans: impl Iterator<Item = Span>) -> Option<Value> {
    let spans: Vec<Span> = spans.filter(|span| span.count > 0).collect();
    let (min, max) =
        (spans.iter().map(|span| span.min).min()?, spans.iter().map(|span| span.max).max()?);
    let (count, sum): (u64, Millis) =
        spans.iter().fold((0, 0), |(count, sum), span| (count + span.count, sum + span.sum));
    Some(json!({"count": count, "sum": sum as f64, "min": min as f64, "max": max as f64}))
}

/// Answered in time out of answered and abandoned.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn service_level(counts: &[(&Queue, Count)]) -> Option<Value> {
    let numerator: u64 = counts.iter().map(|(_, count)| count.within_target).sum();
    let denominator: u64 =
        counts.iter().map(|(_, count)| count.wait.count + count.abandon.count).sum();
    let target = counts.first()?.0.target;
    (denominator > 0).then(|| {
        json!({"ratio": numerator as f64 / denominator as f64, "numerator": numerator as f64, "denominator": denominator as f64, "target": target})
    })
}
