//! What a program prints is not waited for without end.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::timeout};

use super::super::Failure;
use crate::config::secret::SecretSource;

/// How long a program may take.
const PROGRAM: Duration = Duration::from_secs(5);

/// Fetches something that `source` says. `what` is who is waited for; a person at the terminal has all the time.
///
/// # Errors
/// Of fetching, or if that takes too long.
pub async fn fetched<T: Send + 'static>(
    source: Option<&SecretSource>,
    what: &str,
    fetch: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let fetching = spawn_blocking(fetch);
    let fetched = match source {
        Some(SecretSource::Command(_)) => timeout(PROGRAM, fetching)
            .await
            .map_err(|_| Failure::usage(format!("{what} takes over {} s", PROGRAM.as_secs())))?,
        _ => fetching.await,
    };
    fetched.map_err(|error| Failure::other(error.to_string()))?
}
