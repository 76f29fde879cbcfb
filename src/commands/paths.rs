//! Where things are kept.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use directories::{BaseDirs, ProjectDirs};

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

/// The file of a person's sign-in to the org that is known here by `name`, at the platform's place for state.
///
/// # Errors
/// If there is no home directory.
pub fn sign_in(name: &str) -> Result<PathBuf, Failure> {
    let folders = folders()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    // The name of a context fits already; a host may not.
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    Ok(state.join("sign-in").join(format!("{name}.json")))
}

/// The configuration's file at the platform's place for configuration (`$XDG_CONFIG_HOME`, else
/// `~/.config`), if somebody has put one there.
pub fn config() -> Option<PathBuf> {
    usual_config().ok().filter(|path| path.exists())
}

/// Where the configuration is looked for.
///
/// # Errors
/// If there is no home directory.
pub fn usual_config() -> Result<PathBuf, Failure> {
    Ok(folders()?.config_dir().join("config.toml"))
}

/// The keymap's file: beside the configuration at `config`, else where that would be.
pub fn keymap(config: Option<&Path>) -> Option<PathBuf> {
    let name = "keymap.toml";
    match config {
        Some(config) => Some(config.with_file_name(name)),
        None => folders().ok().map(|folders| folders.config_dir().join(name)),
    }
}

/// The folders that shells and `man` look into for a user's own: that of data (`$XDG_DATA_HOME`, else
/// `~/.local/share`) and that of configuration (`$XDG_CONFIG_HOME`, else `~/.config`), on every platform.
///
/// # Errors
/// If there is no home directory.
pub fn shared() -> Result<(PathBuf, PathBuf), Failure> {
    let home = BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let home = home.ok_or_else(|| Failure::other("There is no home directory: set HOME"))?;
    let named = |variable: &str, usual: &str| {
        let said = std::env::var_os(variable).map(PathBuf::from);
        said.filter(|path| path.is_absolute()).unwrap_or_else(|| home.join(usual))
    };
    Ok((named("XDG_DATA_HOME", ".local/share"), named("XDG_CONFIG_HOME", ".config")))
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
