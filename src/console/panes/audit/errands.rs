//! What is done with the log behind the pane: it is proved, exported, and incidents are gathered from it.

use std::sync::Arc;

use crate::{
    console::{
        theme::Role,
        view::{incident::Incident, words},
        widgets::prose::Line,
    },
    domain::{
        audit::{AuditRecord, Fault, Finding},
        query::Query,
        text::Plain,
    },
    engine::{Command, Level, LogAsk, LogProgress, Proved, Verified, Wanted, Work},
};

/// The most records of an incident; there are a dozen.
const MOST: usize = 500;

/// What is under way, and what has come of it.
#[derive(Debug, Default)]
pub struct Errands {
    proof: Proof,
    /// So many records were seen when the proof began.
    seen: i64,
    export: Option<LogProgress>,
    gathering: Option<Gathering>,
    /// The number of the last incident; apart from those of filters, which are small.
    last: u64,
}

/// How the proof goes.
#[derive(Debug, Default)]
enum Proof {
    /// Nobody has asked for one.
    #[default]
    None,
    /// So far.
    Runs(LogProgress),
    /// All is as it was written: so many records.
    Holds(i64),
    /// What is wrong, in two words: the whole of it is said once.
    Broken(String),
}

#[derive(Debug)]
struct Gathering {
    id: u64,
    incident: Incident,
    records: Vec<Arc<AuditRecord>>,
}

/// What is said of it, and how loudly.
pub type Said = (Level, String);

impl Errands {
    /// Begins to prove the log, of which so many records were seen here, or calls that off.
    pub fn verify(&mut self, seen: i64) -> (Command, &'static str) {
        match self.proof {
            Proof::Runs(_) => {
                self.proof = Proof::None;
                (Command::Log(LogAsk::Stop(Work::Proof)), "The check was called off")
            }
            _ => {
                self.proof = Proof::Runs(LogProgress::default());
                self.seen = seen;
                (Command::Log(LogAsk::Verify), "Checking the audit log")
            }
        }
    }

    /// So far it has come.
    pub fn verifying(&mut self, progress: LogProgress) {
        // One that was called off may have told of itself a moment before.
        if let Proof::Runs(so_far) = &mut self.proof {
            *so_far = progress;
        }
    }

    /// It has come to its end.
    pub fn verified(&mut self, proved: &Proved) -> Option<Said> {
        if !matches!(self.proof, Proof::Runs(_)) {
            return None;
        }
        let verified = &proved.verified;
        // What was seen here when it began has to be there: a chain alone does not miss its tail.
        let cut =
            Finding { seq: verified.head.size + 1, fault: Fault::Truncated { signed: self.seen } };
        let cut = (verified.head.size < self.seen).then_some(&cut);
        if let Some(finding) = verified.finding.as_ref().or(cut) {
            let seq = words::grouped(finding.seq.unsigned_abs());
            self.proof = Proof::Broken(format!("record {seq}: {}", finding.word()));
            let sound = match verified.sound {
                1 => "1 record is sound".to_owned(),
                n => format!("{} records are sound", words::grouped(n.unsigned_abs())),
            };
            let text = format!("The audit log is not as it was written: {finding}; {sound}");
            return Some((Level::Error, text));
        }
        if let (0, Some(other)) = (verified.agreed, verified.strangers.first()) {
            self.proof = Proof::Broken("not the signed log".into());
            return Some((Level::Error, format!("This is not the log that was signed: {other}")));
        }
        self.proof = Proof::Holds(verified.sound);
        let text = holds(verified);
        Some(match proved.refused.as_slice() {
            [] => (Level::Info, format!("✓ {text}")),
            refused => {
                let refused: Vec<&str> = refused.iter().map(Plain::as_str).collect();
                (Level::Warn, format!("{text}; left aside: {}", refused.join("; ")))
            }
        })
    }

    /// True once it has been checked to its end, whatever came of it.
    pub fn is_checked(&self) -> bool {
        matches!(self.proof, Proof::Holds(_) | Proof::Broken(_))
    }

    /// It could not be checked.
    pub fn not_verified(&mut self, reason: &Plain) -> Said {
        self.proof = Proof::None;
        (Level::Error, format!("The audit log could not be checked: {reason}"))
    }

