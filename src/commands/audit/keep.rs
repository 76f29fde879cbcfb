//! Checkpoints of `floorwalker serve`, as the configuration wants them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::key;
use crate::{
    commands::Failure,
    config::{Checkpoints, Config},
    engine::{
        Anchored, Witness,
        anchoring::{
            self, Terms,
            place::{PATIENCE, Place, Program},
        },
        clock::Clock,
    },
    store::Journal,
};

/// Where syslog listens.
const SYSLOG: &str = "/dev/log";
/// How long the last checkpoint is waited for: a program may be at work with the one before.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// Checkpoints that are being signed.
#[derive(Debug)]
pub struct Keeping {
    leave: CancellationToken,
    task: JoinHandle<()>,
}

impl Keeping {
    /// Signs once more, and ends.
    pub async fn end(self) {
        self.leave.cancel();
        match tokio::time::timeout(LAST_WAIT, self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "checkpoints have ended before their time"),
            Err(_) => tracing::warn!("left while a checkpoint was on its way"),
        }
    }
}

/// Begins to sign; `None` where the configuration names no place for checkpoints.
///
/// # Errors
/// If there is no key to sign with.
pub fn begin<J: Journal>(
    journal: J,
    config: &Config,
    told: watch::Sender<Option<Anchored>>,
) -> Result<Option<Keeping>, Failure> {
    let terms = Terms { every: config.checkpoints.every, places: places(config) };
    if terms.places.is_empty() {
        return Ok(None);
    }
    let (key, leave) = (key::own()?, CancellationToken::new());
    let journal = Arc::new(journal);
    let work = anchoring::run(journal, key, terms, Clock::System, told, leave.clone());
    Ok(Some(Keeping { leave, task: tokio::spawn(work) }))
}

fn places(config: &Config) -> Vec<Place> {
    let Checkpoints { file, syslog, command, .. } = &config.checkpoints;
    let file = file.clone().map(Place::File);
    let syslog = syslog.then(|| Place::Syslog(PathBuf::from(SYSLOG)));
    let program =
        Program { words: command.clone(), patience: PATIENCE, hidden: config.hidden.clone() };
    let command = (!command.is_empty()).then_some(Place::Command(program));
    [file, syslog, command].into_iter().flatten().collect()
}

/// What a console holds the log against: the file that `serve` with this configuration writes to, by this
/// machine's key. Without that key no checkpoint counts.
pub fn witness(wanted: &Checkpoints) -> Witness {
    let own = key::present().unwrap_or_else(|failure| {
        tracing::warn!("{failure}");
        None
    });
    let keys = own.map(|key| key.verifier().clone()).into_iter().collect();
    Witness { file: wanted.file.clone(), keys }
}
