//! The shape that the live activity queries share: groups, counts, entities, pages. Not which sessions
//! are looked at.
//!
//! Typed and borrowed throughout: at fifteen thousand entities a tree of JSON values would be the cost.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::simulator::call::{Call, Failure};
use crate::simulator::vocabulary::Words;

/// An activity query that was understood.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) metrics: Vec<(String, bool)>,
    pub(super) group_by: Vec<String>,
    pub(super) descending: bool,
    size: usize,
    number: usize,
}

/// How many groups a page has when nobody says, and at most.
const PAGE: usize = 100;
const PAGE_MOST: usize = 1000;

impl Asked {
    /// Reads what all activity queries have in common.
    pub(super) fn read(
        call: &Call,
        body: &serde_json::Map<String, Value>,
        metrics: Words,
        dimensions: Words,
    ) -> Result<Self, Failure> {
        let list = |key: &str| {
            body.get(key)
                .and_then(Value::as_array)
                .ok_or_else(|| Failure::bad_request(format!("'{key}' is required")))
        };
        let mut asked = Vec::new();
        for metric in list("metrics")? {
            let name = metric.get("metric").and_then(Value::as_str).unwrap_or_default();
            if !metrics.know(name) {
                return Err(Failure::bad_request(format!("Unknown metric '{name}'")));
            }
            asked.push((
                name.to_owned(),
                metric.get("details").and_then(Value::as_bool).unwrap_or(false),
            ));
        }
        let mut group_by = Vec::new();
        for dimension in list("groupBy")? {
            let name = dimension.as_str().unwrap_or_default();
            if !dimensions.know(name) {
                return Err(Failure::bad_request(format!("Cannot group by '{name}'")));
            }
            group_by.push(name.to_owned());
        }
        if asked.is_empty() {
            return Err(Failure::bad_request("'metrics' must not be empty"));
        }
        Ok(Self {
            metrics: asked,
            group_by,
            descending: body.get("order").and_then(Value::as_str) == Some("desc"),
            size: call.query.count("pageSize", PAGE, PAGE_MOST)?,
            number: call.query.count("pageNumber", 1, 1_000_000)?,
        })
    }

    pub(super) fn details(&self, metric: &str) -> bool {
        self.metrics.iter().any(|(name, details)| name == metric && *details)
    }

    /// The page of groups that was asked for.
    pub(super) fn page<T>(&self, mut groups: Vec<T>) -> Vec<T> {
        if self.descending {
            groups.reverse();
        }
        groups
            .into_iter()
            .skip((self.number - 1).saturating_mul(self.size))
            .take(self.size)
            .collect()
    }
}

/// The answer of an activity query.
#[derive(Debug, Serialize)]
pub(super) struct Results<E: Serialize> {
    pub(super) results: Vec<E>,
}

/// One group.
#[derive(Debug, Serialize)]
pub(super) struct Group<'a, E: Serialize> {
    pub(super) group: BTreeMap<&'a str, &'a str>,
    pub(super) data: Vec<Datum<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entities: Vec<E>,
}

/// One count, or for the longest one a duration in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Datum<'a> {
    pub(super) metric: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) qualifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calculated_metric_value: Option<i64>,
}
