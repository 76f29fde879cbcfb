//! Where things are kept.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use super::Failure;

/// The store's file at the platform's place for data (`$XDG_DATA_HOME`, else `~/.local/share`).
pub fn store() -> Result<PathBuf, Failure> {
    let folders = folders()?;
    Ok(folders.data_dir().join("floorwalker.db"))
}

/// The file of the key that checkpoints of the audit log are signed with: beside the store.
pub fn key() -> Result<PathBuf, Failure> {
    Ok(folders()?.data_dir().join("audit.key"))
}

/// The log's file at the platform's place for state.
pub fn log() -> Result<PathBuf, Failure> {
    let folders = folders()?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("floorwalker.log"))
}

/// The file of what the console remembers, at the platform's place for state (`$XDG_STATE_HOME`, else
/// `~/.local/state`).
pub fn memory() -> Option<PathBuf> {
    let folders = folders().ok()?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("console.toml"))
}

/// The configuration's file at the platform's place for configuration (`$XDG_CONFIG_HOME`, else
/// `~/.config`), if somebody has put one there.
pub fn config() -> Option<PathBuf> {
    let path = folders().ok()?.config_dir().join("config.toml");
    path.exists().then_some(path)
}

/// The keymap's file: beside the configuration at `config`, else where that would be.
pub fn keymap(config: Option<&Path>) -> Option<PathBuf> {
    let name = "keymap.toml";
    match config {
        Some(config) => Some(config.with_file_name(name)),
        None => folders().ok().map(|folders| folders.config_dir().join(name)),
    }
}

fn folders() -> Result<ProjectDirs, Failure> {
    ProjectDirs::from("", "", "floorwalker").ok_or_else(|| {
        Failure::other("There is no home directory to keep the audit log in: set HOME")
    })
}

/// Opens a file that its owner alone can read, and makes it and its folder where they are missing.
pub fn private(path: &Path, append: bool) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    if append {
        options.append(true)
    } else {
        options.write(true).truncate(true)
    };
    options.open(path)
}
