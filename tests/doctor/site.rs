//! A simulator as a process, and the doctor run against it.

#[path = "../support/leash.rs"]
pub mod leash;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use leash::{leash, output};
use serde_json::Value;

/// A contact centre that stands still, and a folder for everything that is kept.
pub struct Site {
    process: Child,
    /// Open for as long as the process runs.
    _stdout: BufReader<ChildStdout>,
    pub address: String,
    id: String,
    pub secret: String,
    pub data: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the doctor has said.
pub struct Report {
    pub code: Option<i32>,
    pub out: String,
    pub lines: Vec<Value>,
}

impl Report {
    /// State, finding and remedy of one check.
    pub fn line(&self, check: &str) -> (&str, &str, &str) {
        let line = self.lines.iter().find(|line| line["check"] == check);
        let line = line.unwrap_or_else(|| panic!("no {check} in {}", self.out));
        let text = |field: &str| line[field].as_str().unwrap_or_default();
        (text("state"), text("says"), text("remedy"))
    }

    /// The names of the checks that fail.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.lines.iter().filter(|line| line["state"] == "fail");
        failed.map(|line| line["check"].as_str().unwrap()).collect()
    }

    /// That this check alone fails, saying this, with this remedy and exit code.
    pub fn fails_alone(&self, check: &str, says: &str, remedy: &str, code: i32) {
        let (state, said, todo) = self.line(check);
        assert_eq!(state, "fail", "{check}: {said}");
        assert!(said.contains(says), "«{says}» is not in «{said}»");
        assert!(todo.contains(remedy), "«{remedy}» is not in «{todo}»");
        assert_eq!((self.failed(), self.code), (vec![check], Some(code)), "{}", self.out);
    }
}

impl Site {
    pub fn open(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().args(["simulate", "--frozen"]).args(arguments);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let leash = leash(&process);
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        drop(leash);
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |field: &str| told[field].as_str().unwrap().to_owned();
        let (address, id, secret) = (text("listening"), text("client_id"), text("client_secret"));
        let data = tempfile::tempdir().unwrap();
        Self { process, _stdout: stdout, address, id, secret, data }
    }

    /// The doctor with everything that it needs to get in.
    pub fn doctor(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().arg("doctor").args(arguments).stdin(Stdio::null());
        command.env("HOME", self.data.path()).env("GENESYS_BASE_URL", &self.address);
        command.env("GENESYS_CLIENT_ID", &self.id).env("GENESYS_CLIENT_SECRET", &self.secret);
        command
    }

    /// The same with this configuration.
    pub fn configured(&self, config: &str) -> Command {
        let path = self.data.path().join("config.toml");
        std::fs::write(&path, config).unwrap();
        self.doctor(&["--config", path.to_str().unwrap()])
    }

    /// Runs it. The secret is nowhere in what it says.
    pub fn look(&self, command: &mut Command) -> Report {
        let ended = output(command.args(["-o", "json"])).unwrap();
        let (out, error) =
            (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
        assert!(!out.contains(&self.secret) && !error.contains(&self.secret), "{out} {error}");
        assert!(!error.contains("panicked"), "{error}");
        let lines = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {error}"));
        Report { code: ended.status.code(), out, lines }
    }
}
