//! Each exit code that a script can rely on, by name.

use std::process::{Child, Stdio};

use crate::{
    handoffs::{agent, hand_off, moved, open_queue, rows, run, sessions},
    processes::{Centre, Ended, binary, leash, signal, until},
};

/// Begins a handoff and goes on.
pub fn begin(centre: &Centre, arguments: &[&str]) -> Child {
    let mut command = centre.eager(&[["handoff"].as_slice(), arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(process: Child) -> Ended {
    leash::ended(process).unwrap().into()
}

#[test]
fn code_0_a_handoff_that_arrived() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let (ended, rows) = hand_off(&centre, &[bot], &["--queue", &queue, "--yes"]);
    assert_eq!(
        (ended.code, rows[0]["outcome"].as_str()),
        (Some(0), Some("queued")),
        "{}",
        ended.error
    );
    assert_eq!(moved(&centre).len(), 1);
}

#[test]
fn code_1_an_agent_who_refuses() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("refused");
    let id = sessions(&centre, "waiting").remove(0);
    let (ended, rows) = hand_off(&centre, &[id], &["--best", "--yes"]);
    assert_eq!(
        (ended.code, rows[0]["outcome"].as_str()),
        (Some(1), Some("refused")),
        "{}",
        ended.error
    );
}

#[test]
fn code_2_everything_that_can_be_checked_without_asking() {
    const ID: &str = "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c";
    // Nothing listens there, and nobody has credentials: it must not get that far.
    let org = ["--base-url", "http://127.0.0.1:1"];
    let long = format!("a={}", "x".repeat(257));
    for (arguments, says) in [
        (["chat-12", "--best", "--yes"].as_slice(), "Invalid conversation ID format: chat-12"),
        (&[ID, "--queue", " ", "--yes"], "Missing required queue ID for routing metadata update"),
        (
            &[ID, "--best", "--yes", "--history", "501"],
            "History size 501 exceeds gateway limits. Must be between 1 and 500.",
        ),
        (
            &[ID, "--best", "--yes", "--history", "many"],
            "History size many exceeds gateway limits. Must be between 1 and 500.",
        ),
        (&[ID, "--best", "--yes", "--attribute", &long], "has 257 characters, the limit is 256"),
        (&[ID, "--best", "--yes", "--attribute", "a=1", "--attribute", "a=2"], "given twice"),
        (&[ID, "--best", "--yes", "--attribute", "gold"], "KEY=VALUE"),
        (&[ID, "--best", "--yes", "--override", " "], "--override needs a reason"),
        (&[ID, "--best"], "give --yes"),
        (&[ID, "--yes"], "--agent"),
        (&[ID, "--best", "--agent", "x", "--yes"], "cannot be used with"),
        (&["--best", "--yes"], "<ID>"),
    ] {
        let ended = Ended::of(&mut binary(&[org.as_slice(), &["handoff"], arguments].concat()));
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (Some(2), ""),
            "{arguments:?} {}",
            ended.error
        );
        assert!(ended.error.contains(says), "«{says}» is not in: {}", ended.error);
    }
}

#[test]
fn code_2_a_name_that_nobody_has() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    for (kind, says) in [
        (["--queue", "Nowhere"], "no queue \"Nowhere\""),
        (["--agent", "Nobody"], "no agent \"Nobody\""),
    ] {
        let (ended, _) =
            hand_off(&centre, std::slice::from_ref(&bot), &[kind.as_slice(), &["--yes"]].concat());
        assert_eq!(ended.code, Some(2));
        assert!(ended.error.contains(says), "{}", ended.error);
    }
    let (queue, _) = open_queue(&centre);
    for unknown in [["--skill", "juggling"], ["--language", "Klingon"]] {
        let wish = [["--queue", &queue, "--yes"].as_slice(), &unknown].concat();
        let (ended, _) = hand_off(&centre, std::slice::from_ref(&bot), &wish);
        assert_eq!(ended.code, Some(2));
        assert!(ended.error.contains(unknown[1]), "{}", ended.error);
    }
    assert!(moved(&centre).is_empty());
}

