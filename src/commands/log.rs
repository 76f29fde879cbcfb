//! The log: to a file, never to the screen, and only where it is asked for.

use tracing_subscriber::EnvFilter;

use super::paths;

/// The variable that asks for a log and says of what: `info`, `debug`, `floorwalker::genesys=trace`.
const VARIABLE: &str = "FLOORWALKER_LOG";

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
