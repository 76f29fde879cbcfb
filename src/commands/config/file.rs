//! Writing the configuration: whole, at once, and for its owner alone.

use std::{
    fs::{self, DirBuilder},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

use crate::{commands::Failure, config::quoted::quoted};

/// What stands at the top of a file that is written here.
const HEAD: &str = "# floorwalker's configuration. `floorwalker config default` prints every option with \
                    what it is for;\n# `floorwalker config show` tells what holds.\n";

/// `text` with another context: the first one is the one that is taken unasked.
pub fn with(text: Option<&str>, block: &str, name: &str, is_first: bool) -> String {
    let default = format!("default_context = {}\n\n", quoted(name));
    match text {
        None => format!("{HEAD}{default}{block}"),
        Some(text) => {
            let text = if is_first { &defaulting(text, default.trim_end()) } else { text };
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{end}\n{block}")
        }
    }
}

/// `text` with this line in place of one that names no context, or at the top: a key of the file's own has
/// to stand before its first section.
fn defaulting(text: &str, line: &str) -> String {
    let old = text.lines().find(|old| old.trim_start().starts_with("default_context"));
    match old {
        Some(old) => text.replacen(old, line, 1),
        None => format!("{line}\n\n{text}"),
    }
}

/// Puts `text` in place of the file at `path`, which only its owner can read afterwards.
///
/// # Errors
/// If it can't be written.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    // What a link leads to is meant, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    put(&path, text.as_bytes())
        .map_err(|error| Failure::other(format!("{} can't be written: {error}", path.display())))
}

/// Writes a secret into a file that is not there yet.
///
/// # Errors
/// If it can't be written, or has come into being meanwhile.
pub fn keep(path: &Path, secret: &SecretString) -> Result<(), Failure> {
    let said = |error: io::Error| Failure::other(format!("{}: {error}", path.display()));
    if path.exists() {
        return Err(Failure::other(format!("{} is there already", path.display())));
    }
    put(path, format!("{}\n", secret.expose_secret()).as_bytes()).map_err(said)
}

/// Puts `bytes` in place of the file at `path`, which only its owner can read afterwards.
///
/// # Errors
/// If that can't be done; then what was there is there still.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if !folder.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Made so that its owner alone can read it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_kept_and_the_first_context_is_taken_unasked() {
        let block = "[contexts.b]\nregion = \"eu-west-1\"\n";
        let first = with(None, block, "b", true);
        assert!(
            first.starts_with('#') && first.contains("default_context = \"b\"\n\n[contexts.b]")
        );
        assert_eq!(
            with(Some("[gate]\nminimum = 50"), block, "b", true),
            format!("default_context = \"b\"\n\n[gate]\nminimum = 50\n\n{block}")
        );
        let empty = "default_context = ''\nstore = ''\n";
        assert_eq!(
            with(Some(empty), block, "b", true),
            format!("default_context = \"b\"\nstore = ''\n\n{block}")
        );
        let there = "[contexts.a]\nregion = \"eu-west-1\"\n";
        assert_eq!(with(Some(there), block, "b", false), format!("{there}\n{block}"));
    }
}