#[test]
fn code_3_the_gate_refuses() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let away = agent(&centre, "off queue");
    let (ended, rows) = hand_off(&centre, std::slice::from_ref(&bot), &["--agent", &away, "--yes"]);
    assert_eq!(
        (ended.code, rows[0]["outcome"].as_str()),
        (Some(3), Some("rejected")),
        "{}",
        ended.error
    );
    let why = "Nothing was sent: Agent is not in Available state.";
    assert_eq!(rows[0]["reason"], why);
    let read_only = run(&centre, &["--read-only", "handoff", &bot, "--agent", &away, "--yes"]);
    assert_eq!(read_only.code, Some(3), "{}", read_only.error);
    assert!(moved(&centre).is_empty());
}

#[test]
fn code_3_a_guard_refuses_what_nobody_overrides() {
    let centre = Centre::brisk(&[]);
    let all = rows(&run(&centre, &["sessions", "-o", "json"]).out);
    let unsure = |s: &&serde_json::Value| {
        s["state"] == "connected" && s["confidence"].as_f64().is_some_and(|c| c < 0.75)
    };
    let id = [crate::handoffs::text(&all.iter().find(unsure).unwrap()["id"])];
    let (queue, _) = open_queue(&centre);
    let wish = ["--queue", &queue, "--yes"];
    let (ended, found) = hand_off(&centre, &id, &wish);
    assert_eq!(ended.code, Some(3), "{}", ended.error);
    assert!(found[0]["reason"].as_str().unwrap().contains("must be at least 0.75"), "{}", found[0]);
    let dry = run(&centre, &["handoff", &id[0], "--queue", &queue, "--dry-run", "-o", "json"]);
    let sheet = &rows(&dry.out)[0];
    assert_eq!((dry.code, &sheet["refused"]), (Some(3), &found[0]["reason"]), "and says so before");
    assert!(moved(&centre).is_empty());
    let (ended, _) =
        hand_off(&centre, &id, &[wish.as_slice(), &["--override", "she asks"]].concat());
    assert_eq!((ended.code, moved(&centre).len()), (Some(0), 1), "{}", ended.error);
}

#[test]
fn code_3_a_target_that_is_not_there() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let nowhere = ["--queue", "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c", "--yes"];
    let (ended, rows) = hand_off(&centre, &[bot], &nowhere);
    assert_eq!(
        (ended.code, rows[0]["reason"].as_str()),
        (Some(3), Some("Nothing was sent: Queue not found."))
    );
}