    /// Begins to write what `query` finds to a file, or calls that off.
    pub fn export(&mut self, query: &Query) -> (Command, &'static str) {
        if self.export.take().is_some() {
            return (Command::Log(LogAsk::Stop(Work::Export)), "The export was called off");
        }
        self.export = Some(LogProgress::default());
        (Command::Log(LogAsk::Export(query.clone())), "Exporting what is shown")
    }

    /// So far it has come.
    pub fn exporting(&mut self, progress: LogProgress) {
        self.export = self.export.map(|_| progress);
    }

    /// There is a file, or there will be none.
    pub fn exported(&mut self) {
        self.export = None;
    }

    /// Begins to gather an incident.
    pub fn gather(&mut self, incident: Incident) -> Command {
        const APART: u64 = 1 << 32;
        self.last = self.last.max(APART) + 1;
        let id = self.last;
        let query = incident.query();
        self.gathering = Some(Gathering { id, incident, records: Vec::new() });
        let wanted =
            Wanted { id, work: Work::Incident, query, below: None, most: MOST, count: false };
        Command::Log(LogAsk::Find(wanted))
    }

    /// Takes records of it. The whole of it, once that is there.
    pub fn take(
        &mut self,
        id: u64,
        records: &[AuditRecord],
        done: bool,
    ) -> Option<(Incident, Vec<Arc<AuditRecord>>)> {
        let gathering = self.gathering.as_mut().filter(|gathering| gathering.id == id)?;
        gathering.records.extend(records.iter().cloned().map(Arc::new));
        let mut whole = self.gathering.take_if(|_| done)?;
        whole.records.reverse();
        Some((whole.incident, whole.records))
    }

    /// An incident can't be gathered.
    pub fn fail(&mut self, id: u64, reason: &Plain) -> Option<Said> {
        self.gathering.take_if(|gathering| gathering.id == id)?;
        Some((Level::Error, format!("Nothing was copied: {reason}")))
    }

    /// Is told that the engine was not asked.
    pub fn was_not_asked(&mut self, ask: &LogAsk) {
        match ask {
            LogAsk::Verify | LogAsk::Stop(Work::Proof) => self.proof = Proof::None,
            LogAsk::Export(_) | LogAsk::Stop(Work::Export) => self.export = None,
            LogAsk::Find(Wanted { work: Work::Incident, .. }) => self.gathering = None,
            _ => {}
        }
    }

    /// True while it is checked.
    pub fn verifies(&self) -> bool {
        matches!(self.proof, Proof::Runs(_))
    }

    /// True while a file is written.
    pub fn exports(&self) -> bool {
        self.export.is_some()
    }

    /// `line` with how all of this goes.
    pub fn line(&self, line: Line) -> Line {
        let line = match &self.proof {
            Proof::None => line,
            Proof::Runs(progress) => {
                line.and(Role::Accent, format!("  ◌ checked {}", share(*progress)))
            }
            Proof::Holds(count) => {
                let count = words::grouped(count.unsigned_abs());
                line.and(Role::Good, format!("  ✓ {count} verified"))
            }
            Proof::Broken(what) => line.and(Role::Alarm, format!("  ✗ {what}")),
        };
        match self.export {
            Some(progress) => line.and(Role::Accent, format!("  ◌ exported {}", share(progress))),
            None => line,
        }
    }
}

/// That all is as it was written, and who else says so.
fn holds(verified: &Verified) -> String {
    let count = words::grouped(verified.sound.unsigned_abs());
    let purges = verified.told.purges().into_iter();
    let purged = match purges.map(|purge| purge.end() - purge.start() + 1).sum::<i64>() {
        0 => String::new(),
        n => format!(", {} of them purged", words::grouped(n.unsigned_abs())),
    };
    let head = verified.head.hash.to_string();
    let head = head.get(..8).unwrap_or_default();
    let newest = verified.signed.map(|size| words::grouped(size.unsigned_abs()));
    let signed = match (verified.agreed, newest) {
        (1, Some(newest)) => format!("1 checkpoint agrees, of record {newest}"),
        (n, Some(newest)) => {
            let n = words::grouped(u64::try_from(n).unwrap_or(u64::MAX));
            format!("{n} checkpoints agree, newest: record {newest}")
        }
        (_, None) => "no checkpoint to hold them against".into(),
    };
    format!("{count} records verified{purged}; head {head}…; {signed}")
}

fn share(progress: LogProgress) -> String {
    let LogProgress { checked, of } = progress;
    format!("{} %", (checked * 100).checked_div(of).unwrap_or(0))
}
