//! A log that comes in from elsewhere: whether each of its lines is of one log and follows the one before,
//! and goes on from what is here. Nothing is taken over here, and what is here already is for whoever has it
//! to compare, by its hash.

use std::fmt;

use super::{
    chain::{Head, Line, LogName},
    verify::{Finding, Verifier},
};

/// A log that comes in.
#[derive(Debug)]
pub struct Arrival {
    here: Head,
    log: LogName,
    /// Checks what comes, and what is new of it apart; nothing has come yet where there is none.
    verifier: Option<Verifier>,
    new: u64,
}

/// What a line brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// A record of a number that is here already.
    Known,
    /// A new one.
    New,
}

/// Why a line is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Astray {
    /// It is of another log than what is here.
    OtherLog {
        /// What is here.
        ours: LogName,
        /// What came.
        theirs: LogName,
    },
    /// The first line leaves out what comes between.
    Gap {
        /// Its number.
        seq: i64,
        /// How many are here.
        size: i64,
    },
    /// The first new one does not follow the last that is here.
    Apart {
        /// Its number.
        seq: i64,
    },
    /// It does not follow the line before.
    Jump {
        /// Its number.
        seq: i64,
        /// The number that does.
        next: i64,
    },
    /// It is not what was written.
    Wrong(Finding),
}

impl fmt::Display for Astray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherLog { ours, theirs } => {
                write!(f, "it is of the log {theirs}; here is {ours}")
            }
            Self::Gap { seq, size } => {
                write!(f, "it is record {seq}, and the log here ends with {size}")
            }
            Self::Apart { seq } => write!(f, "record {seq} does not follow what is here"),
            Self::Jump { seq, next } => {
                write!(f, "record {seq} does not follow the line before (record {next} does)")
            }
            Self::Wrong(finding) => finding.fmt(f),
        }
    }
}

impl Arrival {
    /// Where the log here ends so.
    pub fn at(here: Head) -> Self {
        let log = here.log.clone();
        Self { here, log, verifier: None, new: 0 }
    }

    /// Which log comes.
    pub fn log(&self) -> &LogName {
        &self.log
    }

    /// Looks at the next line.
    ///
    /// # Errors
    /// If it is not of this log, does not follow, or is not what was written.
    pub fn check(&mut self, line: &Line) -> Result<Brought, Astray> {
        let seq = line.sealed.seq;
        let verifier = match self.verifier.take() {
            None => self.first(line)?,
            // What is new has to speak for itself.
            Some(known) if known.next() == self.here.size + 1 => {
                Verifier::new(known.next(), known.hash())
            }
            Some(verifier) => verifier,
        };
        let verifier = self.verifier.insert(verifier);
        if verifier.hash() != line.previous || line.log != self.log {
            return Err(Astray::Jump { seq, next: verifier.next() });
        }
        if verifier.next() == self.here.size + 1
            && self.here.size > 0
            && line.previous != self.here.hash
        {
            return Err(Astray::Apart { seq });
        }
        verifier.check(&line.sealed).map_err(Astray::Wrong)?;
        let is_new = seq > self.here.size;
        self.new += u64::from(is_new);
        Ok(if is_new { Brought::New } else { Brought::Known })
    }

    /// Whether the first line follows what is here, or is part of it.
    fn first(&mut self, line: &Line) -> Result<Verifier, Astray> {
        let (here, seq) = (&self.here, line.sealed.seq);
        if line.log != here.log && here.size > 0 {
            return Err(Astray::OtherLog { ours: here.log.clone(), theirs: line.log.clone() });
        }
        if seq > here.size + 1 || seq < 1 {
            return Err(Astray::Gap { seq, size: here.size });
        }
        let follows = match here.size {
            0 => line.log.genesis(),
            _ => here.hash,
        };
        if seq == here.size + 1 && line.previous != follows {
            return Err(Astray::Apart { seq });
        }
        self.log = line.log.clone();
        Ok(Verifier::new(seq, line.previous))
    }

    /// The end: the first new record that comes without its personal part, and no purge that comes with it
    /// speaks of that.
    pub fn robbed(self) -> Option<Finding> {
        let told = self.verifier.filter(|_| self.new > 0)?.told();
        told.robbed()
    }
}
