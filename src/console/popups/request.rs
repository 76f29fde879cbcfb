//! A closer look at a bot's request: what it has decided and why, how the request stands, and what its
//! bot has told of the conversation lately.

mod lines;

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            Ctx, Opening, Outcome, Refusal, View,
            requests::{self, DEFER},
        },
        widgets::{prose, prose::Line, scroll::Scroll},
    },
    domain::{
        id::{RequestId, SessionId},
        inbox::Heard,
    },
};

/// The closer look.
#[derive(Debug)]
pub struct RequestDetail {
    request: RequestId,
    session: SessionId,
    /// What the bot has told, once that has come.
    heard: Option<Vec<Heard>>,
    /// When the bot had asked last when that was asked for.
    asked: Option<Timestamp>,
    scroll: Scroll,
}

impl RequestDetail {
    /// A closer look at `request`, which is about `session`.
    pub fn new(request: RequestId, session: SessionId) -> Self {
        Self { request, session, heard: None, asked: None, scroll: Scroll::default() }
    }

    /// The session that it is about.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// Whose history is to be asked for, if the bot has asked again since that was done. True once.
    pub fn wants(&mut self, cx: &Ctx) -> Option<SessionId> {
        let heard = cx.request(&self.request)?.heard;
        (self.asked.replace(heard) != Some(heard)).then(|| self.session.clone())
    }

    /// Takes what the bot has told, the oldest first, if it is about this session.
    pub fn take(&mut self, session: &SessionId, heard: &[Heard]) {
        if *session == self.session {
            self.heard = Some(heard.to_vec());
        }
    }

    /// Is told that the history of this session could not be asked for.
    pub fn was_not_asked(&mut self, session: &SessionId) {
        if *session == self.session {
            self.asked = None;
        }
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let lines = match cx.request(&self.request) {
            Some(request) => lines::request(request, self.heard.as_deref(), cx),
            None => vec![Line::of(Role::Warn, "▲ It is no longer in the inbox.")],
        };
        prose::wrap(lines, width)
    }
}

impl View for RequestDetail {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        &[
            A::HandoffAgent,
            A::HandoffQueue,
            A::Best,
            DEFER,
            A::Decline,
            A::Replay,
            A::Back,
            A::Transcript,
            A::Cancel,
            A::Up,
            A::Down,
            A::PageUp,
            A::PageDown,
            A::Home,
            A::End,
        ]
    }

    fn verb(&self, action: Action) -> &'static str {
        if action == DEFER { "defer" } else { action.verb() }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match action {
            Action::Cancel => cx.handoffs.refuses_return(Some(&self.session)),
            action if requests::ACTS.contains(&action) => {
                requests::refuses(action, &self.request, cx)
            }
            _ => None,
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match (action, cx.request(&self.request)) {
            (Action::Back, _) => Outcome::Close,
            (Action::Transcript, _) => Outcome::Open(Opening::Transcript(self.session.clone())),
            (action, Some(request)) if requests::ACTS.contains(&action) => {
                requests::act(action, request)
            }
            (action, _) => {
                let count = self.lines(self.scroll.width(), cx).len();
                self.scroll.turn(action, count);
                Outcome::Done
            }
        }
    }

    fn arrange(&mut self, area: Rect) {
        self.scroll.arrange(area);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, cx: &Ctx, _focused: bool) {
        let title = Line::of(Role::Quiet, "Request ")
            .and(Role::Accent, requests::named(&self.request, cx).as_str());
        self.scroll.draw(buf, area, &title, |width| self.lines(width, cx), cx.theme);
    }
}
