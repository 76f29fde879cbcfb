//! `floorwalker audit anchor`: a checkpoint of the log as it is now.

use std::process::ExitCode;

use jiff::Timestamp;

use crate::{
    args::Anchor,
    commands::{Failure, listing::put},
    domain::audit::{Checkpoint, SignerKey},
    engine::anchoring::place::append,
    store::Journal,
};

/// Signs the head of `journal`, and prints it or appends it to a file.
///
/// # Errors
/// If the log can't be read, or the file can't be written.
pub async fn sign<J: Journal>(
    journal: &J,
    key: &SignerKey,
    anchor: &Anchor,
) -> Result<ExitCode, Failure> {
    let head = journal.head().await?;
    let note = Checkpoint { head, at: Timestamp::now() }.sign(key);
    match &anchor.file {
        None => put(|out| out.write_all(note.as_bytes()))?,
        Some(path) => append(path, &note).map_err(|e| {
            Failure::other(format!("The checkpoint is not in {}: {e}", path.display()))
        })?,
    }
    Ok(ExitCode::SUCCESS)
}
