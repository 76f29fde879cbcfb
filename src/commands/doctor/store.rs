//! The store: whether it is there, ours alone, of this version, can be written, and is what was written.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{sync::watch, time::timeout};

use super::{
    super::store::{Place, place},
    Finding, bounded, none_of,
};
use crate::{
    config::{Config, StoreAt, secret::Manner},
    domain::outbox::Whereabouts,
    engine::proof::{self, Claimed, Progress},
    store::{Database, Deliveries, Figures, Journal, StoreError},
};

/// How long one look may take.
const LOOK: Duration = Duration::from_secs(6);
/// How often, and how long after each other, a file is looked at again that somebody is writing just now.
const STARTING: (u32, Duration) = (4, Duration::from_millis(500));
/// How many of the newest records are checked.
const NEWEST: i64 = 500;
/// Bytes free below which somebody should know, and below which a day's work may not fit.
const SCARCE: (u64, u64) = (1 << 30, 64 << 20);

const CHECK: &str = "store";
const LOG: &str = "audit log";
const REST: [&str; 3] = ["store permissions", LOG, "letters"];

/// Everything about the store.
pub async fn look(config: &Config, read_only: bool) -> Vec<Finding> {
    let source = match &config.store {
        StoreAt::Secret(source) => Some(source.clone()),
        _ => None,
    };
    let said = config.clone();
    let find = move || place(&said, Manner::AtTerminal);
    let place =
        match bounded::fetched(source.as_ref(), "the program that prints `store`", find).await {
            Ok(place) => place,
            Err(failure) => {
                let remedy = "correct `store` in the configuration, or what it names";
                let first = Finding::fail(CHECK, &failure.message, remedy).with_code(failure.code);
                return std::iter::once(first)
                    .chain(none_of(&REST, "the store is not known"))
                    .collect();
            }
        };
    match place.file() {
        Some(path) if path.exists() => file(&place, path, read_only).await,
        Some(path) => match absent(path) {
            first if first.code != 0 => {
                let why = "there can be no store";
                vec![first, Finding::because("free space", why)]
            }
            first => vec![first, space(path)],
        },
        None => server(&place, read_only).await,
    }
}

/// Where there is none yet, whether it could be made.
fn absent(path: &Path) -> Finding {
    let made = tempfile::tempfile_in(nearest(path));
    match made {
        Ok(_) => Finding::ok(CHECK, format!("{} is made at the first start", path.display())),
        Err(error) => unwritable(path, &error.to_string()),
    }
}

fn unwritable(path: &Path, why: &str) -> Finding {
    let says = format!("{} can't be written: {why}; no act is sent without it", path.display());
    let remedy =
        "let this user write its folder, or name another file: `store` in the configuration";
    Finding::fail(CHECK, says, remedy)
}

/// The folder that it is in, or would be made in.
fn nearest(path: &Path) -> PathBuf {
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    there.map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

async fn file(place: &Place, path: &Path, read_only: bool) -> Vec<Finding> {
    let mut all = vec![private(path), space(path)];
    match timeout(LOOK, peeked(path)).await {
        Ok(Ok(store)) => {
            all.insert(0, written(place, path, read_only).await);
            let store = Arc::new(store);
            all.push(chain(&store).await);
            all.push(letters(&store).await);
        }
        Ok(Err(error)) => {
            let remedy = "put it aside, or name another file: `store` in the configuration";
            all.insert(0, unread(&error, remedy));
            all.extend(none_of(&REST[1..], "the store can't be read"));
        }
        Err(_) => {
            let says = format!("{} is not read within {} s", path.display(), LOOK.as_secs());
            all.insert(0, Finding::fail(CHECK, says, "is its disk, or its network share, well?"));
            all.extend(none_of(&REST[1..], "the store can't be read"));
        }
    }
    all
}

/// Looks into the file. A first start makes it in steps, and what it is in between is no trouble.
async fn peeked(path: &Path) -> Result<Database, StoreError> {
    for _ in 0..STARTING.0 {
        match Database::peek(path).await {
            Err(_) if is_changing(path) => tokio::time::sleep(STARTING.1).await,
            looked => return looked,
        }
    }
    Database::peek(path).await
}

/// True if somebody has written to it, or beside it, just now.
fn is_changing(path: &Path) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    [path, Path::new(&beside)].iter().any(|file| {
        let changed = file.metadata().and_then(|about| about.modified());
        changed.is_ok_and(|at| at.elapsed().is_ok_and(|ago| ago < STARTING.1 * STARTING.0))
    })
}

/// Why it can't be used.
fn unread(error: &StoreError, otherwise: &str) -> Finding {
    let says = &error.cause;
    if says.contains("newer version") {
        let remedy = "install that version, or name another store: `store` in the configuration";
        return Finding::fail(CHECK, says, remedy);
    }
    if says.contains("older version") {
        let remedy =
            "nothing, if nobody needs the old version any more; a copy before is no mistake";
        let says = "it is of an older version: the next start takes it over";
        return Finding::warn(CHECK, says, remedy);
    }
    Finding::fail(CHECK, says, otherwise)
}

/// Whether it can be written, by writing what has no meaning.
async fn written(place: &Place, path: &Path, read_only: bool) -> Finding {
    if read_only {
        return Finding::ok(CHECK, format!("{}, which is only read", path.display()));
    }
    let tried = async { place.open().await?.probe_write(Timestamp::now()).await };
    match timeout(LOOK, tried).await {
        Ok(Ok(())) => Finding::ok(CHECK, format!("{} can be written", path.display())),
        Ok(Err(error)) => unwritable(path, &error.cause),
        Err(_) => unwritable(path, "it takes too long"),
    }
}

