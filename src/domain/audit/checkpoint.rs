//! Checkpoints: signed heads of the log, to be kept where whoever can write the log can't.
//!
//! With [`chain`](super::chain), this page is enough to write a verifier.
//!
//! # The note
//!
//! A checkpoint is a signed note (C2SP signed-note) whose text has the form of a C2SP checkpoint. Every line,
//! the last one too, ends with a line feed (U+000A):
//!
//! ```text
//! floorwalker.audit/5f0c…             the log's name
//! 1234                                its size: the number of its last record, in decimal digits
//! zUFq3V…=                            base64 of hash(1234), its 32 bytes: see `chain`
//! time 2026-11-21T16:00:00.123Z       when it was signed
//!                                     an empty line
//! — floorwalker/desk-1 x08go/ZJ…=     who signed it; there may be several such lines
//! ```
//!
//! Other lines may follow the time; they are signed with the rest. The hash is the head of a chain, not the
//! root of a tree.
//!
//! # The signature
//!
//! It begins with an em dash (U+2014) and a blank, then come the key's name, a blank, and base64 (RFC 4648,
//! with padding) of 68 bytes: the key's id, and the Ed25519 signature (RFC 8032) of the text's bytes, which
//! include the last line's end and not the empty line.
//!
//! ```text
//! id = the first four bytes of SHA-256(name, 0x0A, 0x01, the public key's 32 bytes)
//! ```
//!
//! # The key
//!
//! The public half is told as `name+id+key`: the id as eight hexadecimal digits, the key as base64 of 0x01
//! and its 32 bytes. A name has neither blanks nor a plus. The secret half is kept as `PRIVATE+KEY+name+id+
//! key`, with the 32 bytes of the seed. Both are as `golang.org/x/mod/sumdb/note` has them.
//!
//! # What it proves
//!
//! If the signature is right and the name is the log's, then record number *size* has to be there and its
//! hash has to be the signed one. If there is no such record, the tail of the log was cut off; if the hash
//! differs while the chain fits, the log was computed anew. If it is the same, so is every record up to there.
//!
//! # Where checkpoints are kept
//!
//! A file of checkpoints holds any number of notes, with empty lines between them. In syslog each is one line
//! that ends with `audit checkpoint`, the size, and base64 of the whole note.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::{
    chain::{Hash, Head, LogName},
    note::{self, Refused, SignerKey, VerifierKey},
};

/// What stands before the size in syslog.
const MARK: &str = "audit checkpoint ";
/// What stands before the time.
const TIME: &str = "time ";

/// A head that somebody has signed, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The head.
    pub head: Head,
    /// When it was signed.
    pub at: Timestamp,
}

impl Checkpoint {
    /// The signed note.
    pub fn sign(&self, key: &SignerKey) -> String {
        key.sign(&self.to_string())
    }

    /// Reads a signed note that at least one of `known` vouches for.
    ///
    /// # Errors
    /// If it can't be relied on.
    pub fn open(text: &str, known: &[VerifierKey]) -> Result<Self, Refused> {
        read(note::open(text, known)?).ok_or(Refused::Malformed("its text is no checkpoint"))
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { log, size, hash } = &self.head;
        let hash = STANDARD.encode(hash.0);
        write!(f, "{log}\n{size}\n{hash}\n{TIME}{:.3}\n", self.at)
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.lines();
    let log: LogName = lines.next()?.parse().ok()?;
    let digits = lines.next()?;
    let size: i64 = digits.parse().ok()?;
    let hash = STANDARD.decode(lines.next()?).ok()?;
    let at = lines.next()?.strip_prefix(TIME)?.parse().ok()?;
    // One number has one spelling: no sign, no zero before it.
    let exact = size >= 0 && size.to_string() == digits;
    let hash = Hash(hash.try_into().ok()?);
    exact.then_some(Checkpoint { head: Head { log, size, hash }, at })
}

/// A note in one line, for syslog.
pub fn one_line(note: &str, size: i64) -> String {
    format!("{MARK}{size} {}", STANDARD.encode(note))
}

/// What a file of checkpoints holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheaf {
    /// The notes in their order, each with the line it begins in.
    pub notes: Vec<(usize, String)>,
    /// Lines that belong to none: a crash has cut a note off, or somebody has written something else.
    pub stray: usize,
}

