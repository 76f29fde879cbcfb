//! The inbox: what bots have asked for. Who waits for a person comes first, the longest waiting on top.
//!
//! Its rows come with the pulse and not with the floor: a frozen picture does not hold them.

mod fields;

use std::{fmt::Write, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Dressing, PaneId};
use crate::{
    console::{
        keys::{Action, Chord, pointer::Pointer},
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View,
            cells::unknown,
            fields::Passes,
            figures::{self, Teller, Told, Topic},
            limits,
            requests::{self, DEFER},
        },
        widgets::{
            clock,
            grid::{Column, Grid, Rank, Sheet, Slip, Table},
            prose::Line,
        },
    },
    domain::{
        id::{RequestId, SessionId},
        inbox::{Request, State},
        query::Field,
        text::Plain,
    },
};

/// The pane.
#[derive(Debug)]
pub struct Inbox {
    grid: Grid<RequestSheet>,
    /// Whose request is under the cursor: still sayable when it has gone.
    guest: Option<Plain>,
    /// True once the cursor has left its request by itself, until the person has taken note.
    slipped: bool,
}

/// How requests fill the table.
#[derive(Debug)]
pub struct RequestSheet;

const STATE: usize = 0;
const SURE: usize = 4;
const ASKED: usize = 6;
const MOOD: usize = 7;
const LANGUAGE: usize = 8;

impl Sheet for RequestSheet {
    type Row = Arc<Request>;
    type Key = RequestId;
    type Cx = Ctx;

    const COLUMNS: &'static [Column] = &[
        Column::text("state", 13, 14, 0),
        Column::text("guest", 12, 22, 0),
        Column::number("waits", 8, 0),
        Column::text("wanted in", 9, 18, 2).named("queue"),
        Column::text("sure", 11, 11, 3).unsearched(),
        Column::text("because", 14, 70, 0),
        Column::number("asked", 5, 5),
        Column::number("mood", 5, 4).rising(),
        Column::text("language", 8, 10, 6),
    ];

    const FIELDS: &'static [Field] = &fields::FIELDS;

    fn key(row: &Arc<Request>) -> RequestId {
        row.id.clone()
    }

    fn rank(row: &Arc<Request>, column: usize, cx: &Ctx) -> Option<Rank> {
        let share = |share: Option<f64>| share.map(|s| Rank::Number((s * 10_000.0) as i64));
        match column {
            STATE => Some(Rank::Number(urgency(row))),
            1 => Some(Rank::text(&requests::guest(row, cx))),
            2 => Some(Rank::Number(i64::try_from(requests::waited(row, cx)).unwrap_or(i64::MAX))),
            3 => row.queue.as_ref().map(|id| Rank::text(&cx.queue_name(id))),
            SURE => share(row.plea.confidence),
            5 => Some(Rank::text(&row.plea.reason)),
            ASKED => Some(Rank::Number(i64::from(row.asked))),
            MOOD => share(row.plea.sentiment()),
            _ => row.plea.language().map(Rank::text),
        }
    }

    fn cell(row: &Arc<Request>, column: usize, cx: &Ctx, out: &mut String) -> Role {
        match column {
            STATE => requests::standing(row, cx, out),
            1 => put(&requests::guest(row, cx), out),
            2 => waits(row, cx, out),
            3 => match &row.queue {
                Some(id) => put(&cx.queue_name(id), out),
                None => unknown(out),
            },
            SURE => requests::sureness(&row.plea, out),
            5 => put(&requests::reason(row, cx), out),
            ASKED => asked(row, out),
            MOOD => mood(row, out),
            _ => match row.plea.language() {
                Some(language) => put(&Plain::new(language), out),
                None => unknown(out),
            },
        }
    }

    fn text(row: &Arc<Request>, field: &str, cx: &Ctx, passes: Passes<'_>) -> bool {
        fields::text(row, field, cx, passes)
    }

    fn number(row: &Arc<Request>, field: &str, cx: &Ctx) -> Option<f64> {
        fields::number(row, field, cx)
    }

    /// What no bot has told of anybody leaves its room to the reasons.
    fn has(column: usize, cx: &Ctx) -> bool {
        rows(cx).iter().any(|row| match column {
            SURE => row.plea.confidence.is_some(),
            ASKED => row.asked > 1,
            MOOD => row.plea.sentiment().is_some(),
            LANGUAGE => row.plea.language().is_some(),
            _ => true,
        }) || column < SURE
    }

    fn faint(row: &Arc<Request>, _cx: &Ctx) -> bool {
        !row.state.is_open()
    }
}

