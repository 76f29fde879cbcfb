//! Waiting for the best agent: shortly after the start nobody's skills are known yet, and "the best"
//! would be whoever was read first, or nobody.
//!
//! Whoever is not read yet is named to the engine, which reads them before the others. Any key ends the
//! waiting: a card must not open for a session that one has turned away from.

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::{
    console::{
        keys::{Action, Chord},
        popups::pick_agent::ATTENDED,
        theme::Role,
        view::{
            Opening, Outcome, Refusal,
            candidates::{Best, best},
            gate,
        },
        widgets::prose::Line,
    },
    domain::{
        handoff::Target,
        id::{AgentId, SessionId},
    },
};

/// How long whoever fits already waits for those who may be better.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// How long it is waited while nobody is read.
const STANDSTILL: SignedDuration = SignedDuration::from_secs(15);

/// What is waited for.
#[derive(Debug)]
pub struct Seeking {
    session: SessionId,
    since: Timestamp,
    /// Who is still to be read.
    unread: Vec<AgentId>,
    /// When there were last fewer of them.
    moved: Timestamp,
}

impl Seeking {
    /// Agents the engine is to read before others.
    pub fn attended(&self) -> Vec<AgentId> {
        self.unread.iter().take(ATTENDED).cloned().collect()
    }
}

impl App {
    /// Begins to wait for the best agent for `session`, or opens the card if there is nobody to wait
    /// for.
    pub(super) fn seek(&mut self, session: SessionId) {
        let (since, moved) = (self.cx.now, self.cx.now);
        self.seeking = Some(Seeking { session, since, unread: Vec::new(), moved });
        self.seek_on();
    }

    /// Looks again, with what has been read since.
    pub(super) fn seek_on(&mut self) {
        let Some(mut seeking) = self.seeking.take() else { return };
        let outcome = match self.sought(&mut seeking) {
            Ok(agent) => {
                Outcome::Open(Opening::Card(seeking.session.clone(), Target::Agent(agent)))
            }
            Err(Some(refusal)) => {
                self.tour.iter_mut().for_each(|tour| tour.bar(&seeking.session));
                refusal.into()
            }
            Err(None) => {
                self.seeking = Some(seeking);
                return;
            }
        };
        self.dirty = true;
        self.carry_out(outcome);
    }

    /// The best agent; or why there is none; or nothing, while it is worth waiting.
    fn sought(&self, seeking: &mut Seeking) -> Result<AgentId, Option<Refusal>> {
        let (cx, id) = (&self.cx, &seeking.session);
        if let Some(refusal) = gate::refuses_session(id, cx) {
            return Err(Some(refusal));
        }
        let Some(session) = cx.floor.session(id) else {
            return Err(Some("The session has ended".into()));
        };
        let Best { agent, unread } = best(session, cx);
        let lasts = |from: Timestamp, most| cx.now.duration_since(from) < most;
        if unread.len() != seeking.unread.len() {
            seeking.moved = cx.now;
        }
        seeking.unread = unread;
        let waits = match &agent {
            // A picture that stands still tells nothing more.
            _ if seeking.unread.is_empty() || cx.frozen.is_some() => false,
            Ok(_) => lasts(seeking.since, PATIENCE),
            Err(_) => lasts(seeking.moved, STANDSTILL),
        };
        if waits { Err(None) } else { agent.map_err(Some) }
    }

    /// Ends the waiting with whatever key that was; asked again, it goes on from where it was.
    pub(super) fn press_while_seeking(&mut self, chord: Chord) {
        let Some(before) = self.seeking.take() else { return };
        let action = self.cx.keymap.action(chord);
        if action == Some(Action::Back) {
            return self.carry_out(Outcome::Said("No longer waiting for who fits".into()));
        }
        self.press(chord);
        if let Some(seeking) = self.seeking.as_mut().filter(|now| now.session == before.session) {
            seeking.since = before.since;
        }
    }

    /// What is waited for, for the status line.
    pub(super) fn seeking_line(&self) -> Option<Line> {
        let seeking = self.seeking.as_ref()?;
        let guest = self.cx.guest_name(&seeking.session);
        let count = match seeking.unread.len() {
            1 => "1 agent is".to_owned(),
            n => format!("{n} agents are"),
        };
        let text = format!("◌ Looking for who fits {guest}: {count} still being read; ");
        Some(
            Line::of(Role::Accent, text)
                .and(Role::Accent, self.cx.keymap.hint(Action::Back))
                .and(Role::Text, " stops"),
        )
    }
}
