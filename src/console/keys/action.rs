//! Everything a person can ask of the console.
//!
//! One table: the config's spelling, the footer's verb and the help's line stand beside each other,
//! so none can be forgotten.

use std::{fmt, str::FromStr};

use crate::domain::nearest::nearest;

macro_rules! actions {
    ($($name:ident $spelling:literal $verb:literal $help:literal)+) => {
        /// Something a key asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {$(
            #[doc = $help]
            $name,
        )+}

        impl Action {
            /// All of them, in the order the help shows them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The spelling in the keymap file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $spelling),+ }
            }

            /// One or two words for the footer.
            pub fn verb(self) -> &'static str {
                match self { $(Self::$name => $verb),+ }
            }

            /// One line for the help.
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => $help),+ }
            }
        }
    };
}

actions! {
    PaneQueues "pane-queues" "queues" "Go to the queues."
    PaneAgents "pane-agents" "agents" "Go to the agents."
    PaneSessions "pane-sessions" "sessions" "Go to the sessions."
    PaneAudit "pane-audit" "audit" "Go to the audit log."
    PaneInbox "pane-inbox" "inbox" "Go to what bots have asked for."
    PaneHealth "pane-health" "health" "Go to link, budget, outbox, store and the rest."
    NextPane "next-pane" "next pane" "Go to the next pane."
    PreviousPane "previous-pane" "last pane" "Go to the pane before."
    Up "up" "up" "Move up."
    Down "down" "down" "Move down."
    PageUp "page-up" "page up" "Move a page up."
    PageDown "page-down" "page down" "Move a page down."
    Home "home" "first" "Move to the first row."
    End "end" "last" "Move to the last row."
    Open "open" "detail" "Open the row under the cursor, or choose it."
    Transcript "transcript" "transcript" "Read the messages of the session as they come."
    Supervise "supervise" "watch" "Keep the session's heartbeat, or leave it."
    Monitor "monitor" "monitor" "Listen in on the session's agent unseen, or leave it."
    Write "write" "write" "Write to the customer whose agent you are."
    NewSession "new-session" "new" "Open a session for a guest, and keep its heartbeat."
    EndSession "end-session" "end" "End the session for its guest, after asking."
    Back "back" "back" "Go back; on a pane, clear its filter."
    Filter "filter" "filter" "Show only rows like: refund state:waiting wait>5m !x"
    Sort "sort" "sort" "Sort by the next column."
    Reverse "reverse" "reverse" "Sort the other way round."
    Columns "columns" "columns" "Choose the table's columns, their order and width."
    Mark "mark" "mark" "Mark the session and move on, or unmark it."
    MarkRange "mark-range" "range" "Mark from here to where the cursor goes."
    MarkAll "mark-all" "all" "Mark all shown who wait or are with a bot, or unmark."
    HandoffAgent "handoff-agent" "hand off" "Hand what is marked, or this one, to an agent."
    HandoffQueue "handoff-queue" "to queue" "Hand what is marked, or this one, to a queue."
    Best "best" "to best" "Hand what is marked, or this one, to the best agents."
    Alarms "alarms" "alarms" "Show all alarms: which are raised, where, since when."
    NextAlarm "next-alarm" "next alarm" "Go to the worst row of the next alarm raised."
    PreviousAlarm "previous-alarm" "alarm back" "Go to the worst row of the alarm raised before."
    Acknowledge "acknowledge" "ack" "Mute the alarm last gone to until it ends."
    Snooze "snooze" "snooze" "Mute the alarm last gone to for a while."
    Explain "explain" "explain" "Explain the row's figures, or an agent's score and rank."
    Remove "remove" "take out" "Take the row out of the plan."
    StopAfter "stop-after" "stop after" "After how many failures a batch stops."
    Confirm "confirm" "confirm" "Confirm the card or the plan; in a pane, copy the id."
    Override "override" "override" "Go on although a guard stops it, with a reason."
    EditSummary "edit-summary" "summary" "Change the summary that goes along."
    EditReason "edit-reason" "because" "Say why the session is handed off."
    EditDemands "edit-demands" "demands" "Demand skills and more; in the inbox, ask later."
    Decline "decline" "decline" "Decide against a bot's request, with a reason."
    Replay "replay" "try again" "Hand over after all what failed or expired."
    Cancel "cancel" "call back" "Take a handoff back: unsent, or while it rings."
    Batch "batch" "batch" "Show how the last batch is doing."
    StopBatch "stop-batch" "stop" "Begin nothing more of the batch."
    Jump "jump" "jump" "Go from a record to its session, or the other way."
    CopyIncident "copy-incident" "copy" "Copy all records of the handoff, or session, as Markdown."
    Verify "verify" "verify" "Check the audit log's chain; once more: stop."
    Export "export" "export" "Write the records shown to a file here; once more: stop."
    Palette "palette" "find" "Find an action, pane, queue, agent, session or context."
    Context "context" "context" "Go to another org of the configuration: ctx NAME."
    PreviousPlace "previous-place" "place back" "Go back to the place before: a pane and its row."
    NextPlace "next-place" "place on" "Go on to the place you came back from."
    Freeze "freeze" "freeze" "Hold the picture still, and let it go again."
    Refresh "refresh" "refresh" "Read everything on screen again now."
    NextFirst "next-first" "1st move" "Open the card of the first of the next moves."
    NextSecond "next-second" "2nd move" "Open the card of the second of the next moves."
    NextThird "next-third" "3rd move" "Open the card of the third of the next moves."
    Xray "xray" "x-ray" "Show a queue's or session's people and handoffs as a tree."
    Wallboard "wallboard" "wallboard" "Show the floor in large figures; any key goes back."
    Mouse "mouse" "mouse" "Take the mouse, or give it back to the terminal."
    TourNext "tour-next" "skip" "Go on with the tour of a demo without doing this step."
    Help "help" "help" "Show this help."
    Lock "lock" "lock" "Make this console read-only; asks before it unlocks."
    Redraw "redraw" "redraw" "Draw the whole screen again."
    Suspend "suspend" "suspend" "Give the terminal to the shell for a while."
    Quit "quit" "quit" "Leave the console."
}

impl Action {
    /// True if it goes to a pane.
    pub fn is_pane(self) -> bool {
        use Action as A;
        let first = matches!(self, A::PaneQueues | A::PaneAgents | A::PaneSessions);
        first || matches!(self, A::PaneAudit | A::PaneInbox | A::PaneHealth)
    }

    /// True if it only moves a cursor.
    pub fn is_movement(self) -> bool {
        matches!(
            self,
            Self::Up | Self::Down | Self::PageUp | Self::PageDown | Self::Home | Self::End
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A spelling that names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no action {spelling:?}; did you mean {nearest:?}?")]
pub struct UnknownAction {
    /// What was written.
    pub spelling: String,
    /// The action whose name is most like it.
    pub nearest: &'static str,
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(action) = Self::ALL.iter().find(|action| action.name() == text) {
            return Ok(*action);
        }
        let nearest = nearest(text, Self::ALL.iter().map(|action| action.name()));
        Err(UnknownAction { spelling: text.to_owned(), nearest: nearest.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_displayed_can_be_parsed() {
        for action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(*action));
        }
    }

    #[test]
    fn a_misspelling_gets_a_hint() {
        for (text, nearest) in
            [("handof-agent", "handoff-agent"), ("pgae-up", "page-up"), ("qiut", "quit")]
        {
            assert_eq!(text.parse::<Action>().unwrap_err().nearest, nearest);
        }
    }
}
