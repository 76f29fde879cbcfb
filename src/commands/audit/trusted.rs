//! What comes from outside to prove the log with: keys, and checkpoints that they have signed.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    commands::{Failure, listing::warn},
    domain::{
        audit::{Checkpoint, Refused, VerifierKey, note::SECRET},
        text::Plain,
    },
    engine::proof::witness::{Refusal, Testimony, bounded},
};

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
    let text = match bounded(path) {
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

/// The checkpoints of these files that one of `known` has signed; and why others are left aside.
///
/// # Errors
/// If a file can't be read, or holds no checkpoint at all.
pub fn checkpoints(
    files: &[PathBuf],
    known: &[VerifierKey],
) -> Result<(Vec<Checkpoint>, Vec<String>), Failure> {
    let (mut checkpoints, mut refused) = (Vec::new(), Vec::new());
    for path in files {
        let shown = Plain::new(&path.display().to_string());
        let read = Testimony::read(path, known);
        let testimony = read.map_err(|e| Failure::usage(format!("--anchor {shown}: {e}")))?;
        if testimony.is_empty() {
            return Err(Failure::refused(format!("{shown} is refused: no checkpoint is in it")));
        }
        if testimony.stray > 0 {
            warn(&format!("{shown}: {} lines belong to no checkpoint", testimony.stray));
        }
        refused.extend(testimony.refused.iter().map(|refusal| said(&shown, refusal)));
        checkpoints.extend(testimony.checkpoints);
    }
    Ok((checkpoints, refused))
}

fn said(path: &Plain, refusal: &Refusal) -> String {
    let Refusal { line, count, why } = refusal;
    let which = match count {
        1 => format!("The checkpoint in {path}, line {line}, is refused"),
        n => format!("{n} checkpoints in {path}, the first in line {line}, are refused"),
    };
    let hint = match why {
        Refused::Unknown(_) => ". If it is to be relied on, give its key: --key",
        Refused::Malformed(_) | Refused::Forged(_) => "",
    };
    format!("{which}: {why}{hint}")
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
    fn a_checkpoint_that_can_t_be_relied_on_is_refused_with_its_place_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anchors");
        let head = |size| Head { log: LogName::drawn(1), size, hash: Hash::of(b"") };
        let note = |size, seed| {
            Checkpoint { head: head(size), at: jiff::Timestamp::UNIX_EPOCH }.sign(&key(seed))
        };
        let known = [key(1).verifier().clone()];
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let (checkpoints, refused) = checkpoints(std::slice::from_ref(&path), &known)?;
            let sizes: Vec<i64> = checkpoints.iter().map(|c| c.head.size).collect();
            Ok::<_, Failure>((sizes, refused.join("\n")))
        };
        assert_eq!(
            read(&format!("{}\n{}", note(1, 1), note(2, 1))).unwrap(),
            (vec![1, 2], String::new())
        );
        let forged = note(1, 1).replace("\n1\n", "\n2\n");
        for (text, sizes, expected) in [
            (
                format!("{}\n{}", note(1, 1), note(2, 2)),
                vec![1],
                "line 8, is refused: it is signed by floorwalker/desk-1+",
            ),
            (
                format!("{}\n{}\n{}", note(1, 2), note(2, 2), note(3, 1)),
                vec![3],
                "2 checkpoints in ",
            ),
            (forged, vec![], "floorwalker/desk-1 is forged"),
        ] {
            let (kept, refused) = read(&text).unwrap();
            assert_eq!(kept, sizes);
            assert!(refused.contains(expected) && !refused.contains('\n'), "{refused}");
        }
        let failure = read("buy milk\n").unwrap_err();
        assert!(failure.message.contains("no checkpoint is in it"), "{failure}");
        assert_eq!(failure.code, 3);
    }
}
