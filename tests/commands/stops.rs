//! What keeps sessions without a screen, when the terminal it was started from goes away.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{
    handoffs::parse,
    processes::{
        Centre,
        leash::{leash, output},
        signal, until,
    },
};

const GATEWAY: [&str; 2] = ["--dialect", "gateway"];

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts it, and waits for its first line.
    fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let _leash = leash(&child);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    fn code(&mut self) -> Option<i32> {
        until("it has left", || self.0.try_wait().unwrap()).code()
    }
}

fn open(centre: &Centre, more: &[&str]) -> Command {
    let queue = centre.world()["queues"][0]["id"].as_str().unwrap().to_owned();
    let open = ["session", "open", "--queue", &queue, "--duration", "600", "-o", "jsonl"];
    centre.eager(&[open.as_slice(), &GATEWAY, more].concat())
}

/// Whether each session is kept by anybody.
fn kept(centre: &Centre) -> Vec<bool> {
    let list = centre.eager(&[["session", "list", "-o", "json"].as_slice(), &GATEWAY].concat());
    let told = parse(&String::from_utf8(output(&mut { list }).unwrap().stdout).unwrap());
    told.as_array().unwrap().iter().map(|row| row["kept"].as_bool().unwrap()).collect()
}

#[test]
fn a_service_whose_terminal_goes_away_hands_its_sessions_over() {
    let centre = Centre::brisk(&GATEWAY);
    assert!(output(&mut open(&centre, &[])).unwrap().status.success());
    let serve = [["serve"].as_slice(), &GATEWAY].concat();
    let (mut service, line) = Process::start(&mut centre.eager(&serve));
    assert_eq!((line.as_str(), kept(&centre)), ("ready\n", vec![true]));
    signal(&service.0, "HUP");
    assert_eq!((service.code(), kept(&centre)), (Some(0), vec![false]));
}

#[test]
fn one_that_is_kept_in_the_foreground_is_handed_over_when_the_terminal_goes_away() {
    let centre = Centre::brisk(&GATEWAY);
    let (mut keeper, line) = Process::start(&mut open(&centre, &["--keep"]));
    let shown: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&shown["kept"], kept(&centre)), (&true.into(), vec![true]));
    signal(&keeper.0, "HUP");
    assert_eq!((keeper.code(), kept(&centre)), (Some(0), vec![false]));
}

#[test]
fn a_service_that_was_started_to_outlive_its_terminal_does() {
    let centre = Centre::brisk(&GATEWAY);
    let serve = centre.eager(&[["serve"].as_slice(), &GATEWAY].concat());
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" HUP; exec "$0" "$@""#]).arg(serve.get_program());
    shell.args(serve.get_args()).stdin(Stdio::null()).env_clear();
    for (name, value) in serve.get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    let (mut service, line) = Process::start(&mut shell);
    assert_eq!(line, "ready\n");
    signal(&service.0, "HUP");
    // Would it end, it would before it keeps what is opened now.
    assert!(output(&mut open(&centre, &[])).unwrap().status.success());
    until("it is kept", || (kept(&centre) == [true]).then_some(()));
    signal(&service.0, "TERM");
    assert_eq!((service.code(), kept(&centre)), (Some(0), vec![false]));
}
