//! A machine with a store, and the binary on it.

#[path = "../support/leash.rs"]
pub mod leash;

use std::{
    io::{BufRead, BufReader},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use floorwalker::{
    domain::audit::{Actor, AuditEntry, AuditEvent},
    store::{Database, Store},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// A machine, and the URL of its store where that is on a server.
pub struct Desk(pub tempfile::TempDir, pub Option<String>);

/// What a process has printed and how it ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub error: String,
}

impl Desk {
    /// One without a store.
    pub fn bare() -> Self {
        Self(tempfile::tempdir().unwrap(), None)
    }

    /// One whose store is on a server, where there is one.
    pub fn on_server() -> Option<Self> {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let url = runtime.block_on(crate::server::database())?;
        let desk = Self(tempfile::tempdir().unwrap(), Some(url.clone()));
        std::fs::create_dir_all(desk.path(".config/floorwalker")).unwrap();
        let config = format!("store = '{url}'\n");
        std::fs::write(desk.path(".config/floorwalker/config.toml"), config).unwrap();
        Some(desk)
    }

    /// One whose log has so many records, a second apart.
    pub fn with(records: i64) -> Self {
        let desk = Self::bare();
        desk.write(1..=records);
        desk
    }

    /// Writes records of these numbers, a second apart.
    pub fn write(&self, numbers: RangeInclusive<i64>) {
        self.on_store(async |store| {
            // At once, so that they share their way to the disk; they are numbered as they are asked for.
            let written = numbers.map(|n| store.append(entry(n), at(n)));
            futures_util::future::try_join_all(written).await.unwrap();
        });
    }

    pub fn store(&self) -> PathBuf {
        self.path("floorwalker/floorwalker.db")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Does something to the log that nobody may do, what forbids it put away first.
    pub fn harm(&self, crime: &str) {
        const FILE: &str = "DROP TRIGGER IF EXISTS audit_is_never_changed;
            DROP TRIGGER IF EXISTS audit_is_never_shortened;
            DROP TRIGGER IF EXISTS audit_has_no_gap";
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            match &self.1 {
                Some(url) => {
                    let mut server = PgConnection::connect(url).await.unwrap();
                    server.execute("ALTER TABLE audit DISABLE TRIGGER ALL").await.unwrap();
                    server.execute(AssertSqlSafe(crime.to_owned())).await.unwrap();
                }
                None => {
                    let path = self.store();
                    let mut file = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
                    file.execute(FILE).await.unwrap();
                    file.execute(AssertSqlSafe(crime.to_owned())).await.unwrap();
                }
            }
        });
    }

    /// A copy of the store in a folder of its own, whole in its one file.
    pub fn copied(&self) -> PathBuf {
        self.on_store(async |_| {
            let path = self.store();
            let mut all = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
            all.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        });
        std::fs::create_dir(self.path("copy")).unwrap();
        std::fs::copy(self.store(), self.path("copy/old.db")).unwrap();
        self.path("copy/old.db")
    }

    pub fn on_store<T>(&self, work: impl AsyncFnOnce(Database) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = match &self.1 {
                Some(url) => Database::connect(url).await,
                None => Database::open(&self.store()).await,
            };
            work(store.unwrap()).await
        })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command.env("XDG_DATA_HOME", self.0.path()).current_dir(self.0.path());
        command.arg("audit").args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = leash::output(&mut self.command(arguments)).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("panicked"), "{error}");
        Ended { code: output.status.code(), out: String::from_utf8(output.stdout).unwrap(), error }
    }

    /// What it prints when all goes well.
    pub fn prints(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        ended.out
    }

    /// The numbers of the records in lines.
    pub fn numbers(&self, arguments: &[&str]) -> Vec<i64> {
        let lines = self.prints(arguments);
        lines.lines().map(|line| parse(line)["seq"].as_i64().unwrap()).collect()
    }

    /// Whether all is as it was written, as `verify` says.
    pub fn proved(&self) -> Value {
        parse(&self.run(&["verify", "-o", "json"]).out)
    }
}

/// A `tail` that is being read.
pub struct Followed(pub Child, pub BufReader<std::process::ChildStdout>);

impl Followed {
    /// Starts one.
    pub fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let mut child = desk.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self(child, out)
    }

    /// The number of the next record that it prints.
    pub fn next(&mut self) -> i64 {
        let _leash = leash::leash(&self.0);
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        parse(&line)["seq"].as_i64().unwrap()
    }

    /// How it ends.
    pub fn code(&mut self) -> Option<i32> {
        until("it has ended", || self.0.try_wait().unwrap()).code()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Record `n`: an even one has failed.
pub fn entry(n: i64) -> AuditEntry {
    let actor = Actor {
        user: "mara".into(),
        host: "desk-1".into(),
        tty: Some("/dev/pts/3".into()),
        ssh_origin: Some("192.0.2.7".into()),
        account: None,
    };
    let event = if n % 2 == 0 { AuditEvent::HandoffFailed } else { AuditEvent::HandoffCompleted };
    AuditEntry {
        session: Some(format!("session-{n}").as_str().into()),
        latency_ms: u64::try_from(n * 100).ok(),
        reason: Some("=cmd() \u{1b}[31mwants a refund".into()),
        ..AuditEntry::of(event, actor, "acme".into(), "platform")
    }
}

/// So many seconds after a start long ago.
pub fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-10T10:00:00Z".parse().unwrap();
    start.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
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

pub fn signal(process: &Child, name: &str) {
    let (flag, pid) = (format!("-{name}"), process.id().to_string());
    assert!(Command::new("kill").args([flag, pid]).status().unwrap().success());
}

/// True if these bytes are in any file of a folder.
pub fn is_in(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let path = file.unwrap().path();
        match path.is_dir() {
            true => is_in(&path, needle),
            false => {
                let bytes = std::fs::read(&path).unwrap();
                bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
            }
        }
    })
}

/// Makes of every function that takes a [`Desk`] without a record two tests: with a store in a file, and
/// with one on a server.
macro_rules! at_both_desks {
    ($($name:ident)+) => {
        mod in_a_file {
            $(#[test] fn $name() { super::$name(crate::desk::Desk::bare()); })+
        }

        mod on_a_server {
            $(#[test] fn $name() {
                if let Some(desk) = crate::desk::Desk::on_server() {
                    super::$name(desk);
                }
            })+
        }
    };
}
pub(crate) use at_both_desks;
