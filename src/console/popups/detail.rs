//! A closer look at one queue, agent, session or record.
//!
//! A session is read closely by the engine while this is open; until it answers, the row on the
//! floor is all there is, and that is said.

mod floor;
mod record;
mod session;

pub(super) use session::stayed;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        keys::Action,
        theme::Role,
        view::{
            About, Ctx, Opening, Outcome, Refusal, Subject, View, deeds, gate, incident::Incident,
        },
        widgets::{prose, prose::Line, scroll::Scroll},
    },
    domain::{audit::AuditRecord, detail::SessionDetail, id::SessionId, text::Plain},
    engine::Linked,
};

/// The closer look.
#[derive(Debug)]
pub struct Detail {
    subject: Subject,
    /// The session, once it has been read closely, or why it has not.
    read: Option<Read>,
    /// The record, for a record.
    record: Option<Box<AuditRecord>>,
    /// Its place in the chain, once that is read, or why it is not.
    linked: Option<Result<Box<Linked>, Plain>>,
    scroll: Scroll,
}

impl Detail {
    /// A closer look at `subject`; at a record, that one.
    pub fn new(subject: Subject, record: Option<AuditRecord>) -> Self {
        let record = record.map(Box::new);
        Self { subject, read: None, record, linked: None, scroll: Scroll::default() }
    }

    /// Takes a record's place in the chain, if it is about that record.
    pub fn take_link(&mut self, seq: i64, linked: Result<Box<Linked>, Plain>) {
        if self.subject == Subject::Record(seq) {
            // It may have been purged since it was shown in the list.
            if let Ok(linked) = &linked {
                self.record = Some(Box::new(linked.record.clone()));
            }
            self.linked = Some(linked);
        }
    }

    /// What it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The session it is about.
    pub fn session(&self) -> Option<&SessionId> {
        match &self.subject {
            Subject::Session(id) => Some(id),
            _ => None,
        }
    }

    /// The session that a record tells of.
    fn told_of(&self) -> Option<&SessionId> {
        self.record.as_ref().and_then(|record| record.session.as_ref())
    }

    /// What a record is part of.
    fn incident(&self) -> Option<Incident> {
        self.record.as_ref().and_then(|record| Incident::of(record))
    }

    /// What has been read of the session.
    pub fn known(&self) -> Option<&SessionDetail> {
        self.read.as_ref().and_then(|read| read.as_deref().ok())
    }

    /// Takes what the engine has read, if it is about this session.
    pub fn take(&mut self, session: &SessionId, read: Read) {
        if self.session() != Some(session) {
            return;
        }
        renew(&mut self.read, read);
    }

    fn title(&self, cx: &Ctx) -> Line {
        let (kind, name) = match &self.subject {
            Subject::Queue(id) => ("Queue", cx.queue_name(id).to_string()),
            Subject::Agent(id) => {
                let target = crate::domain::handoff::Target::Agent(id.clone());
                ("Agent", cx.target_name(&target).to_string())
            }
            Subject::Session(id) => ("Session", cx.guest_name(id).to_string()),
            Subject::Record(seq) => ("Record", seq.to_string()),
        };
        Line::of(Role::Quiet, format!("{kind} ")).and(Role::Accent, name)
    }

    fn lines(&self, width: u16, cx: &Ctx) -> Vec<Line> {
        let lines = match &self.subject {
            Subject::Queue(id) => floor::queue(id, cx),
            Subject::Agent(id) => floor::agent(id, cx),
            Subject::Session(id) => session::lines(id, self.read.as_ref(), cx),
            Subject::Record(_) => {
                let linked = self.linked.as_ref();
                self.record.as_ref().map(|r| record::lines(r, linked, cx)).unwrap_or_default()
            }
        };
        prose::wrap(lines, width)
    }
}

/// What was read of a session, or why it could not be.
pub(super) type Read = Result<Box<SessionDetail>, Plain>;

/// Takes what was read of a session: neither a failure nor what was read earlier takes away what is known.
pub(super) fn renew(known: &mut Option<Read>, read: Read) {
    let keeps = match (&known, &read) {
        (Some(Ok(known)), Ok(read)) => known.read_at > read.read_at,
        (Some(Ok(_)), Err(_)) => true,
        _ => false,
    };
    if !keeps {
        *known = Some(read);
    }
}

impl View for Detail {
    fn actions(&self) -> &'static [Action] {
        use Action as A;
        match self.subject {
            Subject::Session(_) => &[
                A::Back,
                A::HandoffAgent,
                A::HandoffQueue,
                A::Best,
                A::Transcript,
                A::Supervise,
                A::Monitor,
                A::EndSession,
                A::Jump,
                A::Cancel,
                A::Up,
                A::Down,
                A::PageUp,
                A::PageDown,
                A::Home,
                A::End,
            ],
            Subject::Record(_) => &[
                A::Back,
                A::Jump,
                A::CopyIncident,
                A::Up,
                A::Down,
                A::PageUp,
                A::PageDown,
                A::Home,
                A::End,
            ],
            _ => &[A::Back, A::Up, A::Down, A::PageUp, A::PageDown, A::Home, A::End],
        }
    }

    fn refuses(&self, action: Action, cx: &Ctx) -> Option<Refusal> {
        match (action, self.session()) {
            (Action::HandoffAgent | Action::HandoffQueue | Action::Best, Some(id)) => {
                gate::refuses_session(id, cx).or_else(|| gate::refuses_way(action, Some(id), cx))
            }
            (Action::Supervise, _) => gate::refuses_keeping(cx),
            (Action::EndSession, Some(id)) => gate::refuses_ending(id, cx),
            (Action::Monitor, Some(id)) => deeds::refuses_monitoring(id, cx),
            (Action::Cancel, id) => cx.handoffs.refuses_return(id),
            (Action::Jump, None) if self.told_of().is_none() => {
                Some("This record is about no session".into())
            }
            (Action::CopyIncident, _) if self.incident().is_none() => {
                Some("This record belongs to no handoff and no session".into())
            }
            _ => None,
        }
    }

    fn verb(&self, action: Action) -> &'static str {
        match (action, self.session()) {
            (Action::Jump, Some(_)) => "records",
            (Action::Jump, None) => "session",
            _ => action.verb(),
        }
    }

    fn handle(&mut self, action: Action, cx: &Ctx) -> Outcome {
        match (action, self.session()) {
            (Action::Back, _) => Outcome::Close,
            (Action::HandoffAgent, Some(id)) => Outcome::Open(Opening::PickAgent(id.clone(), None)),
            (Action::HandoffQueue, Some(id)) => Outcome::Open(Opening::PickQueue(id.clone(), None)),
            (Action::Best, Some(id)) => Outcome::Seek(id.clone()),
            (Action::Jump, Some(id)) => Outcome::Jump(id.clone()),
            (Action::Jump, None) => match self.told_of() {
                Some(session) => Outcome::Jump(session.clone()),
                None => Outcome::Done,
            },
            (Action::CopyIncident, _) => match self.incident() {
                Some(incident) => Outcome::CopyIncident(incident),
                None => Outcome::Done,
            },
            (Action::Transcript, Some(id)) => Outcome::Open(Opening::Transcript(id.clone())),
            (Action::Supervise, Some(id)) => Outcome::Supervise(vec![id.clone()]),
            (Action::Monitor, Some(id)) => Outcome::Monitor(id.clone()),
            (Action::EndSession, Some(id)) => {
                Outcome::Open(Opening::Question(About::End(id.clone())))
            }
            _ => {
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
        self.scroll.draw(buf, area, &self.title(cx), |width| self.lines(width, cx), cx.theme);
    }
}
