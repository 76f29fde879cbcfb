//! What runs the commands that wait for other machines, and sees a renewed sign-in kept before the process ends.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime as Tokio};

use super::{Failure, listing::warn};
use crate::genesys::person;

/// How long the end of a command waits for a sign-in that is being renewed: what the login host gives for it is
/// good once.
pub const LAST_RENEWAL: Duration = Duration::from_secs(10);

/// A runtime whose work ends when nothing is lost by it.
pub struct Runtime(Tokio);

impl Runtime {
    /// Works to its end, and to that of renewals that have begun meanwhile.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.0.block_on(async {
            let done = work.await;
            if let Some(why) = person::settled(LAST_RENEWAL).await {
                warn(&format!("The renewed sign-in can't be kept ({why}): sign in again"));
            }
            done
        })
    }

    /// Leaves at once, whatever hangs.
    pub fn shutdown_background(self) {
        self.0.shutdown_background();
    }
}

/// What runs a command that has nothing else to do.
///
/// # Errors
/// If the system has none to give.
pub fn runtime() -> Result<Runtime, Failure> {
    built(&mut Builder::new_current_thread())
}

/// What runs a command that reads while it writes.
///
/// # Errors
/// If the system has none to give.
pub fn runtime_of_two() -> Result<Runtime, Failure> {
    built(Builder::new_multi_thread().worker_threads(2))
}

fn built(builder: &mut Builder) -> Result<Runtime, Failure> {
    let runtime = builder.enable_all().build();
    runtime.map(Runtime).map_err(|e| Failure::other(e.to_string()))
}
