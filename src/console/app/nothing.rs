//! What is said of a key that means nothing where one is: a sentence for each action, that tells where it does.

use crate::console::keys::Action;

/// That an action means nothing where one is.
pub(super) fn nothing_to(action: Action) -> String {
    let what = match action {
        action if action.is_movement() => return "There is nowhere to move here".into(),
        Action::NewSession => return "A session is opened from the pane of sessions".into(),
        Action::Supervise => return "There is no session here to keep alive".into(),
        Action::EndSession => return "There is no session here to end".into(),
        Action::Jump => return "Nothing here leads to a record or to a session".into(),
        Action::Xray => return "There is no queue or session here to look through".into(),
        Action::CopyIncident => return "There is no record here to copy".into(),
        Action::Verify => return "The audit log is verified from its own pane".into(),
        Action::Export => return "Records are exported from the audit log's pane".into(),
        Action::StopAfter => return "Only the plan of a batch stops after failures".into(),
        Action::EditDemands => return "Demands are made on the card of a handoff".into(),
        Action::Write => return "One writes in a transcript: open it first".into(),
        Action::Open => "open",
        Action::Transcript => "read",
        Action::Back => "go back from",
        Action::MarkRange | Action::MarkAll => "mark",
        Action::HandoffAgent | Action::HandoffQueue | Action::Best => "hand off",
        Action::EditSummary => "summarise",
        Action::EditReason => "give a reason for",
        action => action.verb(),
    };
    format!("There is nothing to {what} here")
}
