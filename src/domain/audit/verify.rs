//! Checks a chain, record after record: the first that is not what was written is named, with what is
//! wrong with it.

use std::{fmt, ops::RangeInclusive};

use super::chain::{Filed, Hash, Outline, Sealed};

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there; another follows in its place.
    Missing,
    /// Its text, its hash, or what the store finds it by is not what was written.
    Changed(Part),
    /// It belongs to no log: numbers begin at one.
    Surplus,
    /// Another record stands in its place.
    Displaced {
        /// The number that the record in its place has by its own text.
        by: i64,
    },
    /// Its personal part is gone, and no purge says so.
    Robbed,
    /// The log ends before a record that was signed.
    Truncated {
        /// How many records were signed.
        signed: i64,
    },
    /// The chain fits, but this is not the record that was signed: it, or one before it, was changed, and
    /// all that follows was computed anew.
    Recomputed {
        /// Up to here a checkpoint vouches for the records; zero if none does.
        sound: i64,
    },
}

/// Which part of a record was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public part, or the hash beside it.
    Public,
    /// The personal part.
    Personal,
    /// The columns that the store finds it by.
    Columns,
}

/// The first record that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its number.
    pub seq: i64,
    /// What is wrong.
    pub fault: Fault,
}

impl Finding {
    fn of(seq: i64, fault: Fault) -> Self {
        Self { seq, fault }
    }

    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self.fault {
            Fault::Missing => "missing",
            Fault::Changed(_) => "changed",
            Fault::Surplus => "inserted",
            Fault::Displaced { .. } => "reordered",
            Fault::Robbed => "robbed",
            Fault::Truncated { .. } => "truncated",
            Fault::Recomputed { .. } => "recomputed",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match &self.fault {
            Fault::Missing => write!(f, "record {seq} is missing"),
            Fault::Surplus => write!(f, "record {seq} was inserted: numbers begin at 1"),
            Fault::Changed(Part::Public) => write!(f, "record {seq} was changed"),
            Fault::Changed(Part::Personal) => {
                write!(f, "the personal part of record {seq} was changed")
            }
            Fault::Changed(Part::Columns) => {
                write!(f, "record {seq} is filed under another time or event than its own")
            }
            Fault::Displaced { by } => {
                write!(f, "records were reordered: in the place of record {seq} stands record {by}")
            }
            Fault::Robbed => {
                write!(f, "record {seq} has lost its personal part, and no purge speaks of it")
            }
            Fault::Truncated { signed } => write!(
                f,
                "the log was truncated: record {seq} is missing, {signed} records are vouched for"
            ),
            Fault::Recomputed { sound } => write!(
                f,
                "the log was recomputed: record {seq} is not the one that was signed; a record from {} to \
                 {seq} was changed",
                sound + 1
            ),
        }
    }
}

/// What a checked stretch of the log tells besides being whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Numbers whose personal part is gone, in stretches.
    pub bare: Vec<RangeInclusive<i64>>,
    /// Up to here the records that were seen speak of a purge.
    pub purged: i64,
}

impl Told {
    /// Adds what a later stretch tells.
    pub fn join(&mut self, later: Self) {
        for range in later.bare {
            match self.bare.last_mut().filter(|last| last.end() + 1 == *range.start()) {
                Some(last) => *last = *last.start()..=*range.end(),
                None => self.bare.push(range),
            }
        }
        self.purged = self.purged.max(later.purged);
    }

    /// What is gone because it was purged. What is gone besides was robbed, or is told of by a later record.
    pub fn purges(&self) -> Vec<RangeInclusive<i64>> {
        let known = self.bare.iter().filter(|range| *range.start() <= self.purged);
        known.map(|range| *range.start()..=*range.end().min(&self.purged)).collect()
    }

    /// The first record that lost its personal part though nobody purged it.
    pub fn robbed(&self) -> Option<Finding> {
        let beyond = |range: &&RangeInclusive<i64>| *range.end() > self.purged;
        let range = self.bare.iter().find(beyond)?;
        Some(Finding::of((*range.start()).max(self.purged + 1), Fault::Robbed))
    }
}

/// Checks records in their order.
#[derive(Clone, Debug)]
pub struct Verifier {
    next: i64,
    previous: Hash,
    /// The latest time of all records before, where that is known.
    top: Option<i64>,
    told: Told,
}

impl Verifier {
    /// Begins with record `from`, that follows a record with the hash `previous`.
    pub fn new(from: i64, previous: Hash) -> Self {
        let top = (from == 1).then_some(i64::MIN);
        Self { next: from, previous, top, told: Told::default() }
    }

    /// The same, where `top` is the latest time of all records before, in ms since 1970.
    #[must_use]
    pub fn behind(self, top: Option<i64>) -> Self {
        Self { top: top.or(self.top), ..self }
    }

    /// The hash of the record that was checked last.
    pub fn hash(&self) -> Hash {
        self.previous
    }

    /// The number of the record that comes next.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// What the records told.
    pub fn told(self) -> Told {
        self.told
    }

