//! Signed notes: a text, and who vouches for it. What a checkpoint says is not for this page.
//!
//! The form is that of C2SP's signed-note specification and of Go's `golang.org/x/mod/sumdb/note`, so that
//! others' programs read ours and ours read theirs; see [`checkpoint`](super::checkpoint) for what is in one.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::domain::text::Plain;

/// The kind of a key, before its bytes: Ed25519.
const ED25519_KIND: u8 = 1;
/// Longer than any note that somebody would sign.
const LONGEST: usize = 16 * 1024;
/// More than anybody would gather on one note.
const MOST_SIGNATURES: usize = 100;
/// What a signature's line begins with.
const DASH: &str = "— ";
/// What the secret half of a key begins with when it is written.
pub const SECRET: &str = "PRIVATE+KEY+";

/// What keeps a note, or a key, from being relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not in the form it should be in.
    #[error("{0}")]
    Malformed(&'static str),
    /// Nobody who is known has signed it.
    #[error("it is signed by {0}, whose key is not known here")]
    Unknown(Plain),
    /// A signature by a known key does not fit the text.
    #[error("its signature by {0} is forged, or its text was changed")]
    Forged(Plain),
}

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

impl VerifierKey {
    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells keys of one name apart; no proof of anything.
    fn id(&self) -> [u8; 4] {
        let mut digest = Sha256::new();
        digest.update(&self.name);
        digest.update([b'\n', ED25519_KIND]);
        digest.update(self.public);
        let [a, b, c, d, ..]: [u8; 32] = digest.finalize().into();
        [a, b, c, d]
    }

    fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public).verify(text.as_bytes(), signature).is_ok()
    }
}

/// As it is given to others: `name+id+key`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, encoded(&self.public))
    }
}

impl FromStr for VerifierKey {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let (name, id, public) = parts(text)?;
        let key = Self { name, public };
        match key.id() == id {
            true => Ok(key),
            false => Err(Refused::Malformed("the key's id does not fit the key")),
        }
    }
}

/// The secret half of a key.
pub struct SignerKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SignerKey {
    /// A key from 32 random bytes.
    ///
    /// # Errors
    /// If `name` holds blanks or a plus, or nothing.
    pub fn drawn(name: &str, seed: &[u8; 32]) -> Result<Self, Refused> {
        if !is_name(name) {
            return Err(Refused::Malformed("a key's name has neither blanks nor a plus"));
        }
        let wrong = Refused::Malformed("the key's bytes are no key");
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong.clone())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| wrong)?;
        Ok(Self { pair, verifier: VerifierKey { name: name.to_owned(), public } })
    }

    /// Reads what [`Self::written`] has made.
    ///
    /// # Errors
    /// If it is no such key. What it is instead is not said: it may be a secret.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let rest = text.strip_prefix(SECRET);
        let (name, id, seed) = parts(rest.ok_or(Refused::Malformed("it is no secret key"))?)?;
        let key = Self::drawn(&name, &seed)?;
        match key.verifier.id() == id {
            true => Ok(key),
            false => Err(Refused::Malformed("the key's id does not fit the key")),
        }
    }

    /// The key of these bytes as it is kept in a file.
    pub fn written(&self, seed: &[u8; 32]) -> SecretString {
        let id = u32::from_be_bytes(self.verifier.id());
        format!("{SECRET}{}+{id:08x}+{}", self.verifier.name, encoded(seed)).into()
    }

    /// The half for others.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// A note of `text`, which has to end with its last line's end.
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.verifier.id().to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{DASH}{} {}\n", self.verifier.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignerKey").field(&self.verifier.name).finish()
    }
}

/// Reads a note of which at least one of `known` vouches for the text, which is given back. Signatures by
/// others are passed over.
///
/// # Errors
/// If it is no note, nobody known has signed it, or a known one has not signed this text.
pub fn open<'a>(note: &'a str, known: &[VerifierKey]) -> Result<&'a str, Refused> {
    if note.len() > LONGEST || note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(Refused::Malformed("it is too long, or holds control characters"));
    }
    let split = note.rfind("\n\n").ok_or(Refused::Malformed("it has no signature"))?;
    let (text, lines) = (note.get(..=split), note.get(split + 2..));
    let (text, lines) = text.zip(lines).ok_or(Refused::Malformed("it has no signature"))?;
    let lines = lines.strip_suffix('\n').ok_or(Refused::Malformed("its last line has no end"))?;
    if lines.split('\n').count() > MOST_SIGNATURES {
        return Err(Refused::Malformed("it has too many signatures"));
    }
    let (mut vouched, mut strangers) = (false, Vec::new());
    for line in lines.split('\n') {
        let Signature { name, id, bytes } = signature(line)?;
        let known = known.iter().find(|key| key.name == name && key.id() == id);
        match known.map(|key| key.has_signed(text, &bytes)) {
            Some(true) => vouched = true,
            Some(false) => return Err(Refused::Forged(Plain::cut(name, 200))),
            None => strangers.push(format!("{name}+{:08x}", u32::from_be_bytes(id))),
        }
    }
    match vouched {
        true => Ok(text),
        false => Err(Refused::Unknown(Plain::cut(&strangers.join(", "), 200))),
    }
}

/// A line below a note.
struct Signature<'a> {
    name: &'a str,
    id: [u8; 4],
    bytes: Vec<u8>,
}

