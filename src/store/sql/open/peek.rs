//! A file that is only read.

use std::{ffi::OsStr, fs::File, io::Read, path::Path};

use rustix::fs::{Access, access};
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use super::{PATIENCE, files, said};

/// Connections to a store that is there, which change nothing in it.
pub async fn pool(path: &Path) -> Result<SqlitePool, String> {
    if !path.is_file() {
        return Err("there is no such file".into());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    let beside = Path::new(&beside);
    let ahead = beside.metadata().is_ok_and(|about| about.len() > 0);
    let missing = beside.file_name().filter(|_| !ahead && is_written_ahead(path));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let writable = access(folder.unwrap_or(Path::new(".")), Access::WRITE_OK).is_ok();
    // SQLite makes files beside one that it reads, so that it can be read while it is written. Where it
    // can't make any, the file is taken for what it is: a copy that nobody writes.
    let alone = !ahead && !writable;
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(alone);
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options.busy_timeout(PATIENCE).pragma("query_only", "ON"))
        .await
        .map_err(|e| unreadable(&e, ahead && !writable, missing))?;
    let newest = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    let version = sqlx::query(newest).fetch_one(&pool).await;
    let version = version.and_then(|row| row.try_get::<Option<i64>, _>(0));
    match version.map_err(|e| unreadable(&e, ahead && !writable, missing))? {
        version if version == ours() => Ok(pool),
        Some(version) if Some(version) < ours() => Err(
            "it is of an older version: put it in the place of the store, and this version takes it over".into(),
        ),
        Some(_) => Err("it is of a newer version of floorwalker".into()),
        None => Err("it is no store of floorwalker".into()),
    }
}

/// The version that this program makes.
fn ours() -> Option<i64> {
    files().iter().map(|step| step.version).max()
}

/// Whether what is written last to a file of SQLite stands in another one beside it, as the file says itself.
fn is_written_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header.ends_with(&[2, 2])
}

/// `missing` is the name of the file that should be beside it and is not, or is empty.
fn unreadable(error: &sqlx::Error, stuck: bool, missing: Option<&OsStr>) -> String {
    match (error, missing) {
        _ if stuck => {
            "what was written last is in the file -wal beside it, which can't be read in a folder \
                       that can't be written: copy both into another folder"
                .into()
        }
        (sqlx::Error::Database(_), Some(missing)) => format!(
            "nothing can be read in it. If it is a copy of a store, it was made without the file {} beside \
             it, where what was written last stands: copy both",
            missing.display()
        ),
        (sqlx::Error::Database(_), None) => {
            format!("it is no store of floorwalker: {}", said(error))
        }
        _ => error.to_string(),
    }
}
