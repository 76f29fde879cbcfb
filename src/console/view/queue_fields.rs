//! What queues can be looked for by.

use super::{
    Ctx,
    fields::{self, Passes},
};
use crate::domain::{
    query::{Field, Kind},
    queue::{Queue, QueueState},
};

/// The fields.
pub const FIELDS: [Field; 13] = [
    Field::new("name", Kind::Text, "its name").or(&["queue"]),
    Field::new("state", Kind::Text, "open, full, unstaffed, paused, missing")
        .or(&["status"])
        .among(&QueueState::WORDS),
    Field::new("id", Kind::Text, "its id"),
    Field::new("waiting", Kind::Number, "sessions that wait"),
    Field::new("longest", Kind::Span { unit: 1_000 }, "the longest wait").or(&["wait"]),
    Field::new("alerting", Kind::Number, "sessions that ring"),
    Field::new("talking", Kind::Number, "sessions with an agent").or(&["interacting"]),
    Field::new("on", Kind::Number, "agents on the queue").or(&["agents", "on_queue"]),
    Field::new("idle", Kind::Number, "agents with nothing to do"),
    Field::new("free", Kind::Number, "free places"),
    Field::new("load", Kind::Number, "taken places, in per cent"),
    Field::new("sl", Kind::Number, "the service level, in per cent").or(&["level"]),
    Field::new("goal", Kind::Number, "what it should be, in per cent").or(&["target"]),
];

/// True if one of the texts in a field passes.
pub fn text(row: &Queue, field: &str, passes: Passes<'_>) -> bool {
    match field {
        "name" => passes(&row.name),
        "state" => passes(row.state.word()),
        "id" => row.id.with_str(passes),
        _ => false,
    }
}

/// The number in a field.
pub fn number(row: &Queue, field: &str, cx: &Ctx) -> Option<f64> {
    match field {
        "waiting" => fields::count(row.waiting),
        "longest" => fields::seconds(cx.elapsed(row.longest_since)),
        "alerting" => fields::count(row.alerting),
        "talking" => fields::count(row.interacting),
        "on" => fields::count(row.staff.map(|staff| staff.on_queue())),
        "idle" => fields::count(row.staff.map(|staff| staff.idle)),
        "free" => fields::count(row.slots.map(|slots| slots.free)),
        "load" => fields::count(row.load()),
        "sl" => row.service_level?.ratio().map(|ratio| ratio * 100.0),
        "goal" => row.service_level?.target.map(|goal| goal * 100.0),
        _ => None,
    }
}
