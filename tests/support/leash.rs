//! A process that hangs is not waited for: it is killed, so that whoever reads from it or waits for its end goes
//! on, and fails with what was said until then.

use std::{
    io::{self, Write},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// Longer than any process may take on a machine that has much else to do: a bound, never a wait.
const PATIENCE: Duration = Duration::from_secs(180);

/// Held by whoever waits for a process. Without it the process is on its own again.
#[must_use = "the process is let go as soon as this is dropped"]
pub struct Leash {
    /// Closes with the leash.
    _held: Sender<()>,
}

/// Kills a process that is not done in time.
pub fn leash(process: &Child) -> Leash {
    within(process, PATIENCE)
}

/// The same, for whoever knows how long it may take.
pub fn within(process: &Child, patience: Duration) -> Leash {
    let pid = Pid::from_child(process);
    let (held, let_go) = channel::<()>();
    thread::spawn(move || {
        if let_go.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            let _ = kill_process(pid, Signal::KILL);
            let pid = pid.as_raw_nonzero();
            let _ = writeln!(io::stderr(), "process {pid} was not done in {patience:?}: killed");
        }
    });
    Leash { _held: held }
}

/// Waits for a process's end, and for all that it prints until then.
pub fn ended(process: Child) -> io::Result<Output> {
    let _leash = leash(&process);
    process.wait_with_output()
}

/// Runs a command to its end, with nothing on its input.
pub fn output(command: &mut Command) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    ended(command.spawn()?)
}
