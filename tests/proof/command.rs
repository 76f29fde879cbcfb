//! `floorwalker audit` on a store that somebody has changed with SQL, its triggers dropped first.

#[path = "../support/leash.rs"]
mod leash;

use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use floorwalker::{
    domain::audit::{AuditEvent, Checkpoint, Head, LogName, SignerKey},
    store::{Database, Journal, Store},
};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};

use crate::ledger::{Ledger, entry};

/// A store with some records, and a folder for all else.
struct Desk {
    folder: tempfile::TempDir,
    store: Database,
}

impl Desk {
    async fn with(records: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Database::open(&folder.path().join("floorwalker/floorwalker.db")).await.unwrap();
        let ledger = Ledger::of(records);
        let sealed = ledger.sealed(1, u32::MAX).await.unwrap();
        store.adopt(&ledger.head().await.unwrap(), &sealed).await.unwrap();
        Self { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().env("HOME", self.folder.path()).stdin(Stdio::null());
        command.env("XDG_DATA_HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("audit").args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        leash::output(&mut self.command(arguments)).unwrap()
    }

    /// What it prints when all goes well.
    fn prints(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.run(arguments);
        assert_eq!(status.code(), Some(0), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// The exit code of a proof, and what it has found.
    fn proves(&self, arguments: &[&str]) -> (i32, Value) {
        let out = self.run(&[&["verify", "-o", "json"], arguments].concat());
        let found = serde_json::from_slice(&out.stdout);
        (out.status.code().unwrap(), found.unwrap_or(Value::Null))
    }

    /// Why a proof is refused, and with which code.
    fn refuses(&self, arguments: &[&str]) -> (i32, String) {
        let out = self.run(&[&["verify"], arguments].concat());
        assert!(out.stdout.is_empty());
        (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
    }

    async fn append(&self) {
        self.store.append(entry(AuditEvent::HandoffCompleted), Timestamp::now()).await.unwrap();
    }

    /// Changes the file itself.
    async fn attack(&self, crime: &str) {
        let url = format!("sqlite://{}", self.path("floorwalker/floorwalker.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let triggers: Vec<(String,)> = sqlx::query_as(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        for (name,) in triggers {
            connection.execute(sqlx::AssertSqlSafe(format!("DROP TRIGGER {name}"))).await.unwrap();
        }
        connection.execute(sqlx::AssertSqlSafe(crime.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Whom somebody cuts off, changes, swaps, slips in: what, how, and what is found.
const CRIMES: [(&str, &str, i64, &str); 6] = [
    ("one byte", "UPDATE audit SET record = replace(record, 'acme', 'acne') WHERE seq = 150", 150, "changed"),
    ("words", "UPDATE audit SET personal = replace(personal, 'mara', 'nora') WHERE seq = 151", 151, "changed"),
    ("one gone", "DELETE FROM audit WHERE seq = 152", 152, "missing"),
    (
        "two swapped",
        "UPDATE audit SET seq = 999 WHERE seq = 153; UPDATE audit SET seq = 153 WHERE seq = 154;
         UPDATE audit SET seq = 154 WHERE seq = 999",
        153,
        "reordered",
    ),
    (
        "one slipped in",
        "UPDATE audit SET seq = seq + 1000 WHERE seq >= 155;
         INSERT INTO audit SELECT 155, at, top, event, replace(record, 'acme', 'acne'), personal, hash
         FROM audit WHERE seq = 1155;
         UPDATE audit SET seq = seq - 999 WHERE seq > 1000",
        155,
        "changed",
    ),
    ("the tail cut", "DELETE FROM audit WHERE seq > 290", 291, "truncated"),
];

#[tokio::test]
async fn every_crime_is_named_with_its_number() {
    for (crime, sql, seq, what) in CRIMES {
        let desk = Desk::with(300).await;
        desk.prints(&["anchor", "-O", "anchors"]);
        let (code, whole) = desk.proves(&["--anchor", "anchors"]);
        assert_eq!((code, &whole["ok"], &whole["signed"]), (0, &true.into(), &300.into()));
        desk.attack(sql).await;
        let (code, found) = desk.proves(&["--anchor", "anchors"]);
        assert_eq!((code, &found["ok"]), (9, &false.into()), "{crime}: {found}");
        assert_eq!(found["finding"]["seq"], seq, "{crime}: {found}");
        assert_eq!(found["finding"]["what"], what, "{crime}: {found}");
    }
}

#[tokio::test]
async fn a_log_computed_anew_is_named_and_up_to_where_it_is_sound() {
    let desk = Desk::with(300).await;
    desk.prints(&["anchor", "-O", "anchors"]);
    desk.append().await;
    desk.append().await;
    desk.prints(&["anchor", "-O", "anchors"]);
    // The same log with another record 301.
    let forged = Ledger::of(300);
    forged.append(entry(AuditEvent::HandoffFailed));
    forged.append(entry(AuditEvent::HandoffFailed));
    let hex = |sealed: &floorwalker::domain::audit::Sealed| sealed.hash.to_string();
    for sealed in forged.sealed(301, 2).await.unwrap() {
        let crime = format!(
            "UPDATE audit SET at = {}, event = '{}', record = '{}', personal = '{}', hash = x'{}',
                top = max({0}, (SELECT top FROM audit WHERE seq = {seq} - 1)) WHERE seq = {seq}",
            sealed.at,
            sealed.event,
            sealed.record,
            sealed.personal.as_deref().unwrap(),
            hex(&sealed),
            seq = sealed.seq,
        );
        desk.attack(&crime).await;
    }
    assert_eq!(desk.proves(&[]).0, 0, "the chain alone does not know");
    let (code, found) = desk.proves(&["--anchor", "anchors"]);
    assert_eq!((code, &found["finding"]["what"]), (9, &"recomputed".into()), "{found}");
    assert_eq!((&found["finding"]["seq"], &found["signed"]), (&302.into(), &300.into()));
    let message = found["finding"]["message"].as_str().unwrap();
    assert!(message.contains("a record from 301 to 302 was changed"), "{message}");
    let (code, found) = desk.proves(&["--from", "301"]);
    assert_eq!((code, &found["rests_on"]), (0, &"store".into()));
}

#[tokio::test]
async fn a_machine_has_one_key_that_nobody_else_can_read() {
    let desk = Desk::with(3).await;
    let keys: Vec<_> =
        (0..4).map(|_| desk.command(&["key"]).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let key = desk.prints(&["key"]);
    for process in keys {
        let out = leash::ended(process).unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), key);
    }
    assert!(key.starts_with("floorwalker/"), "{key}");
    let file = desk.path("floorwalker/audit.key");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let out = desk.run(&["anchor"]);
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.code() == Some(1) && out.stdout.is_empty(), "{error}");
    assert!(error.contains("can be read by others") && !error.contains("PRIVATE"), "{error}");
}

#[tokio::test]
async fn a_checkpoint_of_another_log_or_key_is_refused_by_name() {
    let desk = Desk::with(3).await;
    let stranger = SignerKey::drawn("floorwalker/desk-7", &[7; 32]).unwrap();
    let head = desk.store.head().await.unwrap();
    let sign = |head: Head| Checkpoint { head, at: Timestamp::now() }.sign(&stranger);
    desk.prints(&["anchor", "-O", "mixed"]);
    let whole = std::fs::read_to_string(desk.path("mixed")).unwrap();
    let add = |name: &str, note: String| std::fs::write(desk.path(name), note).unwrap();
    add("theirs", sign(head.clone()));
    add("mixed", format!("{whole}\n{0}\n{0}", sign(head.clone())));
    let ended = desk.run(&["verify", "--anchor", "mixed"]);
    let (out, error) =
        (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert_eq!(ended.status.code(), Some(3), "{error}");
    let named = "2 checkpoints in mixed, the first in line 8, are refused: it is signed by floorwalker/desk-7+";
    assert!(error.contains(named), "{error}");
    assert!(out.starts_with("as it was written: 3 records"), "{out}");
    assert!(out.contains("signed up to record 3: 1 checkpoint agrees"), "{out}");
    let key = stranger.verifier().to_string();
    let (code, found) = desk.proves(&["--anchor", "theirs", "--key", &key]);
    assert_eq!((code, &found["signed"]), (0, &3.into()));
    let other = Head { log: LogName::drawn(0xdead), ..head };
    add("mixed", format!("{whole}\n{}", sign(other)));
    let (code, found) = desk.proves(&["--anchor", "mixed", "--key", &key]);
    let refused = found["refused"][0].as_str().unwrap();
    assert!(code == 3 && refused.contains("0dead") && refused.contains("c0ffee"), "{refused}");
    assert_eq!(
        (&found["ok"], &found["agreed"], &found["finding"]),
        (&false.into(), &1.into(), &Value::Null)
    );
    // What is wrong with the log itself is worse.
    desk.attack("UPDATE audit SET record = replace(record, 'acme', 'acne') WHERE seq = 2").await;
    assert_eq!(desk.proves(&["--anchor", "mixed"]).0, 9);
    desk.attack("UPDATE audit SET record = replace(record, 'acne', 'acme') WHERE seq = 2").await;
    assert_eq!(desk.refuses(&["--from", "5"]).0, 2);
    let text = desk.prints(&["verify", "--anchor", "theirs", "--key", &key]);
    assert!(text.starts_with("as it was written: 3 records"), "{text}");
}
