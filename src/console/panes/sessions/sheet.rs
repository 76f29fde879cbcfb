//! The columns of the sessions, and what stands in them.

use std::fmt::Write;

use super::{beats, fields};
use crate::{
    console::{
        theme::Role,
        view::{
            Ctx,
            cells::{number, unknown},
            deeds,
            fields::Passes,
            handoffs, limits, words,
        },
        widgets::{
            clock,
            grid::{Column, Rank, Sheet},
        },
    },
    domain::{
        agent::Agent,
        id::SessionId,
        query::Field,
        session::{Session, SessionState},
        text::Plain,
    },
};

/// How sessions fill the table.
#[derive(Debug)]
pub struct SessionSheet;

/// The column that the list is sorted by at first.
pub const STATE: usize = 0;
const BEATS: usize = 12;

impl Sheet for SessionSheet {
    type Row = Session;
    type Key = SessionId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("state", 12, 14, 0),
        Column::text("guest", 16, 28, 0),
        Column::number("time", 9, 0),
        Column::number("left", 8, 6).rising(),
        Column::text("queue", 10, 22, 2),
        Column::text("agent", 12, 22, 5),
        // A running handoff takes this place: nobody asks what the bot believed once it is leaving.
        Column::text("intent·handoff", 14, 34, 1).named("intent"),
        Column::number("sure", 5, 3).rising(),
        Column::number("mood", 5, 4).rising(),
        Column::text("language", 8, 12, 7),
        Column::text("channel", 8, 14, 9),
        Column::number("moves", 6, 8),
        Column::text("beats", 6, 18, 2),
    ];

    const FIELDS: &'static [Field] = &fields::FIELDS;

    fn key(row: &Session) -> SessionId {
        row.id.clone()
    }

    fn rank(row: &Session, column: usize, cx: &Ctx) -> Option<Rank> {
        let text = |text: Option<&Plain>| text.cloned().map(Rank::Name);
        let share = |share: Option<f64>| share.map(|s| Rank::Number((s * 10_000.0) as i64));
        match column {
            STATE => Some(Rank::Number(urgency(row, cx))),
            1 => Some(Rank::Name(row.label())),
            2 => row.since.map(|since| Rank::Number(-since.as_second())),
            3 => cx.ends(row).map(|(ends, _)| Rank::Number(ends.as_second())),
            4 => row.queue.as_ref().map(|id| Rank::Name(cx.queue_name(id))),
            5 => agent(row, cx).map(Rank::Name),
            6 => text(row.intent.as_ref()),
            7 => share(row.confidence),
            8 => share(row.sentiment),
            9 => text(row.language.as_ref().map(|language| &language.name)),
            10 => text(row.channel.as_ref()),
            11 => row.depth.map(|depth| Rank::Number(i64::from(depth))),
            _ => cx.kept(&row.id).map(|kept| Rank::Number(-i64::from(kept.it.failures))),
        }
    }

    fn cell(row: &Session, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            STATE => {
                let (shape, role) = words::session(row.state);
                out.push_str(shape);
                out.push(' ');
                out.push_str(row.state.word());
                role
            }
            1 => guest(row, out),
            2 => time(row, cx, out),
            3 => left(row, cx, out),
            4 => name(row.queue.as_ref().map(|id| cx.queue_name(id)).as_ref(), out),
            5 => name(agent(row, cx).as_ref(), out),
            6 => match cx.handoffs.of(&row.id) {
                Some(progress) => handoffs::badge(progress, cx, out),
                None => {
                    deeds::badge(row, cx, out).unwrap_or_else(|| name(row.intent.as_ref(), out))
                }
            },
            7 => share(row.confidence, limits::CONFIDENCE, out),
            8 => share(row.sentiment, limits::SENTIMENT, out),
            9 => name(row.language.as_ref().map(|language| &language.name), out),
            10 => name(row.channel.as_ref(), out),
            11 => number(row.depth, out),
            _ => beats::cell(row, cx, out),
        }
    }

    fn text(row: &Session, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        fields::text(row, field, cx, passes)
    }

    fn number(row: &Session, field: &str, cx: &Ctx) -> Option<f64> {
        fields::number(row, field, cx)
    }

    fn word(row: &Session, cx: &Ctx, lent: &mut String, passes: Passes<'_>) -> bool {
        fields::word(row, cx, lent, passes)
    }

    fn has(column: usize, cx: &Ctx) -> bool {
        column != BEATS || cx.pulse.ward.as_ref().is_some_and(|ward| !ward.kept.is_empty())
    }

    fn faint(row: &Session, _cx: &Ctx) -> bool {
        matches!(row.state, SessionState::Parked | SessionState::Disconnected)
    }
}

/// By state, and within it who has been there longest. One that is being handed off keeps its place, so
/// that its progress is where the person looks.
fn urgency(row: &Session, cx: &Ctx) -> i64 {
    let (state, since) = cx.handoffs.stood(&row.id).unwrap_or((row.state, row.since));
    // Seconds since 1970 fit into 36 bits until the year 4147; the unknown comes last.
    let since = since.map_or((1 << 36) - 1, |since| since.as_second());
    (words::urgency(state) << 36) + since
}

fn guest(row: &Session, out: &mut String) -> Role {
    out.push_str(&row.label());
    if row.guest.is_some() { Role::Text } else { Role::Quiet }
}

fn time(row: &Session, cx: &Ctx, out: &mut String) -> Role {
    let Some(age) = cx.age(row.since) else { return unknown(out) };
    let (shape, role) = match row.state {
        SessionState::Waiting => limits::wait(age),
        _ => ("", Role::Text),
    };
    out.push_str(shape);
    clock::span(age, out);
    role
}

fn left(row: &Session, cx: &Ctx, out: &mut String) -> Role {
    let Some(seconds) = cx.left(row) else { return unknown(out) };
    let (shape, role) = limits::left(seconds);
    out.push_str(shape);
    clock::left(seconds, out);
    role
}

fn agent(row: &Session, cx: &Ctx) -> Option<Plain> {
    let id = row.agent.as_ref()?;
    Some(cx.floor.agent(id).map_or_else(|| id.short().into(), Agent::label))
}

fn name(text: Option<&Plain>, out: &mut String) -> Role {
    let Some(text) = text else { return unknown(out) };
    out.push_str(text);
    Role::Text
}

fn share(share: Option<f64>, least: f64, out: &mut String) -> Role {
    let Some(share) = share else { return unknown(out) };
    let (shape, role) = limits::at_least(share, least);
    let written = write!(out, "{shape}{share:.2}");
    debug_assert!(written.is_ok());
    role
}
