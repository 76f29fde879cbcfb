//! The binary in a home of its own, and a contact centre to sign in to.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "../support/leash.rs"]
pub mod leash;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use leash::{leash, output};
use serde_json::Value;

/// What every secret in these tests is, wherever it stands.
pub const SECRET: &str = "hunter2";

/// A home with nothing in it.
pub struct Home(tempfile::TempDir);

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

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the configuration is looked for.
    pub fn config(&self) -> PathBuf {
        self.path().join(".config/floorwalker/config.toml")
    }

    /// Writes the configuration.
    pub fn configure(&self, text: &str) -> &Self {
        fs::create_dir_all(self.config().parent().unwrap()).unwrap();
        fs::write(self.config(), text).unwrap();
        self
    }

    /// Writes a file with these rights; its path.
    pub fn file(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The binary at home here, without anything of this process's environment but the way to programs.
    pub fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().args(arguments).stdin(Stdio::null()).env("HOME", self.path());
        command.env("PATH", std::env::var_os("PATH").unwrap()).envs(variables.iter().copied());
        command
    }

    /// Runs it to its end. The secret is nowhere in what it says.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let ended = Ended::from(output(&mut self.command(arguments, variables)).unwrap());
        assert!(!ended.out.contains(SECRET) && !ended.error.contains(SECRET), "{}", ended.error);
        ended
    }

    /// What `config show` tells of each key: the value, and where it comes from.
    pub fn shown(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Shown {
        let ended = self.run(&[&["config", "show", "-o", "json"], arguments].concat(), variables);
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        Shown(serde_json::from_str(&ended.out).unwrap())
    }
}

/// What holds.
pub struct Shown(Vec<Value>);

impl Shown {
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|row| row["key"] == key)
    }

    /// The value of a key, and where it comes from.
    pub fn at(&self, key: &str) -> (&Value, &str) {
        let row = self.0.iter().find(|row| row["key"] == key).unwrap();
        (&row["value"], row["from"].as_str().unwrap())
    }
}

/// A contact centre as a process.
pub struct Centre {
    process: Child,
    /// Open for as long as the process runs.
    _out: BufReader<std::process::ChildStdout>,
    pub address: String,
    pub id: String,
    pub secret: String,
}

impl Centre {
    pub fn open(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(["simulate", "--frozen", "--rate-limit", "100000"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let leash = leash(&process);
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        drop(leash);
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |field: &str| told[field].as_str().unwrap().to_owned();
        let (address, id) = (text("listening"), text("client_id"));
        Self { process, _out: out, address, id, secret: text("client_secret") }
    }
}

impl Centre {
    /// How its agents answer from now on.
    pub fn answers(&self, how: &str) {
        let address = self.address.strip_prefix("http://").unwrap();
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = "POST /_simulator/answers HTTP/1.1\r\nhost: x\r\nconnection: close";
        let kind = "content-type: application/json";
        let length = how.len();
        write!(socket, "{head}\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{how}").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
