//! How records fill the table.

use std::{fmt::Write, sync::Arc};

use crate::{
    console::{
        theme::Role,
        view::{Ctx, cells::unknown, words},
        widgets::grid::{Column, Rank, Sheet},
    },
    domain::{agent::Agent, audit::AuditRecord, text::Plain},
};

/// How records fill the table.
#[derive(Debug)]
pub struct RecordSheet;

/// The column of the numbers, and of the times.
pub const TIME: usize = 0;

/// The column of the orgs.
const ORG: usize = 2;

impl Sheet for RecordSheet {
    type Row = Arc<AuditRecord>;
    type Key = i64;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::number("time", 8, 0),
        Column::text("event", 19, 19, 0),
        Column::text("org", 7, 14, 1),
        Column::text("session", 10, 20, 1),
        Column::text("→ target", 10, 22, 1).named("target"),
        Column::text("status", 9, 10, 2),
        Column::number("latency", 8, 3),
        Column::text("user", 6, 14, 4),
        Column::text("why", 12, 60, 5).unsorted(),
    ];

    fn key(row: &Arc<AuditRecord>) -> i64 {
        row.seq
    }

    fn rank(row: &Arc<AuditRecord>, column: usize, cx: &Ctx) -> Option<Rank> {
        match column {
            0 => Some(Rank::Number(row.seq)),
            1 => Some(Rank::text(&row.event)),
            ORG => Some(Rank::text(&row.context)),
            3 => row.session.as_ref().map(|id| Rank::text(&cx.guest_name(id))),
            4 => target(row, cx).map(|target| Rank::text(&target)),
            5 => row.status.as_ref().map(|status| Rank::text(status)),
            6 => row.latency_ms.and_then(|ms| i64::try_from(ms).ok()).map(Rank::Number),
            _ => Some(Rank::text(&row.actor.user)),
        }
    }

    fn cell(row: &Arc<AuditRecord>, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            0 => time(row, cx, out),
            1 => event(row, out),
            ORG => org(row, cx, out),
            3 => text(row.session.as_ref().map(|id| cx.guest_name(id)).as_ref(), out),
            4 => text(target(row, cx).as_ref(), out),
            5 => text(row.status.as_ref(), out),
            6 => latency(row, out),
            7 => text(Some(&row.actor.user), out),
            _ => text(row.error.as_ref().or(row.reason.as_ref()), out),
        }
    }

    /// Several orgs write into one log where the configuration has several; else all of it is of the one.
    fn has(column: usize, cx: &Ctx) -> bool {
        column != ORG || cx.named
    }
}

/// Where it was done; what was done elsewhere can't be found on this floor. Names of orgs often begin alike.
fn org(row: &Arc<AuditRecord>, cx: &Ctx, out: &mut String) -> Role {
    if row.context == cx.context {
        out.push_str("here");
        return Role::Quiet;
    }
    match text(Some(&row.context), out) {
        Role::Text => Role::Warn,
        unknown => unknown,
    }
}

/// The time, or for another day the date: the closer look has both.
fn time(row: &Arc<AuditRecord>, cx: &Ctx, out: &mut String) -> Role {
    let (at, now) = (cx.zone.to_datetime(row.timestamp), cx.zone.to_datetime(cx.now));
    let format = if at.date() == now.date() { "%H:%M:%S" } else { "%d %b" };
    let written = write!(out, "{}", at.strftime(format));
    debug_assert!(written.is_ok());
    Role::Text
}

/// `✓ handoff_completed`: the event as the log names it, so that it can be searched for.
fn event(row: &Arc<AuditRecord>, out: &mut String) -> Role {
    let (shape, role) = words::event(&row.event);
    out.push_str(shape);
    out.push(' ');
    out.push_str(&row.event);
    role
}

fn target(row: &Arc<AuditRecord>, cx: &Ctx) -> Option<Plain> {
    let agent = row
        .agent
        .as_ref()
        .map(|id| cx.floor.agent(id).map_or_else(|| id.short().into(), Agent::label));
    agent.or_else(|| row.queue.as_ref().map(|id| cx.queue_name(id)))
}

fn text(text: Option<&Plain>, out: &mut String) -> Role {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return unknown(out) };
    out.push_str(text);
    Role::Text
}

fn latency(row: &Arc<AuditRecord>, out: &mut String) -> Role {
    let Some(ms) = row.latency_ms else { return unknown(out) };
    let written = if ms < 10_000 { write!(out, "{ms} ms") } else { write!(out, "{} s", ms / 1000) };
    debug_assert!(written.is_ok());
    Role::Text
}
