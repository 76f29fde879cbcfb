//! Engines, one after the other: never two at a time, so that no order and no beat that is meant for one org
//! can meet another.
//!
//! ```text
//!   begin ──▶ a thread ── waits for the one before ──▶ a runtime, with all that the engine begins ──▶ ended
//! ```

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use tokio::{runtime, sync::mpsc::Sender};

use crate::{
    commands::{Failure, intake, runtime::LAST_RENEWAL},
    engine::{self, Command, Handle, Ports},
    genesys::person,
    intake::Doors,
};

/// How long the process waits, once the screen is given back, for handoffs that have left: a little
/// longer than the engine itself does.
const LAST_WAIT: Duration = Duration::from_secs(6);

/// How long an engine's end waits for threads of its own that hang, in the system's look-up of a name for
/// instance. All that could send something is gone by then.
const LAST_THREADS: Duration = Duration::from_secs(3);

/// What works behind the screen.
pub struct Backstage {
    /// The engine's ends of the channels.
    pub ports: Ports,
    /// The console's way to command, for what is to be done at the start.
    pub commands: Sender<Command>,
    /// The ways in for webhooks.
    pub doors: Doors,
}

/// The engines of this process.
#[derive(Debug, Default)]
pub struct Engines {
    /// Closes when the last that was begun has ended, with all that it has begun.
    last: Option<Receiver<()>>,
}

impl Engines {
    /// Begins one as soon as the one before has ended. What is asked of it until then waits.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub fn begin<F: Future<Output = ()>>(
        &mut self,
        work: impl FnOnce(Backstage) -> F + Send + 'static,
    ) -> Result<Handle, Failure> {
        let (handle, ports) = engine::channels();
        let (commands, doors) = (handle.commands.clone(), intake::doors(&handle));
        let backstage = Backstage { ports, commands, doors };
        let (done, ended) = channel::<()>();
        let before = self.last.replace(ended);
        let thread = thread::Builder::new().name("engine".into()).spawn(move || {
            // Dropped when everything is done, however that ends.
            let _done = done;
            if let Some(before) = before {
                // Nobody ever sends anything: it ends when the other end is gone.
                let _ = before.recv();
            }
            if !backstage.ports.is_deserted() {
                run(work, backstage);
            }
        });
        thread.map_err(|e| Failure::other(format!("The engine can't be started: {e}")))?;
        Ok(handle)
    }

    /// Waits for the last one, as long as a person would.
    pub fn leave(self) {
        let Some(last) = self.last else { return };
        let mut ended = last.recv_timeout(LAST_WAIT);
        if ended == Err(RecvTimeoutError::Timeout) && person::is_renewing() {
            ended = last.recv_timeout(LAST_RENEWAL);
        }
        if ended == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("left with a handoff under way; its claim ends by itself");
        }
    }
}

fn run<F: Future<Output = ()>>(work: impl FnOnce(Backstage) -> F, backstage: Backstage) {
    match runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(async {
                work(backstage).await;
                // What is not kept was told on the screen.
                let _ = person::settled(LAST_RENEWAL).await;
            });
            runtime.shutdown_timeout(LAST_THREADS);
        }
        Err(error) => tracing::error!(%error, "no runtime"),
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::Pin, sync::mpsc};

    use super::*;

    /// Longer than any of it may take.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// An engine that tells when it begins and ends, and ends when the console has gone.
    fn telling(
        name: &'static str,
        told: &mpsc::Sender<String>,
    ) -> impl FnOnce(Backstage) -> Pin<Box<dyn Future<Output = ()>>> + Send + 'static {
        let told = told.clone();
        move |backstage| {
            Box::pin(async move {
                told.send(format!("{name} begins")).unwrap();
                let Backstage { ports, commands, doors } = backstage;
                drop((commands, doors));
                ports.fail(name.into()).await;
                told.send(format!("{name} ends")).unwrap();
            })
        }
    }

    #[test]
    fn the_next_begins_when_the_one_before_has_ended_and_one_that_nobody_waits_for_never() {
        let (told, heard) = channel();
        let mut engines = Engines::default();
        let first = engines.begin(telling("a", &told)).unwrap();
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "a begins");
        let second = engines.begin(telling("b", &told)).unwrap();
        drop(second);
        let third = engines.begin(telling("c", &told)).unwrap();
        drop(first);
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "a ends");
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "c begins");
        drop(third);
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "c ends");
        engines.leave();
    }

    #[test]
    fn one_that_breaks_makes_way() {
        let (told, heard) = channel();
        let mut engines = Engines::default();
        let broken = engines
            .begin(|_| async {
                let _: u8 = "x".parse().unwrap();
            })
            .unwrap();
        let next = engines.begin(telling("b", &told)).unwrap();
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "b begins");
        drop((broken, next));
        engines.leave();
    }
}
