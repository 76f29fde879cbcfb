//! `floorwalker audit import`: a log from elsewhere goes on here, with its chain and its numbers.
//!
//! ```text
//! export   1 ··· n │ n+1 ··· m
//! here     1 ··· n             what is here already is compared and skipped, the rest is taken over
//! ```
//! A line is checked before it is taken over, and again by the store: what does not follow is refused with
//! the number of the line, and all before it stays.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::ExitCode,
};

use crate::{
    args::{Import, Org},
    commands::{
        Failure,
        listing::{put, runtime, warn},
        store,
    },
    config::Config,
    domain::{
        audit::{Finding, Head, Line, Sealed, Verifier},
        text::Plain,
    },
    store::{Database, Journal},
};

/// Records that are taken over at once, and compared at once.
const BATCH: usize = 1024;
/// No record is longer: its details are bounded.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Takes a log over.
///
/// # Errors
/// If a line is none of an export, or does not follow.
pub fn run(org: &Org, config: &Config, import: &Import) -> Result<ExitCode, Failure> {
    if org.read_only {
        return Err(Failure::refused("--read-only takes nothing over"));
    }
    let input: Box<dyn BufRead> = match import.file == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => {
            let shown = Plain::new(&import.file.display().to_string());
            let file = File::open(&import.file)
                .map_err(|e| Failure::usage(format!("{shown} can't be read: {e}")))?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        }
    };
    runtime()?.block_on(async {
        let store = store::open(config).await?;
        let mut arrival = Arrival::at(store).await?;
        arrival.take(input).await?;
        arrival.tell().await
    })
}

/// A log that comes in.
struct Arrival {
    store: Database,
    here: Head,
    /// Checks what comes; nothing has come yet where there is none.
    verifier: Option<Verifier>,
    /// Some of the records that are here already, to compare with.
    known: Vec<Sealed>,
    /// What is to be taken over, which begins with this line.
    batch: (usize, Vec<Sealed>),
    /// How many were here already, and how many are new.
    counts: (u64, u64),
}

impl Arrival {
    async fn at(store: Database) -> Result<Self, Failure> {
        let here = store.head().await?;
        let (known, batch) = (Vec::new(), (1, Vec::new()));
        Ok(Self { store, here, verifier: None, known, batch, counts: (0, 0) })
    }

    async fn take(&mut self, mut input: Box<dyn BufRead>) -> Result<(), Failure> {
        let mut number = 0;
        while let Some(text) = next_line(&mut input, number + 1)? {
            number += 1;
            let line: Line = text
                .parse()
                .map_err(|e| refused(number, format_args!("it is no line of an export: {e}")))?;
            self.check(number, &line)?;
            if line.sealed.seq <= self.here.size {
                self.compare(number, &line.sealed).await?;
                self.counts.0 += 1;
                continue;
            }
            if self.batch.1.is_empty() {
                self.batch.0 = number;
            }
            self.batch.1.push(line.sealed);
            if self.batch.1.len() == BATCH {
                self.adopt().await?;
            }
        }
        self.adopt().await
    }

    /// Whether a line is of this log and follows the one before.
    fn check(&mut self, number: usize, line: &Line) -> Result<(), Failure> {
        let (here, seq) = (&self.here, line.sealed.seq);
        if line.log != here.log && here.size > 0 {
            let (ours, theirs) = (&here.log, &line.log);
            return Err(refused(number, format_args!("it is of the log {theirs}; here is {ours}")));
        }
        if self.verifier.is_none() {
            if seq > here.size + 1 || seq < 1 {
                let size = here.size;
                let why = format_args!("it is record {seq}, and the log here ends with {size}");
                return Err(refused(number, why));
            }
            let follows = match here.size {
                0 => line.log.genesis(),
                _ => here.hash,
            };
            if seq == here.size + 1 && line.previous != follows {
                let why = format_args!("record {seq} does not follow what is here");
                return Err(refused(number, why));
            }
            if here.size == 0 {
                self.here.log = line.log.clone();
            }
            self.verifier = Some(Verifier::new(seq, line.previous));
        }
        let Some(verifier) = &mut self.verifier else { return Ok(()) };
        if verifier.hash() != line.previous || line.log != self.here.log {
            let next = verifier.next();
            let why =
                format_args!("record {seq} does not follow the line before (record {next} does)");
            return Err(refused(number, why));
        }
        verifier.check(&line.sealed).map_err(|finding| refused(number, finding))
    }

    /// Whether a record that is here is the same there.
    async fn compare(&mut self, number: usize, theirs: &Sealed) -> Result<(), Failure> {
        if self.known.last().is_none_or(|last| last.seq < theirs.seq) {
            let limit = u32::try_from(BATCH).unwrap_or(u32::MAX);
            self.known = self.store.sealed(theirs.seq, limit).await?;
            self.known.reverse();
        }
        while self.known.last().is_some_and(|ours| ours.seq < theirs.seq) {
            self.known.pop();
        }
        match self.known.last() {
            Some(ours) if ours.seq == theirs.seq && ours.hash == theirs.hash => Ok(()),
            _ => {
                let seq = theirs.seq;
                Err(refused(number, format_args!("another record {seq} stands in the log here")))
            }
        }
    }

    async fn adopt(&mut self) -> Result<(), Failure> {
        let (first, records) = std::mem::take(&mut self.batch);
        let Some(last) = records.last() else { return Ok(()) };
        let head = Head { log: self.here.log.clone(), size: last.seq, hash: last.hash };
        self.store
            .adopt(&head, &records)
            .await
            .map_err(|error| Failure::other(format!("from line {first} on: {error}")))?;
        self.counts.1 += u64::try_from(records.len()).unwrap_or(0);
        Ok(())
    }

    async fn tell(self) -> Result<ExitCode, Failure> {
        let robbed = self.verifier.and_then(|verifier| verifier.told().robbed());
        if let Some(Finding { seq, .. }) = robbed {
            warn(&format!(
                "record {seq} came without its personal part, and no purge speaks of it"
            ));
        }
        let ((known, new), head) = (self.counts, self.store.head().await?);
        put(|out| {
            writeln!(out, "{new} records were taken over, {known} were here already")?;
            writeln!(out, "log    {}\nsize   {}\nhead   {}", head.log, head.size, head.hash)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The next line that is not empty, without its end.
fn next_line(input: &mut dyn BufRead, number: usize) -> Result<Option<String>, Failure> {
    let mut line = String::new();
    let read = input.take(LONGEST).read_line(&mut line);
    let read = read.map_err(|e| refused(number, format_args!("it can't be read: {e}")))?;
    match line.ends_with('\n') {
        true => line.truncate(line.trim_end().len()),
        false if u64::try_from(read).is_ok_and(|read| read >= LONGEST) => {
            return Err(refused(number, "it is too long"));
        }
        false => {}
    }
    Ok((read > 0).then_some(line))
}

fn refused(line: usize, why: impl std::fmt::Display) -> Failure {
    Failure::refused(format!("line {line} is refused: {why}. What came before it was taken over"))
}
