//! Records into a file, one line each, as the chain's page describes them: whole, or not at all.
//!
//! The file has another name, and nobody else's eyes, until the last line is on disk.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use tempfile::NamedTempFile;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinError, spawn_blocking},
    time::{MissedTickBehavior, interval},
};

use super::{LogNews, prove::TOLD};
use crate::{
    domain::{
        audit::{Hash, LogName, Sealed},
        query::Query,
        text::Plain,
    },
    engine::proof::Progress,
    store::{Journal, StoreError},
};

/// Records that are read and written at a time.
const STRETCH: u32 = 4096;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The log can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be written.
    #[error("the file can't be written: {0}")]
    File(#[from] io::Error),
    /// Writing was broken off.
    #[error("the export was broken off: {0}")]
    Broken(#[from] JoinError),
}

/// Writes what matches to a file in the working directory, and tells how that goes. Dropped, it stops and
/// leaves nothing behind.
pub async fn export(
    journal: &impl Journal,
    query: Query,
    now: Timestamp,
    news: &mpsc::Sender<LogNews>,
) {
    let progress = watch::Sender::<Progress>::default();
    let written = here(now).map_err(Unwritten::File);
    let writing = async {
        let path = written?;
        let records = write(journal, Arc::new(query), &path, &progress).await?;
        Ok::<_, Unwritten>(LogNews::Exported { path, records })
    };
    tokio::pin!(writing);
    let mut due = interval(TOLD);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let last = loop {
        tokio::select! {
            done = &mut writing => break done.unwrap_or_else(|error| {
                LogNews::NotExported(Plain::new(&error.to_string()))
            }),
            _ = due.tick() => {
                let so_far = *progress.borrow();
                if news.send(LogNews::Exporting(so_far)).await.is_err() {
                    return;
                }
            }
        }
    };
    let _ = news.send(last).await;
}

fn here(now: Timestamp) -> io::Result<PathBuf> {
    let name = format!("floorwalker-audit-{}.jsonl", now.strftime("%Y%m%dT%H%M%S%3fZ"));
    Ok(std::env::current_dir()?.join(name))
}

/// Writes the records that match to `path`, in their order, and tells how many there are.
///
/// # Errors
/// If the log can't be read or the file not written; or if it is there already.
pub async fn write(
    journal: &impl Journal,
    query: Arc<Query>,
    path: &Path,
    progress: &watch::Sender<Progress>,
) -> Result<u64, Unwritten> {
    let head = journal.head().await?;
    let (path, name) = (path.to_owned(), path.file_name().unwrap_or_default().to_owned());
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let file = spawn_blocking(move || tempfile::Builder::new().prefix(&name).tempfile_in(folder));
    let mut sheet = Sheet {
        file: file.await??,
        log: head.log.clone(),
        previous: head.log.genesis(),
        query,
        next: 1,
        records: 0,
    };
    progress.send_replace(Progress { checked: 0, of: head.size });
    while sheet.next <= head.size {
        let mut sealed = journal.sealed(sheet.next, STRETCH).await?;
        sealed.retain(|record| record.seq <= head.size);
        if sealed.is_empty() {
            break;
        }
        sheet = spawn_blocking(move || sheet.with(&sealed)).await??;
        progress.send_modify(|progress| progress.checked = sheet.next - 1);
    }
    let records = sheet.records;
    spawn_blocking(move || sheet.close(&path)).await??;
    Ok(records)
}

/// A file that is being written.
struct Sheet {
    file: NamedTempFile,
    log: LogName,
    /// The hash that the next record follows.
    previous: Hash,
    query: Arc<Query>,
    next: i64,
    records: u64,
}

impl Sheet {
    fn with(mut self, sealed: &[Sealed]) -> io::Result<Self> {
        let mut text = String::new();
        for record in sealed {
            if self.query.is_all() || self.query.matches(&record.shown()) {
                text.push_str(&record.line(&self.log, self.previous));
                text.push('\n');
                self.records += 1;
            }
            (self.previous, self.next) = (record.hash, record.seq + 1);
        }
        self.file.write_all(text.as_bytes())?;
        Ok(self)
    }

    fn close(self, path: &Path) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist_noclobber(path).map(drop).map_err(|error| error.error)
    }
}
