//! What comes from outside to prove the log with: keys, and checkpoints that they have signed.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    commands::{Failure, listing::warn},
    domain::{
        audit::{Checkpoint, Refused, VerifierKey, checkpoint::Sheaf, note::SECRET},
        text::Plain,
    },
};

/// A checkpoint every ten minutes for some years.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The keys that these words are, or that stand in the files they name.
///
/// # Errors
/// If one is neither.
pub fn keys(words: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    let mut keys = Vec::new();
    for word in words {
        if word.starts_with(SECRET) {
            return Err(secret("--key"));
        }
        match word.parse() {
            Ok(key) => keys.push(key),
            Err(why) => keys.extend(in_file(Path::new(word), &why)?),
        }
    }
    Ok(keys)
}

fn in_file(path: &Path, no_key: &Refused) -> Result<Vec<VerifierKey>, Failure> {
    let shown = Plain::new(&path.display().to_string());
    let refused = |why: &dyn std::fmt::Display| Failure::usage(format!("--key {shown}: {why}"));
    let text = match read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(refused(&format!("there is no such file, and as a key: {no_key}")));
        }
        text => text.map_err(|e| refused(&e))?,
    };
    if text.contains(SECRET) {
        return Err(secret(&format!("--key {shown}")));
    }
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let keys: Result<Vec<VerifierKey>, _> = lines.map(str::parse).collect();
    match keys {
        Ok(keys) if keys.is_empty() => Err(refused(&"it is empty")),
        keys => keys.map_err(|why| refused(&why)),
    }
}

fn secret(what: &str) -> Failure {
    Failure::usage(format!("{what} is a secret key: give what `floorwalker audit key` prints"))
}

/// The checkpoints of these files, all signed by one of `known`.
///
/// # Errors
/// Names the file, the line, and what is wrong there.
pub fn checkpoints(files: &[PathBuf], known: &[VerifierKey]) -> Result<Vec<Checkpoint>, Failure> {
    let mut checkpoints = Vec::new();
    for path in files {
        let shown = Plain::new(&path.display().to_string());
        let text = read(path).map_err(|e| Failure::usage(format!("--anchor {shown}: {e}")))?;
        let sheaf = Sheaf::of(&text);
        if sheaf.notes.is_empty() {
            return Err(Failure::refused(format!("{shown} is refused: no checkpoint is in it")));
        }
        if sheaf.stray > 0 {
            warn(&format!("{shown}: {} lines belong to no checkpoint", sheaf.stray));
        }
        for (line, note) in &sheaf.notes {
            let checkpoint = Checkpoint::open(note, known).map_err(|why| {
                let hint = match why {
                    Refused::Unknown(_) => "\nIf it is to be relied on, give its key: --key",
                    Refused::Malformed(_) | Refused::Forged(_) => "",
                };
                let message =
                    format!("The checkpoint in {shown}, line {line}, is refused: {why}{hint}");
                Failure::refused(message)
            })?;
            checkpoints.push(checkpoint);
        }
    }
    Ok(checkpoints)
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(..=LONGEST) => Ok(text),
        _ => Err(io::ErrorKind::FileTooLarge.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Hash, Head, LogName, SignerKey};

    fn key(seed: u8) -> SignerKey {
        SignerKey::drawn("floorwalker/desk-1", &[seed; 32]).unwrap()
    }

    #[test]
    fn a_key_is_a_word_or_in_a_file_and_never_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let (one, two) = (key(1).verifier().clone(), key(2).verifier().clone());
        std::fs::write(&path, format!("# desks\n{one}\n\n{two}\n")).unwrap();
        let named = path.to_str().unwrap().to_owned();
        assert_eq!(keys(&[two.to_string(), named.clone()]).unwrap(), [two.clone(), one, two]);
        let refused = |words: &str| keys(&[words.to_owned()]).unwrap_err();
        assert!(refused("nowhere").message.contains("there is no such file"));
        for secret in ["PRIVATE+KEY+a+hunter2", &named] {
            std::fs::write(&path, "PRIVATE+KEY+a+hunter2").unwrap();
            let failure = refused(secret);
            assert!(failure.message.contains("is a secret key") && failure.code == 2);
            assert!(!failure.message.contains("hunter2"));
        }
        std::fs::write(&path, "").unwrap();
        assert!(refused(&named).message.contains("it is empty"));
    }

    #[test]
    fn a_checkpoint_that_can_t_be_relied_on_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anchors");
        let head = |size| Head { log: LogName::drawn(1), size, hash: Hash::of(b"") };
        let note = |size, seed| {
            Checkpoint { head: head(size), at: jiff::Timestamp::UNIX_EPOCH }.sign(&key(seed))
        };
        let known = [key(1).verifier().clone()];
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            checkpoints(std::slice::from_ref(&path), &known)
        };
        let two = read(&format!("{}\n{}", note(1, 1), note(2, 1))).unwrap();
        assert_eq!(two.iter().map(|c| c.head.size).collect::<Vec<_>>(), [1, 2]);
        for (text, expected) in [
            (
                format!("{}\n{}", note(1, 1), note(2, 2)),
                "line 8, is refused: it is signed by floorwalker/desk-1+",
            ),
            (note(1, 1).replace("\n1\n", "\n2\n"), "floorwalker/desk-1 is forged"),
            ("buy milk\n".into(), "no checkpoint is in it"),
        ] {
            let failure = read(&text).unwrap_err();
            assert!(failure.message.contains(expected), "{failure}");
            assert_eq!(failure.code, 3);
        }
    }
}
