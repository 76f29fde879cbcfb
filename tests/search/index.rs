//! The index itself: lost, broken, late, of another log, filled by two at once, and rid of what was purged.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent},
    engine::search::{catch_up, keep},
    store::{Database, Index, Journal, Search, SqliteIndex, Store},
};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::{
    asked::{found, matching},
    log::{Log, NOW},
    stores::{Home, in_both_engines},
};

in_both_engines! {
    #[tokio::test]
    what_was_filed_is_there_after_a_restart_and_terms_are_known_again
    two_may_fill_it_at_once
    an_index_of_another_log_is_not_believed
    what_is_purged_is_found_no_more_and_leaves_the_disk
    who_keeps_it_follows_the_log
    who_fills_it_keeps_nobody_from_writing
    who_only_searches_leaves_the_index_of_another_version_alone
}

const QUERIES: [&str; 4] = ["refund", "user:mara !event:failed", "latency>30900", "佐藤 since:10m"];

async fn open(home: &Home) -> Index {
    let index = home.open().await.index().await;
    assert!(index.is_some());
    index
}

/// How far the index goes; nought if it is empty.
async fn upto(index: &impl Search) -> i64 {
    index.indexed().await.unwrap().map_or(0, |indexed| indexed.upto)
}

async fn assert_same(log: &Log, index: &impl Search) {
    let records = log.read();
    for text in QUERIES {
        assert_eq!(found(log, index, text, 100).await, matching(&records, text), "{text}");
    }
}

#[tokio::test]
async fn a_lost_or_broken_file_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = SqliteIndex::beside(&folder.path().join("store.db"));
    assert!(path.ends_with("store-search.db"));
    let log = Log::invented(900, 1);
    for broken in
        [None, Some("this is no database, and it is long enough to be read as one".repeat(99))]
    {
        for suffix in ["", "-wal", "-shm"] {
            _ = std::fs::remove_file(folder.path().join(format!("store-search.db{suffix}")));
        }
        if let Some(text) = broken {
            std::fs::write(&path, text).unwrap();
        }
        let index = SqliteIndex::open(&path).await.unwrap();
        assert_eq!(index.indexed().await, Ok(None));
        assert_same(&log, &index).await;
        catch_up(&log, &index).await.unwrap();
        assert_eq!(upto(&index).await, 900);
        assert_same(&log, &index).await;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

async fn what_was_filed_is_there_after_a_restart_and_terms_are_known_again(home: Home) {
    let log = Log::invented(700, 2);
    catch_up(&log, &open(&home).await).await.unwrap();
    log.grow(700, 2);
    let index = open(&home).await;
    assert_eq!(upto(&index).await, 700);
    assert_same(&log, &index).await;
    catch_up(&log, &index).await.unwrap();
    assert_same(&log, &index).await;
}

async fn two_may_fill_it_at_once(home: Home) {
    let log = Log::invented(5000, 3);
    let (one, other) = (open(&home).await, open(&home).await);
    let (a, b) = tokio::join!(catch_up(&log, &one), catch_up(&log, &other));
    a.and(b).unwrap();
    assert_eq!(upto(&one).await, 5000);
    assert_same(&log, &one).await;
    log.grow(2500, 4);
    let (a, b) = tokio::join!(catch_up(&log, &other), catch_up(&log, &one));
    a.and(b).unwrap();
    assert_same(&log, &other).await;
}

async fn an_index_of_another_log_is_not_believed(home: Home) {
    let index = open(&home).await;
    catch_up(&Log::invented(800, 5), &index).await.unwrap();
    // The same size, and so much of the same name that only the hash tells them apart.
    let forged = Log::new(5);
    forged.grow(800, 6);
    assert_same(&forged, &index).await;
    let restored = Log::invented(800, 5);
    assert_same(&restored, &index).await;
    restored.cut(500);
    assert_same(&restored, &index).await;
    catch_up(&restored, &index).await.unwrap();
    assert_eq!(upto(&index).await, 500);
    assert_same(&restored, &index).await;
}

async fn what_is_purged_is_found_no_more_and_leaves_the_disk(home: Home) {
    let log = Log::new(7);
    let actor = Actor { user: "theophania".into(), host: "desk-1".into(), ..Actor::default() };
    let entry = |event| AuditEntry::of(event, actor.clone(), "acme".into(), "platform");
    let now = NOW.parse().unwrap();
    log.append(entry(AuditEvent::HandoffInitiated).dated(now));
    log.grow(800, 7);
    let index = open(&home).await;
    catch_up(&log, &index).await.unwrap();
    assert_eq!(found(&log, &index, "theophania", 10).await, [1]);
    if let Home::File(folder) = &home {
        assert!(on_disk(folder.path(), "theophania"));
    }
    let mut purge = entry(AuditEvent::AuditPurged);
    purge.actor = Actor::default();
    log.purge(400, purge, now).await.unwrap();
    assert_eq!(found(&log, &index, "theophania", 10).await, [0; 0]);
    assert_same(&log, &index).await;
    catch_up(&log, &index).await.unwrap();
    assert_eq!(upto(&index).await, 802);
    assert_same(&log, &index).await;
    if let Home::File(folder) = &home {
        assert!(!on_disk(folder.path(), "theophania"));
    }
}

fn on_disk(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| bytes.windows(text.len()).any(|here| here == text.as_bytes()))
}

