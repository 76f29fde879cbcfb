//! Cells that several tables share. Each writes its text and says what it is.

use std::fmt::Write;

use super::{Ctx, words};
use crate::{
    console::{theme::Role, widgets::clock},
    domain::agent::Agent,
    policy::qualification::Qualification,
};

/// A count; unknown is `-`, never 0.
pub fn number(count: Option<u32>, out: &mut String) -> Role {
    match count {
        Some(count) => {
            let written = write!(out, "{count}");
            debug_assert!(written.is_ok());
            if count == 0 { Role::Quiet } else { Role::Text }
        }
        None => unknown(out),
    }
}

/// What is not known.
pub fn unknown(out: &mut String) -> Role {
    out.push('-');
    Role::Quiet
}

/// How good an agent is against others.
pub fn rank(rank: Option<f64>, out: &mut String) -> Role {
    let Some(rank) = rank else { return unknown(out) };
    let written = write!(out, "{rank:.0}");
    debug_assert!(written.is_ok());
    Role::Text
}

/// The score with a mark for the gate, which also asks whether the agent is free.
pub fn score(measured: Option<&Qualification>, out: &mut String) -> Role {
    let Some((measured, shown)) = measured.and_then(|q| Some((q, q.shown()?))) else {
        return unknown(out);
    };
    let passes = measured.verdict.passes();
    let written = write!(out, "{}{shown:>4}", if passes { '✓' } else { '✗' });
    debug_assert!(written.is_ok());
    if passes { Role::Good } else { Role::Quiet }
}

/// Shape and word of what the agent does.
pub fn status(row: &Agent, out: &mut String) -> Role {
    let (shape, word, role) = words::agent(row);
    if !shape.is_empty() {
        out.push_str(shape);
        out.push(' ');
    }
    out.push_str(word);
    role
}

/// How long the agent has done it.
pub fn since(row: &Agent, cx: &Ctx, out: &mut String) -> Role {
    let Some(age) = cx.age(row.since) else { return unknown(out) };
    clock::span(age, out);
    Role::Text
}

/// Sessions held against places; with a mark while the places are the org's default and not the
/// agent's own.
pub fn held(row: &Agent, out: &mut String) -> Role {
    if row.sessions.is_none() && row.capacity.is_none() {
        return unknown(out);
    }
    number(row.sessions, out);
    out.push('/');
    number(row.capacity, out);
    if row.capacity_inherited && row.capacity.is_some() {
        out.push('?');
    }
    if row.free() == Some(0) { Role::Warn } else { Role::Text }
}
