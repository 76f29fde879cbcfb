//! Where things are kept.

use std::path::PathBuf;

use directories::ProjectDirs;

use super::Failure;

/// The store's file at the platform's place for data (`$XDG_DATA_HOME`, else `~/.local/share`).
pub fn store() -> Result<PathBuf, Failure> {
    let folders = folders()?;
    Ok(folders.data_dir().join("floorwalker.db"))
}

/// The log's file at the platform's place for state.
pub fn log() -> Result<PathBuf, Failure> {
    let folders = folders()?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("floorwalker.log"))
}

fn folders() -> Result<ProjectDirs, Failure> {
    ProjectDirs::from("", "", "floorwalker").ok_or_else(|| {
        Failure::other("There is no home directory to keep the audit log in: set HOME")
    })
}