/// Whether its owner alone can read it.
fn private(path: &Path) -> Finding {
    const CHECK: &str = "store permissions";
    let mode = path.metadata().map(|about| about.permissions().mode() & 0o777);
    match mode {
        Ok(mode) if mode & 0o077 == 0 => {
            Finding::ok(CHECK, format!("{mode:03o}: its owner's alone"))
        }
        Ok(mode) => {
            let says = format!("{mode:03o}: others can read what was done to whom");
            Finding::warn(CHECK, says, format!("chmod 600 {}", path.display()))
        }
        Err(error) => Finding::fail(CHECK, error, "let this user read it"),
    }
}

/// Whether there is room beside it.
fn space(path: &Path) -> Finding {
    const CHECK: &str = "free space";
    let Ok(system) = rustix::fs::statvfs(nearest(path)) else {
        return Finding::skipped(CHECK, "the file system does not tell");
    };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let says = format!("{:.1} GiB beside the store", free as f64 / (1_u64 << 30) as f64);
    let remedy = "make room: without it nothing can be recorded, and no act is sent";
    match free {
        _ if free < SCARCE.1 => Finding::fail(CHECK, says, remedy),
        _ if free < SCARCE.0 => Finding::warn(CHECK, says, remedy),
        _ => Finding::ok(CHECK, says),
    }
}

/// Whether the newest records are what was written.
async fn chain(store: &Arc<Database>) -> Finding {
    let remedy = "keep a copy of the store, and see `floorwalker audit verify`";
    let checked = timeout(LOOK, proved(store)).await;
    match checked {
        Ok(Ok((size, None))) => Finding::ok(LOG, format!("{size} records, the newest unchanged")),
        Ok(Ok((_, Some(found)))) => Finding::fail(LOG, found, remedy),
        Ok(Err(why)) => Finding::fail(LOG, why, remedy),
        Err(_) => Finding::warn(LOG, "too long to be checked here", "floorwalker audit verify"),
    }
}

/// How many records there are; what is wrong with the newest of them.
async fn proved(store: &Arc<Database>) -> Result<(i64, Option<String>), String> {
    let head = store.head().await.map_err(|e| e.to_string())?;
    if head.size == 0 {
        return Ok((0, None));
    }
    let from = (head.size - NEWEST).max(0) + 1;
    let claimed = Claimed { from, checkpoints: Vec::new() };
    let told = watch::Sender::new(Progress { checked: 0, of: 0 });
    let verified = proof::verify(store, &claimed, &told).await.map_err(|e| e.to_string())?;
    Ok((verified.head.size, verified.finding.map(|finding| finding.to_string())))
}

/// What other systems were to be told.
async fn letters(store: &Database) -> Finding {
    const CHECK: &str = "letters";
    match timeout(LOOK, store.untold()).await {
        Ok(Ok(all)) => {
            let dead = all.iter().filter(|it| it.state == Whereabouts::Dead).count();
            let waiting = all.len() - dead;
            let says = format!("{waiting} wait to be told, {dead} were given up");
            match dead {
                0 => Finding::ok(CHECK, says),
                _ => {
                    Finding::warn(CHECK, says, "floorwalker outbox list --dead, then outbox replay")
                }
            }
        }
        Ok(Err(error)) => Finding::fail(CHECK, error, "floorwalker outbox list"),
        Err(_) => Finding::warn(CHECK, "not read in time", "floorwalker outbox list"),
    }
}

/// A server's tables, as far as they are ours.
async fn server(place: &Place, read_only: bool) -> Vec<Finding> {
    let visited = timeout(LOOK, place.visit()).await;
    let found = match visited {
        Ok(Ok(Some(store))) => {
            let store = Arc::new(store);
            let first = taken(&store, read_only).await;
            vec![first, chain(&store).await, letters(&store).await]
        }
        Ok(Ok(None)) => {
            let says = "the PostgreSQL server lets us in, and its clock is ours: the tables are made at the \
                        first start";
            vec![Finding::ok(CHECK, says)]
        }
        Ok(Err(error)) => {
            none_after(unread(&error, "correct `store` in the configuration, or see to the server"))
        }
        Err(_) => {
            none_after(Finding::fail(CHECK, "the PostgreSQL server does not answer", "is it up?"))
        }
    };
    let rest = |check: &&str| Finding::skipped(check, "a server's own affair");
    found.into_iter().chain(["store permissions", "free space"].iter().map(rest)).collect()
}

fn none_after(first: Finding) -> Vec<Finding> {
    std::iter::once(first).chain(none_of(&REST[1..], "the store can't be read")).collect()
}

/// Whether a server takes what we write, by writing what has no meaning.
async fn taken(store: &Database, read_only: bool) -> Finding {
    const THERE: &str = "the PostgreSQL server lets us in, its clock is ours";
    if read_only {
        return Finding::ok(CHECK, format!("{THERE}, and it is only read"));
    }
    let why = match timeout(LOOK, store.probe_write(Timestamp::now())).await {
        Ok(Ok(())) => return Finding::ok(CHECK, format!("{THERE}, and it can be written")),
        Ok(Err(error)) => error.cause.to_string(),
        Err(_) => "it takes too long".to_owned(),
    };
    let says =
        format!("the server lets us in, and can't be written: {why}; no act is sent without it");
    Finding::fail(
        CHECK,
        says,
        "let this role write the tables, or name another store in the configuration",
    )
}
