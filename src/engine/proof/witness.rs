//! Checkpoints as they are kept in files: which can be relied on, and why others can't. Whether a log agrees
//! with them is for [`verify`](super::verify).

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::domain::audit::{Checkpoint, Refused, VerifierKey, checkpoint::Sheaf};

/// A checkpoint every ten minutes for some years.
pub const LONGEST: u64 = 64 * 1024 * 1024;

/// What a log can be held against without being asked for it: nothing, where nobody keeps checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// The file that checkpoints are appended to.
    pub file: Option<PathBuf>,
    /// Whose signatures count.
    pub keys: Vec<VerifierKey>,
}

impl Witness {
    /// What the file holds now. One that isn't there holds nothing.
    ///
    /// # Errors
    /// If it can't be read.
    pub async fn testify(&self) -> io::Result<Testimony> {
        let Self { file: Some(path), keys } = self.clone() else {
            return Ok(Testimony::default());
        };
        let read = tokio::task::spawn_blocking(move || Testimony::read(&path, &keys));
        match read.await.map_err(io::Error::other)? {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Testimony::default()),
            read => read,
        }
    }
}

/// What files of checkpoints hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Those that can be relied on.
    pub checkpoints: Vec<Checkpoint>,
    /// Those that can't.
    pub refused: Vec<Refusal>,
    /// Lines that belong to no checkpoint.
    pub stray: usize,
}

/// Checkpoints that are left aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line that the first begins in.
    pub line: usize,
    /// How many there are.
    pub count: usize,
    /// Why.
    pub why: Refused,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, count, why } = self;
        write!(f, "line {line}")?;
        if *count > 1 {
            write!(f, " (and {} more)", count - 1)?;
        }
        write!(f, ": {why}")
    }
}

impl Testimony {
    /// Takes a file apart.
    pub fn of(text: &str, known: &[VerifierKey]) -> Self {
        let sheaf = Sheaf::of(text);
        let mut all = Self { stray: sheaf.stray, ..Self::default() };
        for (line, note) in sheaf.notes {
            match Checkpoint::open(&note, known) {
                Ok(checkpoint) => all.checkpoints.push(checkpoint),
                Err(why) => all.refuse(line, why),
            }
        }
        all
    }

    /// What this file holds.
    ///
    /// # Errors
    /// If it can't be read, or is larger than [`LONGEST`].
    pub fn read(path: &Path, known: &[VerifierKey]) -> io::Result<Self> {
        bounded(path).map(|text| Self::of(&text, known))
    }

    /// True if there is no checkpoint, of whatever kind.
    pub fn is_empty(&self) -> bool {
        self.checkpoints.is_empty() && self.refused.is_empty()
    }

    /// Another machine that writes to the same file does so every few minutes: that is told once.
    fn refuse(&mut self, line: usize, why: Refused) {
        match self.refused.iter_mut().find(|refusal| refusal.why == why) {
            Some(refusal) => refusal.count += 1,
            None => self.refused.push(Refusal { line, count: 1, why }),
        }
    }
}

/// The text of a file that somebody else may have written.
///
/// # Errors
/// If it can't be read, or is larger than [`LONGEST`].
pub fn bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    match u64::try_from(text.len()) {
        Ok(..=LONGEST) => Ok(text),
        _ => Err(io::ErrorKind::FileTooLarge.into()),
    }
}
