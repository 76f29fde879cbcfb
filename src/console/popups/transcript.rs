//! What guest, bot and agent write to each other, as it comes.
//!
//! At its bottom it follows the newest message; scrolled up it stands still and says what is new below.
//! The engine reads the session closely while this is open, as it does for a closer look.

mod letter;
mod script;

use ratatui::{buffer::Buffer, layout::Rect};

pub use self::letter::Letter;
use self::script::{Entry, Script, Spot};
use super::about;
use crate::{
    console::{
        keys::{Action, Chord},
        theme::Role,
        view::{Ctx, Opening, Outcome, Refusal, View, deeds, gate},
        widgets::{
            clock, frame, paint, prose,
            prose::{Line, fold},
        },
    },
    domain::{
        detail::{SessionDetail, Speaker, Utterance},
        floor::seconds_since,
        id::SessionId,
        text::Plain,
    },
    policy::deed::LETTERS,
};

/// The transcript.
#[derive(Debug)]
pub struct Transcript {
    session: SessionId,
    /// The last read that came back.
    known: Option<Box<SessionDetail>>,
    /// Why there has been none since.
    trouble: Option<Plain>,
    script: Script,
    /// The first row in view; `None` while the newest is followed.
    top: Option<Spot>,
    /// The entries that have been in view, or would have been while following: what comes after is new.
    seen: usize,
    area: Rect,
    /// What is being written.
    letter: Letter,
}

/// Before a message stand its time, a shape and a word; its further rows hang under its text.
const HANG: u16 = 17;
const HUNG: &str = "                 ";

