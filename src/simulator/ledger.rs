//! The witness of requests: how many of which route, status and minute. What handoffs really did is the
//! world's own record; the witness route joins the two. And the calls of webhooks: what the bots were told.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::stamp::{Millis, Stamp};

/// Requests by minute, route and status.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    requests: BTreeMap<(i64, &'static str, u16), u64>,
    faults: BTreeMap<String, u64>,
    calls: VecDeque<Value>,
}

/// So many calls of webhooks are remembered.
const CALLS: usize = 512;

/// The status noted for a request that got no answer at all.
pub(super) const NO_ANSWER: u16 = 0;

impl Ledger {
    pub(super) fn note(&mut self, wall: Millis, route: &'static str, status: u16) {
        *self.requests.entry((wall.div_euclid(60_000), route, status)).or_default() += 1;
    }

    pub(super) fn note_fault(&mut self, kind: String) {
        *self.faults.entry(kind).or_default() += 1;
    }

    pub(super) fn note_call(&mut self, call: Value) {
        if self.calls.len() == CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// Oldest first.
    pub(super) fn calls(&self) -> &VecDeque<Value> {
        &self.calls
    }

    pub(super) fn requests(&self) -> Vec<Value> {
        let rows = self.requests.iter().map(|((minute, route, status), count)| {
            json!({"minute": Stamp(minute * 60_000), "route": route, "status": status, "count": count})
        });
        rows.collect()
    }

    pub(super) fn faults(&self) -> Value {
        json!(self.faults)
    }
}
