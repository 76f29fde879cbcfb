//! From a tree of what hangs together to the row of one of its parts.

use super::App;
use crate::{
    console::{keys::Action, panes::PaneId, popups::Xray, view::Subject},
    domain::handoff::Target,
    engine::Level,
};

impl App {
    /// The tree of a queue or a session, with the records that the log's pane has of it.
    pub(super) fn xray(&self, subject: Subject) -> Xray {
        let floor = &self.cx.floor;
        let in_queue = |id: &crate::domain::id::SessionId, queue| {
            floor.session(id).is_some_and(|session| session.queue.as_ref() == Some(queue))
        };
        let records = self.panes.audit.records_of(|id| match &subject {
            Subject::Queue(queue) => in_queue(id, queue),
            Subject::Session(session) => id == session,
            Subject::Agent(_) | Subject::Record(_) => false,
        });
        Xray::new(subject, records)
    }

    /// Goes to the row that stands for `subject`, away from whatever is open.
    pub(super) fn go_to(&mut self, subject: &Subject) {
        let (pane, found, name) = match subject {
            Subject::Queue(id) => {
                (PaneId::Queues, self.panes.queues.go(id, &self.cx), self.cx.queue_name(id))
            }
            Subject::Agent(id) => {
                let name = self.cx.target_name(&Target::Agent(id.clone()));
                (PaneId::Agents, self.panes.agents.go(id, &self.cx), name)
            }
            Subject::Session(id) => {
                self.panes.sessions.go(id, &self.cx);
                let found = self.panes.sessions.selected() == Some(id);
                (PaneId::Sessions, found, self.cx.guest_name(id))
            }
            Subject::Record(_) => return,
        };
        self.popups.clear();
        self.go(pane);
        if !found {
            let back = self.cx.keymap.hint(Action::Back);
            self.say(Level::Warn, format!("{name} is hidden by the filter; {back} clears it"));
        }
    }
}
