//! `floorwalker queues`.

use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Failure,
    listing::{Reader, Row, print},
};
use crate::{
    args::Output,
    config::Context,
    domain::{floor::seconds_since, queue::Queue},
    engine::snapshot::Want,
};

/// A queue as a script sees it.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    queue: Queue,
    load_percent: Option<u32>,
    longest_wait_seconds: Option<u64>,
    service_level_ratio: Option<f64>,
}

/// Lists the queues, those with the most waiting first.
///
/// # Errors
/// Of the org.
pub fn run(org: &Context, output: Output) -> Result<ExitCode, Failure> {
    let want = Want { levels: true, profiles: true, histories: false };
    print(org, output, want, |floor| {
        let now = Timestamp::now();
        let mut queues = floor.queues.clone();
        queues.sort_by(|a, b| b.waiting.cmp(&a.waiting).then_with(|| a.name.cmp(&b.name)));
        queues.into_iter().map(|queue| line(queue, now)).collect()
    })
}

fn line(queue: Queue, now: Timestamp) -> Line {
    Line {
        load_percent: queue.load(),
        longest_wait_seconds: queue.longest_since.map(|since| seconds_since(since, now)),
        service_level_ratio: queue.service_level.and_then(|s| s.ratio()),
        queue,
    }
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "state",
        "waiting",
        "longest_seconds",
        "alerting",
        "with_agents",
        "on_queue",
        "idle",
        "free",
        "load_percent",
        "service_level_percent",
    ];

    fn cells(&self, reader: Reader) -> Vec<Option<String>> {
        let number = |n: Option<u32>| n.map(|n| n.to_string());
        let queue = &self.queue;
        vec![
            Some(queue.id.to_string()),
            Some(queue.name.to_string()),
            Some(queue.state.word().into()),
            number(queue.waiting),
            self.longest_wait_seconds.map(|s| reader.seconds(s)),
            number(queue.alerting),
            number(queue.interacting),
            number(queue.staff.map(|s| s.on_queue())),
            number(queue.staff.map(|s| s.idle)),
            queue.slots.map(|s| format!("{}/{}", s.free, s.capacity)),
            self.load_percent.map(|l| reader.percent(f64::from(l))),
            self.service_level_ratio.map(|r| reader.percent(r * 100.0)),
        ]
    }
}
