//! The sessions: who waits, who is with a bot, and what becomes of those we hand over.

mod beats;
mod fields;
mod marks;
mod sheet;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

pub use self::sheet::SessionSheet;
use self::{marks::Marks, sheet::STATE};
use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        view::{
            About, Ctx, Opening, Outcome, Refusal, Subject, View, deeds,
            figures::{self, Teller, Told, Topic, told},
            gate, words,
        },
        widgets::grid::{Grid, Slip, Table},
    },
    domain::{
        floor::seconds_since,
        id::SessionId,
        session::{Session, SessionState},
        text::Plain,
    },
};

/// Seconds after which somebody who looks has seen that the cursor went on.
const SEEN: u64 = 5;

/// The pane.
#[derive(Debug)]
pub struct Sessions {
    grid: Grid<SessionSheet>,
    /// The guest under the cursor: still sayable when the session has gone.
    guest: Option<Plain>,
    /// When the cursor left its session by itself, until the person has taken note: a key pressed for
    /// the one must not be taken for the other.
    slipped: Option<Timestamp>,
    /// True if a person put the cursor where it is.
    chosen: bool,
    /// True if the session under the cursor was not with a person when it was last looked at.
    to_help: bool,
    marks: Marks,
    /// What was marked the last time, until it is known what is still there.
    recalled: Vec<SessionId>,
}

/// True of who is not with a person yet; whoever is being handed off stays where they stood.
fn wants_help(session: &Session, cx: &Ctx) -> bool {
    let state = cx.handoffs.stood(&session.id).map_or(session.state, |(state, _)| state);
    words::urgency(state) < words::urgency(SessionState::Connected)
}

impl Sessions {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self {
            grid: Grid::new(STATE).steady(),
            guest: None,
            slipped: None,
            chosen: false,
            to_help: false,
            marks: Marks::default(),
            recalled: Vec::new(),
        }
    }

    /// The session under the cursor.
    pub fn selected(&self) -> Option<&SessionId> {
        self.grid.selected()
    }

    /// Looks at a new floor. Who was under the cursor, if it could not stay there, and why. A cursor that
    /// nobody put there stays with those who want help: it does not go along with a customer who gets it.
    pub fn observe_slip(&mut self, cx: &Ctx) -> Option<(Plain, Slip)> {
        let here = self.selected().and_then(|id| cx.floor.session(id));
        let taken = self.to_help && !self.chosen && here.is_some_and(|here| !wants_help(here, cx));
        let taken = taken && cx.floor.sessions.iter().any(|session| wants_help(session, cx));
        if taken {
            self.grid.let_go();
        }
        let slip = self.grid.observe(&cx.floor.sessions, cx).or(taken.then_some(Slip::Taken));
        if slip.is_some() {
            self.slipped = Some(cx.now);
        }
        let left = self.guest.take().zip(slip);
        self.remember(cx);
        if !self.recalled.is_empty() {
            self.mark_recalled(cx);
        }
        self.marks.prune(|id| cx.floor.session(id).is_some());
        self.count_hidden(cx);
        left
    }

    /// True, once, if the cursor has moved by itself since the person last moved it. Where nobody has
    /// chosen a row, who looks for a while has seen which one it is.
    pub fn take_slip(&mut self, cx: &Ctx) -> bool {
        let Some(at) = self.slipped.take() else { return false };
        self.chosen || seconds_since(at, cx.picture()) < SEEN
    }

    /// Goes to a session that has just come.
    pub fn go(&mut self, session: &SessionId, cx: &Ctx) {
        self.grid.observe(&cx.floor.sessions, cx);
        self.grid.select(session, &cx.floor.sessions);
        (self.slipped, self.chosen) = (None, true);
        self.remember(cx);
    }

    /// Lets every row be shown again.
    pub fn unfilter(&mut self, cx: &Ctx) {
        if !self.grid.filter().is_empty() {
            self.grid.handle(Action::Back, &cx.floor.sessions, cx);
            self.count_hidden(cx);
        }
    }

    /// Goes on from a session that has just been handed off to the next one that is not, so that a
    /// list is worked off from the top; the cursor must not leave with the customer.
    pub fn pass(&mut self, cx: &Ctx) {
        if let Some(next) = self.next(cx) {
            self.grid.select(&next, &cx.floor.sessions);
            (self.slipped, self.chosen) = (None, false);
            self.remember(cx);
        }
    }

    /// The first below the cursor that is not being handed off, if the one under it is.
    fn next(&self, cx: &Ctx) -> Option<SessionId> {
        let is_leaving = |id: &SessionId| cx.handoffs.running(id).is_some();
        let from = self.selected().filter(|id| is_leaving(id))?;
        let mut below = self.grid.shown(&cx.floor.sessions).skip_while(|row| row.id != *from);
        below.find(|row| !is_leaving(&row.id)).map(|row| row.id.clone())
    }

    /// Keeps in mind what the person has put where it is.
    fn heed(&mut self, action: Action, cx: &Ctx) {
        if action.is_movement() {
            (self.slipped, self.chosen) = (None, true);
        }
        self.remember(cx);
        self.follow_rows(action, cx);
    }

    fn remember(&mut self, cx: &Ctx) {
        let session = self.grid.selected().and_then(|id| cx.floor.session(id));
        self.guest = session.map(Session::label);
        self.to_help = session.is_some_and(|session| wants_help(session, cx));
    }
}

