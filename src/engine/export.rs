//! The log as text, from its first record to its last: lines that another log can take over, or a table.
//!
//! ```text
//! the log ─ pages ─→ read ahead ─→ tested ─→ written down ─→ out
//! ```
//! A few pages are in memory at a time, however long the log is. What is written while this reads is left
//! out: the end is where the log ended at the start.

mod checked;
mod scribe;
mod whole;

use std::{
    io::{self, Write},
    sync::Arc,
};

use futures_util::{Stream, StreamExt, stream};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
};
use tokio_util::task::AbortOnDropHandle;

use super::proof::Progress;
use crate::{
    domain::{
        audit::{Finding, Sealed},
        query::Query,
    },
    store::{Journal, StoreError},
};

use self::checked::Checked;
pub use self::{
    scribe::{Format, Scribe},
    whole::Whole,
};

/// Records of a page: some hundred kilobytes.
const PAGE: u32 = 512;
/// Pages that are read ahead.
const AHEAD: usize = 2;
/// Pages that are written down at a time.
const WRITERS: usize = 4;

/// Why the log could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// It can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where it goes, nothing can be written, or nobody reads any more.
    #[error("{0}")]
    Out(#[from] io::Error),
}

/// What was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many records.
    pub records: u64,
    /// The first that is not what was once written to the log, where all of them were looked at.
    pub finding: Option<Finding>,
}

/// Writes down what matches `query`, in its order, and checks the chain where that is all of it. Dropped, it
/// stops.
///
/// # Errors
/// If the log can't be read, or `out` takes no more.
pub async fn write<J: Journal>(
    journal: &Arc<J>,
    query: &Query,
    format: Format,
    out: &mut (impl Write + Send),
    told: &watch::Sender<Progress>,
) -> Result<Written, Unwritten> {
    let head = journal.head().await?;
    let mut checked = query.is_all().then(|| Checked::begin(&head));
    let scribe = Scribe::begin(format, &head.log);
    out.write_all(&scribe.header())?;
    let mut records = 0;
    let (pages, _reading) = read_ahead(journal, head.size);
    let mut sheets = sheets(pages, scribe, query);
    while let Some(sheet) = sheets.next().await {
        let Sheet { page, text, written } = sheet?;
        if let Some(checked) = &mut checked {
            checked.see(&page);
        }
        records += written;
        out.write_all(&text)?;
        let checked = page.last().map_or(0, |last| last.seq);
        told.send_replace(Progress { checked, of: head.size });
    }
    out.flush()?;
    let finding = match checked {
        Some(checked) => checked.end(&**journal, &head).await?,
        None => None,
    };
    Ok(Written { records, finding })
}

/// A page that was written down.
struct Sheet {
    page: Arc<Vec<Sealed>>,
    text: Vec<u8>,
    written: u64,
}

/// Writes pages down, some at a time: each needs nothing of the one before but its last hash.
fn sheets(
    mut pages: mpsc::Receiver<Page>,
    mut scribe: Scribe,
    query: &Query,
) -> impl Stream<Item = Result<Sheet, Unwritten>> {
    let query = Arc::new(query.clone());
    let write = move |page: Page| {
        let (query, mut ours) = (Arc::clone(&query), scribe.clone());
        let page = page.map(Arc::new);
        if let Some(last) = page.as_ref().ok().and_then(|page| page.last()) {
            scribe.follow(last.hash);
        }
        async move {
            let page = page?;
            let read = Arc::clone(&page);
            let writing = spawn_blocking(move || {
                let mut text = Vec::new();
                let written = ours.write(&read, |sealed| passes(&query, sealed), &mut text);
                (text, written)
            });
            let (text, written) = writing.await.map_err(io::Error::other)?;
            Ok(Sheet { page, text, written })
        }
    };
    stream::poll_fn(move |cx| pages.poll_recv(cx)).map(write).buffered(WRITERS)
}

/// A record that can't be read is looked for as it is shown: what is wrong with it.
fn passes(query: &Query, sealed: &Sealed) -> bool {
    query.is_all() || query.matches(&sealed.shown())
}

type Page = Result<Vec<Sealed>, StoreError>;

/// All pages up to the record `last`, read by a task that ends with its handle.
fn read_ahead<J: Journal>(
    journal: &Arc<J>,
    last: i64,
) -> (mpsc::Receiver<Page>, AbortOnDropHandle<()>) {
    let (read, pages) = mpsc::channel(AHEAD);
    let journal = Arc::clone(journal);
    let reading = tokio::spawn(async move {
        let mut from = 1;
        while from <= last {
            let left = u32::try_from(last - from + 1).unwrap_or(PAGE);
            let page = journal.sealed(from, left.min(PAGE)).await;
            let end = page.as_ref().ok().and_then(|page| page.last()).map(|last| last.seq);
            if end.is_none() && page.is_ok() {
                break;
            }
            if read.send(page).await.is_err() {
                break;
            }
            let Some(end) = end else { break };
            from = end + 1;
        }
    });
    (pages, AbortOnDropHandle::new(reading))
}
