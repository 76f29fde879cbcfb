//! The figures for Prometheus, and whether we are ready. Not the routes they are asked by.
//!
//! Everything is taken from the newest pulse and floor at the moment of asking: no figure is kept twice. What
//! can only grow is a counter; what is told of the last eight hours can fall again as the hours pass, and is
//! a gauge with `window` in its name, or a ratio or time whose help says so. Every label has a bounded set of
//! values, whatever people call their queues and reasons.

mod counters;
mod samples;

use jiff::Timestamp;
use prometheus_client::{encoding::text::encode, metrics::info::Info, registry::Unit};

use self::samples::{Labels, Page, Rows, whole};
use crate::{
    domain::{
        floor::{Floor, seconds_since},
        inbox::{Inbox, State},
        stats::{Outcomes, Quantiles, Stats},
        text::Plain,
    },
    engine::{Anchored, Gauge, Link, Post, Pulse, StoreHealth, Ward},
};

pub use counters::Counters;

/// What the text is, as a header says it.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// So many queues are told by name; the others are summed as `other`.
const QUEUES: usize = 200;
/// A queue's name is told up to so many characters.
const QUEUE_LENGTH: usize = 80;

/// Everything that can be measured now, in the OpenMetrics text format.
pub fn expose(pulse: &Pulse, floor: &Floor, counters: &Counters) -> String {
    expose_at(pulse, floor, counters, Timestamp::now())
}

fn expose_at(pulse: &Pulse, floor: &Floor, counters: &Counters, now: Timestamp) -> String {
    let mut page = Page::new();
    handoffs(&mut page, &pulse.ended, pulse.figures.as_deref());
    sessions(&mut page, pulse.figures.as_deref());
    supervised(&mut page, pulse.ward.as_deref());
    budget(&mut page, pulse.gauge);
    inbox(&mut page, pulse.inbox.as_deref());
    outbox(&mut page, pulse.post.as_deref(), now);
    floor_figures(&mut page, pulse, floor, now);
    store(&mut page, pulse.store.as_ref());
    anchored(&mut page, pulse.anchored.as_ref());
    counters.register(&mut page.registry);
    let version =
        vec![("version", env!("CARGO_PKG_VERSION")), ("commit", env!("FLOORWALKER_COMMIT"))];
    page.registry.register("build", "The program that tells this", Info::new(version));
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &page.registry) {
        tracing::error!(%error, "the figures can't be told");
    }
    text
}

/// Whether there is a floor to hand sessions over on, and a store to write that down in.
///
/// # Errors
/// With the reason, where not.
pub fn is_ready(pulse: &Pulse, floor: &Floor) -> Result<(), String> {
    if !floor.loading.queues_known {
        return Err(match &pulse.link {
            Link::Retrying { reason, .. } | Link::Stale { reason } => {
                format!("there is no floor yet: {reason}")
            }
            Link::Connecting | Link::Live => "there is no floor yet".into(),
        });
    }
    let trouble = pulse.store.as_ref().map(|store| store.trouble.as_ref());
    match (trouble, &pulse.audit_trouble) {
        (_, Some(trouble)) | (Some(Some(trouble)), None) => {
            Err(format!("the store can't be written: {trouble}"))
        }
        (None, None) => Err("the store was not looked at yet".into()),
        (Some(None), None) => Ok(()),
    }
}

fn handoffs(page: &mut Page, ended: &Outcomes, window: Option<&Stats>) {
    let rows = |outcomes: &Outcomes| -> Rows {
        outcomes.each().map(|(o, n)| (vec![("outcome", o.name().into())], whole(n))).collect()
    };
    page.counter("handoffs", "Handoffs of this process that have ended", rows(ended));
    let help = "Handoffs on this store that ended in the last eight hours";
    page.gauge("handoffs_window", None, help, window.map_or_else(Vec::new, |w| rows(&w.handoffs)));
    let by_reason = window.iter().flat_map(|w| &w.reasons).flat_map(|row| {
        row.outcomes.each().map(|(outcome, n)| {
            let reason = ("reason", row.reason.clone().into());
            (vec![reason, ("outcome", outcome.name().into())], whole(n))
        })
    });
    let help = "The same by reason: the 20 most frequent, the rest as other";
    page.gauge("handoffs_by_reason_window", None, help, by_reason.collect());
    let help = "Accepted of accepted, refused and timed out in the last eight hours";
    page.gauge("acceptance", ratio(), help, single(window.and_then(|w| w.acceptance)));
    for (name, help, of) in [
        (
            "handoff_latency",
            "From the order to the outcome of handoffs that arrived in the last eight hours",
            window.map(|w| w.latency_ms),
        ),
        (
            "handoff_request",
            "The transfer's request alone in the last eight hours",
            window.map(|w| w.request_ms),
        ),
        (
            "time_to_human",
            "From the order to a person in the last eight hours",
            window.map(|w| w.time_to_human_ms),
        ),
    ] {
        page.gauge(name, Some(Unit::Seconds), help, of.map_or_else(Vec::new, quantiles));
    }
}

