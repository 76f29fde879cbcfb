//! What opens over the panes. They form a stack: Esc takes the top one away.
//!
//! A popup holds the *id* of what it is about. It never follows the cursor, and when its session
//! goes it says so instead of turning to another.

pub mod agent_for_all;
pub mod alarms;
pub mod answer;
pub mod batch;
pub mod card;
pub mod columns;
pub mod crumb;
pub mod detail;
pub mod explain;
pub mod help;
pub mod leave;
pub mod meaning;
pub mod monitor;
pub mod new_session;
pub mod palette;
pub mod pick_agent;
pub mod pick_queue;
pub mod plan;
pub mod question;
pub mod queue_for_all;
pub mod request;
pub mod snooze;
pub mod switching;
pub mod transcript;
pub mod wallboard;
pub mod xray;

use ratatui::layout::Rect;

use super::{
    keys::Action,
    theme::Role,
    view::{Ctx, Outcome, Refusal, View, gate, limits, words},
    widgets::{clock, frame, prose::Line},
};
use crate::domain::{detail::SessionDetail, id::SessionId, session::Session};

pub use agent_for_all::AgentForAll;
pub use alarms::{AlarmList, missing as missing_queues};
pub use answer::AnswerPrompt;
pub use batch::{BatchView, summary as batch_summary};
pub use card::Card;
pub use columns::Columns;
pub use detail::Detail;
pub use explain::Explain;
pub use help::Help;
pub use leave::Leave;
pub use meaning::Meaning;
pub use monitor::MonitorCard;
pub use new_session::NewSession;
pub use palette::{Offer, Palette};
pub use pick_agent::PickAgent;
pub use pick_queue::PickQueue;
pub use plan::Plan;
pub use question::Question;
pub use queue_for_all::QueueForAll;
pub use request::RequestDetail;
pub use snooze::SnoozePrompt;
pub use switching::Switching;
pub use transcript::{Letter, Transcript};
pub use wallboard::Wallboard;
pub use xray::Xray;

/// An open popup.
#[derive(Debug)]
pub enum Popup {
    /// A closer look at one thing.
    Detail(Detail),
    /// What is written in a session.
    Transcript(Transcript),
    /// Confirming that one listens in.
    Monitor(MonitorCard),
    /// Choosing an agent.
    PickAgent(PickAgent),
    /// Choosing a queue.
    PickQueue(PickQueue),
    /// Why an agent is where they are.
    Explain(Explain),
    /// Choosing one agent for several sessions.
    AgentForAll(AgentForAll),
    /// Choosing one queue for several sessions.
    QueueForAll(QueueForAll),
    /// Choosing a table's columns.
    Columns(Columns),
    /// Confirming a batch.
    Plan(Box<Plan>),
    /// How the last batch is doing.
    Batch(BatchView),
    /// Confirming a handoff.
    Card(Box<Card>),
    /// The keys.
    Help(Help),
    /// Finding anything by its name.
    Palette(Box<Palette>),
    /// Leaving while handoffs run, or sessions are kept here.
    Leave(Leave),
    /// Opening a guest's session.
    NewSession(Box<NewSession>),
    /// Asking before a session's life is changed.
    Question(Question),
    /// A closer look at a bot's request.
    Request(RequestDetail),
    /// Putting a bot's request off, or declining it.
    Answer(Box<AnswerPrompt>),
    /// The floor for a second screen.
    Wallboard(Wallboard),
    /// What figures mean.
    Meaning(Meaning),
    /// What hangs together.
    Xray(Xray),
    /// All alarms.
    Alarms(AlarmList),
    /// For how long an alarm is snoozed.
    Snooze(Box<SnoozePrompt>),
    /// Waiting for another org to be ready.
    Switching(Switching),
}

