//! The audit log: what its pane asks for, and the ways from a record to its session and back.

use super::{App, Effect};
use crate::{
    console::{
        panes::{PaneId, audit::Turn},
        popups::Popup,
        view::incident::{self, Incident},
    },
    domain::id::SessionId,
    engine::{Level, LogAsk, LogNews},
};

impl App {
    /// Asks for whatever the pane wants now: older records, or what is looked for.
    pub(super) fn ask_audit(&mut self) {
        if let Some(command) = self.panes.audit.wants(self.cx.now) {
            self.send(command);
        }
    }

    /// Takes news of the log in.
    pub(super) fn logged(&mut self, news: LogNews) {
        let place = match &news {
            LogNews::Record(linked) => Some((linked.record.seq, Ok(linked.clone()))),
            LogNews::NoRecord { seq, reason } => Some((*seq, Err(reason.clone()))),
            _ => None,
        };
        if let Some((seq, linked)) = place {
            for popup in &mut self.popups {
                if let Popup::Detail(detail) = popup {
                    detail.take_link(seq, linked.clone());
                }
            }
            return;
        }
        match self.panes.audit.take(news, &self.cx) {
            Turn::None => {}
            Turn::Said(level, text) => {
                self.notices.push_result(level, &text, self.cx.now);
                self.dirty = true;
            }
            Turn::Gathered(incident, records) => {
                let text = incident::markdown(&incident, &records, &self.cx);
                let count = records.len();
                self.effects.push(Effect::Copy(text));
                let records = if count == 1 { "record" } else { "records" };
                let text = format!("✓ {}: {count} {records}, copied", incident.title());
                self.notices.push_result(Level::Info, &text, self.cx.now);
            }
        }
    }

    /// Copies an id. Saying so must not take away what names a key for a handoff that can be called back.
    pub(super) fn copy_id(&mut self, id: String) {
        if !self.notices.offers() {
            self.say(Level::Info, format!("Copied {id}"));
        }
        self.effects.push(Effect::Copy(id));
    }

    /// Copies an incident, once all its records are there.
    pub(super) fn copy_incident(&mut self, incident: Incident) {
        let command = self.panes.audit.gather(incident);
        self.send(command);
    }

    /// Goes from a record to its session, and from a session to its records. Whoever has come from a record
    /// goes back to it.
    pub(super) fn jump(&mut self, session: SessionId) {
        let from_record = self.focus == PaneId::Audit;
        self.popups.clear();
        if !from_record {
            if self.jumped.take().is_none_or(|from| from != session) {
                self.panes.audit.look_for(&session, &self.cx);
            }
            return self.go(PaneId::Audit);
        }
        self.panes.sessions.go(&session, &self.cx);
        let guest = self.cx.guest_name(&session);
        if self.panes.sessions.selected() == Some(&session) {
            self.jumped = Some(session);
            return self.go(PaneId::Sessions);
        }
        let record = self.panes.audit.selected_seq().and_then(|seq| self.panes.audit.record(seq));
        let elsewhere = record.map(|it| it.context.clone()).filter(|it| *it != self.cx.context);
        self.panes.audit.look_for(&session, &self.cx);
        let text = match self.cx.floor.session(&session) {
            Some(_) => format!("{guest} is hidden by the sessions' filter: these are the records"),
            None if let Some(org) = elsewhere => {
                let here = &self.cx.context;
                format!(
                    "{guest} is a session of {org}, and you are in {here}: these are the records"
                )
            }
            None => format!("{guest} is not on the floor any more: these are the records"),
        };
        self.go(PaneId::Audit);
        self.say(Level::Info, text);
    }

    /// Says that the engine was not asked.
    pub(super) fn log_unsent(&mut self, ask: &LogAsk) {
        self.panes.audit.was_not_consulted(ask, &self.cx);
        if let LogAsk::Record(seq) = ask {
            for popup in &mut self.popups {
                if let Popup::Detail(detail) = popup {
                    detail.take_link(*seq, Err("the engine is busy".into()));
                }
            }
        }
        self.say(Level::Warn, "Not asked: the engine is busy. Try again");
    }
}
