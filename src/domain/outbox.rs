//! What other systems are told (SPEC section 11). Not how it is delivered.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{id::SessionId, text::Plain};

/// Something to be told. It is written down together with what it tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its own id: whoever gets it twice can tell.
    pub event: Plain,
    /// Whom it is for.
    pub to: Destination,
    /// What it concerns; letters of one conversation keep their order.
    pub session: SessionId,
    /// When it happened.
    pub at: Timestamp,
    /// The JSON that is sent. No secret ever enters it.
    pub body: Value,
}

/// Whom something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The CRM, of a session (S4).
    CrmSession,
}

impl Destination {
    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrmSession => "crm_session",
        }
    }

    /// The destination of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::CrmSession].into_iter().find(|to| to.name() == name)
    }
}

/// How a session stands, for the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrmState {
    /// It is open.
    Connected,
    /// It has ended.
    Terminated,
}

impl CrmState {
    fn word(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Terminated => "terminated",
        }
    }
}

impl Letter {
    /// S4's state update, without the guest's token that S4 sends along: it is a secret here.
    pub fn session(session: &SessionId, state: CrmState, at: Timestamp, metadata: Value) -> Self {
        let body = json!({
            "conversationId": session,
            "state": state.word(),
            "timestamp": format!("{at:.3}"),
            "metadata": metadata,
        });
        let event = Plain::new(&uuid::Uuid::new_v4().to_string());
        Self { event, to: Destination::CrmSession, session: session.clone(), at, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_in_the_shape_of_its_source() {
        let at = "2026-11-21T10:00:00Z".parse().unwrap();
        let told = |state| Letter::session(&"c".into(), state, at, json!({"why": "x"}));
        let letter = told(CrmState::Connected);
        let expected = json!({
            "conversationId": "c", "state": "connected", "timestamp": "2026-11-21T10:00:00.000Z",
            "metadata": {"why": "x"},
        });
        assert_eq!(letter.body, expected);
        assert_eq!(told(CrmState::Terminated).body["state"], "terminated");
        assert_ne!(told(CrmState::Connected).event, letter.event);
        assert_eq!(Destination::from_name(letter.to.name()), Some(letter.to));
    }
}
