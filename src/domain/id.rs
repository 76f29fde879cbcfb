//! Identifiers: one type per kind of thing, so that an agent can never be handed to where a queue
//! belongs.
//!
//! Genesys Cloud's ids are lower-case UUIDs; a gateway's may be any text that can be shown. An id packs the
//! first into sixteen bytes, keeps the second as it came, and gives back exactly the text it was made from.
//! Ids stand on screens, in logs and in lists: what could move a cursor there, or hide a letter, is no id where
//! it comes from outside (it would come back as another, and two of them as one), and made visible elsewhere.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::text::Plain;

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Repr {
    Uuid(Uuid),
    Text(Arc<str>),
}

impl Repr {
    fn new(text: &str) -> Self {
        match Uuid::try_parse(text) {
            // Only the canonical spelling is packed: anything else would not come back as it was.
            Ok(uuid) if is_canonical(text) => Self::Uuid(uuid),
            _ => Self::Text(Plain::new(text).as_str().into()),
        }
    }

    fn with_str<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        match self {
            Self::Uuid(uuid) => f(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
            Self::Text(text) => f(text),
        }
    }
}

fn is_canonical(text: &str) -> bool {
    text.len() == 36 && !text.bytes().any(|b| b.is_ascii_uppercase())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Repr);

        impl $name {
            /// The id as text, without an allocation.
            pub fn with_str<T>(&self, f: impl FnOnce(&str) -> T) -> T {
                self.0.with_str(f)
            }

            /// The first eight characters: enough for a person to tell ids apart on a screen.
            pub fn short(&self) -> String {
                self.0.with_str(|s| s.chars().take(8).collect())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Repr::new(text))
            }
        }

        impl FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(Repr::Uuid(uuid))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.with_str(|s| f.pad(s))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.with_str(|s| write!(f, "{}({s})", stringify!($name)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.with_str(|s| serializer.serialize_str(s))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor).map(Self)
            }
        }
    )+};
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = Repr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Repr, E> {
        let id = Repr::new(text);
        match id.with_str(|shown| shown == text) {
            true => Ok(id),
            false => Err(E::custom("an id with characters that can't be shown")),
        }
    }
}

ids! {
    /// A routing queue.
    QueueId
    /// A person who takes sessions; a *user* in Genesys Cloud.
    AgentId
    /// One messaging conversation.
    SessionId
    /// One party's stay in a conversation. It changes with every transfer.
    ParticipantId
    /// A routing skill.
    SkillId
    /// A routing language.
    LanguageId
    /// A bot flow.
    FlowId
    /// One message of a conversation.
    MessageId
    /// One handoff, ours: written to the audit log before anything leaves.
    HandoffId
    /// Several handoffs that were confirmed together.
    BatchId
    /// A bot's request for a person, as it waits in the inbox.
    RequestId
    /// Something that a signed-in person does in a session themselves.
    DeedId
}

impl DeedId {
    /// A new, random id.
    pub fn random() -> Self {
        Self::from(Uuid::new_v4())
    }
}

impl RequestId {
    /// A new, random id.
    pub fn random() -> Self {
        Self::from(Uuid::new_v4())
    }
}

impl BatchId {
    /// A new, random id.
    pub fn random() -> Self {
        Self::from(Uuid::new_v4())
    }
}

impl HandoffId {
    /// A new, random id.
    pub fn random() -> Self {
        Self::from(Uuid::new_v4())
    }
}

impl SessionId {
    /// True for a UUID in any case, which is the only thing a handoff accepts (SPEC section 7).
    pub fn is_uuid(&self) -> bool {
        self.with_str(|s| s.len() == 36 && Uuid::try_parse(s).is_ok())
    }

    /// The same conversation in the canonical spelling: two spellings must not be two claims.
    pub fn canonical(&self) -> Self {
        let uuid = self.with_str(|s| Uuid::try_parse(s).ok().filter(|_| s.len() == 36));
        uuid.map_or_else(|| self.clone(), Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_gives_back_the_text_it_was_made_from() {
        for text in [
            "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c",
            "0B7E4C1E-6C7F-4E6F-9A53-0D3F5A1F2B3C",
            "0b7e4c1e6c7f4e6f9a530d3f5a1f2b3c",
            "queue-billing",
            "",
        ] {
            assert_eq!(QueueId::from(text).to_string(), text);
        }
    }

    #[test]
    fn what_can_not_be_shown_is_no_id_where_it_comes_from_outside() {
        for text in ["\u{1b}[2J", "a\u{9b}b", "a\u{202e}b", "a\nb", "a\u{200b}"] {
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<QueueId>(&json).is_err(), "{text:?}");
            assert!(!QueueId::from(text).to_string().chars().any(char::is_control), "{text:?}");
        }
        let named: QueueId = serde_json::from_str("\"日本 queue-7\"").unwrap();
        assert_eq!(named.to_string(), "日本 queue-7");
    }

    #[test]
    fn a_session_id_is_a_uuid_in_any_case() {
        assert!(SessionId::from("0B7E4C1E-6C7F-4E6F-9A53-0D3F5A1F2B3C").is_uuid());
        assert!(SessionId::from("0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c").is_uuid());
        assert!(!SessionId::from("0b7e4c1e6c7f4e6f9a530d3f5a1f2b3c").is_uuid());
        assert!(!SessionId::from("chat-12").is_uuid());
        let shouted = SessionId::from("0B7E4C1E-6C7F-4E6F-9A53-0D3F5A1F2B3C");
        assert_eq!(shouted.canonical().to_string(), "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c");
        assert_eq!(SessionId::from("chat-12").canonical(), SessionId::from("chat-12"));
    }

    #[test]
    fn ids_order_as_their_texts_do() {
        let mut ids = ["b", "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c", "a"].map(AgentId::from);
        ids.sort();
        assert_eq!(ids[1].to_string(), "a");
    }
}
