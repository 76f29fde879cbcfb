//! What is personal goes, and the proof stays.

use floorwalker::{
    domain::{
        audit::AuditEntry,
        outbox::{CrmState, Letter},
    },
    engine::search::catch_up,
    store::{Outbox, SqliteIndex, Store},
};
use serde_json::json;
use sqlx::{Connection, Executor, Row, SqliteConnection};

use crate::desk::{Desk, at, at_both_desks, entry, is_in, parse};

at_both_desks! {
    what_was_purged_is_read_nowhere_and_the_rest_is_as_it_was
}

const CONFIG: &str = "[privacy]\nnames = 'keep'\ntexts = 'keep'\n";

fn secretive(n: i64, word: &str) -> AuditEntry {
    AuditEntry {
        reason: Some(format!("{word} wants her money back").as_str().into()),
        details: json!({"guest": format!("{word} Guest")}),
        ..entry(n)
    }
}

/// Ten records of January, and two of now, with a word of each.
fn desk() -> Desk {
    let desk = Desk::with(0);
    desk.on_store(async |store| {
        for n in 1..=10 {
            store.append(secretive(n, "Oldword"), at(n)).await.unwrap();
        }
        for n in 11..=12 {
            let now = jiff::Timestamp::now();
            store.append(secretive(n, "Newword"), now).await.unwrap();
        }
    });
    std::fs::write(desk.path("config.toml"), CONFIG).unwrap();
    desk
}

#[test]
fn a_purge_leaves_nothing_of_what_it_removes_and_the_log_can_be_proved() {
    let desk = desk();
    desk.on_store(async |store| {
        let index = SqliteIndex::open(&SqliteIndex::beside(&desk.store())).await.unwrap();
        catch_up(&store, &index).await.unwrap();
    });
    assert_eq!(desk.prints(&["search", "Oldword", "--count"]), "10\n");
    for word in ["Oldword", "oldword"] {
        assert!(is_in(desk.0.path(), word), "in the log and in its index");
    }
    let done =
        desk.prints(&["purge", "--before", "2026-02-01", "--yes", "--config", "config.toml"]);
    assert!(done.starts_with("10 records lost their personal part, up to record 10"), "{done}");
    assert!(done.contains("the purge itself is record 13"), "{done}");
    for word in ["Oldword", "oldword"] {
        assert!(!is_in(desk.0.path(), word), "nothing of it is in any file");
    }
    assert!(is_in(desk.0.path(), "Newword"), "what is younger stays");
    let proved = desk.proved();
    assert_eq!((&proved["ok"], &proved["purged"]), (&json!(true), &json!([[1, 10]])));
    let record = desk.prints(&["show", "13", "-o", "json"]);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let expected = json!({"before": "2026-02-01T00:00:00.000Z", "through": 10, "records": 10});
    assert_eq!((&record["event"], &record["details"]), (&json!("audit_purged"), &expected));
    assert!(desk.prints(&["show", "3"]).contains("purged"));
    assert_eq!(desk.prints(&["search", "Oldword", "--count"]), "0\n");
    // A purge is moved like any other record.
    desk.run(&["export", "-O", "log.jsonl"]);
    let new = Desk::bare();
    let taken = new.run(&["import", desk.path("log.jsonl").to_str().unwrap()]);
    assert_eq!((taken.code, taken.error.as_str()), (Some(0), ""));
    assert_eq!(new.proved()["purged"], json!([[1, 10]]));
    let again = desk.prints(&["purge", "--before", "2026-02-01", "--yes"]);
    assert!(again.starts_with("0 records"), "{again}");
}

/// Takes the words out of a record, past the triggers that forbid it.
fn rob(desk: &Desk, seq: i64) {
    desk.on_store(async |_| {
        let path = desk.store();
        let mut other = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        let triggers =
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'";
        for row in other.fetch_all(triggers).await.unwrap() {
            let drop = format!("DROP TRIGGER {}", row.get::<String, _>(0));
            other.execute(sqlx::AssertSqlSafe(drop)).await.unwrap();
        }
        let crime = format!("UPDATE audit SET personal = NULL WHERE seq = {seq}");
        other.execute(sqlx::AssertSqlSafe(crime)).await.unwrap();
    });
}

