//! `floorwalker audit import`: a log from elsewhere goes on here, with its chain and its numbers.
//!
//! ```text
//! export   1 ··· n │ n+1 ··· m
//! here     1 ··· n             what is here already is compared and skipped, the rest is taken over
//! ```
//! All lines are read twice. First each is checked, and nothing is written: what does not follow is refused
//! with the number of its line. Then they are taken over as one whole, or not at all: if somebody else writes
//! to the log in between, nothing has been done.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    path::Path,
    process::ExitCode,
};

use crate::{
    args::Import,
    commands::{
        Failure,
        listing::{put, runtime},
        store,
    },
    config::{Config, Context},
    domain::{
        audit::{Arrival, Brought, Finding, Head, Line, LogName, Sealed},
        text::Plain,
    },
    store::{Database, Journal},
};

/// Records that are taken over at once, and compared at once.
const BATCH: usize = 1024;
/// No record is longer: its details are bounded.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What became of it where it was refused.
const NOTHING: &str = "Nothing was taken over";

/// Takes a log over.
///
/// # Errors
/// If a line is none of an export, or does not follow, or others write to the log here meanwhile.
pub fn run(org: &Context, config: &Config, import: &Import) -> Result<ExitCode, Failure> {
    if org.read_only() {
        return Err(Failure::refused(format!("{} takes nothing over", org.read_only_by())));
    }
    let file = whole(&import.file)?;
    runtime()?.block_on(async {
        let store = store::open(config).await?;
        let mut incoming = Incoming::at(store).await?;
        let log = incoming.look(Lines::of(&file)?).await?;
        incoming.take(&log, Lines::of(&file)?).await?;
        incoming.tell().await
    })
}

/// What comes in, as a file that can be read twice: what comes through a pipe is put into one that nobody
/// else sees, and that goes with this process.
fn whole(path: &Path) -> Result<File, Failure> {
    let shown = Plain::new(&path.display().to_string());
    let unread = |e| Failure::usage(format!("{shown} can't be read: {e}"));
    let mut input: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => {
            let file = File::open(path).map_err(unread)?;
            if file.metadata().is_ok_and(|about| about.is_file()) {
                return Ok(file);
            }
            Box::new(file)
        }
    };
    let unkept = |e| Failure::other(format!("What comes in can't be put into a file: {e}"));
    let mut file = tempfile::tempfile().map_err(unkept)?;
    io::copy(&mut input, &mut file).map_err(unkept)?;
    Ok(file)
}

/// A log that comes in, and the store that it comes into.
struct Incoming {
    store: Database,
    here: Head,
    /// Some of the records that are here already, to compare with.
    known: Vec<Sealed>,
    /// How many were here already, and how many are new.
    counts: (u64, u64),
}

impl Incoming {
    async fn at(store: Database) -> Result<Self, Failure> {
        let here = store.head().await?;
        Ok(Self { store, here, known: Vec::new(), counts: (0, 0) })
    }

    /// Checks all of it, and writes nothing. Which log it is.
    async fn look(&mut self, mut lines: Lines<'_>) -> Result<LogName, Failure> {
        let mut arrival = Arrival::at(self.here.clone());
        while let Some((number, line)) = lines.next()? {
            let brought = arrival.check(&line).map_err(|why| refused(number, why))?;
            if brought == Brought::Known {
                self.compare(number, &line.sealed).await?;
                self.counts.0 += 1;
            } else {
                self.counts.1 += 1;
            }
        }
        let log = arrival.log().clone();
        match arrival.robbed() {
            Some(Finding { seq, .. }) => Err(Failure::refused(format!(
                "record {seq} comes without its personal part, and no purge that comes with it speaks of \
                 that. {NOTHING}: export all of the log, and import that"
            ))),
            None => Ok(log),
        }
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

    /// Takes over what is new, as one whole.
    async fn take(&mut self, log: &LogName, mut lines: Lines<'_>) -> Result<(), Failure> {
        if self.counts.1 == 0 {
            return Ok(());
        }
        let grown = || {
            let why = "Somebody else writes to the log here, which has grown meanwhile";
            Failure::conflict(format!("{why}. {NOTHING}"))
        };
        let adoption = self.store.adoption(&self.here, log).await?;
        let mut adoption = adoption.ok_or_else(grown)?;
        let mut batch = Vec::new();
        while let Some((_, line)) = lines.next()? {
            if line.sealed.seq > self.here.size {
                batch.push(line.sealed);
            }
            if batch.len() == BATCH {
                adoption.take(&batch).await?;
                batch.clear();
            }
        }
        adoption.take(&batch).await?;
        Ok(adoption.keep().await?)
    }

    async fn tell(self) -> Result<ExitCode, Failure> {
        let ((known, new), head) = (self.counts, self.store.head().await?);
        put(|out| {
            writeln!(out, "{new} records were taken over, {known} were here already")?;
            writeln!(out, "log    {}\nsize   {}\nhead   {}", head.log, head.size, head.hash)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The lines of an export.
struct Lines<'a> {
    input: BufReader<&'a File>,
    number: usize,
}

impl<'a> Lines<'a> {
    /// All of them, from the first on.
    fn of(mut file: &'a File) -> Result<Self, Failure> {
        file.rewind().map_err(|e| Failure::other(format!("What comes in can't be read: {e}")))?;
        Ok(Self { input: BufReader::with_capacity(1 << 16, file), number: 0 })
    }

    /// The next line with its number, if there is one.
    fn next(&mut self) -> Result<Option<(usize, Line)>, Failure> {
        let number = self.number + 1;
        let Some(text) = next_line(&mut self.input, number)? else { return Ok(None) };
        self.number = number;
        let line = text.parse();
        let line =
            line.map_err(|e| refused(number, format_args!("it is no line of an export: {e}")))?;
        Ok(Some((number, line)))
    }
}

/// The next line, without its end.
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
    Failure::refused(format!("line {line} is refused: {why}. {NOTHING}"))
}
