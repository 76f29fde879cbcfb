//! Proof key for code exchange (RFC 7636, S256 alone): the secret that a sign-in begins with, the address it
//! sends a person to, and whether what comes back belongs to it. Nothing is sent here.

use std::hint::black_box;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::domain::text::Plain;

/// One try to sign in.
#[derive(Debug)]
pub struct Attempt {
    /// What only whoever began can know.
    pub verifier: SecretString,
    /// What comes back with the code, so that nobody else's code is taken.
    state: String,
}

/// Why what came back is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// It is not an answer to this sign-in.
    #[error(
        "its state is not the one of this sign-in: it belongs to another, or somebody made it up"
    )]
    Stranger,
    /// The login host has said no.
    #[error("the login host refused: {0}")]
    Denied(Plain),
    /// There is no code in it.
    #[error("there is no code in it: it has to be the whole address that the browser was sent to")]
    Empty,
}

impl Attempt {
    /// A new one, from random numbers of the system; `None` if it has none to give.
    pub fn new() -> Option<Self> {
        let random = || {
            let mut bytes = [0; 32];
            SystemRandom::new().fill(&mut bytes).ok()?;
            Some(URL_SAFE_NO_PAD.encode(bytes))
        };
        Some(Self { verifier: random()?.into(), state: random()? })
    }

    /// Where the person signs in.
    pub fn address(&self, login_url: &str, client_id: &str, redirect: &str) -> String {
        let query = encoded(&[
            ("client_id", client_id),
            ("response_type", "code"),
            ("redirect_uri", redirect),
            ("code_challenge_method", "S256"),
            ("code_challenge", &challenge(self.verifier.expose_secret())),
            ("state", &self.state),
        ]);
        format!("{}/oauth/authorize?{query}", login_url.trim_end_matches('/'))
    }

    /// The code in the address that a person was sent back to, or in what of it follows the host.
    ///
    /// # Errors
    /// If it does not belong here, or holds a refusal. The state comes first: what does not belong here says
    /// nothing.
    pub fn code(&self, address: &str) -> Result<SecretString, Turned> {
        let query = address.trim().split_once('?').ok_or(Turned::Empty)?.1;
        let query = query.split('#').next().unwrap_or_default();
        let value = |key: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == key).map(|(_, value)| decoded(value))
        };
        if !same(&value("state").unwrap_or_default(), &self.state) {
            return Err(Turned::Stranger);
        }
        if let Some(error) = value("error") {
            let text = value("error_description").unwrap_or(error);
            return Err(Turned::Denied(Plain::cut(&text, 200)));
        }
        match value("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(code.into()),
            None => Err(Turned::Empty),
        }
    }
}

/// What the login host is told beforehand of the verifier.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Whether they are equal, in a time that does not tell how far.
fn same(one: &str, other: &str) -> bool {
    let differs = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| black_box(all | (a ^ b)));
    one.len() == other.len() && differs == 0
}

/// Names and values as a form, or a query, has them.
pub(super) fn encoded(pairs: &[(&str, &str)]) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match keep(byte) {
                true => out.push(byte.into()),
                false => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    out
}

/// The other way round; a `%` that begins nothing stands for itself.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        let two =
            tail.get(..2).filter(|two| *first == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let byte = two.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = byte.and_then(|_| tail.get(2..)).unwrap_or(tail);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt { verifier: "v".into(), state: "a-b_c".into() }
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = URL_SAFE_NO_PAD.encode(octets);
        assert_eq!(verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_try_has_secrets_of_its_own_and_shows_none() {
        let (one, other) = (Attempt::new().unwrap(), Attempt::new().unwrap());
        assert_eq!(one.verifier.expose_secret().len(), 43);
        assert_ne!(one.verifier.expose_secret(), other.verifier.expose_secret());
        assert_ne!(one.state, other.state);
        let address = one.address("https://login.example/", "id 1", "http://localhost:8741/");
        assert!(address.starts_with("https://login.example/oauth/authorize?client_id=id%201&"));
        assert!(address.contains("&redirect_uri=http%3A%2F%2Flocalhost%3A8741%2F&"), "{address}");
        assert!(!address.contains(one.verifier.expose_secret()));
    }

    #[test]
    fn only_what_belongs_to_it_is_taken() {
        let code = |text: &str| attempt().code(text).map(|it| it.expose_secret().to_owned());
        let here = "http://localhost:8741/";
        assert_eq!(code(&format!("{here}?code=x%2By&state=a-b_c#top")), Ok("x+y".into()));
        assert_eq!(code("/?state=a-b_c&code=x HTTP"), Ok("x HTTP".into()));
        for stranger in ["code=x&state=a-b_d", "code=x&state=a-b_", "code=x&state=a-b_cc", "code=x"]
        {
            assert_eq!(code(&format!("{here}?{stranger}")), Err(Turned::Stranger), "{stranger}");
        }
        // Who made it up must not be able to say why either.
        assert_eq!(code("/?error=access_denied&state=z"), Err(Turned::Stranger));
        let denied = code("/?error=access_denied&error_description=not+you%1b&state=a-b_c");
        assert!(matches!(denied, Err(Turned::Denied(text)) if text.starts_with("not you")));
        assert_eq!(code("/?state=a-b_c"), Err(Turned::Empty));
        assert_eq!(code("nonsense"), Err(Turned::Empty));
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        assert_eq!(decoded("a%zz%4"), "a%zz%4");
        assert_eq!(decoded("%C3%A9+%ff"), "é \u{fffd}");
    }
}
