//! The index itself: lost, broken, late, of another log, filled by two at once, and rid of what was purged.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent},
    engine::search::{catch_up, keep},
    store::{Journal, Search, SqliteIndex},
};

use crate::{
    asked::{found, matching},
    log::{Log, NOW},
};

const QUERIES: [&str; 4] = ["refund", "user:mara !event:failed", "latency>30900", "佐藤 since:10m"];

async fn open(path: &Path) -> SqliteIndex {
    SqliteIndex::open(path).await.unwrap()
}

/// How far the index goes; nought if it is empty.
async fn upto(index: &SqliteIndex) -> i64 {
    index.indexed().await.unwrap().map_or(0, |indexed| indexed.upto)
}

async fn assert_same(log: &Log, index: &SqliteIndex) {
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
        let index = open(&path).await;
        assert_eq!(index.indexed().await, Ok(None));
        assert_same(&log, &index).await;
        catch_up(&log, &index).await.unwrap();
        assert_eq!(upto(&index).await, 900);
        assert_same(&log, &index).await;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_was_filed_is_there_after_a_restart_and_terms_are_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let log = Log::invented(700, 2);
    catch_up(&log, &open(&path).await).await.unwrap();
    log.grow(700, 2);
    let index = open(&path).await;
    assert_eq!(upto(&index).await, 700);
    assert_same(&log, &index).await;
    catch_up(&log, &index).await.unwrap();
    assert_same(&log, &index).await;
}

#[tokio::test]
async fn two_may_fill_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let log = Log::invented(5000, 3);
    let (one, other) = (open(&path).await, open(&path).await);
    let (a, b) = tokio::join!(catch_up(&log, &one), catch_up(&log, &other));
    a.and(b).unwrap();
    assert_eq!(upto(&one).await, 5000);
    assert_same(&log, &one).await;
    log.grow(2500, 4);
    let (a, b) = tokio::join!(catch_up(&log, &other), catch_up(&log, &one));
    a.and(b).unwrap();
    assert_same(&log, &other).await;
}

#[tokio::test]
async fn an_index_of_another_log_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(&folder.path().join("search.db")).await;
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

#[tokio::test]
async fn what_is_purged_is_found_no_more_and_leaves_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.db");
    let log = Log::new(7);
    let actor = Actor { user: "theophania".into(), host: "desk-1".into(), ..Actor::default() };
    let entry = |event| AuditEntry::of(event, actor.clone(), "acme".into(), "platform");
    let now = NOW.parse().unwrap();
    log.append(entry(AuditEvent::HandoffInitiated).dated(now));
    log.grow(800, 7);
    let index = open(&path).await;
    catch_up(&log, &index).await.unwrap();
    assert_eq!(found(&log, &index, "theophania", 10).await, [1]);
    assert!(on_disk(folder.path(), "theophania"));
    let mut purge = entry(AuditEvent::AuditPurged);
    purge.actor = Actor::default();
    log.purge(400, purge, now).await.unwrap();
    assert_eq!(found(&log, &index, "theophania", 10).await, [0; 0]);
    assert_same(&log, &index).await;
    catch_up(&log, &index).await.unwrap();
    assert_eq!(upto(&index).await, 802);
    assert_same(&log, &index).await;
    assert!(!on_disk(folder.path(), "theophania"));
}

fn on_disk(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| bytes.windows(text.len()).any(|here| here == text.as_bytes()))
}

#[tokio::test]
async fn who_keeps_it_follows_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(&folder.path().join("search.db")).await;
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

async fn reaches(index: &SqliteIndex, size: i64) {
    while upto(index).await < size {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
