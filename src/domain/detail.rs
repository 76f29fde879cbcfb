//! One session read closely: what the detail view shows of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{
    id::{AgentId, MessageId, ParticipantId, QueueId, SessionId},
    payload::Guest,
    session::Session,
    text::Plain,
};

/// One conversation with its parties and last messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionDetail {
    /// The conversation.
    pub id: SessionId,
    /// Its row, as the conversation itself tells it.
    pub session: Session,
    /// Everybody who took part, oldest first.
    pub participants: Vec<Participant>,
    /// The newest messages, oldest first.
    pub messages: Vec<Utterance>,
    /// Ids of the newest messages, where their words take a read of their own.
    pub message_ids: Vec<MessageId>,
    /// A summary, where the org makes them and it is complete.
    pub summary: Option<Plain>,
    /// Who the guest is, as the org tells it, where it does.
    pub guest: Option<Guest>,
    /// What could not be read, and why: shown, because a missing permission is worth knowing.
    pub gaps: Vec<Plain>,
    /// When it was read.
    pub read_at: Timestamp,
}

impl SessionDetail {
    /// The customer's participant: what attributes are written to.
    pub fn customer(&self) -> Option<&Participant> {
        self.participants.iter().find(|p| p.purpose == Purpose::Customer)
    }

    /// Who is being asked in right now.
    pub fn alerting(&self) -> Option<&Participant> {
        let rings =
            |p: &&Participant| p.purpose == Purpose::Agent && p.presence == Attendance::Alerting;
        self.participants.iter().rev().find(rings)
    }

    /// This user's part in it, as that: theirs while they are there.
    pub fn part(&self, user: &AgentId, purpose: &Purpose) -> Option<&Participant> {
        let theirs = |p: &&Participant| {
            p.agent.as_ref() == Some(user) && p.purpose == *purpose && p.is_there()
        };
        self.participants.iter().rev().find(theirs)
    }

    /// Who listens in now.
    pub fn listener(&self) -> Option<&Participant> {
        let listens = |p: &&Participant| p.purpose == Purpose::Listener && p.is_there();
        self.participants.iter().rev().find(listens)
    }

    /// Whose place a transfer takes: the connected agent's, else the queue's while the session waits
    /// in it, else the bot's.
    pub fn replaceable(&self) -> Option<&Participant> {
        let there = |purpose: Purpose| {
            self.participants
                .iter()
                .rev()
                .find(move |p| p.purpose == purpose && p.presence == Attendance::Connected)
        };
        there(Purpose::Agent).or_else(|| there(Purpose::Queue)).or_else(|| there(Purpose::Bot))
    }
}

/// One party's stay in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Participant {
    /// Its id: what a transfer replaces.
    pub id: ParticipantId,
    /// What it is there for.
    pub purpose: Purpose,
    /// Its name.
    pub name: Option<Plain>,
    /// Its agent, for an agent.
    pub agent: Option<AgentId>,
    /// Its queue.
    pub queue: Option<QueueId>,
    /// What it is doing.
    pub presence: Attendance,
    /// When it came.
    pub from: Option<Timestamp>,
    /// When it was connected.
    pub connected: Option<Timestamp>,
    /// When it left.
    pub until: Option<Timestamp>,
    /// Why it left, as Genesys Cloud spells it.
    pub ended_by: Option<Plain>,
    /// Its own communication, where the dialect has one: what its words are sent with.
    pub communication: Option<Plain>,
}

impl Participant {
    /// True unless it has gone.
    pub fn is_there(&self) -> bool {
        self.presence != Attendance::Gone
    }
}

/// The agent who had the session last and has it no longer. Who was only asked in has not had it.
pub fn last_agent(participants: &[Participant]) -> Option<&AgentId> {
    let had = |p: &&Participant| {
        let gone = p.presence == Attendance::Gone && p.connected.is_some();
        p.purpose == Purpose::Agent && p.agent.is_some() && gone
    };
    participants.iter().rev().find(had)?.agent.as_ref()
}

/// What a participant is there for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// The customer.
    Customer,
    /// A queue, while the session waits in it.
    Queue,
    /// A person.
    Agent,
    /// A bot or a flow.
    Bot,
    /// A supervisor who listens in on an agent, and whom nobody hears.
    Listener,
    /// Anything else, as it was spelt.
    Other(Plain),
}

impl Purpose {
    /// The word on the screen.
    pub fn word(&self) -> &str {
        match self {
            Self::Customer => "customer",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Listener => "listener",
            Self::Other(text) => text,
        }
    }
}

/// What a participant is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Attendance {
    /// Being asked in.
    Alerting,
    /// There.
    Connected,
    /// Set aside.
    Parked,
    /// Gone.
    Gone,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Utterance {
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Speaker,
    /// Which of the org's users that was, where it is told.
    #[serde(skip)]
    pub author: Option<AgentId>,
    /// What was written.
    pub text: Words,
}

/// What somebody wrote. Nothing shows it as it came: it shows what it was fitted to, and bullets until
/// then, so that a place where the masking was forgotten tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    text: Plain,
    fit: bool,
}

/// Stands where words would that nobody has made fit to be shown.
const WITHHELD: &str = "••••••••";

impl Words {
    /// These words as `fit` makes them fit to be shown.
    #[must_use]
    pub fn fitted(&self, fit: impl FnOnce(&Plain) -> Plain) -> Self {
        Self { text: fit(&self.text), fit: true }
    }

    /// What may be shown.
    pub fn shown(&self) -> &str {
        if self.fit { &self.text } else { WITHHELD }
    }

    /// What was written; not for a screen, an output or a log.
    pub fn expose(&self) -> &Plain {
        &self.text
    }
}

impl From<Plain> for Words {
    fn from(text: Plain) -> Self {
        Self { text, fit: false }
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Plain::new(text).into()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.shown(), f)
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The customer.
    Guest,
    /// A bot.
    Bot,
    /// An agent.
    Agent,
}

impl Speaker {
    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Bot => "bot",
            Self::Agent => "agent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_once_they_were_made_fit_for_it() {
        let words = Words::from("my card");
        let told = |words: &Words| {
            format!("{} {words:?} {}", words.shown(), serde_json::to_string(words).unwrap())
        };
        assert_eq!(told(&words), "•••••••• \"••••••••\" \"••••••••\"");
        let fit = words.fitted(|text| text.replace("card", "…").into());
        assert_eq!(told(&fit), "my … \"my …\" \"my …\"");
        assert_eq!(words.expose().as_str(), "my card");
    }
}
