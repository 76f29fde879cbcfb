//! What the HTTP side counts as it goes: requests by route and status, and how long they took.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric, counter::Counter, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::samples::Value;
use crate::domain::inbox::Route;

/// Every status that we give, and the name of any other.
const STATUSES: [(u16, &str); 16] = [
    (200, "200"),
    (202, "202"),
    (204, "204"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (409, "409"),
    (413, "413"),
    (415, "415"),
    (429, "429"),
    (500, "500"),
    (503, "503"),
    (0, "other"),
];
const ROUTES: [&str; 3] = ["bot_handoff", "messaging", "other"];
/// The bounds of the buckets in seconds, 1 ms to 10 s.
const BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counters of one server. Clones count together.
#[derive(Clone, Debug)]
pub struct Counters {
    requests: [[Counter; STATUSES.len()]; ROUTES.len()],
    durations: [Histogram; ROUTES.len()],
}

impl Default for Counters {
    fn default() -> Self {
        let durations = ROUTES.map(|_| Histogram::new(BUCKETS));
        Self { requests: Default::default(), durations }
    }
}

impl Counters {
    /// A request was answered after so long; `None` is any route but the webhooks.
    pub fn answered(&self, route: Option<Route>, status: u16, took: Duration) {
        let row = match route {
            Some(Route::BotHandoff) => 0,
            Some(Route::Messaging) => 1,
            None => 2,
        };
        let known = STATUSES.iter().position(|(code, _)| *code == status);
        self.requests[row][known.unwrap_or(STATUSES.len() - 1)].inc();
        self.durations[row].observe(took.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Requests answered, by route and status";
        registry.register("intake_requests", help, Each::<Counter, 2>(self.by_status()));
        let by_route = ROUTES.into_iter().zip(&self.durations);
        let by_route = by_route.map(|(route, of)| ([("route", route.into())], of.clone()));
        let help = "How long answering took";
        registry.register_with_unit(
            "intake_duration",
            help,
            Unit::Seconds,
            Each::<Histogram, 1>(by_route.collect()),
        );
    }

    fn by_status(&self) -> Vec<([(&'static str, Value); 2], Counter)> {
        let rows = ROUTES.into_iter().zip(&self.requests);
        let cells = rows.flat_map(|(route, row)| {
            STATUSES.iter().zip(row).map(move |((_, status), counter)| {
                let labels = [("route", route.into()), ("status", (*status).into())];
                (labels, counter.clone())
            })
        });
        cells.collect()
    }
}

/// One metric for each set of labels, always in the same order.
#[derive(Debug)]
struct Each<M, const N: usize>(Vec<([(&'static str, Value); N], M)>);

impl<M: EncodeMetric + TypedMetric, const N: usize> EncodeMetric for Each<M, N> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(labels, metric)| metric.encode(encoder.encode_family(labels)?))
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