async fn who_keeps_it_follows_the_log(home: Home) {
    let index = open(&home).await;
    let log = Log::invented(600, 8);
    let grows = async {
        reaches(&index, 600).await;
        // A short tail is filed too, once no more comes.
        log.grow(3, 8);
        reaches(&index, 603).await;
    };
    tokio::select! {
        () = keep(&log, &index) => {}
        filed = tokio::time::timeout(Duration::from_secs(60), grows) => filed.unwrap(),
    }
    assert_same(&log, &index).await;
}

async fn reaches(index: &impl Search, size: i64) {
    while upto(index).await < size {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The log is written to while another process holds the index.
async fn who_fills_it_keeps_nobody_from_writing(home: Home) {
    let (one, other) = (home.open().await, home.open().await);
    let index = one.index().await;
    let actor = Actor { user: "ada".into(), ..Actor::default() };
    let entry =
        || AuditEntry::of(AuditEvent::HandoffInitiated, actor.clone(), "acme".into(), "platform");
    let log = Log::invented(4000, 11);
    let writes = async {
        for _ in 0..40 {
            other.append(entry(), NOW.parse().unwrap()).await.unwrap();
        }
    };
    let (filled, ()) = tokio::join!(catch_up(&log, &index), writes);
    filled.unwrap();
    assert_eq!(upto(&index).await, 4000);
    // What others have filed is known to whoever comes.
    assert_same(&log, &other.made_index().await.unwrap()).await;
}

async fn who_only_searches_leaves_the_index_of_another_version_alone(home: Home) {
    let store = home.open().await;
    let actor = Actor { user: "ada".into(), ..Actor::default() };
    let entry = AuditEntry::of(AuditEvent::AuditPurged, actor, "acme".into(), "platform");
    store.append(entry, NOW.parse().unwrap()).await.unwrap();
    catch_up(&store, &store.index().await).await.unwrap();
    assert!(store.made_index().await.unwrap().is_some());
    let (about, terms, version) = match &home {
        Home::File(_) => ("about", "terms", "SELECT version FROM about"),
        Home::Server(_) => ("search_about", "search_terms", "SELECT version FROM search_about"),
    };
    let changed = format!("UPDATE {about} SET version = 'another'");
    let count = format!("SELECT CAST(count(*) AS TEXT) FROM {terms}");
    ask(&home, &format!("{changed} RETURNING version")).await;
    assert!(!store.made_index().await.unwrap().is_some(), "the log itself is read");
    assert_eq!(ask(&home, version).await, "another");
    assert_ne!(ask(&home, &count).await, "0");
    // Who files does not leave it so, nor does who has to forget what is in it.
    assert!(store.index().await.is_some());
    assert_ne!(ask(&home, version).await, "another");
    ask(&home, &format!("{changed} RETURNING version")).await;
    store.erase_index().await.unwrap();
    assert_eq!(ask(&home, &count).await, "0");
}

/// What the tables of the index say.
async fn ask(home: &Home, sql: &str) -> String {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match home {
        Home::File(folder) => {
            let path = folder.path().join("store-search.db");
            let mut file = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut file).await.unwrap()
        }
        Home::Server(url) => {
            let mut server = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut server).await.unwrap()
        }
    }
}

/// Counting costs as much as a search: it is done anew once there is twice as much.
#[tokio::test]
async fn a_server_counts_what_was_filed_only_when_it_has_doubled() {
    let Some(home) = Home::server().await else { return };
    let (log, index) = (Log::invented(600, 12), open(&home).await);
    let alone = "ALTER TABLE search_postings SET (autovacuum_enabled = false)";
    let Home::Server(url) = &home else { panic!() };
    sqlx::raw_sql(alone).execute(&mut PgConnection::connect(url).await.unwrap()).await.unwrap();
    let known = "SELECT CAST(reltuples AS TEXT) FROM pg_class WHERE relname = 'search_postings'";
    for (more, counted) in [(0, "600"), (500, "600"), (100, "1200"), (1_100, "1200")] {
        log.grow(more, 12);
        catch_up(&log, &index).await.unwrap();
        index.tidy().await.unwrap();
        assert_eq!(ask(&home, known).await, counted, "{more} more");
    }
    assert_same(&log, &index).await;
}

#[tokio::test]
async fn beside_what_is_only_read_no_index_is_made() {
    let home = Home::file();
    drop(home.open().await);
    let path = home.place();
    let peeked = Database::peek(Path::new(&path)).await.unwrap();
    assert!(!peeked.index().await.is_some() && !peeked.made_index().await.unwrap().is_some());
    assert!(!SqliteIndex::beside(Path::new(&path)).exists());
    let store = home.open().await;
    assert!(!store.made_index().await.unwrap().is_some(), "who only looks makes none");
    assert!(store.index().await.is_some() && store.made_index().await.unwrap().is_some());
}
