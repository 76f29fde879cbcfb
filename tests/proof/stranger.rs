//! A verifier in another language, written from the documentation alone, agrees.

use std::{fs, path::Path, process::Command};

use floorwalker::domain::audit::{AuditEvent, SignerKey};
use serde_json::json;

use crate::{
    crimes::head,
    ledger::{Ledger, entry},
};

/// What the stranger says of some lines, and of a checkpoint.
fn says(lines: &[String], checkpoint: Option<(&str, &str)>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, note) = (folder.path().join("lines"), folder.path().join("note"));
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/verify.py");
    let mut command = Command::new("python3");
    command.arg(program).arg(&file);
    if let Some((text, key)) = checkpoint {
        fs::write(&note, text).unwrap();
        command.arg(&note).arg(key);
    }
    let out = command.output().expect("python3 is there");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn ledger() -> Ledger {
    let ledger = Ledger::of(20);
    for number in [
        json!(-0.0),
        json!(1e21),
        json!(123456789012345680000_f64),
        json!(1e-6),
        json!(1.5e-7),
        json!(4.35),
        json!(u64::MAX),
        json!(9007199254740993_u64),
        json!(-1e-300),
    ] {
        let mut odd = entry(AuditEvent::HandoffFailed);
        odd.error = Some("tab\t\u{7f} \\ / € 😀".into());
        odd.details = json!({ "n": number, "\u{fb33}": 1, "😀": 2, "\u{80}": "\u{1}\u{2028}" });
        ledger.append(odd);
    }
    let mut purge = entry(AuditEvent::AuditPurged);
    purge.details = json!({ "through": 5 });
    ledger.append(purge);
    ledger.append(entry(AuditEvent::HandoffCompleted));
    ledger.attack(|records| records[..5].iter_mut().for_each(|sealed| sealed.personal = None));
    ledger
}

#[tokio::test]
async fn a_stranger_agrees_on_chain_and_checkpoint() {
    let ledger = ledger();
    let key = SignerKey::drawn("floorwalker/desk-1", &[7; 32]).unwrap();
    let (note, public) = (head(&ledger).await.sign(&key), key.verifier().to_string());
    let lines = ledger.lines();
    assert_eq!(says(&lines, None), "ok 31");
    assert_eq!(says(&lines, Some((&note, &public))), "ok 31");
    let other = SignerKey::drawn("floorwalker/desk-1", &[8; 32]).unwrap().verifier().to_string();
    assert_eq!(says(&lines, Some((&note, &other))), "bad 0 refused");
    let forged = note.replace("\n31\n", "\n30\n");
    assert_eq!(says(&lines, Some((&forged, &public))), "bad 0 refused");
    assert_eq!(says(&lines[..30], Some((&note, &public))), "bad 31 truncated");
    ledger.attack(|records| records[6].record = records[6].record.replace("acme", "acne"));
    assert_eq!(says(&ledger.lines(), None), "bad 7 changed");
    ledger.recompute();
    assert_eq!(says(&ledger.lines(), None), "ok 31");
    assert_eq!(says(&ledger.lines(), Some((&note, &public))), "bad 31 recomputed");
}

#[test]
fn a_stranger_finds_what_is_wrong_with_the_parts() {
    let lines = ledger().lines();
    let without = |index: usize| [&lines[..index], &lines[index + 1..]].concat();
    assert_eq!(says(&without(9), None), "bad 10 missing");
    let mut changed = lines.clone();
    changed[9] = changed[9].replace("mara", "nora");
    assert_eq!(says(&changed, None), "bad 10 changed");
    let robbed = ledger();
    robbed.attack(|records| records[5].personal = None);
    assert_eq!(says(&robbed.lines(), None), "bad 6 robbed");
}
