//! Processes on one store and one simulator: the binary as whoever keeps sessions, and the simulator's own
//! record of what reached it.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

#[path = "leash.rs"]
pub mod leash;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use floorwalker::{
    domain::{
        audit::AuditRecord,
        lease::{Lease, Tenancy},
    },
    store::{Database, Store, Supervisions},
};
use serde_json::Value;

/// A process that does not outlive its test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts it, and waits for its first line.
    pub fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let _leash = leash::leash(&child);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line)
    }

    pub fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

/// A simulator, and a folder for the store.
pub struct Site {
    _simulator: Process,
    pub told: Value,
    pub folder: tempfile::TempDir,
    dialect: &'static str,
    runtime: tokio::runtime::Runtime,
}

impl Site {
    /// Behind a gateway.
    pub fn open() -> Self {
        Self::speaking("gateway", &[])
    }

    pub fn speaking(dialect: &'static str, more: &[&str]) -> Self {
        // The witness is asked over plain HTTP, but a client is not made without a provider for TLS.
        floorwalker::genesys::transport::Http::new().unwrap();
        let arguments = ["simulate", "--dialect", dialect, "--sessions", "5", "--agents", "10"];
        let mut command = binary(Path::new(env!("CARGO_TARGET_TMPDIR")), &arguments);
        let (simulator, line) = Process::start(command.args(["--rate-limit", "100000"]).args(more));
        let told = serde_json::from_str(&line).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { _simulator: simulator, told, folder, dialect, runtime }
    }

    /// Writes the configuration of all processes that are started after this.
    pub fn configure(&self, config: &str) {
        let folder = self.folder.path().join(".config/floorwalker");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), config).unwrap();
    }

    fn text(&self, field: &str) -> &str {
        self.told[field].as_str().unwrap()
    }

    /// What every process of ours finds in its environment.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        vec![
            ("HOME", folder("")),
            ("XDG_DATA_HOME", folder("data")),
            ("XDG_CONFIG_HOME", folder(".config")),
            ("XDG_STATE_HOME", folder("state")),
            ("GENESYS_BASE_URL", self.text("listening").to_owned()),
            ("GENESYS_CLIENT_ID", self.text("client_id").to_owned()),
            ("GENESYS_CLIENT_SECRET", self.text("client_secret").to_owned()),
        ]
    }

    /// What every command line of ours ends with.
    pub fn options(&self) -> [&'static str; 4] {
        ["--dialect", self.dialect, "--requests-per-minute", "10000"]
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary(self.folder.path(), arguments);
        command.envs(self.variables()).args(self.options());
        command
    }

    /// One more service, with its log in a file of its own.
    pub fn serve(&self, name: &str) -> Process {
        let log = self.folder.path().join(name);
        let mut command = self.command(&["serve", "--log-file", log.to_str().unwrap()]);
        let (process, line) = Process::start(&mut command);
        assert_eq!(line, "ready\n");
        process
    }

    /// Runs a command to its end. No guest's token is in anything that it says.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let output = leash::output(&mut self.command(arguments)).unwrap();
        for said in [&output.stdout, &output.stderr] {
            let said = String::from_utf8_lossy(said);
            assert!(!said.contains("jwt_") && !said.contains("panicked"), "{said}");
        }
        output
    }

    /// Runs a command that succeeds; what it prints.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn open_session(&self, duration: &str) -> String {
        let world = self.ask("world");
        let queue = world["queues"][0]["id"].as_str().unwrap();
        let opened =
            self.run(&["session", "open", "--queue", queue, "--duration", duration, "--json"]);
        opened[0]["id"].as_str().unwrap().to_owned()
    }

    /// Who keeps each session, by process number; nobody where a lease has run out.
    pub fn keepers(&self) -> Vec<Option<u32>> {
        let rows = self.run(&["session", "list", "-o", "json"]);
        let pid = |row: &Value| {
            let kept = row["kept"].as_bool().unwrap();
            kept.then(|| u32::try_from(row["keeper_pid"].as_u64().unwrap()).unwrap())
        };
        rows.as_array().unwrap().iter().map(pid).collect()
    }

    fn store(&self) -> Database {
        let path: PathBuf = self.folder.path().join("data/floorwalker/floorwalker.db");
        self.runtime.block_on(Database::open(&path)).unwrap()
    }

    /// Does something with the store that all of them share.
    pub fn with_store<T>(&self, act: impl AsyncFnOnce(Database) -> T) -> T {
        let store = self.store();
        self.runtime.block_on(act(store))
    }

    /// What the store says of every session that has not ended.
    pub fn leases(&self) -> Vec<Lease> {
        let org = Tenancy { context: "127.0.0.1".into(), dialect: self.dialect.into() };
        self.runtime.block_on(self.store().leases(&org)).unwrap()
    }

    /// The audit log, oldest record first.
    pub fn audit(&self) -> Vec<AuditRecord> {
        let mut records = self.runtime.block_on(self.store().page(None, 10_000)).unwrap();
        records.reverse();
        records
    }

    pub fn ask(&self, what: &str) -> Value {
        self.request(reqwest::Method::GET, what, &Value::Null)
    }

    pub fn tell(&self, what: &str, body: &Value) -> Value {
        self.request(reqwest::Method::POST, what, body)
    }

    fn request(&self, method: reqwest::Method, what: &str, body: &Value) -> Value {
        let url = format!("{}/_simulator/{what}", self.text("listening"));
        let request = reqwest::Client::new().request(method, url).timeout(ANSWERED);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let text = async { request.send().await.unwrap().text().await.unwrap() };
        serde_json::from_str(&self.runtime.block_on(text)).unwrap()
    }

    /// Every session's beats, as the simulator wrote them down.
    pub fn watches(&self) -> Vec<Value> {
        self.ask("ledger")["beats"].as_array().unwrap().clone()
    }
}

fn binary(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
    command.env_clear().env("HOME", home).env("XDG_DATA_HOME", home.join("data")).args(arguments);
    command
}

/// Longer than a simulator takes to answer.
const ANSWERED: Duration = Duration::from_secs(20);

/// Longer than anything here may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until there is something to find.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// When a session was beaten, in ms, and by whom.
pub fn beats(watch: &Value) -> Vec<(i64, String)> {
    let one =
        |beat: &Value| (beat["at"].as_i64().unwrap(), beat["owner"].as_str().unwrap().to_owned());
    watch["beats"].as_array().unwrap().iter().map(one).collect()
}

/// Those who kept sessions, in the order in which they came; none came back.
pub fn owners(watches: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for watch in watches {
        let mut of: Vec<String> = beats(watch).into_iter().map(|(_, owner)| owner).collect();
        of.dedup();
        let mut once = of.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(of.len(), once.len(), "never two at a time: {of:?}");
        of.into_iter().for_each(|owner| {
            if !all.contains(&owner) {
                all.push(owner);
            }
        });
    }
    all
}
