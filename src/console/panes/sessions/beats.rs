//! The heartbeats of sessions: how each goes, on its row, and the key that keeps them.

use std::fmt::Write;

use super::Sessions;
use crate::{
    console::{
        theme::Role,
        view::{About, Ctx, Opening, Outcome},
        widgets::clock,
    },
    domain::{id::SessionId, session::Session},
    policy::heartbeat::FAILURES,
};

/// How its heartbeat goes, and whose it is unless it is ours. Nothing for a session nobody keeps.
pub fn cell(row: &Session, cx: &Ctx, out: &mut String) -> Role {
    let Some(kept) = cx.kept(&row.id) else { return Role::Quiet };
    let role = match kept.it.failures {
        _ if kept.ending => {
            out.push_str("ending");
            Role::Quiet
        }
        _ if kept.asks => {
            out.push_str("end?");
            Role::Alarm
        }
        _ if kept.it.paused => {
            out.push_str("paused");
            Role::Warn
        }
        0 => {
            // Only two of the three keep it alive; the third looks whether it lives.
            out.push_str(if kept.it.hold.keeps_alive() { "♥ " } else { "○ " });
            out.push_str(
                &kept
                    .age(cx.now)
                    .map_or_else(|| "-".into(), |age| clock::short(cx.shown(age.as_secs()))),
            );
            Role::Good
        }
        failures => {
            // So many of three: a narrow column has no place for a shape beside it and the keeper.
            let written = write!(out, "{failures}/{FAILURES}");
            debug_assert!(written.is_ok());
            Role::Alarm
        }
    };
    if !kept.here {
        // On one machine only the number tells them apart, so it is what a narrow column keeps.
        let keeper = &kept.it.keeper;
        let written = write!(out, " {}@{}", keeper.pid, keeper.host);
        debug_assert!(written.is_ok());
    }
    role
}

impl Sessions {
    /// Keeps what is marked, or this one; with a filter it asks whether all that it shows are meant.
    pub(super) fn keep(&self, id: SessionId, cx: &Ctx) -> Outcome {
        let shown = || self.grid.shown(&cx.floor.sessions);
        if self.has_marks() {
            return Outcome::Supervise(self.marks.ids(shown()));
        }
        let all: Vec<SessionId> = match self.grid.filter().is_empty() {
            true => Vec::new(),
            false => shown().map(|row| row.id.clone()).collect(),
        };
        match all.len() {
            0 | 1 => Outcome::Supervise(vec![id]),
            _ => Outcome::Open(Opening::Question(About::Keep(id, all))),
        }
    }
}
