//! A person who takes sessions.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{
    id::{AgentId, LanguageId, QueueId, SkillId},
    text::Plain,
};

/// One agent as the floor shows it (SPEC section 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agent {
    /// The id.
    pub id: AgentId,
    /// The name; unknown until the agent's profile has been read.
    pub name: Option<Plain>,
    /// What the agent says of himself or herself.
    pub presence: Option<Presence>,
    /// What routing says.
    pub routing: Option<RoutingStatus>,
    /// Since when the routing status has held.
    pub since: Option<Timestamp>,
    /// Skills that count for routing; unknown until the profile has been read.
    pub skills: Option<Vec<AgentSkill>>,
    /// Languages that count for routing; unknown until the profile has been read.
    pub languages: Option<Vec<AgentLanguage>>,
    /// Messaging sessions held now, alerting ones included.
    pub sessions: Option<u32>,
    /// Messaging sessions the agent may hold at once: the org's default until the agent's own has
    /// been read.
    pub capacity: Option<u32>,
    /// True while `capacity` is the org's default rather than the agent's own.
    pub capacity_inherited: bool,
    /// When name, skills and languages were read.
    pub profile_read: Option<Timestamp>,
    /// When `capacity` was read.
    pub capacity_read: Option<Timestamp>,
    /// Queues the agent has joined.
    pub queues: Vec<QueueId>,
}

impl Agent {
    /// The name, or the start of the id while the name is not known.
    pub fn label(&self) -> Plain {
        self.name.clone().unwrap_or_else(|| self.id.short().into())
    }

    /// True when routing counts the agent as working.
    pub fn on_queue(&self) -> Option<bool> {
        self.routing.as_ref().map(|r| *r != RoutingStatus::OffQueue)
    }

    /// Places left; `None` where capacity or load is unknown.
    pub fn free(&self) -> Option<u32> {
        Some(self.capacity?.saturating_sub(self.sessions?))
    }
}

/// A skill an agent has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentSkill {
    /// Its id.
    pub id: SkillId,
    /// Its name.
    pub name: Plain,
    /// 0 to 5, as Genesys Cloud rates it.
    pub proficiency: Option<f32>,
}

/// A language an agent speaks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentLanguage {
    /// Its id.
    pub id: LanguageId,
    /// Its name, or a tag.
    pub name: Plain,
    /// 0 to 5, as Genesys Cloud rates it.
    pub proficiency: Option<f32>,
}

/// What routing says of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoutingStatus {
    /// On queue, nothing to do.
    Idle,
    /// On queue, with a customer.
    Interacting,
    /// On queue, did not answer an alert.
    NotResponding,
    /// On queue, busy outside the routing.
    Communicating,
    /// Not working on queues.
    OffQueue,
    /// A status this version does not know, as it was spelt.
    Other(Plain),
}

impl RoutingStatus {
    /// Reads any spelling: `NOT_RESPONDING`, `Not Responding`, `notResponding`.
    pub fn parse(text: &str) -> Self {
        match folded(text).as_str() {
            "idle" => Self::Idle,
            "interacting" => Self::Interacting,
            "notresponding" => Self::NotResponding,
            "communicating" => Self::Communicating,
            "offqueue" => Self::OffQueue,
            _ => Self::Other(text.into()),
        }
    }

    /// The words of all that are known.
    pub const WORDS: [&str; 5] = ["idle", "interacting", "no answer", "on a call", "off queue"];

    /// The word on the screen.
    pub fn word(&self) -> &str {
        match self {
            Self::Idle => "idle",
            Self::Interacting => "interacting",
            Self::NotResponding => "no answer",
            Self::Communicating => "on a call",
            Self::OffQueue => "off queue",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for RoutingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Serialize for RoutingStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What an agent says of himself or herself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presence {
    /// Ready, but not on a queue.
    Available,
    /// Working on queues.
    OnQueue,
    /// Busy.
    Busy,
    /// Away.
    Away,
    /// On a break.
    Break,
    /// At a meal.
    Meal,
    /// In a meeting.
    Meeting,
    /// In a training.
    Training,
    /// Idle: the client has seen no input for a while.
    Idle,
    /// Not signed in.
    Offline,
    /// A presence this version does not know, as it was spelt.
    Other(Plain),
}

impl Presence {
    /// Reads any spelling: analytics says `ON_QUEUE`, definitions `OnQueue`, people `On Queue`.
    pub fn parse(text: &str) -> Self {
        match folded(text).as_str() {
            "available" => Self::Available,
            "onqueue" => Self::OnQueue,
            "busy" => Self::Busy,
            "away" => Self::Away,
            "break" => Self::Break,
            "meal" => Self::Meal,
            "meeting" => Self::Meeting,
            "training" => Self::Training,
            "idle" => Self::Idle,
            "offline" => Self::Offline,
            _ => Self::Other(text.into()),
        }
    }

    /// The words of all that are known.
    pub const WORDS: [&str; 10] = [
        "available",
        "on queue",
        "busy",
        "away",
        "break",
        "meal",
        "meeting",
        "training",
        "idle",
        "offline",
    ];

    /// The word on the screen.
    pub fn word(&self) -> &str {
        match self {
            Self::Available => "available",
            Self::OnQueue => "on queue",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Break => "break",
            Self::Meal => "meal",
            Self::Meeting => "meeting",
            Self::Training => "training",
            Self::Idle => "idle",
            Self::Offline => "offline",
            Self::Other(text) => text,
        }
    }
}

impl Serialize for Presence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Lower case, without spaces and underscores: the API's sources differ in both.
fn folded(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_one_status() {
        for text in ["NOT_RESPONDING", "Not Responding", "notResponding"] {
            assert_eq!(RoutingStatus::parse(text), RoutingStatus::NotResponding);
        }
        for text in ["ON_QUEUE", "OnQueue", "On Queue"] {
            assert_eq!(Presence::parse(text), Presence::OnQueue);
        }
    }

    #[test]
    fn an_unknown_status_is_shown_as_it_came() {
        assert_eq!(RoutingStatus::parse("Dreaming").word(), "Dreaming");
        assert_eq!(Presence::parse("GONE_FISHING").word(), "GONE_FISHING");
    }
}