#[test]
fn code_4_a_missing_right() {
    let centre = Centre::brisk(&[
        "--deny",
        "conversation:communication:blindTransfer",
        "--deny",
        "conversation:communication:blindTransferQueue",
    ]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    let (ended, rows) = hand_off(&centre, &[bot], &["--queue", &queue, "--yes"]);
    assert_eq!(
        (ended.code, rows[0]["outcome"].as_str()),
        (Some(4), Some("failed")),
        "{}",
        ended.error
    );
    assert!(ended.out.contains("blindTransfer") && ended.out.contains("add the permission"));
    let mut wrong = centre.eager(&["handoff", rows[0]["id"].as_str().unwrap(), "--best", "--yes"]);
    let ended = Ended::of(wrong.env("GENESYS_CLIENT_SECRET", "wrong"));
    assert_eq!(ended.code, Some(4), "{}", ended.error);
}

#[test]
fn code_5_a_second_attempt_and_code_8_an_outcome_that_nobody_waited_for() {
    let centre = Centre::open(&["--rate-limit", "100000"]);
    centre.agents_answer("timed_out");
    let id = sessions(&centre, "waiting").remove(0);
    let first = begin(&centre, &[&id, "--best", "--yes", "-o", "json"]);
    until("the first one has left", || (!moved(&centre).is_empty()).then_some(()));
    let (queue, _) = open_queue(&centre);
    let (second, second_rows) = hand_off(&centre, &[id], &["--queue", &queue, "--yes"]);
    assert_eq!(second.code, Some(5), "{} {}", second.out, second.error);
    let text = "Conversation already in transfer state. Preventing duplicate handoff.";
    assert_eq!(second_rows[0]["reason"], text);
    // Once: see it to its end. Twice: leave it.
    signal(&first, "TERM");
    signal(&first, "INT");
    let first = ended(first);
    assert_eq!(first.code, Some(8), "{}", first.error);
    assert_eq!(rows(&first.out)[0]["outcome"], "unknown");
    assert_eq!(moved(&centre).len(), 1);
}

#[test]
fn code_6_too_many_requests() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let (queue, _) = open_queue(&centre);
    centre.spoil("429=1", "/replace/queue");
    let (ended, rows) = hand_off(&centre, &[bot], &["--queue", &queue, "--yes"]);
    assert_eq!(
        (ended.code, rows[0]["outcome"].as_str()),
        (Some(6), Some("failed")),
        "{}",
        ended.error
    );
    assert!(moved(&centre).is_empty());
}

#[test]
fn code_7_some_of_a_batch_failed() {
    let centre = Centre::brisk(&[]);
    let bot = sessions(&centre, "bot").remove(0);
    let nobody = "0b7e4c1e-6c7f-4e6f-9a53-0d3f5a1f2b3c".to_owned();
    let (queue, _) = open_queue(&centre);
    let (ended, rows) = hand_off(&centre, &[bot, nobody], &["--queue", &queue, "--yes"]);
    assert_eq!(ended.code, Some(7), "{}", ended.error);
    assert_eq!(
        (rows[0]["outcome"].as_str(), rows[1]["outcome"].as_str()),
        (Some("queued"), Some("failed"))
    );
    assert!(rows[1]["reason"].as_str().unwrap().contains("404"), "{}", rows[1]);
}

#[test]
fn code_7_a_batch_that_has_failed_often_enough() {
    let centre = Centre::brisk(&[]);
    centre.agents_answer("refused");
    let ids: Vec<_> = sessions(&centre, "waiting").into_iter().take(5).collect();
    let wish = ["--best", "--yes", "--at-once", "1", "--stop-after", "2"];
    let (ended, rows) = hand_off(&centre, &ids, &wish);
    assert_eq!(ended.code, Some(7), "{}", ended.error);
    let of = |outcome: &str| rows.iter().filter(|r| r["outcome"] == outcome).count();
    assert_eq!((of("refused"), moved(&centre).len()), (2, 2), "{}", ended.out);
    assert!(of("not begun") > 0, "{}", ended.out);
}

#[test]
fn code_7_a_batch_that_was_told_to_stop_sees_to_its_end_what_it_has_begun() {
    let centre = Centre::open(&["--rate-limit", "100000"]);
    centre.agents_answer("accepted");
    let ids: Vec<_> = sessions(&centre, "waiting").into_iter().take(6).collect();
    let arguments: Vec<&str> = ids.iter().map(String::as_str).collect();
    let rest = ["--best", "--yes", "--at-once", "1", "-o", "json"];
    let process = begin(&centre, &[arguments.as_slice(), &rest].concat());
    until("one has left", || (!moved(&centre).is_empty()).then_some(()));
    signal(&process, "TERM");
    let ended = ended(process);
    assert_eq!(ended.code, Some(7), "{}", ended.error);
    let rows = rows(&ended.out);
    let of = |outcome: &str| rows.iter().filter(|r| r["outcome"] == outcome).count();
    assert!(of("accepted") == moved(&centre).len() && of("not begun") > 0, "{}", ended.out);
}
