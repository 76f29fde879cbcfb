//! How queues fill a table: the pane's, and by part the picker's.

use std::fmt::Write;

use super::{
    Ctx,
    cells::{number, unknown},
    fields::Passes,
    limits, queue_fields, words,
};
use crate::{
    console::{
        theme::Role,
        widgets::{
            clock,
            grid::{Column, Rank, Sheet},
            sparkline,
        },
    },
    domain::{id::QueueId, query::Field, queue::Queue, trend::Sample},
};

/// Queues as rows.
#[derive(Debug)]
pub struct QueueSheet;

/// The column of how many wait.
pub const WAITING: usize = 2;

/// The column of how many have waited in the last hour.
const HOUR: usize = 11;

/// The column of how many were answered in time in the last hour.
const LEVELS: usize = 12;

impl Sheet for QueueSheet {
    type Row = Queue;
    type Key = QueueId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("queue", 14, 30, 0),
        Column::text("state", 11, 11, 0),
        Column::number("waiting", 8, 0),
        Column::number("longest", 10, 1),
        Column::number("alerting", 9, 7),
        Column::number("talking", 8, 4),
        Column::number("on queue", 9, 3),
        Column::number("idle", 5, 2),
        Column::number("free", 6, 5),
        Column::number("load", 5, 6),
        Column::number("SL/goal", 8, 2).rising().named("SL"),
        Column { most: 60, ..Column::number("last hour", 9, 2) }.unsorted(),
        Column { most: 60, ..Column::number("SL's hour", 9, 8) }.unsorted(),
    ];

    const FIELDS: &'static [Field] = &queue_fields::FIELDS;

    fn key(row: &Queue) -> QueueId {
        row.id.clone()
    }

    fn rank(row: &Queue, column: usize, _cx: &Ctx) -> Option<Rank> {
        let count = |n: Option<u32>| n.map(i64::from);
        let number = match column {
            0 => return Some(Rank::Name(row.name.clone())),
            1 => return Some(Rank::text(row.state.word())),
            2 => count(row.waiting),
            // The longest wait has the earliest start.
            3 => row.longest_since.map(|since| -since.as_second()),
            4 => count(row.alerting),
            5 => count(row.interacting),
            6 => count(row.staff.map(|staff| staff.on_queue())),
            7 => count(row.staff.map(|staff| staff.idle)),
            8 => count(row.slots.map(|slots| slots.free)),
            9 => count(row.load()),
            _ => ratio(row).map(|ratio| (ratio * 10_000.0) as i64),
        };
        number.map(Rank::Number)
    }

    fn text(row: &Queue, field: &str, _cx: &Ctx, passes: Passes<'_>) -> bool {
        queue_fields::text(row, field, passes)
    }

    fn number(row: &Queue, field: &str, cx: &Ctx) -> Option<f64> {
        queue_fields::number(row, field, cx)
    }

    fn cell(row: &Queue, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => {
                out.push_str(&cx.told_queue(row));
                Role::Text
            }
            1 => state(row, out),
            2 => waiting(row, cx, out),
            3 => longest(row, cx, out),
            4 => number(row.alerting, out),
            5 => number(row.interacting, out),
            6 => number(row.staff.map(|staff| staff.on_queue()), out),
            7 => number(row.staff.map(|staff| staff.idle), out),
            8 => free(row, out),
            9 => load(row, out),
            _ => service_level(row, out),
        }
    }

    fn fitted(row: &Queue, column: usize, width: u16, cx: &Ctx, out: &mut String) -> Role {
        match column {
            HOUR => hour(row, (width, |sample| sample.waiting.map(u32::from)), None, cx, out),
            LEVELS => hour(row, (width, |sample| sample.level.map(u32::from)), Some(100), cx, out),
            _ => Self::cell(row, column, cx, out),
        }
    }
}

fn state(row: &Queue, out: &mut String) -> Role {
    let (shape, role) = words::queue(row.state);
    let written = write!(out, "{shape} {}", row.state.word());
    debug_assert!(written.is_ok());
    role
}

fn waiting(row: &Queue, cx: &Ctx, out: &mut String) -> Role {
    let role = number(row.waiting, out);
    // How bad it is stands beside the longest wait, with its shape.
    match (row.waiting, cx.age(row.longest_since)) {
        (Some(1..), Some(age)) if limits::wait(age).1 != Role::Text => Role::Strong,
        _ => role,
    }
}

fn longest(row: &Queue, cx: &Ctx, out: &mut String) -> Role {
    let Some(age) = cx.age(row.longest_since) else { return unknown(out) };
    let (shape, role) = limits::wait(age);
    out.push_str(shape);
    clock::span(age, out);
    role
}

fn free(row: &Queue, out: &mut String) -> Role {
    let Some(slots) = row.slots else { return unknown(out) };
    let written = write!(out, "{}/{}", slots.free, slots.capacity);
    debug_assert!(written.is_ok());
    if slots.free == 0 { Role::Warn } else { Role::Text }
}

fn load(row: &Queue, out: &mut String) -> Role {
    let Some(load) = row.load() else { return unknown(out) };
    let written = write!(out, "{load}%");
    debug_assert!(written.is_ok());
    Role::Text
}

fn ratio(row: &Queue) -> Option<f64> {
    row.service_level.and_then(|level| level.ratio())
}

fn service_level(row: &Queue, out: &mut String) -> Role {
    let Some(ratio) = ratio(row) else { return unknown(out) };
    let target = row.service_level.and_then(|level| level.target);
    let (shape, role) = target.map_or(("", Role::Text), |goal| limits::at_least(ratio, goal));
    let written = match target {
        Some(goal) => write!(out, "{shape}{:.0}/{:.0}%", ratio * 100.0, goal * 100.0),
        None => write!(out, "{:.0}%", ratio * 100.0),
    };
    debug_assert!(written.is_ok());
    role
}

/// The last hour as bars, each queue by its own greatest, unless `top` is given.
fn hour(
    row: &Queue,
    (width, value): (u16, fn(&Sample) -> Option<u32>),
    top: Option<u32>,
    cx: &Ctx,
    out: &mut String,
) -> Role {
    let until = cx.trends.until(cx.picture());
    let Some(trend) = cx.trends.queue(&row.id) else { return Role::Quiet };
    let values = trend.hour(until).map(|sample| value(&sample));
    let top = top.or(values.iter().flatten().max().copied()).unwrap_or(0);
    sparkline::write(&values, until.as_second().div_euclid(60), width, top, out);
    if top == 0 { Role::Quiet } else { Role::Text }
}
