//! `[messaging]`: the deployment through which guests come.

use serde::Deserialize;

use super::Messaging;

/// What a guest says first: a message begins the conversation on every deployment.
const GREETING: &str = "Hello";
const LONGEST_GREETING: usize = 1_000;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Door {
    deployment: String,
    origin: String,
    socket_url: String,
    greeting: String,
}

impl Default for Door {
    fn default() -> Self {
        let [deployment, origin, socket_url] = [const { String::new() }; 3];
        Self { deployment, origin, socket_url, greeting: GREETING.to_owned() }
    }
}

impl Door {
    pub(super) fn validate(self) -> Result<Option<Messaging>, String> {
        let Self { deployment, origin, socket_url, greeting } = self;
        match (deployment.is_empty(), origin.is_empty()) {
            (true, true) if socket_url.is_empty() => return Ok(None),
            (false, false) => {}
            _ => return Err("messaging needs both a deployment and an origin".into()),
        }
        if !(1..=LONGEST_GREETING).contains(&greeting.chars().count()) {
            return Err(format!("messaging.greeting must have 1 to {LONGEST_GREETING} characters"));
        }
        let socket_url = Some(socket_url).filter(|url| !url.is_empty());
        Ok(Some(Messaging { deployment, origin, socket_url, greeting }))
    }
}
