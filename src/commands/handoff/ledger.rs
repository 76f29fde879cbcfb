//! What has been done of a batch, in a file that outlives the process: one JSON object a line, written
//! and synced before a handoff begins and after it has ended.
//!
//! It says which handoffs were this batch's, and nothing more: what became of one that was cut short is
//! for the audit log to tell ([`super::resume`]).

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    commands::Failure,
    domain::{
        handoff::{HandoffOrder, Stage},
        id::{HandoffId, SessionId},
        text::Plain,
    },
};

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which session.
    pub session: SessionId,
    /// Which handoff.
    pub handoff: HandoffId,
    /// How far it has come.
    pub state: State,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Plain>,
    /// When this was written.
    pub at: Timestamp,
}

/// How far a handoff has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It may have left.
    Begun,
    /// It has ended.
    Ended,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    file: Mutex<File>,
    entries: HashMap<SessionId, Entry>,
}

impl Drop for Ledger {
    /// A child of this process that has not become another program yet holds the file open, and with it
    /// the lock: without a word it would be free only when that has happened.
    fn drop(&mut self) {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        // One that was only looked into has none, and one that can't be given back ends with the process.
        let _ = file.unlock();
    }
}

impl Ledger {
    /// Opens it for this process alone, or makes it.
    ///
    /// # Errors
    /// If it can't be opened, is another process's, or is no ledger.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |e: io::Error| unusable(path, &e.to_string());
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.display();
                return Err(Failure::conflict(format!(
                    "Another floorwalker is working on the ledger {path}: wait until it has ended"
                )));
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let (entries, whole) = read(&mut file, path)?;
        // The half line of a crash must not become the start of the next one.
        file.set_len(whole).map_err(failed)?;
        Ok(Self { file: Mutex::new(file), entries })
    }

    /// Only looks into it, if there is one.
    ///
    /// # Errors
    /// If it can't be read or is no ledger.
    pub fn peek(path: &Path) -> Result<Option<Self>, Failure> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unusable(path, &e.to_string())),
        };
        let (entries, _) = read(&mut file, path)?;
        Ok(Some(Self { file: Mutex::new(file), entries }))
    }

    /// The last that is known of each session.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Writes down that a handoff begins. When this has not worked, it must not.
    ///
    /// # Errors
    /// If it is not on disk.
    pub fn begin(&self, order: &HandoffOrder, now: Timestamp) -> io::Result<()> {
        self.write(&order.session, &order.id, State::Begun, None, now)
    }

    /// Writes down how a handoff has ended.
    ///
    /// # Errors
    /// If it is not on disk.
    pub fn end(
        &self,
        session: &SessionId,
        handoff: &HandoffId,
        outcome: &Plain,
        now: Timestamp,
    ) -> io::Result<()> {
        self.write(session, handoff, State::Ended, Some(outcome.clone()), now)
    }

    fn write(
        &self,
        session: &SessionId,
        handoff: &HandoffId,
        state: State,
        outcome: Option<Plain>,
        at: Timestamp,
    ) -> io::Result<()> {
        let (session, handoff) = (session.canonical(), handoff.clone());
        let entry = Entry { session, handoff, state, outcome, at };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.sync_data()
    }
}

/// Whether a handoff that ended with this word has done what it was to do.
pub fn is_done(outcome: &str) -> bool {
    [Stage::Queued.word(), "accepted"].contains(&outcome)
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("The ledger {} can't be used: {why}", path.display()))
}

/// The last entry of each session, and how many bytes are whole lines.
fn read(file: &mut File, path: &Path) -> Result<(HashMap<SessionId, Entry>, u64), Failure> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| unusable(path, &e.to_string()))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut entries = HashMap::new();
    let lines = bytes[..whole].split(|byte| *byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let entry: Entry = serde_json::from_slice(line)
            .map_err(|e| unusable(path, &format!("line {} is no entry: {e}", number + 1)))?;
        entries.insert(entry.session.canonical(), entry);
    }
    Ok((entries, u64::try_from(whole).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::{
        handoff::Target,
        session::{SessionState, Standing},
    };

    fn order(session: &str) -> HandoffOrder {
        let seen = Standing { state: SessionState::Bot, queue: None, agent: None };
        HandoffOrder::new(session.into(), seen, Target::Queue("q".into()))
    }

    #[test]
    fn the_last_line_of_a_session_counts_and_half_a_line_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let (one, two) = (order("a"), order("b"));
        {
            let ledger = Ledger::open(&path).unwrap();
            ledger.begin(&one, Timestamp::now()).unwrap();
            ledger.begin(&two, Timestamp::now()).unwrap();
            ledger.end(&one.session, &one.id, &"queued".into(), Timestamp::now()).unwrap();
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"session\":\"b\"")
            .unwrap();
        let ledger = Ledger::open(&path).unwrap();
        let state = |id: &str| ledger.entries().find(|e| e.session == id.into()).unwrap().state;
        assert_eq!((state("a"), state("b")), (State::Ended, State::Begun));
        ledger.end(&two.session, &two.id, &"failed".into(), Timestamp::now()).unwrap();
        drop(ledger);
        let ledger = Ledger::peek(&path).unwrap().unwrap();
        assert_eq!(ledger.entries().filter(|e| e.state == State::Ended).count(), 2);
    }

    #[test]
    fn it_is_free_once_it_is_closed_whatever_a_child_still_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path).unwrap();
        let _of_a_child = ledger.file.lock().unwrap().try_clone().unwrap();
        drop(ledger);
        Ledger::open(&path).unwrap();
    }

    #[test]
    fn a_ledger_is_one_process_s_and_nothing_else_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let _held = Ledger::open(&path).unwrap();
        assert_eq!(Ledger::open(&path).unwrap_err().code, 5);
        let other = folder.path().join("notes");
        std::fs::write(&other, "buy milk\n").unwrap();
        assert_eq!(Ledger::open(&other).unwrap_err().code, 2);
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "buy milk\n");
        assert!(Ledger::peek(&folder.path().join("none")).unwrap().is_none());
    }
}
