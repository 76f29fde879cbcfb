//! The person's own keys: `keymap.toml` beside the configuration, laid over those that come with the program.

use std::{fs, io, path::Path};

use super::{Failure, paths};
use crate::console::keys::{Keymap, keymap::KeymapError};

/// The keys, with what stands beside the configuration at `config` laid over the defaults.
///
/// # Errors
/// Names the file, and every line of it that can't be used, with what may have been meant.
pub fn load(config: Option<&Path>) -> Result<Keymap, Failure> {
    let Some(path) = paths::keymap(config) else { return Ok(Keymap::embedded()) };
    let shown = path.display();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Keymap::embedded()),
        Err(error) => return Err(Failure::usage(format!("{shown} can't be read: {error}"))),
    };
    Keymap::embedded().laid_over(&text).map_err(|KeymapError(faults)| {
        let lines = faults.iter().map(|fault| format!("{shown}:{}: {}", fault.line, fault.what));
        Failure::usage(lines.collect::<Vec<_>>().join("\n"))
    })
}