impl Sheaf {
    /// Takes a file apart.
    pub fn of(file: &str) -> Self {
        let (mut sheaf, mut open) = (Self::default(), Open::default());
        for (at, line) in file.lines().enumerate().map(|(n, line)| (n + 1, line)) {
            let signature = line.starts_with('—');
            // What follows signatures belongs to the next note.
            if open.signed && !signature {
                open.close(&mut sheaf);
            }
            match line.split_once(MARK) {
                Some((_, rest)) => {
                    open.close(&mut sheaf);
                    sheaf.take(at, rest);
                }
                None if line.is_empty() => open.blank = !open.lines.is_empty(),
                None => open.add(at, line, signature, &mut sheaf),
            }
        }
        open.close(&mut sheaf);
        sheaf
    }

    /// A line of syslog: the size, and the note.
    fn take(&mut self, at: usize, rest: &str) {
        let note = rest.split_whitespace().nth(1).and_then(|text| STANDARD.decode(text).ok());
        match note.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(note) => self.notes.push((at, note)),
            None => self.stray += 1,
        }
    }
}

/// A note that is being gathered.
#[derive(Default)]
struct Open<'a> {
    from: usize,
    lines: Vec<&'a str>,
    blank: bool,
    signed: bool,
}

impl<'a> Open<'a> {
    fn add(&mut self, at: usize, line: &'a str, signature: bool, sheaf: &mut Sheaf) {
        // A text that an empty line ends without a signature is none.
        if self.blank && !signature {
            self.close(sheaf);
        }
        if self.lines.is_empty() {
            self.from = at;
        }
        if signature && self.blank && !self.signed {
            self.lines.push("");
        }
        self.signed |= signature;
        self.lines.push(line);
    }

    fn close(&mut self, sheaf: &mut Sheaf) {
        let open = std::mem::take(self);
        match open.signed {
            true => sheaf.notes.push((open.from, open.lines.join("\n") + "\n")),
            false => sheaf.stray += open.lines.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SignerKey {
        SignerKey::drawn("floorwalker/desk-1", &std::array::from_fn(|n| n as u8)).unwrap()
    }

    fn checkpoint(size: i64) -> Checkpoint {
        let log = LogName::drawn(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        let hash = Hash::of(size.to_string().as_bytes());
        Checkpoint {
            head: Head { log, size, hash },
            at: "2026-11-21T16:00:00.123Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_signed() {
        let (checkpoint, key) = (checkpoint(1234), key());
        let known = [key.verifier().clone()];
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &known), Ok(checkpoint));
        let refused = Checkpoint::open(&note.replace("1234", "1235"), &known).unwrap_err();
        assert_eq!(refused, Refused::Forged("floorwalker/desk-1".into()));
        assert!(matches!(Checkpoint::open(&note, &[]), Err(Refused::Unknown(_))));
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_refused() {
        let (whole, key) = (checkpoint(7).to_string(), key());
        let known = [key.verifier().clone()];
        let open = |text: &str| Checkpoint::open(&key.sign(text), &known);
        assert_eq!(open(&whole), Ok(checkpoint(7)));
        assert_eq!(open(&format!("{whole}more\n")), Ok(checkpoint(7)));
        for odd in [
            whole.replace("floorwalker.audit", "go.sum database tree"),
            whole.replace("\n7\n", "\n07\n"),
            whole.replace("\n7\n", "\n+7\n"),
            whole.replace("\n7\n", "\n-7\n"),
            whole.replace("\n7\n", "\n9223372036854775808\n"),
            whole.replace("time ", ""),
            whole.replace('=', ""),
            whole.lines().take(3).map(|line| format!("{line}\n")).collect(),
            "\n".into(),
        ] {
            assert_eq!(open(&odd), Err(Refused::Malformed("its text is no checkpoint")), "{odd}");
        }
    }

    #[test]
    fn a_file_holds_many_and_syslog_one_a_line() {
        let key = key();
        let [one, two, three] = [1, 2, 3].map(|size| checkpoint(size).sign(&key));
        let line = one_line(&three, 3);
        let file = format!(
            "{one}{two}\n\nfloorwalker.audit/torn\n12\n\nNov 21 16:00:00 desk floorwalker[7]: {line}\n{one}"
        );
        let sheaf = Sheaf::of(&file);
        let notes: Vec<_> = sheaf.notes.iter().map(|(_, note)| note.clone()).collect();
        assert_eq!(notes, [one.clone(), two, three, one]);
        assert_eq!(sheaf.notes.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 7, 18, 19]);
        assert_eq!(sheaf.stray, 2);
        assert_eq!(Sheaf::of("buy milk\n"), Sheaf { notes: Vec::new(), stray: 1 });
        assert_eq!(Sheaf::of(""), Sheaf::default());
        assert_eq!(Sheaf::of("audit checkpoint 3 ???").stray, 1);
    }
}
