//! A simulator as a process with the proxy before it, and the binary run against them.

#[path = "../support/leash.rs"]
pub mod leash;

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::proxy::Proxy;
use leash::{leash, output};

/// The binary without anything of this process's environment.
pub fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command.env("HOME", Path::new(env!("CARGO_TARGET_TMPDIR")));
    command
}

/// What a process has printed and how it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub error: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("panicked"), "{error}");
        Self { code: output.status.code(), out: String::from_utf8(output.stdout).unwrap(), error }
    }
}

impl Ended {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        output(command).unwrap().into()
    }
}

/// A contact centre.
pub struct Centre {
    process: Child,
    /// Open for as long as the process runs.
    stdout: BufReader<ChildStdout>,
    pub proxy: Proxy,
    pub address: String,
    /// The messaging deployment for guests.
    pub deployment: String,
    pub id: String,
    pub secret: String,
    /// Where the audit log and the log are kept.
    pub data: tempfile::TempDir,
}

impl Drop for Centre {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Centre {
    /// A frozen one, with further arguments.
    pub fn open(arguments: &[&str]) -> Self {
        let mut command = binary(&["simulate", "--frozen"]);
        let mut process = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let leash = leash(&process);
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        drop(leash);
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |field: &str| told[field].as_str().unwrap().to_owned();
        let address = text("listening");
        let (id, secret) = (text("client_id"), text("client_secret"));
        let data = tempfile::tempdir().unwrap();
        let (proxy, deployment) = (Proxy::start(&address), text("deployment"));
        Self { proxy, process, stdout, address, deployment, id, secret, data }
    }

    /// A frozen one whose agents answer fast, and which counts no requests.
    pub fn brisk(arguments: &[&str]) -> Self {
        Self::open(&[["--speed", "10", "--rate-limit", "100000"].as_slice(), arguments].concat())
    }

    /// The binary with everything it needs to get in.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary(arguments);
        command.env("GENESYS_BASE_URL", self.proxy.base_url());
        command.env("GENESYS_CLIENT_ID", &self.id).env("GENESYS_CLIENT_SECRET", &self.secret);
        command.env("XDG_DATA_HOME", self.data.path()).env("XDG_STATE_HOME", self.data.path());
        command
    }

    /// As [`Self::command`], where many requests are made in a minute.
    pub fn eager(&self, arguments: &[&str]) -> Command {
        self.command(&[["--requests-per-minute", "100000"].as_slice(), arguments].concat())
    }

    /// Runs it with something on its standard input.
    pub fn feed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.eager(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::from(leash::ended(process).unwrap())
    }

    /// Runs it to its end. The secret is nowhere in what it says.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let ended = Ended::of(&mut self.command(arguments));
        assert!(!ended.out.contains(&self.secret) && !ended.error.contains(&self.secret));
        ended
    }

    pub fn world(&self) -> Value {
        ask(&format!("{}/_simulator/world", self.address), None)
    }

    /// What really happened.
    pub fn ledger(&self) -> Value {
        ask(&format!("{}/_simulator/ledger", self.address), None)
    }

    /// How agents answer from now on: `accepted`, `refused` or `timed_out`.
    pub fn agents_answer(&self, always: &str) {
        ask(&format!("{}/_simulator/answers", self.address), Some(&json!({"always": always})));
    }

    /// Spoils the answers of some routes.
    pub fn spoil(&self, fault: &str, route: &str) {
        self.proxy.expect_spoilt_bodies();
        let body = json!({"faults": [fault], "routes": [route]});
        ask(&format!("{}/_simulator/fault", self.address), Some(&body));
    }

    /// Asks the process to end as a service manager does; what else it had printed, and its end.
    pub fn terminate(mut self) -> (String, ExitStatus) {
        signal(&self.process, "TERM");
        let _leash = leash(&self.process);
        let status = self.process.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (rest, status)
    }
}

/// Waits for a condition.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a process a signal.
pub fn signal(process: &Child, name: &str) {
    let (flag, pid) = (format!("-{name}"), process.id().to_string());
    assert!(Command::new("kill").args([flag, pid]).status().unwrap().success());
}

/// Asks a simulator, or tells it something.
pub fn ask(url: &str, body: Option<&Value>) -> Value {
    let http = reqwest::Client::new();
    let request = match body {
        None => http.get(url),
        Some(body) => {
            http.post(url).header("content-type", "application/json").body(body.to_string())
        }
    };
    let request = request.timeout(Duration::from_secs(20));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() });
    serde_json::from_str(&text).unwrap()
}

#[test]
fn whoever_waits_for_a_process_that_hangs_goes_on() {
    let process = Command::new("sleep").arg("30").stdout(Stdio::piped()).spawn().unwrap();
    let _leash = leash::within(&process, Duration::from_millis(50));
    let output = process.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.status.signal()), (None, Some(9)));
}
