//! What a key or the mouse does with a row of the log.

use super::Audit;
use crate::console::{
    keys::Action,
    view::{Ctx, Opening, Outcome, Refusal, Subject, incident::Incident},
};

impl Audit {
    /// Whoever moves away from the newest wants to read; whoever is back there, to see what comes.
    pub(super) fn heed(&mut self, action: Action) {
        if action.is_movement() {
            self.follows = self.grid.at_top();
            self.missed *= u64::from(!self.follows);
        }
    }

    pub(super) fn handle_row(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, &self.rows, cx) {
            self.heed(action);
            return Outcome::Done;
        }
        let Some(record) = self.selected() else {
            return Refusal::from("There is no record under the cursor").into();
        };
        match (action, record.session.clone(), Incident::of(record)) {
            (Action::Open, ..) => Outcome::Open(Opening::Detail(Subject::Record(record.seq))),
            (Action::Jump, Some(session), _) => Outcome::Jump(session),
            (Action::Confirm, Some(session), _) => Outcome::Copy(session.to_string()),
            (Action::Confirm, None, _) => Outcome::Copy(record.seq.to_string()),
            (Action::CopyIncident, _, Some(incident)) => Outcome::CopyIncident(incident),
            _ => Refusal::from("That means nothing in the audit log").into(),
        }
    }
}
