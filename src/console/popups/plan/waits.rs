//! What a plan does to the longest wait in the queues it touches.

use std::collections::HashSet;

use jiff::Timestamp;

use super::row::Row;
use crate::{
    console::{
        theme::Role,
        view::{Ctx, limits},
        widgets::{clock, prose::Line},
    },
    domain::{
        handoff::Target,
        id::{QueueId, SessionId},
        session::SessionState,
    },
};

/// Since when the longest waits, now and once everything planned has been taken.
#[derive(Debug, Default)]
pub struct Waits {
    queues: HashSet<QueueId>,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
}

impl Waits {
    /// Looks at all who wait in the queues that `rows` leave or go to.
    pub fn of(rows: &[Row], cx: &Ctx) -> Self {
        let mut waits = Self::default();
        let mut taken: HashSet<&SessionId> = HashSet::new();
        for row in rows {
            let session = cx.live.session(&row.session);
            let waiting = session.filter(|session| session.state == SessionState::Waiting);
            waits.queues.extend(waiting.and_then(|session| session.queue.clone()));
            if let Some(Target::Queue(id)) = &row.target {
                waits.queues.insert(id.clone());
            }
            if row.is_ready() {
                taken.insert(&row.session);
            }
        }
        for session in &cx.live.sessions {
            let here = session.queue.as_ref().is_some_and(|id| waits.queues.contains(id));
            let Some(since) = session.since else { continue };
            if session.state != SessionState::Waiting || !here {
                continue;
            }
            waits.before = Some(waits.before.map_or(since, |known| known.min(since)));
            if !taken.contains(&session.id) {
                waits.after = Some(waits.after.map_or(since, |known| known.min(since)));
            }
        }
        waits
    }

    /// The line that says so.
    pub fn line(&self, cx: &Ctx) -> Line {
        let Some(before) = cx.age(self.before) else {
            return Line::of(Role::Quiet, "Nobody waits in a queue this touches.");
        };
        let wait = |line: Line, age| {
            let (shape, role) = limits::wait(age);
            line.and(role, format!("{shape}{}", clock::short(age)))
        };
        let line = Line::of(Role::Quiet, format!("longest wait in {} now ", self.place(cx)));
        let line = wait(line, before).and(Role::Quiet, ", ");
        match cx.age(self.after) {
            Some(after) => wait(line, after).and(Role::Quiet, " once these are taken"),
            None => line.and(Role::Good, "✓ nobody").and(Role::Quiet, " once these are taken"),
        }
    }

    fn place(&self, cx: &Ctx) -> String {
        let mut queues = self.queues.iter();
        match (queues.next(), self.queues.len()) {
            (Some(only), 1) => cx.queue_name(only).to_string(),
            (_, n) => format!("{n} queues"),
        }
    }
}
