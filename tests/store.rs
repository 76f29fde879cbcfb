//! The store: an audit log that only grows, and claims that hold between processes.
#![expect(clippy::unwrap_used, reason = "a test that can't be set up should stop there")]

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use floorwalker::{
    domain::{
        audit::{Actor, AuditEntry, AuditEvent},
        deed::{Deed, DeedFlight, DeedOrder, Saying, Seat},
        flight::{Departure, Flight, Owner},
        handoff::{HandoffOrder, Target},
        id::{HandoffId, SessionId},
        session::{SessionState, Standing},
        text::Plain,
    },
    store::{Claim, Claimed, Database, Deeds, Store},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

use self::stores::{Home, in_both_engines};

#[cfg(test)]
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "what only tests that restart the server need")]
mod server;
#[cfg(test)]
#[path = "support/stores.rs"]
#[expect(dead_code, reason = "what only tests that start others need")]
mod stores;

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
            account: None,
        },
        context: "test".into(),
        dialect: "platform",
        handoff: Some(HandoffId::random()),
        session: Some("c".into()),
        participant: Some("p".into()),
        agent: Some("a".into()),
        queue: Some("q".into()),
        transfer: Some("replace_agent".into()),
        status: Some("accepted"),
        latency_ms: Some(4210),
        request_ms: Some(61.25),
        error_code: Some("code".into()),
        error: Some("went wrong".into()),
        reason: Some("because".into()),
        waiver: Some("the regional lead agreed".into()),
        correlation: Some("corr".into()),
        details: json!({"seen": {"state": "waiting"}}),
    }
}

fn owner(pid: u32) -> Owner {
    Owner { host: "desk".into(), pid, mark: Plain::new(&format!("mark {pid}")) }
}

/// A claim of the one session, by somebody of their own.
fn claim(n: u32) -> Claim {
    Claim { session: SessionId::from("c"), handoff: HandoffId::random(), owner: owner(n) }
}

fn claim_of(flight: &Flight, owner: Owner) -> Claim {
    Claim { session: flight.order.session.clone(), handoff: flight.order.id.clone(), owner }
}

fn flight(n: u32) -> Flight {
    let seen = Standing { state: SessionState::Waiting, queue: Some("q".into()), agent: None };
    let order = HandoffOrder::new("c".into(), seen, Target::Agent("a".into()));
    let taken = Timestamp::from_millisecond(now().as_millisecond()).unwrap();
    let (context, dialect) = ("api.example".into(), "platform".into());
    Flight { order, taken, owner: owner(n), context, dialect, departure: None }
}

fn departure() -> Departure {
    Departure {
        at: Timestamp::from_millisecond(now().as_millisecond()).unwrap(),
        known: vec!["p".into()],
        participant: "p".into(),
        how: "replace_agent".into(),
        in_place: false,
        target: Target::Agent("a".into()),
        summary: "wants a refund".into(),
        onward: None,
        owed: Vec::new(),
    }
}

async fn open(folder: &Path) -> Database {
    Database::open(&folder.join("deep/floorwalker.db")).await.unwrap()
}

async fn a_record_comes_back_as_it_was_written_also_after_a_restart(home: Home) {
    let written = home.open().await.append(entry(AuditEvent::HandoffCompleted), now()).await;
    let written = written.unwrap();
    assert_eq!((written.seq, written.timestamp), (1, now()));
    let read = home.open().await.page(None, 10).await.unwrap();
    assert_eq!(read, [written]);
}

