//! A guest's session that is to be opened here (SPEC section 8, from S4).

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::id::{QueueId, SessionId};

/// What lets whoever has it speak as the guest. It is shown to nobody: not on the screen, not in a log,
/// not in the audit, and it has no serialised form.
#[derive(Clone)]
pub struct GuestToken(SecretString);

impl GuestToken {
    /// One that nobody can guess, in S4's form.
    pub fn random() -> Self {
        Self(format!("{TOKEN_PREFIX}{}", uuid::Uuid::new_v4().simple()).into())
    }

    /// The token itself, for the request that needs it and nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// A text of somebody else's without the token, should they have said it back: as it is, or as the
    /// UUID that it is on a guest's socket.
    pub fn redact(&self, text: &str) -> String {
        let token = self.expose();
        let bits = token.strip_prefix(TOKEN_PREFIX).unwrap_or(token);
        let uuid = uuid::Uuid::try_parse(bits).ok();
        let spelled = uuid.map(|uuid| [uuid.hyphenated().to_string(), uuid.simple().to_string()]);
        let all = std::iter::once(token.to_owned()).chain(spelled.into_iter().flatten());
        all.filter(|spelling| !spelling.is_empty())
            .fold(text.to_owned(), |text, spelling| hidden(&text, &spelling))
    }
}

/// A text with a mask in place of a secret word, in whichever case it is written.
pub fn hidden(text: &str, word: &str) -> String {
    // To lower case in ASCII leaves every place where it was.
    let (lower, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, found) in lower.match_indices(&word) {
        out.push_str(&text[end..at]);
        out.push_str(MASK);
        end = at + found.len();
    }
    out.push_str(&text[end..]);
    out
}

impl From<String> for GuestToken {
    fn from(token: String) -> Self {
        Self(token.into())
    }
}

/// So that messages that carry one can be compared. It decides nothing: no guest is let in by it.
impl PartialEq for GuestToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

/// What a token begins with that is made here (S4); 32 hexadecimal digits follow.
pub const TOKEN_PREFIX: &str = "jwt_";

/// Stands where a token would.
const MASK: &str = "••••••••";

impl fmt::Debug for GuestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for GuestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(MASK)
    }
}

/// A guest's session as it is asked for. Nothing in it is checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestOrder {
    /// What it is called before anybody else knows of it; also by Genesys Cloud, where the one who opens it
    /// may choose that. So one whose answer was lost can be looked for.
    pub id: SessionId,
    /// The guest's name.
    pub name: String,
    /// The guest's id token (`from.id`).
    pub token: GuestToken,
    /// Where the session waits.
    pub queue: QueueId,
    /// How long it may last, in seconds. Signed, so that what somebody has typed can be refused in the
    /// words of the check.
    pub duration: i64,
    /// The language, as a tag.
    pub locale: String,
    /// What the guest's client can do.
    pub capabilities: Vec<String>,
}

/// What became of an opening whose answer nobody has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is open, under this id.
    Open(SessionId),
    /// There is no such session.
    Never,
    /// Nobody can tell.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_by_nothing_and_given_out_by_name() {
        let token = GuestToken::from("jwt_0123456789".to_owned());
        assert_eq!(
            format!("{token}|{token:?}|{:?}", Some(&token)),
            "••••••••|••••••••|Some(••••••••)"
        );
        assert_eq!(token.expose(), "jwt_0123456789");
        assert_ne!(token, GuestToken::from("jwt_other".to_owned()));
    }

    #[test]
    fn a_text_is_rid_of_a_token_however_it_is_spelled() {
        let (hex, uuid) =
            ("8f4a2b1c9d7e4f3ab2c10e5d6f7a8b9c", "8f4a2b1c-9d7e-4f3a-b2c1-0e5d6f7a8b9c");
        for token in [format!("jwt_{hex}"), uuid.to_owned()] {
            let token = GuestToken::from(token);
            let text = format!(
                "é jwt_{hex}, {uuid} and {} or {hex} but 8f4a2b1c stays",
                uuid.to_uppercase()
            );
            let clean = token.redact(&text);
            assert!(!clean.to_lowercase().contains(hex) && !clean.to_lowercase().contains(uuid));
            assert!(clean.starts_with("é ") && clean.ends_with("but 8f4a2b1c stays"), "{clean}");
        }
        let odd = GuestToken::from("Jwt_mine".to_owned());
        assert_eq!(odd.redact("«jwt_MINE»"), format!("«{MASK}»"));
        assert_eq!(GuestToken::from(String::new()).redact("all of it"), "all of it");
    }
}
