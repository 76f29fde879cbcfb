//! `[outbox]`: whom to tell what happens.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::secret::SecretSource;
use crate::{domain::outbox::Destination, policy::address::Address};

/// SPEC section 3's time for an outbound webhook.
const TIMEOUT: u64 = 5;
/// Nobody who needs longer than this takes webhooks as they are meant.
const LONGEST_TIMEOUT: u64 = 30;
/// What nobody has taken for a day somebody has to look at.
const MAX_AGE: u64 = 24;
/// A month.
const LONGEST_MAX_AGE: u64 = 720;

/// Whom to tell what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Where each is told; who is not in it is not told.
    pub targets: BTreeMap<Destination, Address>,
    /// Where the secret comes from that it is signed with.
    pub secret: Option<SecretSource>,
    /// How long one try may take.
    pub timeout: Duration,
    /// For how long it is tried.
    pub max_age: Duration,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            targets: BTreeMap::new(),
            secret: None,
            timeout: Duration::from_secs(TIMEOUT),
            max_age: Duration::from_secs(MAX_AGE * 3600),
        }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Outbox {
    pub(super) crm_handoff: String,
    crm_session: String,
    pub(super) wfm: String,
    secret: String,
    timeout_seconds: u64,
    max_age_hours: u64,
}

impl Default for Outbox {
    fn default() -> Self {
        let [crm_handoff, crm_session, wfm, secret] = [const { String::new() }; 4];
        let (timeout_seconds, max_age_hours) = (TIMEOUT, MAX_AGE);
        Self { crm_handoff, crm_session, wfm, secret, timeout_seconds, max_age_hours }
    }
}

impl Outbox {
    pub(super) fn validate(self) -> Result<Telling, String> {
        let Self { crm_handoff, crm_session, wfm, secret, timeout_seconds, max_age_hours } = self;
        if !(1..=LONGEST_TIMEOUT).contains(&timeout_seconds) {
            let key = "outbox.timeout_seconds";
            return Err(format!("{key} is {timeout_seconds}: it must be 1 to {LONGEST_TIMEOUT}"));
        }
        if !(1..=LONGEST_MAX_AGE).contains(&max_age_hours) {
            let key = "outbox.max_age_hours";
            return Err(format!("{key} is {max_age_hours}: it must be 1 to {LONGEST_MAX_AGE}"));
        }
        let mut targets = BTreeMap::new();
        for (to, text) in [
            (Destination::CrmHandoff, crm_handoff),
            (Destination::CrmSession, crm_session),
            (Destination::Wfm, wfm),
        ] {
            if !text.is_empty() {
                let address = Address::parse(&text);
                let address = address.map_err(|why| format!("outbox.{} {why}", to.name()))?;
                targets.insert(to, address);
            }
        }
        Ok(Telling {
            targets,
            secret: SecretSource::parse("outbox.secret", &secret)?,
            timeout: Duration::from_secs(timeout_seconds),
            max_age: Duration::from_secs(max_age_hours * 3600),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parsed(text: &str) -> Result<Telling, String> {
        let text = format!("[outbox]\n{text}");
        Config::parse(&text, "config.toml").map(|c| c.outbox).map_err(|e| e.to_string())
    }

    #[test]
    fn targets_are_told_where_the_file_says() {
        let told = parsed("wfm = 'https://wfm.example/hook'\nsecret = 'env:KEY'").unwrap();
        assert_eq!(told.targets.keys().collect::<Vec<_>>(), [&Destination::Wfm]);
        assert_eq!(told.targets[&Destination::Wfm].as_str(), "https://wfm.example/hook");
        assert_eq!(told.secret, Some(SecretSource::Env("KEY".into())));
        assert_eq!(told.timeout, Duration::from_secs(5));
    }

    #[test]
    fn what_would_leave_in_the_clear_or_never_end_is_refused() {
        for (text, expected) in [
            ("crm_handoff = 'http://crm.example/'", "outbox.crm_handoff is refused: only https"),
            ("crm_session = 'https://a:hunter2@crm.example/'", "a name or a password"),
            ("wfm = 'nonsense'", "outbox.wfm is not an address"),
            ("secret = 'hunter2'", "outbox.secret must be env:NAME"),
            ("timeout_seconds = 0", "1 to 30"),
            ("timeout_seconds = 31", "1 to 30"),
            ("max_age_hours = 0", "1 to 720"),
            ("max_age_hours = 721", "1 to 720"),
            (
                "crm = 'https://crm.example/'",
                ":2: there is no option outbox.crm; did you mean outbox.crm_handoff?",
            ),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
    }
}
