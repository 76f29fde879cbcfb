//! What panes and popups have in common: what they see, and what they may answer.
//!
//! ```text
//!   app ── Action, &Ctx ──▶ pane or popup ── Outcome ──▶ app
//! ```
//! A view changes only itself. Whatever touches the world (a command, another popup, a notice) is an
//! [`Outcome`] that the app carries out, so there is one place where an order can be sent.

pub mod agent_fields;
pub mod alarms;
pub mod batch;
pub mod candidates;
pub mod cells;
pub mod context;
pub mod deeds;
pub mod fields;
pub mod figures;
pub mod gate;
pub mod handoffs;
pub mod incident;
pub mod limits;
pub mod moves;
mod queue_fields;
pub mod queue_sheet;
pub mod requests;
pub mod sums;
pub mod words;

use std::{borrow::Cow, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    keys::{
        Action, Chord,
        pointer::{NOTCH, Pointer},
    },
    widgets::grid::{Choice, Table},
};
use crate::{
    domain::{
        deed::DeedOrder,
        guest::GuestOrder,
        handoff::Target,
        id::{AgentId, QueueId, RequestId, SessionId},
        text::Plain,
    },
    engine::Command,
};

pub use context::Ctx;
pub use handoffs::Handoffs;

/// Something with a place on the screen that takes actions: a pane or a popup.
pub trait View {
    /// What it takes; the footer and the help are made of these.
    fn actions(&self) -> &'static [Action];

    /// What `action` does here, for the footer.
    fn verb(&self, action: Action) -> &'static str {
        action.verb()
    }

    /// Why `action` can't be done now; shown, never silent.
    fn refuses(&self, _action: Action, _cx: &Ctx) -> Option<Refusal> {
        None
    }

    /// Does `action`, which it takes and does not refuse.
    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome;

    /// Looks at a new floor.
    fn observe(&mut self, _cx: &Ctx) {}

    /// Does what the mouse asks for in `area`, which is its own. Where nothing is under it but text, the
    /// wheel moves as the keys do.
    fn point(&mut self, pointer: Pointer, _area: Rect, cx: &Ctx) -> Outcome {
        let takes = |action: &Action| self.actions().contains(action) && !self.is_typing();
        if let Some(action) = pointer.turn().filter(takes)
            && self.refuses(action, cx).is_none()
        {
            // To move is all that comes of moving.
            (0..NOTCH).for_each(|_| _ = self.handle(action, cx));
        }
        Outcome::Done
    }

    /// Is told its place; before it is drawn, and whenever that changes.
    fn arrange(&mut self, _area: Rect) {}

    /// Draws itself. `&self`: drawing can't change anything.
    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool);

    /// Is told that it has been on the screen.
    fn shown(&mut self, _cx: &Ctx) {}

    /// Is told that something else has been, in its place: what it said may have changed since.
    fn covered(&mut self) {}

    /// Its table, if what it shows is one.
    fn table(&self) -> Option<&dyn Table> {
        None
    }

    /// The same, to be changed.
    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        None
    }

    /// True while presses are text.
    fn is_typing(&self) -> bool {
        false
    }

    /// A press while it is typing.
    fn edit(&mut self, _chord: Chord, _cx: &Ctx) {}

    /// What enter, esc and, where a table is below, moving do while it is typing, for the footer.
    fn typing_verbs(&self) -> &'static [&'static str] {
        match self.table().is_some_and(|table| table.ask().is_naming()) {
            true => &["save", "back"],
            false => &["keep the filter", "drop it", "move", "complete", "save"],
        }
    }

    /// How many letters of a pasted text it takes. Nobody types a longer filter, and each letter of
    /// one filters again.
    fn most_pasted(&self) -> usize {
        64
    }

    /// What has come of the last press that was typed; asked once after each.
    fn take_typed(&mut self) -> Outcome {
        Outcome::Done
    }
}