/// Who waits for a person, the longest first; then what else is open and what has ended, the newest of
/// each first.
fn urgency(row: &Request) -> i64 {
    // Seconds since 1970 fit into 36 bits until the year 4147.
    let (received, since) = (row.received.as_second(), row.since.as_second());
    match &row.state {
        State::Proposed { .. } => received,
        state if state.is_open() => (2 << 36) - received,
        _ => (3 << 36) - since,
    }
}

fn put(text: &Plain, out: &mut String) -> Role {
    if text.is_empty() {
        return unknown(out);
    }
    out.push_str(text);
    Role::Text
}

/// How long it waits; of what has ended, how long it did.
fn waits(row: &Request, cx: &Ctx, out: &mut String) -> Role {
    let waited = cx.shown(requests::waited(row, cx));
    if !matches!(row.state, State::Proposed { .. }) {
        clock::span(waited, out);
        return Role::Text;
    }
    let (shape, role) = limits::wait(waited);
    // Hours leave no room for the blank.
    out.push_str(if waited < 3_600 { shape } else { shape.trim_end() });
    clock::span(waited, out);
    role
}

fn asked(row: &Request, out: &mut String) -> Role {
    let written = write!(out, "{}×", row.asked);
    debug_assert!(written.is_ok());
    if row.asked > 1 { Role::Strong } else { Role::Quiet }
}

fn mood(row: &Request, out: &mut String) -> Role {
    let Some(mood) = row.plea.sentiment() else { return unknown(out) };
    let (shape, role) = limits::at_least(mood, limits::SENTIMENT);
    let written = write!(out, "{shape}{mood:.2}");
    debug_assert!(written.is_ok());
    role
}

/// The rows.
fn rows(cx: &Ctx) -> &[Arc<Request>] {
    cx.pulse.inbox.as_ref().map_or(&[], |inbox| inbox.requests.as_slice())
}

/// The figures of a request.
fn tell(topic: &Topic, cx: &Ctx) -> Vec<Told> {
    let Topic::Request(id) = topic else { return Vec::new() };
    let row = rows(cx).iter().find(|row| row.id == *id);
    row.map(|row| figures::told::<RequestSheet>(row, figures::REQUEST, cx)).unwrap_or_default()
}

impl Inbox {
    /// The pane before anything is read.
    pub fn new() -> Self {
        Self { grid: Grid::new(STATE).steady(), guest: None, slipped: false }
    }

