//! What is said to a guest's socket.

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::guest::GuestToken;

/// What a request is for, which its answer brings back in its tracing id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To take a session up, or begin one.
    Configure,
    /// To say that the guest is there.
    Join,
    /// To say the guest's first words.
    Greeting,
    /// To ask for a sign of life.
    Echo,
    /// To ask for what opens the history.
    Jwt,
    /// To close all connections.
    Close,
}

impl Aim {
    const ALL: [Self; 6] =
        [Self::Configure, Self::Join, Self::Greeting, Self::Echo, Self::Jwt, Self::Close];

    fn prefix(self) -> &'static str {
        match self {
            Self::Configure => "floorwalker-configure-",
            Self::Join => "floorwalker-join-",
            Self::Greeting => "floorwalker-greeting-",
            Self::Echo => "floorwalker-echo-",
            Self::Jwt => "floorwalker-jwt-",
            Self::Close => "floorwalker-close-",
        }
    }

    /// Of an answer; also of one to another floorwalker with the same guest.
    pub(super) fn of(tracing: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aim| tracing.starts_with(aim.prefix()))
    }
}

/// A request. Never part of an error or a log: it holds the token.
#[derive(Serialize)]
pub struct Request<'a> {
    action: &'static str,
    token: &'a str,
    /// Which its answer brings back.
    #[serde(rename = "tracingId")]
    pub tracing: String,
    #[serde(flatten)]
    rest: Value,
}

impl<'a> Request<'a> {
    fn new(aim: Aim, action: &'static str, token: &'a GuestToken, rest: Value) -> Self {
        let tracing = format!("{}{}", aim.prefix(), uuid::Uuid::new_v4());
        Self { action, token: token.expose(), tracing, rest }
    }

    /// Takes up the session of a token, or begins one.
    pub fn configure(token: &'a GuestToken, deployment: &str, start_new: bool) -> Self {
        let rest = json!({"deploymentId": deployment, "startNew": start_new});
        Self::new(Aim::Configure, "configureSession", token, rest)
    }

    /// The guest is there.
    pub fn join(token: &'a GuestToken, attributes: &Value) -> Self {
        let event = json!({"eventType": "Presence", "presence": {"type": "Join"}});
        let message = json!({
            "type": "Event", "events": [event],
            "channel": {"metadata": {"customAttributes": attributes}},
        });
        Self::new(Aim::Join, "onMessage", token, json!({"message": message}))
    }

    /// The guest's first words.
    pub fn greeting(token: &'a GuestToken, text: &str, attributes: &Value) -> Self {
        let message = json!({
            "type": "Text", "text": text,
            "channel": {"metadata": {"customAttributes": attributes}},
        });
        Self::new(Aim::Greeting, "onMessage", token, json!({"message": message}))
    }

    /// Asks for a sign of life.
    pub fn echo(token: &'a GuestToken) -> Self {
        let rest = json!({"message": {"type": "Text", "text": "ping"}});
        Self::new(Aim::Echo, "echo", token, rest)
    }

    /// Asks for what opens the guest's history.
    pub fn jwt(token: &'a GuestToken) -> Self {
        Self::new(Aim::Jwt, "getJwt", token, json!({}))
    }

    /// Closes all the guest's connections.
    pub fn close(token: &'a GuestToken) -> Self {
        Self::new(Aim::Close, "closeSession", token, json!({"closeAllConnections": true}))
    }
}