/// What a view answers.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Done, inside the view.
    Done,
    /// Done, inside the view, and worth a word.
    Said(String),
    /// These are no longer marked.
    Unmarked(Vec<SessionId>),
    /// Not done, and why.
    Refused(Refusal),
    /// Open this.
    Open(Opening),
    /// The view is finished with.
    Close,
    /// Open the card for the agent who ranks best for this session.
    Seek(SessionId),
    /// The card, or the plan, is confirmed.
    Submit,
    /// Keep the heartbeats of these sessions, or, if all are kept here, no longer.
    Supervise(Vec<SessionId>),
    /// Keep them no longer, whatever becomes of them.
    Release(Vec<SessionId>),
    /// Open a guest's session.
    OpenSession(GuestOrder),
    /// End this session for its guest.
    End(SessionId),
    /// Open the card for listening in on this session, or leave it where that is done.
    Monitor(SessionId),
    /// Something that a person does in a session themselves is confirmed.
    Deed(DeedOrder),
    /// End these, then leave the console.
    EndAndLeave(Vec<SessionId>),
    /// Let things be done from here again.
    Unlock,
    /// A bot's request is answered without a card.
    Answer(Answer),
    /// Begin nothing more of the batch.
    StopBatch,
    /// Ask this of the engine, and say so.
    Ask(Command, &'static str),
    /// Go to this session; from there, to its records.
    Jump(SessionId),
    /// Copy this id.
    Copy(String),
    /// Copy all that the log knows of this.
    CopyIncident(incident::Incident),
    /// Do this where one is, the palette that it was chosen in aside.
    Act(Action),
    /// Go to this, which was chosen in the palette or in a tree.
    Visit(Subject),
    /// The table below is to have these columns.
    Choose(Vec<Choice>),
    /// Go to the worst row of this alarm.
    Heed(alarms::Key),
    /// Somebody knows of this alarm.
    Acknowledge(alarms::Key),
    /// Nothing is to be seen of this alarm for so many minutes; for none, if it is to be seen again.
    Snooze(alarms::Key, u32),
    /// Go to this org, which was chosen in the palette.
    GoTo(Plain),
    /// Leave the console.
    Leave(Way),
}

/// Where one leaves the console for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The shell.
    Out,
    /// The console of this org, which is ready.
    To(Plain),
}

/// Handoffs of the last hour, as far as this console knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    /// How many reached a person or a queue.
    pub count: u64,
    /// True if none of the hour is missing.
    pub whole: bool,
}

/// What a person has decided about a bot's request, besides taking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To be asked again after a while.
    Defer(RequestId, Duration),
    /// Not to do it, for this reason.
    Decline(RequestId, Plain),
    /// To hand it over after all.
    Replay(RequestId),
}

/// A popup to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A closer look.
    Detail(Subject),
    /// A closer look at a bot's request.
    Request(RequestId),
    /// After how long a bot's request is to be asked about again.
    Defer(RequestId),
    /// Why a bot's request is declined.
    Decline(RequestId),
    /// What is written in this session.
    Transcript(SessionId),
    /// The card that listening in on this session is confirmed on.
    Monitor(SessionId),
    /// Choose an agent for this session, with the cursor on that one if it is given.
    PickAgent(SessionId, Option<AgentId>),
    /// Choose a queue for this session, with the cursor on that one if it is given.
    PickQueue(SessionId, Option<QueueId>),
    /// Why this agent is where they are for this session.
    Explain(SessionId, AgentId),
    /// The card that a handoff is confirmed on.
    Card(SessionId, Target),
    /// Choose one agent for all of these.
    PickAgentForAll(Vec<SessionId>),
    /// Choose one queue for all of these.
    PickQueueForAll(Vec<SessionId>),
    /// The form that a guest's session is opened with.
    NewSession,
    /// A question about sessions that are kept, or are to be.
    Question(About),
    /// The plan that a batch of these is confirmed on.
    Plan(Vec<SessionId>, Aim),
    /// What figures mean: of what, the column that comes first, and who tells them.
    Figures(figures::Topic, Option<usize>, figures::Teller),
    /// What hangs together with a queue or a session.
    Xray(Subject),
    /// For how long this alarm is to be snoozed.
    Snooze(alarms::Key),
}

/// What is asked before anything is done that can't be undone, or to many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Whether this session is to be ended, for its guest and whoever is with them.
    End(SessionId),
    /// Whether these, which were opened by floorwalkers and are kept here, are to be ended on leaving.
    EndHere(Vec<SessionId>),
    /// Whether these are to be kept no longer, though nobody else keeps them alive.
    Release(Vec<SessionId>),
    /// Whether this request's session is to be handed over after all.
    Replay(RequestId),
    /// Whether things may be done from here again.
    Unlock,
    /// Whether the one under the cursor is meant, or all that the filter shows.
    Keep(SessionId, Vec<SessionId>),
}

/// Where a batch is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Each session to the agent who ranks best for it.
    Best,
    /// All of them to one target, as far as it takes them.
    To(Target),
}

/// What a closer look is taken at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A queue.
    Queue(QueueId),
    /// An agent.
    Agent(AgentId),
    /// A session.
    Session(SessionId),
    /// The record of this number.
    Record(i64),
}

/// Why something is not done, as a sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Cow<'static, str>);

impl From<&'static str> for Refusal {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self(reason.into())
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
