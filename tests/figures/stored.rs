//! Known records in a SQLite file, and the exact numbers that have to come of them.

use std::{convert::Infallible, path::Path, time::Duration};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        flight::Owner,
        lease::{Lease, Phase, Tenancy},
        outbox::{CrmState, Letter},
        stats::{OTHER, Outcome, Reason, Stats},
        supervision::Supervised,
    },
    store::{Asking, Database, Figures, Store, Supervisions, Unusable},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn hours(n: i64) -> Timestamp {
    ago(n * 3600)
}

struct Desk {
    store: Database,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Database::open(&folder.path().join("store.db")).await.unwrap();
        Self { store, folder }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("store.db")
    }

    async fn write(&self, entry: AuditEntry, at: Timestamp) {
        self.store.append(entry, at).await.unwrap();
    }

    async fn shift(&self) -> Stats {
        self.store.stats(hours(8), now()).await.unwrap()
    }

    /// Opens a session as a floorwalker does.
    async fn open_session(&self, id: &str, at: Timestamp) {
        let keeper = Owner { host: "desk".into(), pid: 1, mark: "m".into() };
        let place = format!("place of {id}");
        let interval = Duration::from_secs(30);
        let lease = |id: &str, phase| Lease {
            it: Supervised {
                opened_here: true,
                ..Supervised::begun(id.into(), keeper.clone(), at, interval)
            },
            org: Tenancy { context: "test".into(), dialect: "gateway".into() },
            until: at,
            beaten: None,
            phase,
        };
        let fits = |_: &[Asking]| Ok::<_, Infallible>(());
        let reserved = lease(&place, Phase::Opening);
        self.store
            .reserve(&reserved, 500, fits, entry(AuditEvent::SessionInitialized), at)
            .await
            .unwrap();
        let open = lease(id, Phase::Open);
        let letter =
            Letter::session(&"test".into(), &id.into(), CrmState::Connected, at, json!({}));
        let begun = entry(AuditEvent::SupervisionBegun);
        let filled =
            self.store.fill(&place.as_str().into(), &keeper, &open, begun, &letter, at).await;
        assert!(filled.unwrap().is_some());
    }

    async fn end_session(&self, event: AuditEvent, id: &str) {
        let session = Some(id.into());
        self.write(AuditEntry { session, status: Some("requested"), ..entry(event) }, ago(60))
            .await;
    }
}

fn entry(event: AuditEvent) -> AuditEntry {
    AuditEntry::of(event, Actor::default(), "test".into(), "platform")
}

/// A handoff's end.
fn end(event: AuditEvent, status: &'static str, reason: &str) -> AuditEntry {
    let reason = Some(reason.into()).filter(|_| !reason.is_empty());
    AuditEntry { status: Some(status), reason, ..entry(event) }
}

fn accepted(latency: u64, request: f64, reason: &str) -> AuditEntry {
    AuditEntry {
        latency_ms: Some(latency),
        request_ms: Some(request),
        details: json!({ "time_to_human_ms": latency }),
        ..end(AuditEvent::HandoffCompleted, "accepted", reason)
    }
}

