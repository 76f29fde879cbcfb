//! What leaves the console: orders and their call-backs. Nothing else sends any.

use super::{App, Offer};
use crate::{
    console::{keys::Action, panes::PaneId, popups::Popup, view::Refusal},
    domain::{
        handoff::{HandoffOrder, Progress, Stage},
        id::SessionId,
    },
    engine::{Command, Level},
};

impl App {
    /// Sends what the card, or the plan, on top says, if it still holds on the newest floor.
    pub(super) fn submit(&mut self) {
        let Some(Popup::Card(card)) = self.popups.last() else { return self.submit_plan() };
        match card.order(&self.cx) {
            Err(refusal) => self.say(Level::Warn, refusal.0),
            Ok(order) => self.order(order),
        }
    }

    fn order(&mut self, order: HandoffOrder) {
        let guest = self.cx.guest_name(&order.session);
        let target = self.cx.target_name(&order.target);
        let (id, session) = (order.id.clone(), order.session.clone());
        let request = order.request.clone();
        // The row is marked at once: until the engine answers, nobody may hand it off again.
        self.cx.handoffs.observe(Progress {
            order: order.clone(),
            stage: Stage::Claimed,
            taken: self.cx.now,
            at: self.cx.now,
            request_took: None,
            steps: Vec::new(),
        });
        self.cx.hold(&[session]);
        self.popups.retain(|popup| !popup.is_handoff());
        self.send(Command::Handoff(Box::new(order)));
        self.panes.sessions.pass(&self.cx);
        if let Some(request) = request {
            self.panes.inbox.pass(&request, &self.cx);
        }
        let call_back = self.cx.keymap.hint(Action::Cancel);
        let text = format!("Handing {guest} off to {target}; {call_back} calls it back");
        self.offer(Offer::Return(id), &text);
    }

    /// The session in sight: that of a closer look, or else the one under the cursor.
    pub(super) fn in_sight(&self) -> Option<&SessionId> {
        let detail = self.popups.iter().rev().find_map(Popup::session);
        let asked = || self.panes.inbox.session(&self.cx).filter(|_| self.focus == PaneId::Inbox);
        detail.or_else(asked).or(self.cx.session.as_ref())
    }

    /// What would be called or taken back. Over something that is open about one customer it is theirs alone,
    /// unless the line names the key for another's.
    pub(super) fn returnable(&self) -> Option<&Progress> {
        let found = self.cx.handoffs.returnable(self.in_sight())?;
        let open = self.popups.last().and_then(Popup::session);
        let of_another = open.is_some_and(|session| *session != found.order.session);
        (!of_another || self.notices.offers()).then_some(found)
    }

    /// Why nothing would be called or taken back.
    pub(super) fn refuses_return(&self) -> Option<Refusal> {
        let found = self.cx.handoffs.returnable(self.in_sight());
        match (found, self.returnable()) {
            (Some(other), None) => {
                let guest = self.cx.guest_name(&other.order.session);
                let back = self.cx.keymap.hint(Action::Back);
                Some(format!("That would be the handoff of {guest}: {back} first").into())
            }
            _ => self.cx.handoffs.refuses_return(self.in_sight()),
        }
    }

    /// Calls a handoff back, or takes it back while it rings: that of the session in sight, or else
    /// the newest.
    pub(super) fn call_back(&mut self) {
        let Some(progress) = self.returnable() else {
            let refusal = self.refuses_return();
            let text = refusal.map(|Refusal(text)| text).unwrap_or_default();
            return self.say(Level::Warn, text);
        };
        let guest = self.cx.guest_name(&progress.order.session);
        let text = if progress.stage.can_take_back() {
            let target = self.cx.target_name(&progress.order.target);
            format!("Taking {guest} back from {target}, who has not answered yet")
        } else {
            format!("Calling the handoff of {guest} back")
        };
        let id = progress.order.id.clone();
        self.send(Command::Cancel(id));
        self.say(Level::Info, text);
    }

    /// Says what was unmarked, and which key marks it again, where that would not call a handoff back.
    pub(super) fn offer_marks(&mut self, sessions: Vec<SessionId>) {
        let count = sessions.len();
        let text = format!("{count} {} unmarked", if count == 1 { "session" } else { "sessions" });
        if self.returnable().is_some() {
            return self.say(Level::Info, text);
        }
        let key = self.cx.keymap.hint(Action::Cancel);
        self.offer(Offer::Marks(sessions), &format!("{text}; {key} marks them again"));
    }

    /// Marks what the line offers to mark again. False if it offers nothing.
    pub(super) fn mark_again(&mut self) -> bool {
        let offered = self.focus == PaneId::Sessions && self.popups.is_empty();
        let Some(sessions) = offered.then(|| self.notices.take_marks()).flatten() else {
            return false;
        };
        let count = self.panes.sessions.mark_again(&sessions, &self.cx);
        let sessions = if count == 1 { "session" } else { "sessions" };
        self.say(Level::Info, format!("{count} {sessions} marked again"));
        true
    }

    /// Calls back whatever still can be: its grace time would run out while nobody is looking.
    pub(super) fn call_all_back(&mut self) {
        self.stop_batch();
        let in_line = self.orders_in_line();
        let all = self.cx.handoffs.all_cancellable().map(|p| p.order.id.clone());
        let ids: Vec<_> = all.filter(|id| !in_line.contains(id)).collect();
        let text = match ids.len() {
            0 => return,
            1 => "Stopping: calling the handoff in its grace time back".to_owned(),
            n => format!("Stopping: calling {n} handoffs in their grace time back"),
        };
        for id in ids {
            self.send(Command::Cancel(id));
        }
        self.say(Level::Warn, text);
    }

    /// Says that a command did not get through, and takes back what was shown of it.
    pub(super) fn unsent(&mut self, command: &Command) {
        match command {
            Command::Handoff(order) => {
                self.cx.handoffs.forget(&order.id);
                self.retract(&Offer::Return(order.id.clone()));
                self.say(Level::Error, "Not sent: the engine does not take orders. Try again");
            }
            Command::Batch(batch) => {
                self.forget_batch(&batch.id);
                self.retract(&Offer::Batch);
                self.say(Level::Error, "Not sent: the engine does not take orders. Try again");
            }
            Command::Deed(order) => self.deed_unsent(order),
            Command::Summarise(session) => {
                self.summary(session, &Err("the engine is busy".into()));
            }
            Command::Watch(_) => {
                self.say(Level::Warn, "Not read: the engine is busy. Try again");
            }
            Command::StopBatch(_) => self.stop_unsent(),
            Command::Cancel(_) => {
                self.say(
                    Level::Error,
                    "Not called back: the engine does not take orders. Try again",
                );
            }
            Command::Open(_) | Command::Supervise(_) | Command::Release(_) | Command::End(_) => {
                self.ward_unsent(command);
            }
            Command::Decline { .. } | Command::Defer { .. } | Command::Replay(_) => {
                self.say(Level::Error, "Not done: the engine does not take orders. Try again");
            }
            Command::History(session) => self.history_unsent(session),
            Command::Refresh => self.say(Level::Warn, "Not refreshed: the engine is busy"),
            Command::Audit { .. } => self.panes.audit.was_not_asked(self.cx.now),
            Command::Log(ask) => self.log_unsent(ask),
            // Asked again with the next message.
            Command::Attend(_) => self.attention = crate::engine::Attention::default(),
        }
    }
}