fn quantiles(of: Quantiles) -> Rows {
    let row = |quantile: &'static str, ms: Option<f64>| {
        ms.map(|ms| (vec![("quantile", quantile.into())], ms / 1000.0))
    };
    [row("0.5", of.p50), row("0.95", of.p95)].into_iter().flatten().collect()
}

fn sessions(page: &mut Page, window: Option<&Stats>) {
    let (of, sync) = (window.map(|w| w.sessions), window.map(|w| w.sync));
    let counted = of.map_or_else(Vec::new, |of| {
        [("opened", of.opened), ("ended", of.ended), ("lost", of.lost)]
            .map(|(what, n)| (vec![("what", what.into())], whole(n)))
            .into()
    });
    let help =
        "Guests' sessions opened, ended, and lost to failed heartbeats in the last eight hours";
    page.gauge("guest_sessions_window", None, help, counted);
    let help = "Guests' sessions ended for each one opened in the last eight hours";
    page.gauge("disconnection", ratio(), help, single(of.map(|of| of.disconnection_rate.value())));
    let help =
        "Guests' sessions lost to failed heartbeats for each one opened in the last eight hours";
    let rate = of.map(|of| of.abnormal_disconnection_rate.value());
    page.gauge("abnormal_disconnection", ratio(), help, single(rate));
    let help = "How long telling other systems took on average in the last eight hours";
    let average = sync.and_then(|sync| sync.average_ms).map(|ms| ms / 1000.0);
    page.gauge("sync_latency", Some(Unit::Seconds), help, single(average));
}

fn supervised(page: &mut Page, ward: Option<&Ward>) {
    let beats = ward.map_or_else(Vec::new, |ward| {
        let beats = ward.beats;
        [("sent", beats.sent), ("late", beats.late), ("failed", beats.failed)]
            .map(|(outcome, n)| (vec![("outcome", outcome.into())], whole(n)))
            .into()
    });
    let help = "Heartbeats of this process: sent, those of them sent late, those not answered";
    page.counter("heartbeats", help, beats);
    let kept = ward.map_or_else(Vec::new, |ward| {
        let here = ward.kept.values().filter(|kept| kept.here).count();
        [("here", here), ("elsewhere", ward.kept.len() - here)]
            .map(|(keeper, n)| (vec![("keeper", keeper.into())], whole(n as u64)))
            .into()
    });
    let help = "Supervised sessions on this store: kept by this process, or by another";
    page.gauge("supervised_sessions", None, help, kept);
}

fn budget(page: &mut Page, gauge: Gauge) {
    let lanes =
        ["operator", "heartbeat", "screen", "look", "background"].into_iter().zip(gauge.lanes);
    let rows = lanes.map(|(lane, n)| (vec![("lane", lane.into())], f64::from(n))).collect();
    page.gauge("budget_requests", None, "Requests of the last minute by lane", rows);
    let help = "Requests that the token may make in a minute";
    page.gauge("budget_allowed_requests", None, help, single(Some(gauge.allowed.into())));
    let help = "Requests still free in this minute";
    page.gauge("budget_left_requests", None, help, single(Some(gauge.left.into())));
}

fn inbox(page: &mut Page, inbox: Option<&Inbox>) {
    const STATES: [&str; 8] =
        ["queued", "proposed", "handing", "deferred", "done", "failed", "declined", "expired"];
    let count = |inbox: &Inbox, state: &str| {
        let states = inbox.requests.iter().map(|request| State::word(&request.state));
        states.filter(|word| *word == state).count()
    };
    let rows = inbox.map_or_else(Vec::new, |inbox| {
        STATES.map(|word| (vec![("state", word.into())], whole(count(inbox, word) as u64))).into()
    });
    page.gauge("inbox_requests", None, "Requests of bots that are open or have ended lately", rows);
}

