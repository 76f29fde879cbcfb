//! What a webhook is signed with, out and in: Standard Webhooks' symmetric scheme (SPEC sections 10, 11).
//!
//! `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`. Which headers carry it, and when a
//! message is too old, is for whoever sends or takes it; [`fresh`] is the rule for the latter.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

/// What a secret begins with whose rest is base64.
const ENCODED: &str = "whsec_";
/// The version of the scheme, as it stands before each signature.
const VERSION: &str = "v1,";
/// A message may be so many seconds older or newer than our clock says, as the scheme's own libraries
/// have it.
pub const WINDOW: u64 = 300;

/// A secret that both sides know.
pub struct Key(SecretBox<Vec<u8>>);

impl Key {
    /// The key of a secret: base64 after `whsec_`, otherwise the text's own bytes.
    ///
    /// # Errors
    /// If it is empty, or no base64 where it says so. The text never contains any of it.
    pub fn new(secret: &SecretString) -> Result<Self, String> {
        let text = secret.expose_secret();
        let bytes = match text.strip_prefix(ENCODED) {
            Some(encoded) => BASE64_STANDARD.decode(encoded).map_err(|_| {
                format!("the secret begins with {ENCODED}, but is no base64 after it")
            })?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err("the secret is empty".into());
        }
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    /// The signature of a message that is sent at `at_unix` (seconds since 1970): `v1,…`.
    pub fn sign(&self, id: &str, at_unix: i64, body: &[u8]) -> String {
        let code = self.over(id, at_unix, body).map(|mac| mac.finalize().into_bytes());
        format!("{VERSION}{}", code.map(|code| BASE64_STANDARD.encode(code)).unwrap_or_default())
    }

    /// Whether one of the signatures in `header`, with spaces between them, is this key's for the message.
    /// Takes as long whatever they are. How old the message is, [`fresh`] says.
    pub fn verify(&self, id: &str, at_unix: i64, body: &[u8], header: &str) -> bool {
        let given = header.split(' ').filter_map(|one| one.strip_prefix(VERSION));
        let codes = given.filter_map(|one| BASE64_STANDARD.decode(one).ok());
        let right = |code: Vec<u8>| {
            self.over(id, at_unix, body).is_some_and(|mac| mac.verify_slice(&code).is_ok())
        };
        codes.map(right).fold(false, |any, one| any | one)
    }

    fn over(&self, id: &str, at_unix: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(format!("{id}.{at_unix}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Whether a message of `at_unix` is no more than `window` seconds away from `now_unix`, before or after:
/// otherwise somebody may be sending an old one again.
pub fn fresh(at_unix: i64, now_unix: i64, window: u64) -> bool {
    at_unix.abs_diff(now_unix) <= window
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scheme's published example.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn key(secret: &str) -> Result<Key, String> {
        Key::new(&secret.into())
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        let key = key(SECRET).unwrap();
        assert_eq!(key.sign(ID, AT, BODY), SIGNED);
        assert!(key.verify(ID, AT, BODY, SIGNED));
    }

    #[test]
    fn whatever_is_changed_is_not_verified() {
        let right = key(SECRET).unwrap();
        assert!(!right.verify("msg_other", AT, BODY, SIGNED));
        assert!(!right.verify(ID, AT + 1, BODY, SIGNED));
        assert!(!right.verify(ID, AT, br#"{"test":2432232314}"#, SIGNED));
        assert!(!key("whsec_AAAA").unwrap().verify(ID, AT, BODY, SIGNED));
        for header in [
            "",
            "v1,",
            "v1",
            " ",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
            "v1,g0hM9SsE",
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=x",
        ] {
            assert!(!right.verify(ID, AT, BODY, header), "{header}");
        }
    }

    #[test]
    fn one_right_signature_among_others_is_enough() {
        let right = key(SECRET).unwrap();
        let old = key("an older secret").unwrap().sign(ID, AT, BODY);
        for header in
            [format!("{old} {SIGNED}"), format!("{SIGNED} {old}"), format!("v2,x {SIGNED}")]
        {
            assert!(right.verify(ID, AT, BODY, &header), "{header}");
        }
    }

    #[test]
    fn a_secret_is_base64_only_where_it_says_so() {
        let text = key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_ne!(text.sign(ID, AT, BODY), SIGNED);
        assert!(text.verify(ID, AT, BODY, &text.sign(ID, AT, BODY)));
        for bad in ["", "whsec_", "whsec_*a secret*"] {
            let error = key(bad).unwrap_err();
            assert!(!error.contains("*a secret*"), "{error}");
        }
        assert_eq!(format!("{text:?}"), "Key(…)");
    }

    #[test]
    fn a_message_is_fresh_within_the_window_on_both_sides() {
        assert!(fresh(AT, AT + 300, WINDOW) && fresh(AT, AT - 300, WINDOW));
        assert!(!fresh(AT, AT + 301, WINDOW) && !fresh(AT, AT - 301, WINDOW));
        assert!(!fresh(i64::MIN, i64::MAX, WINDOW));
    }
}