async fn connection(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

#[tokio::test]
async fn an_empty_log_has_no_acceptance_and_a_rate_of_nothing() {
    let stats = Desk::open().await.shift().await;
    assert_eq!(stats, Stats { since: hours(8), until: now(), ..Stats::default() });
    let told = serde_json::to_value(&stats).unwrap();
    assert_eq!(told["acceptance"], json!(null));
    assert_eq!(told["sessions"]["disconnection_rate"], "0.0000");
    assert_eq!(told["sessions"]["abnormal_disconnection_rate"], "0.0000");
    assert_eq!(told["latency_ms"], json!({"count": 0, "p50": null, "p95": null}));
}

#[tokio::test]
async fn every_outcome_is_counted_and_acceptance_is_of_those_who_were_asked() {
    let desk = Desk::open().await;
    for (event, status, times) in [
        (AuditEvent::HandoffCompleted, "accepted", 5),
        (AuditEvent::HandoffCompleted, "queued", 4),
        (AuditEvent::HandoffFailed, "refused", 2),
        (AuditEvent::HandoffFailed, "timed out", 1),
        (AuditEvent::HandoffFailed, "failed", 3),
        (AuditEvent::HandoffFailed, "unknown", 1),
        (AuditEvent::HandoffRejected, "rejected", 6),
        (AuditEvent::HandoffCancelled, "cancelled", 2),
        (AuditEvent::HandoffCompensated, "taken back", 1),
    ] {
        for _ in 0..times {
            desk.write(entry(AuditEvent::HandoffInitiated), ago(90)).await;
            desk.write(end(event, status, ""), ago(60)).await;
        }
    }
    let stats = desk.shift().await;
    assert_eq!(stats.acceptance, Some(0.625));
    assert_eq!(
        serde_json::to_value(stats.handoffs).unwrap(),
        json!({
            "accepted": 5, "queued": 4, "refused": 2, "timed_out": 1, "failed": 3, "rejected": 6,
            "cancelled": 2, "compensated": 1, "unknown": 1,
        })
    );
}

#[tokio::test]
async fn quantiles_are_of_what_they_say() {
    let desk = Desk::open().await;
    // 1 to 20 s, out of order.
    for n in (1..=20_u32).map(|n| n * 7 % 20 + 1) {
        desk.write(accepted(u64::from(n) * 1000, 10.0 + f64::from(n), ""), ago(60)).await;
    }
    // One that waits in a queue has arrived, and found nobody; then somebody takes it after a minute.
    let queued = AuditEntry {
        latency_ms: Some(100),
        request_ms: Some(1.25),
        ..end(AuditEvent::HandoffCompleted, "queued", "")
    };
    desk.write(queued, ago(60)).await;
    let reached = AuditEntry {
        latency_ms: Some(60_000),
        details: json!({ "time_to_human_ms": 60_000 }),
        ..entry(AuditEvent::HumanReached)
    };
    desk.write(reached, ago(30)).await;
    // A refusal has not arrived, but its request was answered; a rejection sent none.
    let refused = AuditEntry {
        latency_ms: Some(90_000),
        request_ms: Some(500.0),
        ..end(AuditEvent::HandoffFailed, "refused", "")
    };
    desk.write(refused, ago(60)).await;
    let rejected = end(AuditEvent::HandoffRejected, "rejected", "");
    desk.write(AuditEntry { latency_ms: Some(3), ..rejected }, ago(60)).await;
    let stats = desk.shift().await;
    let of = |q: floorwalker::domain::stats::Quantiles| (q.count, q.p50, q.p95);
    assert_eq!(of(stats.latency_ms), (21, Some(10_000.0), Some(19_000.0)));
    assert_eq!(of(stats.request_ms), (22, Some(20.0), Some(30.0)));
    assert_eq!(of(stats.time_to_human_ms), (21, Some(11_000.0), Some(20_000.0)));
}

#[tokio::test]
async fn a_span_holds_its_ends_and_nothing_beyond_them() {
    let desk = Desk::open().await;
    let ms = SignedDuration::from_millis(1);
    for at in [hours(8) - ms, hours(8), hours(4), now(), now() + ms] {
        desk.write(accepted(1000, 1.0, ""), at).await;
    }
    assert_eq!(desk.shift().await.handoffs.total(), 3);
    let count = async |since, until| {
        desk.store.stats(since, until).await.unwrap().handoffs.of(Outcome::Accepted)
    };
    assert_eq!(count(hours(9), hours(8) - ms).await, 1);
    assert_eq!(count(hours(4) + ms, now() - ms).await, 0);
    assert_eq!(count(now(), hours(8)).await, 0, "a span that ends before it begins");
    assert_eq!(count(Timestamp::UNIX_EPOCH, now() + ms).await, 5);
}

#[tokio::test]
async fn disconnections_are_of_sessions_that_were_opened_here() {
    let desk = Desk::open().await;
    for n in 0..8 {
        desk.open_session(&format!("s{n}"), ago(600)).await;
    }
    assert_eq!(desk.shift().await.sessions.disconnection_rate.to_string(), "0.0000");
    desk.end_session(AuditEvent::SessionTerminated, "s0").await;
    desk.end_session(AuditEvent::SessionTerminated, "s1").await;
    desk.end_session(AuditEvent::SessionDisconnected, "s2").await;
    // A customer's own session that somebody has ended, and one whose opening came to nothing.
    desk.end_session(AuditEvent::SessionTerminated, "customer").await;
    desk.write(entry(AuditEvent::SessionInitialized), ago(60)).await;
    let nothing = end(AuditEvent::SessionTerminated, "not_opened", "");
    desk.write(nothing, ago(59)).await;
    let sessions = desk.shift().await.sessions;
    assert_eq!((sessions.opened, sessions.ended, sessions.lost), (8, 3, 1));
    assert_eq!(sessions.disconnection_rate.to_string(), "0.3750");
    assert_eq!(sessions.abnormal_disconnection_rate.to_string(), "0.1250");
}

#[tokio::test]
async fn what_other_systems_were_told_is_averaged() {
    let desk = Desk::open().await;
    for (event, request_ms) in [
        (AuditEvent::CrmSynced, Some(120.0)),
        (AuditEvent::WfmSynced, Some(61.0)),
        (AuditEvent::CrmSyncFailed, Some(5000.0)),
        (AuditEvent::CrmSynced, None),
    ] {
        let latency_ms = Some(90_000);
        desk.write(AuditEntry { latency_ms, request_ms, ..entry(event) }, hours(1)).await;
    }
    let sync = desk.shift().await.sync;
    assert_eq!((sync.told, sync.failed, sync.average_ms), (3, 1, Some(90.5)));
}

#[tokio::test]
async fn reasons_are_told_with_their_outcomes_the_most_frequent_first() {
    let desk = Desk::open().await;
    for (reason, status, times) in [
        ("wants a person", "accepted", 3),
        ("wants a person", "queued", 1),
        ("billing", "accepted", 2),
        ("", "accepted", 1),
    ] {
        for _ in 0..times {
            desk.write(end(AuditEvent::HandoffCompleted, status, reason), ago(60)).await;
        }
    }
    desk.write(end(AuditEvent::HandoffFailed, "timed out", "billing"), ago(60)).await;
    let long = "x".repeat(200);
    desk.write(end(AuditEvent::HandoffRejected, "rejected", &long), ago(60)).await;
    let told = |row: &Reason| {
        let counts = row.outcomes.each().filter(|(_, n)| *n > 0);
        let counts: Vec<_> = counts.map(|(outcome, n)| (outcome.name(), n)).collect();
        (row.reason.to_string(), row.total, counts)
    };
    let reasons: Vec<_> = desk.shift().await.reasons.iter().map(told).collect();
    let cut = format!("{}…", "x".repeat(80));
    assert_eq!(
        reasons,
        [
            ("wants a person".into(), 4, vec![("accepted", 3), ("queued", 1)]),
            ("billing".into(), 3, vec![("accepted", 2), ("timed_out", 1)]),
            ("(none)".into(), 1, vec![("accepted", 1)]),
            (cut, 1, vec![("rejected", 1)]),
        ]
    );
}

#[tokio::test]
async fn of_many_reasons_twenty_are_named() {
    let desk = Desk::open().await;
    for n in 0..30 {
        let reason = format!("reason {n:02}");
        for _ in 0..=n {
            desk.write(end(AuditEvent::HandoffFailed, "failed", &reason), ago(60)).await;
        }
    }
    let reasons = desk.shift().await.reasons;
    let names: Vec<&str> = reasons.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(
        (names.len(), names[0], names[19], names[20]),
        (21, "reason 29", "reason 10", OTHER)
    );
    assert_eq!((reasons[0].total, reasons[20].total), (30, (1..=10).sum::<u64>()));
}

#[tokio::test]
async fn whoever_writes_and_whoever_counts_do_not_wait_for_each_other() {
    let desk = Desk::open().await;
    desk.write(accepted(1000, 1.0, ""), ago(60)).await;
    let mut writer = connection(&desk.path()).await;
    let writing = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let other = desk.store.clone();
    let waits = tokio::spawn(async move { other.append(accepted(1, 1.0, ""), ago(60)).await });
    // Would wait for five seconds if it had to.
    let stats = tokio::time::timeout(Duration::from_secs(4), desk.shift()).await.unwrap();
    assert_eq!(stats.handoffs.total(), 1);
    assert!(!waits.is_finished());
    writing.rollback().await.unwrap();
    waits.await.unwrap().unwrap();
    assert_eq!(desk.shift().await.handoffs.total(), 2);
}

#[tokio::test]
async fn a_store_tells_how_much_of_it_there_is_and_whether_it_can_be_written() {
    let desk = Desk::open().await;
    let before = desk.store.health().await.unwrap();
    assert_eq!(before.newest, 0);
    assert!(before.bytes.is_some_and(|n| n > 4096) && before.free.is_some_and(|n| n > 0));
    for _ in 0..3 {
        desk.write(accepted(1000, 1.0, ""), now()).await;
    }
    assert_eq!(desk.store.health().await.unwrap().newest, 3);
    desk.store.probe_write(now()).await.unwrap();
    desk.store.probe_write(now()).await.unwrap();
    assert_eq!(desk.store.page(None, 10).await.unwrap().len(), 3, "trying leaves no record");
    let mut connection = connection(&desk.path()).await;
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON probes
                  BEGIN SELECT RAISE(ABORT, 'no space left'); END";
    connection.execute(broken).await.unwrap();
    let error = desk.store.probe_write(now()).await.unwrap_err();
    assert_eq!(error.operation, "write the store");
    assert!(error.cause.contains("no space left"), "{error}");
    let gone = Unusable(error.clone());
    assert_eq!(gone.probe_write(now()).await, Err(error.clone()));
    assert_eq!(gone.stats(hours(8), now()).await, Err(error));
}

#[tokio::test]
async fn a_span_is_found_by_its_time_and_not_by_reading_the_log() {
    let desk = Desk::open().await;
    let mut connection = connection(&desk.path()).await;
    let rows = sqlx::query(
        "EXPLAIN QUERY PLAN SELECT seq FROM audit WHERE top >= 5 ORDER BY top, seq LIMIT 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let plan: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
    assert_eq!(plan.len(), 1, "nothing is sorted: {plan:?}");
    assert!(plan[0].contains("INDEX audit_by_time"), "{plan:?}");
}
