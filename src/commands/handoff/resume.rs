//! What a ledger means for those who run it again: what is done stays done, what may have happened is
//! not tried again, and what was cut short is looked up where it was written down.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    desk::Counter,
    ledger::{Entry, Ledger, State, is_done},
    report::{End, UNKNOWN},
};
use crate::{
    commands::{Failure, listing::warn},
    domain::{
        audit::AuditEvent,
        handoff::Stage,
        id::{HandoffId, SessionId},
        text::Plain,
    },
    genesys::Genesys,
    store::{Store, StoreError},
};

/// Records of the audit log that are read at once.
const PAGE: u32 = 500;

/// The sessions that are not to be tried again, with their ends. `settled` are those that were found
/// cut short a moment ago.
pub async fn resume<G: Genesys, S: Store>(
    counter: &Counter<G, S>,
    ledger: Option<&Ledger>,
    settled: &HashMap<HandoffId, Stage>,
    dry_run: bool,
) -> Result<HashMap<SessionId, End>, Failure> {
    let Some(ledger) = ledger else { return Ok(HashMap::new()) };
    let open = ledger.entries().filter(|e| e.state == State::Begun);
    let open: Vec<_> = open.filter(|e| !settled.contains_key(&e.handoff)).collect();
    let told = read_log(&*counter.desk.store, &open).await?;
    let mut ends = HashMap::new();
    for entry in ledger.entries() {
        let outcome = match (&entry.outcome, settled.get(&entry.handoff)) {
            (Some(outcome), _) => Some(outcome.clone()),
            (None, Some(stage)) => Some(stage.word().into()),
            (None, None) => told.get(&entry.handoff).cloned().unwrap_or(Told::Nothing).outcome(),
        };
        if entry.state == State::Begun && !dry_run {
            write_down(ledger, entry, outcome.as_ref(), counter.desk.clock.now());
        }
        if let Some(end) = outcome.and_then(|outcome| end(entry, &outcome)) {
            ends.insert(entry.session.canonical(), end);
        }
    }
    Ok(ends)
}

/// What the audit log says of a handoff.
#[derive(Clone)]
enum Told {
    /// It was never announced, so nothing of it has left.
    Nothing,
    /// It was announced and has not ended.
    Begun,
    /// It has ended.
    Ended(Plain),
}

impl Told {
    /// `None` for what certainly did not happen.
    fn outcome(self) -> Option<Plain> {
        match self {
            Self::Nothing => None,
            Self::Begun => Some("unknown".into()),
            Self::Ended(outcome) => Some(outcome),
        }
    }
}

/// Reads the audit log back to the first line of the oldest of these.
async fn read_log<S: Store>(
    store: &S,
    open: &[&Entry],
) -> Result<HashMap<HandoffId, Told>, StoreError> {
    let mut told = HashMap::new();
    let mut wanted: HashSet<&HandoffId> = open.iter().map(|e| &e.handoff).collect();
    let hour = jiff::SignedDuration::from_hours(1);
    let oldest = open.iter().map(|e| e.at).min().and_then(|at| at.checked_sub(hour).ok());
    let mut before = None;
    while !wanted.is_empty() {
        let records = store.page(before, PAGE).await?;
        let Some(last) = records.last() else { break };
        before = Some(last.seq);
        let past = oldest.is_some_and(|oldest| last.timestamp < oldest);
        for record in records {
            let Some(id) = record.handoff.filter(|id| wanted.contains(id)) else { continue };
            let found = match AuditEvent::from_name(&record.event) {
                Some(event) if event.is_final() => Told::Ended(record.status.unwrap_or_default()),
                Some(AuditEvent::HandoffInitiated) => Told::Begun,
                _ => continue,
            };
            // Newest first: what is found first is how it stands.
            wanted.remove(&id);
            told.insert(id, found);
        }
        if past {
            break;
        }
    }
    Ok(told)
}

/// What was found out need not be found out again.
fn write_down(ledger: &Ledger, entry: &Entry, outcome: Option<&Plain>, now: Timestamp) {
    let nothing = Plain::new("not begun");
    let outcome = outcome.unwrap_or(&nothing);
    if let Err(error) = ledger.end(&entry.session, &entry.handoff, outcome, now) {
        warn(&format!("the ledger can't be written: {error}"));
    }
}

/// `None` if it may be tried again.
fn end(entry: &Entry, outcome: &Plain) -> Option<End> {
    let (code, reason) = match outcome.as_str() {
        done if is_done(done) => (0, "done before, as the ledger says"),
        "unknown" => (UNKNOWN, "nobody knows what became of it: look at the session"),
        _ => return None,
    };
    let end = End::untried(outcome, Plain::new(reason), code);
    Some(End { handoff: Some(entry.handoff.clone()), ..end })
}
