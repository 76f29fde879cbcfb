//! A program that prints a secret: at the terminal, where it may ask for a password, or apart from it.

mod words;

use std::{
    io::{self, IsTerminal, Read},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use self::words::Words;
use super::Manner;
use crate::domain::text::Plain;

/// How long a program may take that has nobody to ask. One that asks all the same would wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked whether a program has ended that has closed its output.
const LOOK: Duration = Duration::from_millis(10);

/// Nobody's secret is longer.
const LONGEST: u64 = 64 * 1024;

/// The most characters of what a program says that are said again.
const SAID: usize = 200;

/// Shorter words of a command line are no secrets: to leave them out would tear others apart.
const LEAST: usize = 4;

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
        Manner::AtTerminal => at_terminal(command),
        Manner::Apart => apart(command, PATIENCE),
    };
    let failed = |why: String| format!("{program}: {why}");
    let Printed { status, text, words } = output.map_err(failed)?;
    if !status.success() {
        let said = words.and_then(|words| words.said()).map(|it| quotable(&it, line, &text));
        let why = said.flatten().map(|said| format!(": {said}")).unwrap_or_default();
        return Err(failed(format!("ended with {status}{why}")));
    }
    String::from_utf8(text).map_err(|e| failed(e.to_string()))
}

/// What has come of a program.
struct Printed {
    status: ExitStatus,
    text: Vec<u8>,
    /// What it says beside, where nobody sees that at a terminal.
    words: Option<Words>,
}

/// What somebody may see of what a program says: bounded, on one line, and without anything that it was told or has
/// printed, for these may be secrets.
fn quotable(said: &str, line: &str, printed: &[u8]) -> Option<Plain> {
    let printed = String::from_utf8_lossy(printed);
    let told = line.split_whitespace().skip(1).filter(|word| word.len() >= LEAST);
    let secrets = told.chain(printed.lines().map(str::trim).filter(|line| !line.is_empty()));
    let said = secrets.fold(said.to_owned(), |said, secret| said.replace(secret, "…"));
    let said = Plain::cut(said.trim(), SAID);
    (!said.is_empty()).then_some(said)
}

/// Runs it where it can ask: it says what it wants at the terminal, and hears what is typed there.
fn at_terminal(mut command: Command) -> Result<Printed, String> {
    let seen = io::stderr().is_terminal();
    let heard = io::stdin().is_terminal();
    command.stdin(if heard { Stdio::inherit() } else { Stdio::null() }).stdout(Stdio::piped());
    command.stderr(if seen { Stdio::inherit() } else { Stdio::piped() });
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let words = child.stderr.take().map(Words::of);
    let mut text = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(LONGEST).read_to_end(&mut text).map_err(|e| e.to_string())?;
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    Ok(Printed { status, text, words })
}

/// Runs it with no terminal to ask at: in a group of its own, which may not read from ours, and without the
/// variable by which GnuPG's agent is told where to ask.
fn apart(mut command: Command, patience: Duration) -> Result<Printed, String> {
    let until = Instant::now() + patience;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("GPG_TTY").process_group(0);
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let words = child.stderr.take().map(Words::of);
    let ended = wait(&mut child, until);
    if ended.is_err() {
        end(&mut child);
    }
    ended.map(|(status, text)| Printed { status, text, words })
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

    fn sh(script: &str, patience: Duration) -> Result<Printed, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        apart(command, patience)
    }

    #[test]
    fn one_that_would_ask_at_the_terminal_has_none() {
        let long = Duration::from_secs(30);
        let printed = sh("read -r answer; echo got:$answer$GPG_TTY", long).unwrap();
        assert!(printed.status.success());
        assert_eq!(printed.text, b"got:\n");
    }

    /// A program of this text; how it is started.
    fn program(folder: &tempfile::TempDir, text: &str) -> String {
        let path = folder.path().join("program");
        std::fs::write(&path, text).unwrap();
        format!("sh {}", path.display())
    }

    #[test]
    fn one_that_fails_is_quoted_where_nobody_has_seen_it() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(400);
        for (script, said) in [
            (
                "echo; echo 'vault: \u{1b}[31mno such item' >&2; exit 3",
                "vault: \u{fffd}[31mno such item",
            ),
            ("echo >&2; echo first >&2; echo second >&2; exit 3", "first"),
            ("echo hunter2; echo 'not hunter2 but' >&2; exit 3", "not … but"),
            ("echo \"no $1 here\" >&2; exit 3", "no … here"),
            (&format!("echo {long} >&2; exit 3"), &format!("{}…", "x".repeat(SAID))),
        ] {
            let line = format!("{} sesame-open", program(&folder, script));
            for manner in [Manner::AtTerminal, Manner::Apart] {
                // At a terminal somebody has seen it.
                if manner == Manner::AtTerminal && io::stderr().is_terminal() {
                    continue;
                }
                let why = printed(&line, &[], manner).unwrap_err();
                assert_eq!(why, format!("sh: ended with exit status: 3: {said}"), "{script}");
            }
        }
    }

    #[test]
    fn one_that_says_much_is_not_kept_from_printing() {
        let folder = tempfile::tempdir().unwrap();
        let much = "i=0; while [ $i -lt 3000 ]; do echo '................................................' >&2; \
                    i=$((i+1)); done; echo hunter2";
        let line = program(&folder, much);
        assert_eq!(printed(&line, &[], Manner::Apart).unwrap(), "hunter2\n");
    }

    /// What it has started may keep its streams open for longer than it runs itself.
    #[test]
    fn one_that_leaves_others_behind_is_not_waited_for_because_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let line = program(&folder, "echo gone >&2; exec >/dev/null; sleep 5 & exit 3");
        let why = printed(&line, &[], Manner::Apart).unwrap_err();
        assert_eq!(why, "sh: ended with exit status: 3: gone");
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > {}; wait", path.display());
        // On a busy machine a shell may take longer to begin than it is given.
        let begun = [300, 3_000, 30_000].into_iter().find_map(|patience| {
            let why = sh(&script, Duration::from_millis(patience)).err().unwrap();
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