impl Popup {
    /// As what the app asks things of.
    pub fn view(&self) -> &dyn View {
        match self {
            Self::Detail(popup) => popup,
            Self::Transcript(popup) => popup,
            Self::Monitor(popup) => popup,
            Self::PickAgent(popup) => popup,
            Self::PickQueue(popup) => popup,
            Self::Explain(popup) => popup,
            Self::AgentForAll(popup) => popup,
            Self::QueueForAll(popup) => popup,
            Self::Columns(popup) => popup,
            Self::Plan(popup) => popup.as_ref(),
            Self::Batch(popup) => popup,
            Self::Card(popup) => popup.as_ref(),
            Self::Help(popup) => popup,
            Self::Palette(popup) => popup.as_ref(),
            Self::Leave(popup) => popup,
            Self::NewSession(popup) => popup.as_ref(),
            Self::Question(popup) => popup,
            Self::Request(popup) => popup,
            Self::Answer(popup) => popup.as_ref(),
            Self::Wallboard(popup) => popup,
            Self::Meaning(popup) => popup,
            Self::Xray(popup) => popup,
            Self::Alarms(popup) => popup,
            Self::Snooze(popup) => popup.as_ref(),
            Self::Switching(popup) => popup,
        }
    }

    /// As what the app tells things to.
    pub fn view_mut(&mut self) -> &mut dyn View {
        match self {
            Self::Detail(popup) => popup,
            Self::Transcript(popup) => popup,
            Self::Monitor(popup) => popup,
            Self::PickAgent(popup) => popup,
            Self::PickQueue(popup) => popup,
            Self::Explain(popup) => popup,
            Self::AgentForAll(popup) => popup,
            Self::QueueForAll(popup) => popup,
            Self::Columns(popup) => popup,
            Self::Plan(popup) => popup.as_mut(),
            Self::Batch(popup) => popup,
            Self::Card(popup) => popup.as_mut(),
            Self::Help(popup) => popup,
            Self::Palette(popup) => popup.as_mut(),
            Self::Leave(popup) => popup,
            Self::NewSession(popup) => popup.as_mut(),
            Self::Question(popup) => popup,
            Self::Request(popup) => popup,
            Self::Answer(popup) => popup.as_mut(),
            Self::Wallboard(popup) => popup,
            Self::Meaning(popup) => popup,
            Self::Xray(popup) => popup,
            Self::Alarms(popup) => popup,
            Self::Snooze(popup) => popup.as_mut(),
            Self::Switching(popup) => popup,
        }
    }

    /// What has been read closely for it.
    pub fn known(&self) -> Option<&SessionDetail> {
        match self {
            Self::Detail(popup) => popup.known(),
            Self::Transcript(popup) => popup.known(),
            _ => None,
        }
    }

