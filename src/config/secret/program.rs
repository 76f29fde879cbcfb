//! A program that prints a secret: at the terminal, where it may ask for a password, or apart from it.

use std::{
    io::Read,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Manner;

/// How long a program may take that has nobody to ask. One that asks all the same would wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked whether a program has ended that has closed its output.
const LOOK: Duration = Duration::from_millis(10);

/// Nobody's secret is longer.
const LONGEST: u64 = 64 * 1024;

/// What the program of `line` prints, without the variables that are `hidden` from it; words are divided at
/// spaces.
///
/// # Errors
/// Names the program, without what follows its name: that may be a secret itself.
pub fn printed(line: &str, hidden: &[String], manner: Manner) -> Result<String, String> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(words);
    hidden.iter().for_each(|name| _ = command.env_remove(name));
    let output = match manner {
        Manner::AtTerminal => {
            command.output().map(|out| (out.status, out.stdout)).map_err(|e| e.to_string())
        }
        Manner::Apart => apart(command, PATIENCE),
    };
    let failed = |why: String| format!("{program}: {why}");
    let (status, text) = output.map_err(failed)?;
    if !status.success() {
        return Err(failed(format!("ended with {status}")));
    }
    String::from_utf8(text).map_err(|e| failed(e.to_string()))
}

/// Runs it with no terminal to ask at: in a group of its own, which may not read from ours, and without the
/// variable by which GnuPG's agent is told where to ask.
fn apart(mut command: Command, patience: Duration) -> Result<(ExitStatus, Vec<u8>), String> {
    let until = Instant::now() + patience;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env_remove("GPG_TTY").process_group(0);
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let ended = wait(&mut child, until);
    if ended.is_err() {
        end(&mut child);
    }
    ended
}

fn wait(child: &mut Child, until: Instant) -> Result<(ExitStatus, Vec<u8>), String> {
    let late = || {
        "it has printed nothing for too long; if it asks for a password, have it do so in a shell first"
            .to_owned()
    };
    let (told, text) = channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = output.take(LONGEST).read_to_end(&mut bytes);
            // Who has lost patience does not listen any more.
            let _ = told.send(read.map(|_| bytes));
        });
    }
    let left = until.saturating_duration_since(Instant::now());
    let text = match text.recv_timeout(left) {
        Ok(read) => read.map_err(|e| e.to_string())?,
        Err(RecvTimeoutError::Timeout) => return Err(late()),
        Err(RecvTimeoutError::Disconnected) => return Err("its output can't be read".into()),
    };
    while Instant::now() < until {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok((status, text));
        }
        thread::sleep(LOOK);
    }
    Err(late())
}

/// Ends it with all that it has started. What has ended by itself meanwhile is as good.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, patience: Duration) -> Result<(ExitStatus, Vec<u8>), String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        apart(command, patience)
    }

    #[test]
    fn one_that_would_ask_at_the_terminal_has_none() {
        let long = Duration::from_secs(30);
        let (status, text) = sh("read -r answer; echo got:$answer$GPG_TTY", long).unwrap();
        assert!(status.success());
        assert_eq!(text, b"got:\n");
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", path.display());
        // On a busy machine a shell may take longer to begin than it is given.
        let begun = [300, 3_000, 30_000].into_iter().find_map(|patience| {
            let why = sh(&script, Duration::from_millis(patience)).unwrap_err();
            assert!(why.contains("in a shell first"), "{why}");
            std::fs::read_to_string(&path).ok().filter(|pid| pid.ends_with('\n'))
        });
        let pid = begun.unwrap();
        let goes_on = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            state.is_ok_and(|state| !state.contains(") Z "))
        };
        let until = Instant::now() + Duration::from_secs(30);
        while goes_on() {
            // It was sent a signal, which takes its time on a busy machine.
            assert!(Instant::now() < until, "it goes on");
            thread::sleep(LOOK);
        }
    }
}
