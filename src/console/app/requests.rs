//! Bots' requests: what is new is announced, what is decided is sent, and what a bot has told of a
//! conversation is asked for while a closer look shows it.

use std::collections::HashSet;

use super::{App, Effect};
use crate::{
    console::{
        keys::Action,
        panes::PaneId,
        popups::Popup,
        view::{Answer, Refusal, requests},
        widgets::grid::Slip,
    },
    domain::{
        id::SessionId,
        inbox::{Heard, Inbox, Request, State},
    },
    engine::{Command, Level},
};

impl App {
    /// Keeps what the floor calls those who ask, who are handed off and whose session is open, for as long as they
    /// do or are: what is said of them once they have left it names them still.
    pub(super) fn remember_guests(&mut self) {
        let mut told: HashSet<SessionId> = self.attention.detail.iter().cloned().collect();
        told.extend(self.popups.iter().filter_map(Popup::session).cloned());
        told.extend(self.cx.handoffs.all().map(|progress| progress.order.session.clone()));
        let requests = self.cx.pulse.inbox.iter().flat_map(|inbox| &inbox.requests);
        told.extend(requests.map(|request| request.session.clone()));
        if self.cx.guests.len() > 2 * told.len() {
            self.cx.guests.retain(|id, _| told.contains(id));
        }
        for id in told {
            if let Some(guest) = self.cx.floor.session(&id).and_then(|it| it.guest.clone()) {
                self.cx.guests.insert(id, guest);
            }
        }
    }

    /// Lets the inbox look again, and says if the cursor could not stay on its request.
    pub(super) fn observe_inbox(&mut self) {
        let text = match self.panes.inbox.observe_slip(&self.cx) {
            Some((guest, Slip::Gone)) => {
                format!("The request of {guest} is no longer in the inbox")
            }
            Some((guest, Slip::Hidden | Slip::Taken)) => {
                format!("{guest} has left the view: the filter finds the request no more")
            }
            None => return,
        };
        // Where it is not seen, it is no news.
        if self.shows(PaneId::Inbox) {
            self.say(Level::Info, text);
        }
    }

    fn shows(&self, pane: PaneId) -> bool {
        self.layout.panes.iter().any(|(id, _)| *id == pane)
    }

    /// Says who waits for a person since `before`. What was there at the start is no news.
    pub(super) fn announce(&mut self, before: Option<&Inbox>) {
        let (Some(before), Some(now)) = (before, self.cx.pulse.inbox.clone()) else { return };
        self.announce_failures(before, &now);
        let waited = |request: &&Request| {
            before.get(&request.id).is_some_and(|was| matches!(was.state, State::Proposed { .. }))
        };
        let new: Vec<&Request> = now.proposed().filter(|request| !waited(request)).collect();
        let Some(newest) = new.first() else { return };
        let (guest, why) = (requests::guest(newest, &self.cx), requests::reason(newest, &self.cx));
        let (who, it) = match new.len() {
            1 if why.is_empty() => (format!("{guest} is waiting for a person"), "it"),
            1 => (format!("{guest} is waiting for a person: {why}"), "it"),
            n => (format!("{n} guests are waiting for a person"), "them"),
        };
        if self.bell {
            self.effects.push(Effect::Bell);
        }
        // How to call back what has just been sent is worth more; the header counts who waits.
        if self.notices.offers() {
            return;
        }
        let key = self.cx.keymap.hint(Action::PaneInbox);
        match self.shows(PaneId::Inbox) {
            true => self.say(Level::Warn, who),
            false => self.say(Level::Warn, format!("{who} — {key} shows {it}")),
        }
    }

    /// Says what a rule, or a second try, could not do: nobody stands in front of that.
    fn announce_failures(&mut self, before: &Inbox, now: &Inbox) {
        for request in &now.requests {
            let State::Failed { reason } = &request.state else { continue };
            if before.get(&request.id).is_some_and(|was| was.state.is_open()) {
                let guest = requests::guest(request, &self.cx);
                self.say(Level::Error, format!("{guest} was not handed over: {reason}"));
            }
        }
    }

    /// Refuses to act, once, on what the person may not have seen come under the cursor. A popup holds
    /// what it is about and is not concerned.
    pub(super) fn refuses_slip(&mut self, action: Action) -> Option<Refusal> {
        use Action as A;
        if !self.popups.is_empty() || !self.top().actions().contains(&action) {
            return None;
        }
        let slipped = match (self.focus, action) {
            (PaneId::Inbox, action) if requests::ACTS.contains(&action) => {
                self.panes.inbox.take_slip()
            }
            (PaneId::Inbox, _) => false,
            (
                _,
                A::HandoffAgent
                | A::HandoffQueue
                | A::Best
                | A::EndSession
                | A::Supervise
                | A::Monitor,
            ) => {
                let sessions = &mut self.panes.sessions;
                sessions.selected().is_some()
                    && !sessions.has_marks()
                    && sessions.take_slip(&self.cx)
            }
            _ => false,
        };
        slipped.then(|| {
            let key = self.cx.keymap.hint(action);
            format!("The cursor has moved by itself: move it or press {key} again").into()
        })
    }

    /// Sends what a person has decided about a request, and goes on to the next.
    pub(super) fn answer(&mut self, answer: Answer) {
        self.popups.pop_if(|popup| matches!(popup, Popup::Answer(_) | Popup::Question(_)));
        let (id, text) = match &answer {
            Answer::Defer(id, pause) => {
                (id, format!("to be asked about again in {} min", pause.as_secs() / 60))
            }
            Answer::Decline(id, reason) => (id, format!("declined: {reason}")),
            Answer::Replay(id) => (id, "to be handed over after all".to_owned()),
        };
        self.say(Level::Info, format!("{}: {text}", requests::named(id, &self.cx)));
        self.panes.inbox.pass(id, &self.cx);
        self.send(match answer {
            Answer::Defer(request, pause) => Command::Defer { request, pause },
            Answer::Decline(request, reason) => Command::Decline { request, reason },
            Answer::Replay(request) => Command::Replay(request),
        });
    }

    /// Asks for what bots have told of the conversations that are looked at, where that may have changed.
    pub(super) fn ask_history(&mut self) {
        let cx = &self.cx;
        let wanted: Vec<SessionId> = (self.popups.iter_mut())
            .filter_map(|popup| match popup {
                Popup::Request(popup) => popup.wants(cx),
                _ => None,
            })
            .collect();
        wanted.into_iter().for_each(|session| self.send(Command::History(session)));
    }

    /// Takes in what a bot has told.
    pub(super) fn history(&mut self, session: &SessionId, mut heard: Vec<Heard>) {
        // Before anything of it is kept.
        let masking = self.cx.handbook.masking;
        for heard in &mut heard {
            heard.text = heard.text.take().map(|text| masking.plain(&text));
        }
        for popup in &mut self.popups {
            if let Popup::Request(popup) = popup {
                popup.take(session, &heard);
            }
        }
    }

    /// Says that the engine was not asked for a history; it is with the next news.
    pub(super) fn history_unsent(&mut self, session: &SessionId) {
        for popup in &mut self.popups {
            if let Popup::Request(popup) = popup {
                popup.was_not_asked(session);
            }
        }
        self.say(Level::Warn, "Not read yet: the engine is busy");
    }
}
