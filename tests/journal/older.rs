//! A store of an older version: its records are taken over into the chain.

use floorwalker::{
    domain::audit::Actor,
    policy::privacy::{Kept, Privacy},
    store::{Database, Journal, Store},
};
use sqlx::{Connection, Executor, SqliteConnection};

use super::{checked, entry, now};

const OLDER: [&str; 7] = [
    include_str!("../../assets/schema/sqlite/0001_start.sql"),
    include_str!("../../assets/schema/sqlite/0002_handoffs.sql"),
    include_str!("../../assets/schema/sqlite/0003_supervisions.sql"),
    include_str!("../../assets/schema/sqlite/0004_released.sql"),
    include_str!("../../assets/schema/sqlite/0005_requests.sql"),
    include_str!("../../assets/schema/sqlite/0006_deliveries.sql"),
    include_str!("../../assets/schema/sqlite/0007_figures.sql"),
];

/// Makes of a new store one of the version before the chain, with `count` records.
async fn older(path: &std::path::Path, count: u32) {
    drop(Database::open(path).await.unwrap());
    let url = format!("sqlite://{}", path.display());
    let mut new = SqliteConnection::connect(&url).await.unwrap();
    let applied = "SELECT version, description, installed_on, success, checksum, execution_time
                   FROM _sqlx_migrations WHERE version <= 7";
    let applied = sqlx::query(applied).fetch_all(&mut new).await.unwrap();
    let table = "SELECT sql FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let table: String = sqlx::query_scalar(table).fetch_one(&mut new).await.unwrap();
    new.close().await.unwrap();
    for end in ["", "-wal", "-shm"] {
        let file = format!("{}{end}", path.display());
        if std::path::Path::new(&file).exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
    let mut old = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    for sql in OLDER {
        old.execute(sql).await.unwrap();
    }
    old.execute(sqlx::AssertSqlSafe(table)).await.unwrap();
    for row in applied {
        use sqlx::Row;
        let insert = "INSERT INTO _sqlx_migrations VALUES (?, ?, ?, ?, ?, ?)";
        let (version, name, at): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        let (success, sum, took): (bool, Vec<u8>, i64) = (row.get(3), row.get(4), row.get(5));
        let query = sqlx::query(insert).bind(version).bind(name).bind(at).bind(success);
        query.bind(sum).bind(took).execute(&mut old).await.unwrap();
    }
    for n in 0..count {
        let insert = "INSERT INTO audit (timestamp, event, user, host, context, dialect, agent,
                          status, latency_ms, request_ms, reason, details)
                      VALUES ('2026-11-20T09:00:00.250Z', 'handoff_completed', 'mara', 'desk-1', 'acme',
                          'gateway', 'a-1', 'accepted', 4210, 61.25, ?, '{\"share\":0.5}')";
        let query = sqlx::query(insert).bind(format!("reason {n}"));
        query.execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
}

const ALL: Privacy = Privacy {
    names: Kept::Whole,
    texts: Kept::Whole,
    addresses: Kept::Whole,
    messages: Kept::Whole,
};
const NOTHING: Privacy = Privacy {
    names: Kept::Nothing,
    texts: Kept::Nothing,
    addresses: Kept::Nothing,
    messages: Kept::Nothing,
};

#[tokio::test]
async fn what_is_not_kept_of_people_is_not_taken_over_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    older(&path, 3).await;
    let store = Database::open_keeping(&path, NOTHING).await.unwrap();
    checked(&store).await.unwrap();
    for record in store.page(None, 10).await.unwrap() {
        assert_eq!((&record.actor, &record.reason), (&Actor::default(), &None));
        assert_eq!((&record.agent, &record.details["share"]), (&Some("a-1".into()), &0.5.into()));
    }
    let sealed = store.sealed(1, 10).await.unwrap();
    assert_eq!(sealed.len(), 3);
    assert!(!format!("{sealed:?}").contains("mara"));
}

#[tokio::test]
async fn the_records_of_an_older_version_are_taken_over_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    older(&path, 2_345).await;
    let store = Database::open_keeping(&path, ALL).await.unwrap();
    checked(&store).await.unwrap();
    let newest = store.page(None, 1).await.unwrap().remove(0);
    assert_eq!((newest.seq, newest.reason.as_deref()), (2_345, Some("reason 2344")));
    assert_eq!((newest.latency_ms, newest.request_ms), (Some(4_210), Some(61.25)));
    assert_eq!(newest.timestamp.to_string(), "2026-11-20T09:00:00.25Z");
    assert_eq!((&*newest.actor.user, &newest.details["share"]), ("mara", &0.5.into()));
    // It goes on from there, and opening it again does nothing more.
    assert_eq!(store.append(entry("x"), now()).await.unwrap().seq, 2_346);
    let head = store.head().await.unwrap();
    assert_eq!(Database::open(&path).await.unwrap().head().await.unwrap(), head);
}
