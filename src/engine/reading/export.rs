//! Records into a file, behind somebody who goes on working: whole, or not at all.

use std::{io, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};

use super::{LogNews, prove::TOLD};
use crate::{
    domain::{query::Query, text::Plain},
    engine::{
        export::{Format, Unwritten, Whole, Written, write},
        proof::Progress,
    },
    store::Journal,
};

/// Where a file goes that is written at this time: into the working directory.
///
/// # Errors
/// If there is none any more.
pub fn here(now: Timestamp) -> io::Result<PathBuf> {
    let name = format!("floorwalker-audit-{}.jsonl", now.strftime("%Y%m%dT%H%M%S%3fZ"));
    Ok(std::env::current_dir()?.join(name))
}

/// Writes what matches to a new file, and tells how that goes. Dropped, it stops and leaves nothing behind.
pub async fn export<J: Journal>(
    journal: &Arc<J>,
    query: Query,
    path: io::Result<PathBuf>,
    news: &mpsc::Sender<LogNews>,
) {
    let progress = watch::Sender::<Progress>::default();
    let writing = async {
        let path = path?;
        let mut file = Whole::begin(&path, false)?;
        let Written { records, finding } =
            write(journal, &query, Format::Jsonl, &mut file, &progress).await?;
        file.keep()?;
        if let Some(finding) = finding {
            tracing::warn!("the log that was exported is not what was written: {finding}");
        }
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
