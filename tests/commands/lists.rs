//! `queues`, `agents` and `sessions` in each way of printing, against the witness.

use std::{collections::BTreeMap, process::Stdio};

use serde_json::Value;

use crate::processes::{Centre, Ended, leash::ended};

/// The field of a row that is compared with the witness, and how the witness calls it.
const KINDS: [(&str, &str, &str); 3] = [
    ("queues", "waiting", "waiting"),
    ("agents", "sessions", "active"),
    ("sessions", "state", "state"),
];

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One field of all rows by id.
fn by_id<'a>(rows: impl IntoIterator<Item = &'a Value>, field: &str) -> BTreeMap<String, String> {
    rows.into_iter().map(|row| (plain(&row["id"]), plain(&row[field]))).collect()
}

fn good(ended: Ended) -> String {
    assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
    ended.out
}

#[test]
fn json_and_jsonl_are_the_floor_of_the_witness() {
    let centre = Centre::open(&[]);
    let world = centre.world();
    for (kind, field, name) in KINDS {
        let truth = by_id(world[kind].as_array().unwrap(), name);
        assert!(truth.len() >= 12);
        let json: Vec<Value> =
            serde_json::from_str(&good(centre.run(&[kind, "-o", "json"]))).unwrap();
        assert_eq!(by_id(&json, field), truth, "{kind}");
        let lines = good(centre.run(&[kind, "--output", "jsonl"]));
        let rows: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(by_id(&rows, field), truth, "{kind}");
    }
    assert!(centre.proxy.verdict() > 30, "the traffic went through the proxy");
}

#[test]
fn csv_has_a_header_and_the_same_cells() {
    let centre = Centre::open(&[]);
    let world = centre.world();
    for (kind, field, name) in KINDS {
        let text = good(centre.run(&[kind, "-o", "csv"]));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|h| h == name).unwrap();
        let (id, value) = (column("id"), column(field));
        let rows = reader.records().map(|row| row.unwrap());
        // An agent's sessions are told with the places: 1/3.
        let cell = |text: &str| text.split('/').next().unwrap_or_default().to_owned();
        let seen: BTreeMap<_, _> = rows.map(|r| (r[id].to_owned(), cell(&r[value]))).collect();
        assert_eq!(seen, by_id(world[kind].as_array().unwrap(), name), "{kind}");
    }
    centre.proxy.verdict();
}

#[test]
fn a_table_has_a_line_for_each_under_a_head() {
    let centre = Centre::open(&[]);
    let world = centre.world();
    for (kind, ..) in KINDS {
        let text = good(centre.run(&[kind]));
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("ID "), "{text}");
        let mut seen: Vec<&str> = lines.map(|l| l.split(' ').next().unwrap()).collect();
        let mut truth: Vec<&str> =
            world[kind].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        seen.sort_unstable();
        truth.sort_unstable();
        assert_eq!(seen, truth, "{kind}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "names are neutralised");
    }
    centre.proxy.verdict();
}

#[test]
fn whoever_reads_may_have_enough() {
    let centre = Centre::open(&["--sessions", "400"]);
    let mut command = centre.command(&["sessions", "-o", "jsonl"]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Nobody will read a byte of it.
    drop(process.stdout.take());
    let ended = Ended::from(ended(process).unwrap());
    assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
    centre.proxy.verdict();
}
