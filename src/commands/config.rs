//! `floorwalker config`: make a configuration, show what holds and why, check it.

mod ask;
mod check;
pub mod file;
mod init;
mod show;
mod wish;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::Serialize;

use super::{
    Failure,
    listing::{Reader, Row, put, show as print},
    paths,
};
use crate::{
    args::{ConfigAct, Looks, Org, Output},
    config::DEFAULTS,
};

/// Where the configuration is, or would be.
pub struct Place {
    /// The file.
    path: PathBuf,
    /// True if it was asked for, so that it has to be there.
    asked: bool,
}

impl Place {
    /// The file that was asked for, or the one at the platform's place.
    ///
    /// # Errors
    /// If there is no home directory.
    pub fn of(given: Option<PathBuf>) -> Result<Self, Failure> {
        match given {
            Some(path) => Ok(Self { path, asked: true }),
            None => Ok(Self { path: paths::usual_config()?, asked: false }),
        }
    }

    /// Its text; `None` where there is none and nobody has asked for it.
    fn text(&self) -> Result<Option<String>, Failure> {
        let missing_is_fine = !self.asked;
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if missing_is_fine && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Failure::usage(format!("{} can't be read: {error}", self.path.display())))
            }
        }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Carries out what concerns the configuration.
///
/// # Errors
/// If it can't be read, or something in it is wrong; with exit code 2.
pub fn run(act: &ConfigAct, org: &Org, at: &Place, looks: Looks) -> Result<ExitCode, Failure> {
    match act {
        ConfigAct::Init(init) => init::run(init, org, at)?,
        ConfigAct::Show(listing) => show::run(org, at, looks, listing.output)?,
        ConfigAct::Check => check::run(org, at)?,
        ConfigAct::Default => put(|out| out.write_all(DEFAULTS.as_bytes()))?,
        ConfigAct::Path(listing) => list(at, listing.output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A file that is looked at.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    path: String,
    exists: bool,
}

fn list(at: &Place, output: Output) -> Result<(), Failure> {
    let line =
        |what, path: &Path| Line { what, path: path.display().to_string(), exists: path.exists() };
    let mut lines = vec![line("configuration", &at.path)];
    lines.extend(paths::keymap(Some(&at.path)).map(|path| line("keymap", &path)));
    lines.push(line("store", &paths::store()?));
    lines.push(line("key of the audit log", &paths::key()?));
    lines.extend(paths::memory().map(|path| line("what the console remembers", &path)));
    lines.push(line("log", &paths::log()?));
    print(output, &lines)
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &["what", "path", "exists"];

    fn cells(&self, _: Reader) -> Vec<Option<String>> {
        let exists = if self.exists { "yes" } else { "no" };
        vec![Some(self.what.into()), Some(self.path.clone()), Some(exists.into())]
    }
}
