//! `handoff --ledger`: a batch that is killed is gone on with, and nothing is done twice.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::{
    codes::begin,
    handoffs::{hand_off, moved, open_queue, parse, sessions, text},
    processes::{Centre, leash, until},
};

fn entries(path: &str) -> Vec<Value> {
    fs::read_to_string(path).unwrap_or_default().lines().map(parse).collect()
}

#[test]
fn a_batch_that_was_killed_is_finished_without_doing_anything_twice() {
    let centre = Centre::open(&["--rate-limit", "100000"]);
    let ids: Vec<_> = sessions(&centre, "bot").into_iter().take(8).collect();
    let (queue, _) = open_queue(&centre);
    let path = centre.data.path().join("ledger").to_str().unwrap().to_owned();
    let wish = ["--queue", &queue, "--yes", "--ledger", &path, "--at-once", "2"];
    let arguments: Vec<&str> = ids.iter().map(String::as_str).chain(wish).collect();
    let mut process = begin(&centre, &arguments);
    until("the third one has left", || (moved(&centre).len() >= 3).then_some(()));
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = entries(&path);
    let open = |entries: &[Value]| {
        let of = |state: &str| {
            let of_state = entries.iter().filter(|e| e["state"] == state);
            of_state.map(|e| text(&e["handoff"])).collect::<BTreeSet<_>>()
        };
        of("begun").difference(&of("ended")).count()
    };
    assert!(open(&before) > 0, "it was killed in the middle: {before:?}");

    let (ended, rows) = hand_off(&centre, &ids, &wish);
    assert_eq!(ended.code, Some(0), "{} {}", ended.out, ended.error);
    assert!(rows.iter().all(|row| row["outcome"] == "queued"), "{}", ended.out);
    assert_eq!(open(&entries(&path)), 0, "every handoff has its end");
    let moved = moved(&centre);
    let each: BTreeSet<_> = moved.iter().map(|h| text(&h["conversation"])).collect();
    assert_eq!((moved.len(), each.len()), (8, 8), "each was moved once");
    assert_eq!(each, ids.into_iter().collect());
    centre.proxy.verdict();
}

#[test]
fn what_is_done_is_reported_and_what_failed_is_tried_again() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("refused");
    let id = sessions(&centre, "waiting").remove(0);
    let path = centre.data.path().join("ledger").to_str().unwrap().to_owned();
    let wish = ["--best", "--yes", "--ledger", &path];
    let outcomes: Vec<_> = (0..3)
        .map(|turn| {
            let (ended, rows) = hand_off(&centre, std::slice::from_ref(&id), &wish);
            if turn == 0 {
                centre.agents_answer("accepted");
            }
            (ended.code, text(&rows[0]["outcome"]), moved(&centre).len())
        })
        .collect();
    let accepted = |code| (Some(code), "accepted".to_owned(), 2);
    assert_eq!(outcomes, [(Some(1), "refused".to_owned(), 1), accepted(0), accepted(0)]);
    let states: Vec<_> = entries(&path).iter().map(|e| text(&e["state"])).collect();
    assert_eq!(states, ["begun", "ended", "begun", "ended"]);
}

#[test]
fn only_what_certainly_did_not_happen_is_tried_again() {
    let centre = Centre::brisk(&[]);
    let bots = sessions(&centre, "bot");
    let (queue, _) = open_queue(&centre);
    let path = centre.data.path().join("ledger").to_str().unwrap().to_owned();
    let line = |id: &str, rest: &str| {
        let handoff = "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c";
        let at = "2026-11-21T10:00:00Z";
        format!(r#"{{"session":"{id}","handoff":"{handoff}","at":"{at}",{rest}}}"#) + "\n"
    };
    // Begun here and never announced in the audit log: nothing of it can have left.
    let begun = line(&bots[0], r#""state":"begun""#);
    let unknown = line(&bots[1], r#""state":"ended","outcome":"unknown""#);
    // Two lines of a process that was killed while it wrote the second.
    fs::write(&path, format!("{begun}{unknown}{}", &begun[..40])).unwrap();
    let wish = ["--queue", &queue, "--yes", "--ledger", &path];
    let (ended, rows) = hand_off(&centre, &bots[..2], &wish);
    assert_eq!(ended.code, Some(8), "{}", ended.error);
    let outcomes: Vec<_> = rows.iter().map(|r| text(&r["outcome"])).collect();
    assert_eq!(outcomes, ["queued", "unknown"]);
    let moved = moved(&centre);
    assert_eq!((moved.len(), &moved[0]["conversation"]), (1, &Value::from(bots[0].as_str())));
    let states: Vec<_> = entries(&path).iter().map(|e| text(&e["state"])).collect();
    assert_eq!(states, ["begun", "ended", "ended", "begun", "ended"]);
}

#[test]
fn two_processes_cannot_work_on_one_ledger() {
    let centre = Centre::open(&["--rate-limit", "100000"]);
    centre.agents_answer("timed_out");
    let id = sessions(&centre, "waiting").remove(0);
    let path = centre.data.path().join("ledger").to_str().unwrap().to_owned();
    let wish = [id.as_str(), "--best", "--yes", "--ledger", &path];
    let mut first = begin(&centre, &wish);
    until("the first has begun", || (!entries(&path).is_empty()).then_some(()));
    let second = leash::ended(begin(&centre, &wish)).unwrap();
    assert_eq!(second.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&second.stderr).contains("ledger"));
    until("it has left", || (!moved(&centre).is_empty()).then_some(()));
    first.kill().unwrap();
    first.wait().unwrap();
    let mut show = centre.eager(&["handoff", &id, "--best", "--dry-run", "--ledger", &path]);
    let shown = leash::output(&mut show).unwrap();
    assert_eq!(
        shown.status.code(),
        Some(8),
        "it may still ring, and nothing is settled by looking"
    );
}
