//! The sessions: who waits, who is with a bot, and what becomes of those we hand over.

mod beats;
mod marks;

use std::fmt::Write;

use ratatui::{buffer::Buffer, layout::Rect};

use self::marks::Marks;
use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{
            About, Ctx, Opening, Outcome, Refusal, Subject, View,
            cells::{number, unknown},
            gate, handoffs, limits, words,
        },
        widgets::{
            clock,
            grid::{Column, Grid, Rank, Sheet, Slip},
        },
    },
    domain::{
        agent::Agent,
        id::SessionId,
        session::{Session, SessionState},
        text::Plain,
    },
};

/// The pane.
#[derive(Debug)]
pub struct Sessions {
    grid: Grid<SessionSheet>,
    /// The guest under the cursor: still sayable when the session has gone.
    guest: Option<Plain>,
    /// True once the cursor has left its session by itself, until the person has taken note: a key
    /// pressed for the one must not be taken for the other.
    slipped: bool,
    marks: Marks,
}

/// How sessions fill the table.
#[derive(Debug)]
pub struct SessionSheet;

const STATE: usize = 0;
const BEATS: usize = 12;

impl Sheet for SessionSheet {
    type Row = Session;
    type Key = SessionId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("state", 12, 14, 0),
        Column::text("guest", 16, 28, 0),
        Column::number("time", 9, 0),
        Column::number("left", 8, 6).rising(),
        Column::text("queue", 10, 22, 2),
        Column::text("agent", 12, 22, 5),
        // A running handoff takes this place: nobody asks what the bot believed once it is leaving.
        Column::text("intent·handoff", 14, 34, 1),
        Column::number("sure", 5, 3).rising(),
        Column::number("mood", 5, 4).rising(),
        Column::text("language", 8, 12, 7),
        Column::text("channel", 8, 14, 9),
        Column::number("moves", 6, 8),
        Column::text("beats", 6, 18, 2),
    ];

    fn key(row: &Session) -> SessionId {
        row.id.clone()
    }

    fn rank(row: &Session, column: usize, cx: &Ctx) -> Option<Rank> {
        let text = |text: Option<&Plain>| text.map(|text| Rank::text(text));
        let share = |share: Option<f64>| share.map(|s| Rank::Number((s * 10_000.0) as i64));
        match column {
            STATE => Some(Rank::Number(urgency(row, cx))),
            1 => Some(Rank::text(&row.label())),
            2 => row.since.map(|since| Rank::Number(-since.as_second())),
            3 => cx.ends(row).map(|(ends, _)| Rank::Number(ends.as_second())),
            4 => row.queue.as_ref().map(|id| Rank::text(&cx.queue_name(id))),
            5 => text(agent(row, cx).as_ref()),
            6 => text(row.intent.as_ref()),
            7 => share(row.confidence),
            8 => share(row.sentiment),
            9 => text(row.language.as_ref().map(|language| &language.name)),
            10 => text(row.channel.as_ref()),
            11 => row.depth.map(|depth| Rank::Number(i64::from(depth))),
            _ => cx.kept(&row.id).map(|kept| Rank::Number(-i64::from(kept.it.failures))),
        }
    }

    fn cell(row: &Session, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            STATE => {
                let (shape, role) = words::session(row.state);
                out.push_str(shape);
                out.push(' ');
                out.push_str(row.state.word());
                role
            }
            1 => guest(row, out),
            2 => time(row, cx, out),
            3 => left(row, cx, out),
            4 => name(row.queue.as_ref().map(|id| cx.queue_name(id)).as_ref(), out),
            5 => name(agent(row, cx).as_ref(), out),
            6 => match cx.handoffs.of(&row.id) {
                Some(progress) => handoffs::badge(progress, cx, out),
                None => name(row.intent.as_ref(), out),
            },
            7 => share(row.confidence, limits::CONFIDENCE, out),
            8 => share(row.sentiment, limits::SENTIMENT, out),
            9 => name(row.language.as_ref().map(|language| &language.name), out),
            10 => name(row.channel.as_ref(), out),
            11 => number(row.depth, out),
            _ => beats::cell(row, cx, out),
        }
    }

    fn has(column: usize, cx: &Ctx) -> bool {
        column != BEATS || cx.pulse.ward.as_ref().is_some_and(|ward| !ward.kept.is_empty())
    }

    fn faint(row: &Session, _cx: &Ctx) -> bool {
        matches!(row.state, SessionState::Parked | SessionState::Disconnected)
    }
}

/// By state, and within it who has been there longest. One that is being handed off keeps its place, so
/// that its progress is where the person looks.
fn urgency(row: &Session, cx: &Ctx) -> i64 {
    let (state, since) = cx.handoffs.stood(&row.id).unwrap_or((row.state, row.since));
    // Seconds since 1970 fit into 36 bits until the year 4147; the unknown comes last.
    let since = since.map_or((1 << 36) - 1, |since| since.as_second());
    (words::urgency(state) << 36) + since
}

