//! The log: to a file, never to the screen, and only where it is asked for.

use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::{Failure, paths};

/// The variable that asks for a log and says of what: `info`, `debug`, `floorwalker::genesys=trace`.
const VARIABLE: &str = "FLOORWALKER_LOG";

/// Starts the log of a service: to a file, or to standard error, where a service manager collects it.
///
/// # Errors
/// If the file can't be written.
pub fn serve(file: Option<&Path>) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let plain = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let started = match file {
        None => plain.with_writer(std::io::stderr).try_init(),
        Some(path) => {
            let failed = |e| Failure::usage(format!("{} can't be written: {e}", path.display()));
            plain.with_writer(paths::private(path, true).map_err(failed)?).try_init()
        }
    };
    started.map_err(|e| Failure::other(e.to_string()))
}

/// Starts the log if it is asked for. A log that can't be written is no reason not to work.
pub fn start() {
    let Ok(filter) = EnvFilter::try_from_env(VARIABLE) else { return };
    let Ok(path) = paths::log() else { return };
    if let Ok(file) = paths::private(&path, true) {
        let subscriber =
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file);
        let _ = subscriber.try_init();
    }
}
