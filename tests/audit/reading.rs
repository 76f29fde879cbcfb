//! One record, the found ones, the newest, and all of them.

use std::{io::BufReader, os::unix::fs::PermissionsExt, process::Stdio};

use floorwalker::{
    domain::audit::AuditEntry,
    store::{Database, Journal, Store},
};
use serde_json::json;

use crate::desk::{Desk, Followed, at, at_both_desks, entry, parse, signal};

at_both_desks! {
    the_end_of_the_log_is_followed_until_it_is_enough
    an_export_is_a_whole_file_or_none
    an_export_of_a_log_that_was_changed_says_so
}

#[test]
fn a_record_is_shown_whole_and_harmless() {
    let desk = Desk::with(3);
    let text = desk.prints(&["show", "2"]);
    for part in ["handoff_failed", "session-2", "desk-1", "200 ms", "192.0.2.7", "wants a refund"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}'));
    let line = desk.prints(&["show", "2", "-o", "json"]);
    assert_eq!(Some(line.trim_end()), desk.prints(&["export"]).lines().nth(1));
    let ended = desk.run(&["show", "4"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.error.contains("no record 4: the log has 3"), "{}", ended.error);
}

#[test]
fn guards_and_steps_are_shown_as_lines() {
    let desk = Desk::with(0);
    let guard = |kind, outcome, says| json!({"guard": kind, "outcome": outcome, "says": says});
    let details = json!({
        "seen": {"state": "waiting", "queue": "queue-1", "agent": null},
        "attributes": ["tier", "order"],
        "guards": [
            guard("depth", "passes", "Depth 0 is below 3"),
            guard("sentiment", "unknown", "Sentiment is unknown"),
        ],
        "steps_ms": {"transfer": 61.2, "claim": 0.41, "brewing": 3.5},
        "summary_characters": 120,
    });
    let entry = AuditEntry { details: details.clone(), ..entry(1) };
    desk.on_store(async |store| drop(store.append(entry, at(1)).await.unwrap()));
    let text = desk.prints(&["show", "1"]);
    let at = |line: &str| {
        let found = text.lines().position(|shown| shown == line);
        found.unwrap_or_else(|| panic!("{line:?} is not in\n{text}"))
    };
    let lines = [
        "guards",
        "  depth       passes: Depth 0 is below 3",
        "  sentiment   unknown: Sentiment is unknown",
        "steps",
        "  claim       0.41 ms",
        "  transfer    61.20 ms",
        "  brewing     3.50 ms",
        "details",
        "  attributes  tier, order",
        "  seen        queue queue-1, state waiting",
        "  summary characters  120",
    ];
    assert!(lines.map(at).is_sorted(), "{text}");
    assert!(!text.contains(['{', '"']), "{text}");
    let line = parse(&desk.prints(&["show", "1", "-o", "json"]));
    assert_eq!(line["details"], details);
}

#[test]
fn what_is_found_comes_newest_first_and_goes_on() {
    let desk = Desk::with(20);
    let failed = ["search", "event:failed", "latency>500", "-o", "jsonl"];
    assert_eq!(desk.numbers(&failed), [20, 18, 16, 14, 12, 10, 8, 6]);
    let first = desk.run(&[&failed[..], &["--limit", "3"]].concat());
    assert_eq!(first.out.lines().count(), 3);
    assert!(first.error.contains("--below 16 goes on"), "{}", first.error);
    let rest = desk.numbers(&[&failed[..], &["--below", "16"]].concat());
    assert_eq!(rest, [14, 12, 10, 8, 6]);
    assert_eq!(desk.prints(&["search", "event:failed", "--count"]), "10\n");
    let counted = parse(&desk.prints(&["search", "!event:failed", "--count", "-o", "json"]));
    assert_eq!(counted, serde_json::json!({"count": 10, "exact": true}));
    let all = parse(&desk.prints(&["search", "-o", "json"]));
    assert_eq!(all.as_array().unwrap().len(), 20);
    let lines = desk.prints(&["export"]);
    assert_eq!(all[19], parse(lines.lines().next().unwrap()));
    let table = desk.prints(&["search", "session-7"]);
    assert!(table.starts_with("SEQ") && table.contains("session-7"), "{table}");
    assert!(!table.contains('\u{1b}') && table.lines().count() == 2, "{table}");
    let ended = desk.run(&["search", "event:failed and sesion:7"]);
    assert_eq!(ended.code, Some(2));
    let lines: Vec<&str> = ended.error.lines().collect();
    assert!(lines[0].contains("session"), "{}", ended.error);
    assert_eq!((lines[1], lines[2]), ("  event:failed and sesion:7", "                   ^"));
}

fn the_end_of_the_log_is_followed_until_it_is_enough(desk: Desk) {
    desk.write(1..=30);
    assert_eq!(desk.numbers(&["tail", "-n", "3"]), [28, 29, 30]);
    assert_eq!(desk.numbers(&["tail", "-n", "2", "event:failed"]), [28, 30]);
    assert_eq!(desk.prints(&["tail", "-n", "0"]), "");
    let last = desk.prints(&["tail", "-n", "1"]);
    assert_eq!(Some(last.trim_end()), desk.prints(&["export"]).lines().last());
    let mut all = Followed::start(&desk, &["tail", "-f", "-n", "1"]);
    let mut some = Followed::start(&desk, &["tail", "-f", "-n", "1", "event:failed"]);
    assert_eq!((all.next(), some.next()), (30, 30));
    desk.write(31..=34);
    assert_eq!([all.next(), all.next(), all.next()], [31, 32, 33]);
    assert_eq!([some.next(), some.next()], [32, 34]);
    signal(&all.0, "TERM");
    assert_eq!(all.code(), Some(0));
    // Whoever read the other has gone, and nothing is written that would tell it.
    drop(std::mem::replace(&mut some.1, BufReader::new(open_nothing())));
    assert_eq!(some.code(), Some(0));
}

/// An output that nobody writes.
fn open_nothing() -> std::process::ChildStdout {
    let mut child = std::process::Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    child.wait().unwrap();
    child.stdout.take().unwrap()
}

fn an_export_is_a_whole_file_or_none(desk: Desk) {
    desk.write(1..=5);
    let lines = desk.prints(&["export"]);
    let ended = desk.run(&["export", "-O", "log.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{}", ended.error);
    assert!(ended.error.contains("5 records are in log.jsonl"), "{}", ended.error);
    let path = desk.path("log.jsonl");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let refused = desk.run(&["export", "-O", "log.jsonl", "event:failed"]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.error.contains("--force"), "{}", refused.error);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), lines);
    let forced = desk.run(&["export", "-O", "log.jsonl", "--force", "event:failed"]);
    assert_eq!(forced.code, Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    let table = desk.prints(&["export", "--format", "csv"]);
    assert_eq!(table.lines().count(), 6);
    assert!(table.contains(",'=cmd() ") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn a_copy_of_a_store_is_read_and_not_changed() {
    let desk = Desk::with(5);
    let copy = desk.copied();
    let before = std::fs::read(&copy).unwrap();
    std::fs::set_permissions(desk.path("copy"), std::fs::Permissions::from_mode(0o500)).unwrap();
    let elsewhere = Desk::bare();
    let named = copy.to_str().unwrap();
    assert_eq!(elsewhere.prints(&["export", "--store", named]), desk.prints(&["export"]));
    assert_eq!(elsewhere.numbers(&["tail", "-n", "2", "--store", named]), [4, 5]);
    assert_eq!(elsewhere.prints(&["search", "failed", "--count", "--store", named]), "2\n");
    assert!(elsewhere.prints(&["show", "1", "--store", named]).contains("session-1"));
    let proved = parse(&elsewhere.prints(&["verify", "-o", "json", "--store", named]));
    assert_eq!((&proved["ok"], &proved["records"]), (&true.into(), &5.into()));
    std::fs::set_permissions(desk.path("copy"), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), before);
    assert!(!elsewhere.store().exists(), "no store was made for it");
    for (name, bytes) in [("text.db", &b"buy milk"[..]), ("empty.db", b"")] {
        std::fs::write(desk.path(name), bytes).unwrap();
        let ended = desk.run(&["tail", "--store", name]);
        assert_eq!(ended.code, Some(1), "{name}");
        assert!(ended.error.contains("is no store of floorwalker"), "{}", ended.error);
    }
    assert!(desk.run(&["tail", "--store", "none.db"]).error.contains("there is no such file"));
}

#[test]
fn a_store_that_is_being_written_is_read_as_it_is_and_can_t_be_written_by_who_looks() {
    let desk = Desk::with(2);
    desk.on_store(async |store| {
        let looking = Database::peek(&desk.store()).await.unwrap();
        store.append(entry(3), at(3)).await.unwrap();
        assert_eq!(looking.head().await.unwrap().size, 3);
        let refused = looking.append(entry(4), at(4)).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
    });
}

fn an_export_of_a_log_that_was_changed_says_so(desk: Desk) {
    desk.write(1..=6);
    desk.harm("UPDATE audit SET record = replace(record, 'acme', 'acne') WHERE seq = 3");
    for arguments in [&["export"][..], &["export", "-O", "log.jsonl"]] {
        let ended = desk.run(arguments);
        assert_eq!(ended.code, Some(9), "{}", ended.error);
        assert!(ended.error.contains("record 3 was changed"), "{}", ended.error);
    }
    let file = std::fs::read_to_string(desk.path("log.jsonl")).unwrap();
    assert_eq!(file.lines().count(), 6, "all of it is there");
    assert_eq!(desk.run(&["export"]).out, file);
    // Of some of the records nothing can be said.
    let some = desk.run(&["export", "event:failed"]);
    assert_eq!((some.code, some.error.as_str()), (Some(0), ""));
    desk.harm("DELETE FROM audit WHERE seq >= 3");
    assert_eq!(desk.run(&["export"]).code, Some(0), "what is left fits");
    desk.harm("UPDATE audit SET personal = NULL WHERE seq = 2");
    let ended = desk.run(&["export"]);
    assert_eq!(ended.code, Some(9));
    assert!(ended.error.contains("record 2 has lost its personal part"), "{}", ended.error);
}

#[test]
fn a_copy_without_what_was_written_last_says_what_to_copy() {
    let desk = Desk::bare();
    std::fs::create_dir(desk.path("copy")).unwrap();
    desk.on_store(async |store| {
        store.append(entry(1), at(1)).await.unwrap();
        std::fs::copy(desk.store(), desk.path("copy/old.db")).unwrap();
        let ahead = desk.store().with_extension("db-wal");
        std::fs::copy(ahead, desk.path("copy/ahead")).unwrap();
    });
    for act in ["tail", "export", "verify"] {
        let ended = desk.run(&[act, "--store", "copy/old.db"]);
        assert_eq!(ended.code, Some(1), "{act}");
        assert!(ended.error.contains("without the file old.db-wal beside it"), "{}", ended.error);
        assert!(!ended.error.contains("no such table"), "{}", ended.error);
    }
    for left in ["copy/old.db-wal", "copy/old.db-shm"] {
        _ = std::fs::remove_file(desk.path(left));
    }
    std::fs::rename(desk.path("copy/ahead"), desk.path("copy/old.db-wal")).unwrap();
    assert_eq!(desk.numbers(&["tail", "--store", "copy/old.db"]), [1]);
}