fn outbox(page: &mut Page, post: Option<&Post>, now: Timestamp) {
    let boxes = || post.iter().flat_map(|post| &post.targets);
    let target = |name: &'static str| -> Labels { vec![("target", name.into())] };
    let waiting = boxes().map(|b| (target(b.name), whole(b.waiting))).collect();
    page.gauge("outbox_waiting", None, "What waits to be told to another system", waiting);
    let dead = boxes().map(|b| (target(b.name), whole(b.dead))).collect();
    page.gauge("outbox_dead", None, "What was given up, and can be replayed", dead);
    let age =
        |since: Option<Timestamp>| since.map_or(0.0, |since| whole(seconds_since(since, now)));
    let oldest = boxes().map(|b| (target(b.name), age(b.oldest))).collect();
    let help = "How long the oldest of what waits has waited; 0 where nothing does";
    page.gauge("outbox_oldest", Some(Unit::Seconds), help, oldest);
}

fn floor_figures(page: &mut Page, pulse: &Pulse, floor: &Floor, now: Timestamp) {
    let up = f64::from(pulse.link == Link::Live);
    let help = "1 while the whole floor is kept fresh, 0 while anything is late or fails";
    page.gauge("link_up", None, help, single(Some(up)));
    let age = pulse.data_from.map(|from| whole(seconds_since(from, now)));
    page.gauge("data_age", Some(Unit::Seconds), "The age of the oldest data shown", single(age));
    let help = "Sessions that wait: 200 queues by name, the rest as other";
    page.gauge("queue_waiting_sessions", None, help, waiting(floor));
}

/// The first queues by name, so that it is the same ones each time; those of one name are one.
fn waiting(floor: &Floor) -> Rows {
    let mut named = std::collections::BTreeMap::<Plain, u64>::new();
    for queue in &floor.queues {
        let Some(waiting) = queue.waiting else { continue };
        *named.entry(Plain::cut(&queue.name, QUEUE_LENGTH)).or_default() += u64::from(waiting);
    }
    let other = Plain::new("other");
    let mut rest = named.remove(&other);
    let mut rows = Rows::new();
    for (name, waiting) in named {
        match rows.len() < QUEUES {
            true => rows.push((vec![("queue", name.into())], whole(waiting))),
            false => *rest.get_or_insert_default() += waiting,
        }
    }
    rows.extend(rest.map(|waiting| (vec![("queue", other.into())], whole(waiting))));
    rows
}

fn store(page: &mut Page, store: Option<&StoreHealth>) {
    let up = store.map(|store| f64::from(store.trouble.is_none()));
    let help = "1 while the store can be written, 0 while it can't";
    page.gauge("store_up", None, help, single(up));
    let bytes = |of: Option<u64>| single(of.map(whole));
    let unit = || Some(Unit::Bytes);
    page.gauge("store", unit(), "What the store takes", bytes(store.and_then(|s| s.bytes)));
    let free = store.and_then(|s| s.free);
    page.gauge("store_free", unit(), "What is free beside the store", bytes(free));
    let records = store.and_then(|store| u64::try_from(store.records).ok()).map(whole);
    page.counter("audit_records", "Records of the audit log", single(records));
}

fn anchored(page: &mut Page, anchored: Option<&Anchored>) {
    let up = anchored.map(|anchored| f64::from(anchored.trouble.is_none()));
    let help = "1 while checkpoints of the audit log reach their places, 0 while they don't";
    page.gauge("audit_checkpoint_up", None, help, single(up));
    let checked = anchored.filter(|anchored| anchored.at.is_some() || anchored.bad.is_some());
    let intact = checked.map(|anchored| f64::from(anchored.bad.is_none()));
    let help = "1 while each record of the audit log is what was written, 0 once one is not";
    page.gauge("audit_intact", None, help, single(intact));
    let size =
        anchored.and_then(|anchored| anchored.size).and_then(|size| u64::try_from(size).ok());
    let help = "Records of the audit log that a checkpoint vouches for everywhere";
    page.gauge("audit_checkpoint_records", None, help, single(size.map(whole)));
}

fn ratio() -> Option<Unit> {
    Some(Unit::Other("ratio".into()))
}

/// One value with no label, or none.
fn single(value: Option<f64>) -> Rows {
    value.map(|value| (Labels::new(), value)).into_iter().collect()
}

#[cfg(test)]
#[path = "metrics/tests.rs"]
mod tests;
