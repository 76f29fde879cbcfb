//! A tree of what hangs together: what the app adds to it.

use super::App;
use crate::{
    console::{popups::Xray, view::Subject},
    domain::id::SessionId,
};

impl App {
    /// The tree of a queue or a session, with the records that the log's pane has of it.
    pub(super) fn xray(&self, subject: Subject) -> Xray {
        let floor = &self.cx.floor;
        let in_queue = |id: &SessionId, queue| {
            floor.session(id).is_some_and(|session| session.queue.as_ref() == Some(queue))
        };
        let records = self.panes.audit.records_of(|id| match &subject {
            Subject::Queue(queue) => in_queue(id, queue),
            Subject::Session(session) => id == session,
            Subject::Agent(_) | Subject::Record(_) => false,
        });
        Xray::new(subject, records)
    }
}
