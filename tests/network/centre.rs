//! A contact centre as a process, in the clear, and what signs in to it.
#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like one")]

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::processes::{Home, leash::leash};

/// A contact centre.
pub struct Centre {
    process: Child,
    /// Open for as long as the process runs.
    _out: BufReader<ChildStdout>,
    told: Value,
}

impl Centre {
    pub fn open() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floorwalker"));
        command.args(["simulate", "--frozen", "--speed", "10", "--rate-limit", "100000"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let _leash = leash(&process);
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        Self { process, _out: out, told: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, field: &str) -> &str {
        self.told[field].as_str().unwrap()
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.text("listening").trim_start_matches("http://").to_owned()
    }

    pub fn deployment(&self) -> &str {
        self.text("deployment")
    }

    /// A context that signs in at `base`; what is added stands in a table of its own.
    pub fn context(&self, home: &Home, base: &str) -> String {
        let secret = home.file("secret", self.text("client_secret"), 0o600);
        let id = self.text("client_id");
        format!(
            "default_context = \"a\"\n[contexts.a]\nbase_url = \"{base}\"\nclient_id = \"{id}\"\n\
             client_secret_file = \"{secret}\"\nrequests_per_minute = 100000\n"
        )
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