fn signature(line: &str) -> Result<Signature<'_>, Refused> {
    let wrong = Refused::Malformed("a line below it is no signature");
    let parts = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' '));
    let (name, bytes) = parts.filter(|(name, _)| is_name(name)).ok_or(wrong.clone())?;
    let bytes = STANDARD.decode(bytes).map_err(|_| wrong.clone())?;
    let (id, rest) = bytes.split_first_chunk::<4>().ok_or(wrong.clone())?;
    match rest.is_empty() {
        true => Err(wrong),
        false => Ok(Signature { name, id: *id, bytes: rest.to_vec() }),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A kind and 32 bytes, as they stand in a key.
fn encoded(bytes: &[u8; 32]) -> String {
    let mut all = vec![ED25519_KIND];
    all.extend_from_slice(bytes);
    STANDARD.encode(all)
}

/// Name, id and bytes of a key.
fn parts(text: &str) -> Result<(String, [u8; 4], [u8; 32]), Refused> {
    let wrong = Refused::Malformed("it is no key: name+id+key is expected");
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong);
    };
    let digits = id.len() == 8 && id.bytes().all(|c| c.is_ascii_hexdigit());
    let id = u32::from_str_radix(id, 16).ok().filter(|_| digits && is_name(name));
    let key = STANDARD.decode(key).map_err(|_| wrong.clone())?;
    let bytes = match key.split_first() {
        Some((&ED25519_KIND, bytes)) => bytes.try_into().ok(),
        _ => return Err(Refused::Malformed("the key is of a kind that is not known here")),
    };
    let (id, bytes) = id.zip(bytes).ok_or(wrong)?;
    Ok((name.to_owned(), id.to_be_bytes(), bytes))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    // The example of golang.org/x/mod/sumdb/note: another program has made all three.
    const SIGNER: &str =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const SECOND: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn known() -> Vec<VerifierKey> {
        vec![VERIFIER.parse().unwrap()]
    }

    #[test]
    fn what_go_has_signed_is_read_and_signed_alike() {
        let signer = SignerKey::parse(SIGNER).unwrap();
        assert_eq!(signer.verifier().to_string(), VERIFIER);
        let text = open(NOTE, &known()).unwrap();
        assert_eq!(signer.sign(text), NOTE);
        let twice = format!("{NOTE}{SECOND}");
        assert_eq!(open(&twice, &known()), Ok(text), "a stranger's signature is passed over");
        assert!(!format!("{signer:?}").contains("YEKFALV"));
    }

    #[test]
    fn a_drawn_key_is_written_and_read_again() {
        let seed = [7; 32];
        let key = SignerKey::drawn("floorwalker/desk-1", &seed).unwrap();
        let written = key.written(&seed);
        let again = SignerKey::parse(written.expose_secret()).unwrap();
        assert_eq!(again.verifier(), key.verifier());
        assert_eq!(open(&again.sign("a\n"), &[key.verifier().clone()]), Ok("a\n"));
        for name in ["", "a b", "a+b", "a\nb"] {
            assert!(SignerKey::drawn(name, &seed).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_note_that_nobody_known_vouches_for_is_refused_by_name() {
        let other = SignerKey::drawn("other", &[1; 32]).unwrap().verifier().clone();
        let error = open(NOTE, std::slice::from_ref(&other)).unwrap_err();
        assert_eq!(error, Refused::Unknown("PeterNeumann+c74f20a3".into()));
        let changed = NOTE.replace("answer", "unswer");
        assert_eq!(open(&changed, &known()), Err(Refused::Forged("PeterNeumann".into())));
        // A right signature does not make up for a wrong one.
        let mine = SignerKey::drawn("mine", &[2; 32]).unwrap();
        let signed = mine.sign("If\n");
        let forged = format!("{signed}{}", NOTE.rsplit_once("\n\n").unwrap().1);
        let both = [mine.verifier().clone(), VERIFIER.parse().unwrap()];
        assert_eq!(open(&forged, &both), Err(Refused::Forged("PeterNeumann".into())));
        assert!(open(&forged, &both[..1]).is_ok());
    }

    #[test]
    fn what_is_no_note_or_key_is_refused() {
        let long = format!("{}\n\n{SECOND}", "x".repeat(LONGEST));
        let many = format!("a\n\n{}", SECOND.repeat(101));
        for note in [
            "",
            "a\n",
            "a\n\n",
            "a\n\nb\n",
            "a\n\n— b\n",
            "a\n\n— b AAAA\n",
            "a\n\n— b c d\n",
            "a\n\n— b+c AAAAAAAA\n",
            &NOTE[..NOTE.len() - 1],
            &NOTE.replace("If", "\tIf"),
            &NOTE.replace("AM=", "AN="),
            &long,
            &many,
        ] {
            assert!(matches!(open(note, &known()), Err(Refused::Malformed(_))), "{note:?}");
        }
        for key in [
            "",
            "a+b+c",
            SIGNER,
            &VERIFIER.replace("c74f20a3", "c74f20a4"),
            &VERIFIER.replace("c74f20a3", "+74f20a3"),
            &VERIFIER.replace("+AR", "+BR"),
            &VERIFIER[..VERIFIER.len() - 4],
        ] {
            assert!(key.parse::<VerifierKey>().is_err(), "{key}");
        }
        assert!(SignerKey::parse(VERIFIER).is_err());
        assert!(SignerKey::parse(&SIGNER.replace("c74f20a3", "c74f20a4")).is_err());
    }
}