impl Transcript {
    /// The transcript of `session`, which nobody has read yet.
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            known: None,
            trouble: None,
            script: Script::default(),
            top: None,
            seen: 0,
            area: Rect::ZERO,
            letter: Letter::default(),
        }
    }

    /// The session it is of.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// What is being written.
    pub fn letter(&mut self) -> &mut Letter {
        &mut self.letter
    }

    /// True while something that is written waits to be confirmed, or is typed.
    pub fn is_unfinished(&self) -> bool {
        self.letter.is_typing() || self.letter.is_ready()
    }

    /// The last read of the session.
    pub fn known(&self) -> Option<&SessionDetail> {
        self.known.as_deref()
    }

    /// Takes what the engine has read, if it is about this session.
    pub fn take(&mut self, detail: &SessionDetail) {
        let is_older = self.known().is_some_and(|known| known.read_at > detail.read_at);
        if detail.id != self.session || is_older {
            return;
        }
        self.script.take(&detail.messages);
        if self.top.is_none() {
            self.seen = self.script.entries().len();
        }
        self.trouble = None;
        self.known = Some(Box::new(detail.clone()));
    }

    /// Takes why the session could not be read. What is known stays.
    pub fn fail(&mut self, session: &SessionId, reason: &Plain) {
        if *session == self.session {
            self.trouble = Some(reason.clone());
        }
    }

    fn title(&self, cx: &Ctx) -> Line {
        let line = Line::of(Role::Quiet, "Transcript ")
            .and(Role::Accent, cx.guest_name(&self.session).as_str());
        let Some(known) = self.known() else { return line };
        let count = self.script.count(0);
        let messages = if count == 1 { "message" } else { "messages" };
        let age = clock::short(seconds_since(known.read_at, cx.now));
        line.and(Role::Quiet, format!("  {count} newest {messages}, read {age} ago"))
    }

    /// What stands over the messages: who it is about, and what could not be read.
    fn head(&self, width: u16, height: u16, cx: &Ctx) -> Vec<Line> {
        let mut head = vec![about(&self.session, cx)];
        let gaps: Vec<&str> = (self.trouble.iter())
            .chain(self.known().into_iter().flat_map(|known| &known.gaps))
            .map(Plain::as_str)
            .collect();
        if !gaps.is_empty() {
            let rows = usize::from(height / 4).max(1);
            head.extend(fold(&Line::of(Role::Warn, format!("▲ {}", gaps.join("; "))), width, rows));
        }
        match self.wordless() {
            0 => {}
            1 => head.push(Line::of(Role::Quiet, "1 of the newest messages holds no text")),
            n => {
                head.push(Line::of(Role::Quiet, format!("{n} of the newest messages hold no text")))
            }
        }
        head
    }

    /// Messages that were read and have no words: pictures, files, cards. Where no words could be read
    /// at all, that is a gap.
    fn wordless(&self) -> usize {
        let Some(known) = self.known() else { return 0 };
        match (known.message_ids.len(), known.messages.len()) {
            (_, 0) => 0,
            (all, said) => all.saturating_sub(said),
        }
    }

    /// Where the messages go in a popup of `area`, and where what is written stands below them.
    fn parts(&self, area: Rect, cx: &Ctx) -> (Rect, Rect) {
        let inner = frame::inside(area);
        let rows = |count: usize, most: u16| u16::try_from(count).unwrap_or(u16::MAX).min(most);
        let foot = self.foot(inner, cx).len();
        // What is written has to be in sight, and at least one message.
        let foot = rows(foot, inner.height.saturating_sub(2));
        let head = self.head(inner.width, inner.height, cx).len();
        let head = rows(head, (inner.height - foot).saturating_sub(1));
        let body = Rect { y: inner.y + head, height: inner.height - head - foot, ..inner };
        (body, Rect { y: body.bottom(), height: foot, ..inner })
    }

    /// What is written, as it stands below the messages.
    fn foot(&self, inner: Rect, cx: &Ctx) -> Vec<Line> {
        self.letter.lines(cx.live.session(&self.session), (inner.width, inner.height), cx)
    }

    fn body(&self, area: Rect, cx: &Ctx) -> Rect {
        self.parts(area, cx).0
    }

    /// The first row in view.
    fn first(&self, body: Rect) -> Spot {
        let bottom = self.script.bottom(text_width(body), usize::from(body.height));
        self.top.map_or(bottom, |top| top.min(bottom))
    }

    fn scroll(&mut self, action: Action, cx: &Ctx) {
        let body = self.body(self.area, cx);
        let (width, page) = (text_width(body), usize::from(body.height).max(1));
        let bottom = self.script.bottom(width, page);
        let from = self.first(body);
        let to = match action {
            Action::Up => self.script.up(from, 1, width),
            Action::Down => self.script.down(from, 1, width),
            Action::PageUp => self.script.up(from, page, width),
            Action::PageDown => self.script.down(from, page, width),
            Action::Home => Spot::default(),
            _ => bottom,
        };
        self.top = (to < bottom).then_some(to);
        let last = self.script.down(to, page - 1, width).entry;
        self.seen = match self.top {
            Some(_) => self.seen.max(last + 1),
            None => self.script.entries().len(),
        };
    }

    /// What the lower edge says of the messages under the view.
    fn below(&self, last: Option<Spot>, cx: &Ctx) -> Line {
        let (Some(last), Some(_)) = (last, self.top) else { return Line::new() };
        let key = cx.keymap.hint(Action::End);
        let new = self.script.count(self.seen.max(last.entry + 1));
        if new > 0 {
            return Line::of(Role::Warn, format!(" ▾ {new} new below, {key} follows "));
        }
        Line::of(Role::Quiet, format!(" ▾ {key} follows the newest "))
    }

    fn draw_said(&self, buf: &mut Buffer, body: Rect, cx: &Ctx) -> Option<Spot> {
        let mut last = None;
        let rows = self.script.rows_from(self.first(body), text_width(body));
        for (y, (spot, entry, text)) in (body.top()..body.bottom()).zip(rows) {
            let line = match entry {
                // At the top, a message that began above it is still somebody's.
                Entry::Said(said) if spot.row == 0 || y == body.top() => who(said, cx),
                Entry::Said(_) => Line::of(Role::Text, HUNG),
                Entry::Break => Line::of(Role::Warn, "▲ "),
            };
            let role = match entry {
                Entry::Said(_) => Role::Text,
                Entry::Break => Role::Warn,
            };
            prose::line(buf, body.x, y, body.width, &line.and(role, text), cx.theme);
            last = Some(spot);
        }
        last
    }
}

/// When it was written and by whom.
fn who(said: &Utterance, cx: &Ctx) -> Line {
    let (shape, role) = voice(said.by);
    Line::of(Role::Quiet, cx.time_of_day(said.at))
        .and(role, format!(" {shape} {:<6}", said.by.word()))
}

/// Shape and look of who writes.
fn voice(by: Speaker) -> (char, Role) {
    match by {
        Speaker::Guest => ('▸', Role::Strong),
        Speaker::Bot => ('◇', Role::Quiet),
        Speaker::Agent => ('●', Role::Accent),
    }
}

