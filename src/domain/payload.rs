//! What travels with a session, so that the customer need not tell everything twice.
//!
//! Not neutralised: what is sent must arrive exactly as it came. Whoever shows a part of it makes a
//! [`Plain`](super::text::Plain) of that part first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Messages of the history that go along unless somebody asks for another number (S0's own example).
pub const HISTORY: u16 = 150;

/// The context of one handoff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// Messages of the history, 1 to 500 (SPEC section 7). The platform brings all of it anyway.
    pub history: u16,
    /// The summary; `None` means that one is to be fetched.
    pub summary: Option<Summary>,
    /// What the agent and the reports see: at most 50 of 256 characters.
    pub attributes: BTreeMap<String, String>,
    /// The guest, as received: never a new identity.
    pub guest: Option<Guest>,
}

impl Default for Payload {
    fn default() -> Self {
        Self { history: HISTORY, summary: None, attributes: BTreeMap::new(), guest: None }
    }
}

/// What the customer wants, in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The words.
    pub text: String,
    /// True if a person wrote or changed them; the platform knows its own summaries already.
    pub by_hand: bool,
}

/// A guest's identity, field by field as it was received (S1: `id`, `name`, `email`, `externalId`, and
/// whatever else was there).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Guest(pub Map<String, Value>);

impl Guest {
    /// The id that keeps bot leg and agent leg one conversation.
    pub fn id(&self) -> Option<&str> {
        self.0.get("id").and_then(Value::as_str)
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.0.get("name").and_then(Value::as_str)
    }
}