fn guest(row: &Session, out: &mut String) -> Role {
    out.push_str(&row.label());
    if row.guest.is_some() { Role::Text } else { Role::Quiet }
}

fn time(row: &Session, cx: &Ctx, out: &mut String) -> Role {
    let Some(age) = cx.age(row.since) else { return unknown(out) };
    let (shape, role) = match row.state {
        SessionState::Waiting => limits::wait(age),
        _ => ("", Role::Text),
    };
    out.push_str(shape);
    clock::span(age, out);
    role
}

fn left(row: &Session, cx: &Ctx, out: &mut String) -> Role {
    let Some(seconds) = cx.left(row) else { return unknown(out) };
    let (shape, role) = limits::left(seconds);
    out.push_str(shape);
    clock::span(seconds, out);
    role
}

fn agent(row: &Session, cx: &Ctx) -> Option<Plain> {
    let id = row.agent.as_ref()?;
    Some(cx.floor.agent(id).map_or_else(|| id.short().into(), Agent::label))
}

fn name(text: Option<&Plain>, out: &mut String) -> Role {
    let Some(text) = text else { return unknown(out) };
    out.push_str(text);
    Role::Text
}

fn share(share: Option<f64>, least: f64, out: &mut String) -> Role {
    let Some(share) = share else { return unknown(out) };
    let (shape, role) = limits::at_least(share, least);
    let written = write!(out, "{shape}{share:.2}");
    debug_assert!(written.is_ok());
    role
}

impl Sessions {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self { grid: Grid::new(STATE), guest: None, slipped: false, marks: Marks::default() }
    }

    /// The session under the cursor.
    pub fn selected(&self) -> Option<&SessionId> {
        self.grid.selected()
    }

    /// Looks at a new floor. Who was under the cursor, if it could not stay there, and why.
    pub fn observe_slip(&mut self, cx: &Ctx) -> Option<(Plain, Slip)> {
        let slip = self.grid.observe(&cx.floor.sessions, cx);
        self.slipped |= slip.is_some();
        let left = self.guest.take().zip(slip);
        self.remember(cx);
        self.marks.prune(|id| cx.floor.session(id).is_some());
        self.count_hidden(cx);
        left
    }

    /// True, once, if the cursor has moved by itself since the person last moved it.
    pub fn take_slip(&mut self) -> bool {
        std::mem::take(&mut self.slipped)
    }

    /// Goes to a session that has just come.
    pub fn go(&mut self, session: &SessionId, cx: &Ctx) {
        self.grid.observe(&cx.floor.sessions, cx);
        self.grid.select(session, &cx.floor.sessions);
        self.slipped = false;
        self.remember(cx);
    }

    /// Goes on from a session that has just been handed off to the next one that is not, so that a
    /// list is worked off from the top; the cursor must not leave with the customer.
    pub fn pass(&mut self, cx: &Ctx) {
        if let Some(next) = self.next(cx) {
            self.grid.select(&next, &cx.floor.sessions);
            self.slipped = false;
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

    fn remember(&mut self, cx: &Ctx) {
        let session = self.grid.selected().and_then(|id| cx.floor.session(id));
        self.guest = session.map(Session::label);
    }
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
            A::NewSession,
            A::EndSession,
            A::Filter,
            A::Sort,
            A::Reverse,
            A::Back,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        use Action as A;
        match (action, self.selected()) {
            (A::HandoffAgent | A::HandoffQueue | A::Best, _) if self.has_marks() => {
                gate::refuses_any(cx)
            }
            (A::HandoffAgent | A::HandoffQueue | A::Best, Some(id)) => {
                gate::refuses_session(id, cx)
            }
            (
                A::Open
                | A::Transcript
                | A::Supervise
                | A::EndSession
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
            (A::Supervise | A::NewSession, _) => gate::refuses_keeping(cx),
            (A::EndSession, _) if self.has_marks() => {
                Some("Sessions are ended one by one: unmark them first".into())
            }
            (A::EndSession, Some(id)) => gate::refuses_ending(id, cx),
            (A::Cancel, id) => cx.handoffs.refuses_return(id),
            (action, _) if action.is_movement() && self.grid.is_empty() => {
                Some("There are no sessions to move among".into())
            }
            _ => None,
        }
    }

    fn verb(&self, action: Action) -> &'static str {
        match action {
            Action::MarkRange if self.marks.is_ranging() => "keep range",
            action => action.verb(),
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if action == Action::Back && self.marks.is_ranging() {
            return self.go_back(cx);
        }
        if self.grid.handle(action, &cx.floor.sessions, cx) {
            self.slipped &= !action.is_movement();
            self.remember(cx);
            self.follow_rows(action, cx);
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

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.height.saturating_sub(2));
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

    fn is_typing(&self) -> bool {
        self.grid.typing().is_some()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.grid.edit(chord, &cx.floor.sessions, cx);
        self.remember(cx);
        self.count_hidden(cx);
    }
}