#[test]
fn what_was_robbed_after_a_purge_is_not_called_purged() {
    let desk = desk();
    desk.prints(&["purge", "--before", "2026-02-01", "--yes"]);
    rob(&desk, 11);
    let text = desk.run(&["verify"]).out;
    assert!(text.contains("record 11 has lost its personal part, and no purge"), "{text}");
    assert!(text.contains("purged 1–10: only their links were checked"), "{text}");
    let proved = desk.proved();
    assert_eq!((&proved["ok"], &proved["purged"]), (&json!(false), &json!([[1, 10]])));
    assert_eq!(proved["finding"]["what"], "robbed");
}

fn what_was_purged_is_read_nowhere_and_the_rest_is_as_it_was(desk: Desk) {
    desk.write(1..=6);
    desk.on_store(async |store| catch_up(&store, &store.index().await).await.unwrap());
    let before = desk.prints(&["export"]);
    assert_eq!(desk.prints(&["search", "refund", "--count"]), "6\n");
    // Record 4 is of four seconds past.
    let done = desk.prints(&["purge", "--before", "2026-01-10T10:00:05Z", "--yes"]);
    assert!(done.starts_with("4 records lost their personal part, up to record 4"), "{done}");
    let after = desk.prints(&["export"]);
    for (n, (old, new)) in (1..).zip(before.lines().zip(after.lines())) {
        let (old, new) = (parse(old), parse(new));
        assert_eq!(old["hash"], new["hash"]);
        assert_eq!((new["user"] == "mara", new == old), (n > 4, n > 4), "{new}");
    }
    assert_eq!(after.lines().count(), 7);
    assert_eq!(desk.prints(&["search", "refund", "--count"]), "2\n");
    assert_eq!(desk.numbers(&["tail", "-n", "9", "user:mara"]), [5, 6]);
    let proved = desk.proved();
    assert_eq!((&proved["ok"], &proved["purged"]), (&json!(true), &json!([[1, 4]])));
}

#[test]
fn nothing_is_removed_that_nobody_agreed_to() {
    let desk = desk();
    for (arguments, code, why) in [
        (&["purge", "--before", "2026-02-01"][..], 2, "--yes"),
        (&["purge", "--before", "2126-02-01", "--yes"], 2, "is still to come"),
        (&["purge", "--before", "2026-02-01", "--yes", "--read-only"], 3, "--read-only"),
        (&["purge", "--yes"], 2, "--before"),
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.code, Some(code), "{}", ended.error);
        assert!(ended.error.contains(why), "{}", ended.error);
    }
    assert_eq!(desk.numbers(&["export"]).len(), 12);
    assert!(is_in(desk.0.path(), "Oldword"));
}

#[test]
fn what_is_still_to_be_told_is_not_forgotten_whoever_tries() {
    let desk = desk();
    let letter =
        Letter::session(&"acme".into(), &"c".into(), CrmState::Connected, at(1), json!({}));
    desk.on_store(async |store| store.post(&letter).await.unwrap());
    let done = desk.prints(&["purge", "--before", "2026-02-01", "--yes"]);
    assert!(done.contains("0 letters that were told or given up were removed"), "{done}");
    desk.on_store(async |store| {
        assert_eq!(store.letters(0, 10).await.unwrap().len(), 1);
        let path = desk.store();
        let mut other = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
        for sql in ["DELETE FROM outbox", "DELETE FROM deliveries"] {
            assert!(other.execute(sql).await.is_err(), "{sql}");
        }
        let left = other.fetch_one("SELECT count(*) FROM deliveries").await.unwrap();
        assert_eq!(left.get::<i64, _>(0), 1);
    });
}
