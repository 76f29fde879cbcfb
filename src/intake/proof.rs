//! Who calls: a signature over the call, or a token that they share with us.

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::policy::signature::{Key, fresh};

/// Standard Webhooks' headers.
pub const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// What a caller has to know.
#[derive(Debug, Default)]
pub struct Keys {
    /// The secret of signatures.
    pub secret: Option<Key>,
    /// The token.
    pub token: Option<SecretString>,
    /// How many seconds a signature's time may be off.
    pub window: u64,
}

/// How far a caller has proved who they are, before the body was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// Wholly, or nobody asks for it.
    Proved,
    /// The body has to be signed by this.
    Signed { id: &'a str, at: i64, signature: &'a str },
}

impl Keys {
    /// True if nobody has to prove anything.
    pub fn is_open(&self) -> bool {
        self.secret.is_none() && self.token.is_none()
    }

    /// What the headers prove at `now` (seconds since 1970).
    ///
    /// # Errors
    /// Says what is missing, to somebody who may not be let in: no more than they know already.
    pub fn claim<'a>(&self, headers: &'a HeaderMap, now: i64) -> Result<Claim<'a>, &'static str> {
        if self.is_open() || self.knows_token(headers) {
            return Ok(Claim::Proved);
        }
        let tried = headers.contains_key(header::AUTHORIZATION) && self.token.is_some();
        if self.secret.is_none() || (tried && !headers.contains_key(SIGNATURE)) {
            return Err("The bearer token is missing or wrong");
        }
        let one = |name: &str| {
            let mut all = headers.get_all(name).iter();
            all.next().filter(|_| all.next().is_none()).and_then(|value| value.to_str().ok())
        };
        let (Some(id), Some(at), Some(signature)) = (one(ID), one(TIMESTAMP), one(SIGNATURE))
        else {
            return Err(
                "The call is not signed: webhook-id, webhook-timestamp and webhook-signature",
            );
        };
        let at = at.parse().map_err(|_| "webhook-timestamp is no number of seconds")?;
        if !fresh(at, now, self.window) {
            return Err("webhook-timestamp is too old or too new");
        }
        Ok(Claim::Signed { id, at, signature })
    }

    /// Whether a claim is true of this body.
    pub fn proves(&self, claim: &Claim<'_>, body: &[u8]) -> bool {
        match claim {
            Claim::Proved => true,
            Claim::Signed { id, at, signature } => {
                self.secret.as_ref().is_some_and(|key| key.verify(id, *at, body, signature))
            }
        }
    }

    /// Whether the headers carry the token.
    pub fn knows_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return false };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, given)) = given.and_then(|value| value.split_once(' ')) else {
            return false;
        };
        scheme.eq_ignore_ascii_case("bearer") && same(token.expose_secret(), given.trim())
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ, nor of how long the
/// one is that is not known.
fn same(known: &str, given: &str) -> bool {
    let code = |text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"compared").ok()?;
        mac.update(text.as_bytes());
        Some(mac)
    };
    let (Some(known), Some(given)) = (code(known), code(given)) else { return false };
    known.verify(&given.finalize().into_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: Option<&str>, token: Option<&str>) -> Keys {
        let key = |secret: &str| Key::new(&SecretString::from(secret)).unwrap();
        Keys { secret: secret.map(key), token: token.map(Into::into), window: 300 }
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn without_keys_nothing_has_to_be_proved() {
        assert_eq!(keys(None, None).claim(&HeaderMap::new(), 0), Ok(Claim::Proved));
    }

    #[test]
    fn a_token_is_enough_and_another_is_not() {
        let keys = keys(Some("s"), Some("sesame"));
        let with = |value: &str| headers(&[("authorization", value)]);
        assert_eq!(keys.claim(&with("Bearer sesame"), 0), Ok(Claim::Proved));
        assert_eq!(keys.claim(&with("bearer  sesame"), 0), Ok(Claim::Proved));
        for wrong in ["Bearer sesam", "Bearer sesame2", "Basic sesame", "sesame", "Bearer ", ""] {
            assert!(keys.claim(&with(wrong), 0).is_err(), "{wrong}");
        }
        assert!(!self::keys(Some("s"), None).knows_token(&with("Bearer ")));
    }

    #[test]
    fn a_signature_is_of_this_body_at_this_time_by_this_id() {
        let keys = keys(Some("s"), None);
        let (body, at) = (b"{}".as_slice(), 1_000);
        let signature = keys.secret.as_ref().unwrap().sign("m", at, body);
        let signed =
            |id: &str, at: &str| headers(&[(ID, id), (TIMESTAMP, at), (SIGNATURE, &signature)]);
        let proves = |headers: &HeaderMap, body: &[u8]| {
            keys.claim(headers, 1_200).is_ok_and(|claim| keys.proves(&claim, body))
        };
        assert!(proves(&signed("m", "1000"), body));
        assert!(!proves(&signed("m", "1000"), b"{ }"));
        assert!(!proves(&signed("n", "1000"), body));
        assert!(!proves(&signed("m", "1001"), body));
        assert!(!proves(&signed("m", "soon"), body));
        assert!(keys.claim(&signed("m", "1000"), 1_301).is_err(), "old");
        assert!(keys.claim(&signed("m", "1000"), 699).is_err(), "of the future");
        let mut twice = signed("m", "1000");
        twice.append(ID, "m".parse().unwrap());
        assert!(keys.claim(&twice, 1_200).is_err());
    }
}
