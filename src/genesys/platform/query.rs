//! Bodies of analytics queries, and the batches they are split into.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{
    domain::id::QueueId,
    genesys::{
        Ask, Error, Lane, Patch, Print,
        client::{Call, Client},
        transport::{Answer, Transport},
    },
};

/// Queue ids per query. The API does not say how many predicates it takes; a hundred is what its
/// own documents advise.
pub const BATCH: usize = 100;
/// Entities per page, the largest size that is documented everywhere.
pub const PAGE: usize = 100;

/// What a query answers for all queues, asked for a batch at a time.
pub async fn of_all_queues<T: Transport>(
    client: &Client<T>,
    call: (&'static str, &str),
    (ask, lane): (&Ask, Lane),
    query: impl Fn(&[QueueId]) -> Value,
) -> Result<Vec<Answer>, Error> {
    let (operation, path) = call;
    let bodies = ask.seen.questions(|| {
        ask.queues.chunks(BATCH).map(|queues| query(queues).to_string().into_bytes()).collect()
    });
    let mut answers = Vec::with_capacity(bodies.len());
    for body in bodies {
        let call = Call::question(operation, lane, path, body.clone());
        answers.push(client.call(call).await?.answer);
    }
    Ok(answers)
}

/// What these answers say, by `read`, unless they are the last ones again.
pub fn unless_same(
    ask: &Ask,
    answers: &[Answer],
    read: impl FnOnce() -> Result<Patch, Error>,
) -> Result<Patch, Error> {
    let print = Print::of(answers.iter().map(|answer| answer.body.as_sent()));
    if ask.seen.is(print) {
        return Ok(Patch::Same);
    }
    let patch = read()?;
    ask.seen.keep(print);
    Ok(patch)
}

/// `dimension` is `value`.
pub fn is(dimension: &str, value: &str) -> Value {
    json!({"type": "dimension", "dimension": dimension, "operator": "matches", "value": value})
}

/// `dimension` has no value.
pub fn is_absent(dimension: &str) -> Value {
    json!({"type": "dimension", "dimension": dimension, "operator": "notExists"})
}

/// One of `values`: the API takes one value a predicate, so many make an `or` clause.
pub fn is_one_of<T: ToString>(dimension: &str, values: &[T]) -> Value {
    let predicates: Vec<Value> =
        values.iter().map(|value| is(dimension, &value.to_string())).collect();
    json!({"type": "or", "predicates": predicates})
}

/// Messages of these queues.
pub fn messages_of(queues: &[QueueId]) -> Value {
    json!({
        "type": "and",
        "predicates": [is("mediaType", "message")],
        "clauses": [is_one_of("queueId", queues)],
    })
}

/// The interval that ends now and is as long as the details query allows with a filter: a session
/// is found only if the interval reaches back to the day it began.
pub fn last_31_days(now: Timestamp) -> String {
    let from = now.checked_sub((31 * 24).hours()).unwrap_or(now);
    interval(from, now)
}

/// The half hour that `now` is in.
pub fn half_hour(now: Timestamp) -> String {
    const HALF_HOUR: i64 = 1800;
    let start = now.as_second() - now.as_second().rem_euclid(HALF_HOUR);
    let at = |second| Timestamp::from_second(second).unwrap_or(now);
    interval(at(start), at(start + HALF_HOUR))
}

fn interval(from: Timestamp, to: Timestamp) -> String {
    format!("{from:.3}/{to:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_hour_is_the_one_now_is_in() {
        let now = "2026-11-21T10:47:12Z".parse().unwrap();
        assert_eq!(half_hour(now), "2026-11-21T10:30:00.000Z/2026-11-21T11:00:00.000Z");
    }

    #[test]
    fn live_sessions_are_looked_for_in_31_days() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(last_31_days(now), "2026-10-21T10:00:00.000Z/2026-11-21T10:00:00.000Z");
    }
}
