//! When a process without a screen is told to stop.

use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;

/// The signals that ask a process to leave in good order.
#[derive(Debug)]
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal it was started from has gone; `None` where whoever started it wants that ignored.
    hangup: Option<Signal>,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// If the system does not let it.
    pub fn listen() -> Result<Self, Failure> {
        let of = |kind| signal(kind).map_err(|e: io::Error| Failure::other(e.to_string()));
        let ignored =
            fs::read_to_string("/proc/self/status").is_ok_and(|told| ignores_hangup(&told));
        let hangup = if ignored { None } else { Some(of(SignalKind::hangup())?) };
        let (terminate, interrupt) = (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup })
    }

    /// Waits until it is asked.
    pub async fn asked(&mut self) {
        let hung_up = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hung_up => {}
        }
    }
}

/// Whether a process was started to outlive its terminal, as `nohup` does: to listen would undo that.
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is the first signal, and that is this one.
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn whoever_was_started_to_ignore_a_hangup_is_told_by_the_system() {
        assert!(ignores_hangup("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangup("SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_hangup("SigCgt:\t0000000000000001\n"));
    }
}