    /// The session of the request under the cursor.
    pub fn session<'a>(&self, cx: &'a Ctx) -> Option<&'a SessionId> {
        Some(&cx.request(self.grid.selected()?)?.session)
    }

    /// The request under the cursor.
    pub fn selected(&self) -> Option<&RequestId> {
        self.grid.selected()
    }

    /// Puts the cursor on `request`. False if it is not among the rows shown.
    pub fn go(&mut self, request: &RequestId, cx: &Ctx) -> bool {
        self.grid.select(request, rows(cx));
        let reached = self.grid.selected() == Some(request);
        self.slipped &= !reached;
        self.remember(cx);
        reached
    }

    /// Lets every row be shown again.
    pub fn unfilter(&mut self, cx: &Ctx) {
        if !self.grid.filter().is_empty() {
            self.grid.handle(Action::Back, rows(cx), cx);
        }
    }

    /// Looks at new requests. Whose was under the cursor, if it could not stay there, and why.
    pub fn observe_slip(&mut self, cx: &Ctx) -> Option<(Plain, Slip)> {
        let slip = self.grid.observe(rows(cx), cx);
        self.slipped |= slip.is_some();
        let left = self.guest.take().zip(slip);
        self.remember(cx);
        left
    }

    /// True, once, if the cursor has moved by itself since the person last moved it.
    pub fn take_slip(&mut self) -> bool {
        std::mem::take(&mut self.slipped)
    }

    /// Goes on from a request that has just been answered to the next one that waits for a person, so
    /// that they are worked off from the top; the cursor must not leave with the customer.
    pub fn pass(&mut self, answered: &RequestId, cx: &Ctx) {
        if self.grid.selected() != Some(answered) {
            return;
        }
        let waits = |row: &&Arc<Request>| {
            matches!(row.state, State::Proposed { .. }) && !requests::is_leaving(row, cx)
        };
        let others = |row: &&Arc<Request>| row.id != *answered;
        let below = self.grid.shown(rows(cx)).skip_while(others).filter(others).find(waits);
        let next = below.or_else(|| self.grid.shown(rows(cx)).filter(others).find(waits));
        if let Some(next) = next.map(|row| row.id.clone()) {
            self.grid.select(&next, rows(cx));
            self.slipped = false;
            self.remember(cx);
        }
    }

    /// Keeps in mind what the person has put where it is.
    fn heed(&mut self, action: Action, cx: &Ctx) {
        self.slipped &= !action.is_movement();
        self.remember(cx);
    }

    fn remember(&mut self, cx: &Ctx) {
        let request = self.grid.selected().and_then(|id| cx.request(id));
        self.guest = request.map(|request| requests::guest(request, cx));
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

impl View for Inbox {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::HandoffAgent,
            A::HandoffQueue,
            A::Best,
            DEFER,
            A::Decline,
            A::Replay,
            A::Open,
            A::Transcript,
            A::Explain,
            A::Cancel,
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
            A::Confirm,
        ]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == DEFER { "defer" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        let row = [Action::Open, Action::Transcript, Action::Explain];
        match (action, self.grid.selected()) {
            (Action::Cancel, _) => cx.handoffs.refuses_return(self.session(cx)),
            (Action::Confirm, None) => Some(super::NO_ROW.into()),
            (action, None) if requests::ACTS.contains(&action) || row.contains(&action) => {
                Some("There is no request under the cursor".into())
            }
            (action, Some(id)) if requests::ACTS.contains(&action) => {
                requests::refuses(action, id, cx)
            }
            (Action::Back, _) if self.grid.filter().is_empty() => {
                Some("Nothing to go back from".into())
            }
            (action, _) if action.is_movement() && self.grid.is_empty() => {
                Some("There are no requests to move among".into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        if self.grid.handle(action, rows(cx), cx) {
            self.heed(action, cx);
            return Outcome::Done;
        }
        let request = self.grid.selected().and_then(|id| cx.request(id));
        let Some(request) = request else {
            return Refusal::from("There is no request under the cursor").into();
        };
        match action {
            Action::Open => Outcome::Open(Opening::Request(request.id.clone())),
            Action::Transcript => Outcome::Open(Opening::Transcript(request.session.clone())),
            Action::Explain => {
                let topic = Topic::Request(request.id.clone());
                Outcome::Open(Opening::Figures(topic, Some(self.grid.sorted_by()), Teller(tell)))
            }
            // The conversation: what other programs know of it too.
            Action::Confirm => Outcome::Copy(request.session.to_string()),
            action => requests::act(action, request),
        }
    }

    fn observe(&mut self, cx: &Ctx) {
        self.observe_slip(cx);
    }

    fn point(&mut self, pointer: Pointer, area: Rect, cx: &Ctx) -> Outcome {
        let done = self.grid.point(pointer, super::table(area), rows(cx), cx);
        done.into_iter().for_each(|action| self.heed(action, cx));
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.grid.resize(area.width, area.height.saturating_sub(2));
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, focused: bool) {
        let dressing = Dressing {
            id: PaneId::Inbox,
            known: cx.pulse.inbox.is_some(),
            empty: match cx.pulse.intake {
                Some(_) => "No bot has asked for a person.",
                None => "No bot has asked for a person, and no webhooks are taken in here.",
            },
            noun: "request",
            extra: Line::new(),
        };
        super::draw(&self.grid, rows(cx), dressing, (area, focused), cx, buf);
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
        self.grid.edit(chord, rows(cx), cx);
        self.remember(cx);
    }
}
