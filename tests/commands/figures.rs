//! `stats`: what was really handed over, told from the store alone, in each way of printing.

use serde_json::{Value, json};

use crate::{
    handoffs::{hand_off, open_queue, parse, sessions, text},
    processes::{Centre, Ended, binary},
};

/// The figures of a store, with no org named and no credentials at hand.
fn stats(data: &std::path::Path, rest: &[&str]) -> Ended {
    let mut command = binary(&[["stats"].as_slice(), rest].concat());
    let ended = Ended::of(command.env("XDG_DATA_HOME", data));
    assert_eq!((ended.code, ended.error.as_str()), (Some(0), ""));
    ended
}

#[test]
fn figures_are_of_what_was_handed_over_and_need_no_org() {
    let centre = Centre::brisk(&[]);
    let (queue, _) = open_queue(&centre);
    let ids = sessions(&centre, "bot");
    let rest = ["--queue", &queue, "--yes", "--reason", "wants a \"person\", now"];
    let (ended, _) = hand_off(&centre, &ids[..2], &rest);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    centre.agents_answer("refused");
    let waiting = sessions(&centre, "waiting");
    let (refused, rows) = hand_off(&centre, &waiting[..1], &["--best", "--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.error);
    assert_eq!(text(&rows[0]["outcome"]), "refused", "{rows:?}");
    let data = centre.data.path();
    let told = parse(&stats(data, &["-o", "json"]).out);
    let outcomes = &told["handoffs"];
    assert_eq!((&outcomes["queued"], &outcomes["refused"]), (&json!(2), &json!(1)), "{told}");
    assert_eq!(told["acceptance"], json!(0.0));
    assert_eq!(
        (&told["latency_ms"]["count"], &told["request_ms"]["count"]),
        (&json!(2), &json!(3))
    );
    assert!(told["request_ms"]["p95"].as_f64().unwrap() > 0.0);
    assert_eq!(told["sessions"]["disconnection_rate"], "0.0000");
    let reasons = told["reasons"].as_array().unwrap();
    let row = |n: usize| (&reasons[n]["reason"], &reasons[n]["total"]);
    assert_eq!(row(0), (&json!("wants a \"person\", now"), &json!(2)));
    assert_eq!(row(1), (&json!("(none)"), &json!(1)));
    assert_eq!(reasons[0]["outcomes"]["queued"], 2);
    let line = stats(data, &["-o", "jsonl"]).out;
    assert_eq!(line.lines().count(), 1);
    assert_eq!(parse(&line)["handoffs"], told["handoffs"]);
    let table = stats(data, &[]).out;
    assert!(
        table.contains("handoffs ended") && table.contains("wants a \"person\", now"),
        "{table}"
    );
    assert_eq!(cell(&stats(data, &["-o", "csv"]).out, "handoffs_queued", ""), "2");
    let csv = stats(data, &["--since", "1h", "-o", "csv"]).out;
    assert_eq!(cell(&csv, "handoffs_queued", "wants a \"person\", now"), "2");
    assert_eq!(
        cell(&csv, "latency_ms_p50", "").parse::<f64>().ok(),
        told["latency_ms"]["p50"].as_f64()
    );
    centre.proxy.verdict();
}

/// The value of a figure in a list of them.
fn cell(csv: &str, figure: &str, reason: &str) -> String {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let fits = |row: &csv::StringRecord| row[0] == *figure && row[1] == *reason;
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).filter(fits).collect();
    assert_eq!(rows.len(), 1, "{figure} of «{reason}» in {csv}");
    rows[0][2].to_owned()
}

#[test]
fn a_store_of_nothing_has_figures_of_nothing() {
    let data = tempfile::tempdir().unwrap();
    let told = parse(&stats(data.path(), &["-o", "json"]).out);
    assert_eq!((&told["acceptance"], &told["reasons"]), (&Value::Null, &json!([])));
    let table = stats(data.path(), &[]).out;
    let of = |figure: &str| {
        let line = table.lines().find(|line| line.starts_with(figure)).unwrap();
        line[figure.len()..].trim().to_owned()
    };
    assert_eq!(
        [of("handoffs ended"), of("acceptance"), of("disconnection rate")],
        ["0", "-", "0.0000"]
    );
    let span = parse(&stats(data.path(), &["--since", "2026-11-01T08:00:00Z", "-o", "json"]).out);
    assert_eq!(span["since"], "2026-11-01T08:00:00Z");
}

#[test]
fn a_span_that_is_none_is_wrong_usage() {
    let data = tempfile::tempdir().unwrap();
    for odd in ["yesterday", "-8h", "9999-01-01T00:00:00Z"] {
        let mut command = binary(&["stats", &format!("--since={odd}")]);
        let ended = Ended::of(command.env("XDG_DATA_HOME", data.path()));
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{odd}");
        assert!(ended.error.contains(odd), "{}", ended.error);
    }
}