    /// Checks the next record, and that it is found by its own time.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_filed(&mut self, filed: &Filed) -> Result<(), Finding> {
        self.check(&filed.sealed)?;
        let Filed { sealed, top } = filed;
        let misfiled = self.top.zip(*top).is_some_and(|(before, top)| top != before.max(sealed.at));
        self.top = *top;
        match misfiled {
            true => Err(Finding::of(sealed.seq, Fault::Changed(Part::Columns))),
            false => Ok(()),
        }
    }

    /// Checks the next record.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&mut self, sealed: &Sealed) -> Result<(), Finding> {
        let next = self.next;
        let wrong = |fault| Err(Finding::of(next, fault));
        if sealed.seq != next {
            return wrong(Fault::Missing);
        }
        let Ok(outline) = serde_json::from_str::<Outline<'_>>(&sealed.record) else {
            return wrong(Fault::Changed(Part::Public));
        };
        if outline.seq != next {
            return wrong(Fault::Displaced { by: outline.seq });
        }
        if self.previous.then(&sealed.record) != sealed.hash {
            return wrong(Fault::Changed(Part::Public));
        }
        if outline.at() != Ok(sealed.at) || outline.event != sealed.event {
            return wrong(Fault::Changed(Part::Columns));
        }
        match &sealed.personal {
            Some(personal) if Hash::of(personal.as_bytes()).to_string() != outline.personal => {
                return wrong(Fault::Changed(Part::Personal));
            }
            Some(personal) => self.hear(&outline.event, personal),
            // Who purged is never forgotten.
            None if outline.event == super::AuditEvent::AuditPurged.name() => {
                return wrong(Fault::Robbed);
            }
            None => self.told.join(Told { bare: vec![next..=next], purged: 0 }),
        }
        self.previous = sealed.hash;
        self.next += 1;
        Ok(())
    }

    /// A purge says how far it went.
    fn hear(&mut self, event: &str, personal: &str) {
        if event != super::AuditEvent::AuditPurged.name() {
            return;
        }
        let personal: serde_json::Value = serde_json::from_str(personal).unwrap_or_default();
        let through = personal.pointer("/details/through").and_then(serde_json::Value::as_i64);
        self.told.purged = self.told.purged.max(through.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::audit::{Actor, AuditEntry, AuditEvent, AuditRecord, Line, LogName};

    fn log() -> LogName {
        LogName::drawn(7)
    }

    /// A chain of `count` records; number 3 says that all up to `purged` were purged.
    fn chain(count: i64, purged: i64) -> Vec<Sealed> {
        let mut previous = log().genesis();
        let mut chain = Vec::new();
        for seq in 1..=count {
            let event =
                if seq == 3 { AuditEvent::AuditPurged } else { AuditEvent::HandoffInitiated };
            let actor = Actor { user: "mara".into(), host: "desk-1".into(), ..Actor::default() };
            let mut entry = AuditEntry::of(event, actor, "acme".into(), "gateway");
            entry.reason = Some("\"quoted\"\n€".into());
            entry.request_ms = Some(12.5);
            entry.details = serde_json::json!({ "through": purged, "share": 0.25 });
            let record = entry.dated(Timestamp::from_millisecond(1_795_276_667_953 + seq).unwrap());
            let record = AuditRecord { seq, ..record };
            let sealed = Sealed::new(&record, &"0f".repeat(16), previous);
            previous = sealed.hash;
            chain.push(sealed);
        }
        chain
    }

    fn verified(chain: &[Sealed]) -> Result<Told, Finding> {
        let mut verifier = Verifier::new(1, log().genesis());
        chain.iter().try_for_each(|sealed| verifier.check(sealed))?;
        let told = verifier.told();
        told.robbed().map_or(Ok(told), Err)
    }

    #[test]
    fn each_fault_is_found_where_it_is() {
        type Crime = fn(&mut Vec<Sealed>);
        let crimes: [(Crime, i64, Fault); 9] = [
            (
                |c| c[4].record = c[4].record.replace("acme", "acne"),
                5,
                Fault::Changed(Part::Public),
            ),
            (|c| c[4].hash.0[31] ^= 1, 5, Fault::Changed(Part::Public)),
            (|c| c[4].record.truncate(30), 5, Fault::Changed(Part::Public)),
            (
                |c| c[4].personal = c[4].personal.as_ref().map(|p| p.replace("mara", "nora")),
                5,
                Fault::Changed(Part::Personal),
            ),
            (|c| c[4].at += 1, 5, Fault::Changed(Part::Columns)),
            (|c| c[4].event = "handoff_failed".into(), 5, Fault::Changed(Part::Columns)),
            (|c| _ = c.remove(4), 5, Fault::Missing),
            (
                |c| {
                    let other = c[6].clone();
                    let this = std::mem::replace(&mut c[4], Sealed { seq: 5, ..other });
                    c[6] = Sealed { seq: 7, ..this };
                },
                5,
                Fault::Displaced { by: 7 },
            ),
            (|c| c[4].personal = None, 5, Fault::Robbed),
        ];
        assert!(verified(&chain(8, 0)).is_ok());
        for (n, (crime, seq, fault)) in crimes.into_iter().enumerate() {
            let mut chain = chain(8, 2);
            crime(&mut chain);
            assert_eq!(verified(&chain), Err(Finding { seq, fault }), "crime {n}");
        }
    }

    #[test]
    fn what_was_purged_is_told_and_no_more_may_be_gone() {
        let mut chain = chain(8, 2);
        chain[0].personal = None;
        chain[1].personal = None;
        assert_eq!(verified(&chain), Ok(Told { bare: vec![1..=2], purged: 2 }));
        assert!(chain[0].read().unwrap().purged && !chain[2].read().unwrap().purged);
        chain[3].personal = None;
        assert_eq!(verified(&chain), Err(Finding { seq: 4, fault: Fault::Robbed }));
    }

    #[test]
    fn a_line_is_read_back_as_what_it_was_written_from() {
        let mut chain = chain(8, 0);
        chain[1].personal = None;
        let mut previous = log().genesis();
        for sealed in chain {
            let line = sealed.line(&log(), previous);
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(value["seq"], sealed.seq);
            let read: Line = line.parse().unwrap();
            assert_eq!((read.log, read.previous), (log(), previous));
            assert_eq!(read.sealed, sealed);
            previous = sealed.hash;
        }
    }
}
