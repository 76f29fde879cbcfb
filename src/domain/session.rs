//! One messaging conversation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    id::{AgentId, FlowId, LanguageId, QueueId, SessionId, SkillId},
    text::Plain,
};

/// One session as the floor shows it (SPEC section 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Session {
    /// The conversation's id.
    pub id: SessionId,
    /// The customer's name as Genesys Cloud gives it.
    pub guest: Option<Plain>,
    /// `webmessaging`, `whatsapp`, …
    pub channel: Option<Plain>,
    /// Where it is in its life.
    pub state: SessionState,
    /// Since when it has been in that state.
    pub since: Option<Timestamp>,
    /// When the conversation began.
    pub started: Option<Timestamp>,
    /// The queue it waits in or came from.
    pub queue: Option<QueueId>,
    /// The agent who has it or is being alerted.
    pub agent: Option<AgentId>,
    /// The agent who had it before, if any.
    pub last_agent: Option<AgentId>,
    /// When that was read; `None` where nobody has asked yet.
    pub last_agent_read: Option<Timestamp>,
    /// The supervisor who listens in on its agent, where one is known to.
    pub monitor: Option<AgentId>,
    /// The bot flow that holds it.
    pub flow: Option<FlowId>,
    /// What the bot believes the customer wants.
    pub intent: Option<Plain>,
    /// How sure the bot is, 0 to 1.
    pub confidence: Option<f64>,
    /// How the customer feels, 0 (worst) to 1 (best).
    pub sentiment: Option<f64>,
    /// The language that routing, or else the bot, says it is in.
    pub language: Option<Language>,
    /// Skills that routing asks for.
    pub skills: Vec<Requirement>,
    /// Routing priority; one point is worth a minute of waiting.
    pub priority: Option<i64>,
    /// Transfers so far.
    pub depth: Option<u32>,
    /// When the org itself ends it: because nobody writes, or for good, whichever comes first.
    pub expires: Option<Timestamp>,
}

impl Session {
    /// A session of which nothing is known yet but its id and state.
    pub fn bare(id: SessionId, state: SessionState) -> Self {
        Self {
            id,
            state,
            guest: None,
            channel: None,
            since: None,
            started: None,
            queue: None,
            agent: None,
            last_agent: None,
            last_agent_read: None,
            monitor: None,
            flow: None,
            intent: None,
            confidence: None,
            sentiment: None,
            language: None,
            skills: Vec::new(),
            priority: None,
            depth: None,
            expires: None,
        }
    }

    /// The guest's name, or the start of the id while nobody knows it.
    pub fn label(&self) -> Plain {
        self.guest.clone().unwrap_or_else(|| self.id.short().into())
    }

    /// What a handoff was decided on: if this differs when the order is sent, nothing is sent.
    pub fn standing(&self) -> Standing {
        Standing { state: self.state, queue: self.queue.clone(), agent: self.agent.clone() }
    }
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// Waits for an agent.
    Waiting,
    /// A bot talks to the customer.
    Bot,
    /// Being offered to an agent.
    Alerting,
    /// A transfer has been asked for and is not done.
    Transferring,
    /// With an agent.
    Connected,
    /// Parked by its agent.
    Parked,
    /// Over.
    Disconnected,
}

impl SessionState {
    /// The words of all of them.
    pub const WORDS: [&str; 7] = [
        Self::Waiting.word(),
        Self::Bot.word(),
        Self::Alerting.word(),
        Self::Transferring.word(),
        Self::Connected.word(),
        Self::Parked.word(),
        Self::Disconnected.word(),
    ];

    /// The word on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Bot => "bot",
            Self::Alerting => "alerting",
            Self::Transferring => "transferring",
            Self::Connected => "connected",
            Self::Parked => "parked",
            Self::Disconnected => "ended",
        }
    }

    /// Whether a supervisor may hand it over now; the reason when not.
    pub fn refuses_handoff(self) -> Option<&'static str> {
        match self {
            Self::Bot | Self::Waiting | Self::Connected => None,
            Self::Alerting => Some("it is being offered to an agent right now"),
            // SPEC section 7's text for a second attempt.
            Self::Transferring => {
                Some("Conversation already in transfer state. Preventing duplicate handoff.")
            }
            Self::Parked => Some("its agent has parked it"),
            Self::Disconnected => Some("it has ended"),
        }
    }
}

/// Who held a session, and how, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its state.
    pub state: SessionState,
    /// Its queue.
    pub queue: Option<QueueId>,
    /// Its agent.
    pub agent: Option<AgentId>,
}

impl Standing {
    /// True if it waits in this queue.
    pub fn waits_in(&self, queue: &QueueId) -> bool {
        self.state == SessionState::Waiting && self.queue.as_ref() == Some(queue)
    }

    /// True if a decision made on `self` still holds: the same state, held by the same agent or
    /// waiting in the same queue. Sources differ in whether they tell the queue of a session that an
    /// agent or a bot holds, so it counts only while the session waits.
    pub fn still_holds(&self, now: &Self) -> bool {
        let place = match self.state {
            SessionState::Waiting => self.queue == now.queue,
            SessionState::Connected | SessionState::Alerting | SessionState::Parked => {
                self.agent == now.agent
            }
            SessionState::Bot | SessionState::Transferring | SessionState::Disconnected => true,
        };
        self.state == now.state && place
    }
}

/// A language, by routing's id, by a name, or by a tag such as `en-US`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// Routing's id, where routing asked for it.
    pub id: Option<LanguageId>,
    /// Its name or tag.
    pub name: Plain,
}

/// A skill that a session asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Its id; a bot may know only the name.
    pub id: Option<SkillId>,
    /// Its name; the id's start while the name has not been read.
    pub name: Plain,
}
