//! The SQLite store: an audit log that only grows, and claims that hold between processes.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        id::{HandoffId, SessionId},
        text::Plain,
    },
    store::{Sqlite, Store},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

const LIFE: Duration = Duration::from_secs(300);

fn now() -> Timestamp {
    "2026-11-21T10:00:00.123Z".parse().unwrap()
}

fn entry(event: AuditEvent) -> AuditEntry {
    AuditEntry {
        event,
        actor: Actor {
            user: "ada".into(),
            host: "desk".into(),
            tty: Some("/dev/pts/1".into()),
            ssh_origin: Some("192.0.2.7".into()),
        },
        context: "test".into(),
        dialect: "platform",
        handoff: Some(HandoffId::random()),
        session: Some("c".into()),
        participant: Some("p".into()),
        agent: Some("a".into()),
        queue: Some("q".into()),
        transfer: Some("replace_agent"),
        status: Some("accepted"),
        latency_ms: Some(4210),
        request_ms: Some(61.25),
        error_code: Some("code".into()),
        error: Some("went wrong".into()),
        reason: Some("because".into()),
        correlation: Some("corr".into()),
        details: json!({"seen": {"state": "waiting"}}),
    }
}

async fn open(folder: &Path) -> Sqlite {
    Sqlite::open(&folder.join("deep/floorwalker.db")).await.unwrap()
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_written_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let written =
        open(folder.path()).await.append(entry(AuditEvent::HandoffCompleted), now()).await;
    let written = written.unwrap();
    assert_eq!((written.seq, written.timestamp), (1, now()));
    let read = open(folder.path()).await.page(None, 10).await.unwrap();
    assert_eq!(read, [written]);
}

#[tokio::test]
async fn pages_go_back_from_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for _ in 0..7 {
        store.append(entry(AuditEvent::HandoffInitiated), now()).await.unwrap();
    }
    let seqs = |page: Vec<floorwalker::domain::audit::AuditRecord>| -> Vec<i64> {
        page.iter().map(|r| r.seq).collect()
    };
    assert_eq!(seqs(store.page(None, 3).await.unwrap()), [7, 6, 5]);
    assert_eq!(seqs(store.page(Some(5), 3).await.unwrap()), [4, 3, 2]);
    assert_eq!(seqs(store.page(Some(2), 3).await.unwrap()), [1]);
}

#[tokio::test]
async fn the_log_can_be_neither_changed_nor_shortened() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.append(entry(AuditEvent::HandoffInitiated), now()).await.unwrap();
    let path = folder.path().join("deep/floorwalker.db");
    let mut other = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    for sql in ["UPDATE audit SET status = 'x'", "DELETE FROM audit"] {
        let refused = other.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn only_the_owner_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await;
    let mode =
        |path: &str| folder.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("deep"), mode("deep/floorwalker.db")), (0o700, 0o600));
}

#[tokio::test]
async fn one_of_many_claims_wins_also_between_instances() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path()).await, open(folder.path()).await);
    let session = SessionId::from("c");
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        let session = session.clone();
        tasks.spawn(async move {
            store.claim(&session, &HandoffId::random(), now(), LIFE).await.unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
}

#[tokio::test]
async fn a_claim_ends_by_being_given_back_or_by_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let session = SessionId::from("c");
    let (first, second) = (HandoffId::random(), HandoffId::random());
    assert!(store.claim(&session, &first, now(), LIFE).await.unwrap());
    store.release(&session, &second).await.unwrap();
    assert!(!store.claim(&session, &second, now(), LIFE).await.unwrap(), "not somebody else's");
    store.release(&session, &first).await.unwrap();
    assert!(store.claim(&session, &second, now(), LIFE).await.unwrap());
    let later = now() + 200.seconds();
    assert!(store.claim(&session, &second, later, LIFE).await.unwrap(), "kept for longer");
    let later = now() + 301.seconds();
    assert!(!store.claim(&session, &first, later, LIFE).await.unwrap(), "it was kept");
    let later = now() + 501.seconds();
    assert!(store.claim(&session, &first, later, LIFE).await.unwrap(), "its time is over");
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "not a folder").unwrap();
    let error = Sqlite::open(&folder.path().join("file/floorwalker.db")).await.unwrap_err();
    assert_eq!(error.operation, "open the store");
    assert!(error.cause.contains("file/floorwalker.db"), "{error}");
    std::fs::write(folder.path().join("text.db"), Plain::new("no database at all").as_str())
        .unwrap();
    assert!(Sqlite::open(&folder.path().join("text.db")).await.is_err());
}
