//! A contact centre that stands still, and a store with a past.

#[path = "../support/leash.rs"]
#[expect(dead_code, reason = "nothing is run to its end")]
mod leash;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use floorwalker::store::Database;
use portable_pty::CommandBuilder;
use serde_json::Value;

use crate::filled;

pub struct Place {
    simulator: Child,
    told: Value,
    home: tempfile::TempDir,
}

impl Place {
    /// The large one.
    pub fn open() -> Self {
        Self::of(&["--queues", "500", "--agents", "5000", "--sessions", "10000"], 100_000)
    }

    /// One of this size, with so many records in its log.
    pub fn of(size: &[&str], records: i64) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(["simulate", "--frozen", "--rate-limit", "100000"]).args(size);
        let mut simulator = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let leash = leash::leash(&simulator);
        let mut line = String::new();
        BufReader::new(simulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
        drop(leash);
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("floorwalker");
        std::fs::create_dir(&folder).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Database::open(&folder.join("floorwalker.db")).await.unwrap();
            filled::fill(&store, records).await;
        });
        Self { simulator, told: serde_json::from_str(&line).unwrap(), home }
    }

    /// A console on it.
    pub fn command(&self, more: &[&str]) -> CommandBuilder {
        let text = |field: &str| self.told[field].as_str().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(["--base-url", text("listening"), "--requests-per-minute", "100000"]);
        command.args(more);
        for folder in ["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env(folder, self.home.path());
        }
        command.env("GENESYS_CLIENT_ID", text("client_id"));
        command.env("GENESYS_CLIENT_SECRET", text("client_secret"));
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}
