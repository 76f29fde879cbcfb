//! The sessions whose heartbeats are kept: what is asked of them, and leaving while some are kept here.

use super::{App, Effect};
use crate::{
    console::{
        keys::Action,
        popups::{Leave, Popup},
        view::{About, Opening, Outcome, Way, deeds},
    },
    domain::{guest::GuestOrder, id::SessionId},
    engine::{Command, Level, Supervision, Turn},
};

impl App {
    /// Keeps these sessions' heartbeats; where all of them are kept here already, leaves them be. One
    /// whose heartbeat is lost, and about which a person is asked, is kept on.
    pub(super) fn supervise(&mut self, sessions: Vec<SessionId>) {
        self.drop_question();
        let ours = |id: &SessionId| self.cx.kept(id).filter(|kept| kept.here && !kept.asks);
        if sessions.iter().any(|id| ours(id).is_none()) {
            let wanted: Vec<_> = sessions.into_iter().filter(|id| ours(id).is_none()).collect();
            let text = match wanted.as_slice() {
                [one] => format!("Asking for the heartbeat of {}", self.cx.guest_name(one)),
                many => format!("Asking for the heartbeats of {} sessions", many.len()),
            };
            self.say(Level::Info, text);
            wanted.into_iter().for_each(|id| self.send(Command::Supervise(id)));
            return;
        }
        // One that is only watched loses nothing.
        match sessions.iter().filter_map(ours).any(|kept| kept.it.hold.keeps_alive()) {
            true => self.carry_out(Outcome::Open(Opening::Question(About::Release(sessions)))),
            false => self.release(sessions),
        }
    }

    /// Keeps them no longer.
    pub(super) fn release(&mut self, sessions: Vec<SessionId>) {
        self.drop_question();
        sessions.into_iter().for_each(|id| self.send(Command::Release(id)));
    }

    /// Opens a guest's session.
    pub(super) fn open_session(&mut self, order: GuestOrder) {
        self.cx.opening.insert(order.id.clone());
        self.send(Command::Open(order));
    }

    /// Ends a session for its guest.
    pub(super) fn end(&mut self, session: SessionId) {
        self.drop_question();
        let guest = self.cx.guest_name(&session);
        self.say(Level::Info, format!("Ending the session of {guest}"));
        self.send(Command::End(session));
    }

    fn drop_question(&mut self) {
        if matches!(self.popups.last(), Some(Popup::Question(_))) {
            self.popups.pop();
        }
    }

    /// Says what has happened to a supervision; a person knows the guest, not the id.
    pub(super) fn supervision(&mut self, news: &Supervision) {
        let notice = news.notice();
        let mut text = notice.text.to_string();
        if let Some(row) = news.session.as_ref().and_then(|id| self.cx.live.session(id)) {
            text = text.replace(&row.id.to_string(), &row.label());
        }
        let mut level = notice.level;
        match &news.turn {
            Turn::Opened { queue, .. } => {
                text = text.replace(&queue.to_string(), &self.cx.queue_name(queue));
                // Its row comes with the next floor, and its id tells nobody anything.
                if let Some(id) = &news.session {
                    text = text.replace(&id.to_string(), "The session");
                }
            }
            Turn::NotEnded { .. } => self.stay(),
            _ => {}
        }
        if let Turn::Opened { order, .. } | Turn::NotOpened { order, .. } = &news.turn {
            self.cx.opening.remove(order);
        }
        let mut opened = false;
        for popup in &mut self.popups {
            if let Popup::NewSession(form) = popup {
                opened |= form.take(&news.turn);
                // The form says it, and stays.
                level =
                    if matches!(news.turn, Turn::NotOpened { .. }) { Level::Warn } else { level };
            }
        }
        if opened {
            self.awaited.clone_from(&news.session);
            self.popups.retain(|popup| !matches!(popup, Popup::NewSession(_)));
        }
        self.say(level, text);
    }

    /// Leaves, or asks once while handoffs run or sessions are kept here. Pressed again it is no answer: it may
    /// have been typed ahead, and the question may be about another way.
    pub(super) fn quit(&mut self) {
        match self.popups.last() {
            _ if self.layout.too_small => self.leave_by(&Way::Out),
            Some(Popup::Leave(leave)) => {
                let answers = leave.answers(&self.cx);
                self.say(Level::Warn, answers.0);
            }
            _ if self.leaves_nothing() => self.leave_by(&Way::Out),
            _ => self.ask_to_leave(Way::Out),
        }
    }

    /// True if no handoff runs and no session is kept here, or being opened.
    pub(super) fn leaves_nothing(&self) -> bool {
        self.cx.handoffs.count_running() == 0
            && !deeds::goes_on(&self.cx)
            && self.cx.kept_here().next().is_none()
            && self.cx.opening.is_empty()
    }

    pub(super) fn ask_to_leave(&mut self, way: Way) {
        self.popups.push(Popup::Leave(Leave::new(way, &self.cx)));
        self.arrange();
    }

    pub(super) fn leave_by(&mut self, way: &Way) {
        self.effects.push(match way {
            Way::Out => Effect::Quit,
            Way::To(org) => Effect::Switch(org.clone()),
        });
    }

    /// Asks for the end of these; leaves once nothing that was opened here is kept here.
    pub(super) fn end_and_leave(&mut self, sessions: Vec<SessionId>) {
        self.drop_question();
        sessions.into_iter().for_each(|id| self.send(Command::End(id)));
        if let Some(Popup::Leave(leave)) = self.popups.last_mut() {
            leave.wait();
        }
        self.leave_when_ended();
    }

    /// Leaves if that is what is waited for, and nothing that was opened here is kept here any more.
    pub(super) fn leave_when_ended(&mut self) {
        let Some(Popup::Leave(leave)) = self.popups.last() else { return };
        if leave.is_ending() && !self.cx.kept_here().any(|kept| kept.it.opened_here) {
            let way = leave.way().clone();
            self.leave_by(&way);
        }
    }

    /// What a person is asked about sessions whose heartbeats are lost, for as long as that is open.
    pub(super) fn asking(&self) -> Option<String> {
        let ward = self.cx.pulse.ward.as_ref()?;
        let asking: Vec<_> = ward.kept.values().filter(|kept| kept.asks).collect();
        let one = asking.first()?;
        let guest = self.cx.guest_name(&one.it.id);
        let end = self.cx.keymap.hint(Action::EndSession);
        // Whoever keeps it keeps it on unless it is ended.
        let keep = match asking.iter().any(|kept| kept.here) {
            true => format!(", {} keeps it on", self.cx.keymap.hint(Action::Supervise)),
            false => String::new(),
        };
        let who = match asking.len() {
            1 => format!("{guest} has lost its heartbeat"),
            n => format!("{guest} and {} more have lost their heartbeats", n - 1),
        };
        Some(format!("{who}: on its row {end} ends it{keep}"))
    }

    /// Does not leave after all: not everything could be ended.
    pub(super) fn stay(&mut self) {
        self.popups.retain(|popup| !matches!(popup, Popup::Leave(leave) if leave.is_ending()));
    }

    /// Says that the engine was not asked.
    pub(super) fn ward_unsent(&mut self, command: &Command) {
        self.stay();
        if let Command::Open(order) = command {
            self.cx.opening.remove(&order.id);
        }
        for popup in &mut self.popups {
            if let Popup::NewSession(form) = popup {
                form.was_not_asked();
            }
        }
        self.say(Level::Error, "Not sent: the engine does not take orders. Try again");
    }
}
