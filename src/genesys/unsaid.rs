//! What went out with a request and is not to be said again, whatever the answer says back of it.
//!
//! Gateways and proxies like to tell in an error what they were sent, headers and all. Errors are shown, logged
//! and audited: what must not stand there goes before anything is cut short, so that no part of it is left.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::transport::Answer;
use crate::domain::guest::{GuestToken, hidden};

/// Shorter ones are no secrets: to leave them out would tear words apart.
const LEAST: usize = 8;

/// The secrets of one request.
#[derive(Clone, Debug, Default)]
pub struct Unsaid {
    guest: Option<GuestToken>,
    others: Vec<SecretString>,
}

impl Unsaid {
    /// Nothing yet but a guest's token, where there is one.
    pub fn of(guest: Option<&GuestToken>) -> Self {
        Self { guest: guest.cloned(), others: Vec::new() }
    }

    /// This one too.
    #[must_use]
    pub fn and(mut self, secret: &SecretString) -> Self {
        if secret.expose_secret().len() >= LEAST {
            self.others.push(secret.clone());
        }
        self
    }

    /// What a client signs in with, also as the header has it.
    #[must_use]
    pub fn and_basic(self, id: &str, secret: &SecretString) -> Self {
        let header = BASE64_STANDARD.encode(format!("{id}:{}", secret.expose_secret()));
        self.and(secret).and(&header.into())
    }

    /// A text without any of them.
    pub fn clean(&self, text: &str) -> String {
        let guest = self.guest.as_ref().map(|token| token.redact(text));
        let first = guest.unwrap_or_else(|| text.to_owned());
        self.others.iter().fold(first, |text, secret| hidden(&text, secret.expose_secret()))
    }

    /// The body of an answer, as far as it is text, without any of them.
    pub fn body(&self, answer: &Answer) -> String {
        self.clean(&answer.body.lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_said_back_is_masked_in_whichever_case() {
        let unsaid = Unsaid::of(Some(&GuestToken::from("jwt_mine-0123".to_owned())))
            .and(&"Bearer-0123".into())
            .and_basic("id", &"hunter2-hunter2".into())
            .and(&"short".into());
        let text =
            "JWT_MINE-0123 bearer-0123, hunter2-hunter2 or aWQ6aHVudGVyMi1odW50ZXIy, in short";
        let mask = "••••••••";
        assert_eq!(unsaid.clean(text), format!("{mask} {mask}, {mask} or {mask}, in short"));
        assert!(!format!("{unsaid:?}").contains("hunter2"));
    }
}
