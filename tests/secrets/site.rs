//! A home, a contact centre with an ear before it, and every secret that anybody has.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    ear::Ear,
    processes::{Ended, Home, leash::leash},
};

/// Where all of it happens.
pub struct Site {
    pub home: Home,
    pub ear: Ear,
    /// What the contact centre has told of itself.
    told: Value,
    _centre: (Running, BufReader<ChildStdout>),
    /// Secrets that the test has made up.
    made: Vec<String>,
    /// Files in which a secret is to be: put there by the test, or by floorwalker for its owner.
    kept: BTreeMap<PathBuf, Vec<String>>,
}

impl Site {
    pub fn speaking(dialect: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(["simulate", "--dialect", dialect, "--queues", "3", "--frozen"]);
        command.args(["--rate-limit", "100000"]).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let _leash = leash(&process);
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let ear = Ear::before(told["listening"].as_str().unwrap());
        let (made, kept) =
            (vec![told["client_secret"].as_str().unwrap().to_owned()], BTreeMap::new());
        let centre = (Running(process), out);
        Self { home: Home::new(), ear, told, _centre: centre, made, kept }
    }

    /// What the contact centre has told of itself.
    pub fn told(&self, field: &str) -> &str {
        self.told[field].as_str().unwrap()
    }

    /// A secret like any other.
    pub fn secret(&mut self, name: &str) -> String {
        let secret = format!("{name}-{}", uuid::Uuid::new_v4().simple());
        self.made.push(secret.clone());
        secret
    }

    /// One that floorwalker has made.
    pub fn adds(&mut self, secret: &str) {
        self.made.push(secret.to_owned());
    }

    /// A file of the test's own with a secret in it.
    pub fn file(&mut self, name: &str, secret: &str) -> String {
        let path = self.home.file(name, secret, 0o600);
        self.kept.insert(PathBuf::from(&path), vec![secret.to_owned()]);
        path
    }

    /// A program that writes down all that it was handed, and then does this.
    pub fn program(&self, name: &str, then: &str) -> String {
        let kept = self.home.path().join(format!("handed-to-{name}"));
        let text =
            format!("#!/bin/sh\n{{ env; printf '%s\\n' \"$@\"; }} >> {}\n{then}\n", kept.display());
        self.home.file(name, &text, 0o700)
    }

    /// What a program of that name was handed; nothing if it was never started.
    pub fn handed(&self, name: &str) -> String {
        let kept = self.home.path().join(format!("handed-to-{name}"));
        fs::read_to_string(kept).unwrap_or_default()
    }

    /// What every process gets besides: all that it could log is logged.
    pub fn loud<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("FLOORWALKER_LOG", "trace"), ("RUST_BACKTRACE", "1")], more].concat()
    }

    /// Runs a command to its end. No secret is in what it says.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let ended = self.home.run(arguments, &Self::loud(variables));
        self.nowhere_in(&format!("{arguments:?}"), ended.out.as_bytes());
        self.nowhere_in(&format!("{arguments:?}"), ended.error.as_bytes());
        ended
    }

    /// Starts one that goes on; what it says goes into files at home.
    pub fn start(&self, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        let file =
            |end: &str| fs::File::create(self.home.path().join(format!("{name}.{end}"))).unwrap();
        let mut command = self.home.command(arguments, &Self::loud(variables));
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        Running(command.spawn().unwrap())
    }

    /// Every secret there is by now.
    fn all(&self) -> Vec<String> {
        self.made.iter().cloned().chain(self.ear.secrets()).chain(self.ear.guests()).collect()
    }

    /// That no secret is in some bytes.
    pub fn nowhere_in(&self, what: &str, bytes: &[u8]) {
        self.only(what, bytes, &[]);
    }

    /// That no secret but these is in some bytes.
    pub fn only(&self, what: &str, bytes: &[u8], may: &[String]) {
        let text = small(bytes);
        for secret in self.all().iter().filter(|secret| !may.contains(secret)) {
            assert!(!text.contains(&small(secret.as_bytes())), "{what} holds {secret}");
        }
    }

    /// A file that floorwalker keeps these secrets in, for its owner alone.
    pub fn keeps(&mut self, path: &Path, secrets: Vec<String>) {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        self.kept.insert(path.to_owned(), secrets);
    }

    /// No file of that name is to keep anything any more.
    pub fn forgets(&mut self, path: &Path) {
        self.kept.remove(path);
    }

    /// Looks through every file at home.
    pub fn look_everywhere(&self) {
        assert!(!self.ear.secrets().is_empty(), "nobody has signed in");
        let mut files = Vec::new();
        gather(self.home.path(), &mut files);
        assert!(files.len() > 3, "{files:?}");
        for path in files {
            let may = self.kept.get(&path).map_or(&[][..], Vec::as_slice);
            self.only(&path.display().to_string(), &fs::read(&path).unwrap(), may);
        }
    }

    /// Looks at a process that runs: what it was started with, and its environment, but for the variables
    /// that somebody has set for it with a secret in them; what it hands on is another matter.
    pub fn look_at(&self, pid: u32, given: &[(&str, &str)]) {
        let of = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap();
        self.nowhere_in("a command line", &of("cmdline"));
        for variable in of("environ").split(|byte| *byte == 0) {
            let is =
                |(name, value): &(&str, &str)| variable == format!("{name}={value}").as_bytes();
            if !given.iter().any(is) {
                self.nowhere_in("an environment", variable);
            }
        }
    }
}

/// Waits until something is there, for a while that nothing takes.
pub fn until<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(it) = there() {
            return it;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A process that does not outlive its test.
pub struct Running(pub Child);

impl Running {
    /// Asks it to end, and waits until it has.
    pub fn end(mut self) {
        let pid = self.0.id().to_string();
        let told = Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap();
        assert!(told.success());
        let _leash = leash(&self.0);
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => gather(&path, files),
            false => files.push(path),
        }
    }
}

/// Bytes, text or not, as what can be searched whatever the case.
fn small(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_ascii_lowercase()
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    let bytes = small(b"\0\x01\xc3before-HUNTER2\xff\xfe");
    assert!(bytes.contains(&small(b"Hunter2")) && !bytes.contains("hunter3"));
}
