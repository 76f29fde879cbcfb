//! A log that goes on elsewhere.

use std::io::Write;
use std::process::Stdio;

use floorwalker::store::Store;

use crate::desk::{Desk, Ended, at, at_both_desks, entry, leash::ended};

at_both_desks! {
    whoever_writes_while_a_log_comes_in_is_not_robbed_and_not_mixed_with_it
}

/// Takes these lines over.
fn import(desk: &Desk, lines: &str) -> Ended {
    let mut command = desk.command(&["import", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever refuses a line need not read the rest.
    _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = ended(child).unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
}

#[test]
fn a_log_keeps_its_chain_and_its_numbers_where_it_goes_on() {
    let (old, new) = (Desk::with(1_500), Desk::bare());
    old.run(&["export", "-O", "log.jsonl"]);
    let file = old.path("log.jsonl");
    let taken = new.prints(&["import", file.to_str().unwrap()]);
    assert!(taken.starts_with("1500 records were taken over, 0 were here already"), "{taken}");
    assert_eq!(old.prints(&["export"]), new.prints(&["export"]));
    assert_eq!(new.proved()["ok"], true);
    assert_eq!(new.proved()["head"], old.proved()["head"]);
    old.on_store(async |store| drop(store.append(entry(1_501), at(1_501)).await.unwrap()));
    let again = import(&new, &old.prints(&["export"]));
    assert_eq!(again.code, Some(0), "{}", again.error);
    assert!(again.out.starts_with("1 records were taken over, 1500 were here"), "{}", again.out);
    // It goes on here by itself.
    new.on_store(async |store| {
        assert_eq!(store.append(entry(1_502), at(1_502)).await.unwrap().seq, 1_502);
    });
    assert_eq!(new.proved()["ok"], true);
    let apart = import(&new, &old.prints(&["export"]));
    assert_eq!(apart.code, Some(0), "what both have is the same: {}", apart.error);
    old.on_store(async |store| drop(store.append(entry(1), at(2_000)).await.unwrap()));
    let apart = import(&new, &old.prints(&["export"]));
    assert_eq!(apart.code, Some(3));
    assert!(apart.error.contains("line 1502 is refused: another record 1502"), "{}", apart.error);
}

#[test]
fn what_does_not_follow_is_refused_with_its_line() {
    let old = Desk::with(6);
    let export = old.prints(&["export"]);
    let lines: Vec<&str> = export.lines().collect();
    let changed = export.replace("session-3", "session-4");
    let gap = [lines[0], lines[1], lines[3]].join("\n");
    let other = Desk::with(2).prints(&["export"]);
    let mixed = format!("{}\n{other}", lines[0]);
    for (text, line, why) in [
        (changed.as_str(), 3, "record 3 was changed"),
        (&gap, 3, "record 4 does not follow the line before (record 3 does)"),
        (lines[2], 1, "it is record 3, and the log here ends with 0"),
        (&mixed, 2, "does not follow"),
        ("{\"seq\":1}", 1, "it is no line of an export"),
        ("buy milk", 1, "it is no line of an export"),
    ] {
        let new = Desk::bare();
        let ended = import(&new, text);
        assert_eq!(ended.code, Some(3), "{why}");
        let expected = format!("line {line} is refused: ");
        assert!(ended.error.contains(&expected), "{why}: {}", ended.error);
        assert!(ended.error.contains(why), "{why}: {}", ended.error);
    }
    let behind = Desk::bare();
    assert_eq!(import(&behind, &lines[..2].join("\n")).code, Some(0));
    let mut other_third = crate::desk::parse(lines[2]);
    other_third["previous"] = "0".repeat(64).into();
    let ended = import(&behind, &other_third.to_string());
    assert_eq!(ended.code, Some(3));
    assert!(
        ended.error.contains("line 1 is refused: record 3 does not follow what is here"),
        "{}",
        ended.error
    );
    let mine = Desk::with(1);
    let ended = import(&mine, &export);
    assert_eq!(ended.code, Some(3));
    assert!(ended.error.contains("line 1 is refused: it is of the log"), "{}", ended.error);
    assert_eq!(mine.numbers(&["export"]), [1]);
}

fn whoever_writes_while_a_log_comes_in_is_not_robbed_and_not_mixed_with_it(new: Desk) {
    let old = Desk::with(1_500);
    // What was purged stands before the record that says so.
    old.prints(&["purge", "--before", "2026-01-10T10:16:41Z", "--yes"]);
    let export = old.prints(&["export"]);
    let (first, rest) = export.split_at(export.len() / 10 * 9);
    let mut command = new.command(&["import", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = child.stdin.take().unwrap();
    // All of it but what the pipe holds has been read when this returns.
    lines.write_all(first.as_bytes()).unwrap();
    new.on_store(async |store| drop(store.append(entry(7), at(2_000)).await.unwrap()));
    _ = lines.write_all(rest.as_bytes());
    drop(lines);
    let output = ended(child).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("Nothing was taken over"), "{error}");
    let proved = new.proved();
    assert_eq!((&proved["ok"], &proved["records"]), (&true.into(), &1.into()), "{proved}");
    assert!(new.prints(&["export"]).contains("session-7"));
}