fn text_width(body: Rect) -> u16 {
    body.width.saturating_sub(HANG)
}

impl View for Transcript {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        if self.letter.is_ready() {
            // What answers the question comes first: the footer may have no room for more.
            return &[
                A::Confirm,
                A::Write,
                A::Back,
                A::Cancel,
                A::Monitor,
                A::HandoffAgent,
                A::HandoffQueue,
                A::Best,
                A::Up,
                A::Down,
                A::PageUp,
                A::PageDown,
                A::Home,
                A::End,
            ];
        }
        &[
            A::Back,
            A::HandoffAgent,
            A::HandoffQueue,
            A::Best,
            A::Cancel,
            A::Write,
            A::Confirm,
            A::Monitor,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::HandoffAgent | Action::HandoffQueue | Action::Best => {
                let id = &self.session;
                gate::refuses_session(id, cx).or_else(|| gate::refuses_way(action, Some(id), cx))
            }
            Action::Cancel => cx.handoffs.refuses_return(Some(&self.session)),
            Action::Transcript => Some("This is the transcript".into()),
            Action::Monitor => deeds::refuses_monitoring(&self.session, cx),
            Action::Write => deeds::refuses_writing(&self.session, self.known(), cx),
            Action::Confirm if !self.letter.is_ready() => {
                let key = cx.keymap.hint(Action::Write);
                Some(format!("There is nothing to confirm: {key} writes").into())
            }
            Action::Confirm if !self.letter.is_read() => {
                let yes = cx.keymap.hint(Action::Confirm);
                Some(format!("Read it first, then press {yes}").into())
            }
            Action::Confirm => deeds::refuses_writing(&self.session, self.known(), cx),
            Action::Open if self.letter.is_ready() => {
                let (yes, no) = (cx.keymap.hint(Action::Confirm), cx.keymap.hint(Action::Back));
                Some(format!("Press {yes} to send it, {no} to change it").into())
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        let session = self.session.clone();
        let row = cx.live.session(&session);
        match action {
            Action::Back if self.letter.back(row) => {}
            Action::Back => return Outcome::Close,
            Action::Write => self.letter.begin(row),
            Action::Confirm => {
                let order = self.letter.order(&session, cx);
                return order.map_or(Outcome::Done, Outcome::Deed);
            }
            Action::Monitor => return Outcome::Monitor(session),
            Action::HandoffAgent => return Outcome::Open(Opening::PickAgent(session, None)),
            Action::HandoffQueue => return Outcome::Open(Opening::PickQueue(session, None)),
            Action::Best => return Outcome::Seek(session),
            action => self.scroll(action, cx),
        }
        Outcome::Done
    }

    fn arrange(&mut self, area: Rect) {
        self.area = area;
    }

    fn shown(&mut self, _cx: &Ctx) {
        self.letter.shown();
    }

    fn covered(&mut self) {
        self.letter.covered();
    }

    fn is_typing(&self) -> bool {
        self.letter.is_typing()
    }

    fn edit(&mut self, chord: Chord, cx: &Ctx) {
        self.letter.edit(chord, cx.live.session(&self.session));
    }

    fn typing_verbs(&self) -> &'static [&'static str] {
        &["show what is sent", "back"]
    }

    fn most_pasted(&self) -> usize {
        // One that is too many shows that something was left out.
        LETTERS + 1
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == Action::Confirm { "send it" } else { action.verb() }
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let inner = frame::panel(buf, area, &self.title(cx), cx.theme);
        let (body, foot) = self.parts(area, cx);
        let letter = self.foot(inner, cx);
        // The end, where the words and the keys are, where there is no room for all.
        let from = letter.len().saturating_sub(usize::from(foot.height));
        prose::lines(buf, foot, &letter, from, cx.theme);
        let head = Rect { height: body.y.saturating_sub(inner.y), ..inner };
        prose::lines(buf, head, &self.head(inner.width, inner.height, cx), 0, cx.theme);
        let last = self.draw_said(buf, body, cx);
        let none = match (&self.known, &self.trouble) {
            (None, None) => "reading…",
            (Some(known), _) if known.gaps.is_empty() => "Nothing has been written yet.",
            _ => "",
        };
        if last.is_none() {
            paint::text(buf, body.x, body.y, body.width, none, cx.theme.style(Role::Quiet));
        }
        frame::note(buf, area, &self.below(last, cx), cx.theme);
    }
}