async fn pages_go_back_from_the_newest(home: Home) {
    let store = home.open().await;
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
    for sql in [
        "UPDATE audit SET event = 'x'",
        "UPDATE audit SET personal = NULL",
        "DELETE FROM audit",
        "INSERT INTO audit (seq, at, top, event, record, hash) VALUES (3, 1, 1, 'x', '{}', zeroblob(32))",
        "UPDATE log SET name = 'another'",
        "DELETE FROM log",
    ] {
        let refused = other.execute(sql).await.unwrap_err().to_string();
        let why = ["append-only", "has no gap", "keeps its name"];
        assert!(why.iter().any(|why| refused.contains(why)), "{sql}: {refused}");
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

async fn one_of_many_claims_wins_also_between_instances(home: Home) {
    let (one, two) = (home.open().await, home.open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        tasks.spawn(async move { store.claim(&claim(n), now(), LIFE).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|c| *c == Claimed::Ours).count(), 1);
}

async fn a_claim_ends_by_being_given_back_or_by_its_time(home: Home) {
    let store = home.open().await;
    let (first, second) = (claim(1), claim(2));
    let mut later = now();
    let ask = async |claim: &Claim, now| store.claim(claim, now, LIFE).await.unwrap();
    assert_eq!(ask(&first, later).await, Claimed::Ours);
    store.release(&second).await.unwrap();
    let theirs = Claimed::Theirs(Some(first.owner.clone()));
    assert_eq!(ask(&second, later).await, theirs, "not somebody else's");
    let impostor = Claim { owner: second.owner.clone(), ..first.clone() };
    assert_eq!(ask(&impostor, later).await, theirs, "the same handoff, another owner");
    store.release(&impostor).await.unwrap();
    assert_eq!(ask(&second, later).await, theirs, "nor is it given back by one");
    store.release(&first).await.unwrap();
    assert_eq!(ask(&second, later).await, Claimed::Ours);
    later = now() + 200.seconds();
    assert_eq!(ask(&second, later).await, Claimed::Ours, "kept for longer");
    later = now() + 301.seconds();
    assert_ne!(ask(&first, later).await, Claimed::Ours, "it was kept");
    later = now() + 501.seconds();
    assert_eq!(ask(&first, later).await, Claimed::Ours, "its time is over");
}

async fn a_handoff_is_announced_once_and_ended_once(home: Home) {
    let (one, two) = (home.open().await, home.open().await);
    let flight = flight(1);
    one.begin(entry(AuditEvent::HandoffInitiated), &flight, now()).await.unwrap();
    let again = one.begin(entry(AuditEvent::HandoffInitiated), &flight, now()).await;
    assert!(again.is_err(), "the same order twice");
    assert_eq!(two.flights().await.unwrap(), std::slice::from_ref(&flight));
    let id = &flight.order.id;
    let first = one.finish(entry(AuditEvent::HandoffCompleted), &[], id, now()).await.unwrap();
    assert_eq!(first.unwrap().seq, 2, "the refused announcement left no gap");
    let second = two.finish(entry(AuditEvent::HandoffFailed), &[], id, now()).await.unwrap();
    assert_eq!(second, None);
    assert_eq!(two.flights().await.unwrap(), []);
    assert_eq!(two.page(None, 10).await.unwrap().len(), 2);
}

async fn a_flight_has_one_owner_and_only_that_one_may_let_it_leave(home: Home) {
    let store = home.open().await;
    let flight = flight(1);
    let (old, new) = (claim_of(&flight, owner(1)), claim_of(&flight, owner(2)));
    assert_eq!(store.claim(&old, now(), LIFE).await.unwrap(), Claimed::Ours);
    store.begin(entry(AuditEvent::HandoffInitiated), &flight, now()).await.unwrap();
    assert!(store.depart(&old, &departure()).await.unwrap());
    assert!(!store.depart(&new, &departure()).await.unwrap());
    let seen = store.flights().await.unwrap().remove(0);
    assert_eq!(seen.departure, Some(departure()));
    assert!(store.take_over(&seen, &owner(2), now(), LIFE).await.unwrap());
    assert!(!store.take_over(&seen, &owner(3), now(), LIFE).await.unwrap(), "somebody was faster");
    assert!(!store.depart(&old, &departure()).await.unwrap(), "it is no longer theirs");
    assert!(store.depart(&new, &departure()).await.unwrap());
    let held = store.claim(&old, now(), LIFE).await.unwrap();
    assert_eq!(held, Claimed::Theirs(Some(owner(2))), "the claim went along");
}

async fn what_agents_were_handed_is_counted_over_the_shift(home: Home) {
    let store = home.open().await;
    let long_ago = now() - 9.hours();
    for (event, at) in [
        (AuditEvent::HandoffCompleted, now()),
        (AuditEvent::HandoffCompleted, now() - 1.hour()),
        (AuditEvent::HandoffCompleted, long_ago),
        (AuditEvent::HandoffFailed, now()),
    ] {
        store.append(entry(event), at).await.unwrap();
    }
    let handed = store.handed(now() - 8.hours()).await.unwrap();
    assert_eq!(handed.get(&"a".into()), Some(&2));
}

/// With its announcement, so that a crash finds it; gone with its end, which is written once.
async fn what_a_person_does_is_kept_from_its_announcement_to_its_end(home: Home) {
    let seen = Standing { state: SessionState::Connected, queue: None, agent: Some("a".into()) };
    let deed = Deed::Say(Saying::new("It left on Monday.".into()));
    let flight = DeedFlight {
        order: DeedOrder::new("c".into(), seen, deed),
        seat: Seat {
            me: "a".into(),
            participant: "p".into(),
            agent: Some("a".into()),
            communication: Some("talk".into()),
            known: vec!["m1".into()],
        },
        taken: Timestamp::from_millisecond(now().as_millisecond()).unwrap(),
        owner: owner(1),
        context: "api.example".into(),
        dialect: "platform".into(),
    };
    let begun = AuditEvent::MessageInitiated;
    home.open().await.begin_deed(entry(begun), &flight, now()).await.unwrap();
    let store = home.open().await;
    assert_eq!(store.deeds().await.unwrap(), std::slice::from_ref(&flight));
    assert!(store.begin_deed(entry(begun), &flight, now()).await.is_err(), "begun once");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, id) = (home.open().await, flight.order.id.clone());
        let end = entry(AuditEvent::MessageSent);
        tasks.spawn(async move { store.finish_deed(end, &id, now()).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().flatten().count(), 1, "ended once");
    assert_eq!(home.open().await.deeds().await.unwrap(), []);
    let events = home.open().await.page(None, 10).await.unwrap();
    let events: Vec<_> = events.iter().map(|record| record.event.as_str()).collect();
    assert_eq!(events, ["message_sent", "message_initiated"]);
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "not a folder").unwrap();
    let error = Database::open(&folder.path().join("file/floorwalker.db")).await.unwrap_err();
    assert_eq!(error.operation, "open the store");
    assert!(error.cause.contains("file/floorwalker.db"), "{error}");
    std::fs::write(folder.path().join("text.db"), Plain::new("no database at all").as_str())
        .unwrap();
    assert!(Database::open(&folder.path().join("text.db")).await.is_err());
}

/// However the URL is wrong: the password is not told, nor what a `?` or `#` in it makes of it.
#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_without_the_password() {
    for url in [
        "postgres://ada:hunter2@127.0.0.1:1/floorwalker",
        "postgres://ada:hunter2@127.0.0.1:hunter2/floorwalker",
        "postgres://ada@127.0.0.1/floorwalker?passwort=hunter2",
        "postgres://ada@127.0.0.1/floorwalker?sslmode=hunter2",
        "postgres://ada:1?hunter2@127.0.0.1/floorwalker",
        "postgres://ada:1/hunter2@127.0.0.1/floorwalker",
        "postgres://ada:1/2?host=hunter2@127.0.0.1/floorwalker",
        "postgres://ada:1#hunter2@127.0.0.1/floorwalker",
        "mysql://ada:hunter2@127.0.0.1/floorwalker",
    ] {
        let error = Database::connect(url).await.unwrap_err();
        assert_eq!(error.operation, "open the store");
        let told = format!("{error} {error:?}");
        assert!(!told.is_empty() && !told.contains("hunter2"), "{url}: {told}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_is_named_with_its_words_alone() {
    let error = Database::connect("postgres://ada:x@127.0.0.1:1/floor").await.unwrap_err();
    assert!(error.cause.starts_with("floor on 127.0.0.1:1: "), "{error}");
    assert!(!error.cause.contains("ada"), "{error}");
    let Some(url) = server::database().await else { return };
    let (before, after) = url.split_once("/test").unwrap();
    let (_, socket) = after.split_once('?').unwrap();
    let error = Database::connect(&format!("{before}/nowhere?{socket}")).await.unwrap_err();
    assert!(error.cause.starts_with("nowhere on /"), "{error}");
    assert!(error.cause.ends_with(r#": database "nowhere" does not exist"#), "{error}");
}

/// All that is read before it is written holds: nobody writes in between.
async fn writers_go_one_after_another(home: Home) {
    let flight = flight(1);
    home.open().await.begin(entry(AuditEvent::HandoffInitiated), &flight, now()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, id) = (home.open().await, flight.order.id.clone());
        tasks.spawn(async move {
            for _ in 0..10 {
                store.append(entry(AuditEvent::HandoffInitiated), now()).await.unwrap();
            }
            store.finish(entry(AuditEvent::HandoffCompleted), &[], &id, now()).await.unwrap()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().flatten().count(), 1, "ended once");
    let mut seqs: Vec<_> = home.open().await.page(None, 100).await.unwrap();
    seqs.reverse();
    let seqs: Vec<i64> = seqs.iter().map(|record| record.seq).collect();
    assert_eq!(seqs, (1..=42).collect::<Vec<_>>());
}

in_both_engines! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    a_record_comes_back_as_it_was_written_also_after_a_restart
    pages_go_back_from_the_newest
    one_of_many_claims_wins_also_between_instances
    a_claim_ends_by_being_given_back_or_by_its_time
    a_handoff_is_announced_once_and_ended_once
    a_flight_has_one_owner_and_only_that_one_may_let_it_leave
    what_agents_were_handed_is_counted_over_the_shift
    writers_go_one_after_another
    what_a_person_does_is_kept_from_its_announcement_to_its_end
}