    /// The session that it is about, where it is about one.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Detail(popup) => popup.session(),
            Self::Transcript(popup) => Some(popup.session()),
            Self::Monitor(popup) => Some(popup.session()),
            Self::PickAgent(popup) => Some(popup.session()),
            Self::PickQueue(popup) => Some(popup.session()),
            Self::Card(popup) => Some(popup.session()),
            Self::Question(popup) => popup.session(),
            Self::Request(popup) => Some(popup.session()),
            Self::Xray(popup) => popup.session(),
            _ => None,
        }
    }

    /// True for the steps of a handoff, which are all done with when the order is sent.
    pub fn is_handoff(&self) -> bool {
        let single = matches!(self, Self::PickAgent(_) | Self::PickQueue(_) | Self::Card(_));
        single || matches!(self, Self::AgentForAll(_) | Self::QueueForAll(_) | Self::Plan(_))
    }

    /// True for what somebody is in the middle of: it must not be closed by the way.
    pub fn is_unfinished(&self) -> bool {
        let asks = matches!(self, Self::Question(_) | Self::Answer(_) | Self::Leave(_));
        let writes = matches!(self, Self::Transcript(it) if it.is_unfinished());
        let here = matches!(self, Self::Monitor(_) | Self::NewSession(_) | Self::Switching(_));
        asks || writes || here || self.is_handoff()
    }

    /// Its place in the body of the screen.
    pub fn place(&self, body: Rect) -> Rect {
        let (width, height) = match self {
            Self::Detail(_) | Self::Transcript(_) | Self::Request(_) => {
                (110, body.height.saturating_sub(body.height / 8))
            }
            Self::PickAgent(_) | Self::PickQueue(_) => (118, 34),
            Self::Explain(_) => (100, 34),
            Self::Meaning(_) | Self::Xray(_) => (110, body.height.saturating_sub(body.height / 8)),
            Self::AgentForAll(_) | Self::QueueForAll(_) => (118, 34),
            // Its reasons are sentences: it takes what room there is.
            Self::Plan(_) => (body.width.saturating_sub(8).max(118), 34),
            Self::Batch(_) => (110, 30),
            Self::Columns(columns) => (46, columns.rows()),
            Self::Card(_) => (84, 24),
            Self::Monitor(_) => (74, 17),
            Self::Help(_) => help::size(body.width),
            Self::Palette(_) => (100, 28),
            Self::Leave(leave) => leave.size(),
            Self::NewSession(_) => (84, 16),
            Self::Question(question) => (74, question.rows()),
            Self::Answer(_) => (74, 11),
            Self::Alarms(_) => (118, 30),
            Self::Snooze(_) => (74, 10),
            Self::Switching(_) => (74, 7),
            // It is drawn over everything, not over the body alone.
            Self::Wallboard(_) => (body.width, body.height),
        };
        frame::centred(body, width, height)
    }
}

/// One line on who is being handed off, as the newest floor has it.
fn about(id: &SessionId, cx: &Ctx) -> Line {
    let Some(session) = cx.live.session(id) else {
        let gone = format!("✗ {} has ended. Nothing can be sent.", cx.guest_name(id));
        return Line::of(Role::Alarm, gone);
    };
    let (shape, role) = words::session(session.state);
    let mut line = Line::of(Role::Strong, session.label().as_str())
        .and(Role::Text, "  ")
        .and(role, format!("{shape} {}", gate::standing(session, cx)));
    if let Some((role, time)) = time(session, cx) {
        line = line.and(Role::Text, "  ").and(role, time);
    }
    line
}

/// Where the table of a picker in `area` is: under so many lines on whom it is for.
fn table(area: Rect, above: u16) -> Rect {
    let inner = frame::inside(area);
    Rect { y: inner.y + above, height: inner.height.saturating_sub(above), ..inner }
}

/// That a key pressed for one row is not taken for another.
fn has_slipped(action: Action, cx: &Ctx) -> Outcome {
    let key = cx.keymap.hint(action);
    Refusal::from(format!("The cursor has moved by itself: move it or press {key} again")).into()
}

/// One line on who is being handed off together.
fn about_all(ids: &[SessionId], cx: &Ctx) -> Line {
    let mut names: Vec<String> =
        ids.iter().take(NAMED).map(|id| cx.guest_name(id).to_string()).collect();
    if ids.len() > NAMED {
        names.push(format!("{} more", ids.len() - NAMED));
    }
    Line::of(Role::Strong, names.join(", "))
}

/// Guests who are named where several are handed off together.
const NAMED: usize = 4;

/// How long a session has been in its state.
fn time(session: &Session, cx: &Ctx) -> Option<(Role, String)> {
    let age = cx.age(session.since)?;
    let (shape, role) = match session.state {
        crate::domain::session::SessionState::Waiting => limits::wait(age),
        _ => ("", Role::Text),
    };
    Some((role, format!("{shape}{}", clock::short(age))))
}

/// What a session asks of an agent.
fn needs(session: &Session) -> String {
    let mut needs: Vec<&str> = session.skills.iter().map(|skill| &*skill.name).collect();
    needs.extend(session.language.as_ref().map(|language| &*language.name));
    if needs.is_empty() { "no skill or language".to_owned() } else { needs.join(", ") }
}