/// The figures of a session.
fn tell(topic: &Topic, cx: &Ctx) -> Vec<Told> {
    let Topic::Row(Subject::Session(id)) = topic else { return Vec::new() };
    let session = cx.floor.session(id);
    session.map(|session| told::<SessionSheet>(session, figures::SESSION, cx)).unwrap_or_default()
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Sessions {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::Open,
            A::HandoffAgent,
            A::HandoffQueue,
            A::Best,
            A::Cancel,
            A::Mark,
            A::MarkRange,
            A::MarkAll,
            A::Transcript,
            A::Supervise,
            A::Monitor,
            A::NewSession,
            A::EndSession,
            A::Explain,
            A::Xray,
            A::Filter,
            A::Jump,
            A::Sort,
            A::Reverse,
            A::Back,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
            A::Confirm,
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        use Action as A;
        match (action, self.selected()) {
            (A::HandoffAgent | A::HandoffQueue | A::Best, _) if self.has_marks() => {
                gate::refuses_any(cx).or_else(|| gate::refuses_way(action, None, cx))
            }
            (A::HandoffAgent | A::HandoffQueue | A::Best, Some(id)) => {
                gate::refuses_session(id, cx).or_else(|| gate::refuses_way(action, Some(id), cx))
            }
            (
                A::Open
                | A::Transcript
                | A::Supervise
                | A::Monitor
                | A::EndSession
                | A::Jump
                | A::Explain
                | A::Xray
                | A::HandoffAgent
                | A::HandoffQueue
                | A::Best
                | A::Mark
                | A::MarkRange
                | A::MarkAll,
                None,
            ) => Some("There is no session under the cursor".into()),
            (A::Back, _) if self.grid.filter().is_empty() && !self.has_marks() => {
                Some("Nothing to go back from".into())
            }
            (A::Supervise, _) => gate::refuses_keeping(cx),
            (A::NewSession, _) => gate::refuses_opening(cx),
            (A::EndSession, _) if self.has_marks() => {
                let singly = || "Sessions are ended one by one: unmark them first".into();
                cx.refuses_acts("ends no session").or_else(|| Some(singly()))
            }
            (A::Monitor, Some(id)) if self.has_marks() => {
                // Every other key means what is marked.
                let singly = || "Sessions are monitored one by one: unmark them first".into();
                deeds::refuses_monitoring(id, cx).or_else(|| Some(singly()))
            }
            (A::EndSession, Some(id)) => gate::refuses_ending(id, cx),
            (A::Monitor, Some(id)) => deeds::refuses_monitoring(id, cx),
            (A::Cancel, id) => cx.handoffs.refuses_return(id),
            (action, _) if action.is_movement() && self.grid.is_empty() => {
                Some("There are no sessions to move among".into())
            }
            (A::Confirm, None) => Some(super::NO_ROW.into()),
            _ => None,
        }
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::MarkRange if self.marks.is_ranging() => "keep range",
            Action::Jump => "records",
            action => action.verb(),
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if action == Action::Back && self.marks.is_ranging() {
            return self.go_back(cx);
        }
        if self.grid.handle(action, &cx.floor.sessions, cx) {
            self.heed(action, cx);
            return Outcome::Done;
        }
        match action {
            Action::Back => return self.go_back(cx),
            Action::NewSession => return Outcome::Open(Opening::NewSession),
            _ => {}
        }
        let Some(id) = self.selected().cloned() else {
            return Refusal::from("There is no session under the cursor").into();
        };
        match action {
            Action::Mark | Action::MarkRange | Action::MarkAll => self.mark(action, id, cx),
            Action::HandoffAgent | Action::HandoffQueue | Action::Best if self.has_marks() => {
                self.hand_off_all(action, cx)
            }
            Action::Open => Outcome::Open(Opening::Detail(Subject::Session(id))),
            Action::Supervise => self.keep(id, cx),
            Action::EndSession => Outcome::Open(Opening::Question(About::End(id))),
            Action::Monitor => Outcome::Monitor(id),
            Action::Jump => Outcome::Jump(id),
            Action::Xray => Outcome::Open(Opening::Xray(Subject::Session(id))),
            Action::Explain => {
                let topic = Topic::Row(Subject::Session(id));
                Outcome::Open(Opening::Figures(topic, Some(self.grid.sorted_by()), Teller(tell)))
            }
            Action::Confirm => Outcome::Copy(id.to_string()),
            Action::Transcript => Outcome::Open(Opening::Transcript(id)),
            Action::HandoffAgent => Outcome::Open(Opening::PickAgent(id, None)),
            Action::HandoffQueue => Outcome::Open(Opening::PickQueue(id, None)),
            Action::Best => Outcome::Seek(id),
            _ => Refusal::from("That means nothing among sessions").into(),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.observe_slip(cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        let done = self.grid.point(pointer, super::table(area), &cx.floor.sessions, cx);
        done.into_iter().for_each(|action| self.heed(action, cx));
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width, area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let dressing = Dressing {
            id: PaneId::Sessions,
            known: cx.floor.loading.sessions_known,
            empty: if cx.lists_sessions {
                "No messaging session is open."
            } else {
                "This org lists no sessions: those that are named, or announced, stand here."
            },
            noun: "session",
            extra: self.marks.title(),
        };
        super::draw(&self.grid, &cx.floor.sessions, dressing, (area, focused), cx, buf);
        // Under the title and the heading.
        let body = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
        self.marks.draw(self.grid.visible(&cx.floor.sessions), body, cx, buf);
    }

    fn table(&self) -> Option<&dyn Table> {
        Some(&self.grid)
    }

    fn table_mut(&mut self) -> Option<&mut dyn Table> {
        Some(&mut self.grid)
    }

    fn is_typing(&self) -> bool {
        self.grid.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &cx.floor.sessions, cx);
        self.remember(cx);
        self.count_hidden(cx);
    }
}
