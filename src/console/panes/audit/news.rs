//! What the engine tells of the log: pages, what comes, what was found, how the errands go.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{Audit, KEPT};
use crate::{
    console::view::{Ctx, Handed, incident::Incident},
    domain::{audit::AuditRecord, id::SessionId, stats::Outcome},
    engine::{Command, Level, LogAsk, LogNews, Wanted, Work},
};

/// What has come of news, beyond the pane.
#[derive(Debug)]
pub enum Turn {
    /// Nothing.
    None,
    /// A person should know.
    Said(Level, String),
    /// All records of an incident are there, oldest first.
    Gathered(Incident, Vec<Arc<AuditRecord>>),
}

impl From<Option<(Level, String)>> for Turn {
    fn from(said: Option<(Level, String)>) -> Self {
        said.map_or(Self::None, |(level, text)| Self::Said(level, text))
    }
}

impl Audit {
    /// Takes a page of older records in.
    pub fn append(&mut self, page: Vec<AuditRecord>, complete: bool, cx: &Ctx) {
        (self.asked, self.known) = (false, true);
        self.older = !(complete || page.is_empty());
        let oldest = self.log.last().map_or(i64::MAX, |record| record.seq);
        let page = page.into_iter().filter(|record| record.seq < oldest).map(Arc::new);
        self.log.extend(page);
        self.complete = !self.older || self.log.len() >= KEPT;
        self.newest = self.newest.max(self.log.first().map_or(0, |record| record.seq));
        self.select_rows(cx);
    }

    /// Takes in what has come, oldest first. A cursor that follows is on the newest afterwards.
    fn grow(&mut self, records: Vec<AuditRecord>, cx: &Ctx) {
        let new = records.into_iter().filter(|record| record.seq > self.newest).map(Arc::new);
        let mut new: Vec<_> = new.collect();
        new.reverse();
        let Some(newest) = new.first().map(|record| record.seq) else { return };
        self.newest = newest;
        let shown = new.iter().filter(|record| self.finder.query().matches(record.as_ref()));
        let shown: Vec<_> = shown.cloned().collect();
        if !self.follows {
            self.missed += u64::try_from(shown.len()).unwrap_or(0);
        }
        self.log.splice(0..0, new);
        self.rows.splice(0..0, shown);
        if self.log.len() > KEPT {
            let gone = self.log.split_off(KEPT);
            self.let_go(gone);
            (self.older, self.complete) = (true, true);
        }
        self.observe_rows(cx);
    }

    /// Records are kept no longer. Those that are looked for stay in sight: the store was asked only for what
    /// lies below them.
    fn let_go(&mut self, gone: Vec<Arc<AuditRecord>>) {
        if !self.finder.is_set() {
            return self.rows.truncate(KEPT);
        }
        let query = self.finder.query().clone();
        self.finder.keep(gone.into_iter().filter(|record| query.matches(record.as_ref())));
        // Nothing is taken away below somebody who reads there.
        if self.follows {
            let shed = self.finder.shed(KEPT);
            self.rows.truncate(self.rows.len() - shed);
        }
    }

    /// Takes news in.
    pub fn take(&mut self, news: LogNews, cx: &Ctx) -> Turn {
        match news {
            LogNews::Grown(records) => self.grow(records, cx),
            LogNews::Unread => self.was_not_asked(cx.now),
            LogNews::Found { id, records, rest, done } => {
                if let Some((incident, whole)) = self.errands.take(id, &records, done) {
                    return Turn::Gathered(incident, whole);
                }
                if self.finder.take(id, records, (rest, done)) {
                    self.select_rows(cx);
                }
            }
            LogNews::Counted { id, count } => self.finder.count(id, count),
            LogNews::NotFound { id, reason } => {
                self.finder.fail(id, reason.clone());
                return self.errands.fail(id, &reason).into();
            }
            LogNews::Verifying(progress) => self.errands.verifying(progress),
            LogNews::Verified(proved) => return self.errands.verified(&proved).into(),
            LogNews::NotVerified(reason) => return Some(self.errands.not_verified(&reason)).into(),
            LogNews::Exporting(progress) => self.errands.exporting(progress),
            LogNews::Exported { path, records } => return self.exported(&path, records).into(),
            LogNews::NotExported(reason) => {
                self.errands.exported();
                return Turn::Said(Level::Error, format!("Nothing was exported: {reason}"));
            }
            // The closer look's.
            LogNews::Record(_) | LogNews::NoRecord { .. } => {}
        }
        Turn::None
    }

    fn exported(&mut self, path: &std::path::Path, records: u64) -> Option<(Level, String)> {
        self.errands.exported();
        let records = crate::console::view::words::grouped(records);
        let path = crate::domain::text::Plain::new(&path.to_string_lossy());
        Some((Level::Info, format!("✓ {records} records are in {path}")))
    }

    /// How many handoffs reached a person or a queue since `from`, as far as the records kept tell;
    /// `None` before any were read.
    pub fn handed_since(&self, from: Timestamp) -> Option<Handed> {
        let recent = self.log.iter().take_while(|record| record.timestamp >= from);
        let reached = |record: &&Arc<AuditRecord>| {
            let ended = Outcome::of(&record.event, record.status.as_deref());
            matches!(ended, Some(Outcome::Accepted | Outcome::Queued))
        };
        let count = u64::try_from(recent.filter(reached).count()).unwrap_or(u64::MAX);
        let whole = !self.older || self.log.last().is_some_and(|oldest| oldest.timestamp < from);
        self.known.then_some(Handed { count, whole })
    }

    /// The records kept of these sessions, each oldest first.
    pub fn records_of(
        &self,
        wanted: impl Fn(&SessionId) -> bool,
    ) -> HashMap<SessionId, Vec<Arc<AuditRecord>>> {
        let mut all: HashMap<SessionId, Vec<Arc<AuditRecord>>> = HashMap::new();
        for record in self.log.iter().rev() {
            if let Some(session) = record.session.as_ref().filter(|id| wanted(id)) {
                all.entry(session.clone()).or_default().push(Arc::clone(record));
            }
        }
        all
    }

    /// Begins to gather the records of an incident.
    pub fn gather(&mut self, incident: Incident) -> Command {
        self.errands.gather(incident)
    }

    /// Is told that what it wanted of the log could not be asked.
    pub fn was_not_consulted(&mut self, ask: &LogAsk, cx: &Ctx) {
        match ask {
            LogAsk::Find(Wanted { work: Work::Filter, .. }) => {
                self.finder.was_not_asked(cx.now);
                self.select_rows(cx);
            }
            ask => self.errands.was_not_asked(ask),
        }
    }
}
